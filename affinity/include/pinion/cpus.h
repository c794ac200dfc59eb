/*
 * Sets of processors, written in the dialects people already use.
 *
 * A pinion_cpus is an ordered list of places; a place is a set of processing
 * units. "0-3,8" is five places of one PU each; "{0:4}:2:4" is two places of
 * four; "cores" is one place per usable core.
 *
 *   PLACES   := abstract [ "(" N ")" ] | omp | hwloc { hwloc } | cpulist | mask
 *   abstract := threads | cores | ll_caches | numa_domains | sockets      OpenMP
 *   omp      := "{0:4}:2:4", "{0,1},{2,3}", "{0:8,!3}", "{0}:4,!{2}"      OMP_PLACES
 *   hwloc    := "package:0.core:0-3", "numa:1.core:all.pu:0", "core:odd"  hwloc, logical indexes
 *   cpulist  := "0-3,8", "0-31:2", "all", "!0-3"                          OS numbers, always
 *   mask     := "0x10f"                                                   OS numbers
 *
 * Types are package (socket), numa (node), l3 (llc), l2, core and pu; indexes are N, N-M, N,M,
 * N:COUNT, all, odd and even, counted inside the object of the step before. Several tuples are
 * separated by blanks or commas. A tuple ends in one place per object of its last level. A processor
 * that exists but is not allowed is an error, except in abstract names and
 * in hwloc tuples, where a partly allowed object keeps its allowed PUs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CPUS_H
#define PINION_CPUS_H

#include <pinion/topology.h>

PINION_BEGIN_DECLS

typedef struct pinion_cpus pinion_cpus;

/* How to write a pinion_cpus back. */
typedef enum pinion_dialect {
	PINION_DIALECT_LIST = 0, /* 0-3,8: the union of all places, OS numbers (taskset -c, numactl -C) */
	PINION_DIALECT_OMP,      /* {0,1},{2,3}: OMP_PLACES, one brace per place */
	PINION_DIALECT_MASK,     /* 0x10f: the union as a hexadecimal mask */
} pinion_dialect;

/**
 * Read places.
 *
 * @param out       receives the places; untouched on failure.
 * @param topology  the machine that the text speaks of.
 * @param text      see the grammar above.
 * @param diag      receives what is wrong and where in text. May be NULL.
 *
 * @return 0                  read; at least one place, none empty.
 * @return PINION_ERR_SYNTAX  text does not parse.
 * @return PINION_ERR_RANGE   it names an object or processor that the machine does not have.
 * @return PINION_ERR_PLACE   it names a processor that this process may not use; diag->note says what forbids it.
 * @return PINION_ERR_NOMEM   out of memory.
 *
 * Threads:   any.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_cpus_parse(pinion_cpus **out,
                                                   const pinion_topology *topology,
                                                   const char *text, pinion_diag *diag);

/** Free. NULL is fine. */
PINION_API void pinion_cpus_destroy(pinion_cpus *cpus);

/** Number of places, at least 1. */
PINION_API int pinion_cpus_places(const pinion_cpus *cpus);

/** Number of processing units in place `place`, or in the union of all when place is -1. */
PINION_API int pinion_cpus_count(const pinion_cpus *cpus, int place);

/** OS number of the first PU of `place` (-1: union) that is greater than `after` (-1: start); -1 at the end. */
PINION_API int pinion_cpus_next(const pinion_cpus *cpus, int place, int after);

/**
 * Write the places as text, like snprintf.
 *
 * @return the length without the final zero that the whole text has; buffer holds as much of it as
 *         fits and always ends in zero when bytes > 0.
 *
 * Threads:   any.
 * Since:     0.1
 */
PINION_API size_t pinion_cpus_format(const pinion_cpus *cpus, pinion_dialect dialect, char *buffer,
                                     size_t bytes);

/**
 * Bind the calling thread, and what it starts from now on, to the union of all places, and read back.
 *
 * @return 0                       bound; the kernel reports exactly this set.
 * @return PINION_ERR_PLACE        the kernel granted a smaller set or none, or topology is not this machine.
 * @return PINION_ERR_PERM         refused.
 * @return PINION_ERR_NOMEM        out of memory.
 * @return PINION_ERR_SYSTEM       another failure; diag has its text.
 *
 * Threads:   any; it changes the calling one.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_cpus_bind_self(const pinion_cpus *cpus, pinion_diag *diag);

/* Where the calling process takes new pages from, inherited across exec. */
typedef enum pinion_memory_policy {
	PINION_MEMORY_DEFAULT = 0, /* what the kernel does by itself: local first touch */
	PINION_MEMORY_BIND,        /* only from these nodes */
	PINION_MEMORY_PREFERRED,   /* from the first of these nodes while it has room */
	PINION_MEMORY_INTERLEAVE,  /* page by page over these nodes */
} pinion_memory_policy;

/**
 * Set the memory policy of the calling thread, and of what it starts from now on.
 *
 * @param topology  this machine.
 * @param policy    see the enum.
 * @param nodes     logical nodes as a list ("0-1,3"), or "same" for the nodes of cpus. NULL with DEFAULT.
 * @param cpus      used by "same"; may be NULL otherwise.
 *
 * @return 0, PINION_ERR_SYNTAX, PINION_ERR_RANGE (no such node, a node without memory, or one that this
 *         process may not use), PINION_ERR_PERM, PINION_ERR_PLACE (topology is not this machine),
 *         PINION_ERR_NOMEM, PINION_ERR_SYSTEM.
 *
 * Threads:   any; it changes the calling one.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_memory_bind_self(const pinion_topology *topology,
                                                         pinion_memory_policy policy,
                                                         const char *nodes, const pinion_cpus *cpus,
                                                         pinion_diag *diag);

PINION_END_DECLS

#endif
