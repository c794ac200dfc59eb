/*
 * A kernel made measurable: choose its size, lay out its data, run it until
 * enough is known, validate the result, judge the accepted rule. The command's
 * `run` and `bench` measure through this, Pinion and its twins alike.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_WORKLOAD_H
#define PINION_BENCH_WORKLOAD_H

#include <pinion/array.h>
#include <pinion/engine.h>

#include <signal.h>

enum workload_engine { WORKLOAD_PINION = 0, WORKLOAD_OMP, WORKLOAD_SERIAL };

enum workload_stores { WORKLOAD_STORES_AUTO = 0, WORKLOAD_STORES_PLAIN, WORKLOAD_STORES_STREAMING };

struct workload_params {
	const char *kernel; /* a name of workload_table() */
	enum workload_engine engine;
	size_t elements;    /* stream, sum, dot: per array; 0: the rule's size where memory allows it */
	size_t grid[3];     /* spmv, cg without a matrix file: 27-point problem; 0: automatic */
	const char *matrix; /* NULL or "hpcg-27pt": generated; else a Matrix Market file */
	enum workload_stores stores;
	int max_iterations; /* cg; 0: default */
	double tolerance;   /* cg, relative residual; 0: default */
	pinion_schedule schedule;
	size_t grain;
	pinion_array_options memory;
	bool prefault, audit;
	uint64_t seed;
	uint64_t llc_bytes;    /* of the topology, for rules */
	uint64_t memory_bytes; /* that this process may use; 0: unknown, no limit */
	bool twin_unbound;     /* a twin's threads stay where the kernel puts them, not on the seats */
};

/* When enough runs were made. */
struct workload_stats_options {
	int warmup;             /* runs before measuring; more where a variant is still being chosen */
	int min_runs, max_runs; /* 0: 10 and 100 */
	double half_width;      /* stop when the median's 95 % interval is within +- this; 0: never */
	uint64_t min_time_ns;   /* measure at least this long in all, but never more than max_runs */
};

/* Everything about one measured workload. Strings are inside. */
struct workload_result {
	char kernel[32], engine[16], variant[64]; /* variant: "avx512, streaming stores" */
	char problem[128];                        /* "3 arrays of 134217728 doubles (3.0 GiB)" */
	int runs;
	double *sample_ns; /* [runs], in order; freed by workload_result_free */
	double median_ns, min_ns, max_ns, ci_low_ns, ci_high_ns;
	double bytes, flops; /* per run, from the kernel's card; 0 when it has none */
	bool valid;
	char validation[192]; /* what was compared, the error found and the bound */
	char rule[32];        /* "STREAM", or empty when the kernel has no accepted rule */
	bool conforming;
	char verdict[256]; /* "conforming", or why not */
	bool audited;
	pinion_audit audit; /* of all arrays together */
	double *residual;   /* cg: history, [residuals]; NULL otherwise */
	int residuals;
	bool converged; /* cg; true for others */
	char note[256]; /* anything else a reader must know; may be empty */
};

/* What one kernel can do. */
struct workload_kind {
	const char *name;
	const char *summary;           /* one line for --help */
	const char *const *parameters; /* job-file parameters beside the common ones; NULL at the end */
};

/** All kernels; ends with a NULL name. */
const struct workload_kind *workload_table(void);

/* Called before each step; phase is "prepare", "warm up", "measure" or "validate"; total is 0 when
 * it is unknown, and otherwise the most that it can be. */
typedef void (*workload_progress)(void *ctx, const char *phase, int done, int total);

/**
 * Prepare, warm up, measure and validate one workload.
 *
 * @param engine    running for WORKLOAD_PINION. A twin may have NULL, and then uses as many threads
 *                  as OpenMP gives it; with an engine, running or not, it uses as many as the
 *                  engine has workers, on the same seats.
 * @param stats     NULL: 2 warm-up runs, 10 to 100 measured ones, until the interval is within 1 %.
 * @param progress  called on the calling thread before each step; may be NULL.
 * @param stop      *stop non-zero, set by a signal handler for instance, ends it before the next
 *                  step; may be NULL.
 * @param result    filled when 0 is returned, and then freed by workload_result_free(); otherwise
 *                  untouched.
 * @param diag      receives what is wrong; may be NULL.
 *
 * @return 0                      measured. A failed validation is no error: result->valid is false.
 * @return PINION_ERR_ARG         unknown kernel, or a parameter without meaning for it.
 * @return PINION_ERR_NOMEM       the problem is larger than memory, which is found before anything
 *                                is allocated unless its size stands in a matrix file; or memory is
 *                                exhausted. diag has the numbers.
 * @return PINION_ERR_RANGE       more points than a matrix can have rows, or an index in a file.
 * @return PINION_ERR_IO, PINION_ERR_SYNTAX, PINION_ERR_UNSUPPORTED
 *                                matrix file; diag has "file:line: what".
 * @return PINION_ERR_CANCELED    *stop.
 * @return PINION_ERR_PLACE       strict memory, and it was refused.
 * @return PINION_ERR_STATE       the engine is not running.
 *
 * Threads:   one measurement at a time: two would measure each other.
 * Blocking:  until done.
 */
int workload_measure(pinion_engine *engine, const struct workload_params *params,
                     const struct workload_stats_options *stats, workload_progress progress,
                     void *ctx, const volatile sig_atomic_t *stop, struct workload_result *result,
                     pinion_diag *diag);

/** Free what a result holds. Harmless on a result of zeros, and twice. */
void workload_result_free(struct workload_result *result);

#endif
