/*
 * Is the result right? Each function compares a result with an oracle of its
 * own (a closed form, or extended precision) and never with another run of the
 * code under test, except where it says so.
 *
 * A finding holds the largest error seen, what is allowed, and one line for the
 * reader. The checks run on the crew, because arrays are large.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VALIDATE_H
#define PINION_BENCH_VALIDATE_H

#include "bench/crew.h"
#include "bench/twin.h"

struct finding {
	bool valid;
	double error; /* the largest, in the measure that text names; infinite for NaN */
	double bound; /* error <= bound is valid */
	size_t at;    /* index of the largest error */
	char text[192];
};

/**
 * Element i of the generated input `stream` under `seed`: in [-1, 1), different for each of the
 * three.
 */
double validate_input(uint64_t seed, unsigned stream, size_t i);

/* STREAM's recurrence on three arrays that are constant at the start. */
struct validate_recurrence {
	double a, b, c, s;
};

/** Replay one round of copy, scale, add, triad. */
void validate_recurrence_step(struct validate_recurrence *r);

/**
 * Every element of a, b, c equals the replayed scalars: relative error < 1e-13 (STREAM asks it of
 * the mean only). @return 0 with *out, or what the crew's loop returns.
 */
int validate_recurrence(const struct crew *crew, const struct crew_range *range,
                        const struct twin_vectors *v, const struct validate_recurrence *r,
                        struct finding *out);

/** The target of one STREAM loop equals the formula on its sources: relative error < 1e-13. */
int validate_stream(const struct crew *crew, const struct crew_range *range, enum twin_op op,
                    const struct twin_vectors *v, struct finding *out);

/* A sum or dot product: what it is, and how it was summed. */
struct validate_sum {
	const double *x, *y; /* y NULL: sum of x */
	double got;
	bool pairwise; /* Pinion's fixed tree, with its rigorous bound; else recursive summation */
};

/** got equals the sum in extended precision, within the bound of its summation order. */
int validate_sum(const struct crew *crew, const struct crew_range *range,
                 const struct validate_sum *sum, struct finding *out);

/**
 * y = A x row by row, against extended precision: error <= (entries of the row + 2) eps sum |a|
 * |x|.
 */
int validate_spmv(const struct crew *crew, const struct crew_range *rows, const pinion_csr *a,
                  const double *x, const double *y, struct finding *out);

/* A solver's claim. */
struct validate_solution {
	const pinion_csr *a;
	const double *b, *x;
	double true_residual; /* |b - A x| / |b| as the solver computed it afresh, or NaN */
	double tolerance;
	int iterations;
	bool converged;
};

/**
 * |b - A x| / |b| in extended precision, and what the solver says of it.
 *
 * The residual must agree with the solver's own; when it says converged, it must also be at most 10
 * times the tolerance. Both within what rounding allows in so many iterations.
 */
int validate_solution(const struct crew *crew, const struct crew_range *rows,
                      const struct validate_solution *s, struct finding *out);

#endif
