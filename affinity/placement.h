/*
 * The insides of a placement, and the plan from which one is made.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_AFFINITY_PLACEMENT_H
#define PINION_AFFINITY_PLACEMENT_H

#include "affinity/cpus.h"

#include <pinion/placement.h>

struct pinion__seat {
	pinion_seat seen;    /* what the caller gets; its strings are ours */
	int l2;
	hwloc_bitmap_t cpus;
	char *cpus_text, *reason;
};

struct pinion_placement {
	struct pinion__machine *machine;
	bool binds;          /* false with PINION_BIND_NONE */
	int seats;
	struct pinion__seat *seat;
	int *order;          /* [seats * (seats - 1)], row per seat */
	char *note;
	_Atomic(unsigned) holds;
};

enum { PINION__SEATS_MAX = 65534 };

/* What is known while planning. */
struct pinion__plan {
	const pinion_topology *topology;
	const pinion_policy *policy;
	pinion_cpus *places;  /* usable places: without what is excluded */
	int *origin;          /* [places] number of the place in the list as written */
	int written;          /* length of that list */
	int workers;
	int *place_of;        /* [workers] */
	pinion_diag *diag;
};

/* Decide the number of workers and the place of each. Returns 0, or an error that is described. */
int pinion__plan_assign(struct pinion__plan *plan);

/* Level of a place: that of its first PU. */
int pinion__plan_level(const struct pinion__plan *plan, int place, pinion_object object);

/* "core", "PU", "L2 group", ... */
const char *pinion__object_name(pinion_object object);

/* Fill the order in which seats look at each other. Returns 0 or PINION_ERR_NOMEM. */
int pinion__placement_rank(pinion_placement *placement);

/* The set of a seat, and whether threads are bound to it at all. */
hwloc_const_bitmap_t pinion__placement_cpus(const pinion_placement *placement, int seat);

#endif
