/*
 * An eyewitness who knows nothing of Pinion. It is given a process that has
 * stopped itself and a file of claims about it, asks the kernel, and says
 * whether each claim is true. It shares no code with the library on purpose:
 * a fault in the library's own audit must not be able to hide here.
 *
 *   witness PID CLAIMS
 *
 * One claim per line, all numbers as the system knows them:
 *
 *   pages 0xADDR BYTES NODES    every page of the range is present, on one of these nodes
 *   spread 0xADDR BYTES NODES   the same, and no node has over one page more than another
 *   policy 0xADDR BYTES TEXT    every mapping in the range has this policy in /proc/PID/numa_maps
 *   task TID CPUS               the thread may run on exactly these CPUs and is on one of them
 *   threads N CPUS              exactly N threads of the process may run on exactly these CPUs
 *   bound PAGES NODES           for ranges nobody declared: every mapping with a one-node policy
 * has all its present pages there, and on each of NODES there are at least PAGES
 *
 * NODES and CPUS are lists like 0-3,8. Exit status: 0 all true, 1 some false,
 * 2 the claims cannot be read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <numaif.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <dirent.h>

enum { MOST = 1024, BATCH = 512 };

struct list {
	bool has[MOST];
	int count;
};

static int pid;
static long page_bytes;
static size_t false_claims, pages_seen, tasks_seen;

/* A false claim is printed and counted; the first ten say it all. */
__attribute__((format(printf, 1, 2))) static void deny(const char *format, ...)
{
	va_list args;
	if (false_claims++ >= 10)
		return;
	va_start(args, format);
	printf("witness: ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
}

_Noreturn static void unreadable(const char *what)
{
	printf("witness: cannot read %s\n", what);
	exit(2);
}

static struct list parse_list(const char *text)
{
	struct list list = {.count = 0};
	while (*text) {
		char *end;
		long first = strtol(text, &end, 10), last = first;
		if (end == text)
			unreadable(text);
		if (*end == '-')
			last = strtol(end + 1, &end, 10);
		if (first < 0 || last < first || last >= MOST || (*end != '\0' && *end != ','))
			unreadable(text);
		for (long i = first; i <= last; i++) {
			list.count += !list.has[i];
			list.has[i] = true;
		}
		text = *end == ',' ? end + 1 : end;
	}
	return list;
}

static bool list_equal(const struct list *a, const struct list *b)
{
	return memcmp(a->has, b->has, sizeof a->has) == 0;
}

/* Node of each page from `at` on, or a negative errno. */
static void ask_pages(unsigned long at, unsigned long count, int *where)
{
	void *pages[BATCH];
	for (unsigned long i = 0; i < count; i++)
		pages[i] = (void *)(at + i * (unsigned long)page_bytes);
	if (move_pages(pid, count, pages, NULL, where, 0) != 0) {
		deny("move_pages of process %d: %s", pid, strerror(errno));
		for (unsigned long i = 0; i < count; i++)
			where[i] = -EPERM;
	}
}

/* Counts the pages of a range per node; pages that are nowhere are denied when `all` must be there.
 */
static void count_pages(unsigned long address, unsigned long bytes, size_t *per_node, bool all)
{
	int where[BATCH];
	unsigned long end = address + bytes;
	for (unsigned long at = address; at < end; at += BATCH * (unsigned long)page_bytes) {
		unsigned long left = (end - at + (unsigned long)page_bytes - 1) / (unsigned long)page_bytes;
		unsigned long count = left < BATCH ? left : BATCH;
		ask_pages(at, count, where);
		for (unsigned long i = 0; i < count; i++) {
			if (where[i] >= 0 && where[i] < MOST)
				per_node[where[i]]++;
			else if (all)
				deny("page %#lx is nowhere: %s", at + i * (unsigned long)page_bytes,
				     strerror(-where[i]));
		}
	}
}

static void claim_pages(unsigned long address, unsigned long bytes, const char *nodes, bool even)
{
	struct list wanted = parse_list(nodes);
	size_t per_node[MOST] = {0}, least = (size_t)-1, most = 0;
	count_pages(address, bytes, per_node, true);
	for (int node = 0; node < MOST; node++) {
		pages_seen += per_node[node];
		if (per_node[node] > 0 && !wanted.has[node])
			deny("range %#lx: %zu pages on node %d, wanted %s", address, per_node[node], node,
			     nodes);
		if (wanted.has[node] && per_node[node] < least)
			least = per_node[node];
		if (wanted.has[node] && per_node[node] > most)
			most = per_node[node];
	}
	if (even && most > least + 1)
		deny("range %#lx: between %zu and %zu pages per node, wanted even", address, least, most);
}

static FILE *proc_open(const char *what)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/%s", pid, what);
	FILE *file = fopen(path, "r");
	if (!file)
		unreadable(path);
	return file;
}

/* numa_maps gives only where a mapping starts, so the one that holds `address` is the last before
 * it. */
static void claim_policy(unsigned long address, unsigned long bytes, const char *wanted)
{
	FILE *maps = proc_open("numa_maps");
	char line[512], policy[128], holder[128] = "";
	unsigned long start;
	while (fgets(line, sizeof line, maps)) {
		if (sscanf(line, "%lx %127s", &start, policy) != 2)
			continue;
		if (start <= address)
			strcpy(holder, policy);
		else if (start < address + bytes && strcmp(policy, wanted) != 0)
			deny("mapping %#lx has policy %s, wanted %s", start, policy, wanted);
	}
	fclose(maps);
	if (strcmp(holder, wanted) != 0)
		deny("the mapping at %#lx has policy %s, wanted %s", address, holder, wanted);
}

