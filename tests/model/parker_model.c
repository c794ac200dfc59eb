/*
 * Parker: each row of its interleaving table, with plain data behind each edge.
 *
 * A wake that gets lost leaves the sleeper asleep with nobody to wake it, which the
 * checker reports; an order too weak for [wake] lets the sleeper read the cargo
 * while it is written, which is a race.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/parker.h"
#include "tests/model/model.h"

#define SOME_DEADLINE 1000

struct meeting {
	parker sleeper;
	atomic_u32 condition[2];
	uint32_t cargo[2]; /* plain: written before the condition of the same index */
	uint32_t announced, won[2];
};

static void setup(void *state)
{
	struct meeting *m = state;

	parker_init(&m->sleeper);
	u32_init(&m->condition[0], 0);
	u32_init(&m->condition[1], 0);
}

static void wake(struct meeting *m, int i)
{
	m->cargo[i] = 1;
	u32_store_seq_cst(&m->condition[i], 1);
	m->won[i] = parker_wake(&m->sleeper);
}

static void waker(void *state)
{
	wake(state, 0);
}

static void other_waker(void *state)
{
	wake(state, 1);
}

/* No second look at the condition: the cargo must have come with the wake. */
static void sleep_once(void *state)
{
	struct meeting *m = state;

	parker_announce(&m->sleeper);
	m->announced++;
	if (u32_load_seq_cst(&m->condition[0]) != 0)
		parker_retract(&m->sleeper);
	else
		MODEL_CHECK(parker_sleep(&m->sleeper, UINT64_MAX));
	MODEL_CHECK(m->cargo[0] == 1);
}

/* Woken or late; "woken" brings the cargo even when the deadline passed meanwhile. */
static void sleep_until_deadline(void *state)
{
	struct meeting *m = state;

	parker_announce(&m->sleeper);
	m->announced++;
	if (u32_load_seq_cst(&m->condition[0]) != 0)
		parker_retract(&m->sleeper);
	else if (!parker_sleep(&m->sleeper, SOME_DEADLINE))
		return;
	MODEL_CHECK(m->cargo[0] == 1);
}

/* As every caller does: look, announce, look again, and start anew after each wake. */
static void sleep_for_both(void *state)
{
	struct meeting *m = state;
	bool seen[2] = {false, false};

	while (!seen[0] || !seen[1]) {
		bool found = false;

		parker_announce(&m->sleeper);
		m->announced++;
		for (int i = 0; i < 2; i++)
			if (!seen[i] && u32_load_seq_cst(&m->condition[i]) != 0)
				found = seen[i] = true;
		if (found)
			parker_retract(&m->sleeper);
		else
			parker_sleep(&m->sleeper, UINT64_MAX);
	}
	MODEL_CHECK(m->cargo[0] == 1 && m->cargo[1] == 1);
}

/* Each sleep is ended by at most one wake. */
static void check(void *state)
{
	const struct meeting *m = state;

	MODEL_CHECK(parker_is_valid(&m->sleeper));
	MODEL_CHECK(m->won[0] + m->won[1] <= m->announced);
}

static void check_awake(void *state)
{
	const struct meeting *m = state;

	check(state);
	MODEL_CHECK(u32_load_relaxed(&m->sleeper.word) == PARKER_AWAKE);
}

MODELS({.name = "a_wake_brings_its_cargo",
        .bytes = sizeof(struct meeting),
        .setup = setup,
        .thread = {sleep_once, waker},
        .check = check_awake,
        .spurious = 1},
       {.name = "a_deadline_beside_a_wake",
        .bytes = sizeof(struct meeting),
        .setup = setup,
        .thread = {sleep_until_deadline, waker},
        .check = check_awake},
       {.name = "two_wakers",
        .bytes = sizeof(struct meeting),
        .setup = setup,
        .thread = {sleep_for_both, waker, other_waker},
        .check = check})
