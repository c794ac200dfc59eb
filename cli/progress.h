/*
 * What happens now, on standard error.
 *
 * On a terminal it is one line that rewrites itself and vanishes at the end.
 * Elsewhere it is one plain line per workload, one per step that is reached after
 * more than a second, and one more every few seconds.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CLI_PROGRESS_H
#define PINION_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool quiet, terminal;
	int item, items; /* workload number `item` of `items`, from 1 */
	const char *name;
	char phase[16];
	bool phase_printed;       /* it stands in a line already */
	uint64_t item_ns;         /* when the workload began */
	uint64_t printed_ns;      /* when a line was last printed */
	uint64_t first_kernel_ns; /* when the first warm-up or measured run began; 0 before */
};

void progress_init(struct progress *progress, bool quiet, int items);

/* The next workload begins. */
void progress_item(struct progress *progress, const char *name);

/* A step of it; the shape of workload_progress, ctx is the struct progress. */
void progress_step(void *ctx, const char *phase, int done, int total);

/* Remove what is on the terminal, so that other text can follow. */
void progress_clear(struct progress *progress);

#endif
