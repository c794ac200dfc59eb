/*
 * Locality and scheduling numbers of one loop site, without hardware counters.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_LEDGER_H
#define PINION_LEDGER_H

#include <pinion/engine.h>

PINION_BEGIN_DECLS

/* Sums over all workers since the engine was created, or since the last reset. A claim is at home when its
 * owner ran it, near when a worker of the same node did, remote otherwise. */
typedef struct pinion_ledger {
	char site[48];
	uint64_t loops;             /* calls */
	uint64_t inlined;           /* of these, run whole by the caller without waking anyone */
	uint64_t claims_home, claims_near, claims_remote;
	uint64_t indexes_home, indexes_near, indexes_remote;
	uint64_t bytes_home, bytes_near, bytes_remote;  /* indexes times elem_bytes */
	uint64_t steals_tried, steals_won;              /* visits to another worker's blocks; visits that found some */
	uint64_t steals_won_by[PINION_DISTANCES];       /* by distance */
	uint64_t run_ns;            /* in own blocks; loops run by the caller alone are not timed */
	uint64_t steal_ns;          /* looking for and running others' blocks */
} pinion_ledger;

/** Number of sites seen so far. Site 0, "engine", is kept for the engine itself and counts nothing. */
PINION_API int pinion_ledger_sites(const pinion_engine *engine);

/**
 * Copy the ledger of site `index`. Exact when no loop of that site is running.
 *
 * @return 0, or PINION_ERR_RANGE.
 *
 * Threads:   any.
 * Since:     0.1
 */
PINION_API int pinion_ledger_take(const pinion_engine *engine, int index, pinion_ledger *out);

/**
 * Find a site by name; its first 47 bytes count.
 *
 * @return its index, or PINION_ERR_RANGE.
 *
 * Threads:   any.
 * Since:     0.1
 */
PINION_API int pinion_ledger_find(const pinion_engine *engine, const char *site);

/** Set all ledgers to zero; sites stay. No loop may be running. */
PINION_API void pinion_ledger_reset(pinion_engine *engine);

PINION_END_DECLS

#endif
