/*
 * Who sits where: one seat per worker, planned before anything starts.
 *
 * A placement never changes once made, and needs nothing of the topology it
 * was made from. It answers which processors and which memory node a seat has,
 * why, and in which order a seat looks at the others (nearest first).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_PLACEMENT_H
#define PINION_PLACEMENT_H

#include <pinion/cpus.h>

PINION_BEGIN_DECLS

typedef struct pinion_placement pinion_placement;

typedef enum pinion_bind {
	PINION_BIND_CLOSE = 0, /* fill neighbours first: consecutive places */
	PINION_BIND_SPREAD,    /* evenly over packages, nodes, L3s, L2s, cores; numbered in machine order */
	PINION_BIND_PER,       /* `per` workers on each `object`, spread inside it */
	PINION_BIND_EXPLICIT,  /* worker i on place i of `places`, in the order written */
	PINION_BIND_NONE,      /* seats are planned as with CLOSE, threads are not bound */
} pinion_bind;

typedef enum pinion_object {
	PINION_OBJECT_CORE = 0,
	PINION_OBJECT_PU,
	PINION_OBJECT_L2,
	PINION_OBJECT_L3,
	PINION_OBJECT_NODE,
	PINION_OBJECT_PACKAGE,
} pinion_object;

/* What is asked. Zero everywhere but size is the default: one worker per usable core, close. */
typedef struct pinion_policy {
	size_t size;               /* sizeof(pinion_policy) */
	pinion_bind bind;
	int workers;               /* 0: one per place, at most the CPU quota rounded up */
	pinion_object object;      /* with PINION_BIND_PER */
	int per;                   /* with PINION_BIND_PER, at least 1 */
	const pinion_cpus *places; /* NULL: "cores". Copied, not kept. */
	const pinion_cpus *exclude;/* processors that no seat gets. NULL: none. Copied. */
	bool smt;                  /* without places: one place per PU instead of per core */
	bool oversubscribe;        /* allow more workers than places; otherwise an error */
} pinion_policy;

#define PINION_POLICY_INIT {sizeof(pinion_policy), PINION_BIND_CLOSE, 0, PINION_OBJECT_CORE, 0, NULL, NULL, false, false}

/* How far two seats are apart. Smaller is nearer. */
typedef enum pinion_distance {
	PINION_DISTANCE_SELF = 0,
	PINION_DISTANCE_CORE,     /* hardware threads of one core, or the same PU */
	PINION_DISTANCE_L2,
	PINION_DISTANCE_L3,
	PINION_DISTANCE_NODE,
	PINION_DISTANCE_PACKAGE,
	PINION_DISTANCE_MACHINE,
	PINION_DISTANCES          /* number of classes */
} pinion_distance;

/* One seat. Strings live as long as the placement. */
typedef struct pinion_seat {
	int os_cpu;         /* first PU of its set */
	int pus;            /* number of PUs in its set */
	int core, l3, package; /* logical, of the first PU; -1 where there is no such level */
	int node;           /* logical node whose memory is nearest */
	const char *cpus;   /* its set as a list of OS numbers, "0" or "0,64" */
	const char *reason; /* why it sits here, e.g. "close: place 3 of 8 (core 3)" */
} pinion_seat;

/**
 * Plan the seats.
 *
 * @param out       receives the placement; untouched on failure.
 * @param topology  the machine.
 * @param policy    what is asked; NULL is the default.
 * @param diag      receives why it is impossible. May be NULL.
 *
 * @return 0                 planned.
 * @return PINION_ERR_ARG    policy contradicts itself (size, per < 1, EXPLICIT without places).
 * @return PINION_ERR_RANGE  workers is negative or larger than 65534, or larger than 8192 where so many
 *                           would get a seat: the order of all seats grows with their square.
 * @return PINION_ERR_PLACE  more workers than places and oversubscription not allowed, or no place left.
 * @return PINION_ERR_NOMEM  out of memory.
 *
 * Threads:   any.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_placement_plan(pinion_placement **out,
                                                       const pinion_topology *topology,
                                                       const pinion_policy *policy,
                                                       pinion_diag *diag);

/** Free. Engines, partitions and arrays made from it stay valid. NULL is fine. */
PINION_API void pinion_placement_destroy(pinion_placement *placement);

/** Number of seats, at least 1. */
PINION_API int pinion_placement_seats(const pinion_placement *placement);

/** Seat `seat`, 0 .. seats - 1. */
PINION_API pinion_seat pinion_placement_seat(const pinion_placement *placement, int seat);

/** Number of memory nodes of the machine; nodes are 0 .. n - 1. */
PINION_API int pinion_placement_nodes(const pinion_placement *placement);

/** The other seats in the order in which `seat` looks at them, nearest first: seats - 1 entries. Ties
 *  start at a different neighbour for each seat, so that seats do not all look at the same one. */
PINION_API const int *pinion_placement_order(const pinion_placement *placement, int seat);

/** How far seat a and seat b are apart. */
PINION_API pinion_distance pinion_placement_distance(const pinion_placement *placement, int a, int b);

/** One line on the whole: how many workers, what limited them. Lives as long as the placement. */
PINION_API const char *pinion_placement_note(const pinion_placement *placement);

PINION_END_DECLS

#endif
