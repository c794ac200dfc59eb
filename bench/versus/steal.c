/*
 * Steal time from /proc/stat: "cpuN user nice system idle iowait irq softirq steal
 * guest guest_nice", in ticks. The guest columns are part of user and nice.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/steal.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#define COLUMNS 8
#define STEAL   7

static bool ours(const int *cpu, int cpus, int number)
{
	for (int i = 0; i < cpus; i++)
		if (cpu[i] == number)
			return true;
	return false;
}

static void add_line(const char *columns, struct steal *out)
{
	uint64_t tick;
	int used;

	for (int i = 0; i < COLUMNS && sscanf(columns, "%" SCNu64 "%n", &tick, &used) == 1; i++) {
		out->total += tick;
		out->stolen += i == STEAL ? tick : 0;
		columns += used;
	}
}

void steal_parse(FILE *in, const int *cpu, int cpus, struct steal *out)
{
	char line[512];
	int number, used;

	*out = (struct steal){0, 0};
	while (fgets(line, sizeof line, in) != NULL)
		if (sscanf(line, "cpu%d %n", &number, &used) == 1 && ours(cpu, cpus, number))
			add_line(line + used, out);
}

void steal_read(const int *cpu, int cpus, struct steal *out)
{
	FILE *in = fopen("/proc/stat", "r");

	*out = (struct steal){0, 0};
	if (in == NULL)
		return;
	steal_parse(in, cpu, cpus, out);
	fclose(in);
}

double steal_share(const struct steal *before, const struct steal *after)
{
	if (after->total <= before->total || after->stolen <= before->stolen)
		return 0;
	return (double)(after->stolen - before->stolen) / (double)(after->total - before->total);
}
