/*
 * Deque: both ends, the split, full and empty, small capacities, indices that wrap.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/deque.h"
#include "tests/support/check.h"

#define CAPACITY_MAX 8u

static int things[3 * CAPACITY_MAX];
static void *slots[CAPACITY_MAX];

static void *thing(uint32_t i)
{
	return &things[i % (sizeof things / sizeof things[0])];
}

/* Capacities 1, 2, 4, 8, each begun at 0 and shortly before the indices wrap. */
static void on_each_shape(void (*check)(deque *d, uint32_t capacity))
{
	static const uint32_t starts[] = {0, 1, UINT32_MAX, UINT32_MAX - 3, INT32_MAX - 2};

	for (uint32_t capacity = 1; capacity <= CAPACITY_MAX; capacity *= 2)
		for (size_t s = 0; s < sizeof starts / sizeof starts[0]; s++) {
			deque d;

			deque_init(&d, slots, capacity, starts[s]);
			CHECK(deque_is_valid(&d));
			check(&d, capacity);
			CHECK(deque_is_valid(&d));
		}
}

static void push(deque *d, uint32_t i)
{
	CHECK_INT(deque_push(d, thing(i)), ==, DEQUE_OK);
	CHECK(deque_is_valid(d));
}

static void pop(deque *d, uint32_t i)
{
	void *item = NULL;

	CHECK_INT(deque_pop(d, &item), ==, DEQUE_OK);
	CHECK(item == thing(i));
	CHECK(deque_is_valid(d));
}

static void steal(deque *d, uint32_t i)
{
	void *item = NULL;

	CHECK_INT(deque_steal(d, &item), ==, DEQUE_OK);
	CHECK(item == thing(i));
	CHECK(deque_is_valid(d));
}

/* It leaves no wish behind. */
static void check_is_empty(deque *d)
{
	void *item = d;

	CHECK_INT(deque_pop(d, &item), ==, DEQUE_EMPTY);
	CHECK_INT(deque_steal(d, &item), ==, DEQUE_EMPTY);
	CHECK(item == d);
	CHECK_INT(deque_length(d), ==, 0);
	CHECK_INT(deque_shared(d), ==, 0);
	CHECK(deque_is_empty_seq_cst(d));
	u32_store_relaxed(&d->asked, 0);
}

static void fill_up(deque *d, uint32_t capacity)
{
	for (uint32_t i = 0; i < capacity; i++) {
		push(d, i);
		CHECK_INT(deque_length(d), ==, i + 1);
		CHECK_INT(deque_shared(d), ==, 0);
	}
	CHECK_INT(deque_push(d, d), ==, DEQUE_FULL);
	CHECK_INT(deque_push_seq_cst(d, d), ==, DEQUE_FULL);
}

static void fill_up_shared(deque *d, uint32_t capacity)
{
	fill_up(d, capacity);
	CHECK(deque_is_empty_seq_cst(d));
	deque_share_seq_cst(d);
	CHECK(!deque_is_empty_seq_cst(d));
	CHECK_INT(deque_shared(d), ==, capacity);
	CHECK_INT(deque_private(d), ==, 0);
	CHECK_INT(deque_lent(d), ==, capacity);
}

static void the_owner_takes_the_newest(deque *d, uint32_t capacity)
{
	for (int round = 0; round < 4; round++) {
		check_is_empty(d);
		if (round % 2)
			fill_up_shared(d, capacity);
		else
			fill_up(d, capacity);
		for (uint32_t i = capacity; i-- > 0;)
			pop(d, i);
	}
	check_is_empty(d);
}

static void a_thief_takes_the_oldest(deque *d, uint32_t capacity)
{
	for (int round = 0; round < 3; round++) {
		fill_up_shared(d, capacity);
		for (uint32_t i = 0; i < capacity; i++)
			steal(d, i);
		check_is_empty(d);
	}
}

static void a_stolen_slot_is_filled_again(deque *d, uint32_t capacity)
{
	fill_up_shared(d, capacity);
	for (uint32_t i = 0; i < 3 * CAPACITY_MAX; i++) {
		steal(d, i);
		CHECK_INT(deque_push_seq_cst(d, thing(i + capacity)), ==, DEQUE_OK);
		CHECK_INT(deque_push(d, d), ==, DEQUE_FULL);
	}
	CHECK_INT(deque_length(d), ==, capacity);
}

static void both_ends_meet(deque *d, uint32_t capacity)
{
	for (uint32_t n = 1; n <= capacity; n++)
		for (uint32_t stolen = 0; stolen <= n; stolen++) {
			for (uint32_t i = 0; i < n; i++)
				push(d, i);
			deque_share_seq_cst(d);
			for (uint32_t i = 0; i < stolen; i++)
				steal(d, i);
			for (uint32_t i = n; i-- > stolen;)
				pop(d, i);
			check_is_empty(d);
		}
}

