/*
 * What may happen next: for each thread that can go on, in which way.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_OPTIONS_H
#define PINION_TESTS_MODEL_OPTIONS_H

#include "tests/model/state.h"

enum option_kind {
	OPTION_RUN,
	OPTION_IDLE,     /* one more turn of a spin, though nothing is new */
	OPTION_DEADLINE, /* a sleep ends */
	OPTION_SPURIOUS, /* a sleep ends, for no reason */
};

struct option {
	int thread;
	enum option_kind kind;
};

/* A sleeper has two at most. */
struct options {
	unsigned n;
	struct option option[2 * MODEL_THREADS_MAX];
};

/* The thread that was chosen last comes first, unless it yields; 0 for none. */
void options_collect(struct options *o, int last);

/* Does somebody go on without time passing? */
bool options_move(const struct options *o);

/*
 * What passing time brings when nobody does: all deadlines come, however few may come
 * early. Then those who spin get some more turns, in case they count them; `turns` is
 * how many there have been since the last store. Fails when there is nothing left. A
 * sleeper is not helped by a chance to wake for no reason, though it may take it.
 */
void options_collect_stuck(struct options *o, unsigned turns);

/* Can another than the running thread go on, other than by another turn of a spin? */
bool options_of_others(void);

/* How many threads are in that state? */
int options_count(enum thread_status status);

#endif
