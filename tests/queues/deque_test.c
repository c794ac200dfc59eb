/*
 * Deque: both ends, full and empty, small capacities, indices that wrap.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/deque.h"
#include "tests/support/check.h"

#define CAPACITY_MAX 8u

static int things[3 * CAPACITY_MAX];
static atomic_ptr slots[CAPACITY_MAX];

static void *thing(uint64_t i)
{
	return &things[i % (sizeof things / sizeof things[0])];
}

/* Capacities 1, 2, 4, 8, each begun at 0 and shortly before the indices wrap. */
static void on_each_shape(void (*check)(deque *d, uint64_t capacity))
{
	static const uint64_t starts[] = {0, 1, UINT64_MAX, UINT64_MAX - 3, INT64_MAX - 2};

	for (uint64_t capacity = 1; capacity <= CAPACITY_MAX; capacity *= 2)
		for (size_t s = 0; s < sizeof starts / sizeof starts[0]; s++) {
			deque d;

			deque_init(&d, slots, capacity, starts[s]);
			CHECK(deque_is_valid(&d));
			check(&d, capacity);
			CHECK(deque_is_valid(&d));
		}
}

static void check_is_empty(deque *d)
{
	void *item = d;

	CHECK_INT(deque_pop(d, &item), ==, DEQUE_EMPTY);
	CHECK_INT(deque_steal(d, &item), ==, DEQUE_EMPTY);
	CHECK(item == d);
	CHECK_INT(deque_length(d), ==, 0);
	CHECK(deque_is_empty_seq_cst(d));
}

static void fill_up(deque *d, uint64_t capacity)
{
	for (uint64_t i = 0; i < capacity; i++) {
		CHECK_INT(i % 2 ? deque_push(d, thing(i)) : deque_push_seq_cst(d, thing(i)), ==, DEQUE_OK);
		CHECK_INT(deque_length(d), ==, i + 1);
	}
	CHECK_INT(deque_push(d, d), ==, DEQUE_FULL);
	CHECK_INT(deque_push_seq_cst(d, d), ==, DEQUE_FULL);
	CHECK(!deque_is_empty_seq_cst(d));
}

static void the_owner_takes_the_newest(deque *d, uint64_t capacity)
{
	void *item;

	for (int round = 0; round < 3; round++) {
		check_is_empty(d);
		fill_up(d, capacity);
		for (uint64_t i = capacity; i-- > 0;) {
			CHECK_INT(deque_pop(d, &item), ==, DEQUE_OK);
			CHECK(item == thing(i));
		}
	}
	check_is_empty(d);
}

static void a_thief_takes_the_oldest(deque *d, uint64_t capacity)
{
	void *item;

	for (int round = 0; round < 3; round++) {
		fill_up(d, capacity);
		for (uint64_t i = 0; i < capacity; i++) {
			CHECK_INT(deque_steal(d, &item), ==, DEQUE_OK);
			CHECK(item == thing(i));
		}
		check_is_empty(d);
	}
}

static void a_stolen_slot_is_filled_again(deque *d, uint64_t capacity)
{
	void *item;

	fill_up(d, capacity);
	for (uint64_t i = 0; i < 3 * CAPACITY_MAX; i++) {
		CHECK_INT(deque_steal(d, &item), ==, DEQUE_OK);
		CHECK(item == thing(i));
		CHECK_INT(deque_push(d, thing(i + capacity)), ==, DEQUE_OK);
		CHECK_INT(deque_push(d, d), ==, DEQUE_FULL);
	}
	CHECK_INT(deque_length(d), ==, capacity);
}

static void both_ends_meet(deque *d, uint64_t capacity)
{
	void *item;

	for (uint64_t n = 1; n <= capacity; n++)
		for (uint64_t stolen = 0; stolen <= n; stolen++) {
			for (uint64_t i = 0; i < n; i++)
				CHECK_INT(deque_push(d, thing(i)), ==, DEQUE_OK);
			for (uint64_t i = 0; i < stolen; i++) {
				CHECK_INT(deque_steal(d, &item), ==, DEQUE_OK);
				CHECK(item == thing(i));
			}
			for (uint64_t i = n; i-- > stolen;) {
				CHECK_INT(deque_pop(d, &item), ==, DEQUE_OK);
				CHECK(item == thing(i));
			}
			check_is_empty(d);
		}
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

TESTS({"owner_order", owner_order}, {"thief_order", thief_order}, {"reuse", reuse},
      {"meeting", meeting})
