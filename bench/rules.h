/*
 * The accepted rules, judged: a result says "conforming", or which rule it
 * breaks and by how much. STREAM's run rules are those of stream.c 5.10.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_RULES_H
#define PINION_BENCH_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rules_facts {
	size_t elements; /* of 8 bytes, per array */
	int arrays;
	uint64_t llc_bytes;    /* 0: unknown */
	uint64_t memory_bytes; /* 0: unknown */
	int runs;
	double min_ns;  /* shortest run */
	double tick_ns; /* granularity of the clock */
	bool tuned;     /* changed loops: must be labelled */
};

/**
 * Judge a STREAM run: arrays of at least 4 times the last-level cache (3.8 is accepted), at least
 * 20 clock ticks per run, at least 2 runs.
 *
 * @param verdict  receives one line: "conforming", or everything that is not, with the numbers.
 *
 * @return true when conforming.
 */
bool rules_stream(const struct rules_facts *facts, char *verdict, size_t bytes);

/** Granularity of the monotonic clock as it is observed, in nanoseconds. */
double rules_clock_tick_ns(void);

#endif
