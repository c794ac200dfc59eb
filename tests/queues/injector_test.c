/*
 * Injector: blocks in order, full and sealed early, single pushes, FULL, closing, what
 * an open block keeps.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/injector.h"
#include "tests/support/check.h"

#define PLACES_MAX 8u
#define SIZE_MAX_  4u

static injector j;
static injector_place places[PLACES_MAX];
static atomic_u32 next[PLACES_MAX];
static void *memory[PLACES_MAX * SIZE_MAX_], *got[SIZE_MAX_];
static char task[64]; /* their addresses are the tasks */

static void init(uint32_t blocks, uint32_t size, uint64_t start)
{
	uint32_t n = 2;

	while (n < blocks)
		n *= 2;
	injector_init(&j, &(injector_memory){places, next, memory, n, blocks, size}, start);
	CHECK(injector_is_valid(&j));
}

/* The oldest block holds task[first] and those after it. */
static void check_take(uint32_t first, uint32_t count)
{
	uint32_t tasks = 0;

	CHECK_INT(injector_take(&j, got, &tasks), ==, INJECTOR_OK);
	CHECK_INT(tasks, ==, count);
	for (uint32_t i = 0; i < tasks; i++)
		CHECK(got[i] == &task[first + i]);
}

static void check_take_is(enum injector_outcome want)
{
	uint32_t tasks = 77;

	CHECK_INT(injector_take(&j, got, &tasks), ==, want);
	CHECK_INT(tasks, ==, 77);
}

static const uint64_t starts[] = {0, 1, UINT32_MAX - UINT64_C(3), (UINT64_C(1) << 62) - 3};

static void full_blocks_are_sealed(void)
{
	for (uint32_t size = 1; size <= SIZE_MAX_; size++)
		for (int s = 0; s < 4; s++) {
			injector_open open = injector_open_none();

			init(3, size, starts[s]);
			for (uint32_t round = 0; round < 10; round++) {
				for (uint32_t i = 0; i < 2 * size; i++) {
					CHECK_INT(injector_add(&j, &open, &task[i]), ==, INJECTOR_OK);
					CHECK_INT(open.tasks, ==, (i + 1) % size);
					CHECK_INT(injector_length(&j), ==, (i + 1) / size);
				}
				CHECK(!injector_is_empty_seq_cst(&j));
				check_take(0, size);
				check_take(size, size);
				check_take_is(INJECTOR_EMPTY);
				CHECK(injector_is_empty_seq_cst(&j));
				CHECK(injector_may_sleep(&j) == injector_is_wanted(&j));
			}
		}
}

static void a_part_is_sealed_on_demand(void)
{
	injector_open open = injector_open_none();

	init(2, 4, 0);
	CHECK_INT(injector_seal(&j, &open), ==, INJECTOR_EMPTY);
	CHECK_INT(injector_add(&j, &open, &task[0]), ==, INJECTOR_OK);
	check_take_is(INJECTOR_EMPTY); /* it is the pusher's */
	CHECK_INT(injector_seal(&j, &open), ==, INJECTOR_OK);
	check_take(0, 1);
	CHECK_INT(injector_add(&j, &open, &task[1]), ==, INJECTOR_OK);
	check_take_is(INJECTOR_EMPTY);
	injector_want(&j);
	CHECK(injector_is_wanted(&j));
	CHECK_INT(injector_add(&j, &open, &task[2]), ==, INJECTOR_OK);
	CHECK(!injector_is_wanted(&j));
	CHECK_INT(open.tasks, ==, 0);
	check_take(1, 2);
}

