/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/model/schedule.h"

#include "tests/model/explore.h"
#include "tests/model/options.h"

#define OPERATIONS_MAX 5000
static struct {
	enum schedule_rule rule;
	int preemptions_max;
	/* Of this execution. */
	int preemptions;
	int current;          /* who was chosen last */
	uint8_t asleep;       /* a bit for each thread whose next operation has been searched */
	unsigned stuck_turns; /* since the last store */
} schedule;

void schedule_begin(enum schedule_rule rule, int preemptions)
{
	schedule.rule = rule;
	schedule.preemptions_max = preemptions;
}

void schedule_reset(void)
{
	schedule.preemptions = 0;
	schedule.current = 0;
	schedule.asleep = 0;
	schedule.stuck_turns = 0;
}

/* --------------------------------------------------------------- the choice */

static bool is_asleep(const struct option *option)
{
	return schedule.rule == SCHEDULE_SLEEP_SETS && schedule.asleep >> option->thread & 1;
}

static bool is_used_up(void)
{
	return schedule.rule == SCHEDULE_BOUNDED && schedule.preemptions >= schedule.preemptions_max;
}

static uint64_t allowed(const struct options *o)
{
	uint64_t mask = 0;

	const struct thread *current = &state.thread[schedule.current];

	if (current->status == THREAD_READY && (current->holds || is_used_up()))
		return is_asleep(&o->option[0]) ? 0 : 1;
	for (unsigned i = 0; i < o->n; i++)
		if (!is_asleep(&o->option[i]))
			mask |= UINT64_C(1) << i;
	return mask;
}

static bool commute(struct footprint a, struct footprint b)
{
	return (a.writes & (b.reads | b.writes)) == 0 && (a.reads & b.writes) == 0;
}

/*
 * Threads all of whose options here have been searched fall asleep: an execution that
 * begins with another operation and goes on with theirs comes to the same, as long as
 * all operations up to there commute with theirs.
 */
static void update_asleep(const struct options *o, uint64_t done, int chosen)
{
	uint8_t searched = 0, open = 0;

	for (unsigned i = 0; i < o->n; i++)
		*(done >> i & 1 ? &searched : &open) |= (uint8_t)(1u << o->option[i].thread);
	schedule.asleep |= searched & (uint8_t)~open;
	for (int t = 1; t <= state.threads; t++)
		if (!commute(state.thread[t].next, state.thread[chosen].next))
			schedule.asleep &= (uint8_t) ~(1u << t);
	schedule.asleep &= (uint8_t) ~(1u << chosen);
}

static struct option choose(void)
{
	struct options o;
	uint64_t mask, done;
	unsigned i;

	options_collect(&o, schedule.current);
	if (!options_move(&o)) {
		options_collect_stuck(&o, schedule.stuck_turns);
		schedule.stuck_turns += o.option[0].kind == OPTION_IDLE;
		schedule.asleep = 0; /* these options are there only because the others are not */
	}
	mask = allowed(&o);
	if (mask == 0)
		state_prune();
	i = explore_choose(CHOICE_THREAD, o.n, mask, &done);
	if (state.thread[schedule.current].status == THREAD_READY &&
	    o.option[i].thread != schedule.current)
		schedule.preemptions++;
	update_asleep(&o, done, o.option[i].thread);
	return o.option[i];
}

/* ------------------------------------------------------------------ running */

static void run(int t)
{
	int self = state.self;

	if (t == self)
		return;
	state.self = t;
	fiber_switch(&state.thread[self].fiber, &state.thread[t].fiber);
}

/* A thread that has begun or woken and not yet said what it does next, or 0. */
static int unsettled(void)
{
	for (int t = 1; t <= state.threads; t++)
		if (state.thread[t].status == THREAD_RUNNING)
			return t;
	return 0;
}

static void prepare(struct option option)
{
	struct thread *t = &state.thread[option.thread];

	schedule.current = option.thread;
	/* It depends on what all others have done, or not done. */
	for (int i = 1; option.kind != OPTION_RUN && i <= state.threads; i++)
		t->trace = clocks_join(t->trace, state.thread[i].trace);
	if (t->status == THREAD_YIELDING) {
		bool idle = option.kind == OPTION_IDLE;

		t->idle_yields += idle;
		t->idle_looks = idle ? t->looks : 0;
		t->looks = 0;
	}
	if (option.kind == OPTION_DEADLINE || option.kind == OPTION_SPURIOUS) {
		bool late = option.kind == OPTION_DEADLINE;
		int *budget = late ? &state.timeouts : &state.spurious;

		*budget -= *budget > 0;
		t->wake = late ? WAKE_DEADLINE : WAKE_SPURIOUS;
	}
	t->status = THREAD_RUNNING;
}

/* The running thread has said what it does next, or has ended. */
static void go_on(void)
{
	int t = unsettled();

	if (t == 0 && options_count(THREAD_DONE) == state.threads) {
		run(0);
		return;
	}
	if (t == 0) {
		struct option option = choose();

		prepare(option);
		t = option.thread;
	}
	run(t);
}

static void count_operation(void)
{
	if (++state_self()->operations > OPERATIONS_MAX)
		state_fail("endless loop: more than %d operations of thread %d", OPERATIONS_MAX,
		           state.self);
}

void schedule_operation(struct footprint touches)
{
	struct thread *self = state_self();

	count_operation();
	self->holds = self->idle_looks > 0 && touches.writes == 0;
	self->idle_looks = self->holds ? self->idle_looks - 1 : 0;
	self->looks += touches.writes == 0;
	self->next = touches;
	self->status = THREAD_READY;
	go_on();
}

void schedule_quiet(void)
{
	count_operation();
}

void schedule_pause(void)
{
	count_operation();
	go_on();
}

void schedule_wake(int t, enum wake_reason reason)
{
	state.thread[t].wake = reason;
	state.thread[t].status = THREAD_RUNNING;
}

void schedule_news(void)
{
	schedule.stuck_turns = 0;
}

static void thread_main(void)
{
	state.model->thread[state.self - 1](state.arena);
	state_self()->status = THREAD_DONE;
	state_self()->next = (struct footprint){0};
	go_on();
}

void schedule_threads(void)
{
	struct thread *zero = &state.thread[0];

	zero->now[0]++;
	for (int t = 1; t <= state.threads; t++) {
		struct thread *thread = &state.thread[t];

		thread->now = zero->now;
		thread->now[t] = 1;
		thread->trace = thread->now;
		thread->status = THREAD_RUNNING;
		fiber_prepare(&thread->fiber, state_stack(t), STACK_BYTES, thread_main);
	}
	go_on();
	for (int t = 1; t <= state.threads; t++)
		zero->now = clocks_join(zero->now, state.thread[t].now);
}
