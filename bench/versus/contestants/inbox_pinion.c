/*
 * Pinion's inbox: nodes that many producers hand to one owner, who takes all of
 * them at once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/inbox.h"

#include <pinion/base.h>
#include <stdlib.h>
#include <string.h>

#define FLOW_INBOX
#define PRODUCERS 15

struct node {
	inbox_node link;
	uint64_t item;
};

#include "bench/versus/contestants/nodes.h"

struct queue {
	NODES_OF inbox box;
	NODES_OF inbox_node *list; /* the owner's own: what it has taken and not yet used */
	NODES_OF struct nodes nodes[PRODUCERS];
};

static inline int queue_push(struct queue *q, int producer, uint64_t item)
{
	struct node *node = nodes_take(&q->nodes[producer]);

	if (node == NULL)
		return 0;
	node->item = item;
	inbox_push(&q->box, &node->link);
	return 1;
}

static inline int queue_pop(struct queue *q, int consumer, uint64_t *item)
{
	if (q->list == NULL) {
		q->list = inbox_take_all(&q->box);
		if (q->list == NULL)
			return 0;
	}
	*item = ((struct node *)(void *)q->list)->item;
	q->list = q->list->next;
	nodes_give(&q->nodes[*item >> 56]);
	return 1;
}

static struct queue *queue_make(const char *setting)
{
	struct queue *q = aligned_alloc(CONTESTANT_LINE, sizeof *q);

	if (q == NULL)
		return NULL;
	memset(q, 0, sizeof *q);
	inbox_init(&q->box);
	return q;
}

#include "bench/versus/contestants/flow.h"

int main(int argc, char **argv)
{
	return flow_main(PINION_VERSION_STRING, argc, argv);
}
