/*
 * The insides of a pinion_matrix, and how its makers build one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_KERNELS_MATRIX_H
#define PINION_KERNELS_MATRIX_H

#include <pinion/sparse.h>

struct pinion_matrix {
	size_t rows, columns, entries;
	uint64_t *row_start;
	uint32_t *column;
	double *value;
};

/* Entries in any order, from 0. */
struct pinion__triplets {
	size_t count, capacity;
	uint32_t *row, *column;
	double *value;
};

/* Zero-filled, with room for `entries`. NULL when memory or address space is exhausted. */
pinion_matrix *pinion__matrix_alloc(size_t rows, size_t columns, size_t entries);

/* False when memory or address space is exhausted; nothing is kept then. */
bool pinion__triplets_init(struct pinion__triplets *t, size_t capacity);
void pinion__triplets_fini(struct pinion__triplets *t);

/*
 * Sort into rows with ascending columns, and add up entries of the same place in the order in which
 * they stand in t.
 *
 * Frees t in between, so that only two copies of the entries exist at any time; t is empty
 * afterwards.
 *
 * @return 0, or PINION_ERR_NOMEM with *out untouched. A sum may overflow; nobody checks it here.
 */
int pinion__matrix_assemble(pinion_matrix **out, struct pinion__triplets *t, size_t rows,
                            size_t columns);

#endif
