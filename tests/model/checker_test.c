/*
 * The checker itself: what it has to find, that it reports it in a form that comes
 * back, and that it leaves out nothing. What C11 allows is in litmus_model.c and, for
 * programs made at random, in checker_random.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/port.h"
#include "queues/atomic.h"
#include "tests/model/checker.h"
#include "tests/support/check.h"

struct block {
	uint64_t word[8];
};

struct shared {
	atomic_u32 flag, other, word;
	uint32_t plain;
	uint8_t byte[8];
	struct block block[2];
	uint32_t result[2];
};

#define MODEL(...)                                                                                 \
	(struct model)                                                                                 \
	{                                                                                              \
		.name = "test", .bytes = sizeof(struct shared), __VA_ARGS__                                \
	}

static struct checker_result run(struct model m)
{
	static struct checker_result r;

	checker_run(&m, &(struct checker_limits){.search = CHECKER_EXHAUSTIVE}, &r);
	return r;
}

static void expect_pass(struct model m)
{
	struct checker_result r = run(m);

	CHECK_STR(r.what, "");
	CHECK(r.verdict == CHECKER_PASSED);
	CHECK_INT(r.bound, ==, MODEL_UNBOUNDED);
}

/* It fails, it fails again when replayed, and chance finds it too. */
static void expect_failure(struct model m, const char *part)
{
	struct checker_result r = run(m), again;
	struct checker_limits replay = {.search = CHECKER_REPLAY, .choices = r.choices};
	struct checker_limits random = {.search = CHECKER_RANDOM, .executions = 20000, .seed = 7};

	CHECK(r.verdict == CHECKER_FAILED);
	CHECK_CONTAINS(r.what, part);
	CHECK(r.choices[0] != '\0');
	checker_run(&m, &replay, &again);
	CHECK_STR(again.what, r.what);
	CHECK_INT(again.executions, ==, 1);
	checker_run(&m, &random, &again);
	CHECK(again.verdict == CHECKER_FAILED);
	CHECK_CONTAINS(again.what, part);
	r = again;
	checker_run(&m, &replay, &again);
	CHECK_STR(again.what, r.what);
}

/* --------------------------------------------------------------- plain memory */

static void write_plain(void *state)
{
	struct shared *s = state;

	s->plain = 1;
}

static void read_plain(void *state)
{
	struct shared *s = state;

	s->result[0] = s->plain;
}

static void copy_block(void *state)
{
	struct shared *s = state;

	s->block[0] = s->block[1];
}

static void write_into_block(void *state)
{
	struct shared *s = state;

	s->block[1].word[7] = 1;
}

static void copy_bytes(void *state)
{
	struct shared *s = state;

	memcpy(&s->block[0], &s->block[1], sizeof s->block[0]);
}

static void write_byte_1(void *state)
{
	struct shared *s = state;

	s->byte[1] = 1;
}

static void write_byte_2(void *state)
{
	struct shared *s = state;

	s->byte[2] = 1;
}

static void write_half(void *state)
{
	struct shared *s = state;

	memset(&s->byte[2], 1, 4);
}

static void read_atomically(void *state)
{
	struct shared *s = state;

	u32_load_seq_cst(&s->word);
}

static void write_atomically(void *state)
{
	struct shared *s = state;

	u32_store_seq_cst(&s->word, 1);
}

static void init_atomically(void *state)
{
	struct shared *s = state;

	u32_init(&s->word, 1);
}

static void publish(void *state)
{
	struct shared *s = state;

	s->plain = 1;
	u32_store_release(&s->flag, 1);
}

static void publish_relaxed(void *state)
{
	struct shared *s = state;

	s->plain = 1;
	u32_store_relaxed(&s->flag, 1);
}

static void receive(void *state)
{
	struct shared *s = state;

	while (u32_load_acquire(&s->flag) == 0)
		pinion__relax();
	MODEL_CHECK(s->plain == 1);
	s->plain = 2;
}

static void races(void)
{
	expect_failure(MODEL(.thread = {write_plain, read_plain}), "data race");
	expect_failure(MODEL(.thread = {write_plain, write_plain}), "data race");
	expect_pass(MODEL(.thread = {read_plain}));
	expect_failure(MODEL(.thread = {copy_block, write_into_block}), "data race");
	expect_failure(MODEL(.thread = {copy_bytes, write_into_block}), "data race");
	expect_pass(MODEL(.thread = {write_byte_1, write_byte_2}));
	expect_pass(MODEL(.thread = {write_byte_1, write_half}));
	expect_failure(MODEL(.thread = {write_byte_2, write_half}), "data race");
}

