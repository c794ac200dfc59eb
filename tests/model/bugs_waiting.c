/*
 * Bugs of others around sleeping, re-planted: the checker must find each of them,
 * and nothing in the repaired twin. Each kernel is the shortest honest form of its
 * algorithm, with that one mistake.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/port.h"
#include "queues/atomic.h"
#include "tests/model/model.h"

struct waiting {
	bool fixed; /* set by setup: which of the twins this is */
	atomic_u32 word, condition, waiters, asleep;
	uint32_t cargo;
	/* a counter that dies with its wait */
	struct counter {
		atomic_u32 left, waited;
	} children;
};

static void setup(void *state)
{
	struct waiting *w = state;

	w->fixed = true;
	u32_init(&w->word, 0);
	u32_init(&w->condition, 0);
	u32_init(&w->waiters, 0);
	u32_init(&w->asleep, 0);
	u32_init(&w->children.left, 1);
	u32_init(&w->children.waited, 0);
}

static void setup_bug(void *state)
{
	setup(state);
	((struct waiting *)state)->fixed = false;
}

/*
 * Event count without a fence. The waiter registers and looks again; the notifier
 * changes the condition and looks for waiters. With release and acquire both may
 * look too early: nobody is seen waiting, and the waiter sleeps through its event.
 * Happened in several event counts that trusted x86's locked instructions. Repair:
 * one total order of the four operations.
 */
static void event_wait(void *state)
{
	struct waiting *w = state;
	uint32_t ticket = u32_load_acquire(&w->word);

	if (w->fixed) {
		u32_add_seq_cst(&w->waiters, 1);
		if (u32_load_seq_cst(&w->condition) != 0)
			return;
	} else {
		u32_add_acq_rel(&w->waiters, 1);
		if (u32_load_acquire(&w->condition) != 0)
			return;
	}
	while (u32_load_acquire(&w->word) == ticket)
		pinion__futex_wait(u32_futex_word(&w->word), ticket, UINT64_MAX);
	MODEL_CHECK(w->cargo == 1);
}

static void event_notify(void *state)
{
	struct waiting *w = state;
	uint32_t waiters;

	w->cargo = 1;
	if (w->fixed) {
		u32_store_seq_cst(&w->condition, 1);
		waiters = u32_load_seq_cst(&w->waiters);
	} else {
		u32_store_release(&w->condition, 1);
		waiters = u32_load_acquire(&w->waiters);
	}
	if (waiters == 0)
		return;
	u32_add_release(&w->word, 1);
	pinion__futex_wake(u32_futex_word(&w->word), UINT32_MAX);
}

/*
 * A futex without the last look. The sleeper asks the kernel to compare the word
 * with what it reads just before the call, instead of with the value that means
 * "nothing happened": a wake between the two is lost. The kernel's comparison is
 * the re-check, so it needs the value from before the decision to sleep.
 */
static void futex_sleep(void *state)
{
	struct waiting *w = state;

	u32_store_seq_cst(&w->asleep, 1);
	if (u32_load_seq_cst(&w->word) == 0)
		pinion__futex_wait(u32_futex_word(&w->word), w->fixed ? 0 : u32_load_relaxed(&w->word),
		                   UINT64_MAX);
}

static void futex_wake(void *state)
{
	struct waiting *w = state;

	u32_store_seq_cst(&w->word, 1);
	if (u32_load_seq_cst(&w->asleep) != 0)
		pinion__futex_wake(u32_futex_word(&w->word), 1);
}

/*
 * A counter freed while its last child is still inside. The child counts down and
 * then looks whether somebody waits; but the waiter polls the count, sees nought,
 * and its stack frame with the counter is gone. Found in latches and task groups
 * again and again. Repair: learn both from the one operation that counts down.
 */
#define WAITED UINT32_C(0x80000000)

static void child_done(void *state)
{
	struct waiting *w = state;

	w->cargo = 1;
	uint32_t before = u32_sub_acq_rel(&w->children.left, 1);
	bool awaited = w->fixed ? (before & WAITED) != 0 : u32_load_acquire(&w->children.waited) != 0;
	if (awaited)
		pinion__futex_wake(u32_futex_word(&w->children.left), 1);
}

static void wait_for_child(void *state)
{
	struct waiting *w = state;
	uint32_t flag = w->fixed ? WAITED : 0;

	if (w->fixed)
		u32_or_acq_rel(&w->children.left, WAITED);
	else
		u32_store_seq_cst(&w->children.waited, 1);
	for (uint32_t left; (left = u32_load_acquire(&w->children.left)) != flag;)
		pinion__futex_wait(u32_futex_word(&w->children.left), left, UINT64_MAX);
	model_dead(&w->children, sizeof w->children);
	MODEL_CHECK(w->cargo == 1);
}

/*
 * Lazy publication without a flush. The producer writes and keeps the item back to
 * publish several at once, then waits for the answer: the consumer waits for the
 * item, the producer for the consumer. Repair: publish before each wait.
 */
static void lazy_producer(void *state)
{
	struct waiting *w = state;

	w->cargo = 1;
	if (w->fixed)
		u32_store_release(&w->condition, 1);
	while (u32_load_acquire(&w->word) == 0)
		pinion__relax();
	u32_store_release(&w->condition, 1);
}

static void lazy_consumer(void *state)
{
	struct waiting *w = state;

	while (u32_load_acquire(&w->condition) == 0)
		pinion__relax();
	MODEL_CHECK(w->cargo == 1);
	u32_store_release(&w->word, 1);
}

#define BUG  .bytes = sizeof(struct waiting), .setup = setup_bug, .must_fail = true
#define TWIN .bytes = sizeof(struct waiting), .setup = setup

MODELS({.name = "event_count_without_fence", BUG, .thread = {event_wait, event_notify}},
       {.name = "event_count", TWIN, .thread = {event_wait, event_notify}},
       {.name = "futex_without_recheck", BUG, .thread = {futex_sleep, futex_wake}},
       {.name = "futex_with_recheck", TWIN, .thread = {futex_sleep, futex_wake}},
       {.name = "counter_freed_too_early", BUG, .thread = {wait_for_child, child_done}},
       {.name = "counter_freed_in_time", TWIN, .thread = {wait_for_child, child_done}},
       {.name = "lazy_without_flush", BUG, .thread = {lazy_producer, lazy_consumer}},
       {.name = "lazy_with_flush", TWIN, .thread = {lazy_producer, lazy_consumer}})
