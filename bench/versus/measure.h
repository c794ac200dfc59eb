/*
 * One question and one peer: find the peer's best setting, then measure pairs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_MEASURE_H
#define PINION_BENCH_VERSUS_MEASURE_H

#include "bench/versus/ratio.h"
#include "bench/versus/runner.h"

#define MEASURE_SETTINGS 8   /* of one peer at most */
#define MEASURE_STEAL    0.01 /* a pair with a larger share of stolen time is dropped */

struct measure_plan {
	int pairs;       /* wanted */
	int calibration; /* turns per setting */
	double steal;    /* the share above which a pair is dropped: MEASURE_STEAL */
	struct dice dice;
	void (*progress)(const struct question *q, const struct contender *peer, const char *what,
	                 int done, int all); /* may be NULL */
};

/* One contestant's turns of the pairs that count. */
struct series {
	const struct contender *who; /* NULL: there is none */
	const struct setting *setting;
	char version[80];
	double *sample; /* [pairs] */
	double median;
};

/* What the calibration saw of one setting. */
struct calibrated {
	const struct setting *setting;
	int turns;       /* 0: it did not play */
	double median;
	bool unfit;      /* nothing for this machine: left out */
	char error[400]; /* why it did not play */
};

struct outcome {
	const struct question *question;
	struct series pinion, peer, limit;
	int workers, threads;
	int pairs, dropped; /* pairs that count; pairs lost to steal time */
	struct ratio speed;      /* of Pinion over the peer, > 1: Pinion is faster */
	struct ratio over_limit; /* Pinion's time over the limit's: 1 is the limit itself */
	struct calibrated calibrated[MEASURE_SETTINGS];
	int settings;
	char error[512]; /* one line; empty: measured */
};

/**
 * Measure one question against one peer.
 *
 * @param peer  NULL: Pinion alone, beside the limit if there is one.
 * @param out   filled; to be freed by measure_free() whatever is returned.
 *
 * @return 0, or -1 with out->error: a contestant died, hung or failed its proof, or all was stolen.
 */
int measure(const struct arena *arena, const struct question *q, const struct contender *peer,
            struct measure_plan *plan, struct outcome *out);

/** Free what an outcome holds. */
void measure_free(struct outcome *out);

#endif