static void races_with_atomics(void)
{
	expect_pass(MODEL(.thread = {read_atomically, write_atomically}));
	expect_failure(MODEL(.thread = {init_atomically, read_atomically}), "data race");
	expect_failure(MODEL(.thread = {init_atomically, write_atomically}), "data race");
}

static void edges_prevent_races(void)
{
	expect_pass(MODEL(.thread = {publish, receive}));
	expect_failure(MODEL(.thread = {publish_relaxed, receive}), "data race");
}

/* ----------------------------------------------------------------- dead memory */

static void free_other(void *state)
{
	struct shared *s = state;

	while (u32_load_acquire(&s->flag) == 0)
		pinion__yield();
	model_dead(&s->other, sizeof s->other);
}

static void touch_then_flag(void *state)
{
	struct shared *s = state;

	u32_store_relaxed(&s->other, 1);
	u32_store_release(&s->flag, 1);
}

static void flag_then_touch(void *state)
{
	struct shared *s = state;

	u32_store_release(&s->flag, 1);
	u32_store_relaxed(&s->other, 1);
}

static void flag_then_wake(void *state)
{
	struct shared *s = state;

	u32_store_release(&s->flag, 1);
	pinion__futex_wake(u32_futex_word(&s->other), 1);
}

static void free_twice(void *state)
{
	struct shared *s = state;

	model_dead(&s->plain, sizeof s->plain);
	model_dead(&s->plain, sizeof s->plain);
}

/* Frames that begin anew where others have ended are no dead memory. */
static __attribute__((noinline)) void frame(struct shared *s)
{
	atomic_u32 local;

	u32_init(&local, 0);
	u32_add_relaxed(&local, 1);
	s->result[0] += u32_load_relaxed(&local);
	model_dead(&local, sizeof local);
}

static void two_frames(void *state)
{
	frame(state);
	frame(state);
}

static void dead_memory(void)
{
	expect_pass(MODEL(.thread = {free_other, touch_then_flag}));
	expect_failure(MODEL(.thread = {free_other, flag_then_touch}), "");
	expect_pass(MODEL(.thread = {free_other, flag_then_wake}));
	expect_failure(MODEL(.thread = {free_twice}), "dead memory");
	expect_pass(MODEL(.thread = {two_frames}));
}

/* --------------------------------------------------------------------- waiting */

static void sleep_without_looking(void *state)
{
	struct shared *s = state;

	if (u32_load_seq_cst(&s->flag) == 0) {
		u32_store_seq_cst(&s->word, 1);
		pinion__futex_wait(u32_futex_word(&s->word), 1, UINT64_MAX);
	}
}

static void sleep_with_looking(void *state)
{
	struct shared *s = state;

	u32_store_seq_cst(&s->word, 1);
	while (u32_load_seq_cst(&s->flag) == 0)
		pinion__futex_wait(u32_futex_word(&s->word), 1, UINT64_MAX);
}

static void sleep_for_a_time(void *state)
{
	struct shared *s = state;

	u32_store_seq_cst(&s->word, 1);
	if (!pinion__futex_wait(u32_futex_word(&s->word), 1, 1000))
		MODEL_CHECK(pinion__clock_ns() >= 1000);
}

static void wake(void *state)
{
	struct shared *s = state;

	u32_store_seq_cst(&s->flag, 1);
	if (u32_load_seq_cst(&s->word) == 1) {
		u32_store_seq_cst(&s->word, 0);
		pinion__futex_wake(u32_futex_word(&s->word), 1);
	}
}

static void wait_for_flag(void *state)
{
	struct shared *s = state;

	while (u32_load_acquire(&s->flag) == 0)
		pinion__yield();
	u32_store_release(&s->other, 1);
}

static void wait_for_other(void *state)
{
	struct shared *s = state;

	while (u32_load_acquire(&s->other) == 0)
		pinion__yield();
	u32_store_release(&s->flag, 1);
}

static void spin_without_yield(void *state)
{
	struct shared *s = state;

	while (u32_load_acquire(&s->flag) == 0)
		;
}

/* Gives up: a spin that counts its turns is no endless one, whoever else waits. */
static void spin_three_turns(void *state)
{
	struct shared *s = state;

	for (int i = 0; i < 3 && u32_load_acquire(&s->flag) == 0; i++)
		pinion__yield();
	u32_store_release(&s->other, 1);
}

/* To give up has to be tried while the others still run. */
static void give_up_after_two_turns(void *state)
{
	struct shared *s = state;

	for (int i = 0; i < 2; i++) {
		if (u32_load_seq_cst(&s->flag) != 0)
			return;
		pinion__yield();
	}
	u32_store_seq_cst(&s->other, 1);
}

