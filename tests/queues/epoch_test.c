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

/* What a dispatcher of one group does. */
static uint32_t fork_all(epoch *e, epoch_fn fn, void *ctx, join *j)
{
	join_init(j, 1);
	uint32_t members = epoch_publish(e, fn, ctx, j);
	if (members == 0)
		join_done(j);
	return members;
}

static void without_members_nothing_is_published(void)
{
	epoch e;
	struct record r = {0, 0};
	join j;

	epoch_init(&e);
	CHECK(epoch_is_valid(&e));
	epoch_begin(&e);
	CHECK_INT(fork_all(&e, record_run, &r, &j), ==, 0);
	CHECK(join_is_done(&j));
	epoch_end(&e);
	uint32_t ticket = epoch_enter(&e);
	CHECK(!epoch_poll(&e, ticket));
	CHECK(epoch_leave(&e, ticket));
	CHECK_INT(r.runs, ==, 0);
}

static void a_member_runs_each_fork_once(void)
{
	epoch e;
	struct record r = {0, 0};

	epoch_init(&e);
	uint32_t ticket = epoch_enter(&e);
	join j;
	CHECK_INT(epoch_members(&e), ==, 1);
	for (uint32_t i = 1; i <= 3; i++) {
		epoch_begin(&e);
		CHECK_INT(fork_all(&e, record_run, &r, &j), ==, 1);
		CHECK(!join_is_done(&j));
		CHECK(epoch_poll(&e, ticket));
		CHECK(epoch_poll_seq_cst(&e, ticket));
		epoch_run(&e, &ticket, 40 + i);
		CHECK(!epoch_poll(&e, ticket));
		CHECK(join_is_done(&j));
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
	uint32_t ticket = epoch_enter(&e);
	join j;
	epoch_begin(&e);
	for (int i = 0; i < EPOCH_CARGO; i++)
		epoch_stow(&e, i, 100 + (uint64_t)i);
	CHECK_INT(fork_all(&e, check_cargo, &e, &j), ==, 1);
	epoch_run(&e, &ticket, 2);
	CHECK(join_is_done(&j));
	epoch_end(&e);
}

static void a_counted_member_cannot_leave(void)
{
	epoch e;
	struct record r = {0, 0};

	epoch_init(&e);
	uint32_t ticket = epoch_enter(&e);
	join j;
	epoch_begin(&e);
	CHECK_INT(fork_all(&e, record_run, &r, &j), ==, 1);
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
	uint32_t early = epoch_enter(&e);
	join j;
	epoch_begin(&e);
	CHECK_INT(fork_all(&e, record_run, &r, &j), ==, 1);
	uint32_t late = epoch_enter(&e);
	CHECK(!epoch_poll(&e, late));
	CHECK(epoch_leave(&e, late)); /* free to go in the middle of the fork */
	late = epoch_enter(&e);
	epoch_run(&e, &early, 0);
	CHECK(join_is_done(&j));
	CHECK_INT(fork_all(&e, record_run, &r, &j), ==, 2);
	CHECK(epoch_poll(&e, late));
	epoch_run(&e, &late, 1);
	CHECK(!join_is_done(&j));
	epoch_run(&e, &early, 0);
	CHECK(join_is_done(&j));
	epoch_end(&e);
	CHECK_INT(r.runs, ==, 3);
}

static void only_the_last_arrival_tells_the_join(void)
{
	epoch e;
	struct record r = {0, 0};

	epoch_init(&e);
	uint32_t a = epoch_enter(&e), b = epoch_enter(&e);
	epoch_begin(&e);
	for (int i = 0; i < 3; i++) {
		join j;

		CHECK_INT(fork_all(&e, record_run, &r, &j), ==, 2);
		epoch_run(&e, i % 2 ? &a : &b, 0);
		CHECK(!join_register(&j, NULL));
		CHECK(!join_released(&j));
		epoch_run(&e, i % 2 ? &b : &a, 1);
		CHECK(join_released(&j));
		CHECK_INT(u32_load_relaxed(&e.arrived), ==, 0);
	}
	epoch_end(&e);
	CHECK_INT(r.runs, ==, 6);
}

/* The epoch is 32 bits; begin two forks before its wrap. */
static void epochs_wrap(void)
{
	epoch e;
	struct record r = {0, 0};
	join j;

	epoch_init(&e);
	u64_init(&e.word, UINT64_C(0xfffffffe) << EPOCH_SHIFT);
	uint32_t a = epoch_enter(&e), b = epoch_enter(&e);
	epoch_begin(&e);
	for (uint32_t i = 0; i < 4; i++) {
		CHECK_INT(fork_all(&e, record_run, &r, &j), ==, 2);
		CHECK(!epoch_leave(&e, a));
		epoch_run(&e, &a, 0);
		CHECK(!join_is_done(&j));
		epoch_run(&e, &b, 1);
		CHECK(join_is_done(&j));
		CHECK_INT(a, ==, 0xffffffffu + i);
	}
	epoch_end(&e);
	CHECK(epoch_leave(&e, a));
	CHECK(epoch_leave(&e, b));
}

/* Three groups of 2, 0 and 1 members under one join. */
static void a_fork_over_several_groups(void)
{
	enum { GROUPS = 3 };
	epoch group[GROUPS];
	struct record r = {0, 0};
	uint32_t counted = 0, ticket[GROUPS];
	join j;

	for (int g = 0; g < GROUPS; g++)
		epoch_init(&group[g]);
	ticket[0] = epoch_enter(&group[0]);
	ticket[1] = epoch_enter(&group[0]);
	ticket[2] = epoch_enter(&group[2]);
	join_init(&j, GROUPS);
	for (int g = 0; g < GROUPS; g++) {
		epoch_begin(&group[g]);
		uint32_t members = epoch_publish(&group[g], record_run, &r, &j);
		if (members == 0)
			join_done(&j);
		counted += members;
	}
	CHECK_INT(counted, ==, 3);
	epoch_run(&group[0], &ticket[0], 0);
	epoch_run(&group[2], &ticket[2], 2);
	CHECK(!join_is_done(&j));
	epoch_run(&group[0], &ticket[1], 1);
	CHECK(join_is_done(&j));
	for (int g = 0; g < GROUPS; g++)
		epoch_end(&group[g]);
	CHECK_INT(r.runs, ==, 3);
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
	join j;

	epoch_init(&e);
	for (uint32_t i = 0; i < EPOCH_MEMBERS_MAX; i++)
		CHECK_INT(epoch_enter(&e), ==, 0);
	CHECK_INT(epoch_members(&e), ==, EPOCH_MEMBERS_MAX);
	epoch_begin(&e);
	CHECK_INT(fork_all(&e, record_run, &r, &j), ==, EPOCH_MEMBERS_MAX);
	for (uint32_t i = 0; i < EPOCH_MEMBERS_MAX; i++) {
		uint32_t ticket = 0;

		CHECK(!join_is_done(&j));
		CHECK(epoch_poll(&e, ticket));
		epoch_run(&e, &ticket, i);
	}
	CHECK(join_is_done(&j));
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
	join j;

	if (index == 0) {
		while (u32_load_acquire(&m->entered) == 0)
			pinion__yield();
		epoch_begin(&m->e);
		CHECK_INT(fork_all(&m->e, record_run, &m->r, &j), ==, 1);
		u32_store_release(&m->published, 1);
		if (!join_register(&j, NULL))
			join_sleep(&j);
		CHECK_INT(m->r.runs, ==, 1);
		epoch_end(&m->e);
	} else if (index == 1) {
		uint32_t ticket = epoch_enter(&m->e);

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
      {"only_the_last_arrival_tells_the_join", only_the_last_arrival_tells_the_join},
      {"epochs_wrap", epochs_wrap},
      {"a_fork_over_several_groups", a_fork_over_several_groups},
      {"one_dispatcher_at_a_time", one_dispatcher_at_a_time},
      {"as_many_members_as_fit", as_many_members_as_fit},
      {"dispatchers_sleep_and_are_woken", dispatchers_sleep_and_are_woken})
