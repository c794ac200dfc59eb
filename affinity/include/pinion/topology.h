/*
 * What the machine is, and what this process may use of it.
 *
 * A topology is loaded once and never changes, so any thread may read it. All
 * indexes without `os_` are logical: dense, from 0, in hwloc's order. A limit
 * is one reason why a processor of the machine is not usable here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TOPOLOGY_H
#define PINION_TOPOLOGY_H

#include <pinion/base.h>

PINION_BEGIN_DECLS

typedef struct pinion_topology pinion_topology;

/* One processing unit (hardware thread). An index is -1 where the machine has no such level. */
typedef struct pinion_pu {
	int os_cpu;    /* number in /proc/cpuinfo and in taskset */
	int core;      /* logical core */
	int smt;       /* rank inside its core, 0 first */
	int l2;        /* logical L2 group */
	int l3;        /* logical L3 group */
	int node;      /* nearest logical node with memory that this process may use */
	int package;   /* logical package (socket) */
	bool allowed;  /* this process may run here */
} pinion_pu;

/* One memory node. It may have no processors (HBM, CXL) or no memory. */
typedef struct pinion_node {
	int os_node;
	int package;            /* -1 when it belongs to none */
	int pus;                /* processors for which it is the nearest node */
	int pus_allowed;
	uint64_t memory_bytes;  /* 0: none; on all nodes: sizes are not known, as in "[numa]" of a synthetic machine */
	bool allowed;           /* it has memory, and this process may allocate here */
} pinion_node;

typedef struct pinion_topology_counts {
	int pus, pus_allowed, cores, cores_allowed, l2s, l3s, nodes, packages;
} pinion_topology_counts;

/* Why this process may use less than the machine has. Strings live as long as the topology. */
typedef struct pinion_limit {
	const char *what;    /* "affinity", "cpuset", "memory nodes", "quota", "offline" */
	const char *source;  /* file or system call that says so */
	const char *value;   /* its content, e.g. "0-3,8" or "1.5 CPUs" */
} pinion_limit;

/**
 * Find out what the machine is.
 *
 * Live, it is loaded before threads are bound: a processor that no thread of this process may run on
 * counts as taken away by whoever started the process. hwloc obeys its own environment variables; when
 * HWLOC_XMLFILE or its like names another machine, the result is not live.
 *
 * @param out     receives the topology; untouched on failure.
 * @param source  "live" or NULL for this machine, "xml:PATH" for an hwloc XML file, or
 *                "synthetic:DESCRIPTION", hwloc's language, e.g. "synthetic:pack:2 numa:2 core:4 pu:2".
 * @param diag    receives what is wrong with source. May be NULL.
 *
 * @return 0                    loaded.
 * @return PINION_ERR_SYNTAX    source is none of the three forms, or its description does not parse.
 * @return PINION_ERR_IO        the XML file cannot be read.
 * @return PINION_ERR_NOMEM     out of memory.
 * @return PINION_ERR_SYSTEM    hwloc cannot read this machine.
 *
 * Threads:   any; topologies do not share anything.
 * Blocking:  reads sysfs; milliseconds, more on large machines.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_topology_load(pinion_topology **out, const char *source,
                                                      pinion_diag *diag);

/** Free a topology. Placements and arrays made from it stay valid. NULL is fine. */
PINION_API void pinion_topology_destroy(pinion_topology *topology);

/** True when it describes the machine this process runs on, so that binding has an effect. */
PINION_API bool pinion_topology_is_live(const pinion_topology *topology);

/** How many of each object there are; *_allowed count what this process may use. */
PINION_API pinion_topology_counts pinion_topology_count(const pinion_topology *topology);

/** Processing unit `index`, 0 .. counts.pus - 1, in topology order. */
PINION_API pinion_pu pinion_topology_pu(const pinion_topology *topology, int index);

/** Memory node `index`, 0 .. counts.nodes - 1. */
PINION_API pinion_node pinion_topology_node(const pinion_topology *topology, int index);

/**
 * Relative distance from node `from` to node `to`: 10 is local, larger is farther (ACPI SLIT scale).
 * Where the machine states none, 10 on the diagonal and 20 elsewhere.
 */
PINION_API int pinion_topology_distance(const pinion_topology *topology, int from, int to);

/** Sum of all last-level caches in bytes, 0 when unknown. */
PINION_API uint64_t pinion_topology_llc_bytes(const pinion_topology *topology);

/** CPU quota of the tightest cgroup in CPUs (1.5 = one and a half), 0 when there is none. */
PINION_API double pinion_topology_quota(const pinion_topology *topology);

/** Number of limits, and the limit `index`. */
PINION_API int pinion_topology_limits(const pinion_topology *topology);
PINION_API pinion_limit pinion_topology_limit(const pinion_topology *topology, int index);

/** Processor model as the machine states it, or "unknown processor". Lives as long as the topology. */
PINION_API const char *pinion_topology_model(const pinion_topology *topology);

PINION_END_DECLS

#endif