static void see_the_spinner_give_up(void *state)
{
	struct shared *s = state;
	uint32_t other = u32_load_seq_cst(&s->other);

	u32_store_seq_cst(&s->flag, 1);
	MODEL_CHECK(other == 0);
}

static void spin_until_a_time(void *state)
{
	struct shared *s = state;

	while (pinion__clock_ns() < 1000000 && u32_load_relaxed(&s->flag) == 0)
		pinion__yield();
}

static void set_word_and_flag(void *state)
{
	struct shared *s = state;

	u32_store_relaxed(&s->word, 1);
	u32_store_relaxed(&s->flag, 1);
}

static void set_word_release_flag(void *state)
{
	struct shared *s = state;

	u32_store_relaxed(&s->word, 1);
	u32_store_release(&s->flag, 1);
}

/* The system is no better at seeing new values than the thread that calls it. */
static void sleep_behind_the_flag(void *state)
{
	struct shared *s = state;

	if (u32_load_acquire(&s->flag) != 0)
		MODEL_CHECK(pinion__futex_wait(u32_futex_word(&s->word), 0, 1000));
}

static void the_system_reads_old_values(void)
{
	expect_failure(MODEL(.thread = {set_word_and_flag, sleep_behind_the_flag}), "check failed");
	expect_pass(MODEL(.thread = {set_word_release_flag, sleep_behind_the_flag}));
}

static void count_and_spin(void *state)
{
	struct shared *s = state;

	s->result[0] = u32_add_relaxed(&s->word, 1);
	while (u32_load_acquire(&s->flag) == 0)
		pinion__yield();
}

static void count_and_give_up(void *state)
{
	struct shared *s = state;

	s->result[1] = u32_add_relaxed(&s->word, 1);
	for (int i = 0; i < 2 && u32_load_acquire(&s->flag) == 0; i++)
		pinion__yield();
	u32_store_release(&s->flag, 1);
}

static void both_counts(void *state)
{
	struct shared *s = state;

	model_outcome(s->result[0] << 4 | s->result[1]);
}

static void call_until_answered(void *state)
{
	struct shared *s = state;

	while (u32_load_acquire(&s->flag) == 0) {
		u32_add_relaxed(&s->word, 1);
		pinion__yield();
	}
}

static void answer_the_second_call(void *state)
{
	struct shared *s = state;

	while (u32_load_relaxed(&s->word) < 2)
		pinion__yield();
	u32_store_release(&s->flag, 1);
}

static void hear(void *state)
{
	struct shared *s = state;

	s->result[0] = u32_load_relaxed(&s->word);
	u32_store_release(&s->flag, 1);
}

static void heard(void *state)
{
	struct shared *s = state;

	model_outcome(s->result[0]);
}

/* A turn of a spin is left out only where nothing comes of it. */
static void turns_that_count(void)
{
	static const uint64_t counts[] = {0x01, 0x10}, calls[] = {0, 1, 2};

	expect_pass(MODEL(.thread = {count_and_spin, count_and_give_up}, .check = both_counts,
	                  .outcomes = counts, .outcomes_n = 2));
	expect_pass(MODEL(.thread = {call_until_answered, answer_the_second_call}));
	expect_pass(MODEL(.thread = {call_until_answered, hear}, .check = heard, .outcomes = calls,
	                  .outcomes_n = 3));
}

static void sleeping(void)
{
	expect_failure(MODEL(.thread = {sleep_without_looking, wake}), "lost wake-up");
	expect_pass(MODEL(.thread = {sleep_with_looking, wake}));
	expect_pass(MODEL(.thread = {sleep_for_a_time}));
	expect_pass(MODEL(.thread = {sleep_for_a_time, sleep_for_a_time, sleep_for_a_time}));
	expect_pass(MODEL(.thread = {sleep_for_a_time, wake}));
	expect_failure(MODEL(.thread = {sleep_with_looking}), "thread 1 sleeps at state+8");
	expect_failure(MODEL(.thread = {sleep_with_looking}, .spurious = 1), "lost wake-up");
}

static void spinning(void)
{
	expect_failure(MODEL(.thread = {wait_for_flag, wait_for_other}), "nobody can go on");
	expect_failure(MODEL(.thread = {wait_for_flag}), "thread 1 spins");
	expect_failure(MODEL(.thread = {spin_without_yield}), "endless loop");
	expect_pass(MODEL(.thread = {spin_three_turns}));
	expect_pass(MODEL(.thread = {spin_three_turns, wait_for_other}));
	expect_failure(
	    MODEL(.thread = {give_up_after_two_turns, see_the_spinner_give_up}, .idle_yields = 2),
	    "other == 0");
	expect_pass(MODEL(.thread = {spin_until_a_time}));
}

