/*
 * Conjugate gradients: the solution, the reason why it ends, and the same
 * history bit for bit for any number of workers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/reference.h"
#include "tests/kernels/data.h"
#include "tests/kernels/engines.h"

#include <math.h>

#define HISTORY 12000

/* Iterations on the real matrix: to the end (0), or the first ones where the code is slow. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__)
#define REAL_LIMIT 60
#else
#define REAL_LIMIT 0
#endif

static const int workers[] = {1, 2, 3, 7};
#define TEAMS (sizeof workers / sizeof workers[0])

struct run {
	pinion_cg_result result;
	double *history, *x;
};

static double *vector(size_t n, double value)
{
	double *v = calloc(n + 1, sizeof *v);
	CHECK(v != NULL);
	for (size_t i = 0; i < n; i++)
		v[i] = value;
	return v;
}

/* A right-hand side without symmetry. */
static double *some_b(size_t n)
{
	double *b = vector(n, 0.0);
	for (size_t i = 0; i < n; i++)
		b[i] = 1.0 + (double)(i % 7) - (double)(i % 3) / 8;
	return b;
}

static struct run solve(pinion_engine *e, const pinion_csr *a, const double *b, double tolerance,
                        int limit)
{
	struct run r = {{0}, vector(HISTORY, -1.0), vector(a->rows, 0.0)};
	pinion_cg_options o = PINION_CG_OPTIONS_INIT;
	pinion_partition *p = NULL;
	o.tolerance = tolerance;
	o.max_iterations = limit;
	o.history = r.history;
	o.history_length = HISTORY;
	CHECK_INT(pinion_csr_partition(&p, pinion_engine_placement(e), a), ==, 0);
	CHECK_INT(pinion_cg(e, p, a, b, r.x, &o, &r.result), ==, 0);
	pinion_partition_destroy(p);
	return r;
}

static void free_run(struct run *r)
{
	free(r->history);
	free(r->x);
}

static void print_run(const struct run *r)
{
	printf("  %d iterations, residual %.3g, true %.3g: %s\n", r->result.iterations,
	       r->result.residual, r->result.true_residual, r->result.reason);
}

/* Every team gives the bits of the first. */
static struct run solve_by(size_t teams, const pinion_csr *a, const double *b, double tolerance,
                           int limit)
{
	struct run first = {0};
	for (size_t w = 0; w < teams; w++) {
		pinion_engine *e = engine_with(workers[w]);
		struct run r = solve(e, a, b, tolerance, limit);
		pinion_engine_destroy(e);
		if (w == 0) {
			first = r;
			continue;
		}
		CHECK_INT(r.result.iterations, ==, first.result.iterations);
		CHECK(memcmp(r.history, first.history, HISTORY * sizeof *r.history) == 0);
		CHECK(memcmp(r.x, first.x, a->rows * sizeof *r.x) == 0);
		CHECK(memcmp(&r.result.true_residual, &first.result.true_residual, sizeof(double)) == 0);
		CHECK_STR(r.result.reason, first.result.reason);
		free_run(&r);
	}
	print_run(&first);
	return first;
}

static void grid(void)
{
	pinion_matrix *m = NULL;
	CHECK_INT(pinion_matrix_27point(&m, 16, 15, 14), ==, 0);
	pinion_csr a = pinion_matrix_csr(m);
	double *b = some_b(a.rows), *x = vector(a.rows, 0.0), *work = vector(4 * a.rows, 0.0);
	struct run r = solve_by(TEAMS, &a, b, 0, 0);
	int reference = pinion__reference_cg(&a, b, x, work, 1e-10, 1000);
	CHECK(r.result.converged);
	CHECK_STR(r.result.reason, "converged");
	CHECK(r.result.residual <= 1e-10 && r.result.true_residual <= 1e-9);
	CHECK_INT(abs(r.result.iterations - reference), <=, 1);
	for (size_t i = 0; i < a.rows; i++)
		CHECK(fabs(r.x[i] - x[i]) <= 1e-8 * (1.0 + fabs(x[i])));
	for (int k = 0; k <= r.result.iterations; k++)
		CHECK(r.history[k] >= 0.0);
	CHECK(r.history[r.result.iterations] == r.result.residual);
	CHECK(r.history[r.result.iterations + 1] == -1.0);
	free_run(&r);
	free(b);
	free(x);
	free(work);
	pinion_matrix_destroy(m);
}

