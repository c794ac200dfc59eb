/*
 * The oracle: each kernel as its definition says, one operation at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/reference.h"

#include <math.h>

void pinion__reference_stream(enum pinion__stream op, const double *b, const double *c, double s,
                              double *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (op == PINION__COPY)
			out[i] = b[i];
		else if (op == PINION__SCALE)
			out[i] = s * b[i];
		else if (op == PINION__ADD)
			out[i] = b[i] + c[i];
		else
			out[i] = b[i] + s * c[i];
	}
}

long double pinion__reference_sum(const double *x, size_t n, double *magnitude)
{
	long double sum = 0.0L;
	*magnitude = 0.0;
	for (size_t i = 0; i < n; i++) {
		sum += x[i];
		*magnitude += fabs(x[i]);
	}
	return sum;
}

long double pinion__reference_dot(const double *x, const double *y, size_t n, double *magnitude)
{
	long double sum = 0.0L;
	*magnitude = 0.0;
	for (size_t i = 0; i < n; i++) {
		sum += (long double)x[i] * (long double)y[i];
		*magnitude += fabs(x[i] * y[i]);
	}
	return sum;
}

void pinion__reference_spmv(const pinion_csr *a, const double *x, double *y)
{
	for (size_t row = 0; row < a->rows; row++) {
		y[row] = 0.0;
		for (uint64_t k = a->row_start[row]; k < a->row_start[row + 1]; k++)
			y[row] += a->value[k] * x[a->column[k]];
	}
}

static double diagonal(const pinion_csr *a, size_t row)
{
	double d = 0.0;
	for (uint64_t k = a->row_start[row]; k < a->row_start[row + 1]; k++)
		if (a->column[k] == row)
			d = a->value[k];
	return d;
}

static double dot(const double *x, const double *y, size_t n)
{
	double magnitude;
	return (double)pinion__reference_dot(x, y, n, &magnitude);
}

/* z = r / diag(A). */
static void precondition(const pinion_csr *a, const double *r, double *z)
{
	for (size_t i = 0; i < a->rows; i++)
		z[i] = r[i] / diagonal(a, i);
}

int pinion__reference_cg(const pinion_csr *a, const double *b, double *x, double *work,
                         double tolerance, int max)
{
	size_t n = a->rows;
	double *r = work, *z = r + n, *p = z + n, *q = p + n;
	double limit = tolerance * sqrt(dot(b, b, n));
	int k = 0;

	pinion__reference_spmv(a, x, r);
	for (size_t i = 0; i < n; i++)
		r[i] = b[i] - r[i];
	precondition(a, r, z);
	for (size_t i = 0; i < n; i++)
		p[i] = z[i];
	double rz = dot(r, z, n);
	for (; k <= max && sqrt(dot(r, r, n)) > limit; k++) {
		pinion__reference_spmv(a, p, q);
		double alpha = rz / dot(p, q, n);
		for (size_t i = 0; i < n; i++) {
			x[i] += alpha * p[i];
			r[i] -= alpha * q[i];
		}
		precondition(a, r, z);
		double old = rz;
		rz = dot(r, z, n);
		for (size_t i = 0; i < n; i++)
			p[i] = z[i] + rz / old * p[i];
	}
	return k;
}
