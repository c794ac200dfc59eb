/*
 * Injector under load: four pushers that fill blocks, push single tasks and seal at
 * random, four takers that want and sleep. Each task is taken once and in the order of
 * its pusher's blocks, seen by any one taker. One pusher closes at last; what the
 * others still hold open they keep. A lost wake is a hang.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/injector.h"
#include "queues/parker.h"
#include "tests/queues/stress.h"

#define PUSHERS    4u
#define TAKERS     4u
#define BLOCKS_MAX 8u
#define SIZE       4u
#define NUMBER     UINT64_C(0xffffffffffff) /* below the pusher */

struct works {
	injector injector;
	injector_place places[BLOCKS_MAX];
	atomic_u32 next[BLOCKS_MAX];
	void *memory[BLOCKS_MAX * SIZE];
	parker parkers[TAKERS];
	atomic_u32 pushing;
	uint64_t pushed[PUSHERS], sum[PUSHERS], end;
	uint64_t taken[TAKERS], taken_sum[TAKERS];
};

static void wake_all(struct works *w)
{
	for (uint32_t i = 0; i < TAKERS; i++)
		parker_wake(&w->parkers[i]);
}

static void *name_of(unsigned pusher, uint64_t number)
{
	return (void *)(uintptr_t)((uint64_t)(pusher + 1) << 48 | number);
}

/* Try to get a task rid of, alone or in the open block. */
static bool offer(struct works *w, injector_open *open, void *task, bool alone)
{
	enum injector_outcome outcome =
	    alone ? injector_push(&w->injector, task) : injector_add(&w->injector, open, task);

	if (outcome == INJECTOR_OK && (alone || open->tasks == 0))
		wake_all(w);
	CHECK(outcome == INJECTOR_OK || outcome == INJECTOR_FULL || outcome == INJECTOR_BUSY);
	return outcome == INJECTOR_OK;
}

static void seal(struct works *w, injector_open *open)
{
	while (injector_seal(&w->injector, open) == INJECTOR_BUSY)
		pinion__yield();
	wake_all(w);
}

static void push_all(struct works *w, unsigned me)
{
	uint64_t random = stress_state(me), number = 1;
	injector_open open = injector_open_none();

	while (!stress_over(w->end)) {
		bool alone = open.tasks == 0 && stress_below(&random, 4) == 0;

		if (offer(w, &open, name_of(me, number), alone)) {
			w->pushed[me]++;
			w->sum[me] += number++;
		} else {
			seal(w, &open);
			pinion__yield();
		}
		if (stress_below(&random, 16) == 0)
			seal(w, &open);
		stress_jitter(&random);
	}
	seal(w, &open);
	if (u32_add_seq_cst(&w->pushing, UINT32_MAX) == 1) {
		injector_close(&w->injector);
		wake_all(w);
	}
}

static void check_block(struct works *w, unsigned me, uint64_t *seen, void **task, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint64_t name = (uint64_t)(uintptr_t)task[i], pusher = (name >> 48) - 1;

		CHECK_INT(pusher, <, PUSHERS);
		CHECK_INT(name >> 48, ==, (uint64_t)(uintptr_t)task[0] >> 48); /* all of one pusher */
		CHECK_INT(name & NUMBER, >, seen[pusher]);
		seen[pusher] = name & NUMBER;
		w->taken[me]++;
		w->taken_sum[me] += name & NUMBER;
	}
}

static void take_all(struct works *w, unsigned me)
{
	uint64_t random = stress_state(PUSHERS + me), seen[PUSHERS] = {0};
	void *task[SIZE];
	uint32_t n = 0;
	enum injector_outcome outcome;

	while ((outcome = injector_take(&w->injector, task, &n)) != INJECTOR_CLOSED) {
		CHECK(injector_length(&w->injector) <= w->injector.memory.blocks);
		if (outcome == INJECTOR_OK) {
			check_block(w, me, seen, task, n);
		} else if (outcome == INJECTOR_BUSY) {
			pinion__yield();
		} else {
			injector_want(&w->injector);
			parker_announce(&w->parkers[me]);
			if (injector_may_sleep(&w->injector))
				parker_sleep(&w->parkers[me], UINT64_MAX);
			else
				parker_retract(&w->parkers[me]);
		}
		stress_jitter(&random);
	}
}

static void push_or_take(void *shared, unsigned index)
{
	if (index < PUSHERS)
		push_all(shared, index);
	else
		take_all(shared, index - PUSHERS);
}

static void run(uint32_t blocks)
{
	static struct works w;
	uint64_t pushed = 0, sum = 0;
	injector_memory memory = {w.places, w.next, w.memory, blocks < 2 ? 2 : blocks, blocks, SIZE};

	memset(&w, 0, sizeof w);
	injector_init(&w.injector, &memory, UINT32_MAX - UINT64_C(100));
	for (uint32_t i = 0; i < TAKERS; i++)
		parker_init(&w.parkers[i]);
	u32_init(&w.pushing, PUSHERS);
	w.end = stress_box_ms(500);
	stress_run(PUSHERS + TAKERS, push_or_take, &w);
	for (uint32_t i = 0; i < PUSHERS; i++) {
		pushed += w.pushed[i];
		sum += w.sum[i];
	}
	for (uint32_t i = 0; i < TAKERS; i++) {
		pushed -= w.taken[i];
		sum -= w.taken_sum[i];
	}
	CHECK_INT(pushed, ==, 0);
	CHECK_INT(sum, ==, 0);
}

static void each_task_is_taken_once_in_order(void)
{
	for (uint32_t blocks = 1; blocks <= BLOCKS_MAX; blocks *= 2)
		run(blocks);
}

TESTS({"each_task_is_taken_once_in_order", each_task_is_taken_once_in_order})
