/*
 * Who goes on. A thread stops before each operation that others can notice and says
 * what it touches; then one of those who can go on is chosen. Plain accesses are no
 * such points: a race shows in the clocks, whatever the order.
 * Nor are operations on words that nobody else has a part in: see sharing.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_SCHEDULE_H
#define PINION_TESTS_MODEL_SCHEDULE_H

#include "tests/model/state.h"

enum schedule_rule {
	SCHEDULE_BOUNDED,   /* at most so many preemptions */
	SCHEDULE_SLEEP_SETS /* any number; of executions that differ in the order of operations
	                     * which commute, one */
};

void schedule_begin(enum schedule_rule rule, int preemptions);
void schedule_reset(void);

/* Thread 0, between setup and check: run all threads to their end. */
void schedule_threads(void);

/* The running thread stands before an operation; returns when it is its turn. */
void schedule_operation(struct footprint touches);

/* It stands before one that others cannot notice. */
void schedule_quiet(void);

/* The running thread yields or sleeps (its status says so); returns when it may go on. */
void schedule_pause(void);

/* Thread t has been woken. */
void schedule_wake(int t, enum wake_reason reason);

/* A store has been made: spinning threads may have something to look at. */
void schedule_news(void);

#endif
