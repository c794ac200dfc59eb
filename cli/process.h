/*
 * A program as a workload: bound before it begins, watched while it runs.
 *
 * The child gets a process group of its own, so that a timeout or an interrupt
 * reaches everything it has started, and reads nothing from standard input. It
 * dies with the command that started it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CLI_PROCESS_H
#define PINION_CLI_PROCESS_H

#include "cli/observe.h"

#include <pinion/config.h>

#include <signal.h>

struct process_request {
	char **argv;
	const char *cwd;             /* NULL: where we are */
	char **env_set, **env_unset; /* may be NULL */
	const pinion_topology *topology;
	const pinion_cpus *cpus;     /* NULL: do not bind */
	pinion_memory_policy policy; /* over the nodes of cpus */
	bool strict;                 /* a refused binding is an error instead of a note */
	uint64_t timeout_ns;         /* 0: none */
	bool output_to_stderr;       /* standard output belongs to somebody else */
};

struct process_report {
	pid_t pid;
	int exit_status; /* -1 when a signal ended it */
	int signal;      /* 0 when it exited */
	bool timed_out, interrupted;
	double wall_ns, user_ns, system_ns;
	uint64_t peak_bytes;     /* resident */
	char asked[160];         /* processors, as a list; empty when not bound */
	struct binding obtained; /* read back in the child before the program began */
	struct observation seen;
	char note[256]; /* what was refused, or empty */
};

/*
 * Start it and wait for its end; *stop non-zero ends it.
 *
 * Returns 0 when the program ran, however it ended; PINION_ERR_IO (it cannot be run: diag says
 * why), PINION_ERR_PLACE or PINION_ERR_PERM (strict), PINION_ERR_SYSTEM, PINION_ERR_CANCELED
 * (*stop).
 */
int process_run(const struct process_request *request, const volatile sig_atomic_t *stop,
                struct process_report *report, pinion_diag *diag);

#endif
