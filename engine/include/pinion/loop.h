/*
 * Loops over partitioned data.
 *
 * A loop visits each index of a partition exactly once, in claims of one or
 * more consecutive indexes inside one block. The owner of a block runs it;
 * with schedule steal an idle worker takes claims of others, nearest first.
 * Every loop has a site, a name under which the engine keeps its ledger.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_LOOP_H
#define PINION_LOOP_H

#include <pinion/engine.h>

PINION_BEGIN_DECLS

/*
 * Runs indexes begin .. end - 1 on the calling worker. Non-zero ends the loop early: claims
 * not yet begun are dropped, and the loop returns the first such value.
 */
typedef int (*pinion_body)(size_t begin, size_t end, void *ctx);

typedef struct pinion_loop_options {
	size_t size;              /* sizeof(pinion_loop_options) */
	const char *site;         /* name of the loop in ledger and report; NULL: "loop". Copied at first use. */
	pinion_schedule schedule; /* DEFAULT: the engine's */
	size_t grain;             /* indexes per claim; 0: the engine's */
	size_t elem_bytes;        /* bytes that one index moves, for the ledger; 0: unknown */
} pinion_loop_options;

#define PINION_LOOP_OPTIONS_INIT {sizeof(pinion_loop_options), NULL, PINION_SCHEDULE_DEFAULT, 0, 0}

/**
 * Run a body over all indexes of a partition, and return when the last is done.
 *
 * @param engine     running.
 * @param partition  made from this engine's placement, or one with as many seats.
 * @param options    NULL is the default.
 * @param body       see pinion_body. May itself call loops, tasks and scopes.
 * @param ctx        borrowed until the loop returns.
 *
 * @return 0                   every index was visited.
 * @return PINION_ERR_STATE    the engine is not running.
 * @return PINION_ERR_ARG      the partition is for another number of seats, or options has another size.
 * @return otherwise           the first non-zero that a body returned.
 *
 * Threads:   any, several at once. Inside a body, the loop runs on the calling worker and on
 *            workers that are idle.
 * Ordering:  what the caller wrote before is visible to bodies; what bodies wrote is visible after.
 * Blocking:  until done. Do not call while holding a lock that a body or task needs.
 * Since:     0.1
 */
PINION_API int pinion_for(pinion_engine *engine, const pinion_partition *partition,
                          const pinion_loop_options *options, pinion_body body, void *ctx);

/**
 * Run fn(worker, ctx) exactly once on every worker, each on its seat, and return when all are done.
 *
 * Non-zero of any is returned (the lowest worker's); the others still run.
 *
 * @return 0, PINION_ERR_STATE (not running), or a value of fn.
 *
 * Threads:   any, several at once.
 * Ordering:  as pinion_for.
 * Blocking:  until done: it waits for workers that are busy elsewhere.
 * Since:     0.1
 */
typedef int (*pinion_worker_fn)(int worker, void *ctx);
PINION_API int pinion_each_worker(pinion_engine *engine, pinion_worker_fn fn, void *ctx);

/* A reduction: leaf folds a range into one value, combine folds two values into the first. */
typedef struct pinion_reduction {
	size_t size;              /* sizeof(pinion_reduction) */
	size_t value_bytes;       /* of one value, 1 .. 4096 */
	const void *identity;     /* the value that combine leaves unchanged */
	void (*leaf)(size_t begin, size_t end, void *value, void *ctx);        /* value holds the identity at entry */
	void (*combine)(void *into, const void *from, void *ctx);              /* into = into (+) from */
	size_t leaf_size;         /* indexes per leaf when reproducible; 0: 4096 */
	bool fast;                /* give up reproducibility: one partial value per worker, combined in worker order */
} pinion_reduction;

#define PINION_REDUCTION_INIT {sizeof(pinion_reduction), 0, NULL, NULL, NULL, 0, false}

/**
 * Reduce all indexes of a partition to one value.
 *
 * By default the result is bitwise the same for any number of workers, any placement and any steal: leaves
 * are cut at multiples of leaf_size in the index space, and combined in a fixed pairwise tree over leaf numbers.
 *
 * @param result  receives value_bytes bytes; identity when the partition is empty. Untouched on failure.
 *
 * @return as pinion_for; PINION_ERR_ARG also when the reduction is incomplete; PINION_ERR_NOMEM (no memory
 *         for the values of the leaves; nothing ran).
 *
 * Threads:   as pinion_for. combine runs on the calling thread after the loop; with fast on workers too.
 * Blocking:  until done.
 * Since:     0.1
 */
PINION_API int pinion_reduce(pinion_engine *engine, const pinion_partition *partition,
                             const pinion_loop_options *options, const pinion_reduction *reduction,
                             void *result, void *ctx);

PINION_END_DECLS

#endif
