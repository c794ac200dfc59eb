/*
 * The table of kernels, and the measurement that all of them share: gather the
 * crew, prepare, warm up, spoil, measure, validate, audit. The user may stop it
 * between any two runs.
 *
 * Everything is collected in a result of its own and handed over at the end, so
 * an error leaves the caller's untouched.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/workload.h"

#include "bench/measure.h"
#include "bench/stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A choice between variants is settled within this many runs, or it will not be. */
#define SETTLING_RUNS 10

#define DEFAULT_MIN_RUNS 10
#define DEFAULT_MAX_RUNS 100

static const char *const stream_parameters[] = {"size", "stores", NULL};
static const char *const reduce_parameters[] = {"size", NULL};
static const char *const spmv_parameters[] = {"size", "matrix", NULL};
static const char *const cg_parameters[] = {"size", "matrix", "max_iterations", "tolerance", NULL};

static const struct workload_kind kinds[] = {
	{"copy", "c = a, memory bandwidth by STREAM's rules", stream_parameters},
	{"scale", "b = s c, memory bandwidth by STREAM's rules", stream_parameters},
	{"add", "c = a + b, memory bandwidth by STREAM's rules", stream_parameters},
	{"triad", "a = b + s c, memory bandwidth by STREAM's rules", stream_parameters},
	{"stream", "copy, scale, add and triad in STREAM's order; the rate is triad's",
     stream_parameters},
	{"sum", "sum of a vector, the same bits for any number of workers", reduce_parameters},
	{"dot", "dot product of two vectors, the same bits for any number of workers",
     reduce_parameters},
	{"spmv", "sparse matrix times vector: a 27-point problem or a Matrix Market file",
     spmv_parameters},
	{"cg", "conjugate gradients with Jacobi: a 27-point problem or a Matrix Market file",
     cg_parameters},
	{NULL, NULL, NULL},
};

static const struct workload_steps *const all_steps[] = {
	&steps_copy, &steps_scale, &steps_add,  &steps_triad, &steps_stream,
	&steps_sum,  &steps_dot,   &steps_spmv, &steps_cg,
};

const struct workload_kind *workload_table(void)
{
	return kinds;
}

static const struct workload_steps *find_steps(const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof all_steps / sizeof all_steps[0]; i++)
		if (strcmp(all_steps[i]->name, name) == 0)
			return all_steps[i];
	return NULL;
}

static int refuse_kernel(struct measure *m)
{
	const char *name = m->params->kernel;
	size_t used;

	measure_fail(m, PINION_ERR_ARG, "unknown kernel '%.60s'", name != NULL ? name : "(none)");
	used = (size_t)snprintf(m->diag->note, sizeof m->diag->note, "kernels:");
	for (const struct workload_kind *k = kinds; k->name != NULL; k++)
		used += (size_t)snprintf(m->diag->note + used, sizeof m->diag->note - used, " %s", k->name);
	return PINION_ERR_ARG;
}

/* The caller's rules with their defaults filled in. */
static int choose_stop(struct measure *m, const struct workload_stats_options *asked,
                       struct stats_stop *stop, int *warmup)
{
	static const struct workload_stats_options usual = {2, 0, 0, 0.01, 0};
	const struct workload_stats_options *s = asked != NULL ? asked : &usual;

	stop->min_runs = s->min_runs != 0 ? s->min_runs : DEFAULT_MIN_RUNS;
	stop->max_runs = s->max_runs != 0 ? s->max_runs : DEFAULT_MAX_RUNS;
	stop->half_width = s->half_width;
	stop->min_total = (double)s->min_time_ns;
	*warmup = s->warmup;
	if (s->min_runs == 0 && stop->min_runs > stop->max_runs)
		stop->min_runs = stop->max_runs;
	if (s->max_runs == 0 && stop->max_runs < stop->min_runs)
		stop->max_runs = stop->min_runs;
	if (stop->min_runs < 1 || stop->max_runs < stop->min_runs)
		return measure_fail(m, PINION_ERR_ARG,
		                    "min_runs is %d and max_runs %d; want 1 <= min_runs <= max_runs",
		                    stop->min_runs, stop->max_runs);
	if (s->warmup < 0 || !(s->half_width >= 0))
		return measure_fail(m, PINION_ERR_ARG,
		                    "warmup is %d and half_width %g; neither is negative", s->warmup,
		                    s->half_width);
	return 0;
}

static int one_run(struct measure *m, const char *phase, int done, int total, double *ns)
{
	return measure_stopped(m, phase, done, total) ? PINION_ERR_CANCELED : m->steps->run(m, ns);
}

static bool unsettled(struct measure *m)
{
	return m->steps->unsettled != NULL && m->steps->unsettled(m);
}

