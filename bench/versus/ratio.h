/*
 * What many pairs say together: the median of their ratios, and how sure it is.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_RATIO_H
#define PINION_BENCH_VERSUS_RATIO_H

#include <stdint.h>

/* A small generator of its own, so that a run can be repeated from its seed. */
struct dice {
	uint64_t state;
};

uint64_t dice_roll(struct dice *d);

/** A number of 0 .. n - 1, n >= 1, each as likely as the others. */
int dice_below(struct dice *d, int n);

/** Bring 0 .. n - 1 into random order. */
void dice_order(struct dice *d, int *order, int n);

struct ratio {
	double median, low, high; /* low .. high: bootstrap 95 % interval of the median */
};

/**
 * Median of n >= 1 ratios, in any order, and its percentile-bootstrap interval: the median of
 * ten thousand samples drawn from them with replacement.
 *
 * @return 0, or -1 when memory is exhausted.
 */
int ratio_of(const double *value, int n, struct dice *d, struct ratio *out);

/** Median of n >= 1 numbers in any order; NAN when memory is exhausted. */
double ratio_median(const double *value, int n);

#endif