/* A chain of springs whose stiffness spans ten decades: tridiagonal, positive definite, ill-
 * conditioned. */
struct chain {
	uint64_t *start;
	uint32_t *column;
	double *value;
};

static pinion_csr make_chain(struct chain *c, size_t n)
{
	size_t k = 0;
	*c = (struct chain){calloc(n + 1, sizeof *c->start), calloc(3 * n, sizeof *c->column),
	                    vector(3 * n, 0.0)};
	CHECK(c->start != NULL && c->column != NULL);
	for (size_t i = 0; i < n; i++) {
		double left = pow(10.0, (double)(i * 7919 % n) / (double)n * 10.0 - 5.0);
		double right = pow(10.0, (double)((i + 1) * 7919 % n) / (double)n * 10.0 - 5.0);
		if (i > 0) {
			c->column[k] = (uint32_t)i - 1;
			c->value[k++] = -left;
		}
		c->column[k] = (uint32_t)i;
		c->value[k++] = left + right;
		if (i + 1 < n) {
			c->column[k] = (uint32_t)i + 1;
			c->value[k++] = -right;
		}
		c->start[i + 1] = k;
	}
	return (pinion_csr){n, n, k, c->start, c->column, c->value};
}

static void free_chain(struct chain *c)
{
	free(c->start);
	free(c->column);
	free(c->value);
}

static void ill_conditioned(void)
{
	struct chain c;
	pinion_csr a = make_chain(&c, 1100);
	double *b = some_b(a.rows);
	struct run r = solve_by(TEAMS, &a, b, 1e-9, 150);
	CHECK(!r.result.converged);
	CHECK_INT(r.result.iterations, ==, 150);
	CHECK_STR(r.result.reason, "iteration limit");
	CHECK(isfinite(r.result.true_residual) && r.result.true_residual > 1e-9);
	free_run(&r);
	free(b);
	free_chain(&c);
}

static void real_file(void)
{
	char name[512];
	pinion_matrix *m = NULL;
	if (!data_file(name, sizeof name, "bcsstk13.mtx"))
		return;
	CHECK_INT(pinion_matrix_read(&m, name, NULL), ==, 0);
	pinion_csr a = pinion_matrix_csr(m);
	double *b = some_b(a.rows);
	struct run r = solve_by(2, &a, b, 0, REAL_LIMIT);
	if (REAL_LIMIT == 0)
		CHECK(r.result.converged && r.result.residual <= 1e-10 && r.result.true_residual <= 1e-9);
	else
		CHECK_STR(r.result.reason, "iteration limit");
	free_run(&r);
	free(b);
	pinion_matrix_destroy(m);
}

/* Rows of a dense 2 x 2 matrix. */
static pinion_csr two(double *value)
{
	static const uint64_t start[3] = {0, 2, 4};
	static const uint32_t column[4] = {0, 1, 0, 1};
	return (pinion_csr){2, 2, 4, start, column, value};
}

static void reasons(void)
{
	pinion_engine *e = engine_with(2);
	double b[2] = {1, 2};
	pinion_csr a = two((double[]){1, 3, 3, 1});
	struct run r = solve(e, &a, (double[]){1, -1}, 0, 0);
	CHECK(!r.result.converged);
	CHECK_STR(r.result.reason, "matrix is not positive definite (p'Ap <= 0 in iteration 1)");
	free_run(&r);

	a = two((double[]){2, 0, 0, 3});
	r = solve(e, &a, (double[]){0, 0}, 0, 0);
	CHECK(r.result.converged && r.x[0] == 0.0 && r.result.true_residual == 0.0 &&
	      r.result.iterations == 0);
	CHECK_STR(r.result.reason, "right-hand side is zero, and so is the solution");
	free_run(&r);

	r = solve(e, &a, (double[]){1e-200, 0}, 0, 0);
	CHECK(!r.result.converged);
	CHECK_CONTAINS(r.result.reason, "too small");
	free_run(&r);

	r = solve(e, &a, (double[]){NAN, 0}, 0, 0);
	CHECK(!r.result.converged);
	CHECK_CONTAINS(r.result.reason, "not finite");
	free_run(&r);

	r = solve(e, &a, (double[]){1e200, 0}, 0, 0);
	CHECK(!r.result.converged);
	CHECK_CONTAINS(r.result.reason, "overflow");
	free_run(&r);

	a = two((double[]){1, NAN, NAN, 1});
	r = solve(e, &a, b, 0, 0);
	CHECK(!r.result.converged);
	CHECK_CONTAINS(r.result.reason, "not finite");
	free_run(&r);

	a = two((double[]){2, 0, 0, 3});
	r = solve(e, &a, b, 0, 0);
	CHECK(r.result.converged && fabs(r.x[1] - 2.0 / 3.0) < 1e-15);
	CHECK_INT(r.result.iterations, <=, 2);
	free_run(&r);
	pinion_engine_destroy(e);
}

