/*
 * From a job file to a checked job on a machine: what plan, check and run
 * begin with.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CLI_JOBFILE_H
#define PINION_CLI_JOBFILE_H

#include "cli/machine.h"
#include "cli/options.h"

#include <pinion/job.h>

/* Each of these returns an exit code; its messages have gone to `errors` line by line. */

/* Read the file with its overrides. */
int jobfile_read(pinion_job **out, const char *path, const struct option_list *set,
                 pinion_log errors, void *ctx);

/* Load the machine that the job names and check the job against it. The seats are not planned
 * yet. */
int jobfile_machine(const pinion_job *job, struct machine *machine, pinion_log errors, void *ctx);

/* Plan the seats of the job; messages go to standard error. */
int jobfile_plan(const pinion_job *job, struct machine *machine);

/* All three, with messages on standard error. On failure *out is NULL and the machine is
 * empty. */
int jobfile_open(pinion_job **out, struct machine *machine, const char *path,
                 const struct option_list *set);

/* "kernel triad, 64.0 MiB per array" or "command ./solver --input ...": what a workload is, in
 * a line. */
void workload_describe(const pinion_job_workload *work, char *to, size_t bytes);

/* "steal" or "owner": the schedule that a workload gets. */
const char *schedule_name(const pinion_job *job, const pinion_job_workload *work);

/* Words of the schema for a home. */
const char *home_name(pinion_home home);

#endif
