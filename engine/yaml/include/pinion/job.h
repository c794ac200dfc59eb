/*
 * A job file: what to run, where, and how to measure it, read from YAML.
 *
 * The reader checks the whole file before anything is started and reports
 * every fault at once, each with file, line, column, the source line, a caret
 * and the nearest legal word. This is a library of its own, pinion-config,
 * because libpinion does not parse YAML. The keys of a file are described in
 * docs/configuration.md.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_JOB_H
#define PINION_JOB_H

#include <pinion/array.h>
#include <pinion/config.h>

PINION_BEGIN_DECLS

/* A kernel that a job may name; the table is handed in by the program that can run them. */
typedef struct pinion_job_kernel {
	const char *name;
	const char *const *parameters; /* of size, matrix, stores, max_iterations, tolerance: those that
	                                  it has; NULL at the end */
} pinion_job_kernel;

typedef struct pinion_job_memory {
	pinion_home home;      /* policy: preferred | bind | interleave | local (= TOUCH) */
	pinion_pages pages;    /* auto | base | thp */
	bool prefault;         /* default true */
	bool audit;            /* `verify: true`, the default: ask the kernel where every page is */
} pinion_job_memory;

typedef struct pinion_job_statistics {
	int warmup;            /* runs before measuring; default 2 */
	int min_runs, max_runs;/* default 10, 100 */
	double half_width;     /* stop when the 95 % interval of the median is within +- this share;
	                          default 0.01 */
	uint64_t min_time_ns;  /* measure at least this long in all; default 0 */
	uint64_t seed;         /* of generated inputs; default 1 */
} pinion_job_statistics;

/* One thing to run. Exactly one of kernel and command is not NULL. Strings belong to the job. */
typedef struct pinion_job_workload {
	const char *name;      /* unique in the file; default: the kernel or the program's name */
	int line;              /* where it stands in the file, for messages */
	const char *kernel;
	const char *engine;    /* "pinion" (default), "omp", "serial" */
	const char *matrix;    /* "hpcg-27pt" or the path of a Matrix Market file; NULL: not given */
	uint64_t size;         /* bytes or elements as size_unit says; 0: auto, or see below */
	int size_unit;         /* 0 auto, 1 elements (plain number, 2^28), 2 bytes (16MiB),
	                          3 percent of RAM, 4 times the LLC */
	double size_value;     /* for units 3 and 4 */
	uint64_t grid[3];      /* size: 64x64x64, size_unit 0; 0 when not given, or when there is a
	                          matrix file */
	int max_iterations;    /* cg; 0: the kernel's default */
	double tolerance;      /* cg; 0: the kernel's default */
	const char *stores;    /* stream: "auto" (default), "plain", "streaming" */
	pinion_schedule schedule; /* DEFAULT: the scheduler section's */
	size_t grain;             /* 0: the scheduler section's */
	pinion_job_memory memory;         /* defaults merged in */
	pinion_job_statistics statistics; /* defaults merged in */

	char **command;        /* argv, NULL at the end */
	const char *cwd;       /* NULL: the caller's */
	char **env_set;        /* "NAME=value", NULL at the end; may be NULL */
	char **env_unset;      /* names, NULL at the end; may be NULL */
	const char *places;    /* command: where the process may run; NULL: the union of all seats */
	uint64_t timeout_ns;   /* command: 0 none */
} pinion_job_workload;

typedef struct pinion_job {
	const char *name;      /* NULL: not given */
	const char *file;      /* as given to the reader, or "standard input" */
	const char *exclude;   /* topology: exclude; places text, NULL none */
	bool smt_all;          /* topology: smt: all | first (default) */
	pinion_config config;  /* topology, workers, scheduler sections */
	const char *output_dir;/* NULL: standard output only. %t is replaced by the start time, %h by
	                          the host name */
	bool output_text, output_json; /* formats; default: text */
	int workloads;         /* at least 1 */
	pinion_job_workload *workload; /* [workloads] */
} pinion_job;

/**
 * Read and check a job file.
 *
 * A topology source that is a description or an XML file is loaded once, to check it.
 *
 * @param out      receives the job; untouched on failure.
 * @param path     file to read; "-" is standard input.
 * @param set      `count` overrides "key.path=value" (workloads by name:
 *                 "workloads.spmv.matrix=a.mtx", or by index "workloads[1].matrix=a.mtx");
 *                 checked by the same rules and reported as "--set:1:15". Copied. May be NULL
 *                 when count is 0.
 * @param count    number of overrides.
 * @param kernels  ends with a NULL name. Not kept.
 * @param errors   called once per line of a message, all faults of the file and the overrides,
 *                 by position; lines hold no control character but tabs. Not NULL.
 * @param ctx      first argument of errors.
 *
 * @return 0                  checked; nothing in it contradicts the schema.
 * @return PINION_ERR_IO      it cannot be read (missing, a directory, not text); one message.
 * @return PINION_ERR_SYNTAX  at least one fault; the last line is "N errors; nothing was started".
 * @return PINION_ERR_NOMEM   out of memory; nothing was reported.
 *
 * Threads:   any.
 * Blocking:  reads the file.
 * Requires:  out, path, kernels and errors not NULL.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_job_read(pinion_job **out, const char *path,
                                                 const char *const *set, int count,
                                                 const pinion_job_kernel *kernels,
                                                 pinion_log errors, void *ctx);

/**
 * Check what only the machine can tell: that places, exclude and counts fit the topology, and where
 * it is live, that matrix files and working directories are there.
 *
 * Faults point into the file like those of pinion_job_read.
 *
 * @param job       made by pinion_job_read.
 * @param topology  the machine on which it shall run.
 * @param errors    as in pinion_job_read.
 * @param ctx       first argument of errors.
 *
 * @return 0                  the machine has it all.
 * @return PINION_ERR_SYNTAX  a text does not parse.
 * @return PINION_ERR_RANGE   it parses, but this machine does not have it.
 * @return PINION_ERR_PLACE   this process may not use it, or the workers do not fit.
 * @return PINION_ERR_IO      a matrix file cannot be read, or a directory is missing.
 * @return PINION_ERR_NOMEM   out of memory; nothing was reported.
 *
 * Of several, SYNTAX is returned if it is among them, otherwise the first that was met.
 *
 * Threads:   any; several may check one job.
 * Requires:  no argument but ctx is NULL.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_job_check(const pinion_job *job,
                                                  const pinion_topology *topology,
                                                  pinion_log errors, void *ctx);

/** Free a job and all its strings. NULL is fine. */
PINION_API void pinion_job_destroy(pinion_job *job);

/** Which of `words` (NULL at the end) `word` is probably meant to be; NULL when none is near. */
PINION_API const char *pinion_job_nearest(const char *word, const char *const *words);

PINION_END_DECLS

#endif
