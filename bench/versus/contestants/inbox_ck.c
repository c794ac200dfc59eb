/*
 * Concurrency Kit's queues of linked entries, from many producers to one consumer.
 * This version has none for just that, so the setting chooses the nearest two:
 *
 *	mpmc    ck_fifo_mpmc, without locks. The entry that a dequeue gives back is the
 *	        one before: the entry whose item it returns stays inside as the new stub.
 *	locked  ck_fifo_spsc whose producers take the lock that it brings for them; it
 *	        recycles entries by itself.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ck_fifo.h>

#define FLOW_INBOX
#define PRODUCERS 15

struct node {
	ck_fifo_mpmc_entry_t entry;
};

#include "bench/versus/contestants/nodes.h"

struct queue {
	int locked;
	NODES_OF ck_fifo_mpmc_t fifo;
	NODES_OF struct node stub;
	NODES_OF struct nodes *stub_of; /* the consumer's own: whose entry is the stub */
	NODES_OF struct nodes nodes[PRODUCERS];
	NODES_OF ck_fifo_spsc_t line;
	NODES_OF uint64_t fresh; /* entries that no producer has used yet; under the lock */
	NODES_OF ck_fifo_spsc_entry_t entry[NODES + 1];
};

static inline int mpmc_push(struct queue *q, int producer, uint64_t item)
{
	struct node *node = nodes_take(&q->nodes[producer]);

	if (node == NULL)
		return 0;
	ck_fifo_mpmc_enqueue(&q->fifo, &node->entry, (void *)(uintptr_t)item);
	return 1;
}

static inline int mpmc_pop(struct queue *q, uint64_t *item)
{
	ck_fifo_mpmc_entry_t *garbage;
	void *pointer;

	if (!ck_fifo_mpmc_dequeue(&q->fifo, &pointer, &garbage))
		return 0;
	*item = (uintptr_t)pointer;
	if (q->stub_of != NULL)
		nodes_give(q->stub_of);
	q->stub_of = &q->nodes[*item >> 56];
	return 1;
}

static inline int locked_push(struct queue *q, uint64_t item)
{
	ck_fifo_spsc_entry_t *entry;

	ck_fifo_spsc_enqueue_lock(&q->line);
	entry = q->fresh > 0 ? &q->entry[q->fresh--] : ck_fifo_spsc_recycle(&q->line);
	if (entry != NULL)
		ck_fifo_spsc_enqueue(&q->line, entry, (void *)(uintptr_t)item);
	ck_fifo_spsc_enqueue_unlock(&q->line);
	return entry != NULL;
}

static inline int locked_pop(struct queue *q, uint64_t *item)
{
	void *pointer;

	if (!ck_fifo_spsc_dequeue(&q->line, &pointer))
		return 0;
	*item = (uintptr_t)pointer;
	return 1;
}

static inline int queue_push(struct queue *q, int producer, uint64_t item)
{
	return q->locked ? locked_push(q, item) : mpmc_push(q, producer, item);
}

static inline int queue_pop(struct queue *q, int consumer, uint64_t *item)
{
	return q->locked ? locked_pop(q, item) : mpmc_pop(q, item);
}

static struct queue *queue_make(const char *setting)
{
	struct queue *q = aligned_alloc(CONTESTANT_LINE, sizeof *q);

	if (q == NULL)
		return NULL;
	memset(q, 0, sizeof *q);
	q->locked = strstr(setting, "locked") != NULL;
	ck_fifo_mpmc_init(&q->fifo, &q->stub.entry);
	ck_fifo_spsc_init(&q->line, &q->entry[0]);
	q->fresh = NODES;
	return q;
}

#include "bench/versus/contestants/flow.h"

int main(int argc, char **argv)
{
	return flow_main(CK_VERSION, argc, argv);
}
