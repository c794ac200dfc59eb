/*
 * Nodes for queues that link what they are given: each producer has 1024, takes
 * them in turn, and takes one again when the consumer has given it back.
 *
 * The consumer gives nodes back in the order in which they were taken, because
 * such a queue keeps the order of each producer, and tells the producer of it once
 * per 32. So flow control costs next to nothing, and the same for every queue.
 *
 * Ordering
 *   [back]  consumer stores back (release) -> producer loads back (acquire)
 *           carries: the consumer's reads of the nodes.
 *
 * The user defines struct node before it includes this header. C11 and C++17.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_NODES_H
#define PINION_BENCH_VERSUS_NODES_H

#include "bench/versus/contestant.h"

#include <stdint.h>

#define NODES     1024
#define NODES_LOT 32 /* given back at once */
#define NODES_OF  __attribute__((aligned(CONTESTANT_LINE)))

/* The nodes of one producer. */
struct nodes {
	NODES_OF uint64_t taken; /* the producer's own */
	uint64_t back_seen;
	NODES_OF uint64_t given; /* the consumer's own */
	NODES_OF uint64_t back;  /* written by the consumer, read by the producer */
	NODES_OF struct node node[NODES];
};

/* Producer: the next node, or NULL when all are under way. */
static inline struct node *nodes_take(struct nodes *n)
{
	if (n->taken - n->back_seen == NODES) {
		n->back_seen = __atomic_load_n(&n->back, __ATOMIC_ACQUIRE); /* [back] */
		if (n->taken - n->back_seen == NODES)
			return NULL;
	}
	return &n->node[n->taken++ % NODES];
}

/* Consumer: the oldest node that is out is not needed any more. */
static inline void nodes_give(struct nodes *n)
{
	if (++n->given % NODES_LOT == 0)
		__atomic_store_n(&n->back, n->given, __ATOMIC_RELEASE); /* [back] */
}

#endif
