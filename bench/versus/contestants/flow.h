/*
 * The part that all contestants share in which items of 8 bytes go from some
 * producers through one queue to some consumers. It gives each thread its role,
 * moves as many items as the turn asks for, and checks every one of them.
 *
 * A contestant defines, before it includes this header,
 *
 *	struct queue;
 *	static struct queue *queue_make(const char *setting);         NULL: failed
 *	static inline int queue_push(struct queue *q, int producer, uint64_t item);
 *	static inline int queue_pop(struct queue *q, int consumer, uint64_t *item);
 *
 * where push and pop give 0 when there is no room or no item, and calls
 * flow_main(). `producer` and `consumer` number the threads of each kind, for
 * queues that keep something per thread. It may also define
 *
 *	FLOW_INBOX   one consumer, thread 0; all others produce. Without it the
 *	             first half of the threads produce and the others consume.
 *	FLOW_BURST n queue_push_n(q, producer, item, n) and queue_pop_n(q,
 *	             consumer, item, n) instead, which give how many moved; with one
 *	             producer and one consumer only.
 *	FLOW_FLUSH(q, producer)  what a producer does after its last item.
 *
 * What a thread does when there is no room or no item is part of the setting:
 * "spin" looks again at once, "pause, yield" pauses sixteen times and then gives
 * the processor away each time, "yield" gives it away at once; otherwise it
 * pauses.
 *
 * What is checked. An item is its producer's number above bit 56 and a count
 * below. One consumer demands each producer's next item, no other. Several
 * demand that the items which they get from a producer come in the order in
 * which that one sent them. Number and sum of all items are handed over.
 *
 * How a batch ends. One consumer knows how many items there are. Several do not,
 * and the batch must end for those too that sleep inside a pop: once the counts
 * of all consumers come to all items, the clock is read, and each consumer is
 * sent a pill.
 *
 * Ordering
 *   [go]    thread 0 stores round (release) -> the others load round (acquire)
 *           carries: items and seed of the batch.
 *   [done]  thread stores done (release) -> thread 0 loads done (acquire)
 *           carries: sum and wrong.
 *   taken   is relaxed: a count, and nothing but counts depends on it.
 *
 * C11 and C++17.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_FLOW_H
#define PINION_BENCH_VERSUS_FLOW_H

#include "bench/versus/contestant.h"
#include "bench/versus/proof.h"

#include <sched.h>
#include <string.h>

#define FLOW_LINE   __attribute__((aligned(CONTESTANT_LINE)))
#define FLOW_INLINE static inline __attribute__((always_inline))

#define FLOW_THREADS    16
#define FLOW_POLITE     16 /* pauses before a thread gives its processor away */
#define FLOW_PILL       UINT64_MAX
#define FLOW_PATIENCE_S 5

#ifndef FLOW_FLUSH
#define FLOW_FLUSH(q, producer) ((void)0)
#endif

enum flow_wait { FLOW_PAUSE, FLOW_SPIN, FLOW_YIELD, FLOW_PAUSE_YIELD };

/* One thread. */
struct flow_side {
	FLOW_LINE struct flow *flow;
	int number; /* among the producers or the consumers */
	int consumes;
	FLOW_LINE uint64_t done; /* the last round that it has finished */
	uint64_t sum, wrong;
	FLOW_LINE uint64_t taken; /* items of this round, if there are several consumers */
};

struct flow {
	FLOW_LINE struct queue *queue;
	enum flow_wait wait;
	int producers, consumers, threads;
	FLOW_LINE uint64_t round; /* written by thread 0 */
	uint64_t items, seed;
	struct flow_side side[FLOW_THREADS];
};

/* ---- waiting -------------------------------------------------------------------- */

FLOW_INLINE void flow_wait(enum flow_wait how, unsigned *tries)
{
	if (how == FLOW_PAUSE || (how == FLOW_PAUSE_YIELD && ++*tries < FLOW_POLITE))
		contestant_pause();
	else if (how != FLOW_SPIN)
		sched_yield();
}

static inline enum flow_wait flow_wait_of(const char *setting)
{
	if (strstr(setting, "spin") != NULL)
		return FLOW_SPIN;
	if (strstr(setting, "pause, yield") != NULL || strcmp(setting, "default") == 0)
		return FLOW_PAUSE_YIELD;
	return strstr(setting, "yield") != NULL ? FLOW_YIELD : FLOW_PAUSE;
}

/* Between batches: until *word is `value`. */
static void flow_await(const uint64_t *word, uint64_t value)
{
	unsigned tries = 0;

	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value) /* [go] [done] */
		flow_wait(FLOW_PAUSE_YIELD, &tries);
}