/* The recurrence goes on falling where the true residual cannot: that is no convergence. */
static void rounding_is_told(void)
{
	pinion_engine *e = engine_with(1);
	struct chain c;
	pinion_csr a = make_chain(&c, 300);
	double *b = some_b(a.rows);
	struct run r = solve(e, &a, b, 1e-14, 0);
	print_run(&r);
	CHECK(r.result.residual <= 1e-14 && r.result.true_residual > 1e-13);
	CHECK(!r.result.converged);
	CHECK_CONTAINS(r.result.reason, "rounding: the recurrence fell to the tolerance");
	free_run(&r);
	free(b);
	free_chain(&c);
	pinion_engine_destroy(e);
}

static void arguments(void)
{
	pinion_engine *e = engine_with(2);
	pinion_partition *p = blocks_of(e, 2), *other = blocks_of(e, 3);
	pinion_csr a = two((double[]){2, 0, 0, 3}), bad;
	pinion_cg_options o = PINION_CG_OPTIONS_INIT;
	pinion_cg_result result = {.iterations = 77};
	double b[2] = {1, 1}, x[2] = {0.5, 0.5}, history[1] = {-1};
	CHECK_INT(pinion_cg(e, other, &a, b, x, NULL, &result), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_cg(e, p, NULL, b, x, NULL, &result), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_cg(e, p, &a, NULL, x, NULL, &result), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_cg(e, p, &a, b, x, NULL, NULL), ==, PINION_ERR_ARG);
	bad = two((double[]){0, 1, 1, 2});
	CHECK_INT(pinion_cg(e, p, &bad, b, x, NULL, &result), ==, PINION_ERR_ARG);
	bad = two((double[]){1, 1, 1, -2});
	CHECK_INT(pinion_cg(e, p, &bad, b, x, NULL, &result), ==, PINION_ERR_ARG);
	bad.columns = 3;
	CHECK_INT(pinion_cg(e, p, &bad, b, x, NULL, &result), ==, PINION_ERR_ARG);
	o.tolerance = -1;
	CHECK_INT(pinion_cg(e, p, &a, b, x, &o, &result), ==, PINION_ERR_ARG);
	o.tolerance = NAN;
	CHECK_INT(pinion_cg(e, p, &a, b, x, &o, &result), ==, PINION_ERR_ARG);
	o.tolerance = 0;
	o.max_iterations = -1;
	CHECK_INT(pinion_cg(e, p, &a, b, x, &o, &result), ==, PINION_ERR_ARG);
	CHECK(result.iterations == 77 && x[0] == 0.5 && x[1] == 0.5);

	/* A short history is filled as far as it goes; a start at the solution needs no iteration. */
	o.max_iterations = 0;
	o.history = history;
	o.history_length = 1;
	CHECK_INT(pinion_cg(e, p, &a, b, x, &o, &result), ==, 0);
	CHECK(history[0] > 0.0 && result.converged && result.iterations >= 1);
	double before = result.true_residual;
	CHECK_INT(pinion_cg(e, p, &a, b, x, &o, &result), ==, 0);
	CHECK(result.iterations == 0 && result.converged && result.true_residual == before);

	CHECK_INT(pinion_engine_stop(e), ==, 0);
	CHECK_INT(pinion_cg(e, p, &a, b, x, NULL, &result), ==, PINION_ERR_STATE);
	pinion_partition_destroy(p);
	pinion_partition_destroy(other);
	pinion_engine_destroy(e);
}

TESTS({"grid", grid}, {"ill_conditioned", ill_conditioned}, {"real_file", real_file},
      {"reasons", reasons}, {"rounding_is_told", rounding_is_told}, {"arguments", arguments})
