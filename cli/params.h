/*
 * What a job says about a kernel, in the words of the measuring library.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CLI_PARAMS_H
#define PINION_CLI_PARAMS_H

#include "bench/workload.h"
#include "cli/machine.h"

#include <pinion/job.h>

/* The parameters of a kernel workload. Strings are borrowed from the job. Shares of memory and of
 * caches become numbers of elements of this machine. */
struct workload_params params_of(const pinion_job_workload *work, const pinion_job *job,
                                 const struct machine *machine, uint64_t memory_bytes);

#endif
