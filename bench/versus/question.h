/*
 * The questions as data. A question names what Pinion does, who else answers it,
 * under which settings, and how an answer is proved. One file per question in
 * bench/versus/questions/, one line per question in questions.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_QUESTION_H
#define PINION_BENCH_VERSUS_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUESTION_ENV     6  /* environment variables of one setting */
#define QUESTION_THREADS 16 /* of one question that says where its threads sit */

/* One way to run a contestant. Its environment holds what is common to all, and this. */
struct setting {
	const char *name;               /* also the program's first argument */
	const char *env[QUESTION_ENV];  /* "NAME=value"; the first NULL ends them */
};

/* What a contestant is asked in one turn, as far as the proof depends on it. */
struct load {
	int workers, threads;
	size_t elements;
	uint64_t ops, seed;
};

struct contender {
	const char *name;    /* of the contract: "libgomp", "ck_ring", … */
	const char *program; /* in versus.d, beside the program */
	const char *package; /* Debian package that brings it */
	const struct setting *setting;
	int settings;
	uint64_t (*expect)(const struct load *load); /* NULL: the question's */
};

struct question {
	const char *name, *summary;
	const char *unit;       /* "ns" per operation, or a rate */
	bool higher;            /* more is better */
	int workers;            /* processors; 0: one per usable core */
	int threads;            /* 0: one per worker; more of them than workers take turns of 200 ms */
	int seat[QUESTION_THREADS]; /* thread i sits on worker seat[i]; only where threads is not 0 */
	double bytes_per_element; /* of one operation when unit is GB/s */
	bool sized;             /* its contestants need a number of elements */
	struct contender pinion;
	const struct contender *peer;
	int peers;
	const struct contender *limit; /* NULL: none */
	uint64_t (*expect)(const struct load *load);
};

/** All questions, in the order in which they are asked; the last is NULL. */
const struct question *const *questions_all(void);

/** The question of this name, or NULL. */
const struct question *question_find(const char *name, size_t length);

/** The name nearest to `name`, or NULL when none is near. */
const char *question_nearest(const char *name, size_t length);

/** The value of a turn in the question's unit. */
double question_value(const struct question *q, size_t elements, uint64_t ops, uint64_t ns);

/** How much faster Pinion is, whatever the unit. */
double question_ratio(const struct question *q, double pinion, double other);

/** The limit "cache-line round trip", and the proof of work that is counted per worker. */
extern const struct contender question_round_trip;
uint64_t question_expect_each(const struct load *load); /* each worker ran `ops` times */
uint64_t question_expect_one(const struct load *load);  /* worker 1 ran `ops` times */

#define QUESTION_COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

#endif
