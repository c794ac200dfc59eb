/*
 * Sum and dot product, plain. The pragma lets the compiler keep several partial
 * sums, as everybody's optimised loop does; it starts no thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/twin.h"

double twin_serial_sum(const double *x, size_t n)
{
	double sum = 0.0;

#pragma omp simd reduction(+ : sum)
	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum;
}

double twin_serial_dot(const double *x, const double *y, size_t n)
{
	double sum = 0.0;

#pragma omp simd reduction(+ : sum)
	for (size_t i = 0; i < n; i++)
		sum += x[i] * y[i];
	return sum;
}
