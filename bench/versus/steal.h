/*
 * Time that the hypervisor gave to others while our processors had work.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_STEAL_H
#define PINION_BENCH_VERSUS_STEAL_H

#include <stdint.h>
#include <stdio.h>

/* Clock ticks of some processors since boot. */
struct steal {
	uint64_t stolen, total;
};

/** Read /proc/stat for these processors. All zero when there is none. */
void steal_read(const int *cpu, int cpus, struct steal *out);

/** The same from an open stream of that format. */
void steal_parse(FILE *in, const int *cpu, int cpus, struct steal *out);

/** Share of the time between two readings that was stolen, 0 .. 1. */
double steal_share(const struct steal *before, const struct steal *after);

#endif
