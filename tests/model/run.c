/*
 * One execution after the other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "tests/model/explore.h"
#include "tests/model/order.h"
#include "tests/model/race.h"
#include "tests/model/schedule.h"
#include "tests/model/sharing.h"
#include "tests/model/trace.h"

#define DEFAULT_PREEMPTIONS 3
#define DEFAULT_EXECUTIONS  2000000
#define LOOK_SHARE          1000 /* of the executions: how many the first look has */
#define OUTCOMES_MAX        256
#define ANY_PREEMPTIONS     1000000
#define WATCH_SECONDS       5

struct state state;

static struct {
	struct fiber root;
	sigjmp_buf crash;
	bool failed, pruned, has_outcome;
	char what[512];
	uint64_t outcome;
	uint64_t outcomes[OUTCOMES_MAX];
	size_t outcomes_n;
	volatile uint64_t watched; /* steps when the watch last looked */
} run;

/* ----------------------------------------------------------- ways to the end */

static _Noreturn void leave(void)
{
	fiber_switch(&state_self()->fiber, &run.root);
	abort();
}

void state_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(run.what, sizeof run.what, format, args);
	va_end(args);
	run.failed = true;
	leave();
}

void state_prune(void)
{
	run.pruned = true;
	leave();
}

void model_fail(const char *file, int line, const char *what)
{
	const char *base = strrchr(file, '/');

	state_fail("check failed: %s:%d: %s", base != NULL ? base + 1 : file, line, what);
}

void model_dead(const void *memory, size_t bytes)
{
	trace_note(__builtin_return_address(0), "frees %s, %zu bytes", trace_address((uintptr_t)memory),
	           bytes);
	race_dead(memory, bytes);
}

uint32_t model_choose(uint32_t n)
{
	if (n < 1 || n > CHOICE_ANSWERS_MAX)
		state_fail("model_choose() of %u", n);
	return explore_choose(CHOICE_MODEL, n, n == 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1, NULL);
}

int model_self(void)
{
	return state.self - 1;
}

void model_outcome(uint64_t value)
{
	if (run.has_outcome)
		state_fail("model_outcome() twice");
	run.has_outcome = true;
	run.outcome = value;
}

/* ---------------------------------------------------------- a crash, a hang */

static void on_signal(int signal)
{
	if (signal == SIGALRM) {
		uint64_t steps = state.steps;
		bool moved = steps != run.watched;

		run.watched = steps;
		alarm(WATCH_SECONDS);
		if (moved)
			return;
	}
	siglongjmp(run.crash, signal);
}

static void catch_signals(bool on)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM};
	static char *stack;
	struct sigaction action = {.sa_handler = on ? on_signal : SIG_DFL, .sa_flags = SA_ONSTACK};

	if (stack == NULL) {
		stack = malloc(SIGSTKSZ);
		sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = SIGSTKSZ}, NULL);
	}
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaction(signals[i], &action, NULL);
	alarm(on ? WATCH_SECONDS : 0);
}

/* ------------------------------------------------------------ one execution */

static bool is_expected(const struct model *m, uint64_t outcome)
{
	for (size_t i = 0; i < m->outcomes_n; i++)
		if (m->outcomes[i] == outcome)
			return true;
	return m->outcomes == NULL;
}

static void note_outcome(void)
{
	size_t i = 0;

	if (!run.has_outcome)
		return;
	while (i < run.outcomes_n && run.outcomes[i] != run.outcome)
		i++;
	if (i == run.outcomes_n && i < OUTCOMES_MAX)
		run.outcomes[run.outcomes_n++] = run.outcome;
	if (!is_expected(state.model, run.outcome))
		state_fail("outcome 0x%llx is not an expected one", (unsigned long long)run.outcome);
}

static void whole_execution(void)
{
	const struct model *m = state.model;

	if (m->setup != NULL)
		m->setup(state.arena);
	if (state.threads > 0)
		schedule_threads();
	if (m->check != NULL)
		m->check(state.arena);
	note_outcome();
	leave();
}

static void reset(const struct model *m)
{
	state.execution++;
	state.self = 0;
	state.timeouts = m->timeouts == 0 ? 1 : m->timeouts;
	state.spurious = m->spurious;
	state.idle_yields = m->idle_yields == 0 ? 1 : m->idle_yields;
	state.weak_failures = m->weak_failures == 0 ? 1 : m->weak_failures;
	memset(state.thread, 0, sizeof state.thread);
	for (int t = 0; t < THREADS; t++)
		state.thread[t].clock_ns = 1;
	state.thread[0].now[0] = 1;
	run.failed = run.pruned = run.has_outcome = false;
	memory_reset();
	order_reset();
	race_reset();
	schedule_reset();
	trace_reset();
	explore_restart();
	memset(state.arena, 0, m->bytes);
}

static void execute(const struct model *m)
{
	reset(m);
	fiber_prepare(&state.thread[0].fiber, state_stack(0), STACK_BYTES, whole_execution);
	fiber_switch(&run.root, &state.thread[0].fiber);
}

/* --------------------------------------------------------------- the search */

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void begin(const struct model *m)
{
	if (state.arena == NULL) {
		state.arena = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
		                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (state.arena == MAP_FAILED)
			abort();
	}
	if (m->bytes > STATE_BYTES_MAX) {
		fprintf(stderr, "the state of model %s is too big\n", m->name);
		exit(2);
	}
	state.model = m;
	state.threads = 0;
	while (state.threads < MODEL_THREADS_MAX && m->thread[state.threads] != NULL)
		state.threads++;
	run.outcomes_n = 0;
	sharing_forget();
}

struct search {
	const struct model *model;
	const struct checker_limits *limits;
	struct checker_result *result;
	uint64_t executions_max;
	double started;
};

