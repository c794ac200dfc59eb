/*
 * What the kernel is asked for an array: a memory policy and a page size per
 * run of blocks (see array.h), and after the pages are there, the final bind.
 *
 * Blocks are first bound with a preference, also under PINION_HOME_BIND: a
 * fault under a strict policy on an exhausted node wakes the kernel's OOM
 * killer, while a preference falls back and the audit sees it. Only pages that
 * are at home are then bound for good (seal), so that nothing moves them.
 *
 * A bound run is a mapping of its own, so a huge page never crosses its ends.
 * Where nothing is bound, neighbouring runs are one mapping and one huge page
 * could swallow the end of one run and the start of the next: there the pieces
 * at both ends are kept on base pages.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/array.h"
#include "affinity/port.h"
#include "affinity/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Interleaved huge pages are fair only when every node gets several. */
#define HUGE_PER_NODE 8

struct run {
	size_t first_block, end_block;
	struct pinion__pages pages;
	int home; /* logical node; -1 when no block has a page of its own */
};

/* The longest run that starts at `block`. Blocks without own pages join without a say. */
static struct run next_run(const pinion_array *a, size_t block)
{
	size_t blocks = pinion_partition_blocks(a->partition);
	struct run run = {block, block, {0, 0}, -1};
	for (; run.end_block < blocks; run.end_block++) {
		struct pinion__pages own = pinion__array_own_pages(a, run.end_block);
		int home = pinion_partition_at(a->partition, run.end_block).home;
		if (own.first == own.end)
			continue;
		if (run.home >= 0 && home != run.home && a->home != PINION_HOME_INTERLEAVE)
			break;
		if (run.home < 0) {
			run.home = home;
			run.pages.first = own.first;
		}
		run.pages.end = own.end;
	}
	return run;
}

static void advise(const pinion_array *a, struct pinion__pages pages, enum pinion__os_advice advice)
{
	const struct pinion__os *os = a->machine->os;
	size_t bytes = (pages.end - pages.first) * a->page_bytes;
	/* Page size is a matter of speed, not of placement: a refusal (no THP here) changes nothing. */
	if (pages.first < pages.end)
		(void)os->advise(os, a->base + pages.first * a->page_bytes, bytes, advice);
}

/* The largest part of `pages` that is whole huge pages; first >= end when there is none. */
static struct pinion__pages huge_part(const pinion_array *a, struct pinion__pages pages)
{
	size_t each = a->machine->huge_bytes / a->page_bytes;
	size_t lead = (uintptr_t)a->base % a->machine->huge_bytes / a->page_bytes;
	size_t first = (pages.first + lead + each - 1) / each * each - lead;
	size_t end = (pages.end + lead) / each * each;
	return (struct pinion__pages){first, end > lead ? end - lead : 0};
}

static bool huge_is_fair(const pinion_array *a)
{
	if (a->home != PINION_HOME_INTERLEAVE)
		return true;
	return a->bytes / a->machine->huge_bytes >= (size_t)a->machine->nodes * HUGE_PER_NODE;
}

static void advise_run(const pinion_array *a, struct pinion__pages pages, bool bound)
{
	if (a->pages == PINION_PAGES_BASE) {
		advise(a, pages, PINION__OS_NO_HUGE);
		return;
	}
	if (a->pages == PINION_PAGES_THP) {
		advise(a, pages, PINION__OS_HUGE);
		return;
	}
	if (a->machine->huge_bytes < a->page_bytes)
		return;
	struct pinion__pages huge = huge_part(a, pages);
	if (huge.first >= huge.end || !huge_is_fair(a)) {
		advise(a, pages, PINION__OS_NO_HUGE);
	} else if (bound) {
		advise(a, pages, PINION__OS_HUGE);
	} else {
		advise(a, (struct pinion__pages){pages.first, huge.first}, PINION__OS_NO_HUGE);
		advise(a, huge, PINION__OS_HUGE);
		advise(a, (struct pinion__pages){huge.end, pages.end}, PINION__OS_NO_HUGE);
	}
}

static int os_node_of(const pinion_array *a, int node)
{
	return a->machine->os_node[node];
}

static bool home_usable(const pinion_array *a, int home)
{
	return home >= 0 && home < a->machine->nodes && a->machine->node_usable[home];
}

/* The nodes to ask for; false when there is none. */
static bool nodes_of_run(const pinion_array *a, const struct run *run, hwloc_bitmap_t nodes)
{
	hwloc_bitmap_zero(nodes);
	if (a->home != PINION_HOME_INTERLEAVE) {
		if (home_usable(a, run->home))
			hwloc_bitmap_set(nodes, (unsigned)os_node_of(a, run->home));
	} else {
		for (int node = 0; node < a->machine->nodes; node++)
			if (a->machine->node_usable[node])
				hwloc_bitmap_set(nodes, (unsigned)os_node_of(a, node));
	}
	return !hwloc_bitmap_iszero(nodes);
}

static int policy_set(const pinion_array *a, struct pinion__pages pages,
                      enum pinion__os_policy policy, hwloc_const_bitmap_t nodes)
{
	const struct pinion__os *os = a->machine->os;
	return os->policy_set(os, a->base + pages.first * a->page_bytes,
	                      (pages.end - pages.first) * a->page_bytes, policy, nodes);
}

/* Why the kernel said no, and what happens instead. */
static const char *refusal_text(int error)
{
	switch (error) {
	case -EPERM:
	case -EACCES:
		return "mbind refused (EPERM): pages go where their owner first touches them";
	case -ENOSYS:
		return "this kernel has no NUMA support: pages go where their owner first touches them";
	case -ENOMEM:
		return "mbind: no memory for another mapping (fewer blocks, or raise vm.max_map_count): "
		       "pages go where their owner first touches them";
	case -EINVAL:
		return "mbind: the kernel does not let this process allocate on that node: pages go where "
		       "their owner first touches them";
	default:
		return "mbind failed: pages go where their owner first touches them";
	}
}

