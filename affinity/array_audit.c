/*
 * Where the pages are. The audit asks the kernel about every base page, in
 * batches, and believes nothing that was asked or granted before.
 *
 * One question per base page, also inside a huge page: whether a range is huge
 * can change between two questions, and a wrong guess would count pages that
 * nobody looked at.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/array.h"
#include "affinity/port.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Pages per question: large enough to amortise the call, small enough for a heap buffer. */
#define BATCH 4096

/* What one pass over a range of pages needs to remember. */
struct pass {
	const pinion_array *array;
	pinion_audit *audit;
	size_t *per_node;
	int nodes;
	size_t block;  /* holds the first byte of the page at hand */
	int last_node; /* logical node of the page before: nearly always the answer again */
	void **pages;  /* [BATCH] */
	int *where;    /* [BATCH] */
};

static size_t end_byte(const pinion_array *a, size_t block)
{
	return pinion_partition_at(a->partition, block).end * a->elem_bytes;
}

static int home_of(const pinion_array *a, size_t block)
{
	return pinion_partition_at(a->partition, block).home;
}

/* Logical node of an OS node, -1 when the machine had no such node when it was loaded. */
static int logical_node(struct pass *pass, int os_node)
{
	const struct pinion__machine *m = pass->array->machine;
	if (m->os_node[pass->last_node] == os_node)
		return pass->last_node;
	for (int node = 0; node < m->nodes; node++) {
		if (m->os_node[node] == os_node) {
			pass->last_node = node;
			return node;
		}
	}
	return -1;
}

/* Looks at all blocks with a byte in the page; true when `node` is the home of one of them. */
static bool page_is_home(struct pass *pass, size_t page, int node, bool *shared)
{
	const pinion_array *a = pass->array;
	size_t begin = page * a->page_bytes;
	size_t end = begin + a->page_bytes < a->bytes ? begin + a->page_bytes : a->bytes;
	while (end_byte(a, pass->block) <= begin)
		pass->block++;
	int home = home_of(a, pass->block);
	bool at_home = node == home;
	for (size_t b = pass->block; end_byte(a, b) < end;) {
		b++;
		if (pinion_partition_at(a->partition, b).begin * a->elem_bytes == end_byte(a, b))
			continue;
		*shared = *shared || home_of(a, b) != home;
		at_home = at_home || home_of(a, b) == node;
	}
	return at_home;
}

static void say_unknown(pinion_audit *audit, const char *why)
{
	if (!audit->reason[0])
		snprintf(audit->reason, sizeof audit->reason, "%s", why);
}

static const char *refusal_text(int error)
{
	switch (error) {
	case -EPERM:
	case -EACCES:
		return "move_pages refused (EPERM): where the pages are cannot be proved here";
	case -EBUSY:
		return "NUMA balancing is sampling pages and hides where they are: bind the array, or set "
		       "kernel.numa_balancing to 0";
	case -ENOSYS:
		return "this kernel has no move_pages: where the pages are cannot be proved here";
	default:
		return "move_pages failed: where the pages are is not known";
	}
}

static void count_page(struct pass *pass, size_t page, int where)
{
	pinion_audit *audit = pass->audit;
	int node = where >= 0 ? logical_node(pass, where) : -1;
	bool shared = false;
	bool at_home = page_is_home(pass, page, node, &shared);
	audit->pages++;
	audit->shared += shared;
	/* -EFAULT is the kernel's zero page: read, but never written. */
	if (where == -ENOENT || where == -EFAULT) {
		audit->absent++;
	} else if (where < 0) {
		audit->unknown++;
		say_unknown(audit, refusal_text(where));
	} else if (!pass->array->machine->live) {
		audit->unknown++;
		say_unknown(audit,
		            "the topology describes another machine, so its nodes cannot be compared");
	} else {
		audit->at_home += at_home;
		audit->away += !at_home;
		if (node >= 0 && node < pass->nodes)
			pass->per_node[node]++;
	}
}

static void ask_batch(struct pass *pass, size_t first, size_t count)
{
	const pinion_array *a = pass->array;
	const struct pinion__os *os = a->machine->os;
	for (size_t i = 0; i < count; i++)
		pass->pages[i] = a->base + (first + i) * a->page_bytes;
	int rc = os->page_nodes(os, pass->pages, count, pass->where);
	/* A failure of the whole call says nothing about any page, least of all that it is absent. */
	if (rc == -ENOENT || rc == -EFAULT)
		rc = -EIO;
	for (size_t i = 0; i < count; i++)
		count_page(pass, first + i, rc < 0 ? rc : pass->where[i]);
}

/* The block of the first byte of page `page`. */
static size_t block_at(const pinion_array *a, size_t page)
{
	return pinion_partition_find(a->partition, page * a->page_bytes / a->elem_bytes);
}

static void audit_walk(struct pass *pass, struct pinion__pages range)
{
	pass->block = block_at(pass->array, range.first);
	for (size_t page = range.first; page < range.end; page += BATCH)
		ask_batch(pass, page, range.end - page < BATCH ? range.end - page : BATCH);
}

int pinion__array_audit_pages(const pinion_array *array, struct pinion__pages range,
                              pinion_audit *audit, size_t *per_node, int nodes)
{
	pinion_audit result = {.page_bytes = array->page_bytes, .percent_home = 100};
	struct pass pass = {.array = array, .audit = &result, .per_node = per_node, .nodes = nodes};
	int rc = PINION_ERR_NOMEM;
	pass.pages = pinion__alloc(BATCH * sizeof *pass.pages);
	pass.where = pinion__alloc(BATCH * sizeof *pass.where);
	if (!pass.pages || !pass.where)
		goto out;
	for (int node = 0; node < nodes; node++)
		per_node[node] = 0;
	if (range.first < range.end)
		audit_walk(&pass, range);
	if (result.pages > result.absent)
		result.percent_home =
		    100.0 * (double)result.at_home / (double)(result.pages - result.absent);
	*audit = result;
	rc = 0;
out:
	pinion__free(pass.pages);
	pinion__free(pass.where);
	return rc;
}

int pinion_array_audit(const pinion_array *array, pinion_audit *audit, size_t *per_node, int nodes)
{
	PINION_REQUIRE(array && audit && nodes >= 0 && (per_node || nodes == 0));
	struct pinion__pages all = {0, array->page_count};
	return pinion__array_audit_pages(array, all, audit, per_node, nodes);
}

int pinion_array_audit_block(const pinion_array *array, size_t block, pinion_audit *audit)
{
	PINION_REQUIRE(array && audit);
	struct pinion__pages touched = pinion__array_touched_pages(array, block);
	return pinion__array_audit_pages(array, touched, audit, NULL, 0);
}