static void all_blocks_in_use_is_full(void)
{
	for (uint32_t blocks = 1; blocks <= PLACES_MAX; blocks++) {
		injector_open open = injector_open_none();

		init(blocks, 2, 0);
		for (uint32_t i = 0; i < blocks; i++)
			CHECK_INT(injector_push(&j, &task[i]), ==, INJECTOR_OK);
		CHECK_INT(injector_length(&j), ==, blocks);
		CHECK_INT(injector_push(&j, &task[60]), ==, INJECTOR_FULL);
		CHECK_INT(injector_add(&j, &open, &task[60]), ==, INJECTOR_FULL);
		CHECK_INT(open.tasks, ==, 0);
		check_take(0, 1);
		CHECK_INT(injector_push(&j, &task[blocks]), ==, INJECTOR_OK);
		for (uint32_t i = 1; i <= blocks; i++)
			check_take(i, 1);
		check_take_is(INJECTOR_EMPTY);
	}
}

/* A taker stands between its claim and its reading; a sealer comes round to that place. */
static void a_place_still_read_is_busy(void)
{
	uint64_t claimed;

	init(2, 2, 0);
	CHECK_INT(injector_push(&j, &task[0]), ==, INJECTOR_OK);
	CHECK_INT(injector_claim(&j, &claimed), ==, INJECTOR_OK);
	CHECK_INT(injector_push(&j, &task[1]), ==, INJECTOR_OK);
	check_take(1, 1);
	CHECK_INT(injector_push(&j, &task[2]), ==, INJECTOR_BUSY);
	CHECK_INT(injector_push(&j, &task[2]), ==, INJECTOR_BUSY); /* and its block came back */
	injector_open open = injector_open_none();
	CHECK_INT(injector_add(&j, &open, &task[2]), ==, INJECTOR_OK);
	CHECK_INT(injector_add(&j, &open, &task[3]), ==, INJECTOR_OK); /* full, but stays open */
	CHECK_INT(injector_add(&j, &open, &task[4]), ==, INJECTOR_BUSY);
	injector_want(&j);
	CHECK_INT(injector_seal(&j, &open), ==, INJECTOR_BUSY);
	u64_store_release(&places[0].turn, claimed + 2); /* it has read */
	CHECK_INT(injector_seal(&j, &open), ==, INJECTOR_OK);
	check_take(2, 2);
}

/* A pusher stands between its claim and its filling. */
static void a_place_still_filled_is_busy(void)
{
	init(2, 2, 0);
	u64_store_relaxed(&j.tail, 1);
	check_take_is(INJECTOR_BUSY);
	CHECK(!injector_is_empty_seq_cst(&j));
	injector_close(&j);
	check_take_is(INJECTOR_BUSY);
}

static void closing_drains(void)
{
	injector_open open = injector_open_none();

	init(4, 4, 0);
	CHECK_INT(injector_push(&j, &task[0]), ==, INJECTOR_OK);
	CHECK_INT(injector_add(&j, &open, &task[1]), ==, INJECTOR_OK);
	CHECK_INT(injector_add(&j, &open, &task[2]), ==, INJECTOR_OK);
	injector_close(&j);
	injector_close(&j);
	CHECK_INT(injector_push(&j, &task[3]), ==, INJECTOR_CLOSED);
	CHECK_INT(injector_seal(&j, &open), ==, INJECTOR_CLOSED);
	CHECK_INT(injector_keep(&j, &open, got), ==, 2);
	CHECK(got[0] == &task[1] && got[1] == &task[2]);
	CHECK_INT(injector_keep(&j, &open, got), ==, 0);
	CHECK_INT(injector_length(&j), ==, 1);
	CHECK(!injector_is_empty_seq_cst(&j));
	check_take(0, 1);
	check_take_is(INJECTOR_CLOSED);
	CHECK(!injector_is_empty_seq_cst(&j)); /* take has that to say */
	for (uint32_t i = 0; i < 4; i++)
		CHECK_INT(freelist_get(&j.free, &(uint32_t){0}), ==, FREELIST_OK); /* none was lost */
}

TESTS({"full_blocks_are_sealed", full_blocks_are_sealed},
      {"a_part_is_sealed_on_demand", a_part_is_sealed_on_demand},
      {"all_blocks_in_use_is_full", all_blocks_in_use_is_full},
      {"a_place_still_read_is_busy", a_place_still_read_is_busy},
      {"a_place_still_filled_is_busy", a_place_still_filled_is_busy},
      {"closing_drains", closing_drains})
