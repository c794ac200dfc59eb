/*
 * A plan as text and as JSON: seats, homes of memory, steal order, workloads.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CLI_PLAN_VIEW_H
#define PINION_CLI_PLAN_VIEW_H

#include "cli/machine.h"

#include <pinion/job.h>

#include <stdio.h>

/* `config` is what the seats were planned from; `job` may be NULL. `verbose` shows the steal
 * order of every worker instead of the first. */
struct plan_view {
	const struct machine *machine;
	const pinion_config *config;
	const pinion_job *job;
	bool verbose;
};

void plan_print(const struct plan_view *plan, FILE *to);

void plan_write(const struct plan_view *plan, FILE *to);

/* Share of each array whose home is `node`, 0 .. 1, and the workers that own it: their count,
 * and their numbers in worker[0 .. seats). */
double plan_home(const pinion_placement *placement, int node, int *worker, int *workers);

#endif
