/*
 * The controller's hand on one contestant: start it, let it have a turn, stop it,
 * end it.
 *
 * A contestant runs in a process group of its own and is stopped between its
 * turns. The kernel reports a process as stopped when its last thread has
 * stopped, so once that report is here no thread of it can spin.
 *
 * Threads: one. The set of living contestants is kept for the signal handler.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_RUNNER_H
#define PINION_BENCH_VERSUS_RUNNER_H

#include "bench/versus/question.h"

#include <sys/types.h>

#define RUNNER_PATH 4096

/* The processors of a run and where the programs are; fixed once main has filled it. */
struct arena {
	int cpu[1024];
	int cpus; /* one per usable core */
	char folder[RUNNER_PATH]; /* versus.d */
	size_t elements;
	uint64_t turn_ns;
	int patience_ms; /* how long to wait for an answer; 0: 60 seconds */
};

struct runner {
	pid_t pid; /* 0: none */
	int to, from;
	const struct question *question;
	const struct contender *who;
	const struct setting *setting;
	const struct arena *arena;
	int workers, threads;
	char version[80];
	bool unfit;      /* the setting is nothing for this machine; error says why */
	char error[400]; /* why it failed, one line; empty: it did not */
	char line[400];  /* the last reply */
};

/** Whether the program of a contestant was built. */
bool runner_built(const struct arena *arena, const struct contender *who);

/** Workers that a question gets on these processors. */
int runner_workers(const struct arena *arena, const struct question *q);

/** Threads that a question's contestants have; at least as many as workers. */
int runner_threads(const struct arena *arena, const struct question *q);

/** How long a turn of a question lasts at least: longer where threads share a processor. */
uint64_t runner_turn_ns(const struct arena *arena, const struct question *q);

/**
 * Start a contestant and wait until it is ready; then it is stopped.
 *
 * @return 0, or -1 with runner->error.
 */
int runner_start(struct runner *runner, const struct arena *arena, const struct question *q,
                 const struct contender *who, const struct setting *setting);

/**
 * One turn: continue, warm up, one timed batch, verify, stop.
 *
 * @param value  receives the result in the question's unit.
 *
 * @return 0, or -1 with runner->error; the contestant is dead then.
 */
int runner_turn(struct runner *runner, uint64_t seed, double *value);

/** End the contestant, whatever state it is in. Nothing happens when there is none. */
void runner_end(struct runner *runner);

/** Kill all contestants that live. Safe in a signal handler. */
void runner_kill_all(void);

#endif
