/*
 * The command line of versus.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_OPTIONS_H
#define PINION_BENCH_VERSUS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_QUESTIONS 64

struct question;

struct options {
	bool list, help, quick;
	const struct question *only[OPTIONS_QUESTIONS]; /* [asked] */
	int asked;        /* without --only: all of them */
	const char *peers; /* names, separated by commas; NULL: all */
	int pairs;        /* 0: the default */
	const char *json; /* file; NULL: none */
	const char *cpus; /* NULL: all allowed ones */
	uint64_t seed;
	bool seeded;
};

/**
 * Read the arguments.
 *
 * @param wrong  receives one line on failure, with the nearest name where there is one.
 *
 * @return 0, or -1.
 */
int options_read(int argc, char **argv, struct options *o, char *wrong, size_t bytes);

/** Whether the options let a peer of this name play. */
bool options_peer(const struct options *o, const char *name);

/** The help. */
extern const char options_help[];

#endif
