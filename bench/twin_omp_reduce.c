/*
 * Sum and dot product with OpenMP's reduction clause.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/twin.h"

double twin_omp_sum(const double *x, size_t n, int threads)
{
	double sum = 0.0;

#pragma omp parallel for simd schedule(static) num_threads(threads) reduction(+ : sum)
	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum;
}

double twin_omp_dot(const double *x, const double *y, size_t n, int threads)
{
	double sum = 0.0;

#pragma omp parallel for simd schedule(static) num_threads(threads) reduction(+ : sum)
	for (size_t i = 0; i < n; i++)
		sum += x[i] * y[i];
	return sum;
}
