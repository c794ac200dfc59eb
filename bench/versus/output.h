/*
 * What versus says: a table for people while it runs, JSON at the end.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_OUTPUT_H
#define PINION_BENCH_VERSUS_OUTPUT_H

#include "bench/versus/machine.h"
#include "bench/versus/measure.h"

/* A peer that was not asked and what would bring it, or a question that cannot be asked here. */
struct skipped {
	const struct question *question;
	const struct contender *peer; /* NULL: the question as a whole */
	char reason[120];
};

/* All of one run. */
struct results {
	struct machine machine;
	struct arena arena;
	bool quick;
	int pairs;
	uint64_t seed;
	struct outcome *outcome; /* [outcomes]; the ones with an error stand here too */
	int outcomes;
	struct skipped *skipped; /* [skips] */
	int skips;
};

/** The questions, and who answers them. */
void output_list(const struct arena *arena);

/** The head of the table, one line of it, and what stands below it. */
void output_head(const struct results *r);
void output_row(const struct outcome *out);
void output_foot(const struct results *r);

/**
 * Whether a document can be written there, known before an hour of measuring; leaves no trace.
 *
 * @return 0, or -1 with errno.
 */
int output_json_check(const char *path);

/**
 * Write the JSON document: into FILE.part first, so that FILE is whole or not there.
 *
 * @return 0, or -1 with errno.
 */
int output_json(const struct results *r, const char *path);

#endif
