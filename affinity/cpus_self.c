/*
 * Binding the calling thread to a list of places and its memory to nodes: what
 * a launcher does before it starts another program.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/cpus.h"

#include "affinity/port.h"
#include "affinity/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int another_machine(pinion_diag *diag)
{
	pinion__diag_set(diag, -1, 0,
	                 "the topology describes another machine; binding needs the live one");
	return PINION_ERR_PLACE;
}

/* The error of a refused call, with the text of errno. */
static int refused(int error, const char *what, const char *permission, pinion_diag *diag)
{
	if (error == -ENOMEM)
		return PINION_ERR_NOMEM;
	pinion__diag_set(diag, -1, 0, "%s: %s", what, strerror(-error));
	if (error != -EPERM)
		return PINION_ERR_SYSTEM;
	pinion__diag_note(diag, "%s", permission);
	return PINION_ERR_PERM;
}

static int bind_compare(hwloc_const_bitmap_t asked, hwloc_const_bitmap_t granted, pinion_diag *diag)
{
	char a[100], g[100];
	if (hwloc_bitmap_isequal(asked, granted))
		return PINION_OK;
	pinion__list_write(asked, a, sizeof a);
	pinion__list_write(granted, g, sizeof g);
	pinion__diag_set(diag, -1, 0, "asked for CPUs %s, the kernel granted %s", a, g);
	return PINION_ERR_PLACE;
}

int pinion_cpus_bind_self(const pinion_cpus *cpus, pinion_diag *diag)
{
	static const char permission[] = "a container's seccomp filter forbids sched_setaffinity";
	const struct pinion__os *os = cpus->machine->os;
	if (!cpus->machine->live)
		return another_machine(diag);
	hwloc_bitmap_t granted = hwloc_bitmap_alloc();
	if (!granted)
		return PINION_ERR_NOMEM;
	int rc = os->affinity_set(os, 0, cpus->all);
	if (rc == -EINVAL) {
		pinion__diag_set(diag, -1, 0,
		                 "none of these CPUs may be used any more; the cpuset changed");
		rc = PINION_ERR_PLACE;
		goto out;
	}
	if (rc == 0)
		rc = os->affinity_get(os, 0, granted);
	rc = rc < 0 ? refused(rc, "cannot set the affinity", permission, diag)
	            : bind_compare(cpus->all, granted, diag);
out:
	hwloc_bitmap_free(granted);
	return rc;
}

/* OS numbers of logical nodes; *first receives the one that was written first. */
static int nodes_of_list(const pinion_topology *t, const char *text, hwloc_const_bitmap_t logical,
                         hwloc_bitmap_t nodes, int *first, pinion_diag *diag)
{
	const struct pinion__machine *m = t->machine;
	for (int i = hwloc_bitmap_first(logical); i >= 0; i = hwloc_bitmap_next(logical, i)) {
		if (i >= m->nodes) {
			pinion__diag_set(diag, 0, (int)strlen(text),
			                 "node %d does not exist; this machine has nodes 0-%d", i,
			                 m->nodes - 1);
			return PINION_ERR_RANGE;
		}
		if (!m->node_usable[i]) {
			pinion__diag_set(diag, 0, (int)strlen(text),
			                 t->node[i].memory_bytes == 0
			                     ? "node %d has no memory"
			                     : "this process may not allocate on node %d",
			                 i);
			return PINION_ERR_RANGE;
		}
		if (hwloc_bitmap_set(nodes, (unsigned)m->os_node[i]) < 0)
			return PINION_ERR_NOMEM;
	}
	while (!isdigit((unsigned char)*text))
		text++;
	*first = m->os_node[atoi(text)];
	return PINION_OK;
}

