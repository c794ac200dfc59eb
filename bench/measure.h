/*
 * One workload while it is being measured: what the families (stream, reduce,
 * spmv, cg) share. workload.c drives the steps of a family in the order of
 * struct workload_steps.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_MEASURE_H
#define PINION_BENCH_MEASURE_H

#include "bench/crew.h"
#include "bench/workload.h"

#include <pinion/kernels.h>

#define MEASURE_BUFFERS 12

struct measure;

/* The steps of one kernel. Each returns 0 or an error with m->diag filled. */
struct workload_steps {
	const char *name;
	int op; /* which of the family */

	/*
	 * Check the parameters, choose the size, allocate and fill; set problem, variant, bytes,
	 * flops.
	 */
	int (*prepare)(struct measure *m);

	/* One run; *ns receives its time. */
	int (*run)(struct measure *m, double *ns);

	/*
	 * Spoil the outputs before the measured runs, so that only these can make the result valid;
	 * may be NULL.
	 */
	int (*spoil)(struct measure *m);

	/* True while more warm-up is needed, because a variant is still being chosen; may be NULL. */
	bool (*unsettled)(struct measure *m);

	/*
	 * Compare the result with what it must be; set valid, validation, and what else is known now.
	 */
	int (*validate)(struct measure *m);

	/* Free m->own. */
	void (*release)(struct measure *m);
};

/* A piece of memory with one element per index of a range. */
struct buffer {
	void *data;
	pinion_array *array; /* Pinion's; NULL for a twin's */
	size_t map_bytes;    /* a twin's mapping */
	bool mapped;
};

struct measure {
	const struct workload_params *params;
	const struct workload_steps *steps;
	struct crew crew;
	struct workload_result *result;
	pinion_diag *diag; /* never NULL */
	const volatile sig_atomic_t *stop;
	workload_progress progress;
	void *ctx;

	struct buffer buffer[MEASURE_BUFFERS];
	int buffers;
	const pinion_array *placed[MEASURE_BUFFERS]; /* arrays that others own, for the audit */
	int placed_count;
	void *own; /* of the family */
};

/** Write the diagnostic and return `error`. */
int measure_fail(struct measure *m, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Append a sentence to the result's note; drops what does not fit as a whole. */
void measure_note(struct measure *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * Say so when `bytes` of operands fit in the last-level cache, so that nobody takes the rate for
 * memory's.
 */
void measure_note_cached(struct measure *m, double bytes);

/** Report progress, and tell whether the user wants to stop. */
bool measure_stopped(const struct measure *m, const char *phase, int done, int total);

/**
 * Memory for one element of `elem_bytes` per index: an array on Pinion's partition, or pages for a
 * twin, which are placed when its crew fills them. Freed with the measurement.
 */
int measure_buffer(struct measure *m, const struct crew_range *range, size_t elem_bytes,
                   void **out);

/** Let the audit include an array that the family owns itself. */
void measure_placed(struct measure *m, const pinion_array *array);

/** Ask the kernel where all pages of all arrays are; fills result->audit. */
int measure_audit(struct measure *m);

/** Free all buffers. */
void measure_free_buffers(struct measure *m);

/** Options for a kernel call of this workload. */
pinion_kernel_options measure_options(const struct measure *m);

/** Blocks of n doubles for the engine of this workload. */
int measure_partition(const struct measure *m, pinion_partition **partition, size_t n);

/** Refuse parameters that the kernel does not have. */
int measure_refuse_size(struct measure *m);   /* size in elements */
int measure_refuse_matrix(struct measure *m); /* grid, matrix */
int measure_refuse_stores(struct measure *m);
int measure_refuse_solver(struct measure *m); /* max_iterations, tolerance */

/** Monotonic time. */
double measure_now_ns(void);

/* The families. */
extern const struct workload_steps steps_copy, steps_scale, steps_add, steps_triad, steps_stream;
extern const struct workload_steps steps_sum, steps_dot, steps_spmv, steps_cg;

#endif
