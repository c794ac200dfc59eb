/*
 * spsc.burst32 with <pinion/spsc.h>.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/contestants/spsc_pinion.h"

struct queue {
	struct ring ring;
};

static inline unsigned queue_push_n(struct queue *q, int producer, const uint64_t *item, unsigned n)
{
	size_t moved = 0;

	return item_ring_push_n(&q->ring.queue, item, n, &moved) == PINION_RING_OK ? (unsigned)moved : 0;
}

static inline unsigned queue_pop_n(struct queue *q, int consumer, uint64_t *item, unsigned n)
{
	size_t moved = 0;

	return item_ring_pop_n(&q->ring.queue, item, n, &moved) == PINION_RING_OK ? (unsigned)moved : 0;
}

static struct queue *queue_make(const char *setting)
{
	return (struct queue *)(void *)item_ring_make(1024);
}

#include "bench/versus/contestants/flow.h"

int main(int argc, char **argv)
{
	return flow_main(PINION_VERSION_STRING, argc, argv);
}
