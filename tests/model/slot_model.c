/*
 * Call slot: the whole way of a call, with the worker or the caller asleep at each
 * place where it may sleep.
 *
 * The caller writes a plain argument, the function a plain product; the line's own
 * plain fields (fn, ctx, result, waiter) are raced for by the two sides themselves.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/slot.h"
#include "tests/model/model.h"

struct call {
	int argument, product; /* plain */
};

struct place {
	call_slot slot;
	parker worker, caller[2];
	struct call call[2]; /* by caller */
	uint32_t collected;
};

static void setup(void *state)
{
	struct place *p = state;

	slot_init(&p->slot);
	parker_init(&p->worker);
	parker_init(&p->caller[0]);
	parker_init(&p->caller[1]);
}

static int called(void *ctx)
{
	struct call *c = ctx;

	c->product = c->argument;
	return c->argument;
}

/* ---- the worker ------------------------------------------------------------- */

static void serve(struct place *p)
{
	slot_finish(&p->slot, p->slot.fn(p->slot.ctx));
}

static void poll_and_serve(struct place *p)
{
	while (!slot_is_full(&p->slot))
		pinion__relax();
	serve(p);
}

static void serve_one(void *state)
{
	poll_and_serve(state);
}

static void serve_two(void *state)
{
	poll_and_serve(state);
	poll_and_serve(state);
}

static void sleep_and_serve_one(void *state)
{
	struct place *p = state;

	for (bool full = false; !full;) {
		parker_announce(&p->worker);
		full = slot_is_full_seq_cst(&p->slot);
		if (full)
			parker_retract(&p->worker);
		else
			parker_sleep(&p->worker, UINT64_MAX);
	}
	serve(p);
}

/* ---- callers; the thread's index names the call ------------------------------- */

static struct call *mine(struct place *p)
{
	return &p->call[model_self()];
}

static void call(struct place *p)
{
	while (!slot_try_claim(&p->slot))
		pinion__relax();
	mine(p)->argument = 10 + model_self();
	slot_post(&p->slot, called, mine(p));
	parker_wake(&p->worker);
}

static void collect(struct place *p)
{
	MODEL_CHECK(slot_collect(&p->slot) == 10 + model_self());
	MODEL_CHECK(mine(p)->product == 10 + model_self());
}

static void poll_and_collect(struct place *p)
{
	while (!slot_is_done(&p->slot))
		pinion__relax();
	collect(p);
}

static void call_and_poll(void *state)
{
	call(state);
	poll_and_collect(state);
}

/* The worker becomes the next caller, and serves itself: the line changes hands whole. */
static void serve_then_call(void *state)
{
	poll_and_serve(state);
	call(state);
	poll_and_serve(state);
	poll_and_collect(state);
}

static void call_and_park(void *state)
{
	struct place *p = state;
	parker *self = &p->caller[model_self()];

	call(p);
	if (!slot_await(&p->slot, self))
		while (!slot_is_done_seq_cst(&p->slot)) {
			parker_announce(self);
			if (slot_is_done_seq_cst(&p->slot))
				parker_retract(self);
			else
				parker_sleep(self, UINT64_MAX);
		}
	collect(p);
}

static void call_and_sleep(void *state)
{
	struct place *p = state;

	call(p);
	if (!slot_await(&p->slot, NULL))
		slot_sleep(&p->slot);
	collect(p);
}

/* The worker's wake of the first call may come as late as the second sleep. */
static void call_and_park_twice(void *state)
{
	call_and_park(state);
	call_and_park(state);
}

static void call_and_sleep_twice(void *state)
{
	call_and_sleep(state);
	call_and_sleep(state);
}

static void check(void *state)
{
	MODEL_CHECK(slot_is_valid(&((struct place *)state)->slot));
}

#define PLACE .bytes = sizeof(struct place), .setup = setup, .check = check

/* The last two are bounded: without a bound they take half a minute each. */
MODELS({.name = "polled", PLACE, .thread = {call_and_poll, serve_one}},
       {.name = "the_worker_sleeps", PLACE, .thread = {call_and_poll, sleep_and_serve_one}},
       {.name = "the_caller_parks", PLACE, .thread = {call_and_park, serve_one}},
       {.name = "the_caller_sleeps", PLACE, .spurious = 1, .thread = {call_and_sleep, serve_one}},
       {.name = "both_sleep", PLACE, .thread = {call_and_park, sleep_and_serve_one}},
       {.name = "the_next_caller", PLACE, .thread = {call_and_poll, serve_then_call}},
       {.name = "a_late_wake_of_a_sleeper",
        PLACE,
        .preemptions = 2,
        .thread = {call_and_sleep_twice, serve_two}},
       {.name = "a_late_wake_of_a_parker",
        PLACE,
        .preemptions = 2,
        .thread = {call_and_park_twice, serve_two}})