/* Enough? Looks at the clock now and then only. */
static bool is_over(const struct search *s)
{
	const struct checker_result *r = s->result;

	if (r->executions >= s->executions_max)
		return true;
	return s->limits->seconds > 0 && r->executions % 64 == 0 &&
	       seconds() - s->started >= s->limits->seconds;
}

static bool fails(struct search *s)
{
	struct checker_result *r = s->result;

	r->executions++;
	r->pruned += run.pruned;
	if (!run.failed)
		return false;
	r->verdict = CHECKER_FAILED;
	memcpy(r->what, run.what, sizeof r->what);
	if (!sharing_print(r->choices, sizeof r->choices))
		r->choices[0] = '\0';
	return true;
}

/* All executions under one rule. False: there is nothing more to be searched. */
static bool search_all(struct search *s)
{
	explore_begin(s->limits->search == CHECKER_RANDOM ? EXPLORE_RANDOM : EXPLORE_ALL,
	              s->limits->seed, NULL);
	for (;;) {
		if (is_over(s)) {
			s->result->verdict = CHECKER_CUT_SHORT;
			return false;
		}
		execute(s->model);
		if (fails(s))
			return false;
		if (sharing_learn() && s->limits->search == CHECKER_EXHAUSTIVE)
			explore_begin(EXPLORE_ALL, 0, NULL);
		else if (!explore_next())
			return true;
	}
}

static bool search_bounds(struct search *s, int first, int last)
{
	for (int bound = first; bound <= last; bound++) {
		schedule_begin(SCHEDULE_BOUNDED, bound);
		if (!search_all(s))
			return false;
		s->result->bound = bound;
	}
	return true;
}

static bool search_unbounded(struct search *s)
{
	bool whole;

	state.prunes = true;
	schedule_begin(SCHEDULE_SLEEP_SETS, 0);
	whole = search_all(s);
	state.prunes = false;
	if (whole)
		s->result->bound = MODEL_UNBOUNDED;
	return whole;
}

/*
 * A short look with few preemptions, where most bugs show and traces are short; then
 * everything; if that is too much, what the default bound allows.
 */
static void search_default(struct search *s)
{
	uint64_t all = s->executions_max;

	s->executions_max = all / LOOK_SHARE;
	if (!search_bounds(s, 0, 1) && s->result->verdict == CHECKER_FAILED)
		return;
	s->executions_max = all / 2;
	s->result->verdict = CHECKER_PASSED;
	if (search_unbounded(s) || s->result->verdict == CHECKER_FAILED)
		return;
	s->executions_max = all;
	s->result->verdict = CHECKER_PASSED;
	search_bounds(s, 0, DEFAULT_PREEMPTIONS);
}

static void search(struct search *s)
{
	int bound = s->model->preemptions;

	state.skips_turns = s->limits->search == CHECKER_EXHAUSTIVE && !s->limits->every;
	if (s->limits->search == CHECKER_REPLAY) {
		schedule_begin(SCHEDULE_BOUNDED, ANY_PREEMPTIONS);
		explore_begin(EXPLORE_REPLAY, 0, sharing_replay(s->limits->choices));
		execute(s->model);
		fails(s);
	} else if (s->limits->search == CHECKER_RANDOM) {
		schedule_begin(SCHEDULE_BOUNDED, ANY_PREEMPTIONS);
		search_all(s);
	} else if (bound == MODEL_UNBOUNDED) {
		search_unbounded(s);
	} else if (bound == 0) {
		search_default(s);
	} else {
		search_bounds(s, s->limits->every ? bound : 0, bound);
	}
}

/* What can be said only behind the last execution. */
static void check_whole(const struct model *m, struct checker_result *r)
{
	if (r->executions == r->pruned) {
		r->verdict = CHECKER_FAILED;
		snprintf(r->what, sizeof r->what, "the checker is wrong: no execution came to its end");
		return;
	}
	for (size_t i = 0; i < m->outcomes_n; i++) {
		size_t j = 0;

		while (j < run.outcomes_n && run.outcomes[j] != m->outcomes[i])
			j++;
		if (j < run.outcomes_n)
			continue;
		r->verdict = CHECKER_FAILED;
		snprintf(r->what, sizeof r->what, "outcome 0x%llx never came out",
		         (unsigned long long)m->outcomes[i]);
		return;
	}
}

void checker_run(const struct model *m, const struct checker_limits *limits,
                 struct checker_result *r)
{
	struct search s = {.model = m, .limits = limits, .result = r, .started = seconds()};
	uint64_t steps = state.steps;
	int signal;

	s.executions_max = limits->executions != 0 ? limits->executions
	                   : limits->search == CHECKER_RANDOM && limits->seconds > 0 ? UINT64_MAX
	                   : m->executions != 0                                      ? m->executions
	                                        : DEFAULT_EXECUTIONS;
	memset(r, 0, sizeof *r);
	r->bound = CHECKER_NO_BOUND;
	begin(m);
	state.tracing = limits->trace;
	signal = sigsetjmp(run.crash, 1);
	if (signal == 0) {
		catch_signals(true);
		search(&s);
	} else {
		snprintf(run.what, sizeof run.what, "%s in thread %d",
		         signal == SIGALRM ? "endless loop without an atomic operation" : strsignal(signal),
		         state.self);
		run.failed = true;
		fails(&s);
	}
	catch_signals(false);
	if (r->verdict == CHECKER_PASSED && limits->search == CHECKER_EXHAUSTIVE)
		check_whole(m, r);
	r->outcomes_n = run.outcomes_n;
	r->steps = state.steps - steps;
	r->seconds = seconds() - s.started;
}
