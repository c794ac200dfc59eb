/*
 * Worker-local values: whole pages on the worker's node, so that no two workers
 * share a line or a page.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/node_memory.h"
#include "engine/worker.h"

#include <pinion/local.h>
#include <pinion/loop.h>

struct pinion_local {
	pinion_engine *engine;
	size_t bytes;
	int (*construct)(void *value, void *ctx);
	void (*destruct)(void *value, void *ctx);
	void *ctx;
	bool *built;  /* [workers] */
	void **value; /* [workers] */
};

static int build_one(int worker, void *ctx)
{
	pinion_local *l = ctx;
	int error = l->construct ? l->construct(l->value[worker], l->ctx) : 0;

	l->built[worker] = error == 0;
	return error;
}

static int unbuild_one(int worker, void *ctx)
{
	pinion_local *l = ctx;

	if (l->built[worker] && l->destruct)
		l->destruct(l->value[worker], l->ctx);
	l->built[worker] = false;
	return 0;
}

static int allocate_values(pinion_local *l)
{
	pinion_engine *e = l->engine;

	l->built = pinion__alloc((size_t)e->workers * sizeof *l->built);
	l->value = pinion__alloc((size_t)e->workers * sizeof *l->value);
	if (!l->built || !l->value)
		return PINION_ERR_NOMEM;
	for (int i = 0; i < e->workers; i++) {
		l->value[i] = pinion__node_alloc(e->placement, e->worker[i]->node, l->bytes);
		if (!l->value[i])
			return PINION_ERR_NOMEM;
	}
	return 0;
}

int pinion_local_create(pinion_local **out, pinion_engine *engine, size_t bytes,
                        const pinion_local_options *options)
{
	PINION_REQUIRE(out && engine);
	if (bytes == 0 || (options && options->size != sizeof *options))
		return PINION_ERR_ARG;
	if (!pinion__engine_alive(engine))
		return PINION_ERR_STATE;
	pinion_local *l = pinion__alloc(sizeof *l);
	if (!l)
		return PINION_ERR_NOMEM;
	l->engine = engine;
	l->bytes = bytes;
	if (options) {
		l->construct = options->construct;
		l->destruct = options->destruct;
		l->ctx = options->ctx;
	}
	int error = allocate_values(l);
	if (!error)
		error = pinion_each_worker(engine, build_one, l);
	if (error)
		pinion_local_destroy(l);
	else
		*out = l;
	return error;
}

static void free_values(pinion_local *l)
{
	for (int i = 0; l->value && i < l->engine->workers; i++)
		pinion__node_free(l->engine->placement, l->value[i], l->bytes);
	pinion__free(l->value);
	pinion__free(l->built);
}

void pinion_local_destroy(pinion_local *local)
{
	if (!local)
		return;
	if (local->built && pinion_each_worker(local->engine, unbuild_one, local) == PINION_ERR_STATE)
		for (int i = 0; i < local->engine->workers; i++)
			unbuild_one(i, local);
	free_values(local);
	pinion__free(local);
}

void *pinion_local_get(const pinion_local *local)
{
	const struct pinion__worker *w = pinion__self;

	return w && w->engine == local->engine ? local->value[w->index] : NULL;
}

void *pinion_local_of(const pinion_local *local, int worker)
{
	PINION_REQUIRE(worker >= 0 && worker < local->engine->workers);
	return local->value[worker];
}

void pinion_local_combine(const pinion_local *local, void *into,
                          void (*combine)(void *into, const void *value, void *ctx), void *ctx)
{
	for (int i = 0; i < local->engine->workers; i++)
		combine(into, local->value[i], ctx);
}
