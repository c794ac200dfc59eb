/*
 * The matrix of a sparse workload: generated or read, then laid out for the
 * crew, and the plain copy freed again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_SPARSE_H
#define PINION_BENCH_SPARSE_H

#include "bench/measure.h"

#include <pinion/sparse.h>

struct sparse {
	pinion_csr a;              /* the matrix as laid out */
	pinion_placed_csr *placed; /* Pinion's; NULL for a twin */
	pinion_partition *row_partition, *column_partition;
	struct crew_range rows, columns;
};

/* What a kernel needs of its matrix. */
struct sparse_need {
	int vectors;      /* of [rows] beside the matrix, for the memory check */
	size_t auto_side; /* cube of an automatic 27-point problem */
	bool square;
};

/** Make the matrix that the parameters ask for, and describe it in result->problem. */
int sparse_make(struct measure *m, const struct sparse_need *need, struct sparse *s);

/** Free what is not a buffer of the measurement. */
void sparse_release(struct sparse *s);

/** Allocate a vector over rows or columns. */
int sparse_vector(struct measure *m, const struct crew_range *range, double **out);

#endif
