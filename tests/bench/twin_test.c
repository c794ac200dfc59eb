/*
 * Each twin against plain formulas: all counts around a cache line and a vector,
 * unaligned starts, canaries around the target, several threads.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/twin.h"

#include "tests/bench/openmp.h"
#include "tests/support/check.h"

#include <math.h>

enum { MOST = 4200, CANARY = 8 };

static double va[MOST + 32], vb[MOST + 32], vc[MOST + 32];

typedef void (*stream_twin)(enum twin_op op, const struct twin_vectors *v);

static void with_omp(enum twin_op op, const struct twin_vectors *v)
{
	twin_omp_stream(op, v, 3);
}

static void with_omp_nt(enum twin_op op, const struct twin_vectors *v)
{
	twin_omp_stream_nt(op, v, 3);
}

static void with_streaming(enum twin_op op, const struct twin_vectors *v)
{
	twin_streaming_range(op, v, 0, v->n);
}

static void check_stream(stream_twin twin, enum twin_op op, size_t n, size_t shift)
{
	for (size_t i = 0; i < MOST + 32; i++) {
		va[i] = 1.0 + (double)i;
		vb[i] = 0.5 * (double)i;
		vc[i] = 7.0 - (double)i;
	}
	struct twin_vectors v = {va + CANARY + shift, vb + CANARY, vc + CANARY + 2 * shift, 3.0, n};
	double *target = op == TWIN_TRIAD ? v.a : op == TWIN_SCALE ? v.b : v.c;
	double before = target[-1], after = target[n];

	twin(op, &v);
	CHECK(target[-1] == before && target[n] == after);
	for (size_t i = 0; i < n; i++) {
		double in_a = 1.0 + (double)(i + CANARY + shift), in_b = 0.5 * (double)(i + CANARY);
		double in_c = 7.0 - (double)(i + CANARY + 2 * shift);
		double want[] = {in_a, 3.0 * in_c, in_a + in_b, in_b + 3.0 * in_c};

		CHECK(target[i] == want[op]);
	}
}

static void test_stream(void)
{
	static const size_t count[] = {0, 1, 7, 8, 9, 15, 16, 17, 63, 64, 65, 1000, 4095, 4096, 4097};
	static const stream_twin all[] = {twin_serial_stream, with_streaming, with_omp, with_omp_nt};
	size_t twins = OPENMP_TESTED ? 4 : 2;

	for (size_t t = 0; t < twins; t++)
		for (enum twin_op op = TWIN_COPY; op <= TWIN_TRIAD; op++)
			for (size_t k = 0; k < sizeof count / sizeof count[0]; k++)
				for (size_t shift = 0; shift < 8; shift += 3)
					check_stream(all[t], op, count[k], shift);
}

static void test_reduce(void)
{
	double sum = 0, dot = 0;

	for (size_t n = 0; n < 3000; n = 2 * n + 1) {
		sum = dot = 0;
		for (size_t i = 0; i < n; i++) { /* small integers: exact in any order */
			va[i] = (double)(i % 13) - 6;
			vb[i] = (double)(i % 5);
			sum += va[i];
			dot += va[i] * vb[i];
		}
		CHECK(twin_serial_sum(va, n) == sum);
		CHECK(twin_serial_dot(va, vb, n) == dot);
		if (!OPENMP_TESTED)
			continue;
		CHECK(twin_omp_sum(va, n, 3) == sum);
		CHECK(twin_omp_dot(va, vb, n, 3) == dot);
	}
}

/* The 1-D Laplacian plus one, of 50 rows. */
enum { ROWS = 50, ENTRIES = 3 * ROWS - 2 };
static uint64_t row_start[ROWS + 1];
static uint32_t column[ENTRIES];
static double value[ENTRIES];
static pinion_csr laplacian = {ROWS, ROWS, ENTRIES, row_start, column, value};

static void make_laplacian(void)
{
	size_t k = 0;

	for (uint32_t i = 0; i < ROWS; i++) {
		for (uint32_t j = i > 0 ? i - 1 : 0; j <= i + 1 && j < ROWS; j++) {
			column[k] = j;
			value[k++] = i == j ? 3 : -1;
		}
		row_start[i + 1] = k;
	}
}

static int solve(int threads, double diagonal, struct twin_cg *cg)
{
	static double right[ROWS], x[ROWS], scratch[5][ROWS], history[201];

	make_laplacian();
	value[0] = diagonal;
	for (int i = 0; i < ROWS; i++) {
		right[i] = i % 3;
		x[i] = 0;
	}
	*cg = (struct twin_cg){&laplacian, right,      x,          scratch[0], scratch[1],
	                       scratch[2], scratch[3], scratch[4], threads,    200,
	                       1e-12,      history,    0,          false,      NULL};
	return twin_cg_solve(cg);
}

static void test_cg(void)
{
	for (int threads = 0; threads <= (OPENMP_TESTED ? 2 : 0); threads += 2) {
		struct twin_cg cg;
		double y[ROWS], error = 0;

		CHECK_INT(solve(threads, 3, &cg), ==, 0);
		CHECK(cg.converged);
		CHECK_INT(cg.iterations, <=, ROWS);
		CHECK(cg.history[0] == 1.0);
		CHECK(cg.history[cg.iterations] <= 1e-12);
		twin_serial_spmv(&laplacian, cg.x, y);
		for (int i = 0; i < ROWS; i++)
			error = fmax(error, fabs(y[i] - cg.b[i]));
		CHECK(error < 1e-11);
		CHECK_INT(solve(threads, 0, &cg), ==, PINION_ERR_ARG);
		CHECK_INT(solve(threads, -3, &cg), ==, PINION_ERR_ARG);
		CHECK_INT(solve(threads, 0.01, &cg), ==, 0); /* indefinite */
		CHECK(!cg.converged);
		CHECK_CONTAINS(cg.reason, "positive definite");
	}
}

TESTS({"stream", test_stream}, {"reduce", test_reduce}, {"cg", test_cg})
