/*
 * Conjugate gradients. The right-hand side is A times a known vector, so a
 * solution exists for every matrix; each run starts from zero. Pinion's runs
 * must all have the same residual history, bit for bit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/sparse.h"
#include "bench/validate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What pinion_cg documents as its default, so that all engines do the same work. */
#define TWIN_TOLERANCE  1e-10
#define MOST_ITERATIONS 10000
#define PARAMETER_MOST  100000000 /* so that a history of them has a size */
#define AUTO_SIDE       64

struct cg {
	struct sparse matrix;
	double *b, *x;
	struct twin_cg twin;
	int room;                /* of the histories */
	double *history, *first; /* of the last run, and of the first */
	int iterations, first_iterations;
	bool any, varies; /* a run was made; two runs differ in a bit */
	bool converged;
	double true_residual;
	char reason[128];
};

/* The solution, element by element: between 1/2 and 3/2, and nothing special for any matrix. */
static double solution(const struct measure *m, size_t i)
{
	return 1.0 + 0.5 * validate_input(m->params->seed, 0, i);
}

static int fill_b(size_t begin, size_t end, void *ctx)
{
	const struct measure *m = ctx;
	const struct cg *cg = m->own;
	const pinion_csr *a = &cg->matrix.a;

	for (size_t i = begin; i < end; i++) {
		double sum = 0.0;

		for (uint64_t k = a->row_start[i]; k < a->row_start[i + 1]; k++)
			sum += a->value[k] * solution(m, a->column[k]);
		cg->b[i] = sum;
	}
	return 0;
}

static int zero_x(size_t begin, size_t end, void *ctx)
{
	const struct measure *m = ctx;
	const struct cg *cg = m->own;

	memset(cg->x + begin, 0, (end - begin) * sizeof *cg->x);
	return 0;
}

/* A twin's scratch vectors are first touched by its threads as well. */
static int zero_scratch(size_t begin, size_t end, void *ctx)
{
	const struct twin_cg *t = ctx;
	double *const scratch[] = {t->r, t->z, t->p, t->q, t->inverse};

	for (size_t k = 0; k < sizeof scratch / sizeof scratch[0]; k++)
		memset(scratch[k] + begin, 0, (end - begin) * sizeof(double));
	return 0;
}

static int most_iterations(const struct measure *m, size_t rows)
{
	if (m->params->max_iterations > 0)
		return m->params->max_iterations;
	return rows < MOST_ITERATIONS / 10 ? (int)rows * 10 : MOST_ITERATIONS;
}

static int prepare_twin(struct measure *m, struct cg *cg)
{
	struct twin_cg *t = &cg->twin;
	double **const scratch[] = {&t->r, &t->z, &t->p, &t->q, &t->inverse};
	int error = 0;

	for (size_t k = 0; k < sizeof scratch / sizeof scratch[0] && error == 0; k++)
		error = sparse_vector(m, &cg->matrix.rows, scratch[k]);
	if (error != 0)
		return error;
	t->a = &cg->matrix.a;
	t->b = cg->b;
	t->x = cg->x;
	t->history = cg->history;
	t->threads = m->crew.kind == WORKLOAD_OMP ? m->crew.threads : 0;
	t->max_iterations = cg->room - 1;
	t->tolerance = m->params->tolerance > 0 ? m->params->tolerance : TWIN_TOLERANCE;
	return crew_for(&m->crew, &cg->matrix.rows, "fill", zero_scratch, t);
}

static int check_parameters(struct measure *m)
{
	if (m->params->max_iterations < 0 || m->params->max_iterations > PARAMETER_MOST)
		return measure_fail(m, PINION_ERR_ARG, "max_iterations is %d; it is 1 to %d, or 0: default",
		                    m->params->max_iterations, PARAMETER_MOST);
	if (!(m->params->tolerance >= 0 && m->params->tolerance < 1))
		return measure_fail(m, PINION_ERR_ARG,
		                    "tolerance is %g; it is between 0 and 1 (0: the default)",
		                    m->params->tolerance);
	return 0;
}

static int allocate(struct measure *m, struct cg *cg)
{
	int error = sparse_vector(m, &cg->matrix.rows, &cg->b);

	if (error == 0)
		error = sparse_vector(m, &cg->matrix.rows, &cg->x);
	if (error != 0)
		return error;
	cg->room = most_iterations(m, cg->matrix.a.rows) + 1;
	cg->history = calloc((size_t)cg->room, sizeof *cg->history);
	cg->first = calloc((size_t)cg->room, sizeof *cg->first);
	if (cg->history == NULL || cg->first == NULL)
		return measure_fail(m, PINION_ERR_NOMEM, "no memory for a history of %d residuals",
		                    cg->room);
	return 0;
}

