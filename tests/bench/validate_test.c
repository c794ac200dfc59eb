/*
 * The validators accept what is right and catch every corruption: one element
 * of many, the last one, NaN, a lost or doubled term, a wrong claim.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/validate.h"

#include "tests/support/check.h"

#include <math.h>

enum { N = 10007 };

static const struct crew serial = {.kind = WORKLOAD_SERIAL, .threads = 1};
static const struct crew_range range = {NULL, N};
static double va[N], vb[N], vc[N];

static struct twin_vectors vectors(void)
{
	for (size_t i = 0; i < N; i++) {
		va[i] = validate_input(1, 0, i);
		vb[i] = validate_input(1, 1, i);
		vc[i] = validate_input(1, 2, i);
	}
	return (struct twin_vectors){va, vb, vc, 3.0, N};
}

static void test_input(void)
{
	double sum = 0;

	for (size_t i = 0; i < N; i++) {
		double x = validate_input(7, 0, i);

		CHECK(x >= -1 && x < 1);
		CHECK(x == validate_input(7, 0, i));
		CHECK(x != validate_input(7, 1, i) && x != validate_input(8, 0, i) &&
		      x != validate_input(7, 0, i + 1));
		sum += x;
	}
	CHECK(fabs(sum) < 6 * sqrt(N / 3.0));
}

static double *target(enum twin_op op)
{
	return op == TWIN_TRIAD ? va : op == TWIN_SCALE ? vb : vc;
}

static bool stream_valid(enum twin_op op, const struct twin_vectors *v)
{
	struct finding finding = {0};

	CHECK_INT(validate_stream(&serial, &range, op, v, &finding), ==, 0);
	CHECK(finding.text[0] != '\0');
	return finding.valid;
}

static void test_stream(void)
{
	static const size_t place[] = {0, 1, 4096, N - 1};

	for (enum twin_op op = TWIN_COPY; op <= TWIN_TRIAD; op++) {
		struct twin_vectors v = vectors();

		CHECK(!stream_valid(op, &v));
		twin_serial_stream(op, &v);
		CHECK(stream_valid(op, &v));
		for (size_t k = 0; k < sizeof place / sizeof place[0]; k++) {
			double right = target(op)[place[k]];

			target(op)[place[k]] = right * (1 + 1e-12);
			CHECK(!stream_valid(op, &v));
			target(op)[place[k]] = NAN;
			CHECK(!stream_valid(op, &v));
			target(op)[place[k]] = INFINITY;
			CHECK(!stream_valid(op, &v));
			target(op)[place[k]] = right;
		}
		CHECK(stream_valid(op, &v));
	}
}

static void test_recurrence(void)
{
	struct validate_recurrence want = {1, 2, 0, 0.41421356237309505};
	struct twin_vectors v = {va, vb, vc, want.s, N};
	struct finding finding = {0};

	for (size_t i = 0; i < N; i++) {
		va[i] = want.a;
		vb[i] = want.b;
		vc[i] = want.c;
	}
	for (int round = 0; round < 500; round++) {
		for (enum twin_op op = TWIN_COPY; op <= TWIN_TRIAD; op++)
			twin_serial_stream(op, &v);
		validate_recurrence_step(&want);
	}
	CHECK(want.a > 0.5 && want.a < 2);
	CHECK_INT(validate_recurrence(&serial, &range, &v, &want, &finding), ==, 0);
	CHECK(finding.valid);
	va[N - 1] *= 1 + 1e-12; /* the mean over all elements, which STREAM judges, would not see it */
	CHECK_INT(validate_recurrence(&serial, &range, &v, &want, &finding), ==, 0);
	CHECK(!finding.valid);
	CHECK_INT(finding.at, ==, N - 1);
	twin_serial_stream(TWIN_COPY, &v); /* half a round too many */
	validate_recurrence_step(&want);
	CHECK_INT(validate_recurrence(&serial, &range, &v, &want, &finding), ==, 0);
	CHECK(!finding.valid);
}

