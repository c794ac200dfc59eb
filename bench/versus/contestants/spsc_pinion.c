/*
 * spsc.single with <pinion/ring.h>, the typed form.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/ring.h>

#include <stdlib.h>

PINION_RING_DEFINE(item_ring, uint64_t);

struct ring {
	item_ring queue;
};

static inline int ring_push(struct ring *r, uint64_t item)
{
	return item_ring_push(&r->queue, item) == PINION_RING_OK;
}

static inline int ring_pop(struct ring *r, uint64_t *item)
{
	return item_ring_pop(&r->queue, item) == PINION_RING_OK;
}

static struct ring *ring_make(const char *setting)
{
	size_t capacity = 1024, bytes = item_ring_bytes(capacity);
	struct ring *r = aligned_alloc(PINION_RING_ALIGN, sizeof *r);
	void *memory = aligned_alloc(PINION_RING_ALIGN, (bytes + PINION_RING_ALIGN - 1) /
	                                                    PINION_RING_ALIGN * PINION_RING_ALIGN);

	if (r == NULL || memory == NULL || item_ring_init(&r->queue, memory, capacity) != 0)
		return NULL;
	return r;
}

#include "bench/versus/contestants/spsc.h"

int main(int argc, char **argv)
{
	return spsc_main(PINION_VERSION_STRING, argc, argv);
}