static int warm_up(struct measure *m, int runs)
{
	double ns;
	int error;

	for (int i = 0; i < runs; i++) {
		error = one_run(m, "warm up", i, runs, &ns);
		if (error != 0)
			return error;
	}
	for (int i = 0; i < SETTLING_RUNS && unsettled(m); i++) {
		error = one_run(m, "warm up", runs + i, 0, &ns);
		if (error != 0)
			return error;
	}
	return 0;
}

/* Samples in the order of time go to result->sample_ns; `sorted` is scratch of as many. */
static int sample(struct measure *m, const struct stats_stop *stop, double *sorted)
{
	struct workload_result *r = m->result;
	double total = 0;

	do {
		int error = one_run(m, "measure", r->runs, stop->max_runs, &r->sample_ns[r->runs]);

		if (error != 0)
			return error;
		stats_insert(sorted, r->runs, r->sample_ns[r->runs]);
		total += r->sample_ns[r->runs++];
	} while (!stats_enough(stop, sorted, r->runs, total));
	r->median_ns = stats_median(sorted, r->runs);
	r->min_ns = sorted[0];
	r->max_ns = sorted[r->runs - 1];
	if (!stats_median_interval(sorted, r->runs, &r->ci_low_ns, &r->ci_high_ns))
		measure_note(m, "%d runs are too few for a 95 %% interval; it is the whole range", r->runs);
	return 0;
}

static int collect(struct measure *m, const struct stats_stop *stop)
{
	double *sorted = calloc((size_t)stop->max_runs, sizeof *sorted);
	int error;

	m->result->sample_ns = calloc((size_t)stop->max_runs, sizeof *sorted);
	if (sorted == NULL || m->result->sample_ns == NULL)
		error = measure_fail(m, PINION_ERR_NOMEM, "no memory for %d samples", stop->max_runs);
	else
		error = sample(m, stop, sorted);
	free(sorted);
	return error;
}

static int measure_all(struct measure *m, const struct stats_stop *stop, int warmup)
{
	int error = measure_stopped(m, "prepare", 0, 0) ? PINION_ERR_CANCELED : m->steps->prepare(m);

	if (error == 0)
		error = warm_up(m, warmup);
	if (error == 0 && m->steps->spoil != NULL)
		error = m->steps->spoil(m);
	if (error == 0)
		error = collect(m, stop);
	if (error == 0)
		error = measure_stopped(m, "validate", 0, 0) ? PINION_ERR_CANCELED : m->steps->validate(m);
	if (error == 0 && m->params->audit && m->crew.kind == WORKLOAD_PINION)
		error = measure_audit(m);
	return error;
}

/* A twin says on how many threads it ran, and whether they sat where Pinion's would. */
static void note_crew(struct measure *m)
{
	const char *what = m->crew.kind == WORKLOAD_OMP ? "OpenMP thread" : "thread";
	int threads = m->crew.threads;

	if (m->crew.kind == WORKLOAD_PINION)
		return;
	if (m->crew.bound == threads)
		measure_note(m, "%d %s%s on the workers' seats", threads, what, threads == 1 ? "" : "s");
	else
		measure_note(m, "%d %s%s, %d bound to a seat", threads, what, threads == 1 ? "" : "s",
		             m->crew.bound);
}

static void describe_fault(struct measure *m, int error)
{
	if (error == PINION_ERR_CANCELED)
		measure_fail(m, error, "%s was interrupted", m->steps->name);
	else if (m->diag->text[0] == '\0')
		measure_fail(m, error, "%s: %s", m->steps->name, pinion_strerror(error));
}

int workload_measure(pinion_engine *engine, const struct workload_params *params,
                     const struct workload_stats_options *stats, workload_progress progress,
                     void *ctx, const volatile sig_atomic_t *stop, struct workload_result *result,
                     pinion_diag *diag)
{
	pinion_diag own_diag;
	struct workload_result own = {.converged = true};
	struct measure m = {.params = params, .steps = find_steps(params->kernel), .result = &own,
		.diag = diag != NULL ? diag : &own_diag, .stop = stop, .progress = progress, .ctx = ctx};
	struct stats_stop rules;
	int warmup, error;

	*m.diag = (pinion_diag){.offset = -1};
	if (m.steps == NULL)
		return refuse_kernel(&m);
	error = choose_stop(&m, stats, &rules, &warmup);
	if (error == 0)
		error = crew_gather(&m.crew, params, engine, m.diag);
	if (error != 0)
		return error;
	snprintf(own.kernel, sizeof own.kernel, "%s", m.steps->name);
	snprintf(own.engine, sizeof own.engine, "%s", crew_name(params->engine));
	note_crew(&m);
	error = measure_all(&m, &rules, warmup);
	m.steps->release(&m);
	measure_free_buffers(&m);
	crew_dismiss(&m.crew);
	if (error != 0) {
		describe_fault(&m, error);
		workload_result_free(&own);
	} else {
		*result = own;
	}
	return error;
}

void workload_result_free(struct workload_result *result)
{
	free(result->sample_ns);
	free(result->residual);
	result->sample_ns = NULL;
	result->residual = NULL;
}
