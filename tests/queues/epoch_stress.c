/*
 * Epoch under load: two dispatchers fork while 1, 2 or 7 members enter, leave
 * and park as they like. Each fork lies on its dispatcher's stack and is
 * scribbled over after the join, so a run too many or too late is seen; each
 * counted member must have run it exactly once, and nobody else.
 *
 * The last run stops one thread at a time in the middle of what it does: a fork
 * waits for its members, so nobody is promised progress, but nothing may be lost.
 *
 * A dispatcher waits for its join by polling, on the futex, or in its parker;
 * members sleep in theirs. A lost wake is a hang.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/epoch.h"
#include "queues/parker.h"
#include "tests/queues/freeze.h"

#define DISPATCHERS 2u
#define MEMBERS_MAX 7u
#define ALIVE UINT64_C(0xa11fe)
#define DEAD UINT64_C(0xdeadbeefdeadbeef)

struct team {
	epoch e;
	parker parkers[DISPATCHERS + MEMBERS_MAX];
	unsigned members;
	atomic_u32 dispatching;
	uint64_t forks[DISPATCHERS], runs[DISPATCHERS + MEMBERS_MAX], asked[DISPATCHERS], end;
};

struct fork {
	uint64_t alive;
	const epoch *epoch;
	uint32_t ran[DISPATCHERS + MEMBERS_MAX]; /* plain: [arrive] and the join carry them */
};

static void run_fork(void *ctx, uint32_t seat)
{
	struct fork *f = ctx;

	CHECK(f->alive == ALIVE);
	CHECK(epoch_cargo(f->epoch, EPOCH_CARGO - 1) == (uintptr_t)f);
	f->ran[seat]++;
}

static void wait_by(struct team *t, unsigned me, uint32_t manner, join *j)
{
	if (manner == 0) {
		while (!join_is_done(j))
			pinion__yield();
		return;
	}
	if (join_register(j, manner == 1 ? NULL : &t->parkers[me]))
		return;
	if (manner == 1) {
		join_sleep(j);
		return;
	}
	for (;;) {
		parker_announce(&t->parkers[me]);
		if (join_released(j))
			break;
		parker_sleep(&t->parkers[me], UINT64_MAX);
	}
	parker_retract(&t->parkers[me]);
}

static void wake_members(struct team *t)
{
	for (unsigned i = 0; i < t->members; i++)
		parker_wake(&t->parkers[DISPATCHERS + i]);
}

/* One fork and its check: as many runs as were counted, at most one per member. */
static void fork_once(struct team *t, unsigned me, uint64_t *random)
{
	struct fork f = {.alive = ALIVE, .epoch = &t->e};
	join j;

	join_init(&j, 1);
	epoch_stow(&t->e, EPOCH_CARGO - 1, (uintptr_t)&f);
	uint32_t counted = epoch_publish(&t->e, run_fork, &f, &j), ran = 0;

	if (counted != 0) {
		wake_members(t);
		stress_jitter(random);
		wait_by(t, me, stress_below(random, 3), &j);
	}
	for (unsigned i = 0; i < DISPATCHERS + MEMBERS_MAX; i++) {
		CHECK_INT(f.ran[i], <=, 1);
		ran += f.ran[i];
	}
	CHECK_INT(ran, ==, counted);
	t->forks[me] += counted != 0;
	t->asked[me] += counted;
	*(volatile uint64_t *)&f.alive = DEAD;
}

static void dispatch(struct team *t, unsigned me)
{
	uint64_t random = stress_state(me);

	while (!stress_over(t->end)) {
		if (!epoch_try_begin(&t->e))
			epoch_begin(&t->e);
		for (uint32_t n = 1 + stress_below(&random, 3); n > 0; n--)
			fork_once(t, me, &random);
		epoch_end(&t->e);
		stress_jitter(&random);
	}
	u32_add_seq_cst(&t->dispatching, UINT32_MAX);
	for (unsigned i = 0; i < t->members; i++)
		parker_wake(&t->parkers[DISPATCHERS + i]);
}

static void run_and_count(struct team *t, unsigned me, uint32_t *ticket)
{
	epoch_run(&t->e, ticket, me);
	t->runs[me]++;
}

/* Until a fork or the end: look, and sleep at random. */
static void idle_member(struct team *t, unsigned me, uint32_t ticket)
{
	parker_announce(&t->parkers[me]);
	if (epoch_poll_seq_cst(&t->e, ticket) || u32_load_seq_cst(&t->dispatching) == 0)
		parker_retract(&t->parkers[me]);
	else
		parker_sleep(&t->parkers[me], UINT64_MAX);
}

static void be_member(struct team *t, unsigned me)
{
	uint64_t random = stress_state(me);

	while (u32_load_relaxed(&t->dispatching) != 0) {
		uint32_t ticket = epoch_enter(&t->e);

		for (uint32_t n = stress_below(&random, 20); n > 0; n--) {
			if (epoch_poll(&t->e, ticket))
				run_and_count(t, me, &ticket);
			else if (stress_below(&random, 4) == 0)
				idle_member(t, me, ticket);
			else
				stress_jitter(&random);
		}
		while (!epoch_leave(&t->e, ticket))
			run_and_count(t, me, &ticket);
		stress_jitter(&random);
	}
}

static void team_thread(void *shared, unsigned index)
{
	if (index < DISPATCHERS)
		dispatch(shared, index);
	else
		be_member(shared, index);
}

static void forks_run_once_on_each_member(unsigned members, bool freeze)
{
	static struct team t;
	uint64_t asked = 0, runs = 0;

	memset(&t, 0, sizeof t);
	epoch_init(&t.e);
	u64_init(&t.e.word, UINT64_C(0xffffff00) << EPOCH_SHIFT); /* epochs wrap on the way */
	t.members = members;
	u32_init(&t.dispatching, DISPATCHERS);
	for (unsigned i = 0; i < DISPATCHERS + MEMBERS_MAX; i++)
		parker_init(&t.parkers[i]);
	t.end = stress_box_ms(700);
	if (freeze)
		freeze_run(DISPATCHERS + members, team_thread, &t, FREEZE_NONE, 0);
	else
		stress_run(DISPATCHERS + members, team_thread, &t);
	for (unsigned i = 0; i < DISPATCHERS; i++)
		asked += t.asked[i];
	for (unsigned i = 0; i < DISPATCHERS + members; i++)
		runs += t.runs[i];
	CHECK_INT(runs, ==, asked);
	CHECK_INT(asked, >, 0);
	CHECK_INT(epoch_members(&t.e), ==, 0);
}

static void one_member(void)
{
	forks_run_once_on_each_member(1, false);
}

static void two_members(void)
{
	forks_run_once_on_each_member(2, false);
}

static void seven_members(void)
{
	forks_run_once_on_each_member(7, false);
}

static void seven_members_and_one_frozen(void)
{
	forks_run_once_on_each_member(7, true);
}

TESTS({"one_member", one_member}, {"two_members", two_members}, {"seven_members", seven_members},
      {"seven_members_and_one_frozen", seven_members_and_one_frozen})
