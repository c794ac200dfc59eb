/*
 * forkjoin.empty with Pinion: pinion_each_worker on a function that only counts,
 * all settings at their defaults.
 *
 * Each worker counts in its own thread-local word; the proof reads it on the
 * worker itself, so a seat that was not run shows, as does one that another
 * thread ran instead.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/contestants/engine.h"
#include "bench/versus/proof.h"

#include <pinion/loop.h>

#include <stdlib.h>

static _Thread_local uint64_t runs;

struct team {
	pinion_engine *engine;
	uint64_t *count; /* [workers] */
};

static int nop(int worker, void *ctx)
{
	runs++;
	return 0;
}

static int clear(int worker, void *ctx)
{
	runs = 0;
	return 0;
}

static int collect(int worker, void *ctx)
{
	((uint64_t *)ctx)[worker] = runs;
	return 0;
}

static const char *setup(struct contestant *self, const struct contestant_task *task)
{
	static struct team team;

	self->version = pinion_version();
	self->state = &team;
	team.count = calloc((size_t)task->workers, sizeof *team.count);
	if (team.count == NULL)
		return "out of memory";
	return engine_start(&team.engine, task);
}

static void prepare(struct contestant *self)
{
	struct team *team = self->state;

	if (pinion_each_worker(team->engine, clear, NULL) != 0)
		contestant_fail("pinion_each_worker failed");
}

static uint64_t batch(struct contestant *self, uint64_t ops, uint64_t seed)
{
	pinion_engine *engine = ((struct team *)self->state)->engine;
	int error = 0;

	for (uint64_t i = 0; i < ops; i++)
		error |= pinion_each_worker(engine, nop, NULL);
	if (error != 0)
		contestant_fail("pinion_each_worker failed");
	return 0;
}

static uint64_t checksum(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct team *team = self->state;
	uint64_t sum = 0;

	if (pinion_each_worker(team->engine, collect, team->count) != 0)
		contestant_fail("pinion_each_worker failed");
	for (int w = 0; w < pinion_engine_workers(team->engine); w++)
		sum += proof_worker(w, team->count[w], seed);
	return sum;
}

int main(int argc, char **argv)
{
	struct contestant self = {NULL, setup, prepare, batch, checksum, 0, NULL};

	return contestant_main(&self, argc, argv);
}
