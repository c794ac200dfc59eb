/*
 * The plain form of every kernel, written to be obviously right: the oracle of
 * the tests. Not part of the library.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_KERNELS_REFERENCE_H
#define PINION_KERNELS_REFERENCE_H

#include "kernels/panels.h"

void pinion__reference_stream(enum pinion__stream op, const double *b, const double *c, double s,
                              double *out, size_t n);

/* In extended precision; *magnitude receives the sum of the absolute values, for error bounds. */
long double pinion__reference_sum(const double *x, size_t n, double *magnitude);
long double pinion__reference_dot(const double *x, const double *y, size_t n, double *magnitude);

void pinion__reference_spmv(const pinion_csr *a, const double *x, double *y);

/* Textbook Jacobi-preconditioned conjugate gradients from x; `work` has 4 * rows doubles.
 * @return iterations until |r| <= tolerance |b|, or max + 1. */
int pinion__reference_cg(const pinion_csr *a, const double *b, double *x, double *work,
                         double tolerance, int max);

#endif
