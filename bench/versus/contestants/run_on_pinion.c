/*
 * task.run_on with Pinion: pinion_run_on(engine, 1, nop) from the thread that
 * holds seat 0, all settings at their defaults.
 *
 * The task counts in a thread-local word of the thread that runs it; the proof
 * reads the word on worker 1, where all of them must have run.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/contestants/engine.h"
#include "bench/versus/proof.h"

#include <pinion/scope.h>

static _Thread_local uint64_t runs;

static int nop(void *ctx)
{
	runs++;
	return 0;
}

/* Take the count away: *ctx receives it, and it starts at 0 again. */
static int take(void *ctx)
{
	*(uint64_t *)ctx = runs;
	runs = 0;
	return 0;
}

static void on_worker(pinion_engine *engine, pinion_task fn, void *ctx)
{
	if (pinion_run_on(engine, 1, fn, ctx) != 0)
		contestant_fail("pinion_run_on failed");
}

static const char *setup(struct contestant *self, const struct contestant_task *task)
{
	static pinion_engine *engine;
	const char *wrong;

	self->version = pinion_version();
	if (task->workers < 2)
		return "the caller and worker 1 need two processors";
	wrong = engine_start(&engine, task);
	self->state = engine;
	return wrong;
}

static void prepare(struct contestant *self)
{
	uint64_t ignored;

	on_worker(self->state, take, &ignored);
}

static uint64_t batch(struct contestant *self, uint64_t ops, uint64_t seed)
{
	pinion_engine *engine = self->state;
	int error = 0;

	for (uint64_t i = 0; i < ops; i++)
		error |= pinion_run_on(engine, 1, nop, NULL);
	if (error != 0)
		contestant_fail("pinion_run_on failed");
	return 0;
}

static uint64_t checksum(struct contestant *self, uint64_t ops, uint64_t seed)
{
	uint64_t count = 0;

	on_worker(self->state, take, &count);
	return proof_worker(1, count, seed);
}

int main(int argc, char **argv)
{
	struct contestant self = {NULL, setup, prepare, batch, checksum, 0, NULL};

	return contestant_main(&self, argc, argv);
}
