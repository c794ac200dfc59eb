/*
 * Join: each path of its diagram, by one thread; and a wait that really sleeps.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/join.h"
#include "tests/queues/stress.h"

static void no_children_is_done(void)
{
	join j;

	join_init(&j, 0);
	CHECK(join_is_valid(&j));
	CHECK(join_is_done(&j));
	CHECK(join_register(&j, NULL));
}

static void polling_sees_the_last_child(void)
{
	join j;

	join_init(&j, 3);
	for (int i = 0; i < 3; i++) {
		CHECK(!join_is_done(&j));
		join_done(&j);
	}
	CHECK(join_is_done(&j));
	CHECK(!join_released(&j)); /* nobody registered: the child touched nothing */
}

static void children_can_be_added(void)
{
	join j;

	join_init(&j, 0);
	join_add(&j, 2);
	join_done(&j);
	CHECK(!join_is_done(&j));
	join_add(&j, 1);
	join_done(&j);
	join_done(&j);
	CHECK(join_is_done(&j));
	join_add(&j, 1); /* nobody has registered: it may start again */
	CHECK(!join_is_done(&j));
	join_done(&j);
	CHECK(join_is_done(&j));
}

static void a_registered_waiter_is_released(void)
{
	join j;
	parker p;

	parker_init(&p);
	join_init(&j, 2);
	join_done(&j);
	CHECK(!join_register(&j, &p));
	CHECK(!join_released(&j));
	join_add(&j, 1);
	join_done(&j);
	parker_announce(&p);
	CHECK(!join_released(&j));
	join_done(&j);
	CHECK(join_released(&j));
	CHECK(parker_sleep(&p, UINT64_MAX)); /* it was woken */
}

static void registering_too_late_needs_no_wait(void)
{
	join j;
	parker p;

	parker_init(&p);
	join_init(&j, 1);
	join_done(&j);
	CHECK(join_register(&j, &p));
}

static void the_count_is_wide(void)
{
	join j;

	join_init(&j, UINT64_C(1) << 40);
	join_done(&j);
	CHECK(!join_is_done(&j));
	join_add(&j, 1);
	CHECK_INT(u64_load_relaxed(&j.word) / JOIN_CHILD, ==, INT64_C(1) << 40);
}

struct family {
	join j;
	uint32_t written;
};

static void wait_or_finish(void *shared, unsigned index)
{
	struct family *f = shared;

	if (index == 0) {
		if (!join_register(&f->j, NULL))
			join_sleep(&f->j);
		CHECK_INT(f->written, ==, 11); /* [child] carries it */
		return;
	}
	struct timespec a_while = {.tv_nsec = 3000000}; /* lets the waiter reach the kernel */
	nanosleep(&a_while, NULL);
	f->written = 11;
	join_done(&f->j);
}

static void a_thread_without_parker_sleeps(void)
{
	struct family f = {.written = 0};

	join_init(&f.j, 1);
	stress_run(2, wait_or_finish, &f);
}

TESTS({"no_children_is_done", no_children_is_done},
      {"polling_sees_the_last_child", polling_sees_the_last_child},
      {"children_can_be_added", children_can_be_added},
      {"a_registered_waiter_is_released", a_registered_waiter_is_released},
      {"registering_too_late_needs_no_wait", registering_too_late_needs_no_wait},
      {"the_count_is_wide", the_count_is_wide},
      {"a_thread_without_parker_sleeps", a_thread_without_parker_sleeps})
