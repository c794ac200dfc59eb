/*
 * How much memory this process may use now. The tightest of three: what the
 * kernel calls available, what the allowed nodes have, what the cgroups leave.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t available_bytes(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	uint64_t kib, bytes = UINT64_MAX;
	char line[128];
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "MemAvailable: %" SCNu64, &kib) == 1)
			bytes = kib * 1024;
	if (file != NULL)
		fclose(file);
	return bytes;
}

static uint64_t node_bytes(const pinion_topology *topology)
{
	uint64_t sum = 0;
	for (int n = 0; n < pinion_topology_count(topology).nodes; n++) {
		pinion_node node = pinion_topology_node(topology, n);
		sum += node.allowed ? node.memory_bytes : 0;
	}
	return sum > 0 ? sum : UINT64_MAX;
}

/* A file with a number in it; "max" and a missing file are no limit. */
static uint64_t limit_in(const char *root, const char *path, const char *name)
{
	char file_name[1100], text[32] = "";
	snprintf(file_name, sizeof file_name, "%s%s/%s", root, path, name);
	FILE *file = fopen(file_name, "re");
	if (file == NULL)
		return UINT64_MAX;
	char *got = fgets(text, sizeof text, file), *end;
	fclose(file);
	uint64_t number = strtoull(text, &end, 10);
	return got == NULL || end == text ? UINT64_MAX : number;
}

/* The group and everything above it: each of them limits. Changes path. */
static uint64_t limit_up(const char *root, char *path, const char *name)
{
	uint64_t limit = UINT64_MAX;
	for (;;) {
		limit = smaller(limit, limit_in(root, path, name));
		char *slash = strrchr(path, '/');
		if (slash == NULL)
			return limit;
		*slash = '\0';
	}
}

static uint64_t limit_of_line(char *line)
{
	char *controllers = strchr(line, ':');
	char *path = controllers == NULL ? NULL : strchr(controllers + 1, ':');
	if (path == NULL)
		return UINT64_MAX;
	*path++ = '\0';
	path[strcspn(path, "\n")] = '\0';
	if (strcmp(controllers, ":") == 0)
		return limit_up("/sys/fs/cgroup", path, "memory.max");
	if (strcmp(controllers, ":memory") == 0)
		return limit_up("/sys/fs/cgroup/memory", path, "memory.limit_in_bytes");
	return UINT64_MAX;
}

static uint64_t cgroup_bytes(void)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	uint64_t limit = UINT64_MAX;
	char line[1024];
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		limit = smaller(limit, limit_of_line(line));
	if (file != NULL)
		fclose(file);
	return limit;
}

uint64_t machine_memory(const pinion_topology *topology)
{
	return smaller(smaller(available_bytes(), node_bytes(topology)), cgroup_bytes());
}
