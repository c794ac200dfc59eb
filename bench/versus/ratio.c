/*
 * Medians, the bootstrap, and chance.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/ratio.h"

#include "bench/stats.h"
#include "bench/versus/proof.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RESAMPLES 10000

uint64_t dice_roll(struct dice *d)
{
	return proof_mix(d->state += 0x9e3779b97f4a7c15u);
}

int dice_below(struct dice *d, int n)
{
	/* The upper half times n: even but for one part in 2^32 / n. */
	return (int)(((dice_roll(d) >> 32) * (uint64_t)n) >> 32);
}

void dice_order(struct dice *d, int *order, int n)
{
	for (int i = 0; i < n; i++) {
		int at = dice_below(d, i + 1);

		order[i] = order[at];
		order[at] = i;
	}
}

double ratio_median(const double *value, int n)
{
	double *sorted = malloc((size_t)n * sizeof *sorted), median = NAN;

	if (sorted == NULL)
		return median;
	memcpy(sorted, value, (size_t)n * sizeof *sorted);
	stats_sort(sorted, n);
	median = stats_median(sorted, n);
	free(sorted);
	return median;
}

int ratio_of(const double *value, int n, struct dice *d, struct ratio *out)
{
	double *drawn = malloc((size_t)n * sizeof *drawn);
	double *median = malloc(RESAMPLES * sizeof *median);
	int error = -1;

	if (drawn == NULL || median == NULL)
		goto out;
	for (int r = 0; r < RESAMPLES; r++) {
		for (int i = 0; i < n; i++)
			drawn[i] = value[dice_below(d, n)];
		stats_sort(drawn, n);
		median[r] = stats_median(drawn, n);
	}
	stats_sort(median, RESAMPLES);
	out->median = ratio_median(value, n);
	out->low = median[RESAMPLES * 25 / 1000];
	out->high = median[RESAMPLES - 1 - RESAMPLES * 25 / 1000];
	error = isnan(out->median) ? -1 : 0;
out:
	free(drawn);
	free(median);
	return error;
}
