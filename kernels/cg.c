/*
 * Conjugate gradients with Jacobi preconditioning, in three passes over the
 * vectors per iteration:
 *
 *   product    q = A p,                           giving p'q
 *   update     x += alpha p, r -= alpha q, z = r / diag(A)
 *                                                 giving r'r and r'z
 *   direction  p = z + beta p
 *
 * The two that give numbers are reductions whose leaves do the vector work as
 * they go, so a vector is read once and its dot product costs nothing beside.
 * z lives inside a leaf only. Leaves are cut by row number, each row is summed
 * in stored order and the leaf sums go up a fixed tree: every number, and so
 * the whole history, is the same for any number of workers.
 *
 * The vectors are laid out like the rows, each part first touched by its owner.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/options.h"
#include "kernels/panels.h"
#include "kernels/sparse.h"

#include "affinity/port.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#define LEAF           256   /* rows; part of the result's definition */
#define VECTOR_GRAIN   16384 /* rows per claim, a multiple of LEAF */
#define ITERATIONS_MAX 10000
#define TOLERANCE      1e-10

enum vector { R = 0, P, Q, D, VECTORS }; /* residual, direction, A p, 1 / diag(A) */

struct cg {
	pinion_engine *engine;
	const pinion_partition *rows;
	const pinion_csr *a;
	const struct pinion__panels *panels;
	const double *b;
	double *x;
	double *v[VECTORS];
	pinion_array *array[VECTORS];
	pinion_cg_options options;
	double row_bytes;   /* of the product, for the ledger */
	size_t grain;       /* rows per claim of the product, a multiple of LEAF */
	double alpha, beta; /* of the pass that runs */
};

/* What a pass sums up; a pass uses the fields that it needs. */
struct sums {
	double pq, rr, rz, bb;
	bool b_nonzero; /* bb may be 0 without b being so */
	size_t bad_row; /* lowest row whose diagonal entry is missing or not positive; SIZE_MAX: none */
};

static void combine(void *into, const void *from, void *ctx)
{
	struct sums *s = into;
	const struct sums *t = from;
	s->pq += t->pq;
	s->rr += t->rr;
	s->rz += t->rz;
	s->bb += t->bb;
	s->b_nonzero = s->b_nonzero || t->b_nonzero;
	s->bad_row = s->bad_row < t->bad_row ? s->bad_row : t->bad_row;
}

static int run_pass(struct cg *cg, const char *site, size_t grain, double bytes,
                    void (*leaf)(size_t, size_t, void *, void *), struct sums *result)
{
	static const struct sums none = {.bad_row = SIZE_MAX};
	const pinion_kernel_options o = {.schedule = cg->options.schedule};
	pinion_loop_options loop = loop_options(&o, site, grain, bytes);
	pinion_reduction reduction = PINION_REDUCTION_INIT;
	reduction.value_bytes = sizeof none;
	reduction.identity = &none;
	reduction.leaf = leaf;
	reduction.combine = combine;
	reduction.leaf_size = LEAF;
	return pinion_reduce(cg->engine, cg->rows, &loop, &reduction, result, cg);
}

/* 0 when it has none. */
static double diagonal(const pinion_csr *a, size_t row)
{
	for (uint64_t k = a->row_start[row]; k < a->row_start[row + 1]; k++)
		if (a->column[k] == row)
			return a->value[k];
	return 0.0;
}

/* D = 1 / diag(A), and which row forbids it. */
static void setup_diagonal(const struct cg *cg, size_t begin, size_t end, struct sums *s)
{
	for (size_t i = end; i-- > begin;) {
		double d = diagonal(cg->a, i);
		bool fine = d > 0.0 && isfinite(d);
		cg->v[D][i] = fine ? 1.0 / d : 0.0;
		if (!fine)
			s->bad_row = i;
	}
}

/* out = b - A x. */
static void residual(const struct cg *cg, double *out, size_t begin, size_t end)
{
	cg->panels->spmv(cg->a, cg->x, out, begin, end);
	for (size_t i = begin; i < end; i++)
		out[i] = cg->b[i] - out[i];
}

static void setup_leaf(size_t begin, size_t end, void *value, void *ctx)
{
	struct cg *cg = ctx;
	struct sums *s = value;
	size_t n = end - begin;
	setup_diagonal(cg, begin, end, s);
	residual(cg, cg->v[R], begin, end);
	for (size_t i = begin; i < end; i++) {
		cg->v[P][i] = cg->v[D][i] * cg->v[R][i];
		s->b_nonzero = s->b_nonzero || cg->b[i] != 0.0;
	}
	s->bb = cg->panels->dot(cg->b + begin, cg->b + begin, n);
	s->rr = cg->panels->dot(cg->v[R] + begin, cg->v[R] + begin, n);
	s->rz = cg->panels->dot(cg->v[R] + begin, cg->v[P] + begin, n);
}