/* CPUs that a thread may use, and the one it is on; false when it has gone. */
static bool read_task(int tid, struct list *cpus, int *on)
{
	char name[64], line[4096], *field;
	FILE *file;
	snprintf(name, sizeof name, "/proc/%d/task/%d/status", pid, tid);
	file = fopen(name, "r");
	if (!file)
		return false;
	memset(cpus, 0, sizeof *cpus);
	while (fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "Cpus_allowed_list:", 18) == 0)
			*cpus = parse_list(line + 18 + strspn(line + 18, " \t"));
	}
	fclose(file);
	snprintf(name, sizeof name, "/proc/%d/task/%d/stat", pid, tid);
	file = fopen(name, "r");
	if (!file || !fgets(line, sizeof line, file) || !(field = strrchr(line, ')')))
		unreadable(name);
	fclose(file);
	/* After the name come fields 3, 4, ...; the processor is field 39. */
	for (int i = 3; i <= 39 && field; i++)
		field = strchr(field + 1, ' ');
	*on = field ? atoi(field) : -1;
	return true;
}

static void claim_task(int tid, const char *text)
{
	struct list wanted = parse_list(text), cpus;
	int on;
	tasks_seen++;
	if (!read_task(tid, &cpus, &on))
		deny("there is no thread %d", tid);
	else if (!list_equal(&cpus, &wanted))
		deny("thread %d may run on %d CPUs, wanted exactly %s", tid, cpus.count, text);
	else if (on < 0 || on >= MOST || !wanted.has[on])
		deny("thread %d is on CPU %d, wanted %s", tid, on, text);
}

static void claim_threads(int wanted_count, const char *text)
{
	struct list wanted = parse_list(text), cpus;
	char path[64];
	int count = 0, on;
	snprintf(path, sizeof path, "/proc/%d/task", pid);
	DIR *dir = opendir(path);
	if (!dir)
		unreadable(path);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		if (entry->d_name[0] != '.' && read_task(atoi(entry->d_name), &cpus, &on))
			count += list_equal(&cpus, &wanted);
	}
	closedir(dir);
	tasks_seen += (size_t)count;
	if (count != wanted_count)
		deny("%d threads may run on exactly %s, wanted %d", count, text, wanted_count);
}

/* "prefer:2", "prefer (many):2", "bind:2": the one node of a policy, -1 when there is not one. */
static int policy_node(const char *line)
{
	const char *colon = strchr(line, ':');
	char *end;
	if (!colon || (strncmp(line, "prefer", 6) != 0 && strncmp(line, "bind", 4) != 0))
		return -1;
	long node = strtol(colon + 1, &end, 10);
	return end != colon + 1 && *end == ' ' && node < MOST ? (int)node : -1;
}

static unsigned long mapping_end(unsigned long start)
{
	FILE *maps = proc_open("maps");
	char line[512];
	unsigned long first, end = start;
	while (fgets(line, sizeof line, maps)) {
		unsigned long last;
		if (sscanf(line, "%lx-%lx", &first, &last) == 2 && first == start)
			end = last;
	}
	fclose(maps);
	return end;
}

static void claim_bound(size_t least, const char *nodes)
{
	struct list wanted = parse_list(nodes);
	static size_t total[MOST];
	FILE *maps = proc_open("numa_maps");
	char line[1024];
	memset(total, 0, sizeof total);
	while (fgets(line, sizeof line, maps)) {
		char *rest;
		unsigned long start = strtoul(line, &rest, 16);
		size_t per_node[MOST] = {0};
		int home = *rest == ' ' ? policy_node(rest + 1) : -1;
		if (home < 0)
			continue;
		count_pages(start, mapping_end(start) - start, per_node, false);
		for (int node = 0; node < MOST; node++) {
			pages_seen += per_node[node];
			total[node] += per_node[node];
			if (per_node[node] > 0 && node != home)
				deny("mapping %#lx: %zu pages on node %d, policy says %d", start, per_node[node],
				     node, home);
		}
	}
	fclose(maps);
	for (int node = 0; node < MOST; node++)
		if (wanted.has[node] && total[node] < least)
			deny("%zu bound pages on node %d, wanted at least %zu", total[node], node, least);
}

static bool claim(const char *line)
{
	unsigned long address, bytes;
	char text[256];
	int number;
	if (sscanf(line, "pages %lx %lu %255s", &address, &bytes, text) == 3)
		claim_pages(address, bytes, text, false);
	else if (sscanf(line, "spread %lx %lu %255s", &address, &bytes, text) == 3)
		claim_pages(address, bytes, text, true);
	else if (sscanf(line, "policy %lx %lu %255s", &address, &bytes, text) == 3)
		claim_policy(address, bytes, text);
	else if (sscanf(line, "task %d %255s", &number, text) == 2)
		claim_task(number, text);
	else if (sscanf(line, "threads %d %255s", &number, text) == 2)
		claim_threads(number, text);
	else if (sscanf(line, "bound %lu %255s", &bytes, text) == 2)
		claim_bound(bytes, text);
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	char line[512];
	int claims = 0;
	if (argc != 3 || (pid = atoi(argv[1])) <= 0)
		unreadable("the arguments; usage: witness PID CLAIMS");
	FILE *file = fopen(argv[2], "r");
	if (!file)
		unreadable(argv[2]);
	page_bytes = sysconf(_SC_PAGESIZE);
	for (; fgets(line, sizeof line, file); claims++)
		if (!claim(line))
			unreadable(line);
	fclose(file);
	if (claims == 0)
		unreadable("any claim: the file is empty");
	printf("witness: %d claims, %zu pages, %zu threads, %zu denials\n", claims, pages_seen,
	       tasks_seen, false_claims);
	return false_claims > 0;
}
