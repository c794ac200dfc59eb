/*
 * What the unbounded search leaves out, because another execution shows it as well, has
 * to be nothing: for programs made at random, with swaps, spins, sleeps and wakes, it has
 * to find exactly the outcomes, or the failure, of a search that leaves out nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/port.h"
#include "tests/model/checker.h"
#include "tests/model/random_programs.h"
#include "tests/support/check.h"

#define PROGRAMS          500
#define PROGRAMS_OF_THREE 150
#define OPERATIONS_MAX    8
#define PLACES            2
#define LINE_WORDS        32
#define ANY_PREEMPTIONS   20
#define WAIT_NS           5

enum kind {
	LOAD,
	STORE,
	SWAP,
	ADD,
	CAS_WEAK,
	CAS_STRONG,
	SPIN,       /* until it is not 0 */
	SPIN_TWICE, /* and give up */
	SLEEP,      /* until it is not what was expected, twice at most */
	SLEEP_FOR_A_TIME,
	STORE_WAKE,
	FENCE,
	KINDS,
};

struct operation {
	enum kind kind;
	int thread, place, order, failure_order;
	uint32_t value, expected;
};

struct shared {
	uint32_t place[PLACES][LINE_WORDS];
	uint32_t result[OPERATIONS_MAX];
};

static struct {
	int n;
	struct operation operation[OPERATIONS_MAX];
} program;

static struct outcomes outcomes[2], *found;

static uint32_t swap_if(uint32_t *place, const struct operation *o)
{
	uint32_t value = o->expected;
	bool done = o->kind == CAS_WEAK
	                ? __tsan_atomic32_compare_exchange_weak(place, &value, o->value, o->order,
	                                                        o->failure_order)
	                : __tsan_atomic32_compare_exchange_strong(place, &value, o->value, o->order,
	                                                          o->failure_order);

	return value * 2 + done;
}

/* Without a counter: each turn ends as it began. */
static uint32_t spin(uint32_t *place, int order)
{
	uint32_t value;

	while ((value = __tsan_atomic32_load(place, order)) == 0)
		pinion__yield();
	return value;
}

static uint32_t spin_twice(uint32_t *place, int order)
{
	uint32_t value;

	for (int i = 0; (value = __tsan_atomic32_load(place, order)) == 0 && i < 2; i++)
		pinion__yield();
	return value;
}

static uint32_t sleep_while(uint32_t *place, const struct operation *o)
{
	uint32_t value;

	for (int i = 0; (value = __tsan_atomic32_load(place, o->order)) == o->expected && i < 2; i++)
		pinion__futex_wait(place, o->expected, UINT64_MAX);
	return value;
}

static uint32_t execute(uint32_t *place, const struct operation *o)
{
	switch (o->kind) {
	case LOAD:
		return __tsan_atomic32_load(place, o->order);
	case SWAP:
		return __tsan_atomic32_exchange(place, o->value, o->order);
	case ADD:
		return __tsan_atomic32_fetch_add(place, 1, o->order);
	case CAS_WEAK:
	case CAS_STRONG:
		return swap_if(place, o);
	case SPIN:
		return spin(place, o->order);
	case SPIN_TWICE:
		return spin_twice(place, o->order);
	case SLEEP:
		return sleep_while(place, o);
	case SLEEP_FOR_A_TIME:
		return pinion__futex_wait(place, o->expected, pinion__clock_ns() + WAIT_NS);
	case FENCE:
		__tsan_atomic_thread_fence(o->order);
		return 0;
	default:
		__tsan_atomic32_store(place, o->value, o->order);
		if (o->kind == STORE_WAKE)
			pinion__futex_wake(place, 1);
		return 0;
	}
}

static void thread(void *state)
{
	struct shared *s = state;

	for (int i = 0; i < program.n; i++) {
		const struct operation *o = &program.operation[i];

		if (o->thread == model_self() + 1)
			s->result[i] = execute(s->place[o->place], o);
	}
}

static void end(void *state)
{
	const struct shared *s = state;
	uint64_t outcome = 0;

	for (int i = 0; i < program.n; i++)
		outcome = outcome * 0x100000001b3u ^ s->result[i];
	for (int p = 0; p < PLACES; p++)
		outcome = outcome * 0x100000001b3u ^ s->place[p][0];
	outcomes_add(found, outcome);
}

