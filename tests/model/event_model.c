/*
 * Event count: each row of its interleaving table. A wake that gets lost leaves a
 * waiter asleep with nobody to wake it, which the checker reports; an order too weak
 * for [wake] or [word] is a race on the cargo or such a sleep.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/event.h>

#include "affinity/port.h"
#include "tests/model/model.h"

#define SOME_DEADLINE 1000
#define FILES         2

struct gathering {
	pinion_event event;
	uint32_t condition[2];
	uint32_t cargo[2];        /* plain: written before the condition, or the notify, of its index */
	uint32_t tokens;          /* taken by one waiter each */
	uint32_t readable[FILES]; /* how often the file of this number was written */
	uint32_t taken[2];
};

/* The kernel's half of an eventfd: a word that can be slept on. */
static struct gathering *files_of;

void pinion__eventfd_add(int fd)
{
	__atomic_fetch_add(&files_of->readable[fd], 1, __ATOMIC_RELEASE);
	pinion__futex_wake(&files_of->readable[fd], 1);
}

static void poll_file(struct gathering *g, int fd)
{
	while (__atomic_load_n(&g->readable[fd], __ATOMIC_ACQUIRE) == 0)
		pinion__futex_wait(&g->readable[fd], 0, UINT64_MAX);
}

static void setup(void *state)
{
	struct gathering *g = state;

	files_of = g;
	pinion_event_init(&g->event);
}

static bool holds(struct gathering *g, int i)
{
	return __atomic_load_n(&g->condition[i], __ATOMIC_RELAXED) != 0;
}

/* Wait for condition i, with an ordinary last look. */
static void wait_for(struct gathering *g, int i)
{
	while (!holds(g, i)) {
		uint64_t key = pinion_event_prepare(&g->event);

		if (holds(g, i))
			pinion_event_cancel(&g->event, key);
		else
			pinion_event_wait(&g->event, key, UINT64_MAX);
	}
}

static void wait_for_first(void *state)
{
	wait_for(state, 0);
}

static void wait_for_second(void *state)
{
	wait_for(state, 1);
}

static void notify_released(void *state)
{
	struct gathering *g = state;

	__atomic_store_n(&g->condition[0], 1, __ATOMIC_RELEASE);
	pinion_event_notify(&g->event);
}

static void notify_seq_cst(void *state)
{
	struct gathering *g = state;

	__atomic_store_n(&g->condition[0], 1, __ATOMIC_SEQ_CST);
	pinion_event_notify_seq_cst(&g->event);
}

static void notify_all_of_both(void *state)
{
	struct gathering *g = state;

	__atomic_store_n(&g->condition[0], 1, __ATOMIC_RELEASE);
	__atomic_store_n(&g->condition[1], 1, __ATOMIC_RELEASE);
	pinion_event_notify_all(&g->event);
}

static void notify_all_seq_cst_of_both(void *state)
{
	struct gathering *g = state;

	__atomic_store_n(&g->condition[0], 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&g->condition[1], 1, __ATOMIC_SEQ_CST);
	pinion_event_notify_all_seq_cst(&g->event);
}

/* No look after the wake: the cargo must have come with it. */
static void wait_for_cargo(void *state)
{
	struct gathering *g = state;
	uint64_t key = pinion_event_prepare(&g->event);

	if (__atomic_load_n(&g->condition[0], __ATOMIC_ACQUIRE) != 0)
		pinion_event_cancel(&g->event, key);
	else
		MODEL_CHECK(pinion_event_wait(&g->event, key, UINT64_MAX) == PINION_EVENT_NOTIFIED);
	MODEL_CHECK(g->cargo[0] == 1);
}

static void wait_until_deadline(void *state)
{
	struct gathering *g = state;
	uint64_t key = pinion_event_prepare(&g->event);

	if (__atomic_load_n(&g->condition[0], __ATOMIC_ACQUIRE) != 0)
		pinion_event_cancel(&g->event, key);
	else if (pinion_event_wait(&g->event, key, SOME_DEADLINE) == PINION_EVENT_TIMEDOUT)
		return;
	MODEL_CHECK(g->cargo[0] == 1);
}

static void bring_cargo(void *state)
{
	struct gathering *g = state;

	g->cargo[0] = 1;
	notify_released(state);
}

static void bring_cargo_seq_cst(void *state)
{
	struct gathering *g = state;

	g->cargo[0] = 1;
	notify_seq_cst(state);
}

static bool take(struct gathering *g)
{
	uint32_t tokens = __atomic_load_n(&g->tokens, __ATOMIC_RELAXED);

	while (tokens > 0)
		if (__atomic_compare_exchange_n(&g->tokens, &tokens, tokens - 1, false, __ATOMIC_RELAXED,
		                                __ATOMIC_RELAXED))
			return true;
	return false;
}

static void take_one(void *state)
{
	struct gathering *g = state;

	while (!take(g)) {
		uint64_t key = pinion_event_prepare(&g->event);

		if (take(g)) {
			pinion_event_cancel(&g->event, key);
			return;
		}
		pinion_event_wait(&g->event, key, UINT64_MAX);
	}
}

