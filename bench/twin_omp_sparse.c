/*
 * Sparse matrix times vector, and the vector steps of conjugate gradients, with
 * OpenMP. Rows are split by number, as the plain pragma does it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/twin.h"

void twin_omp_spmv(const pinion_csr *a, const double *x, double *y, int threads)
{
#pragma omp parallel for schedule(static) num_threads(threads)
	for (size_t i = 0; i < a->rows; i++) {
		double sum = 0.0;

		for (uint64_t k = a->row_start[i]; k < a->row_start[i + 1]; k++)
			sum += a->value[k] * x[a->column[k]];
		y[i] = sum;
	}
}

void twin_omp_axpy(double s, const double *restrict x, double *restrict y, size_t n, int threads)
{
#pragma omp parallel for simd schedule(static) num_threads(threads)
	for (size_t i = 0; i < n; i++)
		y[i] += s * x[i];
}

void twin_omp_xpby(const double *restrict z, double s, double *restrict p, size_t n, int threads)
{
#pragma omp parallel for simd schedule(static) num_threads(threads)
	for (size_t i = 0; i < n; i++)
		p[i] = z[i] + s * p[i];
}

void twin_omp_multiply(const double *restrict d, const double *restrict r, double *restrict z,
                       size_t n, int threads)
{
#pragma omp parallel for simd schedule(static) num_threads(threads)
	for (size_t i = 0; i < n; i++)
		z[i] = d[i] * r[i];
}
