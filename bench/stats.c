/*
 * Median and order statistics.
 *
 * Of n independent samples, the number that fall below the median is binomial
 * with p = 1/2. So the k-th smallest and the k-th largest enclose the median
 * with probability 1 - 2 P(B <= k - 1), and the interval takes the largest k
 * that still gives 95 %.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Beyond this many samples the normal approximation of the binomial is exact enough. */
#define EXACT_SAMPLES 400

void stats_insert(double *value, int n, double x)
{
	int at = n;

	while (at > 0 && value[at - 1] > x)
		at--;
	memmove(value + at + 1, value + at, (size_t)(n - at) * sizeof *value);
	value[at] = x;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void stats_sort(double *value, int n)
{
	qsort(value, (size_t)n, sizeof *value, ascending);
}

double stats_median(const double *sorted, int n)
{
	return n % 2 != 0 ? sorted[n / 2] : 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]);
}

/* The largest k >= 1 for which the k-th smallest and k-th largest reach 95 %, or 0. */
static int interval_rank(int n)
{
	if (n > EXACT_SAMPLES)
		return (int)floor(0.5 * (n - 1.959964 * sqrt(n)));

	double term = pow(0.5, n), below = term; /* P(B = k), P(B <= k) */
	int k = 0;

	while (below <= 0.025) {
		term *= (double)(n - k) / (k + 1);
		below += term;
		k++;
	}
	return k;
}

bool stats_median_interval(const double *sorted, int n, double *low, double *high)
{
	int k = interval_rank(n);

	*low = sorted[k > 0 ? k - 1 : 0];
	*high = sorted[k > 0 ? n - k : n - 1];
	return k > 0;
}

bool stats_enough(const struct stats_stop *stop, const double *sorted, int n, double total)
{
	double low, high, median;

	if (n >= stop->max_runs)
		return true;
	if (n < stop->min_runs || n < 1 || total < stop->min_total || !(stop->half_width > 0))
		return false;
	median = stats_median(sorted, n);
	return stats_median_interval(sorted, n, &low, &high) &&
	       low >= median * (1 - stop->half_width) && high <= median * (1 + stop->half_width);
}

double stats_best_after_first(const double *sample, int n)
{
	double best = sample[n > 1 ? 1 : 0];

	for (int i = 2; i < n; i++)
		best = fmin(best, sample[i]);
	return best;
}
