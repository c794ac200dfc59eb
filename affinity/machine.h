/*
 * What every later stage needs to know of the machine, shared and immutable:
 * the operating system behind it, its memory nodes and their distances. A
 * topology makes it; placements, partitions and arrays hold it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_AFFINITY_MACHINE_H
#define PINION_AFFINITY_MACHINE_H

#include "affinity/os.h"

#include <pinion/placement.h>
#include <pinion/topology.h>

struct pinion__machine {
	const struct pinion__os *os;
	bool live;          /* binding has an effect: the topology is this machine (or a fake one that says so) */
	size_t page_bytes;
	size_t huge_bytes;  /* transparent huge page, 0 when unknown */
	int nodes;
	int *os_node;       /* [nodes] */
	bool *node_usable;  /* [nodes] allowed and has memory */
	int *distance;      /* [nodes * nodes], row `from` */
	double quota;       /* CPUs that the tightest cgroup grants, 0 when there is no limit */
	_Atomic(unsigned) holds;
};

struct pinion__machine *pinion__machine_retain(const struct pinion__machine *machine);
void pinion__machine_release(struct pinion__machine *machine);

const struct pinion__machine *pinion__placement_machine(const pinion_placement *placement);

/* Share a placement: it lives until every holder has called pinion_placement_destroy. Returns its argument. */
pinion_placement *pinion__placement_retain(const pinion_placement *placement);

/*
 * pinion_topology_load on a given operating system. With `live`, an XML or synthetic source stands
 * for the machine behind `os`; this is how tests run the whole house on a fake 1024-PU machine.
 */
int pinion__topology_load_on(pinion_topology **out, const char *source, const struct pinion__os *os,
                             bool live, pinion_diag *diag);

#endif
