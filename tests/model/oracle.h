/*
 * A second opinion on what C11 allows: from the axioms, without executing anything.
 *
 * Given a little program without branches, it tries each way in which reads may take
 * their values and stores may be ordered, and keeps those which the axioms of RC11
 * allow (Lahav, Vafeiadis, Kang, Hur, Dreyer, PLDI 2017), with C11's condition that the
 * order S agrees with happens before. No circle of program order and reads-from, so no
 * load buffering. It shares no code with the checker, and no idea.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_ORACLE_H
#define PINION_TESTS_MODEL_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORACLE_EVENTS_MAX 12
#define ORACLE_PLACES 3

enum oracle_kind {
	ORACLE_LOAD,
	ORACLE_STORE,
	ORACLE_SWAP, /* a read-modify-write that stores a constant */
	ORACLE_FENCE,
};

/* In the order of the threads, and in the order of the program within each. */
struct oracle_event {
	enum oracle_kind kind;
	int thread; /* from 1; 0 holds the initial stores */
	int order;  /* __ATOMIC_* */
	int place;
	uint32_t value; /* of a store or swap, 1 .. 15, different for each; memory begins with 0 */
};

struct oracle_program {
	int n;
	struct oracle_event event[ORACLE_EVENTS_MAX];
};

/*
 * Calls found() with each outcome, some more than once: four bits for the value of each
 * read in the order of events, then four for the last value of each place.
 */
void oracle_run(const struct oracle_program *program, void (*found)(uint64_t outcome));

#endif
