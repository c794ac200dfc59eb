/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/model/options.h"

#include <stdio.h>

#include "tests/model/memory.h"
#include "tests/model/trace.h"

#define STUCK_TURNS_MAX 40

static void add(struct options *o, int thread, enum option_kind kind)
{
	o->option[o->n++] = (struct option){thread, kind};
}

static void add_thread(struct options *o, int i)
{
	const struct thread *t = &state.thread[i];

	if (t->status == THREAD_READY) {
		add(o, i, OPTION_RUN);
	} else if (t->status == THREAD_YIELDING) {
		if (memory_has_news(t))
			add(o, i, OPTION_RUN);
		else if ((int)t->idle_yields < state.idle_yields)
			add(o, i, OPTION_IDLE);
	} else if (t->status == THREAD_SLEEPING) {
		if (t->deadline != UINT64_MAX && state.timeouts > 0)
			add(o, i, OPTION_DEADLINE);
		if (state.spurious > 0)
			add(o, i, OPTION_SPURIOUS);
	}
}

void options_collect(struct options *o, int last)
{
	bool yields = state.thread[last].status == THREAD_YIELDING;

	o->n = 0;
	if (last != 0 && !yields)
		add_thread(o, last);
	for (int i = 1; i <= state.threads; i++) {
		int t = (last + i - 1) % state.threads + 1;

		if (t != last)
			add_thread(o, t);
	}
	if (last != 0 && yields)
		add_thread(o, last);
}

int options_count(enum thread_status status)
{
	int n = 0;

	for (int i = 1; i <= state.threads; i++)
		n += state.thread[i].status == status;
	return n;
}

static _Noreturn void fail_stuck(void)
{
	char who[256];
	int used = 0;

	for (int i = 1; i <= state.threads; i++) {
		const struct thread *t = &state.thread[i];
		char where[TRACE_WHERE_MAX];

		if (t->status == THREAD_SLEEPING) {
			trace_where(where, sizeof where, t->sleeps_at - (uintptr_t)state.arena);
			used += snprintf(who + used, sizeof who - (size_t)used, "%s thread %d sleeps at %s",
			                 used == 0 ? "" : ",", i, where);
		} else if (t->status == THREAD_YIELDING) {
			used += snprintf(who + used, sizeof who - (size_t)used, "%s thread %d spins",
			                 used == 0 ? "" : ",", i);
		}
	}
	state_fail("%s:%s",
	           options_count(THREAD_SLEEPING) > 0 ? "deadlock or lost wake-up"
	                                              : "endless spin: nobody can go on",
	           who);
}

static void add_sleepers(struct options *o, enum option_kind kind)
{
	for (int i = 1; i <= state.threads; i++)
		if (state.thread[i].status == THREAD_SLEEPING &&
		    (kind == OPTION_SPURIOUS || state.thread[i].deadline != UINT64_MAX))
			add(o, i, kind);
}

/* Those who have turns of a spin left; or else who has had the fewest, so that it does
 * not matter in which order they came to this. */
static void add_spinners(struct options *o)
{
	int next = 0;

	for (int i = 1; i <= state.threads; i++) {
		const struct thread *t = &state.thread[i];

		if (t->status != THREAD_YIELDING)
			continue;
		if ((int)t->idle_yields < state.idle_yields)
			add(o, i, OPTION_IDLE);
		if (next == 0 || t->idle_yields < state.thread[next].idle_yields)
			next = i;
	}
	if (o->n == 0)
		add(o, next, OPTION_IDLE);
}

void options_collect_stuck(struct options *o, unsigned turns)
{
	o->n = 0;
	add_sleepers(o, OPTION_DEADLINE);
	if (o->n == 0) {
		if (options_count(THREAD_YIELDING) == 0 || turns >= STUCK_TURNS_MAX)
			fail_stuck();
		add_spinners(o);
	}
	if (state.spurious > 0)
		add_sleepers(o, OPTION_SPURIOUS);
}

bool options_of_others(void)
{
	for (int i = 1; i <= state.threads; i++) {
		const struct thread *t = &state.thread[i];

		if (i != state.self &&
		    (t->status == THREAD_READY ||
		     (t->status == THREAD_SLEEPING && t->deadline != UINT64_MAX && state.timeouts > 0)))
			return true;
	}
	return false;
}

/* A sleep that ends for no reason is no help when nobody else moves; nor is a turn of a
 * spin that sees nothing new. */
bool options_move(const struct options *o)
{
	for (unsigned i = 0; i < o->n; i++)
		if (o->option[i].kind == OPTION_RUN || o->option[i].kind == OPTION_DEADLINE)
			return true;
	return false;
}
