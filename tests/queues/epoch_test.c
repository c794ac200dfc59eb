/*
 * Epoch: every transition by one thread that plays both sides, in an order of
 * our choosing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/epoch.h"
#include "tests/queues/stress.h"

struct record {
	uint32_t runs, last_seat;
};

static void record_run(void *ctx, uint32_t seat)
{
	struct record *r = ctx;

	r->runs++;
	r->last_seat = seat;
}

static void without_members_nothing_is_published(void)
{
	epoch e;
	struct record r = {0, 0};
	uint64_t target = 99;

	epoch_init(&e);
	CHECK(epoch_is_valid(&e));
	epoch_begin(&e);
	CHECK_INT(epoch_publish(&e, record_run, &r, &target), ==, 0);
	CHECK_INT(target, ==, 99);
	epoch_end(&e);
	uint64_t ticket = epoch_enter(&e);
	CHECK(!epoch_poll(&e, ticket));
	CHECK(epoch_leave(&e, ticket));
	CHECK_INT(r.runs, ==, 0);
}

static void a_member_runs_each_fork_once(void)
{
	epoch e;
	struct record r = {0, 0};

	epoch_init(&e);
	uint64_t ticket = epoch_enter(&e), target;
	CHECK_INT(epoch_members(&e), ==, 1);
	for (uint32_t i = 1; i <= 3; i++) {
		epoch_begin(&e);
		CHECK_INT(epoch_publish(&e, record_run, &r, &target), ==, 1);
		CHECK(!epoch_joined(&e, target));
		CHECK(epoch_poll(&e, ticket));
		CHECK(epoch_poll_seq_cst(&e, ticket));
		CHECK_INT(epoch_run(&e, &ticket, 40 + i), ==, 0);
		CHECK(!epoch_poll(&e, ticket));
		CHECK(epoch_joined(&e, target));
		CHECK(epoch_joined_seq_cst(&e, target));
		epoch_end(&e);
		CHECK_INT(r.runs, ==, i);
		CHECK_INT(r.last_seat, ==, 40 + i);
	}
	CHECK(epoch_leave(&e, ticket));
	CHECK_INT(epoch_members(&e), ==, 0);
}

static void check_cargo(void *ctx, uint32_t seat)
{
	const epoch *e = ctx;

	CHECK_INT(seat, ==, 2);
	for (int i = 0; i < EPOCH_CARGO; i++)
		CHECK_INT(epoch_cargo(e, i), ==, 100 + i);
}

static void cargo_rides_with_the_fork(void)
{
	epoch e;

	epoch_init(&e);
	uint64_t ticket = epoch_enter(&e), target;
	epoch_begin(&e);
	for (int i = 0; i < EPOCH_CARGO; i++)
		epoch_stow(&e, i, 100 + (uint64_t)i);
	CHECK_INT(epoch_publish(&e, check_cargo, &e, &target), ==, 1);
	epoch_run(&e, &ticket, 2);
	CHECK(epoch_joined(&e, target));
	epoch_end(&e);
}

static void a_counted_member_cannot_leave(void)
{
	epoch e;
	struct record r = {0, 0};

	epoch_init(&e);
	uint64_t ticket = epoch_enter(&e), target;
	epoch_begin(&e);
	CHECK_INT(epoch_publish(&e, record_run, &r, &target), ==, 1);
	CHECK(!epoch_leave(&e, ticket));
	CHECK_INT(epoch_members(&e), ==, 1);
	epoch_run(&e, &ticket, 0);
	CHECK(epoch_leave(&e, ticket));
	epoch_end(&e);
}

static void who_enters_during_a_fork_is_not_counted(void)
{
	epoch e;
	struct record r = {0, 0};

	epoch_init(&e);
	uint64_t early = epoch_enter(&e), target;
	epoch_begin(&e);
	CHECK_INT(epoch_publish(&e, record_run, &r, &target), ==, 1);
	uint64_t late = epoch_enter(&e);
	CHECK(!epoch_poll(&e, late));
	CHECK(epoch_leave(&e, late)); /* free to go in the middle of the fork */
	late = epoch_enter(&e);
	epoch_run(&e, &early, 0);
	CHECK(epoch_joined(&e, target));
	CHECK_INT(epoch_publish(&e, record_run, &r, &target), ==, 2);
	CHECK(epoch_poll(&e, late));
	epoch_run(&e, &late, 1);
	CHECK(!epoch_joined(&e, target));
	epoch_run(&e, &early, 0);
	CHECK(epoch_joined(&e, target));
	epoch_end(&e);
	CHECK_INT(r.runs, ==, 3);
}

static void only_the_last_arrival_wakes(void)
{
	epoch e;
	struct record r = {0, 0};

	epoch_init(&e);
	uint64_t a = epoch_enter(&e), b = epoch_enter(&e), target;
	epoch_begin(&e);
	CHECK_INT(epoch_publish(&e, record_run, &r, &target), ==, 2);
	epoch_wait_announce(&e, 5);
	CHECK(!epoch_joined_seq_cst(&e, target));
	CHECK_INT(epoch_run(&e, &a, 0), ==, 0);
	CHECK_INT(epoch_run(&e, &b, 1), ==, 5);
	epoch_wait_retract(&e);
	CHECK_INT(epoch_publish(&e, record_run, &r, &target), ==, 2);
	CHECK_INT(epoch_run(&e, &a, 0), ==, 0);
	CHECK_INT(epoch_run(&e, &b, 1), ==, 0);
	CHECK_INT(epoch_publish(&e, record_run, &r, &target), ==, 2);
	epoch_wait_announce(&e, EPOCH_WAITER_FUTEX);
	CHECK_INT(epoch_run(&e, &b, 1), ==, 0);
	CHECK_INT(epoch_run(&e, &a, 0), ==, 0); /* woke the futex itself */
	epoch_wait_retract(&e);
	epoch_end(&e);
}