/* ---- producers ------------------------------------------------------------------ */

static inline uint64_t flow_first(const struct flow *f, int producer)
{
	return ((uint64_t)producer << PROOF_PRODUCER) + f->seed;
}

#ifdef FLOW_BURST

static void flow_produce(struct flow *f, int producer)
{
	uint64_t left = proof_share(f->items, f->producers, producer);
	uint64_t next = flow_first(f, producer), item[FLOW_BURST];

	while (left > 0) {
		unsigned n = left < FLOW_BURST ? (unsigned)left : FLOW_BURST, sent = 0, tries = 0;

		for (unsigned i = 0; i < n; i++)
			item[i] = next++;
		left -= n;
		while ((sent += queue_push_n(f->queue, producer, item + sent, n - sent)) < n)
			flow_wait(f->wait, &tries);
	}
}

#else

static void flow_produce(struct flow *f, int producer)
{
	struct queue *queue = f->queue;
	enum flow_wait wait = f->wait;
	uint64_t left = proof_share(f->items, f->producers, producer);

	for (uint64_t item = flow_first(f, producer); left > 0; left--, item++)
		for (unsigned tries = 0; !queue_push(queue, producer, item);)
			flow_wait(wait, &tries);
	FLOW_FLUSH(queue, producer);
}

#endif

/* ---- consumers ------------------------------------------------------------------ */

/* What one consumer has seen. */
struct flow_seen {
	uint64_t want[FLOW_THREADS]; /* the least that may come from each producer */
	uint64_t sum, wrong;
};

/* `exact`: this is the only consumer. */
FLOW_INLINE void flow_check(struct flow_seen *seen, uint64_t item, int exact)
{
	uint64_t *want = &seen->want[(item >> PROOF_PRODUCER) % FLOW_THREADS];

	seen->wrong |= exact ? item ^ *want : (uint64_t)(item < *want);
	seen->sum += item;
	*want = item + 1;
}

#ifdef FLOW_BURST

/* One producer, one consumer. */
static void flow_consume(struct flow_side *s, struct flow_seen *seen)
{
	struct flow *f = s->flow;
	uint64_t want = f->seed, sum = 0, wrong = 0, item[FLOW_BURST];

	for (uint64_t left = f->items; left > 0;) {
		unsigned n = left < FLOW_BURST ? (unsigned)left : FLOW_BURST, got, tries = 0;

		while ((got = queue_pop_n(f->queue, s->number, item, n)) == 0)
			flow_wait(f->wait, &tries);
		for (unsigned i = 0; i < got; i++, want++) {
			wrong |= item[i] ^ want;
			sum += item[i];
		}
		left -= got;
	}
	seen->sum = sum;
	seen->wrong = wrong;
}

#else

FLOW_INLINE uint64_t flow_receive(struct flow *f, int consumer)
{
	uint64_t item = 0;

	for (unsigned tries = 0; !queue_pop(f->queue, consumer, &item);)
		flow_wait(f->wait, &tries);
	return item;
}

/* One producer, one consumer: the least that a consumer can do. */
static void flow_consume_line(struct flow_side *s, struct flow_seen *seen)
{
	uint64_t items = s->flow->items, want = s->flow->seed, sum = 0, wrong = 0;

	for (uint64_t i = 0; i < items; i++, want++) {
		uint64_t item = flow_receive(s->flow, s->number);

		wrong |= item ^ want;
		sum += item;
	}
	seen->sum = sum;
	seen->wrong = wrong;
}

/* Several producers, one consumer. */
static void flow_consume_all(struct flow_side *s, struct flow_seen *seen)
{
	for (uint64_t left = s->flow->items; left > 0; left--)
		flow_check(seen, flow_receive(s->flow, s->number), 1);
}

/* Several consumers: until the pill. */
static void flow_consume_some(struct flow_side *s, struct flow_seen *seen)
{
	uint64_t item, taken = 0;

	while ((item = flow_receive(s->flow, s->number)) != FLOW_PILL) {
		flow_check(seen, item, 0);
		__atomic_store_n(&s->taken, ++taken, __ATOMIC_RELAXED);
	}
}

static void flow_consume(struct flow_side *s, struct flow_seen *seen)
{
	if (s->flow->consumers > 1)
		flow_consume_some(s, seen);
	else if (s->flow->producers > 1)
		flow_consume_all(s, seen);
	else
		flow_consume_line(s, seen);
}

#endif

/* ---- a batch -------------------------------------------------------------------- */

