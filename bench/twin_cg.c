/*
 * Conjugate gradients for both twins: one text of the algorithm, whose steps
 * are plain loops or OpenMP loops by the number of threads.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/twin.h"

#include <math.h>
#include <string.h>

static double dot(const struct twin_cg *cg, const double *x, const double *y)
{
	size_t n = cg->a->rows;

	return cg->threads > 0 ? twin_omp_dot(x, y, n, cg->threads) : twin_serial_dot(x, y, n);
}

static void spmv(const struct twin_cg *cg, const double *x, double *y)
{
	if (cg->threads > 0)
		twin_omp_spmv(cg->a, x, y, cg->threads);
	else
		twin_serial_spmv(cg->a, x, y);
}

static void axpy(const struct twin_cg *cg, double s, const double *x, double *y)
{
	if (cg->threads > 0)
		twin_omp_axpy(s, x, y, cg->a->rows, cg->threads);
	else
		twin_serial_axpy(s, x, y, cg->a->rows);
}

static void xpby(const struct twin_cg *cg, const double *z, double s, double *p)
{
	if (cg->threads > 0)
		twin_omp_xpby(z, s, p, cg->a->rows, cg->threads);
	else
		twin_serial_xpby(z, s, p, cg->a->rows);
}

static void precondition(const struct twin_cg *cg)
{
	if (cg->threads > 0)
		twin_omp_multiply(cg->inverse, cg->r, cg->z, cg->a->rows, cg->threads);
	else
		twin_serial_multiply(cg->inverse, cg->r, cg->z, cg->a->rows);
}

static int invert_diagonal(const pinion_csr *a, double *inverse)
{
	for (size_t i = 0; i < a->rows; i++) {
		double diagonal = 0.0;

		for (uint64_t k = a->row_start[i]; k < a->row_start[i + 1]; k++)
			if (a->column[k] == i)
				diagonal = a->value[k];
		if (!(diagonal > 0.0))
			return PINION_ERR_ARG;
		inverse[i] = 1.0 / diagonal;
	}
	return 0;
}

/* Iterate from the residual r, whose preconditioned form z gives the first direction. */
static void iterate(struct twin_cg *cg, double norm_b)
{
	double rz = dot(cg, cg->r, cg->z);

	while (cg->iterations < cg->max_iterations) {
		double pq, next;

		spmv(cg, cg->p, cg->q);
		pq = dot(cg, cg->p, cg->q);
		if (!(pq > 0.0)) {
			cg->reason = "matrix is not positive definite (p'Ap <= 0)";
			return;
		}
		axpy(cg, rz / pq, cg->p, cg->x);
		axpy(cg, -rz / pq, cg->q, cg->r);
		cg->history[++cg->iterations] = sqrt(dot(cg, cg->r, cg->r)) / norm_b;
		if (cg->history[cg->iterations] <= cg->tolerance) {
			cg->converged = true;
			cg->reason = "converged";
			return;
		}
		precondition(cg);
		next = dot(cg, cg->r, cg->z);
		xpby(cg, cg->z, next / rz, cg->p);
		rz = next;
	}
	cg->reason = "iteration limit";
}

int twin_cg_solve(struct twin_cg *cg)
{
	size_t n = cg->a->rows;
	double norm_b;
	int error = invert_diagonal(cg->a, cg->inverse);

	if (error != 0)
		return error;
	norm_b = sqrt(dot(cg, cg->b, cg->b));
	norm_b = norm_b > 0.0 ? norm_b : 1.0;
	spmv(cg, cg->x, cg->q);
	memcpy(cg->r, cg->b, n * sizeof *cg->r);
	axpy(cg, -1.0, cg->q, cg->r);
	precondition(cg);
	memcpy(cg->p, cg->z, n * sizeof *cg->p);
	cg->iterations = 0;
	cg->history[0] = sqrt(dot(cg, cg->r, cg->r)) / norm_b;
	cg->converged = cg->history[0] <= cg->tolerance;
	cg->reason = "converged";
	if (!cg->converged)
		iterate(cg, norm_b);
	return 0;
}
