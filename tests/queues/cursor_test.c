/*
 * Cursor: limits, tags, claims in a row, and the edge of 40 bits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/cursor.h"
#include "tests/support/check.h"

static void chunks_come_in_order_and_end(void)
{
	cursor c;
	uint64_t pos;

	cursor_init(&c);
	CHECK(cursor_is_valid(&c));
	for (uint64_t i = 0; i < 5; i++) {
		CHECK(cursor_probe(&c, 1, 5));
		CHECK(cursor_claim(&c, 1, 5, &pos));
		CHECK_INT(pos, ==, i);
	}
	pos = 77;
	CHECK(!cursor_probe(&c, 1, 5));
	for (int i = 0; i < 3; i++)
		CHECK(!cursor_claim(&c, 1, 5, &pos));
	CHECK_INT(pos, ==, 77);
	CHECK_INT(cursor_pos(u64_load_relaxed(&c.word)), ==, 5); /* failed claims add nothing */
}

static void an_empty_seat_has_nothing(void)
{
	cursor c;
	uint64_t pos = 3, got = 4;

	cursor_init(&c);
	CHECK(!cursor_probe(&c, 9, 0));
	CHECK(!cursor_claim(&c, 9, 0, &pos));
	CHECK(!cursor_claim_many(&c, 9, 0, 8, &pos, &got));
	CHECK_INT(pos, ==, 3);
	CHECK_INT(got, ==, 4);
}

static void a_new_tag_starts_at_zero(void)
{
	cursor c;
	uint64_t pos, got;

	cursor_init(&c);
	for (uint32_t tag = 1; tag < 6; tag++) {
		CHECK(cursor_probe(&c, tag, 2));
		CHECK(cursor_claim(&c, tag, 2, &pos));
		CHECK_INT(pos, ==, 0);
	}
	CHECK(cursor_claim_many(&c, CURSOR_TAG_MAX, 10, 4, &pos, &got));
	CHECK_INT(pos, ==, 0);
	CHECK_INT(got, ==, 4);
	cursor_reset(&c);
	CHECK(cursor_is_valid(&c));
	CHECK(cursor_claim(&c, 1, 2, &pos)); /* the tags start over */
	CHECK_INT(pos, ==, 0);
}

static void many_are_contiguous_and_clipped(void)
{
	cursor c;
	uint64_t pos, got;

	cursor_init(&c);
	CHECK(cursor_claim(&c, 3, 10, &pos));
	CHECK(cursor_claim_many(&c, 3, 10, 6, &pos, &got));
	CHECK_INT(pos, ==, 1);
	CHECK_INT(got, ==, 6);
	CHECK(cursor_claim_many(&c, 3, 10, 6, &pos, &got));
	CHECK_INT(pos, ==, 7);
	CHECK_INT(got, ==, 3);
	CHECK(!cursor_claim_many(&c, 3, 10, 6, &pos, &got));
	CHECK(!cursor_claim(&c, 3, 10, &pos));
}

static void the_largest_limit_fits(void)
{
	cursor c;
	uint64_t pos, got;

	cursor_init(&c);
	CHECK(cursor_claim_many(&c, 2, CURSOR_LIMIT_MAX, UINT64_MAX, &pos, &got));
	CHECK_INT(got, ==, CURSOR_LIMIT_MAX);
	CHECK(!cursor_claim(&c, 2, CURSOR_LIMIT_MAX, &pos));
	CHECK_INT(cursor_tag(u64_load_relaxed(&c.word)), ==, 2);
}

TESTS({"chunks_come_in_order_and_end", chunks_come_in_order_and_end},
      {"an_empty_seat_has_nothing", an_empty_seat_has_nothing},
      {"a_new_tag_starts_at_zero", a_new_tag_starts_at_zero},
      {"many_are_contiguous_and_clipped", many_are_contiguous_and_clipped},
      {"the_largest_limit_fits", the_largest_limit_fits})
