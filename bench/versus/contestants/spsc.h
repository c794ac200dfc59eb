/*
 * spsc.single, the part that all its contestants share: one producer, one
 * consumer, each on its processor, one item of 8 bytes per operation. The
 * consumer checks that each item is the next one.
 *
 * A contestant defines, before it includes this header,
 *
 *	struct ring;
 *	static inline int ring_push(struct ring *r, uint64_t item);    0: no room
 *	static inline int ring_pop(struct ring *r, uint64_t *item);    0: empty
 *	static struct ring *ring_make(const char *setting);            NULL: failed
 *
 * and calls spsc_main(). It may define RING_FLUSH(r), what the producer does after its
 * last item. A setting that contains "spin" looks again at once when there is no room or
 * no item; one with "yield" offers its processor to others; the rest pause.
 *
 * Ordering
 *   [go]    producer stores round (release) -> consumer loads round (acquire)
 *           carries: items and seed of the batch.
 *   [done]  consumer stores done (release) -> producer loads done (acquire)
 *           carries: sum and wrong.
 *
 * C11 and C++17.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_SPSC_H
#define PINION_BENCH_VERSUS_SPSC_H

#include "bench/versus/contestant.h"
#include "bench/versus/proof.h"

#include <sched.h>
#include <string.h>

#ifndef RING_FLUSH
#define RING_FLUSH(r) ((void)0)
#endif

#define SPSC_LINE __attribute__((aligned(CONTESTANT_LINE)))
#define SPSC_INLINE static inline __attribute__((always_inline))

enum spsc_wait { SPSC_PAUSE, SPSC_SPIN, SPSC_YIELD };

struct spsc {
	SPSC_LINE struct ring *ring;
	enum spsc_wait wait;
	SPSC_LINE uint64_t round; /* written by the producer */
	uint64_t items, seed;
	SPSC_LINE uint64_t done; /* written by the consumer */
	uint64_t sum, wrong;
};

SPSC_INLINE void spsc_wait(enum spsc_wait how)
{
	if (how == SPSC_PAUSE)
		contestant_pause();
	else if (how == SPSC_YIELD)
		sched_yield();
}

static void spsc_produce(struct spsc *s)
{
	struct ring *ring = s->ring;
	enum spsc_wait how = s->wait;
	uint64_t items = s->items;

	for (uint64_t i = 0, item = s->seed; i < items; i++, item++)
		while (!ring_push(ring, item))
			spsc_wait(how);
	RING_FLUSH(ring);
}

static void spsc_consume(struct spsc *s)
{
	struct ring *ring = s->ring;
	enum spsc_wait how = s->wait;
	uint64_t sum = 0, wrong = 0, items = s->items, want = s->seed, item = 0;

	for (uint64_t i = 0; i < items; i++, want++) {
		while (!ring_pop(ring, &item))
			spsc_wait(how);
		wrong |= item ^ want;
		sum += item;
	}
	s->sum = sum;
	s->wrong = wrong;
}

static void *spsc_consumer(void *ctx)
{
	struct spsc *s = (struct spsc *)ctx;

	for (uint64_t round = 1;; round++) {
		while (__atomic_load_n(&s->round, __ATOMIC_ACQUIRE) != round) /* [go] */
			contestant_pause();
		spsc_consume(s);
		__atomic_store_n(&s->done, round, __ATOMIC_RELEASE); /* [done] */
	}
	return NULL;
}

static uint64_t spsc_batch(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct spsc *s = (struct spsc *)self->state;
	uint64_t round = s->round + 1;

	s->items = ops;
	s->seed = seed;
	__atomic_store_n(&s->round, round, __ATOMIC_RELEASE); /* [go] */
	spsc_produce(s);
	while (__atomic_load_n(&s->done, __ATOMIC_ACQUIRE) != round) /* [done] */
		contestant_pause();
	return 0;
}

static uint64_t spsc_checksum(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct spsc *s = (struct spsc *)self->state;

	(void)seed;
	return proof_items(ops, s->sum, s->wrong);
}

static enum spsc_wait spsc_wait_of(const char *setting)
{
	if (strstr(setting, "spin") != NULL)
		return SPSC_SPIN;
	return strstr(setting, "yield") != NULL ? SPSC_YIELD : SPSC_PAUSE;
}

static const char *spsc_setup(struct contestant *self, const struct contestant_task *task)
{
	static struct spsc s;

	self->state = &s;
	s.wait = spsc_wait_of(task->setting);
	if (task->workers < 2)
		return "producer and consumer need two processors";
	if (contestant_pin(task->cpu[0]) != 0)
		return "the producer cannot be bound to its processor";
	s.ring = ring_make(task->setting);
	if (s.ring == NULL)
		return "the ring cannot be made";
	if (contestant_thread(task->cpu[1], spsc_consumer, &s) != 0)
		return "the consumer cannot be started";
	return NULL;
}

static int spsc_main(const char *version, int argc, char **argv)
{
	struct contestant self = {version, spsc_setup, NULL, spsc_batch, spsc_checksum, 0, NULL};

	return contestant_main(&self, argc, argv);
}

#endif
