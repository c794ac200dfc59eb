/*
 * Choices. An execution of a model is determined by the answers to a row of
 * questions: who goes on, which store a load returns, and so on. This file gives
 * the answers, three ways: depth first through all of them, at random, or as
 * written in a string.
 *
 * The search keeps nothing of an execution but its answers. To try another one it
 * begins anew and gives the same answers up to there.
 *
 * A question has n answers, of which a search may have reason to leave some out
 * (`allowed`). The number of an answer does not depend on that, so a string means
 * the same in every search. A question with one answer is not asked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_EXPLORE_H
#define PINION_TESTS_MODEL_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum choice_kind {
	CHOICE_THREAD, /* who goes on */
	CHOICE_STORE,  /* which store a load returns, or a read-modify-write follows */
	CHOICE_PLACE,  /* where in the order of its location a store goes */
	CHOICE_WAKE,   /* which sleeper is woken */
	CHOICE_MODEL,  /* model_choose() */
};

#define CHOICE_ANSWERS_MAX 64

enum explore_mode {
	EXPLORE_ALL,
	EXPLORE_RANDOM,
	EXPLORE_REPLAY,
};

void explore_begin(enum explore_mode mode, uint64_t seed, const char *choices);

/* Before each execution. */
void explore_restart(void);

/*
 * One of 0 .. n - 1 whose bit is set in `allowed`, which has at least one of them.
 * *done, if wanted: the answers which the search has tried at this point before.
 */
unsigned explore_choose(enum choice_kind kind, unsigned n, uint64_t allowed, uint64_t *done);

/* After an execution: is there another one? Always true at random. */
bool explore_next(void);

/* The answers of this execution. False when they do not fit. */
bool explore_print(char *text, size_t bytes);

/* A number from the search's own generator, below n. */
uint32_t explore_random(uint32_t n);

#endif
