/*
 * Sum and dot product. Every measured run leaves its value; Pinion's must all
 * have the same bits, and the last one is compared with extended precision.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/measure.h"
#include "bench/size.h"
#include "bench/validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUM = 0, DOT };

struct reduce {
	double *x, *y; /* y NULL for a sum */
	size_t n;
	pinion_partition *partition;
	struct crew_range range;
	double got, first;
	bool any, varies; /* a run was made; two runs differ in a bit */
};

static int fill_body(size_t begin, size_t end, void *ctx)
{
	const struct measure *m = ctx;
	const struct reduce *r = m->own;

	for (size_t i = begin; i < end; i++)
		r->x[i] = validate_input(m->params->seed, 0, i);
	for (size_t i = begin; r->y != NULL && i < end; i++)
		r->y[i] = validate_input(m->params->seed, 1, i);
	return 0;
}

static int allocate(struct measure *m, struct reduce *r)
{
	int error = 0;

	if (m->crew.kind == WORKLOAD_PINION)
		error = measure_partition(m, &r->partition, r->n);
	if (error != 0)
		return measure_fail(m, error, "no memory for a partition");
	r->range = (struct crew_range){r->partition, r->n};
	error = measure_buffer(m, &r->range, sizeof(double), (void **)&r->x);
	if (error == 0 && m->steps->op == DOT)
		error = measure_buffer(m, &r->range, sizeof(double), (void **)&r->y);
	return error;
}

static int choose_size(struct measure *m, struct reduce *r)
{
	struct size_facts facts = {m->params->llc_bytes, m->params->memory_bytes};
	int arrays = m->steps->op == DOT ? 2 : 1;
	int error = size_vectors(&facts, arrays, m->params->elements, &r->n, m->diag);
	double bytes = 8.0 * (double)r->n * arrays;

	if (error != 0)
		return error;
	snprintf(m->result->problem, sizeof m->result->problem, "%d array%s of %zu doubles (%s)",
	         arrays, arrays == 1 ? "" : "s", r->n, size_text(bytes).text);
	measure_note_cached(m, bytes);
	return 0;
}

static void describe(struct measure *m, const struct reduce *r)
{
	const pinion_card *card = pinion_card_find(m->steps->name);

	if (m->crew.kind == WORKLOAD_PINION)
		snprintf(m->result->variant, sizeof m->result->variant, "tuned: %s, fixed tree",
		         pinion_kernels_isa());
	else
		snprintf(m->result->variant, sizeof m->result->variant, "base: plain loops");
	if (card != NULL) {
		m->result->bytes = card->bytes * (double)r->n;
		m->result->flops = card->flops * (double)r->n;
	}
}

static int prepare(struct measure *m)
{
	struct reduce *r = calloc(1, sizeof *r);
	int error;

	m->own = r;
	if (r == NULL)
		return measure_fail(m, PINION_ERR_NOMEM, "out of memory");
	error = measure_refuse_matrix(m);
	if (error == 0)
		error = measure_refuse_stores(m);
	if (error == 0)
		error = measure_refuse_solver(m);
	if (error == 0)
		error = choose_size(m, r);
	if (error == 0)
		error = allocate(m, r);
	if (error != 0)
		return error;
	describe(m, r);
	return crew_for(&m->crew, &r->range, "fill", fill_body, m);
}

static int run_pinion(const struct measure *m, struct reduce *r)
{
	pinion_kernel_options options = measure_options(m);

	if (m->steps->op == SUM)
		return pinion_sum(m->crew.engine, r->partition, r->x, &r->got, &options);
	return pinion_dot(m->crew.engine, r->partition, r->x, r->y, &r->got, &options);
}

static double run_twin(const struct measure *m, const struct reduce *r)
{
	int threads = m->crew.threads;

	if (m->crew.kind == WORKLOAD_OMP)
		return m->steps->op == SUM ? twin_omp_sum(r->x, r->n, threads)
		                           : twin_omp_dot(r->x, r->y, r->n, threads);
	return m->steps->op == SUM ? twin_serial_sum(r->x, r->n) : twin_serial_dot(r->x, r->y, r->n);
}

static int run(struct measure *m, double *ns)
{
	struct reduce *r = m->own;
	double begin = measure_now_ns();
	int error = 0;

	if (m->crew.kind == WORKLOAD_PINION)
		error = run_pinion(m, r);
	else
		r->got = run_twin(m, r);
	*ns = measure_now_ns() - begin;
	if (error != 0)
		return error;
	if (!r->any)
		r->first = r->got;
	r->varies = r->varies || memcmp(&r->first, &r->got, sizeof r->got) != 0;
	r->any = true;
	return 0;
}

static int spoil(struct measure *m)
{
	struct reduce *r = m->own;

	r->got = 0.0;
	return 0;
}

static int validate(struct measure *m)
{
	struct reduce *r = m->own;
	bool pinion = m->crew.kind == WORKLOAD_PINION;
	struct validate_sum sum = {r->x, r->y, r->got, pinion};
	struct finding finding;
	int error = validate_sum(&m->crew, &r->range, &sum, &finding);

	if (error != 0)
		return measure_fail(m, error, "the validation could not run: %s", pinion_strerror(error));
	m->result->valid = finding.valid && !(pinion && r->varies);
	snprintf(m->result->validation, sizeof m->result->validation, "%.150s%s", finding.text,
	         r->varies ? "; runs differ in their last bits" : "; the same bits in every run");
	return 0;
}

static void release(struct measure *m)
{
	struct reduce *r = m->own;

	if (r != NULL)
		pinion_partition_destroy(r->partition);
	free(r);
}

const struct workload_steps steps_sum = {"sum", SUM, prepare, run, spoil, NULL, validate, release};
const struct workload_steps steps_dot = {"dot", DOT, prepare, run, spoil, NULL, validate, release};
