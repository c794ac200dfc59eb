/*
 * What the sparse kernels share among themselves.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_KERNELS_SPARSE_H
#define PINION_KERNELS_SPARSE_H

#include <pinion/sparse.h>

/* Bytes that the product of an average row moves: its entries, its start, y, and x once. */
double pinion__csr_row_bytes(const pinion_csr *a);

/* Rows that hold about as many entries as the card of "spmv" has per claim; at least 1. */
size_t pinion__csr_grain(const pinion_csr *a);

/* Pointers are there and the first and the last row agree with `entries`. */
bool pinion__csr_is_complete(const pinion_csr *a);

#endif
