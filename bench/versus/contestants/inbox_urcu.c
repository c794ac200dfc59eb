/*
 * liburcu's wait-free concurrent queue, from many producers to one consumer, who
 * needs no lock then.
 *
 * Settings: "dequeue" takes nodes one by one; "splice" moves all there are to a
 * queue of the consumer's own and takes them from there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Opens the inline form of the functions, which is the fast one. */
#define _LGPL_SOURCE
#include <urcu/wfcqueue.h>

#define FLOW_INBOX
#define PRODUCERS 15

struct node {
	struct cds_wfcq_node link;
	uint64_t item;
};

#include "bench/versus/contestants/nodes.h"

struct end {
	NODES_OF struct __cds_wfcq_head head;
	NODES_OF struct cds_wfcq_tail tail;
};

struct queue {
	struct end shared, own;
	NODES_OF int splice;
	NODES_OF struct nodes nodes[PRODUCERS];
};

static inline int queue_push(struct queue *q, int producer, uint64_t item)
{
	struct node *node = nodes_take(&q->nodes[producer]);

	if (node == NULL)
		return 0;
	node->item = item;
	cds_wfcq_node_init(&node->link);
	cds_wfcq_enqueue(&q->shared.head, &q->shared.tail, &node->link);
	return 1;
}

/* Either kind of nothing, empty or a producer in the middle of its operation, is NULL. */
static inline struct cds_wfcq_node *end_take(struct end *e)
{
	struct cds_wfcq_node *link = __cds_wfcq_dequeue_nonblocking(&e->head, &e->tail);

	return link != CDS_WFCQ_WOULDBLOCK ? link : NULL;
}

static inline struct cds_wfcq_node *queue_take(struct queue *q)
{
	struct cds_wfcq_node *link;

	if (!q->splice)
		return end_take(&q->shared);
	link = end_take(&q->own);
	if (link != NULL)
		return link;
	__cds_wfcq_splice_nonblocking(&q->own.head, &q->own.tail, &q->shared.head, &q->shared.tail);
	return end_take(&q->own);
}

static inline int queue_pop(struct queue *q, int consumer, uint64_t *item)
{
	struct cds_wfcq_node *link = queue_take(q);

	if (link == NULL)
		return 0;
	*item = caa_container_of(link, struct node, link)->item;
	nodes_give(&q->nodes[*item >> 56]);
	return 1;
}

static struct queue *queue_make(const char *setting)
{
	struct queue *q = aligned_alloc(CONTESTANT_LINE, sizeof *q);

	if (q == NULL)
		return NULL;
	memset(q, 0, sizeof *q);
	q->splice = strstr(setting, "splice") != NULL;
	__cds_wfcq_init(&q->shared.head, &q->shared.tail);
	__cds_wfcq_init(&q->own.head, &q->own.tail);
	return q;
}

#include "bench/versus/contestants/flow.h"

int main(int argc, char **argv)
{
	return flow_main(URCU_VERSION, argc, argv);
}
