/*
 * Epoch: publish against enter and leave, arrivals against a dispatcher that polls or
 * sleeps, members that sleep, one dispatcher after another, a fork over two groups.
 *
 * A fork's function reads what the dispatcher wrote before (its argument and its
 * cargo, plain) and writes a plain result per seat, which the dispatcher reads when
 * it has joined. Each fork has a join of its own, which dies when the fork is over.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#define EPOCH_SPINS 1 /* so that a model comes to the futex behind the spinning */
#include "queues/epoch.h"
#include "queues/idle.h"
#include "queues/parker.h"
#include "tests/model/model.h"

#define SEATS 2
#define GROUPS 2
#define FORKS 3

struct team {
	epoch group[GROUPS]; /* most models use the first one */
	idle asleep;
	atomic_u64 asleep_words[1];
	parker member[SEATS], dispatcher;
	uint32_t ticket[SEATS];
	uint32_t argument, result[SEATS], runs[SEATS];
	join joins[FORKS];
	uint32_t counted, while_member, forks; /* forks: the lock's */
};

static void setup(void *state)
{
	struct team *t = state;

	for (int i = 0; i < GROUPS; i++)
		epoch_init(&t->group[i]);
	idle_init(&t->asleep, t->asleep_words, SEATS);
	parker_init(&t->dispatcher);
	for (int i = 0; i < SEATS; i++)
		parker_init(&t->member[i]);
}

/* The epochs wrap within the model. */
static void setup_one(void *state)
{
	struct team *t = state;

	setup(state);
	u64_init(&t->group[0].word, UINT64_C(0xffffffff) << EPOCH_SHIFT);
	t->ticket[0] = epoch_enter(&t->group[0]);
}

static void setup_two(void *state)
{
	struct team *t = state;

	setup_one(state);
	t->ticket[1] = epoch_enter(&t->group[0]);
	MODEL_CHECK(epoch_members(&t->group[0]) == 2);
}

static void setup_two_groups(void *state)
{
	struct team *t = state;

	setup_one(state);
	t->ticket[1] = epoch_enter(&t->group[1]);
}

static void fork_body(void *ctx, uint32_t seat)
{
	struct team *t = ctx;

	MODEL_CHECK(t->argument == epoch_cargo(&t->group[0], 0));
	t->result[seat] = t->argument;
	t->runs[seat]++;
}

/* ---- members ----------------------------------------------------------------- */

static void run(struct team *t, uint32_t seat)
{
	epoch_run(&t->group[0], &t->ticket[seat], seat);
}

static void poll_and_run(struct team *t, int group, uint32_t seat)
{
	while (!epoch_poll(&t->group[group], t->ticket[seat]))
		pinion__relax();
	epoch_run(&t->group[group], &t->ticket[seat], seat);
}

static void member_0(void *state)
{
	poll_and_run(state, 0, 0);
}

static void member_0_twice(void *state)
{
	poll_and_run(state, 0, 0);
	poll_and_run(state, 0, 0);
}

static void member_1_of_the_other_group(void *state)
{
	poll_and_run(state, 1, 1);
}

/* The fork was published in the setup: fewer executions, and more of the join. */
static void arrive_0(void *state)
{
	run(state, 0);
}

static void arrive_1(void *state)
{
	run(state, 1);
}

static void arrive_0_and_poll(void *state)
{
	run(state, 0);
	poll_and_run(state, 0, 0);
}

static void arrive_1_and_poll(void *state)
{
	run(state, 1);
	poll_and_run(state, 0, 1);
}

/* fall_asleep() of the engine. */
static void sleeping_member(void *state)
{
	struct team *t = state;

	while (!epoch_poll(&t->group[0], t->ticket[0])) {
		idle_set(&t->asleep, 0);
		parker_announce(&t->member[0]);
		if (epoch_poll_seq_cst(&t->group[0], t->ticket[0]))
			parker_retract(&t->member[0]);
		else
			parker_sleep(&t->member[0], UINT64_MAX);
		idle_clear(&t->asleep, 0);
	}
	run(t, 0);
}

/* Comes and goes; runs what it is counted for, and nothing else. */
static void come_and_go(void *state)
{
	struct team *t = state;

	t->ticket[0] = epoch_enter(&t->group[0]);
	while (!epoch_leave(&t->group[0], t->ticket[0]))
		run(t, 0);
}

/* [leave]: what it did as a member is known to whoever publishes without it. */
static void work_and_go(void *state)
{
	struct team *t = state;

	t->while_member = 1;
	while (!epoch_leave(&t->group[0], t->ticket[0]))
		run(t, 0);
}

