/*
 * Free-list: last in, first out; empty; the tag comes round.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/freelist.h"
#include "tests/support/check.h"

#define MANY 5u

static void all_can_be_got_once(void)
{
	for (uint32_t count = 0; count <= MANY; count++) {
		freelist f;
		atomic_u32 next[MANY];
		uint32_t index;

		freelist_init(&f, next, count, 0);
		CHECK(freelist_is_valid(&f));
		for (uint32_t i = 0; i < count; i++) {
			CHECK(!freelist_is_empty(&f));
			CHECK_INT(freelist_get(&f, &index), ==, FREELIST_OK);
			CHECK_INT(index, ==, i);
		}
		CHECK(freelist_is_empty(&f));
		index = 77;
		CHECK_INT(freelist_get(&f, &index), ==, FREELIST_EMPTY);
		CHECK_INT(index, ==, 77);
	}
}

static void the_last_put_is_the_first_got(void)
{
	freelist f;
	atomic_u32 next[MANY];
	uint32_t index;

	freelist_init(&f, next, MANY, 0);
	for (uint32_t i = 0; i < MANY; i++)
		CHECK_INT(freelist_get(&f, &index), ==, FREELIST_OK);
	freelist_put(&f, 3);
	freelist_put(&f, 1);
	freelist_put(&f, 4);
	static const uint32_t order[] = {4, 1, 3};
	for (int i = 0; i < 3; i++) {
		CHECK_INT(freelist_get(&f, &index), ==, FREELIST_OK);
		CHECK_INT(index, ==, order[i]);
	}
	CHECK_INT(freelist_get(&f, &index), ==, FREELIST_EMPTY);
}

static void the_tag_comes_round(void)
{
	freelist f;
	atomic_u32 next[2];
	uint32_t index;

	freelist_init(&f, next, 2, UINT32_MAX - 1);
	for (uint32_t i = 0; i < 5; i++) {
		CHECK_INT(freelist_get(&f, &index), ==, FREELIST_OK);
		CHECK_INT(u64_load_relaxed(&f.head) >> 32, ==, (uint32_t)(UINT32_MAX + i));
		freelist_put(&f, index);
		CHECK(freelist_is_valid(&f));
		CHECK_INT(index, ==, 0);
	}
}

TESTS({"all_can_be_got_once", all_can_be_got_once},
      {"the_last_put_is_the_first_got", the_last_put_is_the_first_got},
      {"the_tag_comes_round", the_tag_comes_round})
