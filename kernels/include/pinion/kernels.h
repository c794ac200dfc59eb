/*
 * Parallel algorithms on the caller's own memory, or on the data of a
 * pinion_array: STREAM's four, sum and dot.
 *
 * The partition says how many elements there are and who works on which. Every
 * function returns when it is done; results do not depend on the number of
 * workers. Sparse matrices are in <pinion/sparse.h>.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_KERNELS_H
#define PINION_KERNELS_H

#include <pinion/loop.h>

PINION_BEGIN_DECLS

/* How results are written. Streaming stores bypass the cache: they save the read of the target's lines. */
typedef enum pinion_stores {
	PINION_STORES_AUTO = 0,  /* plain where a worker's share fits its caches; else measured where it runs, once
	                            per size class and engine (<pinion/tune.h>) */
	PINION_STORES_PLAIN,
	PINION_STORES_STREAMING, /* plain where the processor has none */
} pinion_stores;

typedef struct pinion_kernel_options {
	size_t size;              /* sizeof(pinion_kernel_options) */
	const char *site;         /* ledger site; NULL: the kernel's name */
	pinion_schedule schedule; /* DEFAULT: the engine's */
	size_t grain;             /* elements per claim; 0: the kernel's */
	pinion_stores stores;
} pinion_kernel_options;

#define PINION_KERNEL_OPTIONS_INIT {sizeof(pinion_kernel_options), NULL, PINION_SCHEDULE_DEFAULT, 0, PINION_STORES_AUTO}

/* What one element (a row's non-zero for sparse kernels) costs; rates are computed from this. */
typedef struct pinion_card {
	const char *name;
	double bytes;            /* moved per element as the accepted rule counts */
	double bytes_allocate;   /* with write-allocate: what plain stores really move */
	double flops;
	size_t grain;            /* default elements per claim, in the same unit */
} pinion_card;

/** The card of a kernel by name ("triad", "dot", "spmv", ...), or NULL. */
PINION_API const pinion_card *pinion_card_find(const char *name);

/** Instruction set that the panels of this process use: "avx512", "avx2", "neon", "portable". */
PINION_API const char *pinion_kernels_isa(void);

/**
 * c[i] = a[i]; b[i] = s * c[i]; c[i] = a[i] + b[i]; a[i] = b[i] + s * c[i], for all i of the partition.
 *
 * The arrays must not overlap, except that they may be the same array where the formula allows it.
 *
 * @param partition  its size is the number of elements of each array.
 * @param options    NULL is the default.
 *
 * @return 0, or what pinion_for returns; PINION_ERR_ARG also when an array is NULL and the size is not 0, or
 *         when options make no sense.
 *
 * Threads:   any.
 * Since:     0.1
 */
PINION_API int pinion_copy(pinion_engine *engine, const pinion_partition *partition, const double *a, double *c,
                           const pinion_kernel_options *options);
PINION_API int pinion_scale(pinion_engine *engine, const pinion_partition *partition, double s, const double *c,
                            double *b, const pinion_kernel_options *options);
PINION_API int pinion_add(pinion_engine *engine, const pinion_partition *partition, const double *a,
                          const double *b, double *c, const pinion_kernel_options *options);
PINION_API int pinion_triad(pinion_engine *engine, const pinion_partition *partition, const double *b, double s,
                            const double *c, double *a, const pinion_kernel_options *options);

/**
 * Sum of x, and the dot product of x and y: bitwise the same for any number of workers, any steal and any
 * instruction set (fixed leaves of 4096 elements in 32 lanes, fixed pairwise tree; error bound
 * (log2 n + 128) eps sum |x|, in practice far less).
 *
 * @param result  receives the value; 0.0 for no elements. Untouched on failure.
 *
 * @return 0, or what pinion_reduce returns; PINION_ERR_ARG as above.
 *
 * Threads:   any.
 * Since:     0.1
 */
PINION_API int pinion_sum(pinion_engine *engine, const pinion_partition *partition, const double *x, double *result,
                          const pinion_kernel_options *options);
PINION_API int pinion_dot(pinion_engine *engine, const pinion_partition *partition, const double *x,
                          const double *y, double *result, const pinion_kernel_options *options);

PINION_END_DECLS

#endif
