/*
 * Deque under load: the owner pushes numbered items and pops some of them, the
 * thieves take the rest. Each item must come out exactly once, thieves must see
 * rising numbers, and what an item points to must be what the owner wrote.
 * Capacities 1, 2, 4 and 64, begun shortly before the indices wrap.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/deque.h"
#include "tests/queues/stress.h"

#define ITEMS 4096u
#define CAPACITY_MAX 64u
#define THIEVES_MAX 7u

struct item {
	uint64_t number; /* plain: [fill] carries it */
	atomic_u32 taken;
};

struct field {
	deque d;
	atomic_ptr slots[CAPACITY_MAX];
	struct item items[ITEMS];
	atomic_u32 over;
	atomic_u64 stolen;
	uint64_t capacity, popped;
};

static void take(struct item *it)
{
	CHECK_INT(u32_add_relaxed(&it->taken, 1), ==, 0);
}

static void pop_some(struct field *f, uint32_t n)
{
	void *item;

	for (; n > 0; n--) {
		if (deque_pop(&f->d, &item) != DEQUE_OK)
			return;
		take(item);
		f->popped++;
	}
}

static void own(struct field *f)
{
	uint64_t random = stress_state(0);
	void *item;

	for (uint64_t i = 0; i < ITEMS; i++) {
		f->items[i].number = i;
		while (deque_push(&f->d, &f->items[i]) == DEQUE_FULL)
			pop_some(f, stress_below(&random, 3));
		CHECK_INT(deque_length(&f->d), <=, f->capacity);
		if (stress_below(&random, 3) == 0)
			pop_some(f, stress_below(&random, 4));
		stress_jitter(&random);
	}
	while (deque_pop(&f->d, &item) == DEQUE_OK) {
		take(item);
		f->popped++;
	}
	u32_store_release(&f->over, 1);
}

static void rob(struct field *f, unsigned me)
{
	uint64_t random = stress_state(me), stolen = 0, next = 0;
	void *item;

	while (u32_load_acquire(&f->over) == 0) {
		if (deque_steal(&f->d, &item) == DEQUE_OK) {
			struct item *it = item;

			take(it);
			CHECK_INT(it->number, >=, next); /* the oldest: older ones are gone */
			next = it->number + 1;
			stolen++;
		}
		CHECK_INT(deque_length(&f->d), <=, f->capacity);
		stress_jitter(&random);
	}
	u64_add_relaxed(&f->stolen, stolen);
}

static void field_thread(void *shared, unsigned index)
{
	if (index == 0)
		own(shared);
	else
		rob(shared, index);
}

static void one_round(unsigned thieves, uint64_t capacity, uint64_t start)
{
	static struct field f;

	f.capacity = capacity;
	f.popped = 0;
	deque_init(&f.d, f.slots, capacity, start);
	for (uint64_t i = 0; i < ITEMS; i++)
		u32_init(&f.items[i].taken, 0);
	u32_init(&f.over, 0);
	u64_init(&f.stolen, 0);
	stress_run(1 + thieves, field_thread, &f);
	for (uint64_t i = 0; i < ITEMS; i++)
		CHECK_INT(u32_load_relaxed(&f.items[i].taken), ==, 1);
	CHECK_INT(f.popped + u64_load_relaxed(&f.stolen), ==, ITEMS);
}

static void rounds_with(unsigned thieves)
{
	static const uint64_t capacities[] = {1, 2, 4, CAPACITY_MAX};
	uint64_t end = stress_box_ms(1000), random = stress_state(thieves);

	for (unsigned i = 0; i < 4 || !stress_over(end); i++)
		one_round(thieves, capacities[i % 4], UINT64_MAX - stress_below(&random, ITEMS));
}

static void one_thief(void)
{
	rounds_with(1);
}

static void two_thieves(void)
{
	rounds_with(2);
}

static void seven_thieves(void)
{
	rounds_with(THIEVES_MAX);
}

TESTS({"one_thief", one_thief}, {"two_thieves", two_thieves}, {"seven_thieves", seven_thieves})