static void product_leaf(size_t begin, size_t end, void *value, void *ctx)
{
	struct cg *cg = ctx;
	struct sums *s = value;
	cg->panels->spmv(cg->a, cg->v[P], cg->v[Q], begin, end);
	s->pq = cg->panels->dot(cg->v[P] + begin, cg->v[Q] + begin, end - begin);
}

static void update_leaf(size_t begin, size_t end, void *value, void *ctx)
{
	struct cg *cg = ctx;
	struct sums *s = value;
	double *r = cg->v[R] + begin, z[LEAF];
	size_t n = end - begin;
	cg->panels->cg_update(cg->alpha, cg->v[P] + begin, cg->v[Q] + begin, cg->v[D] + begin,
	                      cg->x + begin, r, z, n);
	s->rr = cg->panels->dot(r, r, n);
	s->rz = cg->panels->dot(r, z, n);
}

static int direction_body(size_t begin, size_t end, void *ctx)
{
	struct cg *cg = ctx;
	cg->panels->cg_direction(cg->beta, cg->v[D] + begin, cg->v[R] + begin, cg->v[P] + begin,
	                         end - begin);
	return 0;
}

/* Q is free when the iteration is over. */
static void check_leaf(size_t begin, size_t end, void *value, void *ctx)
{
	struct cg *cg = ctx;
	struct sums *s = value;
	residual(cg, cg->v[Q], begin, end);
	s->rr = cg->panels->dot(cg->v[Q] + begin, cg->v[Q] + begin, end - begin);
}

static int run_setup(struct cg *cg, struct sums *s)
{
	return run_pass(cg, "cg.setup", cg->grain, cg->row_bytes + 40, setup_leaf, s);
}

static int run_product(struct cg *cg, struct sums *s)
{
	return run_pass(cg, "cg.product", cg->grain, cg->row_bytes, product_leaf, s);
}

static int run_update(struct cg *cg, struct sums *s)
{
	return run_pass(cg, "cg.update", VECTOR_GRAIN, 56, update_leaf, s);
}

static int run_direction(struct cg *cg)
{
	const pinion_kernel_options o = {.schedule = cg->options.schedule};
	pinion_loop_options loop = loop_options(&o, "cg.direction", VECTOR_GRAIN, 32);
	return pinion_for(cg->engine, cg->rows, &loop, direction_body, cg);
}

static int run_check(struct cg *cg, struct sums *s)
{
	return run_pass(cg, "cg.check", cg->grain, cg->row_bytes + 8, check_leaf, s);
}

static void record(const struct cg *cg, pinion_cg_result *result, int iteration, double residual)
{
	result->iterations = iteration;
	result->residual = residual;
	if (cg->options.history != NULL && iteration < cg->options.history_length)
		cg->options.history[iteration] = residual;
}

#define because(result, ...) snprintf((result)->reason, sizeof(result)->reason, __VA_ARGS__)

/* One iteration. @return 0 to go on; 1 to end, with the reason; or an error. */
static int iterate(struct cg *cg, struct sums *s, double b_norm, pinion_cg_result *result)
{
	int k = result->iterations + 1, rc;
	double rz = s->rz;
	if ((rc = run_product(cg, s)) != 0)
		return rc;
	if (!(s->pq > 0.0) || !isfinite(s->pq)) {
		because(result,
		        isfinite(s->pq) ? "matrix is not positive definite (p'Ap <= 0 in iteration %d)"
		                        : "overflow (p'Ap is not finite in iteration %d)",
		        k);
		return 1;
	}
	cg->alpha = rz / s->pq;
	if ((rc = run_update(cg, s)) != 0)
		return rc;
	record(cg, result, k, sqrt(s->rr) / b_norm);
	if (!isfinite(result->residual) || !isfinite(s->rz)) {
		because(result, "overflow (residual is not finite in iteration %d)", k);
		return 1;
	}
	if (result->residual <= cg->options.tolerance)
		return 1;
	if (!(s->rz > 0.0)) {
		because(result, "underflow (r'z is 0 in iteration %d)", k);
		return 1;
	}
	cg->beta = s->rz / rz;
	return run_direction(cg);
}

/* Rounding makes the recurrence drift from the true residual; this much of it is still
 * convergence. */
#define DRIFT 10.0

