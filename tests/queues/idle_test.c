/*
 * Idle map: bits across words, and picks in the given order.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/idle.h"
#include "tests/support/check.h"

#define SEATS_MAX 1024u

static atomic_u64 words[SEATS_MAX / IDLE_SEATS_PER_WORD];

static void words_are_enough(void)
{
	CHECK_INT(idle_words(0), ==, 0);
	CHECK_INT(idle_words(1), ==, 1);
	CHECK_INT(idle_words(64), ==, 1);
	CHECK_INT(idle_words(65), ==, 2);
	CHECK_INT(idle_words(SEATS_MAX), ==, 16);
}

static void each_bit_stands_alone(void)
{
	static const uint32_t sizes[] = {1, 2, 63, 64, 65, 130, SEATS_MAX};
	idle m;

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		idle_init(&m, words, sizes[i]);
		CHECK(idle_is_valid(&m));
		CHECK(!idle_any(&m));
		for (uint32_t s = 0; s < sizes[i]; s++) {
			CHECK(!idle_is_set(&m, s));
			CHECK(!idle_clear(&m, s));
			idle_set(&m, s);
			CHECK(idle_is_set(&m, s));
			CHECK(idle_any(&m));
			CHECK(idle_is_valid(&m));
		}
		for (uint32_t s = 0; s < sizes[i]; s++) {
			CHECK(idle_any(&m));
			CHECK(idle_clear(&m, s));
			CHECK(!idle_clear(&m, s));
		}
		CHECK(!idle_any(&m));
	}
}

static void a_pick_follows_the_order(void)
{
	static const uint32_t order[] = {70, 3, 69, 0};
	idle m;
	uint32_t seat = 1000;

	idle_init(&m, words, 71);
	CHECK(!idle_pick(&m, order, 4, &seat));
	CHECK_INT(seat, ==, 1000);
	for (int i = 0; i < 4; i++)
		idle_set(&m, order[i]);
	idle_set(&m, 5); /* not in the order: never picked */
	for (int i = 0; i < 4; i++) {
		CHECK(idle_pick(&m, order, 4, &seat));
		CHECK_INT(seat, ==, order[i]);
		CHECK(!idle_is_set(&m, seat));
	}
	CHECK(!idle_pick(&m, order, 4, &seat));
	CHECK(idle_is_set(&m, 5));
}

TESTS({"words_are_enough", words_are_enough}, {"each_bit_stands_alone", each_bit_stands_alone},
      {"a_pick_follows_the_order", a_pick_follows_the_order})
