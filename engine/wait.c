/*
 * Every wait of the engine. The rule of what a waiting worker may run stands
 * here and nowhere else: its own queued children of the scope it waits for,
 * and what is addressed to it (inbox, slot). So two workers that call each
 * other cannot block each other, and a wait never steals: the only strangers on
 * a stack that waits are those that somebody sent to this very worker. Each
 * such wait adds frames to the stack; see pinion_config.stack_bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/spin.h"
#include "engine/worker.h"

/*
 * Is this job a child of `scope`, or of a scope that this thread began later and has not joined? Those lie on top of
 * it in the deque. Strangers never do: see may_push_own in scope.c.
 */
static bool is_own_child(const struct pinion__job *job, const struct pinion__open *scope)
{
	const struct pinion__open *open = pinion__innermost;

	while (open && open != scope && open != job->scope)
		open = open->outer;
	return job->scope == scope || (open && open == job->scope);
}

/* The newest job of the own deque, if it is a child of this scope. */
static bool run_own_child(struct pinion__worker *w, const struct pinion__open *scope)
{
	struct pinion__job *job = scope ? pinion__pop(w) : NULL;

	if (!job)
		return false;
	if (!is_own_child(job, scope)) {
		pinion__offer(w, job); /* its place was freed a moment ago */
		return false;
	}
	job->run(job, w);
	return true;
}

static bool help(struct pinion__worker *w, const struct pinion__open *scope)
{
	return pinion__serve(w) || run_own_child(w, scope);
}

/* ---- a join ------------------------------------------------------------------ */

static void outsider_wait_join(struct pinion_engine *e, join *j)
{
	struct spin spin = spin_begin(e->spin_ns);

	while (!join_is_done(j))
		if (!spin_step(&spin)) {
			if (!join_register(j, NULL))
				join_sleep(j);
			return;
		}
}

static void sleep_for_join(struct pinion__worker *w, join *j, const struct pinion__open *scope)
{
	if (join_register(j, &w->parker))
		return;
	while (!join_released(j)) {
		if (help(w, scope))
			continue;
		parker_announce(&w->parker);
		if (join_released(j) || pinion__is_addressed(w))
			parker_retract(&w->parker);
		else
			pinion__park(w);
	}
}

void pinion__wait_join(struct pinion_engine *e, struct pinion__worker *w, join *j,
                       const struct pinion__open *scope)
{
	if (!w) {
		outsider_wait_join(e, j);
		return;
	}
	struct spin spin = spin_begin(e->spin_ns);
	w->waits++;
	while (!join_is_done(j)) {
		if (help(w, scope))
			spin = spin_begin(e->spin_ns);
		else if (!spin_step(&spin)) {
			sleep_for_join(w, j, scope);
			break;
		}
	}
	w->waits--;
}

/* ---- a call in a slot --------------------------------------------------------- */

static void sleep_for_slot(struct pinion__worker *w, call_slot *s)
{
	if (slot_await(s, w ? &w->parker : NULL))
		return;
	if (!w) {
		slot_sleep(s);
		return;
	}
	while (!slot_is_done_seq_cst(s)) {
		if (pinion__serve(w))
			continue;
		parker_announce(&w->parker);
		if (slot_is_done_seq_cst(s) || pinion__is_addressed(w))
			parker_retract(&w->parker);
		else
			pinion__park(w);
	}
}

int pinion__wait_slot(struct pinion_engine *e, struct pinion__worker *w, call_slot *s)
{
	struct spin spin = spin_begin(e->spin_ns);

	if (w)
		w->waits++;
	while (!slot_is_done(s)) {
		if (w && pinion__serve(w))
			spin = spin_begin(e->spin_ns);
		else if (!spin_step(&spin)) {
			sleep_for_slot(w, s);
			break;
		}
	}
	if (w)
		w->waits--;
	return slot_collect(s);
}
