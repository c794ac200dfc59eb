/*
 * STREAM's kernels: copy, scale, add, triad, each alone or all four in
 * STREAM's order ("stream").
 *
 * Alone, the inputs differ from element to element and the target is spoilt
 * before the measured runs. In sequence, arrays are constant as in STREAM and
 * the recurrence is replayed. STREAM multiplies by 3, so its values grow 15-fold
 * per round and overflow after 260; the factor here is sqrt(2) - 1, for which
 * 2 s + s^2 = 1 and the values stay where they are. That changes no traffic.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/measure.h"
#include "bench/rules.h"
#include "bench/size.h"
#include "bench/stats.h"
#include "bench/validate.h"

#include <pinion/tune.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPS = 4, SEQUENCE = OPS };

static const char *const op_name[OPS] = {"copy", "scale", "add", "triad"};

struct stream {
	struct twin_vectors v;
	pinion_partition *partition;
	struct crew_range range;
	struct validate_recurrence want; /* of the sequence */
	double *sample_ns[OPS];          /* of the sequence: the runs of each loop */
	int runs, room;
};

static bool uses_a(int op)
{
	return op != TWIN_SCALE;
}

static bool uses_b(int op)
{
	return op != TWIN_COPY;
}

static int arrays_of(int op)
{
	return op == TWIN_COPY || op == TWIN_SCALE ? 2 : 3;
}

static double *target_of(const struct stream *s, int op)
{
	return op == TWIN_TRIAD ? s->v.a : op == TWIN_SCALE ? s->v.b : s->v.c;
}

/* What the inputs of a run are. */
struct fill {
	const struct stream *s;
	const struct measure *m;
	double *only; /* NULL: all arrays; else this one gets NaN */
};

static int fill_body(size_t begin, size_t end, void *ctx)
{
	const struct fill *f = ctx;
	double *vector[3] = {f->s->v.a, f->s->v.b, f->s->v.c};
	double constant[3] = {f->s->want.a, f->s->want.b, f->s->want.c};
	bool sequence = f->m->steps->op == SEQUENCE;

	for (unsigned k = 0; k < 3; k++)
		for (size_t i = begin; vector[k] != NULL && f->only == NULL && i < end; i++)
			vector[k][i] = sequence ? constant[k] : validate_input(f->m->params->seed, k, i);
	for (size_t i = begin; f->only != NULL && i < end; i++)
		f->only[i] = NAN;
	return 0;
}

static int allocate(struct measure *m, struct stream *s)
{
	int op = m->steps->op, error = 0;

	if (m->crew.kind == WORKLOAD_PINION)
		error = measure_partition(m, &s->partition, s->v.n);
	if (error != 0)
		return measure_fail(m, error, "no memory for a partition");
	s->range = (struct crew_range){s->partition, s->v.n};
	if (uses_a(op))
		error = measure_buffer(m, &s->range, sizeof(double), (void **)&s->v.a);
	if (error == 0 && uses_b(op))
		error = measure_buffer(m, &s->range, sizeof(double), (void **)&s->v.b);
	if (error == 0)
		error = measure_buffer(m, &s->range, sizeof(double), (void **)&s->v.c);
	return error;
}

static int choose_size(struct measure *m, struct stream *s)
{
	struct size_facts facts = {m->params->llc_bytes, m->params->memory_bytes};
	int arrays = arrays_of(m->steps->op);
	int error = size_vectors(&facts, arrays, m->params->elements, &s->v.n, m->diag);

	if (error == 0)
		snprintf(m->result->problem, sizeof m->result->problem, "%d arrays of %zu doubles (%s)",
		         arrays, s->v.n, size_text(8.0 * (double)s->v.n * arrays).text);
	return error;
}

static int prepare(struct measure *m)
{
	struct stream *s = calloc(1, sizeof *s);
	const pinion_card *card = pinion_card_find(m->steps->op == SEQUENCE ? "triad" : m->steps->name);
	struct fill fill = {s, m, NULL};
	int error;

	m->own = s;
	if (s == NULL)
		return measure_fail(m, PINION_ERR_NOMEM, "out of memory");
	error = measure_refuse_matrix(m);
	if (error == 0)
		error = measure_refuse_solver(m);
	if (error == 0)
		error = choose_size(m, s);
	if (error == 0)
		error = allocate(m, s);
	if (error != 0)
		return error;
	s->want = (struct validate_recurrence){1.0, 2.0, 0.0, 0.41421356237309505};
	s->v.s = m->steps->op == SEQUENCE ? s->want.s : 3.0;
	if (card != NULL) {
		m->result->bytes = card->bytes * (double)s->v.n;
		m->result->flops = card->flops * (double)s->v.n;
	}
	return crew_for(&m->crew, &s->range, "fill", fill_body, &fill);
}

