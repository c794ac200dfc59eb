/*
 * The checker against the axioms: for programs made at random, of two or three threads
 * with loads, stores, swaps and fences of all orders, it has to find exactly the
 * outcomes that oracle.h finds.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/model/checker.h"
#include "tests/model/oracle.h"
#include "tests/model/random_programs.h"
#include "tests/support/check.h"

#define PROGRAMS       1500
#define LARGE_PROGRAMS 300
#define LINE_WORDS     32

struct shared {
	uint32_t place[ORACLE_PLACES][LINE_WORDS];
	uint32_t read[ORACLE_EVENTS_MAX];
};

static struct oracle_program program;
static struct outcomes found, expected;

static void found_one(uint64_t outcome)
{
	outcomes_add(&found, outcome);
}

static void expected_one(uint64_t outcome)
{
	outcomes_add(&expected, outcome);
}

static void execute(struct shared *s, int i)
{
	const struct oracle_event *e = &program.event[i];
	uint32_t *place = s->place[e->place];

	switch (e->kind) {
	case ORACLE_LOAD:
		s->read[i] = __tsan_atomic32_load(place, e->order);
		break;
	case ORACLE_STORE:
		__tsan_atomic32_store(place, e->value, e->order);
		break;
	case ORACLE_SWAP:
		s->read[i] = __tsan_atomic32_exchange(place, e->value, e->order);
		break;
	case ORACLE_FENCE:
		__tsan_atomic_thread_fence(e->order);
		break;
	}
}

static void thread(void *state)
{
	for (int i = 0; i < program.n; i++)
		if (program.event[i].thread == model_self() + 1)
			execute(state, i);
}

/* In the oracle's form. */
static void end(void *state)
{
	const struct shared *s = state;
	uint64_t outcome = 0;

	for (int i = 0; i < program.n; i++)
		if (program.event[i].kind == ORACLE_LOAD || program.event[i].kind == ORACLE_SWAP)
			outcome = outcome << 4 | s->read[i];
	for (int p = 0; p < ORACLE_PLACES; p++)
		outcome = outcome << 4 | s->place[p][0];
	found_one(outcome);
}

static int random_order(struct random *r, enum oracle_kind kind)
{
	static const int loads[] = {__ATOMIC_RELAXED, __ATOMIC_ACQUIRE, __ATOMIC_SEQ_CST};
	static const int stores[] = {__ATOMIC_RELAXED, __ATOMIC_RELEASE, __ATOMIC_SEQ_CST};
	static const int swaps[] = {__ATOMIC_RELAXED, __ATOMIC_ACQUIRE, __ATOMIC_RELEASE,
	                            __ATOMIC_ACQ_REL, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST};
	static const int fences[] = {__ATOMIC_ACQUIRE, __ATOMIC_RELEASE, __ATOMIC_ACQ_REL,
	                             __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST};

	return kind == ORACLE_LOAD    ? RANDOM_OF(r, loads)
	       : kind == ORACLE_STORE ? RANDOM_OF(r, stores)
	       : kind == ORACLE_SWAP  ? RANDOM_OF(r, swaps)
	                              : RANDOM_OF(r, fences);
}

static void make_program(struct random *r, int events, int threads)
{
	static const enum oracle_kind kinds[] = {ORACLE_LOAD,  ORACLE_LOAD,  ORACLE_LOAD,  ORACLE_LOAD,
	                                         ORACLE_STORE, ORACLE_STORE, ORACLE_STORE, ORACLE_STORE,
	                                         ORACLE_SWAP,  ORACLE_SWAP,  ORACLE_FENCE};
	uint32_t places = 2 + random_below(r, ORACLE_PLACES - 1), value = 1;
	bool seq_cst = random_below(r, 3) == 0; /* much of it */
	int count[MODEL_THREADS_MAX + 1];

	random_split(r, events, threads, count);
	program.n = 0;
	for (int t = 1; t <= threads; t++)
		for (; count[t] > 0; count[t]--) {
			struct oracle_event *e = &program.event[program.n++];

			e->kind = RANDOM_OF(r, kinds);
			e->thread = t;
			e->place = (int)random_below(r, places);
			e->order =
			    seq_cst && random_below(r, 2) == 0 ? __ATOMIC_SEQ_CST : random_order(r, e->kind);
			e->value = e->kind == ORACLE_STORE || e->kind == ORACLE_SWAP ? value++ : 0;
		}
}

static void print_program(void)
{
	static const char *const kind[] = {"load", "store", "swap", "fence"};

	for (int i = 0; i < program.n; i++) {
		const struct oracle_event *e = &program.event[i];

		fprintf(stderr, "  T%d %s %s %c %" PRIu32 "\n", e->thread, kind[e->kind],
		        checker_order_name(e->order), "xyz"[e->place], e -> value);
	}
}

static void compare(int threads, int preemptions)
{
	struct model m = {.name = "random",
	                  .bytes = sizeof(struct shared),
	                  .thread = {thread, thread, threads > 2 ? thread : NULL},
	                  .check = end,
	                  .preemptions = preemptions};
	struct checker_limits limits = {.every = preemptions != MODEL_UNBOUNDED};
	struct checker_result r;

	outcomes_clear(&found);
	checker_run(&m, &limits, &r);
	CHECK_STR(r.what, "");
	CHECK(r.verdict == CHECKER_PASSED);
	if (!outcomes_equal(&found, &expected))
		print_program();
	CHECK_INT(found.n, ==, expected.n);
	CHECK(outcomes_equal(&found, &expected));
}

static void programs(int n, uint64_t seed, int events, bool every)
{
	for (int i = 0; i < n; i++) {
		struct random r = random_from(seed + (uint64_t)i);
		int threads = 2 + (int)random_below(&r, 2);

		make_program(&r, events - (int)random_below(&r, 2), threads);
		outcomes_clear(&expected);
		oracle_run(&program, expected_one);
		compare(threads, MODEL_UNBOUNDED);
		if (every)
			compare(threads, ORACLE_EVENTS_MAX);
	}
}

static void small_programs(void)
{
	programs(PROGRAMS, 1000000, 6, true);
}

static void large_programs(void)
{
	programs(LARGE_PROGRAMS, 2000000, 8, false);
}

TESTS({"small_programs", small_programs}, {"large_programs", large_programs})
