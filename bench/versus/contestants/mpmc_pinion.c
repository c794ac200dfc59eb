/*
 * mpmc.* with <pinion/mpmc.h>, the typed form: the operations that never wait, those that
 * sleep (MPMC_WAIT), or bursts (FLOW_BURST).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/mpmc.h>

#include <stdlib.h>

#define CAPACITY 1024

PINION_MPMC_DEFINE(item_ring, uint64_t);

struct queue {
	item_ring ring;
};

#if defined(FLOW_BURST)

static inline unsigned queue_push_n(struct queue *q, int producer, const uint64_t *item, unsigned n)
{
	size_t moved = 0;

	return item_ring_push_n(&q->ring, item, n, &moved) == PINION_RING_OK ? (unsigned)moved : 0;
}

static inline unsigned queue_pop_n(struct queue *q, int consumer, uint64_t *item, unsigned n)
{
	size_t moved = 0;

	return item_ring_pop_n(&q->ring, item, n, &moved) == PINION_RING_OK ? (unsigned)moved : 0;
}

#elif defined(MPMC_WAIT)

static inline int queue_push(struct queue *q, int producer, uint64_t item)
{
	return item_ring_push_wait(&q->ring, item, NULL) == PINION_RING_OK;
}

static inline int queue_pop(struct queue *q, int consumer, uint64_t *item)
{
	return item_ring_pop_wait(&q->ring, item, NULL) == PINION_RING_OK;
}

#else

static inline int queue_push(struct queue *q, int producer, uint64_t item)
{
	return item_ring_push(&q->ring, item) == PINION_RING_OK;
}

static inline int queue_pop(struct queue *q, int consumer, uint64_t *item)
{
	return item_ring_pop(&q->ring, item) == PINION_RING_OK;
}

#endif

static struct queue *queue_make(const char *setting)
{
	size_t bytes = item_ring_bytes(CAPACITY);
	struct queue *q = aligned_alloc(PINION_RING_ALIGN, sizeof *q);
	void *memory = aligned_alloc(PINION_RING_ALIGN, (bytes + PINION_RING_ALIGN - 1) /
	                                                    PINION_RING_ALIGN * PINION_RING_ALIGN);

	if (q == NULL || memory == NULL || item_ring_init(&q->ring, memory, CAPACITY) != 0)
		return NULL;
	return q;
}

#include "bench/versus/contestants/flow.h"

int main(int argc, char **argv)
{
	return flow_main(PINION_VERSION_STRING, argc, argv);
}
