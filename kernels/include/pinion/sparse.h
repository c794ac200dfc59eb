/*
 * Sparse matrices in compressed rows (CSR): reading, generating, multiplying,
 * and conjugate gradients.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_SPARSE_H
#define PINION_SPARSE_H

#include <pinion/kernels.h>

PINION_BEGIN_DECLS

/* Row i holds the entries row_start[i] .. row_start[i + 1] - 1. Plain pointers: the caller's own memory is fine. */
typedef struct pinion_csr {
	size_t rows, columns;
	size_t entries;            /* stored non-zeros */
	const uint64_t *row_start; /* [rows + 1] */
	const uint32_t *column;    /* [entries], ascending inside a row */
	const double *value;       /* [entries] */
} pinion_csr;

/* A matrix that owns its memory (plain malloc memory, before it is laid out). */
typedef struct pinion_matrix pinion_matrix;

/**
 * Read a Matrix Market coordinate file: real, integer or pattern (value 1), general or symmetric.
 *
 * Symmetric files are expanded; duplicate entries are added up.
 *
 * @param diag  receives "PATH:LINE: what" on failure.
 *
 * @return 0; PINION_ERR_IO (cannot be read); PINION_ERR_SYNTAX (bad header, a value that is no finite number, an
 *         entry above the diagonal of a symmetric file, too few or too many lines); PINION_ERR_RANGE (an index outside
 *         1 .. rows or columns, a side longer than 2^32 - 1, duplicates that add up to no finite number); PINION_ERR_UNSUPPORTED (complex, array, hermitian,
 *         skew-symmetric); PINION_ERR_NOMEM.
 *
 * Threads:   any.
 * Blocking:  reads the file.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_matrix_read(pinion_matrix **out, const char *path, pinion_diag *diag);

/**
 * The 27-point problem of HPCG on an nx x ny x nz grid: 26 on the diagonal, -1 for each neighbour.
 *
 * @return 0, PINION_ERR_RANGE (a side is 0 or the grid has more than 2^32 - 1 points), PINION_ERR_NOMEM.
 *
 * Threads:   any.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_matrix_27point(pinion_matrix **out, size_t nx, size_t ny, size_t nz);

/** Free. NULL is fine. */
PINION_API void pinion_matrix_destroy(pinion_matrix *matrix);

/** Its rows; borrowed, lives as long as the matrix. */
PINION_API pinion_csr pinion_matrix_csr(const pinion_matrix *matrix);

/**
 * A partition of the rows of `csr` in which every seat owns about the same number of entries.
 *
 * @return 0, PINION_ERR_ARG (an array of csr is NULL, or row_start does not begin with 0 and end with entries),
 *         PINION_ERR_NOMEM.
 *
 * Threads:   any.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_csr_partition(pinion_partition **out, const pinion_placement *placement,
                                                      const pinion_csr *csr);

/* A matrix laid out by a row partition: each owner's rows are on its node. */
typedef struct pinion_placed_csr pinion_placed_csr;

/**
 * Copy `csr` into arrays laid out by `rows`, each part copied by its owner.
 *
 * @return 0, or what pinion_array_create, pinion_array_prefault and pinion_for return; PINION_ERR_ARG when rows
 *         does not match; PINION_ERR_NOMEM.
 *
 * Threads:   any.
 * Blocking:  until copied.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_placed_csr_create(pinion_placed_csr **out, pinion_engine *engine,
                                                          const pinion_partition *rows, const pinion_csr *csr,
                                                          const pinion_array_options *options, pinion_diag *diag);

/** Free. NULL is fine. */
PINION_API void pinion_placed_csr_destroy(pinion_placed_csr *placed);

/** Its rows; borrowed, lives as long as the placed matrix. */
PINION_API pinion_csr pinion_placed_csr_view(const pinion_placed_csr *placed);

/** Its three arrays (row_start, column, value), for audits. index 0 .. 2. */
PINION_API const pinion_array *pinion_placed_csr_array(const pinion_placed_csr *placed, int index);

/**
 * y = A x. Each row is summed in the order it is stored, so y does not depend on the workers.
 *
 * @param rows     partition of the rows of A.
 * @param options  NULL is the default; grain is in rows, 0: rows with 8192 entries or so.
 *
 * @return 0, PINION_ERR_ARG (NULL, or rows has another size than A), or what pinion_for returns.
 *
 * Threads:   any.
 * Since:     0.1
 */
PINION_API int pinion_spmv(pinion_engine *engine, const pinion_partition *rows, const pinion_csr *a, const double *x,
                           double *y, const pinion_kernel_options *options);

typedef struct pinion_cg_options {
	size_t size;           /* sizeof(pinion_cg_options) */
	int max_iterations;    /* 0: 10 times the rows, at most 10000 */
	double tolerance;      /* on |b - A x| / |b|, by the recurrence; 0: 1e-10 */
	double *history;       /* receives the relative residual after 0, 1, ... iterations; NULL: not wanted */
	int history_length;    /* of history; later values are dropped */
	pinion_schedule schedule;
} pinion_cg_options;

#define PINION_CG_OPTIONS_INIT {sizeof(pinion_cg_options), 0, 0, NULL, 0, PINION_SCHEDULE_DEFAULT}

typedef struct pinion_cg_result {
	int iterations;
	bool converged;        /* residual is within the tolerance, and true_residual within ten times of it */
	double residual;       /* last value of the recurrence, relative */
	double true_residual;  /* |b - A x| / |b| computed afresh at the end */
	char reason[128];      /* why it ended: "converged", "iteration limit", "matrix is not positive definite (p'Ap <= 0 in
	                          iteration 7)", "rounding: ..." when only the recurrence fell to the tolerance, ... */
} pinion_cg_result;

/**
 * Conjugate gradients with Jacobi preconditioning (Hestenes and Stiefel 1952; Saad, Iterative Methods, alg. 9.1).
 *
 * A must be symmetric positive definite, with its whole diagonal stored. The residual history is bitwise the same for
 * any number of workers.
 *
 * @param x       start vector at entry, solution at return; on failure whatever was reached.
 * @param result  filled when 0 is returned, converged or not.
 *
 * @return 0, PINION_ERR_ARG (NULL, not square, rows has another size than A, a diagonal entry missing or not
 *         positive, options make no sense), PINION_ERR_NOMEM, or what pinion_array_prefault and pinion_for return.
 *
 * Threads:   any.
 * Blocking:  until done.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_cg(pinion_engine *engine, const pinion_partition *rows, const pinion_csr *a,
                                           const double *b, double *x, const pinion_cg_options *options,
                                           pinion_cg_result *result);

PINION_END_DECLS

#endif