static int prepare(struct measure *m)
{
	struct sparse_need need = {8, AUTO_SIDE, true};
	struct cg *cg = calloc(1, sizeof *cg);
	int error;

	m->own = cg;
	if (cg == NULL)
		return measure_fail(m, PINION_ERR_NOMEM, "out of memory");
	error = check_parameters(m);
	if (error == 0)
		error = sparse_make(m, &need, &cg->matrix);
	if (error == 0)
		error = allocate(m, cg);
	if (error == 0)
		error = crew_for(&m->crew, &cg->matrix.rows, "fill", fill_b, m);
	if (error == 0 && m->crew.kind != WORKLOAD_PINION)
		error = prepare_twin(m, cg);
	return error;
}

static int solve_pinion(const struct measure *m, struct cg *cg)
{
	pinion_cg_options options = PINION_CG_OPTIONS_INIT;
	pinion_cg_result result;
	int error;

	options.max_iterations = cg->room - 1;
	options.tolerance = m->params->tolerance;
	options.history = cg->history;
	options.history_length = cg->room;
	options.schedule = m->params->schedule;
	error = pinion_cg(m->crew.engine, cg->matrix.row_partition, &cg->matrix.a, cg->b, cg->x,
	                  &options, &result);
	if (error != 0)
		return error;
	cg->iterations = result.iterations;
	cg->converged = result.converged;
	cg->true_residual = result.true_residual;
	memcpy(cg->reason, result.reason, sizeof cg->reason);
	return 0;
}

static int solve_twin(struct cg *cg)
{
	int error = twin_cg_solve(&cg->twin);

	cg->iterations = cg->twin.iterations;
	cg->converged = cg->twin.converged;
	cg->true_residual = NAN;
	if (error == 0)
		snprintf(cg->reason, sizeof cg->reason, "%s", cg->twin.reason);
	return error;
}

static int history_length(const struct cg *cg)
{
	return cg->iterations + 1 < cg->room ? cg->iterations + 1 : cg->room;
}

/* The first run's history is kept; every later one must equal it. */
static void compare_history(struct cg *cg)
{
	size_t bytes = (size_t)history_length(cg) * sizeof *cg->history;

	if (cg->any)
		cg->varies = cg->varies || cg->iterations != cg->first_iterations ||
		             memcmp(cg->first, cg->history, bytes) != 0;
	else
		memcpy(cg->first, cg->history, bytes);
	cg->first_iterations = cg->any ? cg->first_iterations : cg->iterations;
	cg->any = true;
}

static int run(struct measure *m, double *ns)
{
	struct cg *cg = m->own;
	int error = crew_for(&m->crew, &cg->matrix.rows, "fill", zero_x, m);
	double begin;

	if (error != 0)
		return error;
	begin = measure_now_ns();
	error = m->crew.kind == WORKLOAD_PINION ? solve_pinion(m, cg) : solve_twin(cg);
	*ns = measure_now_ns() - begin;
	if (error == PINION_ERR_ARG)
		return measure_fail(m, error, "cg with Jacobi needs a positive diagonal; %.60s has not",
		                    m->result->problem);
	if (error == 0)
		compare_history(cg);
	return error;
}

static void describe(struct measure *m, const struct cg *cg)
{
	const pinion_card *card = pinion_card_find("cg");
	double work = (double)cg->iterations * (double)cg->matrix.a.entries;

	if (m->crew.kind == WORKLOAD_PINION)
		snprintf(m->result->variant, sizeof m->result->variant, "tuned: %s, Jacobi, fixed tree",
		         pinion_kernels_isa());
	else
		snprintf(m->result->variant, sizeof m->result->variant, "base: plain loops, Jacobi");
	if (card != NULL) {
		m->result->bytes = card->bytes * work;
		m->result->flops = card->flops * work;
	}
	if (cg->converged)
		measure_note(m, "converged after %d iterations", cg->iterations);
	else
		measure_note(m, "not converged after %d iterations: %s", cg->iterations, cg->reason);
	m->result->converged = cg->converged;
}

static int validate(struct measure *m)
{
	struct cg *cg = m->own;
	bool pinion = m->crew.kind == WORKLOAD_PINION;
	double tolerance = m->params->tolerance > 0 ? m->params->tolerance : TWIN_TOLERANCE;
	struct validate_solution claim = {.a = &cg->matrix.a, .b = cg->b, .x = cg->x,
		.true_residual = cg->true_residual, .tolerance = tolerance,
		.iterations = cg->iterations, .converged = cg->converged};
	struct finding finding;
	int error = validate_solution(&m->crew, &cg->matrix.rows, &claim, &finding);

	if (error != 0)
		return measure_fail(m, error, "the validation could not run: %s", pinion_strerror(error));
	m->result->valid = finding.valid && !(pinion && cg->varies);
	snprintf(m->result->validation, sizeof m->result->validation, "%.140s%s", finding.text,
	         cg->varies ? "; runs differ in their history" : "; the same history in every run");
	describe(m, cg);
	m->result->residuals = history_length(cg);
	m->result->residual = cg->history;
	cg->history = NULL;
	return 0;
}

static void release(struct measure *m)
{
	struct cg *cg = m->own;

	if (cg == NULL)
		return;
	sparse_release(&cg->matrix);
	free(cg->history);
	free(cg->first);
	free(cg);
}

const struct workload_steps steps_cg = {"cg", 0, prepare, run, NULL, NULL, validate, release};