static void explain(const struct cg *cg, pinion_cg_result *result)
{
	bool fell = result->residual <= cg->options.tolerance;
	result->converged = fell && result->true_residual <= DRIFT * cg->options.tolerance;
	if (result->converged)
		because(result, "converged");
	else if (fell)
		because(result,
		        "rounding: the recurrence fell to the tolerance, but |b - Ax| / |b| is %.2g",
		        result->true_residual);
	else if (result->reason[0] == '\0')
		because(result, "iteration limit");
}

/* x = 0 solves it exactly, whatever the start. */
static int zero_body(size_t begin, size_t end, void *ctx)
{
	struct cg *cg = ctx;
	memset(cg->x + begin, 0, (end - begin) * sizeof *cg->x);
	return 0;
}

static int solve_zero(struct cg *cg, pinion_cg_result *result)
{
	record(cg, result, 0, 0.0);
	result->converged = true;
	because(result, "right-hand side is zero, and so is the solution");
	return pinion_for(cg->engine, cg->rows, NULL, zero_body, cg);
}

/* Judge the start. @return 1 when there is nothing to iterate, with the reason if it is a bad
 * one. */
static int judge_start(const struct cg *cg, const struct sums *s, pinion_cg_result *result)
{
	bool usable = isfinite(s->bb) && isfinite(s->rr) && isfinite(s->rz) && s->bb >= DBL_MIN;
	record(cg, result, 0, usable ? sqrt(s->rr) / sqrt(s->bb) : NAN);
	if (!usable)
		because(result, s->bb < DBL_MIN ? "right-hand side is too small: scale it"
		                                : "input is not finite, or its squares overflow");
	return !usable || result->residual <= cg->options.tolerance;
}

static int solve(struct cg *cg, pinion_cg_result *result)
{
	struct sums s;
	int rc = run_setup(cg, &s);
	if (rc != 0)
		return rc;
	if (s.bad_row != SIZE_MAX)
		return PINION_ERR_ARG;
	if (!s.b_nonzero)
		return solve_zero(cg, result);

	double b_norm = sqrt(s.bb);
	int done = judge_start(cg, &s, result);
	while (done == 0 && result->iterations < cg->options.max_iterations)
		done = iterate(cg, &s, b_norm, result);
	if (done < 0)
		return done;
	rc = run_check(cg, &s);
	if (rc != 0)
		return rc;
	result->true_residual = sqrt(s.rr) / b_norm;
	explain(cg, result);
	return 0;
}

static int options_of(pinion_cg_options *o, const pinion_cg_options *in, size_t rows)
{
	*o = (pinion_cg_options)PINION_CG_OPTIONS_INIT;
	int rc = options_take(o, sizeof *o, in);
	if (rc != 0)
		return rc;
	if (o->max_iterations < 0 || !(o->tolerance >= 0.0) || o->history_length < 0 ||
	    (unsigned)o->schedule > PINION_SCHEDULE_OWNER)
		return PINION_ERR_ARG;
	if (o->max_iterations == 0)
		o->max_iterations = rows < ITERATIONS_MAX / 10 ? (int)rows * 10 : ITERATIONS_MAX;
	if (o->tolerance == 0.0)
		o->tolerance = TOLERANCE;
	return 0;
}

static int create_vectors(struct cg *cg)
{
	int rc = 0;
	for (int i = 0; i < VECTORS && rc == 0; i++)
		rc = pinion_array_create(&cg->array[i], cg->rows, sizeof(double), NULL, NULL);
	for (int i = 0; i < VECTORS && rc == 0; i++)
		rc = pinion_array_prefault(cg->engine, cg->array[i], NULL);
	for (int i = 0; i < VECTORS && rc == 0; i++)
		cg->v[i] = pinion_array_data(cg->array[i]);
	return rc;
}

int pinion_cg(pinion_engine *engine, const pinion_partition *rows, const pinion_csr *a,
              const double *b, double *x, const pinion_cg_options *options,
              pinion_cg_result *result)
{
	struct cg cg = {.engine = engine, .rows = rows, .a = a, .b = b, .x = x};
	pinion_cg_result r = {0};
	if (!pinion__csr_is_complete(a) || a->rows != a->columns || result == NULL ||
	    pinion_partition_size(rows) != a->rows || (a->rows > 0 && (b == NULL || x == NULL)))
		return PINION_ERR_ARG;
	int rc = options_of(&cg.options, options, a->rows);
	if (rc != 0)
		return rc;
	cg.panels = pinion__panels_best();
	cg.row_bytes = pinion__csr_row_bytes(a);
	cg.grain = (pinion__csr_grain(a) + LEAF - 1) / LEAF * LEAF;
	rc = create_vectors(&cg);
	if (rc == 0)
		rc = solve(&cg, &r);
	if (rc == 0)
		*result = r;
	for (int i = 0; i < VECTORS; i++)
		pinion_array_destroy(cg.array[i]);
	return rc;
}