static int run_pinion(const struct measure *m, const struct stream *s, enum twin_op op)
{
	pinion_kernel_options options = measure_options(m);
	const struct twin_vectors *v = &s->v;
	pinion_engine *engine = m->crew.engine;

	switch (op) {
	case TWIN_COPY:
		return pinion_copy(engine, s->partition, v->a, v->c, &options);
	case TWIN_SCALE:
		return pinion_scale(engine, s->partition, v->s, v->c, v->b, &options);
	case TWIN_ADD:
		return pinion_add(engine, s->partition, v->a, v->b, v->c, &options);
	case TWIN_TRIAD:
		break;
	}
	return pinion_triad(engine, s->partition, v->b, v->s, v->c, v->a, &options);
}

static int run_one(const struct measure *m, const struct stream *s, enum twin_op op, double *ns)
{
	bool streaming = m->params->stores == WORKLOAD_STORES_STREAMING;
	double begin = measure_now_ns();
	int error = 0;

	if (m->crew.kind == WORKLOAD_PINION)
		error = run_pinion(m, s, op);
	else if (m->crew.kind == WORKLOAD_OMP && streaming)
		twin_omp_stream_nt(op, &s->v, m->crew.threads);
	else if (m->crew.kind == WORKLOAD_OMP)
		twin_omp_stream(op, &s->v, m->crew.threads);
	else if (streaming)
		twin_streaming_range(op, &s->v, 0, s->v.n);
	else
		twin_serial_stream(op, &s->v);
	*ns = measure_now_ns() - begin;
	return error;
}

static int make_room(struct measure *m, struct stream *s)
{
	int room = s->room > 0 ? 2 * s->room : 128;

	for (int op = 0; op < OPS; op++) {
		double *more = realloc(s->sample_ns[op], (size_t)room * sizeof *more);

		if (more == NULL)
			return measure_fail(m, PINION_ERR_NOMEM, "no memory for samples");
		s->sample_ns[op] = more;
	}
	s->room = room;
	return 0;
}

/* One round of the four; its time is that of the triad. */
static int run_sequence(struct measure *m, struct stream *s, double *ns)
{
	int error = s->runs == s->room ? make_room(m, s) : 0;

	for (int op = 0; op < OPS && error == 0; op++)
		error = run_one(m, s, (enum twin_op)op, &s->sample_ns[op][s->runs]);
	if (error != 0)
		return error;
	*ns = s->sample_ns[TWIN_TRIAD][s->runs++];
	validate_recurrence_step(&s->want);
	return 0;
}

static int run(struct measure *m, double *ns)
{
	struct stream *s = m->own;

	return m->steps->op == SEQUENCE ? run_sequence(m, s, ns)
	                                : run_one(m, s, (enum twin_op)m->steps->op, ns);
}

/*
 * The recurrence proves every run, so the sequence keeps its arrays and only forgets the warm-
 * up's times.
 */
static int spoil(struct measure *m)
{
	struct stream *s = m->own;
	struct fill fill = {s, m, NULL};

	s->runs = 0;
	if (m->steps->op == SEQUENCE)
		return 0;
	fill.only = target_of(s, m->steps->op);
	return crew_for(&m->crew, &s->range, "fill", fill_body, &fill);
}

/*
 * The engine measures plain against streaming stores in its first calls; a measured run must not be
 * one of these. The kernels keep one choice per power of two of the bytes that the card counts.
 */
static int tuned_choice(const struct measure *m, int op)
{
	const struct stream *s = m->own;

	return pinion_tune_choice(m->crew.engine, op_name[op],
	                          (unsigned)ilogb(8.0 * (double)s->v.n * arrays_of(op)));
}

static bool unsettled(struct measure *m)
{
	int op = m->steps->op == SEQUENCE ? TWIN_TRIAD : m->steps->op;

	return m->crew.kind == WORKLOAD_PINION && m->params->stores == WORKLOAD_STORES_AUTO &&
	       tuned_choice(m, op) < 0;
}

static bool streaming_chosen(const struct measure *m)
{
	int op = m->steps->op == SEQUENCE ? TWIN_TRIAD : m->steps->op;

	if (m->params->stores != WORKLOAD_STORES_AUTO)
		return m->params->stores == WORKLOAD_STORES_STREAMING;
	return m->crew.kind == WORKLOAD_PINION && tuned_choice(m, op) == 1;
}

