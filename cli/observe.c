/*
 * Reading /proc.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/observe.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- sets ---- */

bool cpu_set_add(struct cpu_set *set, const char *list)
{
	while (*list != '\0' && *list != '\n') {
		char *end;
		unsigned long first = strtoul(list, &end, 10), last = first;
		if (end == list)
			return false;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (last >= OBSERVE_CPUS || first > last)
			return false;
		for (unsigned long cpu = first; cpu <= last; cpu++)
			set->bits[cpu / 64] |= UINT64_C(1) << (cpu % 64);
		list = *end == ',' ? end + 1 : end;
	}
	return true;
}

bool cpu_set_inside(const struct cpu_set *set, const struct cpu_set *whole)
{
	for (size_t i = 0; i < OBSERVE_CPUS / 64; i++)
		if ((set->bits[i] & ~whole->bits[i]) != 0)
			return false;
	return true;
}

/* ---- one status file ---- */

/* The rest of the line that begins with `key`, without blanks around it. */
static bool status_value(const char *path, const char *key, char *to, size_t bytes)
{
	FILE *file = fopen(path, "re");
	char line[512];
	size_t length = strlen(key);
	bool found = false;
	while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
		found = strncmp(line, key, length) == 0;
		if (found) {
			char *value = line + length + strspn(line + length, " \t");
			value[strcspn(value, "\n")] = '\0';
			snprintf(to, bytes, "%s", value);
		}
	}
	if (file != NULL)
		fclose(file);
	return found;
}

/* ---- the calling process ---- */

static const char *policy_name(int mode)
{
	static const char *const name[] = {
	    "default",        "preferred",          "bind", "interleave", "local",
	    "preferred-many", "weighted-interleave"};
	return mode >= 0 && mode < 7 ? name[mode] : "another policy";
}

static void format_nodes(const unsigned long *mask, int nodes, char *to, size_t bytes)
{
	size_t used = 0;
	to[0] = '\0';
	for (int n = 0; n < nodes && used + 12 < bytes; n++)
		if ((mask[n / (8 * (int)sizeof *mask)] >> (n % (8 * (int)sizeof *mask)) & 1) != 0)
			used += (size_t)snprintf(to + used, bytes - used, "%s%d",
			                         used > 0 ? "," : ", OS nodes ", n);
}

static void observe_policy(char *to, size_t bytes)
{
	enum { NODES = 1024 };
	unsigned long mask[NODES / (8 * sizeof(unsigned long)) + 1] = {0};
	int mode = -1;
	if (syscall(SYS_get_mempolicy, &mode, mask, (unsigned long)NODES + 1, NULL, 0ul) != 0) {
		snprintf(to, bytes, "the kernel does not say");
		return;
	}
	char nodes[64];
	format_nodes(mask, NODES, nodes, sizeof nodes);
	snprintf(to, bytes, "%s%s", policy_name(mode & 0xfff), nodes);
}

void observe_self(struct binding *binding)
{
	if (!status_value("/proc/self/status", "Cpus_allowed_list:", binding->cpus,
	                  sizeof binding->cpus))
		snprintf(binding->cpus, sizeof binding->cpus, "unknown");
	observe_policy(binding->memory, sizeof binding->memory);
}

/* ---- another process ---- */

/* Field 39 of a stat file; the name in field 2 may hold anything, so count from its closing
 * parenthesis. */
static int last_cpu_of(const char *path)
{
	char text[1024];
	FILE *file = fopen(path, "re");
	size_t length = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
	if (file != NULL)
		fclose(file);
	text[length] = '\0';
	char *at = strrchr(text, ')');
	for (int field = 2; at != NULL && field < 39; field++)
		at = strchr(at + 1, ' ');
	return at == NULL ? -1 : atoi(at + 1);
}

static bool observe_thread(pid_t pid, int tid, const struct cpu_set *asked,
                           struct observed_thread *to)
{
	char path[64];
	struct cpu_set own = {{0}};
	*to = (struct observed_thread){.tid = tid};
	snprintf(path, sizeof path, "/proc/%d/task/%d/status", (int)pid, tid);
	if (!status_value(path, "Name:", to->name, sizeof to->name) ||
	    !status_value(path, "Cpus_allowed_list:", to->cpus, sizeof to->cpus))
		return false;
	to->inside = asked == NULL || (cpu_set_add(&own, to->cpus) && cpu_set_inside(&own, asked));
	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)pid, tid);
	to->last_cpu = last_cpu_of(path);
	return true;
}

static void observe_threads(pid_t pid, const struct cpu_set *asked, struct observation *to)
{
	struct observed_thread seen[OBSERVE_THREADS];
	int count = 0, outside = 0;
	char path[40];
	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	DIR *folder = opendir(path);
	for (struct dirent *e; folder != NULL && (e = readdir(folder)) != NULL;) {
		struct observed_thread one;
		if (e->d_name[0] == '.' || !observe_thread(pid, atoi(e->d_name), asked, &one))
			continue;
		if (count < OBSERVE_THREADS)
			seen[count] = one;
		outside += !one.inside;
		count++;
	}
	if (folder != NULL)
		closedir(folder);
	to->samples += count > 0;
	to->threads_outside = outside > to->threads_outside ? outside : to->threads_outside;
	if (count < to->threads_most || count == 0)
		return;
	to->threads_most = count;
	to->threads = count < OBSERVE_THREADS ? count : OBSERVE_THREADS;
	memcpy(to->thread, seen, (size_t)to->threads * sizeof *seen);
}

/* " N3=120" adds 120 pages of the mapping's own page size to node 3. */
static void count_line(const char *line, struct observation *to)
{
	const char *size = strstr(line, "kernelpagesize_kB=");
	size_t kib = size == NULL ? 4 : strtoul(size + strlen("kernelpagesize_kB="), NULL, 10);
	size_t base = to->page_bytes / 1024;
	size_t factor = kib > base ? kib / base : 1;
	for (const char *at = line; (at = strstr(at, " N")) != NULL;) {
		char *end;
		at += 2;
		unsigned long node = strtoul(at, &end, 10);
		if (end == at || *end != '=')
			continue;
		size_t pages = strtoul(end + 1, NULL, 10) * factor;
		to->pages += pages;
		if (node < OBSERVE_NODES)
			to->node_pages[node] += pages;
	}
}

static void observe_pages(pid_t pid, struct observation *to)
{
	struct observation now = {.page_bytes = (size_t)sysconf(_SC_PAGESIZE)};
	char path[40], line[4096];
	snprintf(path, sizeof path, "/proc/%d/numa_maps", (int)pid);
	FILE *file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		count_line(line, &now);
	if (file != NULL)
		fclose(file);
	if (now.pages == 0)
		return;
	to->pages = now.pages;
	to->page_bytes = now.page_bytes;
	memcpy(to->node_pages, now.node_pages, sizeof now.node_pages);
}

void observe_process(pid_t pid, const struct cpu_set *asked, struct observation *to)
{
	observe_threads(pid, asked, to);
	observe_pages(pid, to);
}
