/*
 * Lossy ring: order, exact counts of what was lost, cursors, closing, numbers that come
 * round, a signal in the middle of a write.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/lossy.h"
#include "tests/support/check.h"

#include <signal.h>

#define CAPACITY_MAX 8u
#define WORDS        3u

static lossy ring;
static atomic_u64 memory[CAPACITY_MAX * (1 + WORDS)];

static void put(uint64_t n)
{
	const uint64_t item[WORDS] = {n, ~n, n * 3};

	lossy_put(&ring, item);
}

static enum lossy_outcome get(lossy_cursor *c, uint64_t *n)
{
	uint64_t item[WORDS];
	enum lossy_outcome outcome = lossy_read(&ring, c, item);

	if (outcome == LOSSY_OK) {
		*n = item[0];
		CHECK(item[1] == ~*n && item[2] == *n * 3);
	}
	return outcome;
}

static void check_next(lossy_cursor *c, uint64_t want)
{
	uint64_t n = 0;

	CHECK_INT(get(c, &n), ==, LOSSY_OK);
	CHECK_INT(n, ==, want);
}

static void init(uint64_t capacity, uint64_t start)
{
	CHECK(lossy_memory_words(capacity, WORDS) <= sizeof memory / sizeof memory[0]);
	lossy_init(&ring, memory, capacity, WORDS, start);
	CHECK(lossy_is_valid(&ring));
}

static const uint64_t starts[] = {0, 1, UINT64_MAX / 2 - 9, UINT64_MAX / 2, UINT64_MAX - 9};

static void items_come_in_order(void)
{
	for (uint64_t capacity = 1; capacity <= CAPACITY_MAX; capacity *= 2)
		for (int s = 0; s < 5; s++) {
			lossy_cursor c, late;
			uint64_t n;

			init(capacity, starts[s]);
			c = lossy_follow(&ring);
			for (uint64_t i = 0; i < 20; i++) {
				CHECK_INT(get(&c, &n), ==, LOSSY_EMPTY);
				CHECK_INT(lossy_length(&ring, &c), ==, 0);
				put(i);
				CHECK_INT(lossy_length(&ring, &c), ==, 1);
				check_next(&c, i);
			}
			CHECK_INT(c.lost, ==, 0);
			late = lossy_follow(&ring);
			CHECK_INT(get(&late, &n), ==, LOSSY_EMPTY);
		}
}

static void what_is_lost_is_counted(void)
{
	for (uint64_t capacity = 1; capacity <= CAPACITY_MAX; capacity *= 2)
		for (int s = 0; s < 5; s++)
			for (uint64_t written = 1; written <= 20; written++) {
				uint64_t lost = written > capacity ? written - capacity : 0, n;
				lossy_cursor c, old;

				init(capacity, starts[s]);
				c = lossy_follow(&ring);
				for (uint64_t i = 0; i < written; i++)
					put(i);
				CHECK_INT(lossy_length(&ring, &c), ==, written - lost);
				old = lossy_rewind(&ring);
				if (lost > 0)
					CHECK_INT(get(&c, &n), ==, LOSSY_LOST);
				CHECK_INT(c.lost, ==, lost);
				for (uint64_t i = lost; i < written; i++) {
					check_next(&c, i);
					check_next(&old, i);
				}
				CHECK_INT(get(&c, &n), ==, LOSSY_EMPTY);
				CHECK_INT(get(&old, &n), ==, LOSSY_EMPTY);
				CHECK_INT(old.lost, ==, 0);
			}
}

static void a_closed_ring_is_read_to_its_end(void)
{
	lossy_cursor c;
	uint64_t n;

	init(4, 0);
	c = lossy_follow(&ring);
	put(0);
	put(1);
	lossy_close(&ring);
	check_next(&c, 0);
	check_next(&c, 1);
	CHECK_INT(get(&c, &n), ==, LOSSY_CLOSED);
	CHECK_INT(get(&c, &n), ==, LOSSY_CLOSED);
}

/* A write that stands still: the cursor waits there, and what a handler wrote comes after. */
static void a_write_in_progress_is_busy(void)
{
	lossy_cursor c;
	uint64_t n, item[WORDS] = {0, ~UINT64_C(0), 0};

	init(4, 0);
	c = lossy_follow(&ring);
	CHECK_INT(u64_add_relaxed(&ring.next, 1), ==, 0);
	CHECK_INT(get(&c, &n), ==, LOSSY_EMPTY);
	u64_store_relaxed(&memory[0], 1);
	CHECK_INT(get(&c, &n), ==, LOSSY_BUSY);
	put(1); /* the handler */
	CHECK_INT(get(&c, &n), ==, LOSSY_BUSY);
	for (uint32_t w = 0; w < WORDS; w++)
		u64_store_release(&memory[1 + w], item[w]);
	u64_store_release(&memory[0], 2);
	check_next(&c, 0);
	check_next(&c, 1);
}

static volatile sig_atomic_t handled;

static void write_from_handler(int signal_number)
{
	(void)signal_number;
	put(1000 + (uint64_t)handled++);
}

static void a_handler_may_write(void)
{
	struct sigaction action = {.sa_handler = write_from_handler}, before;
	lossy_cursor c;

	init(8, 0);
	c = lossy_follow(&ring);
	CHECK_INT(sigaction(SIGUSR1, &action, &before), ==, 0);
	put(0);
	raise(SIGUSR1);
	put(1);
	CHECK_INT(sigaction(SIGUSR1, &before, NULL), ==, 0);
	check_next(&c, 0);
	check_next(&c, 1000);
	check_next(&c, 1);
}

TESTS({"items_come_in_order", items_come_in_order},
      {"what_is_lost_is_counted", what_is_lost_is_counted},
      {"a_closed_ring_is_read_to_its_end", a_closed_ring_is_read_to_its_end},
      {"a_write_in_progress_is_busy", a_write_in_progress_is_busy},
      {"a_handler_may_write", a_handler_may_write})
