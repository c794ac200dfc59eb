/*
 * Reductions: right for every size, and bitwise the same for any number of
 * workers, any schedule and any grain.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/engine/engines.h"

#include <pinion/loop.h>

#include <stdint.h>

#define N 100003

static double x[N];

static void fill(void)
{
	uint64_t state = 88172645463325252u;

	for (size_t i = 0; i < N; i++) { /* wild magnitudes: any other order of additions gives other bits */
		state ^= state << 13, state ^= state >> 7, state ^= state << 17;
		x[i] = (double)(int64_t)state * (state & 1 ? 1e-9 : 1e-30);
	}
}

static void leaf_sum(size_t begin, size_t end, void *value, void *ctx)
{
	double *sum = value;

	for (size_t i = begin; i < end; i++)
		*sum += x[i];
}

static void combine_sum(void *into, const void *from, void *ctx)
{
	*(double *)into += *(const double *)from;
}

static void leaf_max(size_t begin, size_t end, void *value, void *ctx)
{
	size_t *max = value;

	for (size_t i = begin; i < end; i++)
		if (i * 7919 % 100019 > *max)
			*max = i * 7919 % 100019;
}

static void combine_max(void *into, const void *from, void *ctx)
{
	if (*(const size_t *)from > *(size_t *)into)
		*(size_t *)into = *(const size_t *)from;
}

/* The promise, written down independently: leaves in index order, neighbours combined first. */
static double tree(size_t first, size_t leaves, size_t n, size_t leaf)
{
	double sum = 0;

	if (leaves == 1) {
		leaf_sum(first * leaf, first * leaf + leaf < n ? first * leaf + leaf : n, &sum, NULL);
		return sum;
	}
	size_t half = 1;
	while (half * 2 < leaves)
		half *= 2;
	return tree(first, half, n, leaf) + tree(first + half, leaves - half, n, leaf);
}

static void bitwise_the_same(void)
{
	static const size_t sizes[] = {1, 2, 4095, 4096, 4097, 8192, 65536, N};
	const double zero = 0;

	fill();
	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		pinion_engine *e = engine_of(worker_counts[w]);
		for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
			for (size_t grain = 0; grain <= 10000; grain = grain * 10 + 1) {
				pinion_partition *p = blocks_of(e, sizes[s]);
				pinion_loop_options options = PINION_LOOP_OPTIONS_INIT;
				pinion_reduction sum = PINION_REDUCTION_INIT;
				double result = -1, want = tree(0, (sizes[s] + 4095) / 4096, sizes[s], 4096);
				sum.value_bytes = sizeof(double);
				sum.identity = &zero;
				sum.leaf = leaf_sum;
				sum.combine = combine_sum;
				options.grain = grain;
				CHECK_INT(pinion_reduce(e, p, &options, &sum, &result, NULL), ==, 0);
				CHECK(memcmp(&result, &want, sizeof want) == 0);
				pinion_partition_destroy(p);
			}
		pinion_engine_destroy(e);
	}
}

static void fast_and_other_operators(void)
{
	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		pinion_engine *e = engine_of(worker_counts[w]);
		for (size_t n = 0; n < N; n = n * 11 + 1)
			for (int fast = 0; fast <= 1; fast++) {
				pinion_partition *p = blocks_of(e, n);
				pinion_reduction max = PINION_REDUCTION_INIT;
				size_t zero = 0, result = 77, want = 0;
				leaf_max(0, n, &want, NULL);
				max.value_bytes = sizeof zero;
				max.identity = &zero;
				max.leaf = leaf_max;
				max.combine = combine_max;
				max.fast = fast;
				max.leaf_size = 100;
				CHECK_INT(pinion_reduce(e, p, NULL, &max, &result, NULL), ==, 0);
				CHECK_INT(result, ==, want);
				pinion_partition_destroy(p);
			}
		pinion_engine_destroy(e);
	}
}

static void incomplete(void)
{
	pinion_engine *e = engine_of(2);
	pinion_partition *p = blocks_of(e, 10);
	pinion_reduction r = PINION_REDUCTION_INIT;
	double zero = 0, result = 5;

	CHECK_INT(pinion_reduce(e, p, NULL, &r, &result, NULL), ==, PINION_ERR_ARG);
	r.value_bytes = 8;
	r.identity = &zero;
	r.leaf = leaf_sum;
	CHECK_INT(pinion_reduce(e, p, NULL, &r, &result, NULL), ==, PINION_ERR_ARG);
	r.combine = combine_sum;
	r.value_bytes = 5000;
	CHECK_INT(pinion_reduce(e, p, NULL, &r, &result, NULL), ==, PINION_ERR_ARG);
	CHECK(result == 5);
	pinion_partition_destroy(p);
	pinion_engine_destroy(e);
}

TESTS({"bitwise_the_same", bitwise_the_same}, {"fast_and_other_operators", fast_and_other_operators},
      {"incomplete", incomplete})
