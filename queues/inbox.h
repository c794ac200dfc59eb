/*
 * Inbox: any thread hands nodes to one owner, who takes all of them at once.
 *
 * A producer pushes onto a stack whose top is one word; the owner swaps the
 * whole stack for nothing and reverses it, so it sees the nodes in the order in
 * which they were pushed. Nobody ever pops a single node, hence no ABA: a push
 * only needs `top` to be what its node points to, and it does not matter whether
 * the stack in between was taken and built again. An address is compared, never
 * followed, before the swap has made it ours.
 *
 * A node is intrusive: it lies inside the caller's own struct and belongs to the
 * inbox from the push until the take that returns it. `next` is a plain field:
 * the producer writes it before its push, the owner after its take.
 *
 * Ordering
 *   [post]  producer swaps top (seq_cst, thus release) -> owner swaps top (acquire)
 *           carries: the node and all that its producer wrote before. The pushes
 *           between two takes form one release sequence, so the take pairs with
 *           every one of them, not only with the last.
 *   [sleep] push is seq_cst, and so is inbox_is_empty_seq_cst(): the Dekker
 *           handshake of parker.h. What fails without: the owner announces
 *           itself, still reads "empty" and sleeps, while the producer still reads
 *           AWAKE and does not wake it.
 *
 *   owner                         producer                 result
 *   ----------------------------  -----------------------  ---------------------------
 *   take: swap top                push before the swap     node is in this take
 *   take: swap top                push after the swap      push returns true (was
 *                                                          empty), node in the next take
 *   take: probe sees NULL         push between probe       NULL; the re-check before
 *                                 and the caller's return  sleeping sees the node
 *   announce, is_empty_seq_cst    push, parker_wake        node seen, or owner woken
 *
 * Who may run together
 *                push, push_chain  is_empty*   take_all
 *   push*        together          together    together
 *   is_empty*    together          together    together
 *   take_all     together          together    same thread (the owner)
 *
 * Progress: push is lock-free (a retry means that another push won); is_empty is
 * wait-free; take_all is wait-free but for the reversal, one step per node.
 *
 * Order: FIFO by the order of the successful swaps, thus FIFO per producer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_QUEUES_INBOX_H
#define PINION_QUEUES_INBOX_H

#include "affinity/port.h"
#include "queues/atomic.h"

typedef struct inbox_node {
	struct inbox_node *next; /* the inbox's own between push and take */
} inbox_node;

typedef struct inbox {
	/* Written by everybody, on a line of its own: newest node, NULL when empty. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_ptr top;
} inbox;

static_assert(sizeof(inbox) == PINION_NOSHARE, "an inbox shares its line with nothing");

/* Nothing to say about the list itself: only the owner of all nodes may walk it. */
static inline bool inbox_is_valid(const inbox *b)
{
	return (uintptr_t)ptr_load_relaxed(&b->top) % sizeof(void *) == 0;
}

static inline void inbox_init(inbox *b)
{
	ptr_init(&b->top, NULL);
}

/* Put newest..oldest (linked by next) on top. true when there was nothing before. */
static inline bool inbox_publish(inbox *b, inbox_node *newest, inbox_node *oldest)
{
	/* A guess for the swap, and the usual case. Loading the top first would move
	 * the line twice: once to read it, once to write it. */
	void *top = NULL;

	do
		oldest->next = top;
	while (!ptr_cas_seq_cst(&b->top, &top, newest)); /* [post] [sleep] */
	return top == NULL;
}

/* Any thread: hand one node over. true when the inbox was empty before. */
static inline bool inbox_push(inbox *b, inbox_node *node)
{
	PINION_VALID(inbox_is_valid(b));
	return inbox_publish(b, node, node);
}

/*
 * Any thread: hand over first -> ... -> last, linked by next, as one: no node of
 * another producer comes between them. They are taken in that order, first first.
 * Costs one shared operation and one step per node. last->next need not be set.
 * true when the inbox was empty before.
 */
static inline bool inbox_push_chain(inbox *b, inbox_node *first, inbox_node *last)
{
	inbox_node *newest = NULL;

	PINION_VALID(inbox_is_valid(b));
	for (inbox_node *node = first; newest != last;) {
		inbox_node *next = node->next;

		node->next = newest;
		newest = node;
		node = next;
	}
	return inbox_publish(b, newest, first);
}

/* A probe for polling. Relaxed: whoever sees a node takes it by [post]. */
static inline bool inbox_is_empty(const inbox *b)
{
	return ptr_load_relaxed(&b->top) == NULL;
}

/* The re-check of an owner that has announced its sleep. */
static inline bool inbox_is_empty_seq_cst(const inbox *b)
{
	return ptr_load_seq_cst(&b->top) == NULL; /* [sleep] */
}

/* Owner: everything, oldest first, linked by next and ended by NULL. NULL when empty. */
static inline inbox_node *inbox_take_all(inbox *b)
{
	inbox_node *newest, *oldest_first = NULL;

	PINION_VALID(inbox_is_valid(b));
	if (inbox_is_empty(b))
		return NULL; /* a poll costs no write */
	newest = ptr_swap_acquire(&b->top, NULL); /* [post] */
	while (newest != NULL) {
		inbox_node *older = newest->next;

		newest->next = oldest_first;
		oldest_first = newest;
		newest = older;
	}
	return oldest_first;
}

#endif
