/*
 * A user's program that reads a job file with the library behind the command:
 * job FILE prints its first workload, or what is wrong with it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/job.h>

#include <stdio.h>

static void print_line(void *ctx, const char *line)
{
	fprintf(ctx, "%s\n", line);
}

int main(int argc, char **argv)
{
	static const char *const none[] = {NULL};
	static const pinion_job_kernel kernels[] = {{"triad", none}, {NULL, NULL}};
	pinion_job *job = NULL;

	if (argc != 2)
		return 2;
	int error = pinion_job_read(&job, argv[1], NULL, 0, kernels, print_line, stderr);
	if (error == 0)
		printf("%d workload, first %s\n", job->workloads, job->workload[0].name);
	pinion_job_destroy(job);
	return error != 0;
}