/* ---- dispatchers --------------------------------------------------------------- */

typedef void (*join_way)(struct team *t, join *j);

static void join_polling(struct team *t, join *j)
{
	(void)t;
	while (!join_is_done(j))
		pinion__relax();
}

static void join_on_futex(struct team *t, join *j)
{
	(void)t;
	if (!join_register(j, NULL))
		join_sleep(j);
}

/* sleep_for_join() of the engine. */
static void join_on_parker(struct team *t, join *j)
{
	if (join_register(j, &t->dispatcher))
		return;
	while (!join_released(j)) {
		parker_announce(&t->dispatcher);
		if (join_released(j))
			parker_retract(&t->dispatcher);
		else
			parker_sleep(&t->dispatcher, UINT64_MAX);
	}
}

/* wake_members() of the engine. */
static void wake_members(struct team *t)
{
	if (!idle_any(&t->asleep))
		return;
	for (uint32_t i = 0; i < SEATS; i++)
		if (idle_is_set_seq_cst(&t->asleep, i))
			parker_wake(&t->member[i]);
}

static join *publish(struct team *t, int groups)
{
	join *j = &t->joins[t->forks];

	t->argument = ++t->forks;
	t->counted = 0;
	join_init(j, (uint64_t)groups);
	for (int i = 0; i < groups; i++) {
		epoch_stow(&t->group[i], 0, t->argument);
		uint32_t members = epoch_publish(&t->group[i], fork_body, t, j);
		t->counted += members;
		if (members == 0)
			join_done(j);
	}
	return j;
}

static void setup_published(void *state)
{
	struct team *t = state;

	setup_two(state);
	epoch_begin(&t->group[0]);
	publish(t, 1);
	MODEL_CHECK(t->counted == 2);
}

static void setup_published_to_one(void *state)
{
	struct team *t = state;

	setup_one(state);
	epoch_begin(&t->group[0]);
	publish(t, 1);
	MODEL_CHECK(t->counted == 1);
}

/* Read the results; nobody may touch the join from now on. */
static void finish(const struct team *t, const join *j)
{
	for (uint32_t i = 0; i < t->counted; i++)
		MODEL_CHECK(t->result[i] == t->argument);
	model_dead(j, sizeof *j);
}

static void dispatch(struct team *t, join_way join_by)
{
	join *j = publish(t, 1);

	if (t->counted != 0)
		wake_members(t);
	join_by(t, j);
	finish(t, j);
}

/* Go on as the dispatcher of the setup. */
static void join_published(struct team *t, join_way join_by)
{
	join_by(t, &t->joins[0]);
	finish(t, &t->joins[0]);
	epoch_end(&t->group[0]);
}

static void join_published_polling(void *state)
{
	join_published(state, join_polling);
}

static void join_published_on_futex(void *state)
{
	join_published(state, join_on_futex);
}

static void join_published_on_parker(void *state)
{
	join_published(state, join_on_parker);
}

static void begin_and_dispatch(struct team *t, join_way join_by)
{
	epoch_begin(&t->group[0]);
	dispatch(t, join_by);
	epoch_end(&t->group[0]);
}

static void join_published_and_fork_again(void *state)
{
	join_published_polling(state);
	begin_and_dispatch(state, join_polling);
}

static void dispatch_polling(void *state)
{
	begin_and_dispatch(state, join_polling);
}

static void dispatch_on_futex(void *state)
{
	begin_and_dispatch(state, join_on_futex);
}

static void dispatch_on_parker(void *state)
{
	begin_and_dispatch(state, join_on_parker);
}

static void dispatch_on_futex_twice(void *state)
{
	begin_and_dispatch(state, join_on_futex);
	begin_and_dispatch(state, join_on_futex);
}

static void dispatch_if_free(void *state)
{
	struct team *t = state;

	if (!epoch_try_begin(&t->group[0]))
		return;
	dispatch(t, join_polling);
	epoch_end(&t->group[0]);
}

static void dispatch_to_both_groups(void *state)
{
	struct team *t = state;

	for (int i = 0; i < GROUPS; i++)
		epoch_begin(&t->group[i]);
	join *j = publish(t, GROUPS);
	MODEL_CHECK(t->counted == 2);
	join_on_futex(t, j);
	finish(t, j);
	for (int i = 0; i < GROUPS; i++)
		epoch_end(&t->group[i]);
}

