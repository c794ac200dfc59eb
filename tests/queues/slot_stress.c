/*
 * Slot under load: seven callers share the slot of one worker. Each call must
 * return its own result exactly once, whether the caller polls, parks or sleeps
 * on the state; the worker's counter is plain, so calls that overlap are a race
 * for the thread sanitizer. A lost wake is a hang. In a second run one thread at a
 * time stands still: a caller that holds the slot, or the worker, leaves the others
 * the answer "occupied".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/parker.h"
#include "queues/slot.h"
#include "tests/queues/freeze.h"

#define CALLERS 7u

struct counter {
	call_slot slot;
	parker worker, callers[CALLERS];
	atomic_u32 calling;
	int served; /* the worker's: only calls touch it */
	uint64_t calls[CALLERS], end;
};

struct request {
	struct counter *counter;
	int argument, seen; /* plain: [call] and [return] carry them */
};

static int serve(void *ctx)
{
	struct request *r = ctx;

	r->seen = ++r->counter->served;
	return r->argument + 1;
}

static void work(struct counter *c)
{
	uint64_t random = stress_state(CALLERS);

	for (;;) {
		if (slot_is_full(&c->slot)) {
			int result = c->slot.fn(c->slot.ctx);

			stress_jitter(&random);
			slot_finish(&c->slot, result);
			continue;
		}
		parker_announce(&c->worker);
		bool over = u32_load_seq_cst(&c->calling) == 0;
		if (over || slot_is_full_seq_cst(&c->slot))
			parker_retract(&c->worker);
		else
			parker_sleep(&c->worker, UINT64_MAX);
		if (over)
			return;
	}
}

static void wait_in_parker(struct counter *c, parker *p)
{
	if (slot_await(&c->slot, p))
		return;
	for (;;) {
		parker_announce(p);
		if (slot_is_done_seq_cst(&c->slot))
			break;
		parker_sleep(p, UINT64_MAX);
	}
	parker_retract(p);
}

static void wait_by(struct counter *c, parker *p, uint32_t manner)
{
	if (manner == 0)
		while (!slot_is_done(&c->slot))
			pinion__yield();
	else if (manner == 1)
		wait_in_parker(c, p);
	else if (!slot_await(&c->slot, NULL))
		slot_sleep(&c->slot);
}

static void call(struct counter *c, unsigned me)
{
	uint64_t random = stress_state(me);

	while (!stress_over(c->end)) {
		struct request r = {.counter = c, .argument = (int)stress_below(&random, 1000)};

		freeze_step();
		if (!slot_try_claim(&c->slot)) {
			pinion__yield();
			continue;
		}
		slot_post(&c->slot, serve, &r);
		parker_wake(&c->worker);
		stress_jitter(&random);
		wait_by(c, &c->callers[me], stress_below(&random, 3));
		CHECK_INT(slot_collect(&c->slot), ==, r.argument + 1);
		CHECK_INT(r.seen, >, 0);
		c->calls[me]++;
	}
	u32_add_seq_cst(&c->calling, UINT32_MAX);
	parker_wake(&c->worker);
}

static void counter_thread(void *shared, unsigned index)
{
	if (index == CALLERS)
		work(shared);
	else
		call(shared, index);
}

static void call_all(bool freeze)
{
	static struct counter c;
	uint64_t calls = 0;

	slot_init(&c.slot);
	parker_init(&c.worker);
	for (unsigned i = 0; i < CALLERS; i++)
		parker_init(&c.callers[i]);
	u32_init(&c.calling, CALLERS);
	memset(c.calls, 0, sizeof c.calls);
	c.served = 0;
	c.end = stress_box_ms(1200);
	if (freeze)
		freeze_run(CALLERS + 1, counter_thread, &c, FREEZE_SOME, 0);
	else
		stress_run(CALLERS + 1, counter_thread, &c);
	for (unsigned i = 0; i < CALLERS; i++)
		calls += c.calls[i];
	CHECK_INT(calls, ==, c.served);
	CHECK_INT(calls, >, 0);
}

static void each_call_returns_its_own_result(void)
{
	call_all(false);
}

static void a_frozen_caller_leaves_the_others_an_answer(void)
{
	call_all(true);
}

TESTS({"each_call_returns_its_own_result", each_call_returns_its_own_result},
      {"a_frozen_caller_leaves_the_others_an_answer", a_frozen_caller_leaves_the_others_an_answer})