static int nodes_of_text(const pinion_topology *t, const char *text, hwloc_bitmap_t nodes,
                         int *first, pinion_diag *diag)
{
	hwloc_bitmap_t logical = hwloc_bitmap_alloc();
	if (!logical)
		return PINION_ERR_NOMEM;
	int rc = pinion__list_read(text, logical);
	if (rc == PINION_ERR_SYNTAX || (rc == PINION_OK && hwloc_bitmap_iszero(logical))) {
		pinion__diag_set(diag, 0, (int)strlen(text),
		                 "not a list of nodes; write for example \"0-1,3\" or \"same\"");
		rc = PINION_ERR_SYNTAX;
	}
	if (rc == PINION_OK)
		rc = nodes_of_list(t, text, logical, nodes, first, diag);
	hwloc_bitmap_free(logical);
	return rc;
}

/* The nodes that are nearest to a list of processors. */
static int nodes_same(const pinion_topology *t, const pinion_cpus *cpus, hwloc_bitmap_t nodes,
                      int *first, pinion_diag *diag)
{
	if (!cpus) {
		pinion__diag_set(diag, 0, (int)strlen("same"),
		                 "\"same\" needs processors to be the same as");
		return PINION_ERR_SYNTAX;
	}
	*first = -1;
	for (int cpu = hwloc_bitmap_first(cpus->all); cpu >= 0;
	     cpu = hwloc_bitmap_next(cpus->all, cpu)) {
		int pu = pinion__pu_of(t, cpu);
		if (pu < 0)
			continue;
		int os_node = t->machine->os_node[t->pu[pu].node];
		if (hwloc_bitmap_set(nodes, (unsigned)os_node) < 0)
			return PINION_ERR_NOMEM;
		*first = *first < 0 ? os_node : *first;
	}
	return PINION_OK;
}

static int nodes_read(const pinion_topology *t, const char *text, const pinion_cpus *cpus,
                      hwloc_bitmap_t nodes, int *first, pinion_diag *diag)
{
	if (!text) {
		pinion__diag_set(diag, -1, 0,
		                 "this memory policy needs nodes; write for example \"0-1\" or \"same\"");
		return PINION_ERR_SYNTAX;
	}
	if (strcmp(text, "same") == 0)
		return nodes_same(t, cpus, nodes, first, diag);
	return nodes_of_text(t, text, nodes, first, diag);
}

int pinion_memory_bind_self(const pinion_topology *topology, pinion_memory_policy policy,
                            const char *nodes, const pinion_cpus *cpus, pinion_diag *diag)
{
	static const char permission[] = "a container's seccomp filter forbids set_mempolicy; "
	                                 "CAP_SYS_NICE (docker --cap-add SYS_NICE) allows it";
	static const enum pinion__os_policy kernel[] = {
		[PINION_MEMORY_DEFAULT] = PINION__OS_DEFAULT,
		[PINION_MEMORY_BIND] = PINION__OS_BIND,
		[PINION_MEMORY_PREFERRED] = PINION__OS_PREFERRED,
		[PINION_MEMORY_INTERLEAVE] = PINION__OS_INTERLEAVE,
	};
	const struct pinion__os *os = topology->machine->os;
	PINION_REQUIRE((unsigned)policy <= PINION_MEMORY_INTERLEAVE);
	if (!topology->machine->live)
		return another_machine(diag);
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	int first = -1, rc = set ? PINION_OK : PINION_ERR_NOMEM;
	if (rc == PINION_OK && policy != PINION_MEMORY_DEFAULT)
		rc = nodes_read(topology, nodes, cpus, set, &first, diag);
	if (rc == PINION_OK && policy == PINION_MEMORY_PREFERRED &&
	    hwloc_bitmap_only(set, (unsigned)first) < 0)
		rc = PINION_ERR_NOMEM;
	if (rc == PINION_OK) {
		rc = os->policy_set(os, NULL, 0, kernel[policy], set);
		rc = rc < 0 ? refused(rc, "cannot set the memory policy", permission, diag) : PINION_OK;
	}
	hwloc_bitmap_free(set);
	return rc;
}
