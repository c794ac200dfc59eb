/*
 * park.roundtrip with Pinion's parker: two pinned threads, each asleep while the
 * other runs. Neither spins before it sleeps.
 *
 * Ordering
 *   [call]    caller stores call (seq_cst) -> partner loads call (seq_cst)
 *   [answer]  partner stores answer (seq_cst) -> caller loads answer (seq_cst)
 *             carries: the partner's count.
 *   All are seq_cst because they are the condition of queues/parker.h's handshake.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/contestant.h"
#include "bench/versus/proof.h"
#include "queues/parker.h"

#include <pinion/base.h>
#include <stdlib.h>

/* A word, and the parker of the thread that waits for it. */
struct bell {
	PINION_ALIGNED(CONTESTANT_LINE) atomic_u64 word;
	PINION_ALIGNED(CONTESTANT_LINE) parker sleeper;
};

struct desk {
	struct bell call, answer;
	PINION_ALIGNED(CONTESTANT_LINE) uint64_t runs;         /* the partner's own */
	PINION_ALIGNED(CONTESTANT_LINE) uint64_t sent, before; /* the caller's own */
};

static void bell_ring(struct bell *b, uint64_t value)
{
	u64_store_seq_cst(&b->word, value); /* [call] [answer] */
	parker_wake(&b->sleeper);
}

static void bell_await(struct bell *b, uint64_t value)
{
	while (u64_load_seq_cst(&b->word) != value) { /* [call] [answer] */
		parker_announce(&b->sleeper);
		if (u64_load_seq_cst(&b->word) == value) { /* [call] [answer] */
			parker_retract(&b->sleeper);
			return;
		}
		parker_sleep(&b->sleeper, UINT64_MAX);
	}
}

static void *partner(void *ctx)
{
	struct desk *d = ctx;

	for (uint64_t round = 1;; round++) {
		bell_await(&d->call, round);
		d->runs++;
		bell_ring(&d->answer, round);
	}
	return NULL;
}

static void bell_init(struct bell *b)
{
	u64_init(&b->word, 0);
	parker_init(&b->sleeper);
}

static const char *setup(struct contestant *self, const struct contestant_task *task)
{
	struct desk *d = aligned_alloc(CONTESTANT_LINE, sizeof *d);

	if (d == NULL)
		return "out of memory";
	bell_init(&d->call);
	bell_init(&d->answer);
	d->runs = d->sent = d->before = 0;
	self->state = d;
	if (task->workers < 2)
		return "caller and partner need two processors";
	if (contestant_pin(task->cpu[0]) != 0 || contestant_thread(task->cpu[1], partner, d) != 0)
		return "a thread cannot be started on its processor";
	return NULL;
}

static void prepare(struct contestant *self)
{
	struct desk *d = self->state;

	d->before = d->runs; /* the partner waits for the next call */
}

static uint64_t batch(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct desk *d = self->state;

	for (uint64_t i = 0; i < ops; i++) {
		bell_ring(&d->call, ++d->sent);
		bell_await(&d->answer, d->sent);
	}
	return 0;
}

static uint64_t checksum(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct desk *d = self->state;

	return proof_worker(1, d->runs - d->before, seed);
}

int main(int argc, char **argv)
{
	struct contestant self = {PINION_VERSION_STRING, setup, prepare, batch, checksum, 0, NULL};

	return contestant_main(&self, argc, argv);
}
