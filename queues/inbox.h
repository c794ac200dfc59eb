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
 *      producers of node 0     producers of node 1
 *               v                       v
 *      top ─► n ─► n ─► n      top ─► n ─► n         one stripe per source node
 *               │                       │
 *               └──────► dirty ◄────────┘            one word beside the owner
 *                          │
 *                        owner                       polls that, takes what it names
 *
 * A stripe lies on memory of the node whose threads push to it, so its line stays
 * among them until the owner takes. The owner polls `dirty`, one bit per stripe.
 * A machine of one node has one stripe, which is polled itself; `dirty` is unused.
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
 *   [dirty] owner clears the bits, then swaps top (release) -> producer swaps top
 *           (seq_cst, thus acquire), then looks at its bit. Carries: that the bit is
 *           clear. What fails without: the producer, too late for that take, still
 *           sees its bit set and leaves it, and nobody looks at the stripe again.
 *           Both swap the same word, so one of them comes second and sees the other;
 *           this is why the bits themselves need no order here.
 *   [sleep] the push ends with a seq_cst operation on the word that
 *           inbox_is_empty_seq_cst() loads: the Dekker handshake of parker.h. What
 *           fails without: the owner announces itself, still reads "empty" and
 *           sleeps, while the producer still reads AWAKE and does not wake it.
 *
 *   owner                         producer                 result
 *   ----------------------------  -----------------------  ---------------------------
 *   take: swap top                push before the swap     node is in this take
 *   take: swap top                push after the swap      node in the next take
 *   take: clears the bit,         swaps top before the     node is in this take, whether
 *   swaps top                     owner does               or not it sets the bit again
 *   take: clears the bit,         swaps top after the      sees the bit clear, sets it:
 *   swaps top                     owner has                node in the next take
 *   take: probe sees nothing      push between probe       NULL; the re-check before
 *                                 and the caller's return  sleeping sees the node
 *   announce, is_empty_seq_cst    push, parker_wake        node seen, or owner woken
 *   close: swaps CLOSED in        push before / after      node returned / CLOSED
 *
 * Who may run together
 *                push*      is_empty*  take_all, close
 *   push*        together   together   together
 *   is_empty*    together   together   together
 *   take_all     together   together   same thread (the owner)
 *   close        together   together   same thread (the owner)
 *
 * Progress: push is lock-free (a retry means that another push or a take won);
 * is_empty is wait-free; take_all and close are wait-free but for the reversal, one
 * step per node. A thread stopped anywhere in a push holds up nobody: a node is
 * there, with all below it, or it is not.
 *
 * Order: FIFO per producer, if it keeps to one stripe; within one stripe by the order
 * of the successful swaps. A node is visible to the owner when its push returns.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_QUEUES_INBOX_H
#define PINION_QUEUES_INBOX_H

#include "affinity/port.h"
#include "queues/atomic.h"

#define INBOX_STRIPES_MAX 64u /* bits of the dirty word; more source nodes share stripes */

/*
 * Pauses of an owner in whose hands nodes arrive as fast as it takes them: about three
 * transfers of a line. Each take stops the producers for as long, since it carries
 * their line away; taken too often, they only ever get a few nodes through.
 */
#ifndef INBOX_LINGER
#if defined(PINION_MODEL_CHECK)
#define INBOX_LINGER 0
#else
#define INBOX_LINGER 24
#endif
#endif

enum inbox_outcome {
	INBOX_OK = 0,
	INBOX_CLOSED, /* nothing was handed over */
};

typedef struct inbox_node {
	struct inbox_node *next;
} inbox_node;

/* The stack of the producers of one node. */
typedef struct inbox_stripe {
	PINION_ALIGNED(PINION_NOSHARE) atomic_ptr top; /* newest inbox_node, NULL or inbox_closed() */
} inbox_stripe;

/* What a producer keeps between its pushes. Zero is a good start; one thread at a time. */
typedef struct inbox_sender {
	uint32_t stripe;        /* where it pushes: its node */
	const inbox_stripe *to; /* where it pushed last */
	inbox_node *top;        /* a guess at what lies on top there */
} inbox_sender;

