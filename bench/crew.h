/*
 * Who does the work of a workload: Pinion's workers, an OpenMP team or the
 * calling thread. Filling and checking go through crew_for(), so the pages of
 * each contestant are first touched by the threads that will use them.
 *
 * A twin that is given an engine has as many threads as the engine has workers,
 * on the same processors: thread i is bound to seat i, and has its own mask back
 * when the crew is dismissed. Such an engine need not be running.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_CREW_H
#define PINION_BENCH_CREW_H

#include "bench/workload.h"

#include <pinion/loop.h>

struct crew {
	enum workload_engine kind;
	pinion_engine *engine; /* WORKLOAD_PINION; borrowed */
	int threads;           /* workers, or OpenMP threads really obtained, or 1 */
	int bound;             /* a twin's threads that the kernel put on exactly their seat */
	void *own_mask;        /* of the calling thread before a twin was bound; NULL: not changed */
};

/* An index range, and its partition where the crew is Pinion's. */
struct crew_range {
	const pinion_partition *partition;
	size_t n;
};

/**
 * Gather the crew that the parameters ask for.
 *
 * @param engine  running, for WORKLOAD_PINION; may be NULL or stopped for the others.
 * @param diag    not NULL.
 *
 * @return 0; PINION_ERR_ARG (no engine), PINION_ERR_STATE (it is not running), PINION_ERR_NOMEM,
 *          PINION_ERR_SYSTEM; diag says which.
 */
int crew_gather(struct crew *crew, const struct workload_params *params, pinion_engine *engine,
                pinion_diag *diag);

/**
 * Give the calling thread and the team the calling thread's own mask back. Harmless when none was
 * taken.
 */
void crew_dismiss(struct crew *crew);

/**
 * body(begin, end, ctx) over the range, in parallel, each part on its owner; `site` names it in
 * the ledger.
 */
int crew_for(const struct crew *crew, const struct crew_range *range, const char *site,
             pinion_body body, void *ctx);

/** "pinion", "omp" or "serial". */
const char *crew_name(enum workload_engine kind);

#endif
