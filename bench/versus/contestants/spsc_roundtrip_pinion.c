/*
 * spsc.roundtrip with <pinion/spsc.h>: one ring there, one back. The partner checks that
 * each item is the next one and sends it back; the caller checks the answer.
 *
 * Nobody pauses: there is one item under way, and it is waited for.
 *
 * The partner's `wrong` is read after its last answer: the ring carries it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/contestant.h"
#include "bench/versus/contestants/spsc_pinion.h"
#include "bench/versus/proof.h"

struct table {
	_Alignas(CONTESTANT_LINE) struct ring *there, *back;
	_Alignas(CONTESTANT_LINE) uint64_t wrong_there; /* the partner's own */
	_Alignas(CONTESTANT_LINE) uint64_t sum, wrong;  /* the caller's own */
};

/* What a batch starts with: above all items, it tells the partner which one is next. */
#define FIRST ((uint64_t)1 << 63)

static inline void send(struct ring *r, uint64_t item)
{
	while (item_ring_push(&r->queue, item) != PINION_RING_OK)
		;
}

static inline uint64_t receive(struct ring *r)
{
	uint64_t item;

	while (item_ring_pop(&r->queue, &item) != PINION_RING_OK)
		;
	return item;
}

static void *partner(void *ctx)
{
	struct table *t = ctx;

	for (uint64_t want = 0;;) {
		uint64_t item = receive(t->there);

		if (item & FIRST) {
			want = item & ~FIRST;
			t->wrong_there = 0;
		} else if (item != want++) {
			t->wrong_there = 1;
		}
		send(t->back, item);
	}
	return NULL;
}

static const char *setup(struct contestant *self, const struct contestant_task *task)
{
	struct table *t = aligned_alloc(CONTESTANT_LINE, sizeof *t);

	if (t == NULL)
		return "out of memory";
	*t = (struct table){.there = item_ring_make(1024), .back = item_ring_make(1024)};
	self->state = t;
	if (t->there == NULL || t->back == NULL)
		return "a ring cannot be made";
	if (task->workers < 2)
		return "a round trip needs two processors";
	if (contestant_pin(task->cpu[0]) != 0 || contestant_thread(task->cpu[1], partner, t) != 0)
		return "a thread cannot be started on its processor";
	return NULL;
}

static uint64_t batch(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct table *t = self->state;
	uint64_t sum = 0, wrong = 0;

	send(t->there, seed | FIRST);
	receive(t->back);
	for (uint64_t i = 0; i < ops; i++) {
		uint64_t item = proof_item(i, seed), answer;

		send(t->there, item);
		answer = receive(t->back);
		wrong |= answer ^ item;
		sum += answer;
	}
	t->sum = sum;
	t->wrong = wrong;
	return 0;
}

static uint64_t checksum(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct table *t = self->state;

	return proof_items(ops, t->sum, t->wrong | t->wrong_there);
}

int main(int argc, char **argv)
{
	struct contestant self = {PINION_VERSION_STRING, setup, NULL, batch, checksum, 0, NULL};

	return contestant_main(&self, argc, argv);
}
