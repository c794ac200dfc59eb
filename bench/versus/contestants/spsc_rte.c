/*
 * spsc.single with DPDK's ring in its single-producer, single-consumer form, on
 * memory of our own: the environment layer of DPDK is not started.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ring.h>
#include <rte_version.h>

/* The same object by the name that the shared part knows. */
struct ring {
	struct rte_ring queue;
};

static inline int ring_push(struct ring *r, uint64_t item)
{
	return rte_ring_sp_enqueue(&r->queue, (void *)(uintptr_t)item) == 0;
}

static inline int ring_pop(struct ring *r, uint64_t *item)
{
	void *pointer;

	if (rte_ring_sc_dequeue(&r->queue, &pointer) != 0)
		return 0;
	*item = (uintptr_t)pointer;
	return 1;
}

static struct ring *ring_make(const char *setting)
{
	unsigned flags = RING_F_SP_ENQ | RING_F_SC_DEQ, slots = 2048;
	ssize_t bytes;
	struct ring *r;

	if (strstr(setting, "1024") != NULL)
		slots = 1024;
	bytes = rte_ring_get_memsize(slots);
	if (bytes < 0)
		return NULL;
	r = aligned_alloc(128, ((size_t)bytes + 127) / 128 * 128);
	if (r == NULL || rte_ring_init(&r->queue, "versus", slots, flags) != 0)
		return NULL;
	return r;
}

#include "bench/versus/contestants/spsc.h"

int main(int argc, char **argv)
{
	char version[32];

	snprintf(version, sizeof version, "%d.%02d.%d", RTE_VER_YEAR, RTE_VER_MONTH, RTE_VER_MINOR);
	return spsc_main(version, argc, argv);
}
