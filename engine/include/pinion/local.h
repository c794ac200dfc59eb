/*
 * One value per worker, on the worker's own memory node and cache lines.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_LOCAL_H
#define PINION_LOCAL_H

#include <pinion/engine.h>

PINION_BEGIN_DECLS

typedef struct pinion_local pinion_local;

typedef struct pinion_local_options {
	size_t size;                              /* sizeof(pinion_local_options) */
	int (*construct)(void *value, void *ctx);   /* on its worker; NULL: zero bytes. Non-zero fails the creation. */
	void (*destruct)(void *value, void *ctx);   /* on its worker while the engine runs, else on the caller; may be NULL */
	void *ctx;
} pinion_local_options;

#define PINION_LOCAL_OPTIONS_INIT {sizeof(pinion_local_options), NULL, NULL, NULL}

/**
 * Make one value per worker.
 *
 * @param bytes    size of a value; each is aligned to two cache lines and shares them with nobody.
 * @param options  NULL: zero-filled values.
 *
 * @return 0, PINION_ERR_ARG (bytes is 0, or options has another size), PINION_ERR_STATE (not running),
 *         PINION_ERR_NOMEM, or what construct returned; values already constructed are then destructed.
 *
 * Threads:   any. As pinion_each_worker, it waits for every worker.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_local_create(pinion_local **out, pinion_engine *engine, size_t bytes,
                                                     const pinion_local_options *options);

/** Destruct and free. The engine must still exist. NULL is fine. */
PINION_API void pinion_local_destroy(pinion_local *local);

/** The calling worker's value; NULL outside any task or loop of its engine. */
PINION_API void *pinion_local_get(const pinion_local *local);

/** The value of worker `worker`; the caller sees to it that the worker does not change it meanwhile. */
PINION_API void *pinion_local_of(const pinion_local *local, int worker);

/** Fold all values into `into`, in worker order: combine(into, value, ctx). Not while workers change them. */
PINION_API void pinion_local_combine(const pinion_local *local, void *into,
                                     void (*combine)(void *into, const void *value, void *ctx),
                                     void *ctx);

PINION_END_DECLS

#endif