typedef struct inbox {
	/* Fixed before start. */
	PINION_ALIGNED(PINION_NOSHARE) inbox_stripe **stripe; /* [stripes], if there are several */
	uint32_t stripes;

	/* Written by the owner. */
	PINION_ALIGNED(PINION_NOSHARE) uint32_t taken; /* nodes in its last take, 2 for more */

	/* Written by others, then by the owner. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 dirty; /* bit i: stripe i may hold nodes */
	inbox_stripe own;                                /* the only one, or that of the owner's node */
} inbox;

static_assert(sizeof(inbox_stripe) == PINION_NOSHARE, "a stripe shares its lines with nothing");
static_assert(offsetof(inbox, taken) == PINION_NOSHARE, "the owner has a line");
static_assert(offsetof(inbox, dirty) == 2 * PINION_NOSHARE, "what the owner polls has a line");
static_assert(offsetof(inbox, own) == 3 * PINION_NOSHARE, "producers have a line");

/* The top of a closed stripe: the address of no node, as nodes are aligned. */
static inline inbox_node *inbox_closed(void)
{
	return (inbox_node *)(uintptr_t)1;
}

static inline bool inbox_is_valid(const inbox *b)
{
	const void *top = ptr_load_relaxed(&b->own.top);

	return (top == inbox_closed() || (uintptr_t)top % sizeof(void *) == 0) && b->stripes >= 1 &&
	       b->stripes <= INBOX_STRIPES_MAX && (b->stripes == 1 || b->stripe);
}

static inline void inbox_stripe_init(inbox_stripe *s)
{
	ptr_init(&s->top, NULL);
}

/* For producers of one node, or who may as well share a line. */
static inline void inbox_init(inbox *b)
{
	b->stripe = NULL;
	b->stripes = 1;
	b->taken = 0;
	u64_init(&b->dirty, 0);
	inbox_stripe_init(&b->own);
}

/*
 * For producers of several nodes. stripe[i], initialised and on memory of node i,
 * is written here for i = home, the owner's node: it becomes that of the inbox
 * itself. Several nodes may share a stripe. The array is borrowed until the last use.
 */
static inline void inbox_init_striped(inbox *b, inbox_stripe **stripe, uint32_t stripes,
                                      uint32_t home)
{
	PINION_REQUIRE(stripes >= 1 && stripes <= INBOX_STRIPES_MAX && home < stripes);
	inbox_init(b);
	stripe[home] = &b->own;
	b->stripe = stripe;
	b->stripes = stripes;
}

/* ---- producers -------------------------------------------------------------- */

/*
 * Tell the owner that stripe i holds something. The look is relaxed: a bit that is seen set
 * after the push was not cleared before it [dirty], and whoever set it wakes the owner.
 */
static inline void inbox_mark(inbox *b, uint32_t i)
{
	uint64_t bit = (uint64_t)1 << i;

	if (!(u64_load_relaxed(&b->dirty) & bit))
		u64_or_seq_cst(&b->dirty, bit); /* [sleep] */
}

/* Put newest..oldest (linked by next) on top. */
static inline enum inbox_outcome inbox_publish(inbox *b, inbox_sender *from, inbox_node *newest,
                                               inbox_node *oldest)
{
	uint32_t i = b->stripes == 1 ? 0 : from->stripe % b->stripes;
	inbox_stripe *s = b->stripes == 1 ? &b->own : b->stripe[i];
	/* A guess for the swap. Loading the top first would move the line twice: once to
	 * read it, once to write it. */
	void *top = from->to == s ? from->top : NULL;

	do {
		if (PINION_UNLIKELY(top == inbox_closed()))
			return INBOX_CLOSED;
		oldest->next = top;
	} while (!ptr_cas_seq_cst(&s->top, &top, newest)); /* [post] [dirty] [sleep] */
	from->to = s;
	from->top = top == NULL ? NULL : newest; /* who finds it empty mostly finds it so again */
	if (b->stripes > 1)
		inbox_mark(b, i);
	return INBOX_OK;
}

/* Any thread: hand one node over. */
static inline enum inbox_outcome inbox_push_from(inbox *b, inbox_sender *from, inbox_node *node)
{
	PINION_VALID(inbox_is_valid(b));
	return inbox_publish(b, from, node, node);
}

/*
 * Any thread: hand over first -> ... -> last, linked by next, as one: no node of
 * another producer of that stripe comes between them. They are taken in that order,
 * first first. Costs one shared operation and one step per node. last->next need not
 * be set. CLOSED: the links point the other way now.
 */