static bool sum_valid(const double *x, const double *y, double got, bool pairwise)
{
	struct validate_sum sum = {x, y, got, pairwise};
	struct finding finding = {0};

	CHECK_INT(validate_sum(&serial, &range, &sum, &finding), ==, 0);
	return finding.valid;
}

static void test_sum(void)
{
	double sum, dot;

	vectors();
	sum = twin_serial_sum(va, N);
	dot = twin_serial_dot(va, vb, N);
	for (int pairwise = 0; pairwise < 2; pairwise++) {
		CHECK(sum_valid(va, NULL, sum, pairwise));
		CHECK(sum_valid(va, vb, dot, pairwise));
		for (size_t i = 0; i < N; i += 997) {
			CHECK(!sum_valid(va, NULL, sum - va[i], pairwise));
			CHECK(!sum_valid(va, NULL, sum + va[i], pairwise));
			CHECK(!sum_valid(va, vb, dot - va[i] * vb[i], pairwise));
		}
		CHECK(!sum_valid(va, NULL, NAN, pairwise));
		CHECK(!sum_valid(va, NULL, INFINITY, pairwise));
		CHECK(!sum_valid(va, NULL, 0.0, pairwise));
	}
}

/* A small matrix with an empty row and a full one. */
enum { ROWS = 4 };
static const uint64_t row_start[ROWS + 1] = {0, 2, 2, 6, 7};
static const uint32_t column[] = {0, 1, 0, 1, 2, 3, 3};
static const double value[] = {4, -1, -1, 3, 7, 0.5, 2};
static const pinion_csr matrix = {ROWS, ROWS, 7, row_start, column, value};
static const struct crew_range rows = {NULL, ROWS};

static void test_spmv(void)
{
	double x[ROWS] = {1, 2, -3, 0.1}, y[ROWS];
	struct finding finding = {0};

	twin_serial_spmv(&matrix, x, y);
	CHECK(y[0] == 2 && y[1] == 0);
	CHECK_INT(validate_spmv(&serial, &rows, &matrix, x, y, &finding), ==, 0);
	CHECK(finding.valid);
	for (int i = 0; i < ROWS; i++) {
		double right = y[i];

		y[i] = right + 1e-13;
		CHECK_INT(validate_spmv(&serial, &rows, &matrix, x, y, &finding), ==, 0);
		CHECK(!finding.valid);
		CHECK_INT(finding.at, ==, i);
		y[i] = NAN;
		CHECK_INT(validate_spmv(&serial, &rows, &matrix, x, y, &finding), ==, 0);
		CHECK(!finding.valid);
		y[i] = right;
	}
}

static bool solution_valid(struct validate_solution s)
{
	struct finding finding = {0};

	CHECK_INT(validate_solution(&serial, &(struct crew_range){NULL, s.a->rows}, &s, &finding), ==,
	          0);
	return finding.valid;
}

static void test_solution(void)
{
	static const uint64_t start[3] = {0, 2, 4};
	static const uint32_t at[] = {0, 1, 0, 1};
	static const double entry[] = {4, 1, 1, 3};
	const pinion_csr spd = {2, 2, 4, start, at, entry};
	double right[2] = {1, 2}, x[2] = {1.0 / 11, 7.0 / 11};
	struct validate_solution s = {&spd, right, x, NAN, 1e-10, 2, true};

	CHECK(solution_valid(s));
	s.true_residual = 1e-17;
	CHECK(solution_valid(s));
	s.true_residual = 0.5; /* the solver's own number is wrong */
	CHECK(!solution_valid(s));
	s.true_residual = NAN;
	x[1] += 1e-8;
	CHECK(!solution_valid(s));
	s.converged = false; /* it claims nothing then */
	CHECK(solution_valid(s));
	s.true_residual = 1e-12;
	CHECK(!solution_valid(s));
	s.true_residual = NAN;
	x[0] = NAN;
	CHECK(!solution_valid(s));
}

TESTS({"input", test_input}, {"stream", test_stream}, {"recurrence", test_recurrence},
      {"sum", test_sum}, {"spmv", test_spmv}, {"solution", test_solution})
