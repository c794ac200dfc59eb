/*
 * The statistics of repeated runs: median, its confidence interval, and when
 * enough is enough.
 *
 * Times of runs are not normally distributed, so nothing here assumes that: the
 * interval of the median comes from order statistics (Hoefler and Belli, SC15),
 * and outliers stay in.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_STATS_H
#define PINION_BENCH_STATS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Insert x into value[0 .. n - 1], which ascends; it then holds n + 1 numbers and still ascends.
 */
void stats_insert(double *value, int n, double x);

/** Sort ascending. */
void stats_sort(double *value, int n);

/** Median of n >= 1 ascending numbers; of an even count, the mean of the middle two. */
double stats_median(const double *sorted, int n);

/**
 * Interval that covers the median of the distribution with at least 95 % probability, whatever the
 * distribution.
 *
 * @param sorted  n >= 1 ascending numbers.
 *
 * @return true, or false when n < 6: no two order statistics reach 95 % then, and the interval is
 *          the whole range.
 */
bool stats_median_interval(const double *sorted, int n, double *low, double *high);

/* When to stop. */
struct stats_stop {
	int min_runs, max_runs; /* at least, at most */
	double half_width; /* stop when the interval is within the median +- this share; 0: never */
	double min_total; /* the samples' sum reaches this before anything but max_runs stops */
};

/** True when n ascending samples that sum up to `total` are enough. */
bool stats_enough(const struct stats_stop *stop, const double *sorted, int n, double total);

/**
 * STREAM's own estimator: the smallest of the samples, in order of time, after dropping the
 * first.
 */
double stats_best_after_first(const double *sample, int n);

#endif
