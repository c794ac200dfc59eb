/*
 * The machine of a run: what the figures belong to, and which processors take part.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_MACHINE_H
#define PINION_BENCH_VERSUS_MACHINE_H

#include "bench/json.h"
#include "bench/versus/runner.h"

struct machine {
	char model[128], kernel[128], governor[32], huge_pages[64], date[32];
	int cpus_allowed, cores_allowed, nodes, packages;
	uint64_t llc_bytes, memory_bytes, free_bytes;
	double quota; /* 0: none */
};

/**
 * Read the machine and choose one processor per usable core, as Pinion does by default.
 *
 * @param cpus   processors to use, in the grammar of <pinion/cpus.h>; NULL: all allowed ones.
 *               The calling process is bound to them.
 * @param wrong  receives one line on failure.
 *
 * @return 0, or -1.
 */
int machine_load(const char *cpus, struct machine *m, struct arena *arena, char *wrong,
                 size_t bytes);

/** The object "machine". */
void machine_json(struct json *j, const struct machine *m, const struct arena *arena);

/** Two lines for people. */
void machine_text(const struct machine *m, const struct arena *arena);

#endif