/* In vain, a thief asks; the next push answers with all that is private, the next pop with half. */
static void a_wish_is_answered(deque *d, uint32_t capacity)
{
	void *item;

	for (uint32_t n = 1; n <= capacity; n++) {
		CHECK_INT(deque_steal(d, &item), ==, DEQUE_EMPTY);
		push(d, 0);
		CHECK_INT(deque_shared(d), ==, 1); /* at least one */
		for (uint32_t i = 1; i < n; i++)
			push(d, i);
		CHECK_INT(deque_shared(d), ==, 1); /* asked once, answered once */
		steal(d, 0);
		CHECK_INT(deque_steal(d, &item), ==, DEQUE_EMPTY);
		if (n == 1)
			continue; /* stays asked: nothing is there to answer with */
		pop(d, n - 1);
		CHECK_INT(deque_shared(d), ==, (n - 1) / 2); /* of the n - 2 that were left */
		for (uint32_t i = n - 1; i-- > 1;)
			pop(d, i);
		check_is_empty(d);
	}
}

/* A pop that finds nothing private takes back half, so that thieves still find some. */
static void half_is_taken_back(deque *d, uint32_t capacity)
{
	fill_up_shared(d, capacity);
	pop(d, capacity - 1);
	CHECK_INT(deque_shared(d), ==, capacity / 2);
	CHECK_INT(deque_private(d), ==, capacity - capacity / 2 - 1);
}

static void one_is_taken_back(deque *d, uint32_t capacity)
{
	void *item;

	fill_up_shared(d, capacity);
	for (uint32_t i = capacity; i-- > 0;) {
		CHECK_INT(deque_pop_shared(d, &item), ==, DEQUE_OK);
		CHECK(item == thing(i));
		CHECK_INT(deque_private(d), ==, 0);
		CHECK_INT(deque_shared(d), ==, i);
	}
	CHECK_INT(deque_pop_shared(d, &item), ==, DEQUE_EMPTY);
}

static void a_run_is_stolen(deque *d, uint32_t capacity)
{
	void *items[CAPACITY_MAX];
	uint32_t n = 77;

	CHECK_INT(deque_steal_n(d, items, CAPACITY_MAX, &n), ==, DEQUE_EMPTY);
	CHECK_INT(n, ==, 77);
	for (uint32_t max = 1; max <= CAPACITY_MAX; max++) {
		u32_store_relaxed(&d->asked, 0);
		fill_up_shared(d, capacity);
		for (uint32_t next = 0; next < capacity; next += n) {
			CHECK_INT(deque_steal_n(d, items, max, &n), ==, DEQUE_OK);
			CHECK_INT(n, ==, capacity - next < max ? capacity - next : max);
			for (uint32_t i = 0; i < n; i++)
				CHECK(items[i] == thing(next + i));
		}
	}
}

/* A thief that stands between its swap and its reading keeps its slots, and only those. */
static void a_slow_thief_keeps_its_slot(deque *d, uint32_t capacity)
{
	fill_up_shared(d, capacity);
	uint64_t word = u64_load_relaxed(&d->word);
	u64_store_relaxed(&d->word, deque_word(d->split, deque_word_tail(word) + 1)); /* its swap */
	CHECK_INT(deque_length(d), ==, capacity - 1);
	CHECK_INT(deque_push(d, d), ==, DEQUE_BUSY);
	CHECK_INT(deque_push_seq_cst(d, d), ==, DEQUE_BUSY);
	for (uint32_t i = 1; i < capacity; i++)
		steal(d, i);
	CHECK_INT(deque_push(d, d), ==, DEQUE_BUSY);
	u32_add_release(&d->copied, 1); /* has read it */
	for (uint32_t i = 0; i < capacity; i++)
		push(d, i);
	CHECK_INT(deque_push(d, d), ==, DEQUE_FULL);
}

static void owner_order(void)
{
	on_each_shape(the_owner_takes_the_newest);
}

static void thief_order(void)
{
	on_each_shape(a_thief_takes_the_oldest);
}

static void reuse(void)
{
	on_each_shape(a_stolen_slot_is_filled_again);
}

static void meeting(void)
{
	on_each_shape(both_ends_meet);
}

static void asking(void)
{
	on_each_shape(a_wish_is_answered);
}

static void taking_back(void)
{
	on_each_shape(half_is_taken_back);
}

static void taking_back_one(void)
{
	on_each_shape(one_is_taken_back);
}

static void runs(void)
{
	on_each_shape(a_run_is_stolen);
}

static void slow_thief(void)
{
	on_each_shape(a_slow_thief_keeps_its_slot);
}

TESTS({"owner_order", owner_order}, {"thief_order", thief_order}, {"reuse", reuse},
      {"meeting", meeting}, {"asking", asking}, {"taking_back", taking_back},
      {"taking_back_one", taking_back_one}, {"runs", runs},
      {"slow_thief", slow_thief})
