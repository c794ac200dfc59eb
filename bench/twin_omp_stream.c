/*
 * STREAM's four loops with OpenMP: the pragma of stream.c on plain loops, and
 * the variant whose threads write with streaming stores.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/twin.h"

#include <omp.h>

static void copy(size_t n, const double *restrict a, double *restrict c, int threads)
{
#pragma omp parallel for simd schedule(static) num_threads(threads)
	for (size_t i = 0; i < n; i++)
		c[i] = a[i];
}

static void scale(size_t n, double s, const double *restrict c, double *restrict b, int threads)
{
#pragma omp parallel for simd schedule(static) num_threads(threads)
	for (size_t i = 0; i < n; i++)
		b[i] = s * c[i];
}

static void add(size_t n, const double *restrict a, const double *restrict b, double *restrict c,
                int threads)
{
#pragma omp parallel for simd schedule(static) num_threads(threads)
	for (size_t i = 0; i < n; i++)
		c[i] = a[i] + b[i];
}

static void triad(size_t n, const double *restrict b, double s, const double *restrict c,
                  double *restrict a, int threads)
{
#pragma omp parallel for simd schedule(static) num_threads(threads)
	for (size_t i = 0; i < n; i++)
		a[i] = b[i] + s * c[i];
}

void twin_omp_stream(enum twin_op op, const struct twin_vectors *v, int threads)
{
	switch (op) {
	case TWIN_COPY:
		copy(v->n, v->a, v->c, threads);
		break;
	case TWIN_SCALE:
		scale(v->n, v->s, v->c, v->b, threads);
		break;
	case TWIN_ADD:
		add(v->n, v->a, v->b, v->c, threads);
		break;
	case TWIN_TRIAD:
		triad(v->n, v->b, v->s, v->c, v->a, threads);
		break;
	}
}

void twin_omp_stream_nt(enum twin_op op, const struct twin_vectors *v, int threads)
{
#pragma omp parallel num_threads(threads)
	{
		size_t team = (size_t)omp_get_num_threads(), me = (size_t)omp_get_thread_num();
		size_t part = v->n / team, rest = v->n % team;
		size_t begin = me * part + (me < rest ? me : rest);

		twin_streaming_range(op, v, begin, begin + part + (me < rest ? 1 : 0));
	}
}
