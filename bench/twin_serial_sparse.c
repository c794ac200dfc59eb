/*
 * Sparse matrix times vector, and the vector steps of conjugate gradients, plain.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/twin.h"

void twin_serial_spmv(const pinion_csr *a, const double *x, double *y)
{
	for (size_t i = 0; i < a->rows; i++) {
		double sum = 0.0;

		for (uint64_t k = a->row_start[i]; k < a->row_start[i + 1]; k++)
			sum += a->value[k] * x[a->column[k]];
		y[i] = sum;
	}
}

void twin_serial_axpy(double s, const double *restrict x, double *restrict y, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] += s * x[i];
}

void twin_serial_xpby(const double *restrict z, double s, double *restrict p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = z[i] + s * p[i];
}

void twin_serial_multiply(const double *restrict d, const double *restrict r, double *restrict z,
                          size_t n)
{
	for (size_t i = 0; i < n; i++)
		z[i] = d[i] * r[i];
}
