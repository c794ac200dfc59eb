/*
 * Event count under load: more threads than processors, conditions that come and go,
 * waits that end by a notify, by their deadline or before they began. A lost wake-up
 * stops the test.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/event.h>

#include "tests/queues/stress.h"

#include <stdalign.h>

#define THREADS 8u

/* Tokens on a table: half of the threads put them there, half wait for them. */
struct table {
	alignas(PINION_NOSHARE) pinion_event event;
	alignas(PINION_NOSHARE) uint64_t tokens;
	alignas(PINION_NOSHARE) uint64_t put, taken;
	bool over;
	uint64_t end;
};

static bool take_token(struct table *t)
{
	uint64_t tokens = __atomic_load_n(&t->tokens, __ATOMIC_RELAXED);

	while (tokens > 0)
		if (__atomic_compare_exchange_n(&t->tokens, &tokens, tokens - 1, true, __ATOMIC_ACQUIRE,
		                                __ATOMIC_RELAXED))
			return true;
	return false;
}

/* false: over, and nothing left. */
static bool wait_token(struct table *t, uint64_t *random)
{
	for (;;) {
		if (take_token(t))
			return true;
		uint64_t key = pinion_event_prepare(&t->event);
		bool over = __atomic_load_n(&t->over, __ATOMIC_ACQUIRE);

		stress_jitter(random);
		if (take_token(t) || over) {
			pinion_event_cancel(&t->event, key);
			return !over || take_token(t);
		}
		uint64_t deadline = stress_below(random, 4) == 0
		                        ? pinion__clock_ns() + stress_below(random, 50000)
		                        : UINT64_MAX;
		pinion_event_wait(&t->event, key, deadline);
	}
}

static void put_tokens(struct table *t, uint64_t *random)
{
	uint64_t put = 0;

	while (!stress_over(t->end)) {
		uint32_t way = stress_below(random, 4);

		__atomic_fetch_add(&t->tokens, 1, way < 2 ? __ATOMIC_RELEASE : __ATOMIC_SEQ_CST);
		put++;
		if (way == 0)
			pinion_event_notify(&t->event);
		else if (way == 1)
			pinion_event_notify_all(&t->event);
		else if (way == 2)
			pinion_event_notify_seq_cst(&t->event);
		else
			pinion_event_notify_all_seq_cst(&t->event);
		stress_jitter(random);
		if (stress_below(random, 8) == 0)
			pinion__yield();
	}
	__atomic_fetch_add(&t->put, put, __ATOMIC_RELAXED);
}

static void table_thread(void *shared, unsigned index)
{
	struct table *t = shared;
	uint64_t random = stress_state(index), taken = 0;

	if (index % 2 == 0) {
		put_tokens(t, &random);
		__atomic_store_n(&t->over, true, __ATOMIC_SEQ_CST);
		pinion_event_notify_all(&t->event);
		return;
	}
	while (wait_token(t, &random))
		taken++;
	__atomic_fetch_add(&t->taken, taken, __ATOMIC_RELAXED);
}

static void every_token_is_taken(void)
{
	static struct table t;

	t.end = stress_box_ms(1200);
	stress_run(THREADS, table_thread, &t);
	while (take_token(&t)) /* put by the last one after another said it was over */
		t.taken++;
	CHECK_INT(t.put, ==, t.taken);
	CHECK_INT(t.taken, >, 0);
}

/* Two threads wake each other in turn, each with a real sleep. */
struct pair {
	alignas(PINION_NOSHARE) pinion_event event[2];
	alignas(PINION_NOSHARE) uint64_t turn;
	uint64_t end;
};

static void pair_thread(void *shared, unsigned index)
{
	struct pair *p = shared;

	for (uint64_t turn = index;; turn += 2) {
		uint64_t now;

		while ((now = __atomic_load_n(&p->turn, __ATOMIC_ACQUIRE)) < turn) {
			uint64_t key = pinion_event_prepare(&p->event[index]);

			if (__atomic_load_n(&p->turn, __ATOMIC_ACQUIRE) >= turn)
				pinion_event_cancel(&p->event[index], key);
			else
				CHECK_INT(pinion_event_wait(&p->event[index], key, UINT64_MAX), ==,
				          PINION_EVENT_NOTIFIED);
		}
		bool over = now == UINT64_MAX || stress_over(p->end);
		__atomic_store_n(&p->turn, over ? UINT64_MAX : turn + 1, __ATOMIC_RELEASE);
		pinion_event_notify(&p->event[1 - index]);
		if (over)
			return;
	}
}

static void turns_are_never_lost(void)
{
	static struct pair p;

	p.end = stress_box_ms(1200);
	stress_run(2, pair_thread, &p);
}

TESTS({"every_token_is_taken", every_token_is_taken},
      {"turns_are_never_lost", turns_are_never_lost})
