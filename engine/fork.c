/*
 * One function on many seats.
 *
 * One fork at a time owns the epoch and the claim cursors. A worker that finds
 * them taken does not wait, because the owner may be waiting for it: it works
 * alone, and reaches the other seats through their inboxes. A thread that is
 * no worker waits its turn.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/worker.h"

#define VISITS_AT_ONCE 16 /* visits posted from the stack before waiting for them */

/* A seat's part that travels through its inbox. */
struct visit_job {
	struct pinion__job job; /* first */
	struct pinion__fork *fork;
	join *join;
};

/* What rides in the epoch's line, after the cargo of the visit itself. */
enum { CARGO_VISIT = PINION__CARGO, CARGO_TAG };

static_assert(CARGO_TAG < EPOCH_CARGO, "a fork's cargo fits the epoch's line");

static void visit(struct pinion__fork *fork, struct pinion__worker *w)
{
	fork->visit(fork, w, fork->cargo);
	if (fork->shared)
		u32_store_relaxed(&w->visited, fork->tag); /* carried by the join of the fork */
}

/* The same for a member, without a look at the fork. */
static void visit_as_member(void *fork, uint32_t seat)
{
	struct pinion__worker *w = pinion__self;
	const epoch *e = &w->engine->epoch;
	pinion__visit visit_fn = (pinion__visit)(uintptr_t)epoch_cargo(e, CARGO_VISIT);
	uint32_t tag = (uint32_t)epoch_cargo(e, CARGO_TAG);

	visit_fn(fork, w, e->cargo);
	u32_store_relaxed(&w->visited, tag); /* carried by the arrival */
}

static void stow(pinion_engine *e, const struct pinion__fork *fork)
{
	for (int i = 0; i < PINION__CARGO; i++)
		epoch_stow(&e->epoch, i, fork->cargo[i]);
	epoch_stow(&e->epoch, CARGO_VISIT, (uintptr_t)fork->visit);
	epoch_stow(&e->epoch, CARGO_TAG, fork->tag);
}

static void visit_from_inbox(struct pinion__job *job, struct pinion__worker *w)
{
	struct visit_job *v = (struct visit_job *)job;
	join *visits = v->join;

	w->begun++;
	visit(v->fork, w);
	join_done(visits); /* the job lives on the dispatcher's stack: not touched after this */
}

/* Tags start over when they run out; nobody else is in a loop then. */
static uint32_t next_tag(struct pinion_engine *e)
{
	if (e->tag == CURSOR_TAG_MAX) {
		for (int i = 0; i < e->workers; i++) {
			cursor_reset(&e->worker[i]->cursor);
			u32_store_relaxed(&e->worker[i]->visited, 0);
		}
		e->tag = 0;
	}
	return ++e->tag;
}

static void wake_members(struct pinion_engine *e)
{
	if (PINION_LIKELY(!idle_any(&e->asleep)))
		return;
	for (int i = 0; i < e->workers; i++)
		if (idle_is_set_seq_cst(&e->asleep, (uint32_t)i))
			parker_wake(&e->worker[i]->parker);
}

static bool is_missing(const struct pinion__fork *fork, const struct pinion__worker *w,
                       const struct pinion__worker *caller)
{
	if (!fork->shared)
		return w != caller;
	return u32_load_relaxed(&w->visited) != fork->tag; /* ordered by the join before */
}

/* Post to the seats that no member stood for, some at a time, and wait for them. */
static void visit_missing(struct pinion_engine *e, struct pinion__worker *caller,
                          struct pinion__fork *fork)
{
	struct visit_job jobs[VISITS_AT_ONCE];
	int seat = 0;

	while (seat < e->workers) {
		join visits;
		int posted = 0;
		join_init(&visits, 1);
		for (; seat < e->workers && posted < VISITS_AT_ONCE; seat++) {
			if (!is_missing(fork, e->worker[seat], caller))
				continue;
			jobs[posted] = (struct visit_job){{.run = visit_from_inbox}, fork, &visits};
			join_add(&visits, 1);
			pinion__post(e->worker[seat], &jobs[posted++].job);
		}
		join_done(&visits);
		pinion__wait_join(e, caller, &visits, NULL);
	}
}

/* The whole engine is this thread; it takes the seats in turn. */
static void run_inline(struct pinion_engine *e, struct pinion__worker *caller,
                       struct pinion__fork *fork)
{
	if (fork->reach == PINION__REACH_ANY) {
		fork->visit(fork, caller, fork->cargo);
		return;
	}
	for (int seat = 0; seat < e->workers; seat++) {
		pinion__self = e->worker[seat];
		fork->visit(fork, e->worker[seat], fork->cargo);
	}
	pinion__self = caller;
}

static void run_alone(struct pinion_engine *e, struct pinion__worker *caller,
                      struct pinion__fork *fork)
{
	fork->visit(fork, caller, fork->cargo);
	if (fork->reach == PINION__REACH_EVERY)
		visit_missing(e, caller, fork);
}

/* The dispatcher's part, between begin and end. */
static void run_shared(struct pinion_engine *e, struct pinion__worker *caller,
                       struct pinion__fork *fork)
{
	stow(e, fork);
	join_init(&e->forked, 1);
	uint32_t members = epoch_publish(&e->epoch, visit_as_member, fork, &e->forked);
	uint32_t reached = members + (caller != NULL);

	if (members)
		wake_members(e);
	if (caller)
		visit(fork, caller);
	if (members)
		pinion__wait_join(e, caller, &e->forked, NULL);
	if (reached == 0 || (fork->reach == PINION__REACH_EVERY && reached < (uint32_t)e->workers))
		visit_missing(e, caller, fork);
}

void pinion__fork_run(struct pinion_engine *e, struct pinion__worker *caller,
                      struct pinion__fork *fork)
{
	fork->shared = false;
	fork->tag = 0;
	if (e->config.inline_only) {
		run_inline(e, caller, fork);
		return;
	}
	if (!caller)
		epoch_begin(&e->epoch);
	else if (!epoch_try_begin(&e->epoch)) {
		run_alone(e, caller, fork);
		return;
	}
	fork->shared = true;
	fork->tag = next_tag(e);
	run_shared(e, caller, fork);
	epoch_end(&e->epoch);
}