/* STREAM asks that changed loops are labelled: "base" is plain loops, anything else is "tuned". */
static bool describe_variant(struct measure *m)
{
	bool streaming = streaming_chosen(m);
	bool placed = m->params->memory.home == PINION_HOME_PREFERRED ||
	              m->params->memory.home == PINION_HOME_BIND;
	const char *isa = m->crew.kind == WORKLOAD_PINION ? pinion_kernels_isa() : twin_streaming_isa();
	char *variant = m->result->variant;
	size_t bytes = sizeof m->result->variant;

	if (m->crew.kind == WORKLOAD_PINION)
		snprintf(variant, bytes, "tuned%s: %s, %s stores", placed ? ", placed" : "", isa,
		         streaming ? "streaming" : "plain");
	else if (streaming && isa != NULL)
		snprintf(variant, bytes, "tuned: %s, streaming stores", isa);
	else
		snprintf(variant, bytes, "base: plain loops");
	return strncmp(variant, "tuned", 5) == 0;
}

static double gigabytes(const struct measure *m, int op, double ns)
{
	const struct stream *s = m->own;
	const pinion_card *card = pinion_card_find(op_name[op]);

	return card == NULL || ns <= 0 ? 0.0 : card->bytes * (double)s->v.n / ns;
}

/* STREAM's official figures stand beside the median: the best run, the first one not counted. */
static void note_official(struct measure *m)
{
	struct stream *s = m->own;
	double best[OPS], median[OPS];

	if (m->steps->op != SEQUENCE) {
		double ns = stats_best_after_first(m->result->sample_ns, m->result->runs);

		measure_note(m, "STREAM's own figure (best run, first dropped): %.2f GB/s",
		             gigabytes(m, m->steps->op, ns));
		return;
	}
	for (int op = 0; op < OPS; op++) {
		best[op] = gigabytes(m, op, stats_best_after_first(s->sample_ns[op], s->runs));
		stats_sort(s->sample_ns[op], s->runs);
		median[op] = gigabytes(m, op, stats_median(s->sample_ns[op], s->runs));
	}
	measure_note(m,
	             "STREAM's own figures (best run, first dropped): copy %.2f, scale %.2f, add %.2f, "
	             "triad %.2f GB/s",
	             best[0], best[1], best[2], best[3]);
	measure_note(m, "medians: copy %.2f, scale %.2f, add %.2f, triad %.2f GB/s", median[0],
	             median[1], median[2], median[3]);
}

static void judge(struct measure *m, bool tuned)
{
	const struct stream *s = m->own;
	struct rules_facts facts = {
	    .elements = s->v.n,
	    .arrays = arrays_of(m->steps->op),
	    .llc_bytes = m->params->llc_bytes,
	    .memory_bytes = m->params->memory_bytes,
	    .runs = m->result->runs,
	    .min_ns = m->result->min_ns,
	    .tick_ns = rules_clock_tick_ns(),
	    .tuned = tuned,
	};

	snprintf(m->result->rule, sizeof m->result->rule, "STREAM");
	m->result->conforming = rules_stream(&facts, m->result->verdict, sizeof m->result->verdict);
}

static int validate(struct measure *m)
{
	struct stream *s = m->own;
	struct finding finding;
	int error;

	if (m->steps->op == SEQUENCE)
		error = validate_recurrence(&m->crew, &s->range, &s->v, &s->want, &finding);
	else
		error = validate_stream(&m->crew, &s->range, (enum twin_op)m->steps->op, &s->v, &finding);
	if (error != 0)
		return measure_fail(m, error, "the validation could not run: %s", pinion_strerror(error));
	m->result->valid = finding.valid;
	memcpy(m->result->validation, finding.text, sizeof m->result->validation);
	note_official(m);
	judge(m, describe_variant(m));
	return 0;
}

static void release(struct measure *m)
{
	struct stream *s = m->own;

	if (s == NULL)
		return;
	for (int op = 0; op < OPS; op++)
		free(s->sample_ns[op]);
	pinion_partition_destroy(s->partition);
	free(s);
}

const struct workload_steps steps_copy = {"copy", TWIN_COPY, prepare,  run,
                                          spoil,  unsettled, validate, release};
const struct workload_steps steps_scale = {"scale", TWIN_SCALE, prepare,  run,
                                           spoil,   unsettled,  validate, release};
const struct workload_steps steps_add = {"add", TWIN_ADD,  prepare,  run,
                                         spoil, unsettled, validate, release};
const struct workload_steps steps_triad = {"triad", TWIN_TRIAD, prepare,  run,
                                           spoil,   unsettled,  validate, release};
const struct workload_steps steps_stream = {"stream", SEQUENCE,  prepare,  run,
                                            spoil,    unsettled, validate, release};