/* ---------------------------------------------------------------- other failures */

static void mixed_sizes(void *state)
{
	struct shared *s = state;

	u32_store_relaxed(&s->word, 1);
	__atomic_store_n((uint16_t *)(void *)&s->word, 1, __ATOMIC_RELAXED);
}

static void crash(void *state)
{
	struct shared *s = state;
	volatile uint32_t *nothing = (volatile uint32_t *)(uintptr_t)(s->result[0] + 8);

	*nothing = 1;
}

#if !defined(__clang__) /* which does not say which swaps are weak */
static void weak_swap(void *state)
{
	struct shared *s = state;
	uint32_t expected = 0;

	MODEL_CHECK(__atomic_compare_exchange_n((uint32_t *)&s->word.raw, &expected, 1, true,
	                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}
#endif

static void choose_three(void *state)
{
	struct shared *s = state;

	s->result[0] = model_choose(3);
}

static void outcome(void *state)
{
	struct shared *s = state;

	model_outcome(s->result[0]);
}

static void other_failures(void)
{
	expect_failure(MODEL(.thread = {mixed_sizes}), "two sizes");
#if !defined(__clang__)
	expect_failure(MODEL(.thread = {weak_swap}), "check failed");
#endif
}

static void crashes(void)
{
	struct checker_result r = run(MODEL(.thread = {crash}));

	CHECK(r.verdict == CHECKER_FAILED);
	CHECK_CONTAINS(r.what, "thread 1");
	expect_pass(MODEL(.thread = {publish, receive})); /* all is well again */
}

static void outcomes(void)
{
	static const uint64_t three[] = {0, 1, 2}, four[] = {0, 1, 2, 3}, few[] = {0, 1};

	expect_pass(
	    MODEL(.thread = {choose_three}, .check = outcome, .outcomes = three, .outcomes_n = 3));
	expect_failure(
	    MODEL(.thread = {choose_three}, .check = outcome, .outcomes = few, .outcomes_n = 2),
	    "not an expected one");
	CHECK_CONTAINS(
	    run(MODEL(.thread = {choose_three}, .check = outcome, .outcomes = four, .outcomes_n = 4))
	        .what,
	    "never came out");
}

static int calls;

static void count_calls(void *state)
{
	struct shared *s = state;

	if (calls++ % 2 == 1)
		u32_store_relaxed(&s->flag, 1);
	u32_store_relaxed(&s->word, 1);
}

/* What depends on the outside cannot be searched, and the checker says so. */
static void not_deterministic(void)
{
	CHECK_CONTAINS(
	    run(MODEL(.thread = {count_calls, write_atomically, see_the_spinner_give_up})).what,
	    "not deterministic");
}

static void bad_replay(void)
{
	struct model m = MODEL(.thread = {publish, receive});
	struct checker_limits replay = {.search = CHECKER_REPLAY, .choices = "0:zzzz"};
	struct checker_result r;

	checker_run(&m, &replay, &r);
	CHECK_CONTAINS(r.what, "does not fit");
}

/* ------------------------------------------------------------------- mutation */

static void weakened_orders(void)
{
	struct model m = MODEL(.thread = {publish, receive});
	const struct checker_site *sites;
	struct checker_place place;
	size_t n, mutated = 0;

	expect_pass(m);
	n = checker_sites(&sites);
	for (size_t i = 0; i < n; i++) {
		checker_places(&sites[i].pc, 1, &place);
		if (strcmp(place.function, "publish") != 0)
			continue;
		CHECK_INT(sites[i].kind, ==, CHECKER_STORE);
		CHECK_INT(sites[i].order, ==, __ATOMIC_RELEASE);
		checker_weaken(sites[i].pc, __ATOMIC_RELAXED, -1);
		mutated++;
	}
	CHECK_INT(mutated, ==, 1);
	expect_failure(m, "data race");
	checker_weaken_none();
	expect_pass(m);
}

TESTS({"races", races}, {"races_with_atomics", races_with_atomics},
      {"edges_prevent_races", edges_prevent_races}, {"dead_memory", dead_memory},
      {"sleeping", sleeping}, {"the_system_reads_old_values", the_system_reads_old_values},
      {"turns_that_count", turns_that_count}, {"spinning", spinning},
      {"other_failures", other_failures}, {"crashes", crashes}, {"outcomes", outcomes},
      {"not_deterministic", not_deterministic}, {"bad_replay", bad_replay},
      {"weakened_orders", weakened_orders})
