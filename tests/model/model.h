/*
 * The weak-memory checker: runs the source of a queue, unmodified, under every
 * execution that C11 allows, up to the stated bounds.
 *
 * A model is a small state and two to four threads of a few operations. The file
 * that defines it is compiled with -fsanitize=thread, so each atomic operation and
 * each access to memory is a call; instead of the sanitizer's runtime it is linked
 * to ours, which runs the threads as fibers and decides at each operation who goes
 * next, which of the allowed stores a load returns, where in the order of its
 * location a store goes, whether a timed sleep ends. A failed check, a data race, a
 * touch of dead memory, a deadlock, a lost wake-up (everybody sleeps) or a spin that
 * nobody can end is a failure; it is printed as a numbered trace and a line that
 * replays it.
 *
 *	static void setup(void *state) { deque_init(...); }
 *	static void owner(void *state) { ... }
 *	static void thief(void *state) { ... }
 *	static void check(void *state) { MODEL_CHECK(...); }
 *
 *	MODELS({.name = "last_item", .bytes = sizeof(struct last), .setup = setup,
 *	        .thread = {owner, thief}, .check = check})
 *
 * What the threads share lies in `state` (or in what setup() reaches from it), never
 * in globals: it is zeroed before each execution. Nothing in a model may depend on
 * time, addresses or the outside, else a replay is impossible. A model allocates
 * nothing.
 *
 * What it cannot see: load buffering (a load that returns a store which comes later
 * in the order of execution, so no thin-air values either), mixed-size accesses to
 * one word, compiler bugs, real time. See docs/memory-model.md.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_MODEL_H
#define PINION_TESTS_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_THREADS_MAX 4
#define MODEL_UNBOUNDED (-1)

struct model {
	const char *name;
	size_t bytes;                                /* of the state, aligned to 128 */
	void (*setup)(void *state);                  /* alone, happens before all threads; or NULL */
	void (*thread[MODEL_THREADS_MAX])(void *state); /* the first NULL ends them */
	void (*check)(void *state);                  /* alone, happens after all threads; or NULL */

	/* Bounds of the exhaustive search. 0: the default. */
	int preemptions;       /* MODEL_UNBOUNDED: any number, each execution once up to the order of
	                        * operations that commute. N: bounds 0 to N. Default: unbounded for
	                        * half of the executions; if that is too few, bounds 0 to 3 */
	int timeouts;          /* how many sleeps with a deadline may time out; default 1 */
	int spurious;          /* how many sleeps may end for no reason; default 0 */
	int idle_yields;       /* how many yields of a thread may go on with nothing new to be seen,
	                        * for loops that count their turns; default 1 */
	int weak_failures;     /* how many weak compare-and-swaps of a thread may fail for no reason;
	                        * default 1 */
	uint64_t executions;   /* at most so many; default 2 000 000. Cut short, it says so */

	/* For litmus tests: the exact set of values that model_outcome() may be given. */
	const uint64_t *outcomes;
	size_t outcomes_n;
	bool must_fail;        /* the model is a known bug: passing is the failure */
};

/**
 * The program of a model file:
 *
 *	X_model                       every model: exhaustively within its bounds
 *	X_model --random SECONDS      random schedules and stores for so long each; prints the seed
 *	X_model --seed N              the seed of --random
 *	X_model --only NAME           one model
 *	X_model --replay CHOICES      one execution, as printed by a failure (with --only)
 *	X_model --preemptions N       another bound than the models'; -1: none
 *	X_model --list                the models
 *	X_model --mutants FILE        weaken each order in turn, see mutants.h
 *
 * Exit status 0: all passed; 1: a failure; 2: bad arguments.
 */
int model_main(int argc, char **argv, const struct model *models, size_t n);

#define MODELS(...)                                                              \
	int main(int argc, char **argv)                                              \
	{                                                                            \
		static const struct model models[] = {__VA_ARGS__};                      \
		return model_main(argc, argv, models, sizeof models / sizeof models[0]); \
	}

/** Fails the execution unless cond holds. */
#define MODEL_CHECK(cond) ((cond) ? (void)0 : model_fail(__FILE__, __LINE__, #cond))
_Noreturn void model_fail(const char *file, int line, const char *what);

/** From here on nobody may touch these bytes: they have been freed, or their frame is gone. */
void model_dead(const void *memory, size_t bytes);

/** Any of 0 .. n - 1: every one is tried. */
uint32_t model_choose(uint32_t n);

/** Which thread runs: its index in struct model, or -1 in setup and check. */
int model_self(void);

/** What this execution came to; at most once, in check(). */
void model_outcome(uint64_t value);

#endif
