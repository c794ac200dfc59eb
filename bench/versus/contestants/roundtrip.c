/*
 * The limit: how long a cache line takes from one processor to another and an
 * answer back.
 *
 * Two threads on two processors, two lines, each written by one side: release
 * store, acquire load, spinning without pause. Nothing that hands work to
 * another processor and waits for it can be faster.
 *
 * Ordering
 *   [ping]  caller stores ping (release) -> partner loads ping (acquire)
 *   [pong]  partner stores pong (release) -> caller loads pong (acquire)
 *           carries: the partner's count.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/contestant.h"
#include "bench/versus/proof.h"

#include <stdlib.h>

struct table {
	_Alignas(CONTESTANT_LINE) uint64_t ping; /* written by the caller */
	_Alignas(CONTESTANT_LINE) uint64_t pong; /* written by the partner */
	_Alignas(CONTESTANT_LINE) uint64_t answers; /* the partner's own: a second store to pong's line would be felt */
	_Alignas(CONTESTANT_LINE) uint64_t sent; /* the caller's own */
	uint64_t before;
};

static void *partner(void *ctx)
{
	struct table *t = ctx;

	for (uint64_t round = 1;; round++) {
		while (__atomic_load_n(&t->ping, __ATOMIC_ACQUIRE) != round) /* [ping] */
			;
		t->answers++;
		__atomic_store_n(&t->pong, round, __ATOMIC_RELEASE); /* [pong] */
	}
	return NULL;
}

static const char *setup(struct contestant *self, const struct contestant_task *task)
{
	struct table *t = aligned_alloc(CONTESTANT_LINE, sizeof *t);

	if (t == NULL)
		return "out of memory";
	*t = (struct table){0};
	self->state = t;
	if (task->workers < 2)
		return "a round trip needs two processors";
	if (contestant_pin(task->cpu[0]) != 0 || contestant_thread(task->cpu[1], partner, t) != 0)
		return "a thread cannot be started on its processor";
	return NULL;
}

static void prepare(struct contestant *self)
{
	struct table *t = self->state;

	t->before = t->answers; /* the partner waits for the next ping: [pong] has made it visible */
}

static uint64_t batch(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct table *t = self->state;
	uint64_t round = t->sent;

	for (uint64_t last = round + ops; round < last;) {
		__atomic_store_n(&t->ping, ++round, __ATOMIC_RELEASE); /* [ping] */
		while (__atomic_load_n(&t->pong, __ATOMIC_ACQUIRE) != round) /* [pong] */
			;
	}
	t->sent = round;
	return 0;
}

static uint64_t checksum(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct table *t = self->state;

	return proof_worker(1, t->answers - t->before, seed);
}

int main(int argc, char **argv)
{
	struct contestant self = {"1", setup, prepare, batch, checksum, 0, NULL};

	return contestant_main(&self, argc, argv);
}