static void flow_play(struct flow_side *s)
{
	struct flow *f = s->flow;
	struct flow_seen seen;

	if (!s->consumes) {
		flow_produce(f, s->number);
		return;
	}
	memset(&seen, 0, sizeof seen);
	for (int p = 0; p < FLOW_THREADS; p++)
		seen.want[p] = flow_first(f, p);
	flow_consume(s, &seen);
	s->sum = seen.sum;
	s->wrong = seen.wrong;
}

static void *flow_thread(void *ctx)
{
	struct flow_side *s = (struct flow_side *)ctx;

	for (uint64_t round = 1;; round++) {
		flow_await(&s->flow->round, round);
		flow_play(s);
		__atomic_store_n(&s->done, round, __ATOMIC_RELEASE); /* [done] */
	}
	return NULL;
}

/* All threads of a kind, but not thread 0, which asks. */
static void flow_await_kind(struct flow *f, int consumes)
{
	for (int i = 1; i < f->threads; i++)
		if (f->side[i].consumes == consumes)
			flow_await(&f->side[i].done, f->round);
}

static uint64_t flow_taken(const struct flow *f)
{
	uint64_t taken = 0;

	for (int i = 0; i < f->threads; i++)
		taken += __atomic_load_n(&f->side[i].taken, __ATOMIC_RELAXED);
	return taken;
}

/* Several consumers have all items: a pill for each. */
static void flow_dismiss(struct flow *f)
{
#ifndef FLOW_BURST
	for (int i = 0; i < f->consumers; i++)
		for (unsigned tries = 0; !queue_push(f->queue, 0, FLOW_PILL);)
			flow_wait(FLOW_PAUSE_YIELD, &tries);
#endif
	flow_await_kind(f, 1);
}

static uint64_t flow_batch(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct flow *f = (struct flow *)self->state;
	uint64_t begin = contestant_now_ns(), end;

	f->items = ops;
	f->seed = seed;
	for (int i = 0; i < f->threads; i++)
		__atomic_store_n(&f->side[i].taken, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&f->round, f->round + 1, __ATOMIC_RELEASE); /* [go] */
	flow_play(&f->side[0]);
	flow_await_kind(f, 0);
	if (f->consumers == 1)
		flow_await_kind(f, 1);
	for (unsigned tries = 0; f->consumers > 1 && flow_taken(f) < ops;)
		flow_wait(FLOW_PAUSE_YIELD, &tries);
	end = contestant_now_ns();
	if (f->consumers > 1)
		flow_dismiss(f);
	return end - begin;
}

static uint64_t flow_checksum(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct flow *f = (struct flow *)self->state;
	uint64_t sum = 0, wrong = 0, taken = f->consumers > 1 ? flow_taken(f) : ops;

	(void)seed;
	for (int i = 0; i < f->threads; i++) {
		sum += f->side[i].sum;
		wrong |= f->side[i].wrong;
	}
	return proof_items(taken, sum, wrong);
}

/* ---- roles ---------------------------------------------------------------------- */

static int flow_consumes(const struct flow *f, int thread)
{
#ifdef FLOW_INBOX
	(void)f;
	return thread == 0;
#else
	return thread >= f->threads / 2;
#endif
}

static void flow_cast(struct flow *f)
{
	for (int i = 0; i < f->threads; i++) {
		struct flow_side *s = &f->side[i];

		s->flow = f;
		s->consumes = flow_consumes(f, i);
		s->number = s->consumes ? f->consumers++ : f->producers++;
	}
}

static const char *flow_setup(struct contestant *self, const struct contestant_task *task)
{
	static struct flow f;

	self->state = &f;
	f.wait = flow_wait_of(task->setting);
	f.threads = task->workers;
	if (f.threads < 2 || f.threads > FLOW_THREADS)
		return "producers and consumers need two threads, sixteen at most";
	flow_cast(&f);
#ifdef FLOW_BURST
	if (f.threads > 2)
		return "bursts go from one producer to one consumer";
#endif
	if (contestant_pin(task->cpu[0]) != 0)
		return "thread 0 cannot be bound to its processor";
	f.queue = queue_make(task->setting);
	if (f.queue == NULL)
		return "the queue cannot be made";
	for (int i = 1; i < f.threads; i++)
		if (contestant_thread(task->cpu[i], flow_thread, &f.side[i]) != 0)
			return "a thread cannot be started";
	return NULL;
}

static int flow_main(const char *version, int argc, char **argv)
{
	struct contestant self = {version, flow_setup, NULL, flow_batch, flow_checksum, 0, NULL};

	contestant_patience(FLOW_PATIENCE_S);
	return contestant_main(&self, argc, argv);
}

#endif
