/*
 * DPDK's ring on memory of our own: the environment layer of DPDK is not started.
 * The setting names how it synchronises each side:
 *
 *	SP/SC, MP/SC  one producer, one consumer; several producers, one consumer
 *	MP/MC         several of both
 *	RTS           the same with the relaxed tail: who is interrupted holds up fewer
 *	HTS           the same with head and tail in one word
 *
 * It holds one item less than it has slots, 2048 of them unless the setting names
 * another number.
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
struct queue {
	struct rte_ring ring;
};

#ifdef FLOW_BURST

/* One item has the size of a pointer. */
static inline unsigned queue_push_n(struct queue *q, int producer, const uint64_t *item, unsigned n)
{
	return rte_ring_enqueue_burst(&q->ring, (void *const *)(uintptr_t)item, n, NULL);
}

static inline unsigned queue_pop_n(struct queue *q, int consumer, uint64_t *item, unsigned n)
{
	return rte_ring_dequeue_burst(&q->ring, (void **)(uintptr_t)item, n, NULL);
}

#else

static inline int queue_push(struct queue *q, int producer, uint64_t item)
{
	return rte_ring_enqueue(&q->ring, (void *)(uintptr_t)item) == 0;
}

static inline int queue_pop(struct queue *q, int consumer, uint64_t *item)
{
	void *pointer;

	if (rte_ring_dequeue(&q->ring, &pointer) != 0)
		return 0;
	*item = (uintptr_t)pointer;
	return 1;
}

#endif

static unsigned flags_of(const char *setting)
{
	if (strstr(setting, "SP/SC") != NULL)
		return RING_F_SP_ENQ | RING_F_SC_DEQ;
	if (strstr(setting, "MP/SC") != NULL)
		return RING_F_SC_DEQ;
	if (strstr(setting, "RTS") != NULL)
		return RING_F_MP_RTS_ENQ | RING_F_MC_RTS_DEQ;
	if (strstr(setting, "HTS") != NULL)
		return RING_F_MP_HTS_ENQ | RING_F_MC_HTS_DEQ;
	return 0;
}

static unsigned slots_of(const char *setting)
{
	unsigned slots = 0;
	const char *number = strpbrk(setting, "0123456789");

	return number != NULL && sscanf(number, "%u", &slots) == 1 ? slots : 2048;
}

static struct queue *queue_make(const char *setting)
{
	unsigned slots = slots_of(setting);
	ssize_t bytes = rte_ring_get_memsize(slots);
	struct queue *q;

	if (bytes < 0)
		return NULL;
	q = aligned_alloc(128, ((size_t)bytes + 127) / 128 * 128);
	if (q == NULL || rte_ring_init(&q->ring, "versus", slots, flags_of(setting)) != 0)
		return NULL;
	return q;
}

#include "bench/versus/contestants/flow.h"

int main(int argc, char **argv)
{
	char version[32];

	snprintf(version, sizeof version, "%d.%02d.%d", RTE_VER_YEAR, RTE_VER_MONTH, RTE_VER_MINOR);
	return flow_main(version, argc, argv);
}