/* Stands for the second member too, which stays while the first one goes. */
static void dispatch_beside_the_leaver(void *state)
{
	struct team *t = state;

	epoch_begin(&t->group[0]);
	join *j = publish(t, 1);
	run(t, 1);
	if (t->counted == 1)
		MODEL_CHECK(t->while_member == 1);
	join_polling(t, j);
	epoch_end(&t->group[0]);
}

/* ---- what must hold at the end --------------------------------------------------- */

static void check(void *state)
{
	const struct team *t = state;

	for (int i = 0; i < GROUPS; i++) {
		MODEL_CHECK(epoch_is_valid(&t->group[i]));
		MODEL_CHECK(u32_load_relaxed(&t->group[i].lock) == EPOCH_FREE);
		MODEL_CHECK(u32_load_relaxed(&t->group[i].arrived) == 0);
	}
}

static void check_each_ran_all(void *state)
{
	const struct team *t = state;
	uint32_t members = epoch_members(&t->group[0]) + epoch_members(&t->group[1]);

	check(state);
	for (uint32_t i = 0; i < members; i++)
		MODEL_CHECK(t->runs[i] == t->forks);
}

static void check_counted_ran(void *state)
{
	const struct team *t = state;

	check(state);
	MODEL_CHECK(t->runs[0] == t->counted && epoch_members(&t->group[0]) == 0);
}

static void check_forks(void *state)
{
	check(state);
	MODEL_CHECK(((struct team *)state)->forks == FORKS);
}

#define TEAM    .bytes = sizeof(struct team)
#define ALL_RAN TEAM, .check = check_each_ran_all

MODELS({.name = "joined_by_polling",
        ALL_RAN,
        .setup = setup_one,
        .thread = {dispatch_polling, member_0}},
       {.name = "asleep_on_the_futex",
        ALL_RAN,
        .setup = setup_one,
        .spurious = 1,
        .thread = {dispatch_on_futex, member_0}},
       {.name = "asleep_on_the_parker",
        ALL_RAN,
        .setup = setup_one,
        .thread = {dispatch_on_parker, member_0}},
       {.name = "the_member_sleeps",
        ALL_RAN,
        .setup = setup_one,
        .thread = {dispatch_polling, sleeping_member}},
       {.name = "both_sleep",
        ALL_RAN,
        .setup = setup_one,
        .thread = {dispatch_on_futex, sleeping_member}},
       {.name = "two_arrive",
        ALL_RAN,
        .setup = setup_published,
        .thread = {join_published_polling, arrive_0, arrive_1}},
       {.name = "two_wake_the_futex",
        ALL_RAN,
        .setup = setup_published,
        .thread = {join_published_on_futex, arrive_0, arrive_1}},
       {.name = "two_wake_the_parker",
        ALL_RAN,
        .setup = setup_published,
        .preemptions = 2,
        .thread = {join_published_on_parker, arrive_0, arrive_1}},
       {.name = "two_arrive_twice",
        ALL_RAN,
        .setup = setup_published,
        .preemptions = 2,
        .thread = {join_published_and_fork_again, arrive_0_and_poll, arrive_1_and_poll}},
       {.name = "two_forks",
        ALL_RAN,
        .setup = setup_one,
        .preemptions = 2,
        .thread = {dispatch_on_futex_twice, member_0_twice}},
       {.name = "two_groups",
        ALL_RAN,
        .setup = setup_two_groups,
        .preemptions = 2,
        .thread = {dispatch_to_both_groups, member_0, member_1_of_the_other_group}},
       {.name = "a_member_comes_and_goes",
        TEAM,
        .setup = setup,
        .check = check_counted_ran,
        .thread = {dispatch_polling, come_and_go}},
       {.name = "what_a_leaver_did",
        TEAM,
        .setup = setup_two,
        .check = check,
        .thread = {dispatch_beside_the_leaver, work_and_go}},
       {.name = "the_next_dispatcher",
        ALL_RAN,
        .setup = setup_published_to_one,
        .preemptions = 1,
        .thread = {join_published_polling, dispatch_polling, arrive_0_and_poll}},
       {.name = "dispatchers_that_only_try",
        TEAM,
        .setup = setup,
        .check = check,
        .thread = {dispatch_if_free, dispatch_if_free, come_and_go}},
       {.name = "three_want_the_lock",
        TEAM,
        .setup = setup,
        .check = check_forks,
        .preemptions = 2,
        .thread = {dispatch_on_futex, dispatch_on_futex, dispatch_on_futex}})
