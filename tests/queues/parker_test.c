/*
 * Parker: each transition of its diagram, and a real sleep.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/parker.h"
#include "tests/queues/stress.h"

static void wake_of_an_awake_thread_does_nothing(void)
{
	parker p;

	parker_init(&p);
	CHECK(!parker_wake(&p));
	CHECK(parker_is_valid(&p));
	CHECK_INT(u32_load_relaxed(&p.word), ==, PARKER_AWAKE);
}

static void a_wake_before_the_sleep_is_kept(void)
{
	parker p;

	parker_init(&p);
	parker_announce(&p);
	CHECK(parker_wake(&p));
	CHECK(!parker_wake(&p)); /* one announce, one wake */
	CHECK(parker_sleep(&p, UINT64_MAX));
	CHECK_INT(u32_load_relaxed(&p.word), ==, PARKER_AWAKE);
}

static void retract_goes_back(void)
{
	parker p;

	parker_init(&p);
	parker_announce(&p);
	parker_retract(&p);
	CHECK(!parker_wake(&p));
}

static void a_deadline_ends_the_sleep(void)
{
	parker p;
	uint64_t start = pinion__clock_ns();

	parker_init(&p);
	parker_announce(&p);
	CHECK(!parker_sleep(&p, start + 2000000));
	CHECK(pinion__clock_ns() >= start + 2000000);
	CHECK_INT(u32_load_relaxed(&p.word), ==, PARKER_AWAKE);
	parker_announce(&p);
	CHECK(!parker_sleep(&p, 0)); /* long over */
	CHECK(!parker_wake(&p));
}

struct sleepers {
	parker p;
	atomic_u32 ready, data;
	uint32_t seen;
};

static void sleep_or_wake(void *shared, unsigned index)
{
	struct sleepers *s = shared;

	if (index == 0) {
		parker_announce(&s->p);
		u32_store_seq_cst(&s->ready, 1);
		CHECK(parker_sleep(&s->p, UINT64_MAX));
		s->seen = u32_load_relaxed(&s->data); /* carried by [wake] */
		return;
	}
	while (u32_load_seq_cst(&s->ready) == 0)
		pinion__yield();
	struct timespec a_while = {.tv_nsec = 3000000}; /* lets the sleeper reach the kernel */
	nanosleep(&a_while, NULL);
	u32_store_relaxed(&s->data, 7);
	CHECK(parker_wake(&s->p));
}

static void another_thread_wakes_a_sleeper(void)
{
	struct sleepers s = {.seen = 0};

	parker_init(&s.p);
	u32_init(&s.ready, 0);
	u32_init(&s.data, 0);
	stress_run(2, sleep_or_wake, &s);
	CHECK_INT(s.seen, ==, 7);
}

TESTS({"wake_of_an_awake_thread_does_nothing", wake_of_an_awake_thread_does_nothing},
      {"a_wake_before_the_sleep_is_kept", a_wake_before_the_sleep_is_kept},
      {"retract_goes_back", retract_goes_back},
      {"a_deadline_ends_the_sleep", a_deadline_ends_the_sleep},
      {"another_thread_wakes_a_sleeper", another_thread_wakes_a_sleeper})
