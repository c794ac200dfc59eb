/*
 * STREAM's four loops, plain.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/twin.h"

static void copy(size_t n, const double *restrict a, double *restrict c)
{
	for (size_t i = 0; i < n; i++)
		c[i] = a[i];
}

static void scale(size_t n, double s, const double *restrict c, double *restrict b)
{
	for (size_t i = 0; i < n; i++)
		b[i] = s * c[i];
}

static void add(size_t n, const double *restrict a, const double *restrict b, double *restrict c)
{
	for (size_t i = 0; i < n; i++)
		c[i] = a[i] + b[i];
}

static void triad(size_t n, const double *restrict b, double s, const double *restrict c,
                  double *restrict a)
{
	for (size_t i = 0; i < n; i++)
		a[i] = b[i] + s * c[i];
}

void twin_serial_stream(enum twin_op op, const struct twin_vectors *v)
{
	switch (op) {
	case TWIN_COPY:
		copy(v->n, v->a, v->c);
		break;
	case TWIN_SCALE:
		scale(v->n, v->s, v->c, v->b);
		break;
	case TWIN_ADD:
		add(v->n, v->a, v->b, v->c);
		break;
	case TWIN_TRIAD:
		triad(v->n, v->b, v->s, v->c, v->a);
		break;
	}
}
