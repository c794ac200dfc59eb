/*
 * What the tests of job files share: kernels to name, reading with collected
 * messages, and a job as text for comparing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_JOBS_H
#define PINION_TESTS_JOBS_H

#include <pinion/job.h>

/* copy, triad {size, stores}; sum, dot {size}; spmv {size, matrix};
 * cg {size, matrix, max_iterations, tolerance} */
extern const pinion_job_kernel jobs_kernels[];

/* Lines that a reader has told, each with a newline. */
struct lines {
	char *text; /* never NULL after the first line */
	size_t bytes;
	int count;
};
void lines_add(void *lines, const char *line); /* a pinion_log */
void lines_free(struct lines *lines);

/* A whole file, with a zero behind it; the test ends when it cannot be read. Free it. */
char *jobs_slurp(const char *path, size_t *bytes);

/* Read a text that must be a good job; the test ends with its messages when it is not. */
pinion_job *jobs_read_good(const char *text, size_t bytes, const char *const *set, int count);

/* Read a text that must be refused with PINION_ERR_SYNTAX; returns the messages. Free them. */
char *jobs_read_bad(const char *text, const char *const *set, int count);

/* Every field of a job, one per line. Free it. */
char *jobs_dump(const pinion_job *job);

#endif
