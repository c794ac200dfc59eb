/*
 * Every system call that has to do with placement, as a seam.
 *
 * The Linux implementation is os_linux.c. Unit tests put a fake machine here:
 * a shadow page table, affinity masks per thread, a small file tree, and
 * refusals on demand. Each call returns 0 (or a count) or a negative errno.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_AFFINITY_OS_H
#define PINION_AFFINITY_OS_H

#include <hwloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory policy of a range. */
enum pinion__os_policy {
	PINION__OS_DEFAULT,     /* local first touch */
	PINION__OS_PREFERRED,
	PINION__OS_BIND,
	PINION__OS_INTERLEAVE,
};

enum pinion__os_advice {
	PINION__OS_HUGE,      /* MADV_HUGEPAGE */
	PINION__OS_NO_HUGE,   /* MADV_NOHUGEPAGE */
	PINION__OS_WIPE_ON_FORK, /* MADV_WIPEONFORK: a child finds zeros */
	PINION__OS_POPULATE,  /* MADV_POPULATE_WRITE: pages present and writable, content kept; -EINVAL before 5.14 */
};

/* CPU sets and node sets are hwloc bitmaps of OS indexes. */
struct pinion__os {
	/* Affinity of thread tid (0: the caller). */
	int (*affinity_set)(const struct pinion__os *os, int tid, hwloc_const_bitmap_t cpus);
	int (*affinity_get)(const struct pinion__os *os, int tid, hwloc_bitmap_t cpus);
	int (*cpu_now)(const struct pinion__os *os); /* OS CPU that runs the caller */

	/* Threads of this process: writes up to max ids, returns how many there are. */
	int (*threads)(const struct pinion__os *os, int *tids, int max);

	/* Anonymous private memory, zero-filled, untouched. map returns NULL when refused; align is a power of two. */
	void *(*map)(const struct pinion__os *os, size_t bytes, size_t align);
	void (*unmap)(const struct pinion__os *os, void *base, size_t bytes);
	int (*advise)(const struct pinion__os *os, void *base, size_t bytes, enum pinion__os_advice advice);

	/* Policy of a page-aligned range (mbind), or of the calling thread when base is NULL (set_mempolicy). */
	int (*policy_set)(const struct pinion__os *os, void *base, size_t bytes,
	                  enum pinion__os_policy policy, hwloc_const_bitmap_t nodes);

	/* nodes_out[i]: OS node of pages[i], or a negative errno for that page (-ENOENT: not present, -EBUSY:
	 * present, but the kernel hides where while NUMA balancing samples it). */
	int (*page_nodes)(const struct pinion__os *os, void *const *pages, size_t count, int *nodes_out);

	size_t (*page_bytes)(const struct pinion__os *os);

	/* Read a small file whole, zero-terminated, cut at bytes - 1. Returns its length or a negative errno. */
	int (*read_file)(const struct pinion__os *os, const char *path, char *text, size_t bytes);

	void *self; /* the implementation's own */
};

/* The machine we run on. */
extern const struct pinion__os pinion__os_linux;

#endif
