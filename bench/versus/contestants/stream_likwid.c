/*
 * stream.triad with likwid-bench, a program of its own: each batch is one run of
 * it, and the time is the one that it reports for its loops. The setting is the
 * name of its kernel; "stream" is the triad with three arrays.
 *
 * It computes on its own data, so the proof is what it says it moved: vectors as
 * large as asked, on as many threads, as often.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/contestant.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 4 /* of one run at least: the first round meets cold address translations */

struct likwid {
	const struct contestant_task *task;
	uint64_t moved; /* bytes, by its own account */
};

/* The number after `label`, or 0. */
static double number_after(const char *line, const char *label)
{
	size_t length = strlen(label);

	return strncmp(line, label, length) == 0 ? strtod(line + length, NULL) : 0;
}

static void compose(const struct contestant_task *task, uint64_t rounds, char *command, size_t bytes)
{
	snprintf(command, bytes, LIKWID_BENCH " -t %s -W N:%zuB:%d -i %" PRIu64 " 2>&1", task->setting,
	         3 * sizeof(double) * task->elements, task->workers, rounds);
}

static uint64_t batch(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct likwid *l = self->state;
	char command[512], line[512];
	double seconds = 0, moved = 0;
	FILE *out;

	compose(l->task, ops, command, sizeof command);
	out = popen(command, "r");
	if (out == NULL)
		contestant_fail("likwid-bench cannot be started");
	while (fgets(line, sizeof line, out) != NULL) {
		seconds += number_after(line, "Time:");
		moved += number_after(line, "Data volume (Byte):");
	}
	if (pclose(out) != 0 || !(seconds > 0))
		contestant_fail("likwid-bench ended with an error");
	l->moved = (uint64_t)moved;
	return (uint64_t)(seconds * 1e9);
}

static uint64_t checksum(struct contestant *self, uint64_t ops, uint64_t seed)
{
	return ((struct likwid *)self->state)->moved;
}

/* likwid-bench does not ask the processor before it runs a kernel. */
static int processor_has(const char *kernel)
{
#if defined(__x86_64__)
	if (strstr(kernel, "avx512") != NULL)
		return __builtin_cpu_supports("avx512f");
	if (strstr(kernel, "fma") != NULL && !__builtin_cpu_supports("fma"))
		return 0;
	return strstr(kernel, "avx") == NULL || __builtin_cpu_supports("avx");
#else
	return kernel != NULL;
#endif
}

static const char *setup(struct contestant *self, const struct contestant_task *task)
{
	static struct likwid likwid;
	static char version[32];
	char line[128] = "";
	FILE *out = popen(LIKWID_BENCH " -v", "r");

	if (!processor_has(task->setting))
		contestant_unfit("this processor lacks the instructions of the kernel");
	if (out == NULL || fgets(line, sizeof line, out) == NULL ||
	    sscanf(line, "likwid-bench -- Version %31s", version) != 1)
		return "likwid-bench does not tell its version";
	pclose(out);
	self->version = version;
	self->state = &likwid;
	likwid.task = task;
	return NULL;
}

int main(int argc, char **argv)
{
	struct contestant self = {NULL, setup, NULL, batch, checksum, ROUNDS, NULL};

	return contestant_main(&self, argc, argv);
}
