/*
 * Slot: each state of its diagram, by one thread that plays both sides, and a
 * caller that really sleeps.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/slot.h"
#include "tests/queues/stress.h"

static int add_one(void *ctx)
{
	int *n = ctx;

	return ++*n;
}

static void run_call(call_slot *s)
{
	CHECK(slot_is_full(s));
	CHECK(slot_is_full_seq_cst(s));
	slot_finish(s, s->fn(s->ctx));
}

static void a_call_goes_there_and_back(void)
{
	call_slot s;
	int n = 6;

	slot_init(&s);
	for (int i = 0; i < 3; i++) {
		CHECK(slot_is_valid(&s));
		CHECK(!slot_is_full(&s));
		CHECK(slot_try_claim(&s));
		CHECK(!slot_is_full(&s)); /* claimed, not yet posted */
		slot_post(&s, add_one, &n);
		CHECK(!slot_is_done(&s));
		run_call(&s);
		CHECK(!slot_is_full(&s));
		CHECK(slot_is_done(&s));
		CHECK(slot_is_done_seq_cst(&s));
		CHECK_INT(slot_collect(&s), ==, 7 + i);
	}
}

static void one_call_at_a_time(void)
{
	call_slot s;
	int n = 0;

	slot_init(&s);
	CHECK(slot_try_claim(&s));
	CHECK(!slot_try_claim(&s));
	slot_post(&s, add_one, &n);
	CHECK(!slot_try_claim(&s));
	run_call(&s);
	CHECK(!slot_try_claim(&s)); /* the result is not collected yet */
	CHECK_INT(slot_collect(&s), ==, 1);
	CHECK(slot_try_claim(&s));
}

static void a_sleeper_is_woken_through_its_parker(void)
{
	call_slot s;
	parker p;
	int n = 0;

	slot_init(&s);
	parker_init(&p);
	CHECK(slot_try_claim(&s));
	slot_post(&s, add_one, &n);
	CHECK(!slot_await(&s, &p));
	CHECK(slot_is_full(&s)); /* the worker still sees it */
	parker_announce(&p);
	CHECK(!slot_is_done_seq_cst(&s));
	run_call(&s);
	CHECK(parker_sleep(&p, UINT64_MAX));
	CHECK(slot_is_done(&s));
	CHECK_INT(slot_collect(&s), ==, 1);
}

static void awaiting_too_late_needs_no_sleep(void)
{
	call_slot s;
	parker p;
	int n = 0;

	slot_init(&s);
	parker_init(&p);
	CHECK(slot_try_claim(&s));
	slot_post(&s, add_one, &n);
	run_call(&s);
	CHECK(slot_await(&s, &p));
	CHECK_INT(slot_collect(&s), ==, 1);
}

struct talk {
	call_slot s;
	atomic_u32 awaited;
	int n;
};

static void call_or_serve(void *shared, unsigned index)
{
	struct talk *t = shared;

	if (index == 0) {
		CHECK(slot_try_claim(&t->s));
		slot_post(&t->s, add_one, &t->n);
		CHECK(!slot_await(&t->s, NULL));
		u32_store_release(&t->awaited, 1);
		slot_sleep(&t->s);
		CHECK_INT(slot_collect(&t->s), ==, 1);
		return;
	}
	while (u32_load_acquire(&t->awaited) == 0)
		pinion__yield();
	struct timespec a_while = {.tv_nsec = 3000000}; /* lets the caller reach the kernel */
	nanosleep(&a_while, NULL);
	run_call(&t->s);
}

static void a_caller_without_parker_sleeps(void)
{
	struct talk t = {.n = 0};

	slot_init(&t.s);
	u32_init(&t.awaited, 0);
	stress_run(2, call_or_serve, &t);
}

TESTS({"a_call_goes_there_and_back", a_call_goes_there_and_back},
      {"one_call_at_a_time", one_call_at_a_time},
      {"a_sleeper_is_woken_through_its_parker", a_sleeper_is_woken_through_its_parker},
      {"awaiting_too_late_needs_no_sleep", awaiting_too_late_needs_no_sleep},
      {"a_caller_without_parker_sleeps", a_caller_without_parker_sleeps})
