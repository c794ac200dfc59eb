/*
 * The panels: the innermost loops of all kernels, pure functions on pointers
 * and counts, once per instruction set.
 *
 * A panel allocates nothing, calls nothing of the engine, and accepts any
 * count including 0. Every table computes the same bits from the same input.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_KERNELS_PANELS_H
#define PINION_KERNELS_PANELS_H

#include <pinion/sparse.h>

enum pinion__stream {
	PINION__COPY = 0,
	PINION__SCALE,
	PINION__ADD,
	PINION__TRIAD,
	PINION__STREAMS
};

/* copy: out = b; scale: out = s b; add: out = b + c; triad: out = b + s c. The two without c
 * read no c, but want a valid pointer. out may be b or c; it may not overlap them in another
 * way. */
typedef void (*pinion__stream_panel)(const double *b, const double *c, double s, double *out,
                                     size_t n);

struct pinion__panels {
	const char *isa;
	bool streaming; /* whether the second column of `stream` bypasses the cache */
	pinion__stream_panel stream[PINION__STREAMS][2];

	/* Fixed order in n only: four consecutive quarters side by side, eight lanes each, folded by
	 * halves. */
	double (*sum)(const double *x, size_t n);
	double (*dot)(const double *x, const double *y, size_t n);

	/* y[i] = sum of value * x[column] over row i, in stored order, for begin <= i < end. */
	void (*spmv)(const pinion_csr *a, const double *x, double *y, size_t begin, size_t end);

	/* x += alpha p; r -= alpha q; z = d r. */
	void (*cg_update)(double alpha, const double *p, const double *q, const double *d, double *x,
	                  double *r, double *z, size_t n);
	/* p = d r + beta p. */
	void (*cg_direction)(double beta, const double *d, const double *r, double *p, size_t n);
};

/* The best table that this processor runs. Constant for the life of the process. */
const struct pinion__panels *pinion__panels_best(void);

/* Table `index` of those that this processor runs, best first; NULL past the last. For tests. */
const struct pinion__panels *pinion__panels_at(int index);

extern const struct pinion__panels pinion__panels_portable;
#if defined(__x86_64__)
extern const struct pinion__panels pinion__panels_avx2;
extern const struct pinion__panels pinion__panels_avx512;
#endif

#endif
