/*
 * Seat: one holder at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/seat.h"
#include "tests/support/check.h"

static void one_holder_at_a_time(void)
{
	seat_hold s;

	seat_init(&s);
	for (int i = 0; i < 3; i++) {
		CHECK(seat_is_valid(&s));
		CHECK(seat_is_free(&s));
		CHECK(seat_try_hold(&s));
		CHECK(!seat_is_free(&s));
		CHECK(!seat_try_hold(&s));
		seat_leave(&s);
	}
}

TESTS({"one_holder_at_a_time", one_holder_at_a_time})
