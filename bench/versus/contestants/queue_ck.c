/*
 * Concurrency Kit's ring for many producers and consumers. It holds one item less
 * than it has slots, so it has 2048 of them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ck_ring.h>

#define SLOTS 2048

struct queue {
	ck_ring_t ring;
	ck_ring_buffer_t slot[SLOTS];
};

/* The item travels in the pointer. */
static inline int queue_push(struct queue *q, int producer, uint64_t item)
{
	return ck_ring_enqueue_mpmc(&q->ring, q->slot, (void *)(uintptr_t)item);
}

static inline int queue_pop(struct queue *q, int consumer, uint64_t *item)
{
	void *pointer;

	if (!ck_ring_dequeue_mpmc(&q->ring, q->slot, &pointer))
		return 0;
	*item = (uintptr_t)pointer;
	return 1;
}

static struct queue *queue_make(const char *setting)
{
	struct queue *q = aligned_alloc(128, (sizeof *q + 127) / 128 * 128);

	if (q == NULL)
		return NULL;
	memset(q, 0, sizeof *q);
	ck_ring_init(&q->ring, SLOTS);
	return q;
}

#include "bench/versus/contestants/flow.h"

int main(int argc, char **argv)
{
	return flow_main(CK_VERSION, argc, argv);
}
