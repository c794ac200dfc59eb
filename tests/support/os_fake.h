/*
 * A fake machine behind os.h, for tests: real memory with a shadow page table,
 * affinity masks per thread, a small file tree, and refusals on demand. It
 * keeps the manners of the kernel that code trips over: masks are cut to what
 * is allowed without a word, a bound node that is full gives ENOMEM, a
 * preferred one falls back, first touch follows the CPU of the toucher.
 *
 *     pinion_topology *t;
 *     struct fake_os *fake = fake_os_boot("synthetic:pack:2 [numa] core:2 pu:1", &t);
 *     fake_os_pages(fake, 1, 10);                        node 1 has 10 free pages
 *     fake_os_fail(fake, FAKE_POLICY_SET, EPERM, 2, 1);  the third mbind from now is refused
 *     ... run the house on t; then ask fake_os_node_of(fake, address) ...
 *     pinion_topology_destroy(t);
 *     fake_os_destroy(fake);                             last: others call into it until then
 *
 * Limits are files, so they must exist before the topology is loaded: then use
 * fake_os_create, fake_os_file, pinion__topology_load_on and fake_os_learn.
 * CPU and node numbers are OS numbers. A thread runs on the first CPU of its
 * mask. Any thread may call anything.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_OS_FAKE_H
#define PINION_TESTS_OS_FAKE_H

#include "affinity/machine.h"

struct fake_os;

enum fake_op {
	FAKE_AFFINITY_SET,
	FAKE_AFFINITY_GET,
	FAKE_THREADS,
	FAKE_MAP,        /* a refusal gives NULL, whatever the error */
	FAKE_ADVISE,     /* huge pages on or off */
	FAKE_POPULATE,
	FAKE_POLICY_SET,
	FAKE_PAGE_NODES,
	FAKE_READ_FILE,
	FAKE_OPS
};

/* A machine without files, nodes or limits: every CPU number is allowed. */
struct fake_os *fake_os_create(void);
void fake_os_destroy(struct fake_os *fake);
const struct pinion__os *fake_os_ops(const struct fake_os *fake);

/* Take nodes, their memory and their CPUs from a topology. */
void fake_os_learn(struct fake_os *fake, const pinion_topology *topology);

/* create, load "xml:" or "synthetic:" as a live machine, learn. Aborts when the source is bad. */
struct fake_os *fake_os_boot(const char *source, pinion_topology **topology);

/* Set the content of a file; NULL removes it. */
void fake_os_file(struct fake_os *fake, const char *path, const char *text);

/* What the kernel lets threads of this process run on, as a list: "0-3,8". Existing masks stay. */
void fake_os_allow(struct fake_os *fake, const char *cpus);

/* Give a thread of this process, real or invented, a mask. */
void fake_os_thread(struct fake_os *fake, int tid, const char *cpus);

/* Set the number of free pages of a node. */
void fake_os_pages(struct fake_os *fake, int node, size_t free_pages);
size_t fake_os_pages_free(struct fake_os *fake, int node);

/* After `after` more calls of op succeed, `times` calls fail with the positive errno `error`. */
void fake_os_fail(struct fake_os *fake, enum fake_op op, int error, int after, int times);

/* How often op was called. */
int fake_os_calls(struct fake_os *fake, enum fake_op op);

/* Pretend that the calling thread writes the range: absent pages appear. 0 or a negative errno. */
int fake_os_touch(struct fake_os *fake, void *base, size_t bytes);

/* Put the page of an address on a node, as a migration would. */
void fake_os_move(struct fake_os *fake, void *address, int node);

/* What the shadow page table holds for an address: node or -ENOENT, policy, advice (-1: none). */
int fake_os_node_of(struct fake_os *fake, const void *address);
enum pinion__os_policy fake_os_policy_of(struct fake_os *fake, const void *address);
int fake_os_advice_of(struct fake_os *fake, const void *address);

/* Policy of the calling thread, as set with a NULL base. */
enum pinion__os_policy fake_os_thread_policy(struct fake_os *fake);

/* Bytes that are mapped now; 0 when everything was given back. */
size_t fake_os_mapped(struct fake_os *fake);

#endif
