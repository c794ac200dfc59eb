/*
 * Pinion's inbox by value: addresses that many producers hand to one owner.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/post.h"

#include <pinion/base.h>
#include <stdlib.h>

#define FLOW_INBOX
#define CAPACITY 1024u

#include "bench/versus/contestant.h"

struct queue {
	post box;
	atomic_u64 places[CAPACITY] __attribute__((aligned(CONTESTANT_LINE)));
};

/* An address has its lowest bit free, and an item its highest. */
static inline int queue_push(struct queue *q, int producer, uint64_t item)
{
	return post_push(&q->box, (void *)(uintptr_t)(item << 1)) == POST_OK;
}

static inline int queue_pop(struct queue *q, int consumer, uint64_t *item)
{
	void *address;

	if (post_pop(&q->box, &address) != POST_OK)
		return 0;
	*item = (uintptr_t)address >> 1;
	return 1;
}

static struct queue *queue_make(const char *setting)
{
	struct queue *q = aligned_alloc(CONTESTANT_LINE, sizeof *q);

	if (q != NULL)
		post_init(&q->box, q->places, CAPACITY, 0);
	return q;
}

#include "bench/versus/contestants/flow.h"

int main(int argc, char **argv)
{
	return flow_main(PINION_VERSION_STRING, argc, argv);
}
