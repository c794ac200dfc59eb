/*
 * The insides of the fake machine, shared by its two halves: threads and files
 * in os_fake.c, memory in os_fake_pages.c. One mutex guards everything; a test
 * does not need more, and a race in the house shows in the house's own data.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_OS_FAKE_STATE_H
#define PINION_TESTS_OS_FAKE_STATE_H

#include "tests/support/os_fake.h"

#include <pthread.h>

enum { NODES_MAX = 1024, FILES_MAX = 64 };
enum { UNSTATED_BYTES = 1 << 30 }; /* memory of a node whose machine states no sizes */

struct policy {
	enum pinion__os_policy policy;
	hwloc_bitmap_t nodes;
};

struct page {
	int node;   /* -1: absent */
	int policy; /* index in fake->policy; 0: the toucher's own */
	int advice; /* -1: none */
};

struct region {
	char *base;
	size_t pages;
	struct page *page;
};

struct thread {
	int tid;
	hwloc_bitmap_t mask;
	struct policy policy;
};

struct file {
	char *path, *text;
};

struct fake_os {
	struct pinion__os os;
	pthread_mutex_t lock;
	size_t page_bytes;
	hwloc_bitmap_t allowed;
	hwloc_bitmap_t node_cpus[NODES_MAX]; /* NULL: no such node */
	size_t free_pages[NODES_MAX];
	struct thread **thread;
	int threads;
	struct policy *policy;
	int policies;
	struct region *region;
	int regions;
	struct file file[FILES_MAX];
	struct { int error, after, times, calls; } op[FAKE_OPS];
};

/*
 * The pointer, or the end of the test when memory is short. The other two allocate by ways that
 * fail_alloc.h leaves alone: allocations fail in the house, not in the fake.
 */
void *fake__must(void *p);
void *fake__zeroed(size_t bytes);
hwloc_bitmap_t fake__set(hwloc_const_bitmap_t from); /* a copy; empty for NULL */

/* Lock; unlock and pass rc through. */
struct fake_os *fake__enter(const struct pinion__os *os);
int fake__leave(struct fake_os *fake, int rc);

/* Count a call; the negative errno when it is to fail. */
int fake__refused(struct fake_os *fake, enum fake_op op);

/* The thread with this id (0: the caller), made when it is new; the CPU that runs the caller. */
struct thread *fake__thread(struct fake_os *fake, int tid);
int fake__cpu(struct fake_os *fake);

/* The memory calls of os.h. */
size_t fake__page_bytes(const struct pinion__os *os);
void *fake__map(const struct pinion__os *os, size_t bytes, size_t align);
void fake__unmap(const struct pinion__os *os, void *base, size_t bytes);
int fake__advise(const struct pinion__os *os, void *base, size_t bytes,
                 enum pinion__os_advice advice);
int fake__policy_set(const struct pinion__os *os, void *base, size_t bytes,
                     enum pinion__os_policy policy, hwloc_const_bitmap_t nodes);
int fake__page_nodes(const struct pinion__os *os, void *const *pages, size_t count, int *nodes_out);

#endif
