/*
 * Running the workloads of a job, one after the other, and keeping everything
 * that a report needs. `run` gives it the job of a file, `bench` one that it has
 * put together from options.
 *
 * The engine runs only while a workload of Pinion's own runs: a twin or a program
 * then finds the processors as free as it would without Pinion.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CLI_SESSION_H
#define PINION_CLI_SESSION_H

#include "bench/workload.h"
#include "cli/machine.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/process.h"
#include "cli/progress.h"

#include <pinion/job.h>
#include <pinion/report.h>

/* One workload and what came of it. */
struct outcome {
	const pinion_job_workload *work;
	int exit_code; /* EXIT_FINE, or what this one alone would end with */
	int error;     /* 0: it ran to its end; diag says why not */
	pinion_diag diag;
	bool program; /* `process` is filled, else `result` */
	struct workload_result result;
	struct process_report process;
	pinion_ledger *ledger; /* [ledgers]: sites that this workload used */
	int ledgers;
};

/* A whole run. */
struct record {
	const char *command; /* "run" or "bench" */
	const pinion_job *job;
	const struct machine *machine;
	char started[40], host[80]; /* time of day with its zone; name of the machine */
	double startup_ms; /* process start to the first workload, engine running and bound; 0: none */
	double first_kernel_ms;  /* process start to its first warm-up or measured run; 0: none */
	bool seated;             /* the engine ran: `engine` has what the kernel granted */
	pinion_report engine;    /* the newest look at the seats */
	int drifted;             /* workers that lost their seat after the start */
	struct outcome *outcome; /* [outcomes] */
	int outcomes, planned;
	int exit_code;
};

struct session_request {
	const char *command;
	const pinion_job *job;
	const struct machine *machine;  /* planned */
	const struct option_list *only; /* names; empty: all workloads */
	struct option_optional json;
	bool verbose, quiet;
	uint64_t start_ns;
};

/* Run, report as text and JSON, and return the exit code. All messages are printed. */
int session_run(const struct session_request *request);

#endif
