/*
 * A header for the mutation driver's own test: one order that is needed, one that is
 * not, and one operation that nobody runs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_MUTANTS_PROBE_H
#define PINION_TESTS_MODEL_MUTANTS_PROBE_H

#include "queues/atomic.h"

static inline void probe_publish(atomic_u32 *flag)
{
	u32_store_release(flag, 1);
}

/* Release and acquire would do. */
static inline bool probe_look(const atomic_u32 *flag)
{
	return u32_load_seq_cst(flag) != 0;
}

static inline uint32_t probe_never(atomic_u32 *flag)
{
	return u32_add_acq_rel(flag, 1);
}

#endif
