/*
 * Tasks, and the scope that owns them.
 *
 * A scope collects tasks, joins them, keeps the first error and cancels the
 * rest. A task that has started never moves to another worker. Owner-only data
 * needs no lock: run everything that touches it on its worker.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_SCOPE_H
#define PINION_SCOPE_H

#include <pinion/engine.h>

PINION_BEGIN_DECLS

/* A destination, by value. */
typedef struct pinion_place {
	int kind;   /* private; use the makers below */
	int index;
	bool hard;
} pinion_place;

/** Any worker: the caller's own when it is one, and idle workers take it from there. */
static inline pinion_place pinion_anywhere(void)
{
	pinion_place p = {0, 0, false};
	return p;
}

/** Worker `worker` and no other. */
static inline pinion_place pinion_on_worker(int worker)
{
	pinion_place p = {1, worker, true};
	return p;
}

/** Some worker whose memory node is `node`; when none has it as its own, a worker of the nearest node. */
static inline pinion_place pinion_on_node(int node)
{
	pinion_place p = {2, node, false};
	return p;
}

/** The owner of block `block` of a partition. */
PINION_API pinion_place pinion_on_block(const pinion_partition *partition, size_t block);

/* Runs once on a worker. Non-zero is the task's error. */
typedef int (*pinion_task)(void *ctx);

/* Caller's storage; only the functions below touch it. */
typedef struct pinion_scope {
	uint64_t opaque[16];
} pinion_scope;

/**
 * Begin a scope. It must be joined before its storage ends, and by the thread that began it.
 *
 * @return 0, or PINION_ERR_STATE when the engine is not running.
 *
 * Threads:   any.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_scope_init(pinion_scope *scope, pinion_engine *engine);

/**
 * Hand one task to a scope and return without waiting for it.
 *
 * A task placed anywhere lies in the queue of the worker that handed it over until an idle worker takes it, or
 * the caller waits; when nobody is idle, it may not begin before the join.
 *
 * @param scope  not yet joined. Tasks of the scope may add to it.
 * @param place  where; see the makers.
 * @param fn     called once as fn(ctx), unless the scope is cancelled before it begins.
 * @param ctx    borrowed until fn returns.
 *
 * @return 0                   queued, or already run: with a full queue the caller runs it at once.
 * @return PINION_ERR_RANGE    no such worker, node or block; nothing was queued.
 * @return PINION_ERR_STATE    the engine is not running; nothing was queued.
 * @return PINION_ERR_NOMEM    nothing was queued.
 * @return PINION_ERR_CANCELED the scope is cancelled; fn will not run.
 *
 * Threads:   the thread that began the scope, and tasks inside it.
 * Ordering:  what the caller wrote before is visible to fn. Tasks of one caller on one worker start in order.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_go(pinion_scope *scope, pinion_place place, pinion_task fn,
                                           void *ctx);

/**
 * Wait for all tasks of the scope; a worker runs its own queued tasks of this scope, and what is
 * addressed to it, while it waits.
 *
 * @return 0, the first task's error, or PINION_ERR_CANCELED when it was cancelled without an error;
 *         PINION_ERR_STATE in the child of a fork, where the tasks do not exist.
 *
 * Threads:   the thread that began the scope.
 * Ordering:  everything that the tasks wrote is visible.
 * Blocking:  until the last task has ended.
 * Since:     0.1
 */
PINION_API int pinion_scope_join(pinion_scope *scope);

/** Ask the scope's tasks to end: those not begun are dropped, running ones may look. Any thread. */
PINION_API void pinion_scope_cancel(pinion_scope *scope);

/** True once cancelled or failed. Cheap; tasks may poll it. */
PINION_API bool pinion_scope_canceled(const pinion_scope *scope);

/**
 * Run fn(ctx) on worker `worker` and wait for it: no lock is needed for data that only this worker touches.
 *
 * @return what fn returned; PINION_ERR_STATE (not running), PINION_ERR_RANGE (no such worker).
 *
 * Threads:   any. On that worker itself fn is called directly.
 * Ordering:  as if fn were called directly by the caller.
 * Blocking:  until fn has returned.
 * Since:     0.1
 */
PINION_API int pinion_run_on(pinion_engine *engine, int worker, pinion_task fn, void *ctx);

PINION_END_DECLS

#endif
