/*
 * The twins: each kernel once more as plain sequential loops, and once with
 * OpenMP pragmas on the same loops. They answer "what would I have had without
 * Pinion?" and check it at the same time.
 *
 * A twin is a pure function on pointers and counts and knows nothing of Pinion
 * but the plain struct of a sparse matrix, so that it can also be compiled by
 * another compiler for another OpenMP runtime. `threads` is what the twin asks
 * the runtime for. Vectors do not overlap.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_TWIN_H
#define PINION_BENCH_TWIN_H

#include <pinion/sparse.h>

#include <stdbool.h>
#include <stddef.h>

/* STREAM's four loops. */
enum twin_op { TWIN_COPY = 0, TWIN_SCALE, TWIN_ADD, TWIN_TRIAD };

/* Their operands: c = a; b = s c; c = a + b; a = b + s c. */
struct twin_vectors {
	double *a, *b, *c;
	double s;
	size_t n;
};

/** One loop with ordinary stores. */
void twin_serial_stream(enum twin_op op, const struct twin_vectors *v);
void twin_omp_stream(enum twin_op op, const struct twin_vectors *v, int threads);

/** The same with stores that bypass the cache; ordinary stores where the processor has none. */
void twin_omp_stream_nt(enum twin_op op, const struct twin_vectors *v, int threads);

/** The streaming loop over begin .. end - 1 on the calling thread, with its closing fence. */
void twin_streaming_range(enum twin_op op, const struct twin_vectors *v, size_t begin, size_t end);

/**
 * What twin_streaming_range uses here: "avx512", "avx", "sse2", or NULL where there are no
 * streaming stores.
 */
const char *twin_streaming_isa(void);

double twin_serial_sum(const double *x, size_t n);
double twin_serial_dot(const double *x, const double *y, size_t n);
double twin_omp_sum(const double *x, size_t n, int threads);
double twin_omp_dot(const double *x, const double *y, size_t n, int threads);

/** y = A x, each row in the order it is stored. */
void twin_serial_spmv(const pinion_csr *a, const double *x, double *y);
void twin_omp_spmv(const pinion_csr *a, const double *x, double *y, int threads);

/** y = y + s x; p = z + s p; z[i] = d[i] r[i]: the vector steps of conjugate gradients. */
void twin_serial_axpy(double s, const double *x, double *y, size_t n);
void twin_serial_xpby(const double *z, double s, double *p, size_t n);
void twin_serial_multiply(const double *d, const double *r, double *z, size_t n);
void twin_omp_axpy(double s, const double *x, double *y, size_t n, int threads);
void twin_omp_xpby(const double *z, double s, double *p, size_t n, int threads);
void twin_omp_multiply(const double *d, const double *r, double *z, size_t n, int threads);

/**
 * body(begin, end, ctx) once per thread, on equal consecutive parts of 0 .. n - 1. @return first
 * non-zero, or 0.
 */
int twin_omp_for(size_t n, int threads, pinion_body body, void *ctx);

/**
 * Threads of a region that asks for none in particular, and threads that one of `threads` really
 * gets.
 */
int twin_omp_default_threads(void);
int twin_omp_threads(int threads);

/* Conjugate gradients with Jacobi preconditioning; the caller owns all vectors of [rows]. */
struct twin_cg {
	const pinion_csr *a;
	const double *b;
	double *x;             /* start vector at entry, solution at return */
	double *r, *z, *p, *q; /* scratch */
	double *inverse;       /* scratch: 1 / diagonal */
	int threads;           /* 0: the sequential twin */
	int max_iterations;
	double tolerance;   /* on |b - A x| / |b| by the recurrence */
	double *history;    /* [max_iterations + 1] */
	int iterations;     /* out; history holds iterations + 1 values */
	bool converged;     /* out */
	const char *reason; /* out: why it ended */
};

/** Solve. @return 0, or PINION_ERR_ARG when a diagonal entry is missing or not positive. */
int twin_cg_solve(struct twin_cg *cg);

#endif
