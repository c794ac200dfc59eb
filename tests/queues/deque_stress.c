/*
 * Deque under load: the owner pushes numbered items, pops some of them and now and then
 * shares all, the thieves take runs of the rest. Each item must come out exactly once,
 * thieves must see rising numbers, and what an item points to must be what the owner
 * wrote. Capacities 1, 2, 4 and 64, begun shortly before the indices wrap; in the last
 * run one thread at a time stands still in the middle of whatever it does.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/deque.h"
#include "tests/queues/freeze.h"

#define ITEMS        4096u
#define CAPACITY_MAX 64u
#define THIEVES_MAX  7u

struct item {
	uint64_t number; /* plain: [fill] carries it */
	atomic_u32 taken;
};

struct field {
	deque d;
	void *slots[CAPACITY_MAX];
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
		freeze_step();
		if (deque_pop(&f->d, &item) != DEQUE_OK)
			return;
		take(item);
		f->popped++;
	}
}

static void push_one(struct field *f, struct item *item, uint64_t *random)
{
	while (deque_push(&f->d, item) != DEQUE_OK) {
		pop_some(f, stress_below(random, 3));
		freeze_step();
		stress_jitter(random);
	}
	freeze_step();
}

static void own(struct field *f)
{
	uint64_t random = stress_state(0);
	void *item;

	for (uint64_t i = 0; i < ITEMS; i++) {
		f->items[i].number = i;
		push_one(f, &f->items[i], &random);
		CHECK_INT(deque_length(&f->d), <=, f->capacity);
		if (stress_below(&random, 8) == 0)
			deque_share_seq_cst(&f->d);
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

/* Returns the number that the next item must at least have: older ones are gone. */
static uint64_t take_run(void **items, uint32_t n, uint64_t next)
{
	for (uint32_t i = 0; i < n; i++) {
		struct item *it = items[i];

		take(it);
		CHECK_INT(it->number, >=, next);
		next = it->number + 1;
	}
	return next;
}

static void rob(struct field *f, unsigned me)
{
	uint64_t random = stress_state(me), stolen = 0, next = 0;
	void *items[CAPACITY_MAX];

	while (u32_load_acquire(&f->over) == 0) {
		uint32_t n, max = 1 + stress_below(&random, CAPACITY_MAX);

		if (deque_steal_n(&f->d, items, max, &n) == DEQUE_OK) {
			CHECK(n >= 1 && n <= max);
			next = take_run(items, n, next);
			stolen += n;
		}
		CHECK_INT(deque_length(&f->d), <=, f->capacity);
		freeze_step();
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

static void one_round(unsigned thieves, uint32_t capacity, uint32_t start, bool freeze)
{
	static struct field f;

	f.capacity = capacity;
	f.popped = 0;
	deque_init(&f.d, f.slots, capacity, start);
	for (uint64_t i = 0; i < ITEMS; i++)
		u32_init(&f.items[i].taken, 0);
	u32_init(&f.over, 0);
	u64_init(&f.stolen, 0);
	if (freeze)
		freeze_run(1 + thieves, field_thread, &f, FREEZE_EACH, 0); /* all wait-free */
	else
		stress_run(1 + thieves, field_thread, &f);
	for (uint64_t i = 0; i < ITEMS; i++)
		CHECK_INT(u32_load_relaxed(&f.items[i].taken), ==, 1);
	CHECK_INT(f.popped + u64_load_relaxed(&f.stolen), ==, ITEMS);
}

static void rounds_with(unsigned thieves, bool freeze)
{
	static const uint32_t capacities[] = {1, 2, 4, CAPACITY_MAX};
	uint64_t end = stress_box_ms(600), random = stress_state(thieves);

	for (unsigned i = 0; i < 4 || !stress_over(end); i++)
		one_round(thieves, capacities[i % 4], UINT32_MAX - stress_below(&random, ITEMS), freeze);
}

static void one_thief(void)
{
	rounds_with(1, false);
}

static void two_thieves(void)
{
	rounds_with(2, false);
}

static void seven_thieves(void)
{
	rounds_with(THIEVES_MAX, false);
}

static void frozen(void)
{
	rounds_with(THIEVES_MAX, true);
}

TESTS({"one_thief", one_thief}, {"two_thieves", two_thieves}, {"seven_thieves", seven_thieves},
      {"frozen", frozen})
