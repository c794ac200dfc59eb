/*
 * The stores among which an operation may choose: see memory.h for the rules.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_CANDIDATES_H
#define PINION_TESTS_MODEL_CANDIDATES_H

#include "tests/model/explore.h"
#include "tests/model/memory.h"

/* The newest first. If there are more, the oldest are left out. */
struct candidates {
	unsigned n;
	uint64_t allowed; /* a bit for each that shows something new */
	uint64_t fails;   /* of a compare-and-swap: these are read only */
	struct store *store[CHOICE_ANSWERS_MAX];
};

struct candidates candidates_to_read(const struct location *l, int order);

/* Those which succeed, those with another value, and those which fail for no reason. */
struct candidates candidates_to_swap(const struct location *l, const struct operation *op);

/* All from the newest one that somebody with this clock knows. */
struct candidates candidates_known(const struct location *l, clocks knows);

/* The chosen one's index. */
unsigned candidates_choose(const struct candidates *c, enum choice_kind kind);

/* The chosen store behind which a new one goes, that reads it if `rmw`. */
struct store *candidates_place(const struct location *l, int order, bool rmw);

#endif
