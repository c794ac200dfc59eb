/*
 * Running workers on a placement.
 *
 * create -> start -> use -> stop -> destroy; start and stop may repeat. While
 * it runs, any thread may call loops, tasks and scopes. By default the thread
 * that starts the engine is adopted into seat 0: inside a Pinion call it works
 * as worker 0, outside a parked standby serves that seat.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_ENGINE_H
#define PINION_ENGINE_H

#include <pinion/array.h>
#include <pinion/config.h>

PINION_BEGIN_DECLS

typedef struct pinion_engine pinion_engine;

#define PINION_WORKER_NONE (-1)

/**
 * Make an engine; no thread exists yet.
 *
 * @param out        receives the engine; untouched on failure.
 * @param placement  its seats; copied. NULL: planned from config's own fields.
 * @param config     copied, strings too; NULL: defaults.
 * @param diag       receives what is impossible. May be NULL.
 *
 * @return 0; PINION_ERR_ARG (config contradicts itself or has another size); PINION_ERR_NOMEM; or what
 *         pinion_topology_load, pinion_cpus_parse and pinion_placement_plan return.
 *
 * Threads:   any; engines share nothing.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_engine_create(pinion_engine **out,
                                                      const pinion_placement *placement,
                                                      const pinion_config *config,
                                                      pinion_diag *diag);

/**
 * Start the workers and bind each to its seat.
 *
 * Returns when every worker has reported what it obtained. With PINION_MAIN_WORKER the calling
 * thread is bound to seat 0 until the engine stops, and gets its own mask back then.
 *
 * @return 0                   running.
 * @return PINION_ERR_STATE    already running, or the calling thread is inside a task or loop.
 * @return PINION_ERR_PLACE    strict, and a seat was not obtained; diag names it. Nothing runs.
 * @return PINION_ERR_NOMEM, PINION_ERR_SYSTEM  a thread could not be made. Nothing runs.
 *
 * Threads:   one at a time, concurrently with nothing else on this engine.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_engine_start(pinion_engine *engine, pinion_diag *diag);

/**
 * Finish what was submitted, end the workers, and join them. Does nothing when not running.
 *
 * @return 0                  stopped.
 * @return PINION_ERR_STATE   called from inside a task or loop of this engine; it goes on running.
 *
 * Threads:   one at a time; nobody may be inside another call on this engine. In the child of a fork
 *            it only forgets the workers, which do not exist there.
 * Since:     0.1
 */
PINION_API int pinion_engine_stop(pinion_engine *engine);

/** Stop if needed, and free. NULL is fine. */
PINION_API void pinion_engine_destroy(pinion_engine *engine);

/** Number of seats, which is the number of workers. */
PINION_API int pinion_engine_workers(const pinion_engine *engine);

/** The engine's own copy of its placement; make partitions from it. Lives as long as the engine. */
PINION_API const pinion_placement *pinion_engine_placement(const pinion_engine *engine);

/** True between a successful start and stop. False in the child of a fork. */
PINION_API bool pinion_engine_running(const pinion_engine *engine);

/** The worker that the calling thread is at this moment, or PINION_WORKER_NONE outside any task or loop. */
PINION_API int pinion_worker_index(void);

/** The engine whose task or loop the calling thread runs, or NULL. */
PINION_API pinion_engine *pinion_worker_engine(void);

/**
 * Populate all blocks of an array, each on its owner, in parallel; then seal it.
 *
 * @return 0, or the first of what pinion_array_populate and pinion_array_seal return (of several workers,
 *         the lowest one's); PINION_ERR_STATE when the engine is not running; PINION_ERR_ARG when the
 *         array is laid out for another number of seats.
 *
 * Threads:   any, when nobody populates or audits this array.
 * Blocking:  until done.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_array_prefault(pinion_engine *engine, pinion_array *array,
                                                       pinion_diag *diag);

PINION_END_DECLS

#endif