/* Records that the blocks first .. end - 1 are not bound as asked. */
static int refuse(pinion_array *a, size_t first, size_t end, const char *reason, pinion_diag *diag)
{
	for (size_t b = first; b < end; b++) {
		pinion_block block = pinion_partition_at(a->partition, b);
		a->refused += block.begin < block.end;
	}
	if (!a->reason[0])
		snprintf(a->reason, sizeof a->reason, "%s", reason);
	if (!a->strict)
		return 0;
	pinion__diag_set(diag, -1, 0, "strict placement: block %zu: %s", first, reason);
	return PINION_ERR_PLACE;
}

/* Asks for one policy for a run; a refusal fails only under strict. */
static int ask(pinion_array *a, const struct run *run, enum pinion__os_policy policy,
               hwloc_bitmap_t nodes, bool *granted, pinion_diag *diag)
{
	char text[sizeof a->reason];
	*granted = false;
	if (!nodes_of_run(a, run, nodes)) {
		snprintf(text, sizeof text,
		         "node %d has no memory that this process may use: pages go where "
		         "their owner first touches them",
		         run->home);
		return refuse(a, run->first_block, run->end_block, text, diag);
	}
	int error = policy_set(a, run->pages, policy, nodes);
	if (error != 0)
		return refuse(a, run->first_block, run->end_block, refusal_text(error), diag);
	*granted = true;
	return 0;
}

static int bind_run(pinion_array *a, const struct run *run, hwloc_bitmap_t nodes, pinion_diag *diag)
{
	bool bound = false;
	int rc = 0;
	if (run->home < 0)
		return 0;
	if (a->home == PINION_HOME_INTERLEAVE && a->machine->live)
		rc = ask(a, run, PINION__OS_INTERLEAVE, nodes, &bound, diag);
	else if (a->home != PINION_HOME_TOUCH && a->machine->live)
		rc = ask(a, run, PINION__OS_PREFERRED, nodes, &bound, diag);
	advise_run(a, run->pages, bound);
	return rc;
}

int pinion__array_bind(pinion_array *a, pinion_diag *diag)
{
	size_t blocks = pinion_partition_blocks(a->partition);
	int rc = 0;
	if (a->bytes == 0)
		return 0;
	hwloc_bitmap_t nodes = hwloc_bitmap_alloc();
	if (!nodes) {
		pinion__diag_set(diag, -1, 0, "out of memory");
		return PINION_ERR_NOMEM;
	}
	if (!a->machine->live && a->home != PINION_HOME_TOUCH)
		rc = refuse(a, 0, blocks,
		            "the topology describes another machine: pages go where their "
		            "owner first touches them",
		            diag);
	for (size_t block = 0; block < blocks && rc == 0;) {
		struct run run = next_run(a, block);
		rc = bind_run(a, &run, nodes, diag);
		block = run.end_block;
	}
	hwloc_bitmap_free(nodes);
	return rc;
}

/* A run of a sealed array: bound for good when every page is there and at home. */
static int seal_run(pinion_array *a, const struct run *run, hwloc_bitmap_t nodes, pinion_diag *diag)
{
	pinion_audit audit;
	bool bound;
	int rc = pinion__array_audit_pages(a, run->pages, &audit, NULL, 0);
	if (rc != 0) {
		pinion__diag_set(diag, -1, 0, "out of memory");
	} else if (audit.away > 0) {
		rc = PINION_ERR_NOMEM;
		pinion__diag_set(diag, -1, 0,
		                 "blocks %zu to %zu: %zu of %zu pages found no room on node %d (OS node "
		                 "%d); free memory there or place less on it",
		                 run->first_block, run->end_block - 1, audit.away, audit.pages, run->home,
		                 os_node_of(a, run->home));
	} else if (audit.absent > 0) {
		rc = PINION_ERR_STATE;
		pinion__diag_set(diag, -1, 0,
		                 "blocks %zu to %zu: %zu of %zu pages are not present; populate every "
		                 "block before sealing",
		                 run->first_block, run->end_block - 1, audit.absent, audit.pages);
	} else if (audit.unknown > 0) {
		rc = refuse(a, run->first_block, run->end_block, audit.reason, diag);
	} else {
		rc = ask(a, run, PINION__OS_BIND, nodes, &bound, diag);
	}
	return rc;
}

int pinion_array_seal(pinion_array *array, pinion_diag *diag)
{
	PINION_REQUIRE(array);
	size_t blocks = pinion_partition_blocks(array->partition);
	int rc = 0;
	if (array->home != PINION_HOME_BIND || array->bytes == 0 || !array->machine->live)
		return 0;
	hwloc_bitmap_t nodes = hwloc_bitmap_alloc();
	if (!nodes) {
		pinion__diag_set(diag, -1, 0, "out of memory");
		return PINION_ERR_NOMEM;
	}
	/* What counts from here on is the final bind, so refusals are counted afresh. Every run that
	 * can be bound is, also after a failure; the first failure is the answer. */
	array->refused = 0;
	array->reason[0] = '\0';
	for (size_t block = 0; block < blocks;) {
		struct run run = next_run(array, block);
		int error = run.home < 0 ? 0 : seal_run(array, &run, nodes, rc == 0 ? diag : NULL);
		rc = rc == 0 ? error : rc;
		block = run.end_block;
	}
	hwloc_bitmap_free(nodes);
	return rc;
}