static int random_order(struct random *r, enum kind kind)
{
	static const int loads[] = {__ATOMIC_RELAXED, __ATOMIC_ACQUIRE, __ATOMIC_SEQ_CST};
	static const int stores[] = {__ATOMIC_RELAXED, __ATOMIC_RELEASE, __ATOMIC_SEQ_CST};
	static const int both[] = {__ATOMIC_ACQUIRE, __ATOMIC_RELEASE, __ATOMIC_ACQ_REL,
	                           __ATOMIC_SEQ_CST};

	switch (kind) {
	case LOAD:
	case SPIN:
	case SPIN_TWICE:
	case SLEEP:
		return RANDOM_OF(r, loads);
	case STORE:
	case STORE_WAKE:
		return RANDOM_OF(r, stores);
	default:
		return RANDOM_OF(r, both);
	}
}

static void make_program(struct random *r, int operations, int threads)
{
	static const int failure[] = {__ATOMIC_RELAXED, __ATOMIC_ACQUIRE, __ATOMIC_SEQ_CST};
	uint32_t places = 1 + random_below(r, PLACES);
	int count[MODEL_THREADS_MAX + 1];

	random_split(r, operations, threads, count);
	program.n = 0;
	for (int t = 1; t <= threads; t++)
		for (; count[t] > 0; count[t]--) {
			struct operation *o = &program.operation[program.n++];

			o->kind = (enum kind)random_below(r, KINDS);
			o->thread = t;
			o->place = (int)random_below(r, places);
			o->order = random_order(r, o->kind);
			o->failure_order = RANDOM_OF(r, failure);
			o->value = 1 + random_below(r, 3);
			o->expected = random_below(r, 2);
		}
}

static struct checker_result search(int threads, int spurious, bool every)
{
	struct model m = {.name = "random",
	                  .bytes = sizeof(struct shared),
	                  .thread = {thread, thread, threads > 2 ? thread : NULL},
	                  .check = end,
	                  .preemptions = every ? ANY_PREEMPTIONS : MODEL_UNBOUNDED,
	                  .spurious = spurious};
	struct checker_limits limits = {.every = every};
	static struct checker_result r;

	found = &outcomes[every];
	outcomes_clear(found);
	checker_run(&m, &limits, &r);
	CHECK(r.verdict != CHECKER_CUT_SHORT);
	return r;
}

static void print_program(void)
{
	static const char *const kind[KINDS] = {
	    "load",       "store", "swap",       "add",   "cas_weak",
	    "cas_strong", "spin",  "spin_twice", "sleep", "sleep_for_a_time",
	    "store_wake", "fence"};

	for (int i = 0; i < program.n; i++) {
		const struct operation *o = &program.operation[i];

		fprintf(stderr, "  T%d %s %s %c value %" PRIu32 " expected %" PRIu32 "\n", o->thread,
		        kind[o->kind], checker_order_name(o->order), "xy"[o->place], o -> value,
		        o -> expected);
	}
}

static void compare(uint64_t seed, int operations, int threads)
{
	struct random random = random_from(seed);
	int spurious = random_below(&random, 4) == 0;
	struct checker_result every, some;

	make_program(&random, operations, threads);
	every = search(threads, spurious, true);
	some = search(threads, spurious, false);
	if (every.verdict != some.verdict ||
	    (every.verdict == CHECKER_PASSED && !outcomes_equal(&outcomes[0], &outcomes[1])))
		print_program();
	CHECK_INT(every.verdict, ==, some.verdict);
	if (every.verdict == CHECKER_PASSED)
		CHECK(outcomes_equal(&outcomes[0], &outcomes[1]));
}

static void two_threads(void)
{
	for (uint64_t i = 0; i < PROGRAMS; i++)
		compare(3000000 + i, 6, 2);
}

static void three_threads(void)
{
	for (uint64_t i = 0; i < PROGRAMS_OF_THREE; i++)
		compare(4000000 + i, 5, 3);
}

TESTS({"two_threads", two_threads}, {"three_threads", three_threads})
