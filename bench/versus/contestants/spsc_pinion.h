/*
 * Pinion's ring of words for one producer and one consumer, as several contestants
 * use it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_SPSC_PINION_H
#define PINION_BENCH_VERSUS_SPSC_PINION_H

#include <pinion/spsc.h>

#include <stdlib.h>

PINION_SPSC_DEFINE(item_ring, uint64_t);

struct ring {
	item_ring queue;
};

/* A ring for so many items, or NULL. */
static struct ring *item_ring_make(size_t capacity)
{
	size_t bytes = item_ring_bytes(capacity);
	struct ring *r = aligned_alloc(PINION_RING_ALIGN, sizeof *r);
	void *memory = aligned_alloc(PINION_RING_ALIGN, (bytes + PINION_RING_ALIGN - 1) /
	                                                    PINION_RING_ALIGN * PINION_RING_ALIGN);

	if (r == NULL || memory == NULL || item_ring_init(&r->queue, memory, capacity) != 0)
		return NULL;
	return r;
}

#endif