/* May give up; then it passes on what was meant for it. */
static void take_one_or_leave(void *state)
{
	struct gathering *g = state;
	uint64_t key = pinion_event_prepare(&g->event);

	if (!pinion_event_cancel(&g->event, key))
		pinion_event_notify(&g->event);
}

static void put_two(void *state)
{
	struct gathering *g = state;

	for (int i = 0; i < 2; i++) {
		__atomic_fetch_add(&g->tokens, 1, __ATOMIC_RELEASE);
		pinion_event_notify(&g->event);
	}
}

static void put_one(void *state)
{
	struct gathering *g = state;

	__atomic_fetch_add(&g->tokens, 1, __ATOMIC_RELEASE);
	pinion_event_notify(&g->event);
}

static void check_tokens(void *state)
{
	MODEL_CHECK(((struct gathering *)state)->tokens == 0);
}

/* Armed twice, with another file: the second one must be written when the first was not. */
static void poll_files(void *state)
{
	struct gathering *g = state;

	for (int fd = 0; fd < FILES; fd++) {
		pinion_event_arm(&g->event, fd);
		if (fd == FILES - 1 && !holds(g, 0))
			poll_file(g, fd);
		if (!pinion_event_disarm(&g->event)) {
			poll_file(g, fd);
			MODEL_CHECK(g->readable[fd] == 1);
			return;
		}
	}
}

/* Three threads and more: what two preemptions can do, in a few seconds. */
/* ---- a slow notifier wakes who came later ------------------------------------------ */

static void register_and_sleep(struct gathering *g, int i)
{
	uint64_t key = pinion_event_prepare(&g->event);

	__atomic_store_n(&g->condition[i], 1, __ATOMIC_SEQ_CST);
	pinion_event_wait(&g->event, key, UINT64_MAX);
}

static void sleep_first(void *state)
{
	register_and_sleep(state, 0);
}

static void sleep_second(void *state)
{
	struct gathering *g = state;

	if (__atomic_load_n(&g->condition[0], __ATOMIC_SEQ_CST) != 0)
		register_and_sleep(g, 1);
	else
		__atomic_store_n(&g->condition[1], 1, __ATOMIC_SEQ_CST);
}

static void notify_the_first(void *state)
{
	struct gathering *g = state;

	if (__atomic_load_n(&g->condition[0], __ATOMIC_SEQ_CST) != 0)
		pinion_event_notify(&g->event);
}

/* When both have registered: one notify, and one for all who are left. */
static void notify_when_both_are_there(void *state)
{
	struct gathering *g = state;

	while (__atomic_load_n(&g->condition[0], __ATOMIC_SEQ_CST) == 0 ||
	       __atomic_load_n(&g->condition[1], __ATOMIC_SEQ_CST) == 0)
		pinion__relax();
	pinion_event_notify(&g->event);
	pinion_event_notify_all(&g->event);
}

#define BOUNDED .preemptions = 2, .weak_failures = -1, .executions = 100000

MODELS({.name = "released_then_notified",
        .bytes = sizeof(struct gathering),
        .setup = setup,
        .thread = {wait_for_first, notify_released},
        .spurious = 1},
       {.name = "seq_cst_then_notified",
        .bytes = sizeof(struct gathering),
        .setup = setup,
        .thread = {wait_for_first, notify_seq_cst}},
       {.name = "a_wake_brings_its_cargo",
        .bytes = sizeof(struct gathering),
        .setup = setup,
        .thread = {wait_for_cargo, bring_cargo},
        .spurious = 1},
       {.name = "a_wake_brings_its_cargo_seq_cst",
        .bytes = sizeof(struct gathering),
        .setup = setup,
        .thread = {wait_for_cargo, bring_cargo_seq_cst}},
       {.name = "a_deadline_beside_a_notify",
        .bytes = sizeof(struct gathering),
        .setup = setup,
        .thread = {wait_until_deadline, bring_cargo}},
       {.name = "all_are_woken",
        .bytes = sizeof(struct gathering),
        .setup = setup,
        .thread = {wait_for_first, wait_for_second, notify_all_of_both},
        BOUNDED},
       {.name = "all_are_woken_seq_cst",
        .bytes = sizeof(struct gathering),
        .setup = setup,
        .thread = {wait_for_first, wait_for_second, notify_all_seq_cst_of_both},
        BOUNDED},
       {.name = "one_each",
        .bytes = sizeof(struct gathering),
        .setup = setup,
        .thread = {take_one, take_one, put_two},
        .check = check_tokens,
        BOUNDED},
       {.name = "one_each_from_two",
        .bytes = sizeof(struct gathering),
        .setup = setup,
        .thread = {take_one, take_one, put_one, put_one},
        .check = check_tokens,
        BOUNDED},
       {.name = "who_leaves_passes_it_on",
        .bytes = sizeof(struct gathering),
        .setup = setup,
        .thread = {take_one, take_one_or_leave, put_one},
        .check = check_tokens,
        BOUNDED},
       {.name = "a_file_for_each_arm",
        .bytes = sizeof(struct gathering),
        .setup = setup,
        .thread = {poll_files, notify_released}},
       {.name = "a_slow_notifier",
        .bytes = sizeof(struct gathering),
        .setup = setup,
        .thread = {sleep_first, notify_the_first, sleep_second, notify_when_both_are_there},
        BOUNDED})
