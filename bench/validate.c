/*
 * The oracles. Each is a loop body that finds its part's largest error and
 * merges it under a lock, once per part.
 *
 * Errors are compared as !(error <= bound), and NaN is turned into infinity at
 * once, so that no NaN ever passes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/validate.h"

#include <float.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

#define STREAM_BOUND  1e-13
#define UNIT_ROUNDOFF (DBL_EPSILON / 2)

/* The largest error so far, and the sums that some checks need. */
struct worst {
	pthread_mutex_t lock;
	double error;
	size_t at;
	long double sum, magnitude, norm;
};

#define WORST_INIT {PTHREAD_MUTEX_INITIALIZER, 0.0, 0, 0.0L, 0.0L, 0.0L}

static void take_worse(struct worst *w, double error, size_t at)
{
	if (isnan(error))
		error = HUGE_VAL;
	if (error > w->error) {
		w->error = error;
		w->at = at;
	}
}

static void merge(struct worst *into, const struct worst *from)
{
	pthread_mutex_lock(&into->lock);
	take_worse(into, from->error, from->at);
	into->sum += from->sum;
	into->magnitude += from->magnitude;
	into->norm += from->norm;
	pthread_mutex_unlock(&into->lock);
}

static void conclude(struct finding *out, const struct worst *w, double bound)
{
	out->error = w->error;
	out->bound = bound;
	out->at = w->at;
	out->valid = w->error <= bound;
}

static double relative(double got, double want)
{
	return want == 0.0 ? fabs(got) : fabs(got - want) / fabs(want);
}

/* splitmix64: every index has its own value, so a wrong index shows. */
double validate_input(uint64_t seed, unsigned stream, size_t i)
{
	uint64_t z = seed * 0xd1342543de82ef95u + stream * 0xaf251af3b0f025b5u +
	             (uint64_t)i * 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	z ^= z >> 31;
	return (double)(int64_t)z * 0x1p-63;
}

void validate_recurrence_step(struct validate_recurrence *r)
{
	r->c = r->a;
	r->b = r->s * r->c;
	r->c = r->a + r->b;
	r->a = r->b + r->s * r->c;
}

struct recurrence_check {
	struct worst worst;
	const struct twin_vectors *v;
	const struct validate_recurrence *want;
};

static int recurrence_body(size_t begin, size_t end, void *ctx)
{
	struct recurrence_check *check = ctx;
	struct worst mine = WORST_INIT;

	for (size_t i = begin; i < end; i++) {
		take_worse(&mine, relative(check->v->a[i], check->want->a), i);
		take_worse(&mine, relative(check->v->b[i], check->want->b), i);
		take_worse(&mine, relative(check->v->c[i], check->want->c), i);
	}
	merge(&check->worst, &mine);
	return 0;
}

int validate_recurrence(const struct crew *crew, const struct crew_range *range,
                        const struct twin_vectors *v, const struct validate_recurrence *r,
                        struct finding *out)
{
	struct recurrence_check check = {WORST_INIT, v, r};
	int error = crew_for(crew, range, "validate", recurrence_body, &check);

	if (error != 0)
		return error;
	conclude(out, &check.worst, STREAM_BOUND);
	snprintf(out->text, sizeof out->text,
	         "a, b, c against STREAM's recurrence: largest relative error %.2g at element %zu "
	         "(bound %.0e)",
	         out->error, out->at, out->bound);
	return 0;
}

struct stream_check {
	struct worst worst;
	enum twin_op op;
	const struct twin_vectors *v;
};

static double stream_error(enum twin_op op, const struct twin_vectors *v, size_t i)
{
	switch (op) {
	case TWIN_COPY:
		return relative(v->c[i], v->a[i]);
	case TWIN_SCALE:
		return relative(v->b[i], v->s * v->c[i]);
	case TWIN_ADD:
		return relative(v->c[i], v->a[i] + v->b[i]);
	case TWIN_TRIAD:
		break;
	}
	return relative(v->a[i], v->b[i] + v->s * v->c[i]);
}

static int stream_body(size_t begin, size_t end, void *ctx)
{
	struct stream_check *check = ctx;
	struct worst mine = WORST_INIT;

	for (size_t i = begin; i < end; i++)
		take_worse(&mine, stream_error(check->op, check->v, i), i);
	merge(&check->worst, &mine);
	return 0;
}

int validate_stream(const struct crew *crew, const struct crew_range *range, enum twin_op op,
                    const struct twin_vectors *v, struct finding *out)
{
	static const char *const formula[] = {"c = a", "b = s c", "c = a + b", "a = b + s c"};
	struct stream_check check = {WORST_INIT, op, v};
	int error = crew_for(crew, range, "validate", stream_body, &check);

	if (error != 0)
		return error;
	conclude(out, &check.worst, STREAM_BOUND);
	snprintf(out->text, sizeof out->text,
	         "%s, every element: largest relative error %.2g at element %zu (bound %.0e)",
	         formula[op], out->error, out->at, out->bound);
	return 0;
}

struct sum_check {
	struct worst worst;
	const struct validate_sum *sum;
};

static int sum_body(size_t begin, size_t end, void *ctx)
{
	struct sum_check *check = ctx;
	const double *x = check->sum->x, *y = check->sum->y;
	struct worst mine = WORST_INIT;

	for (size_t i = begin; i < end; i++) {
		long double term = y != NULL ? (long double)x[i] * y[i] : x[i];

		mine.sum += term;
		mine.magnitude += fabsl(term);
	}
	merge(&check->worst, &mine);
	return 0;
}

