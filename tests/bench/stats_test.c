/*
 * Median, its interval, the stop rule and STREAM's estimator on known samples.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/stats.h"

#include "tests/support/check.h"

#include <math.h>

static void count_up(double *value, int n)
{
	for (int i = 0; i < n; i++)
		value[i] = i + 1;
}

static void test_median(void)
{
	const double odd[] = {1, 5, 9}, even[] = {1, 5, 9, 100}, one[] = {7};

	CHECK(stats_median(odd, 3) == 5);
	CHECK(stats_median(even, 4) == 7);
	CHECK(stats_median(one, 1) == 7);
}

static void test_insert(void)
{
	double value[200], random = 0.5;

	for (int n = 0; n < 200; n++) {
		random = fmod(random * 997.0 + 0.123, 1.0);
		stats_insert(value, n, random);
		for (int i = 0; i < n; i++)
			CHECK(value[i] <= value[i + 1]);
	}
}

static void test_sort(void)
{
	double value[] = {3, -1, 2, 2, 0};

	stats_sort(value, 5);
	for (int i = 0; i < 4; i++)
		CHECK(value[i] <= value[i + 1]);
	CHECK(value[0] == -1 && value[4] == 3);
}

/* Ranks from published tables of the sign test at 95 %. */
static void test_interval_ranks(void)
{
	static const struct {
		int n, low, high;
	} known[] = {{6, 1, 6},   {8, 1, 8},    {9, 2, 8},    {10, 2, 9},   {15, 4, 12},
	             {20, 6, 15}, {30, 10, 21}, {50, 18, 33}, {100, 40, 61}};
	double value[128], low, high;

	count_up(value, 128);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		CHECK(stats_median_interval(value, known[i].n, &low, &high));
		CHECK_INT(low, ==, known[i].low);
		CHECK_INT(high, ==, known[i].high);
	}
}

static void test_interval_of_few(void)
{
	const double value[] = {1, 2, 3, 4, 5};
	double low, high;

	for (int n = 1; n <= 5; n++) {
		CHECK(!stats_median_interval(value, n, &low, &high));
		CHECK(low == 1 && high == value[n - 1]);
	}
}

/* P(rank low <= median <= rank high) for ranks from 1, by the binomial distribution itself. */
static double coverage(int n, int low, int high)
{
	double sum = 0;

	for (int k = low; k < high; k++)
		sum += exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) - n * log(2.0));
	return sum;
}

static void test_interval_coverage(void)
{
	static double value[3000];
	double low, high;

	count_up(value, 3000);
	for (int n = 6; n <= 3000; n = n < 60 ? n + 1 : n + 97) {
		CHECK(stats_median_interval(value, n, &low, &high));
		CHECK_INT(low + high, ==, n + 1);
		CHECK(coverage(n, (int)low, (int)high) >= 0.9495);
		/*
		 * One rank narrower is not enough; for many samples the approximation may give one rank
		 * away.
		 */
		CHECK(coverage(n, (int)low + 2, (int)high - 2) < 0.95);
	}
}

static void test_stop(void)
{
	struct stats_stop stop = {.min_runs = 10, .max_runs = 50, .half_width = 0.01, .min_total = 0};
	double wide[60], tight[60];

	for (int i = 0; i < 60; i++) {
		wide[i] = 100 + i;
		tight[i] = 100 + 0.001 * i;
	}
	CHECK(!stats_enough(&stop, tight, 9, 900));
	CHECK(stats_enough(&stop, tight, 10, 1000));
	CHECK(!stats_enough(&stop, wide, 49, 4900));
	CHECK(stats_enough(&stop, wide, 50, 5000));
	stop.min_total = 2000;
	CHECK(!stats_enough(&stop, tight, 10, 1000));
	CHECK(stats_enough(&stop, tight, 20, 2000));
	stop.min_total = 1e12;
	CHECK(stats_enough(&stop, tight, 50, 5000));
	stop = (struct stats_stop){.min_runs = 1, .max_runs = 50, .half_width = 0.01, .min_total = 0};
	CHECK(!stats_enough(&stop, tight, 5, 500));
	stop.half_width = 0;
	CHECK(!stats_enough(&stop, tight, 49, 4900));
}

static void test_stream_estimator(void)
{
	const double sample[] = {1, 5, 4, 6};

	CHECK(stats_best_after_first(sample, 4) == 4);
	CHECK(stats_best_after_first(sample, 2) == 5);
	CHECK(stats_best_after_first(sample, 1) == 1);
}

TESTS({"median", test_median}, {"insert", test_insert}, {"sort", test_sort},
      {"interval_ranks", test_interval_ranks}, {"interval_of_few", test_interval_of_few},
      {"interval_coverage", test_interval_coverage}, {"stop", test_stop},
      {"stream_estimator", test_stream_estimator})
