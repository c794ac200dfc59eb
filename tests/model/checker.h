/*
 * The checker as its own programs see it: one search of one model, without the
 * process's exit, and the mutation of memory orders.
 *
 * An atomic operation is known by its return address: the instruction after the
 * call that the compiler made of it. Inlining gives one line of source several
 * addresses; checker_places() says to which line each belongs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_CHECKER_H
#define PINION_TESTS_MODEL_CHECKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/model/model.h"

enum checker_verdict {
	CHECKER_PASSED,    /* every execution within the bounds */
	CHECKER_CUT_SHORT, /* no failure, but the number of executions or the time ran out */
	CHECKER_FAILED,
};

#define CHECKER_CHOICES_MAX 4096
#define CHECKER_NO_BOUND    (-2)

struct checker_result {
	enum checker_verdict verdict;
	uint64_t executions;
	uint64_t pruned; /* of these, given up since another execution comes to the same */
	uint64_t steps;  /* atomic operations and system calls in all executions */
	int bound;       /* the search that is complete: so many preemptions, MODEL_UNBOUNDED,
	            * CHECKER_NO_BOUND */
	double seconds;
	char what[512];                    /* the failure in one line, or "" */
	char choices[CHECKER_CHOICES_MAX]; /* replays it */
	size_t outcomes_n;                 /* how many different ones model_outcome() was given */
};

enum checker_search {
	CHECKER_EXHAUSTIVE, /* as model->preemptions says */
	CHECKER_RANDOM,
	CHECKER_REPLAY,
};

struct checker_limits {
	enum checker_search search;
	uint64_t executions; /* 0: as in the model */
	double seconds;      /* 0: none; CHECKER_RANDOM needs it or executions */
	uint64_t seed;       /* of CHECKER_RANDOM */
	const char *choices; /* of CHECKER_REPLAY */
	bool trace;          /* of CHECKER_REPLAY: keep the operations for printing */
	bool every;          /* leave out nothing that another execution shows as well, and no
	                      * bound below the model's: to test the checker by */
};

/*
 * Search one model. must_fail is ignored: a failure is a failure. Given outcomes,
 * an exhaustive search also fails when one of them has not come out.
 */
void checker_run(const struct model *model, const struct checker_limits *limits,
                 struct checker_result *result);

/* The kinds of operations that have an order. */
enum checker_kind {
	CHECKER_LOAD,
	CHECKER_STORE,
	CHECKER_RMW,
	CHECKER_CAS,
	CHECKER_FENCE,
};

struct checker_site {
	const void *pc; /* return address */
	enum checker_kind kind;
	int order;         /* __ATOMIC_*, as written */
	int failure_order; /* of a CHECKER_CAS, else -1 */
	unsigned bytes;
	uint64_t hits;
};

/* All atomic operations that were executed by threads, setup or check since the
 * program began, in no order. The array moves when new ones are met. */
size_t checker_sites(const struct checker_site **sites);

/*
 * From now on the operation behind this address has another order; a relaxed fence
 * does nothing. failure_order counts for a CHECKER_CAS only. Sites keep the orders
 * as written.
 */
void checker_weaken(const void *pc, int order, int failure_order);
void checker_weaken_none(void);

/* Where in the source: the innermost frame outside queues/atomic.h. */
struct checker_place {
	char function[64];
	char file[160]; /* as the compiler knows it, usually absolute */
	int line;
};

/* One addr2line for all of them. Unknown ones get "?". */
void checker_places(const void *const *pc, size_t n, struct checker_place *places);

const char *checker_order_name(int order);

/* The mutation driver, behind --mutants FILE [--headers A:B]; returns an exit status. */
int mutants_main(const struct model *models, size_t n, const char *file, const char *headers);

#endif
