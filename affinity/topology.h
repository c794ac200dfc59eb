/*
 * The insides of a topology: plain tables, so that nothing of hwloc's tree is
 * needed after loading and any thread may read them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_AFFINITY_TOPOLOGY_H
#define PINION_AFFINITY_TOPOLOGY_H

#include "affinity/machine.h"

/* A limit and, where it is about processors, the set that it leaves. */
struct pinion__limit {
	const char *what;    /* constant */
	char *source, *value;
	hwloc_bitmap_t cpus; /* NULL when it is not about processors */
};

enum { PINION__LIMITS_MAX = 8 };

struct pinion_topology {
	struct pinion__machine *machine;
	pinion_topology_counts counts;
	pinion_pu *pu;              /* [counts.pus], topology order */
	pinion_node *node;          /* [counts.nodes] */
	hwloc_bitmap_t *node_cpus;  /* [counts.nodes] processors beside this memory, may be empty */
	bool *node_special; /* [counts.nodes] not ordinary memory beside processors: HBM, CXL, ... */
	int *pu_of;                 /* [os_cpus] index in pu, or -1 */
	int os_cpus;                /* one more than the largest OS number */
	hwloc_bitmap_t cpus;        /* OS numbers of all PUs */
	hwloc_bitmap_t allowed;     /* OS numbers of allowed PUs */
	hwloc_bitmap_t offline;     /* OS numbers of processors that exist and do not run */
	hwloc_bitmap_t nodes_allowed; /* OS numbers of nodes that have memory and may be allocated on */
	struct pinion__limit limit[PINION__LIMITS_MAX];
	int limits;
	double quota;
	uint64_t llc_bytes;
	char *model;
};

/* Index in topology->pu of an OS CPU number, or -1. */
static inline int pinion__pu_of(const pinion_topology *topology, int os_cpu)
{
	return os_cpu >= 0 && os_cpu < topology->os_cpus ? topology->pu_of[os_cpu] : -1;
}

/*
 * Level `object` of a PU: the logical index of the core, group, node or package it belongs to,
 * itself for PINION_OBJECT_PU; -1 when the machine has no such level.
 */
int pinion__pu_level(const pinion_topology *topology, int pu, pinion_object object);

/*
 * Copy a loaded hwloc topology into the tables of t (zeroed before), without what limits decide.
 *
 * @return 0 or PINION_ERR_NOMEM; the caller destroys t either way.
 */
int pinion__topology_read(pinion_topology *t, hwloc_topology_t hwloc);

/* Fill the parts of the tables that depend on what is allowed: flags, nearest nodes, counts. */
int pinion__topology_settle(pinion_topology *t, hwloc_topology_t hwloc);

/*
 * Find what keeps this process from using the whole machine: narrow t->allowed and t->nodes_allowed
 * and record each reason. `source` names where the topology came from; cpus and nodes are what
 * hwloc holds for allowed.
 *
 * @return 0 or PINION_ERR_NOMEM.
 */
int pinion__limits_find(pinion_topology *t, const char *source, hwloc_const_bitmap_t cpus,
                        hwloc_const_bitmap_t nodes);

/*
 * The limit that forbids an existing PU, NULL when it is allowed. With `absent`, the limit that
 * hides a processor from the topology: it is offline; NULL when there is no such processor.
 */
const struct pinion__limit *pinion__limit_of(const pinion_topology *topology, int os_cpu,
                                             bool absent);

#endif