static inline enum inbox_outcome inbox_push_chain_from(inbox *b, inbox_sender *from,
                                                       inbox_node *first, inbox_node *last)
{
	inbox_node *newest = NULL;

	PINION_VALID(inbox_is_valid(b));
	for (inbox_node *node = first; newest != last;) {
		inbox_node *next = node->next;

		node->next = newest;
		newest = node;
		node = next;
	}
	return inbox_publish(b, from, newest, first);
}

/* The same for whoever keeps nothing between pushes. */
static inline enum inbox_outcome inbox_push(inbox *b, inbox_node *node)
{
	inbox_sender nobody = {0, NULL, NULL};

	return inbox_push_from(b, &nobody, node);
}

static inline enum inbox_outcome inbox_push_chain(inbox *b, inbox_node *first, inbox_node *last)
{
	inbox_sender nobody = {0, NULL, NULL};

	return inbox_push_chain_from(b, &nobody, first, last);
}

/* ---- polling ---------------------------------------------------------------- */

/* A probe. Relaxed: whoever sees a node takes it by [post]. */
static inline bool inbox_is_empty(const inbox *b)
{
	if (b->stripes > 1)
		return u64_load_relaxed(&b->dirty) == 0;
	const void *top = ptr_load_relaxed(&b->own.top);
	return top == NULL || top == inbox_closed();
}

/* The re-check of an owner that has announced its sleep. */
static inline bool inbox_is_empty_seq_cst(const inbox *b)
{
	if (b->stripes > 1)
		return u64_load_seq_cst(&b->dirty) == 0;     /* [sleep] */
	const void *top = ptr_load_seq_cst(&b->own.top); /* [sleep] */
	return top == NULL || top == inbox_closed();
}

/* ---- the owner -------------------------------------------------------------- */

/* Take a stripe's nodes, leaving `instead`, and put them in front of `rest`, oldest first. */
static inline inbox_node *inbox_take_stripe(inbox *b, inbox_stripe *s, inbox_node *instead,
                                            inbox_node *rest)
{
	inbox_node *newest = ptr_swap_acq_rel(&s->top, instead); /* [post] [dirty] */

	while (newest != NULL && newest != inbox_closed()) {
		inbox_node *older = newest->next;

		newest->next = rest;
		rest = newest;
		newest = older;
		b->taken += b->taken < 2;
	}
	return rest;
}

/*
 * Is there something to take? After a take of several nodes the owner does not look,
 * which would carry the producers' line away for nothing: it lets them go on a while.
 */
static inline bool inbox_expects(const inbox *b)
{
	if (b->taken < 2)
		return !inbox_is_empty(b); /* a poll costs no write */
	for (int i = 0; i < INBOX_LINGER; i++)
		pinion__relax();
	return true;
}

/* Owner: everything, oldest first, linked by next and ended by NULL. NULL when empty. */
static inline inbox_node *inbox_take_all(inbox *b)
{
	inbox_node *nodes = NULL;
	bool expects;

	PINION_VALID(inbox_is_valid(b));
	expects = inbox_expects(b);
	b->taken = 0;
	if (!expects)
		return NULL;
	if (b->stripes == 1)
		return inbox_take_stripe(b, &b->own, NULL, NULL);
	/* Relaxed: the swaps of the tops carry it [dirty]. A bit that is set here and now was
	 * set after its push, so the swap of that top finds the node. */
	for (uint64_t left = u64_and_relaxed(&b->dirty, 0); left != 0; left &= left - 1)
		nodes = inbox_take_stripe(b, b->stripe[__builtin_ctzll(left)], NULL, nodes);
	return nodes;
}

/*
 * Owner, once: everything, as by take_all; from now on a push gives CLOSED. Do not take
 * any more.
 */
static inline inbox_node *inbox_close(inbox *b)
{
	inbox_node *nodes = NULL;

	PINION_VALID(inbox_is_valid(b));
	for (uint32_t i = 0; i < b->stripes; i++)
		nodes =
		    inbox_take_stripe(b, b->stripes == 1 ? &b->own : b->stripe[i], inbox_closed(), nodes);
	return nodes;
}

#endif