/*
 * The share of sum |terms| by which rounding may move the result. Pinion's tree: at most 512
 * additions in a lane of a leaf, then one per level (Higham, Accuracy and Stability, 4.2).
 * Recursive summation: its worst case grows with n and would hide a lost element, so the
 * probabilistic bound with lambda = 8 stands for it (Higham and Mary 2019): it fails by chance once
 * in 10^14.
 */
static double sum_growth(bool pairwise, size_t n)
{
	return pairwise ? 512 + 16 + log2((double)n + 1) : 8 * sqrt((double)n) + 8;
}

int validate_sum(const struct crew *crew, const struct crew_range *range,
                 const struct validate_sum *sum, struct finding *out)
{
	struct sum_check check = {WORST_INIT, sum};
	int error = crew_for(crew, range, "validate", sum_body, &check);

	if (error != 0)
		return error;
	take_worse(&check.worst, (double)fabsl((long double)sum->got - check.worst.sum), 0);
	conclude(out, &check.worst,
	         sum_growth(sum->pairwise, range->n) * UNIT_ROUNDOFF * (double)check.worst.magnitude +
	             DBL_MIN);
	snprintf(out->text, sizeof out->text,
	         "%.17g against extended precision: error %.2g (bound %.2g)", sum->got, out->error,
	         out->bound);
	return 0;
}

struct spmv_check {
	struct worst worst;
	const pinion_csr *a;
	const double *x, *y;
};

/* One row of A x in extended precision, and the sum of its terms' magnitudes. */
static long double row_times(const pinion_csr *a, size_t row, const double *x,
                             long double *magnitude)
{
	long double sum = 0.0L;

	*magnitude = 0.0L;
	for (uint64_t k = a->row_start[row]; k < a->row_start[row + 1]; k++) {
		long double term = (long double)a->value[k] * x[a->column[k]];

		sum += term;
		*magnitude += fabsl(term);
	}
	return sum;
}

/* The error of each row in units of its own bound, so that one number judges all rows. */
static int spmv_body(size_t begin, size_t end, void *ctx)
{
	struct spmv_check *check = ctx;
	struct worst mine = WORST_INIT;

	for (size_t i = begin; i < end; i++) {
		long double magnitude, want = row_times(check->a, i, check->x, &magnitude);
		double entries = (double)(check->a->row_start[i + 1] - check->a->row_start[i]);
		double bound = (entries + 2) * DBL_EPSILON * (double)magnitude + DBL_MIN;

		take_worse(&mine, (double)fabsl(check->y[i] - want) / bound, i);
	}
	merge(&check->worst, &mine);
	return 0;
}

int validate_spmv(const struct crew *crew, const struct crew_range *rows, const pinion_csr *a,
                  const double *x, const double *y, struct finding *out)
{
	struct spmv_check check = {WORST_INIT, a, x, y};
	int error = crew_for(crew, rows, "validate", spmv_body, &check);

	if (error != 0)
		return error;
	conclude(out, &check.worst, 1.0);
	snprintf(out->text, sizeof out->text,
	         "every row against extended precision: largest error %.2g times its bound (row %zu; "
	         "bound: (entries + 2) eps sum |a||x|)",
	         out->error, out->at);
	return 0;
}

struct solution_check {
	struct worst worst;
	const struct validate_solution *s;
};

/* sum: |b - A x|^2, norm: |b|^2, magnitude: ||A| |x| + |b||^2 */
static int solution_body(size_t begin, size_t end, void *ctx)
{
	struct solution_check *check = ctx;
	const struct validate_solution *s = check->s;
	struct worst mine = WORST_INIT;

	for (size_t i = begin; i < end; i++) {
		long double magnitude, residual = s->b[i] - row_times(s->a, i, s->x, &magnitude);

		magnitude += fabsl((long double)s->b[i]);
		mine.sum += residual * residual;
		mine.norm += (long double)s->b[i] * s->b[i];
		mine.magnitude += magnitude * magnitude;
	}
	merge(&check->worst, &mine);
	return 0;
}

int validate_solution(const struct crew *crew, const struct crew_range *rows,
                      const struct validate_solution *s, struct finding *out)
{
	struct solution_check check = {WORST_INIT, s};
	int error = crew_for(crew, rows, "validate", solution_body, &check);
	double norm, residual, rounding;

	if (error != 0)
		return error;
	norm = check.worst.norm > 0 ? (double)sqrtl(check.worst.norm) : 1.0;
	residual = (double)sqrtl(check.worst.sum) / norm;
	rounding = DBL_EPSILON * (s->iterations + 64.0) * (double)sqrtl(check.worst.magnitude) / norm;
	take_worse(&check.worst, residual, 0);
	conclude(out, &check.worst, s->converged ? 10 * s->tolerance + rounding : DBL_MAX);
	if (!isnan(s->true_residual) &&
	    !(fabs(s->true_residual - residual) <= 1e-6 * residual + rounding))
		out->valid = false;
	snprintf(out->text, sizeof out->text,
	         "true residual |b - Ax|/|b| in extended precision %.3g (%s%.2g)", out->error,
	         s->converged ? "converged, bound " : "not converged, asked ",
	         s->converged ? out->bound : s->tolerance);
	return 0;
}
