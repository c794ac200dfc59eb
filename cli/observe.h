/*
 * What the kernel itself says about a process: its processors, its memory
 * policy, its threads, and the nodes where its pages are. Read from /proc, so it
 * does not depend on what Pinion believes it has set.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CLI_OBSERVE_H
#define PINION_CLI_OBSERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define OBSERVE_THREADS 64   /* threads kept by name; more are only counted */
#define OBSERVE_NODES   64   /* OS nodes counted apart */
#define OBSERVE_CPUS    8192 /* OS processors that a set can hold */

/* A set of OS processor numbers. */
struct cpu_set {
	uint64_t bits[OBSERVE_CPUS / 64];
};

/* Add the processors of a kernel list ("0-3,8"). False when the text is no such list. */
bool cpu_set_add(struct cpu_set *set, const char *list);

bool cpu_set_inside(const struct cpu_set *set, const struct cpu_set *whole);

/* What binds the calling process: its processors as a kernel list, and its memory policy in
 * words. */
struct binding {
	char cpus[160];
	char memory[96];
};
void observe_self(struct binding *binding);

struct observed_thread {
	int tid, last_cpu;
	char name[20];
	char cpus[64]; /* Cpus_allowed_list */
	bool inside;   /* of the processors asked for */
};

/* The threads of a process over all samples, and its pages at the last one. */
struct observation {
	int samples;
	int threads_most;    /* at one time */
	int threads_outside; /* most at one time with a processor that was not asked for */
	int threads;         /* kept below: of the fullest sample */
	struct observed_thread thread[OBSERVE_THREADS];
	size_t node_pages[OBSERVE_NODES], pages, page_bytes;
};

/* Look at process `pid` once. `asked` may be NULL: every thread is inside then. */
void observe_process(pid_t pid, const struct cpu_set *asked, struct observation *to);

#endif
