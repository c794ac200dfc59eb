/*
 * Sparse matrix times vector.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/size.h"
#include "bench/sparse.h"
#include "bench/validate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct spmv {
	struct sparse matrix;
	double *x, *y;
};

static int fill_x(size_t begin, size_t end, void *ctx)
{
	const struct measure *m = ctx;
	const struct spmv *s = m->own;

	for (size_t i = begin; i < end; i++)
		s->x[i] = validate_input(m->params->seed, 0, i);
	return 0;
}

static int spoil_y(size_t begin, size_t end, void *ctx)
{
	const struct measure *m = ctx;
	const struct spmv *s = m->own;

	for (size_t i = begin; i < end; i++)
		s->y[i] = NAN;
	return 0;
}

static int spoil(struct measure *m)
{
	const struct spmv *s = m->own;

	return crew_for(&m->crew, &s->matrix.rows, "fill", spoil_y, m);
}

static void describe(struct measure *m, const struct spmv *s)
{
	const pinion_card *card = pinion_card_find("spmv");

	if (m->crew.kind == WORKLOAD_PINION)
		snprintf(m->result->variant, sizeof m->result->variant, "tuned: %s, rows by non-zeros",
		         pinion_kernels_isa());
	else
		snprintf(m->result->variant, sizeof m->result->variant, "base: plain loops");
	if (card != NULL) {
		m->result->bytes = card->bytes * (double)s->matrix.a.entries;
		m->result->flops = card->flops * (double)s->matrix.a.entries;
	}
}

static int prepare(struct measure *m)
{
	struct sparse_need need = {2, size_cube_beyond_cache(m->params->llc_bytes), false};
	struct spmv *s = calloc(1, sizeof *s);
	int error;

	m->own = s;
	if (s == NULL)
		return measure_fail(m, PINION_ERR_NOMEM, "out of memory");
	error = measure_refuse_solver(m);
	if (error == 0)
		error = sparse_make(m, &need, &s->matrix);
	if (error == 0)
		error = sparse_vector(m, &s->matrix.columns, &s->x);
	if (error == 0)
		error = sparse_vector(m, &s->matrix.rows, &s->y);
	if (error != 0)
		return error;
	describe(m, s);
	error = crew_for(&m->crew, &s->matrix.columns, "fill", fill_x, m);
	return error != 0 ? error : spoil(m);
}

static int run(struct measure *m, double *ns)
{
	struct spmv *s = m->own;
	pinion_kernel_options options = measure_options(m);
	double begin = measure_now_ns();
	int error = 0;

	if (m->crew.kind == WORKLOAD_PINION)
		error = pinion_spmv(m->crew.engine, s->matrix.row_partition, &s->matrix.a, s->x, s->y,
		                    &options);
	else if (m->crew.kind == WORKLOAD_OMP)
		twin_omp_spmv(&s->matrix.a, s->x, s->y, m->crew.threads);
	else
		twin_serial_spmv(&s->matrix.a, s->x, s->y);
	*ns = measure_now_ns() - begin;
	return error;
}

static int validate(struct measure *m)
{
	struct spmv *s = m->own;
	struct finding finding;
	int error = validate_spmv(&m->crew, &s->matrix.rows, &s->matrix.a, s->x, s->y, &finding);

	if (error != 0)
		return measure_fail(m, error, "the validation could not run: %s", pinion_strerror(error));
	m->result->valid = finding.valid;
	memcpy(m->result->validation, finding.text, sizeof m->result->validation);
	return 0;
}

static void release(struct measure *m)
{
	struct spmv *s = m->own;

	if (s != NULL)
		sparse_release(&s->matrix);
	free(s);
}

const struct workload_steps steps_spmv = {"spmv", 0, prepare, run, spoil, NULL, validate, release};
