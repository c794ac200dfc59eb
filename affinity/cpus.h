/*
 * The insides of a list of places, and how one is built.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_AFFINITY_CPUS_H
#define PINION_AFFINITY_CPUS_H

#include "affinity/topology.h"

#include <pinion/cpus.h>

struct pinion_cpus {
	struct pinion__machine *machine;
	hwloc_bitmap_t *place; /* [places] none empty; OS numbers */
	int places, room;
	hwloc_bitmap_t all;    /* union of all places */
};

/* An empty list. NULL when out of memory. */
pinion_cpus *pinion__cpus_new(const pinion_topology *topology);

/* Append a copy of a non-empty set. Returns 0 or PINION_ERR_NOMEM with the list unchanged. */
int pinion__cpus_add(pinion_cpus *cpus, hwloc_const_bitmap_t place);

/*
 * Append one place per object of a level: its allowed PUs, objects without any left out, in
 * topology order. PUs that belong to no core are cores of their own; PUs that belong to no
 * object of another level make one place together.
 *
 * @return 0 or PINION_ERR_NOMEM.
 */
int pinion__cpus_add_each(pinion_cpus *cpus, const pinion_topology *topology, pinion_object object);

/* Index in topology->pu of the first PU of a place, in OS order. */
int pinion__cpus_first_pu(const pinion_cpus *cpus, const pinion_topology *topology, int place);

#endif
