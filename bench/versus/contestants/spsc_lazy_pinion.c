/*
 * spsc.lazy with <pinion/spsc.h>: the ring publishes an item when its line is full, and
 * the producer what is left at the end.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/contestants/spsc_pinion.h"

static inline int ring_push(struct ring *r, uint64_t item)
{
	return item_ring_push_lazy(&r->queue, item) == PINION_RING_OK;
}

static inline int ring_pop(struct ring *r, uint64_t *item)
{
	return item_ring_pop(&r->queue, item) == PINION_RING_OK;
}

static struct ring *ring_make(const char *setting)
{
	return item_ring_make(1024);
}

#define RING_FLUSH(r) item_ring_flush(&(r)->queue)

#include "bench/versus/contestants/spsc.h"

int main(int argc, char **argv)
{
	return spsc_main(PINION_VERSION_STRING, argc, argv);
}
