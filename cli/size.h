/*
 * Sizes as people write them on the command line, in the words of the job file:
 * "1000000", "2^28", "64MiB", "50% ram", "4 x llc", "64x64x64".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CLI_SIZE_H
#define PINION_CLI_SIZE_H

#include <pinion/job.h>

/* Fill the size fields of a workload. False when the text is none of the forms. */
bool size_read(const char *text, pinion_job_workload *work);

#endif
