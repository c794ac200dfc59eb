/*
 * Idle map under load: one owner pushes items to a deque and wakes whom it picks;
 * seven workers steal, and sleep when they find nothing. The handshakes of
 * deque.h, idle.h and parker.h work together here as they do in the engine: at
 * the end of each round the owner waits, without another wake, until the items
 * are gone. A lost wake is a hang. Capacities 1, 2, 4 and 16; in the last run one
 * thread at a time stands still, and with it whoever waits for its item.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/deque.h"
#include "queues/idle.h"
#include "queues/parker.h"
#include "tests/queues/freeze.h"

#define WORKERS 7u
#define CAPACITY_MAX 16u

struct shop {
	deque work;
	void *slots[CAPACITY_MAX];
	idle map;
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 words[1];
	parker parkers[WORKERS];
	uint32_t order[WORKERS];
	atomic_u32 stop;
	atomic_u64 done;
	uint64_t picks, sets[WORKERS], clears[WORKERS], end;
};

static void offer(struct shop *s, uint64_t *random)
{
	uint32_t seat;

	while (deque_push_seq_cst(&s->work, s) != DEQUE_OK)
		pinion__yield();
	if (idle_pick(&s->map, s->order, WORKERS, &seat)) {
		s->picks++;
		parker_wake(&s->parkers[seat]);
	}
	stress_jitter(random);
}

static void own(struct shop *s)
{
	uint64_t random = stress_state(WORKERS), offered = 0;

	while (!stress_over(s->end)) {
		for (uint32_t n = 1 + stress_below(&random, 20); n > 0; n--, offered++)
			offer(s, &random);
		while (u64_load_acquire(&s->done) != offered)
			pinion__yield();
	}
	u32_store_seq_cst(&s->stop, 1);
	for (unsigned i = 0; i < WORKERS; i++)
		parker_wake(&s->parkers[i]);
}

static void work(struct shop *s, unsigned me)
{
	void *item;

	for (;;) {
		deque_outcome got = deque_steal(&s->work, &item);

		if (got == DEQUE_OK) {
			CHECK(item == s);
			u64_add_release(&s->done, 1);
		}
		if (got != DEQUE_EMPTY)
			continue;
		s->sets[me]++;
		idle_set(&s->map, me);
		parker_announce(&s->parkers[me]);
		bool stop = u32_load_seq_cst(&s->stop) != 0;
		if (stop || !idle_is_set_seq_cst(&s->map, me) || !deque_is_empty_seq_cst(&s->work))
			parker_retract(&s->parkers[me]);
		else
			parker_sleep(&s->parkers[me], UINT64_MAX);
		s->clears[me] += idle_clear(&s->map, me);
		if (stop)
			return;
	}
}

static void shop_thread(void *shared, unsigned index)
{
	if (index == WORKERS)
		own(shared);
	else
		work(shared, index);
}

static void wake_all(uint32_t capacity, bool freeze)
{
	static struct shop s;
	uint64_t sets = 0, clears = 0;

	memset(&s, 0, sizeof s);
	deque_init(&s.work, s.slots, capacity, 0);
	idle_init(&s.map, s.words, WORKERS);
	u32_init(&s.stop, 0);
	u64_init(&s.done, 0);
	for (unsigned i = 0; i < WORKERS; i++) {
		parker_init(&s.parkers[i]);
		s.order[i] = (i + 3) % WORKERS;
	}
	s.end = stress_box_ms(500);
	if (freeze)
		freeze_run(WORKERS + 1, shop_thread, &s, FREEZE_NONE, 0);
	else
		stress_run(WORKERS + 1, shop_thread, &s);
	for (unsigned i = 0; i < WORKERS; i++) {
		sets += s.sets[i];
		clears += s.clears[i];
	}
	CHECK_INT(sets, ==, s.picks + clears); /* each bit was taken out once */
	CHECK_INT(s.picks, >, 0);
}

static void no_wake_is_lost_and_none_doubled(void)
{
	static const uint64_t capacities[] = {1, 2, 4, CAPACITY_MAX};

	for (unsigned i = 0; i < 4; i++)
		wake_all(capacities[i], false);
}

static void no_wake_is_lost_while_one_is_frozen(void)
{
	wake_all(4, true);
}

TESTS({"no_wake_is_lost_and_none_doubled", no_wake_is_lost_and_none_doubled},
      {"no_wake_is_lost_while_one_is_frozen", no_wake_is_lost_while_one_is_frozen})
