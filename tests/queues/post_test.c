/*
 * Post: order, FULL and EMPTY, a stale guess at the tail, closing when empty, part
 * filled and full.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/post.h"
#include "tests/support/check.h"

#define CAPACITY_MAX 64u

static post box;
static atomic_u64 places[CAPACITY_MAX];
static short letters[4 * CAPACITY_MAX]; /* their addresses are the items */

static const uint64_t starts[] = {0, 1, UINT32_MAX - UINT64_C(5), (UINT64_C(1) << 62) - 200};

static void init(uint64_t capacity, uint64_t start)
{
	post_init(&box, places, capacity, start);
	CHECK(post_is_valid(&box));
	CHECK(post_is_empty(&box));
	CHECK(post_is_empty_seq_cst(&box));
}

static void check_push(uint64_t i, enum post_outcome want)
{
	CHECK_INT(post_push(&box, &letters[i]), ==, want);
}

static void check_pop(uint64_t want)
{
	void *item = NULL;

	CHECK(!post_is_empty(&box));
	CHECK(!post_is_empty_seq_cst(&box));
	CHECK_INT(post_pop(&box, &item), ==, POST_OK);
	CHECK(item == &letters[want]);
}

static void check_nothing(enum post_outcome why)
{
	void *item = &box;

	CHECK_INT(post_pop(&box, &item), ==, why);
	CHECK(item == &box);
	CHECK(post_is_empty(&box) == (why == POST_EMPTY));
	CHECK(post_is_empty_seq_cst(&box) == (why == POST_EMPTY));
}

static void items_come_in_order_until_full(void)
{
	for (uint64_t capacity = 1; capacity <= CAPACITY_MAX; capacity *= 2)
		for (int s = 0; s < 4; s++)
			for (uint64_t fill = 1; fill <= capacity; fill += 1 + fill / 3) {
				init(capacity, starts[s]);
				for (int round = 0; round < 5; round++) {
					for (uint64_t i = 0; i < fill; i++) {
						CHECK_INT(post_length(&box), ==, i);
						check_push(i, POST_OK);
					}
					if (fill == capacity)
						check_push(fill, POST_FULL);
					for (uint64_t i = 0; i < fill; i++)
						check_pop(i);
					check_nothing(POST_EMPTY);
					check_nothing(POST_EMPTY);
				}
			}
}

/* A producer that stood still since its guess was good, by up to three rounds. */
static void a_stale_guess_costs_no_order(void)
{
	for (uint64_t capacity = 1; capacity <= 8; capacity *= 2)
		for (uint64_t behind = 0; behind <= 3 * capacity; behind++) {
			uint64_t got = 0, sent = 0;

			init(capacity, 100);
			for (; sent < 3 * capacity; sent++) {
				if (post_length(&box) == capacity)
					check_pop(got++);
				check_push(sent, POST_OK);
			}
			u64_store_relaxed(&box.tail, 100 + sent - behind);
			if (sent - got == capacity)
				check_pop(got++);
			check_push(sent++, POST_OK);
			CHECK_INT(u64_load_relaxed(&box.tail), ==, 100 + sent);
			while (got < sent)
				check_pop(got++);
			check_nothing(POST_EMPTY);
		}
}

static void closing_gives_what_is_there(void)
{
	for (uint64_t capacity = 1; capacity <= 8; capacity *= 2)
		for (uint64_t fill = 0; fill <= capacity; fill++) {
			init(capacity, UINT32_MAX - UINT64_C(3));
			for (uint64_t i = 0; i < fill; i++)
				check_push(i, POST_OK);
			post_close(&box);
			check_push(fill, fill < capacity ? POST_CLOSED : POST_FULL);
			for (uint64_t i = 0; i < fill; i++) {
				check_pop(i);
				check_push(0, POST_CLOSED);
			}
			check_nothing(POST_CLOSED);
			check_nothing(POST_CLOSED);
			u64_store_relaxed(&box.tail, UINT32_MAX - UINT64_C(3)); /* an old guess */
			check_push(0, POST_CLOSED);
		}
}

TESTS({"items_come_in_order_until_full", items_come_in_order_until_full},
      {"a_stale_guess_costs_no_order", a_stale_guess_costs_no_order},
      {"closing_gives_what_is_there", closing_gives_what_is_there})