/* The arrival sum is 32 bits; begin three arrivals before its wrap. */
static void arrivals_wrap(void)
{
	epoch e;
	struct record r = {0, 0};

	epoch_init(&e);
	u32_init(&e.arrived, UINT32_MAX - 2);
	e.expected = UINT32_MAX - 2;
	uint64_t a = epoch_enter(&e), b = epoch_enter(&e), target;
	epoch_begin(&e);
	for (int i = 0; i < 4; i++) {
		CHECK_INT(epoch_publish(&e, record_run, &r, &target), ==, 2);
		epoch_wait_announce(&e, 1);
		CHECK_INT(epoch_run(&e, &a, 0), ==, 0);
		CHECK(!epoch_joined(&e, target));
		CHECK_INT(epoch_run(&e, &b, 1), ==, 1);
		CHECK(epoch_joined(&e, target));
		epoch_wait_retract(&e);
	}
	epoch_end(&e);
	CHECK_INT(u32_load_relaxed(&e.arrived), ==, 5);
}

static void one_dispatcher_at_a_time(void)
{
	epoch e;

	epoch_init(&e);
	CHECK(epoch_try_begin(&e));
	CHECK(!epoch_try_begin(&e));
	epoch_end(&e);
	CHECK(epoch_try_begin(&e));
	epoch_end(&e);
}

static void as_many_members_as_fit(void)
{
	epoch e;
	struct record r = {0, 0};
	uint64_t target;

	epoch_init(&e);
	for (uint32_t i = 0; i < EPOCH_MEMBERS_MAX; i++)
		CHECK_INT(epoch_enter(&e), ==, 0);
	CHECK_INT(epoch_members(&e), ==, EPOCH_MEMBERS_MAX);
	epoch_begin(&e);
	CHECK_INT(epoch_publish(&e, record_run, &r, &target), ==, EPOCH_MEMBERS_MAX);
	for (uint32_t i = 0; i < EPOCH_MEMBERS_MAX; i++) {
		uint64_t ticket = 0;

		CHECK(!epoch_joined(&e, target));
		CHECK(epoch_poll(&e, ticket));
		epoch_run(&e, &ticket, i);
	}
	CHECK(epoch_joined(&e, target));
	epoch_end(&e);
	CHECK_INT(r.runs, ==, EPOCH_MEMBERS_MAX);
}

struct meeting {
	epoch e;
	struct record r;
	atomic_u32 entered, published;
};

static void nap(void)
{
	struct timespec a_while = {.tv_nsec = 2000000}; /* lets the other side reach the kernel */

	nanosleep(&a_while, NULL);
}

static void dispatch_or_join_in(void *shared, unsigned index)
{
	struct meeting *m = shared;
	uint64_t target;

	if (index == 0) {
		while (u32_load_acquire(&m->entered) == 0)
			pinion__yield();
		epoch_begin(&m->e);
		CHECK_INT(epoch_publish(&m->e, record_run, &m->r, &target), ==, 1);
		u32_store_release(&m->published, 1);
		epoch_wait_futex(&m->e, target);
		CHECK_INT(m->r.runs, ==, 1);
		epoch_end(&m->e);
	} else if (index == 1) {
		uint64_t ticket = epoch_enter(&m->e);

		u32_store_release(&m->entered, 1);
		while (!epoch_poll(&m->e, ticket))
			pinion__yield();
		nap();
		epoch_run(&m->e, &ticket, 1);
		CHECK(epoch_leave(&m->e, ticket));
	} else {
		while (u32_load_acquire(&m->published) == 0)
			pinion__yield();
		epoch_begin(&m->e); /* sleeps: the fork takes its time */
		CHECK_INT(m->r.runs, ==, 1); /* [lock] carries the joined fork */
		epoch_end(&m->e);
	}
}

static void dispatchers_sleep_and_are_woken(void)
{
	static struct meeting m;

	epoch_init(&m.e);
	u32_init(&m.entered, 0);
	u32_init(&m.published, 0);
	stress_run(3, dispatch_or_join_in, &m);
	CHECK_INT(u32_load_relaxed(&m.e.lock), ==, EPOCH_FREE);
}

TESTS({"without_members_nothing_is_published", without_members_nothing_is_published},
      {"a_member_runs_each_fork_once", a_member_runs_each_fork_once},
      {"cargo_rides_with_the_fork", cargo_rides_with_the_fork},
      {"a_counted_member_cannot_leave", a_counted_member_cannot_leave},
      {"who_enters_during_a_fork_is_not_counted", who_enters_during_a_fork_is_not_counted},
      {"only_the_last_arrival_wakes", only_the_last_arrival_wakes},
      {"arrivals_wrap", arrivals_wrap},
      {"one_dispatcher_at_a_time", one_dispatcher_at_a_time},
      {"as_many_members_as_fit", as_many_members_as_fit},
      {"dispatchers_sleep_and_are_woken", dispatchers_sleep_and_are_woken})
