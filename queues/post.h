/*
 * Post: the bounded inbox. Any thread hands addresses to one owner, who takes them one
 * by one in the order in which they came. No nodes: what is handed over lies in the
 * places themselves, eight to a line.
 *
 *      owner ─► head                        tail ◄─ producers, a guess
 *                 v                           v
 *        [e 5][e 5][ a ][ b ][ c ][ d ][e 4][e 4]      e 5: empty, for round 5
 *
 * A place holds an address or, an odd number, the round for which it is empty. A push is
 * one compare-and-swap on the place itself, from "empty in my round" to the address. So
 * there is no moment in which a place is claimed but not filled: a thread stopped
 * anywhere in a push holds up nobody. It need not read first, either: what an empty place
 * must hold is known from the position.
 *
 * Where the first empty place is, `tail` tells: a guess that every push leaves behind its
 * own. It may be old. A position is left for the next one only when it was filled in its
 * own round, so places are filled without gaps, and a swap at a position that is over
 * fails because the round is wrong.
 *
 * Ordering
 *   [post]  producer swaps the place (seq_cst, thus release) -> owner loads it (acquire)
 *           carries: what the producer wrote before.
 *   [room]  owner empties the place, then stores head (release) -> producer that found the
 *           place taken loads head (acquire). Carries: the emptied place. What fails
 *           without: the producer still sees the item of the round before, takes it for
 *           one of its own round and goes on to the next place, leaving a gap at which
 *           the owner waits for ever.
 *   [sleep] the push is seq_cst, and so is post_is_empty_seq_cst(): the Dekker handshake
 *           of parker.h.
 *
 *   owner                        producer                   result
 *   ---------------------------  -------------------------  ----------------------------
 *   looks at a place             swap before                item is taken
 *   looks at a place             swap after                 EMPTY; the re-check before
 *                                                           sleeping sees the item
 *   empties a place, moves head  finds it taken before,     tries that place again
 *                                head after
 *   empties a place              finds it taken, head old   FULL, as if it came before
 *   close marks the first empty  swap before / after        item is taken, then CLOSED /
 *   place                                                   CLOSED
 *   announce, is_empty_seq_cst   push, parker_wake          item seen, or owner woken
 *
 * Who may run together: post_push by any threads, together with all. post_pop,
 * post_is_empty*, post_close: same thread (the owner). post_length: anybody.
 *
 * Progress: push is lock-free, pop wait-free; nobody waits for anybody.
 * Order: FIFO. An item is visible when its push returns. There is no edge from a pop to
 * the push that uses the place again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_QUEUES_POST_H
#define PINION_QUEUES_POST_H

#include "affinity/port.h"
#include "queues/atomic.h"

/*
 * Pauses of an owner that has caught up with a stream, before it says EMPTY: about three
 * transfers of a line. Each look at the line that a producer is filling stops that
 * producer for as long; an owner that looks all the time gets the items one by one.
 */
#ifndef POST_LINGER
#if defined(PINION_MODEL_CHECK)
#define POST_LINGER 0
#else
#define POST_LINGER 24
#endif
#endif

#define POST_AHEAD 16u        /* places that are fetched before they are needed: two lines */
#define POST_MARK  UINT64_MAX /* in the place at which the post ends */

enum post_outcome {
	POST_OK = 0,
	POST_EMPTY,
	POST_FULL,
	POST_CLOSED,
};

typedef struct post {
	/* Fixed before start. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 *place; /* [mask + 1] item or emptiness */
	uint64_t mask;
	uint32_t shift; /* a position shifted by this is its round */

	/* Written by the owner. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 head; /* position of the next item */
	uint32_t streak; /* items since it last found nothing, 2 for more */
	bool closing;    /* the mark goes into the next place that is emptied */

	/* Written by producers. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 tail; /* not after the first empty place */
} post;

static_assert(offsetof(post, head) == PINION_NOSHARE, "the owner has a line");
static_assert(offsetof(post, tail) == 2 * PINION_NOSHARE, "producers have a line");

static inline bool post_is_valid(const post *p)
{
	return p->place != NULL && (p->mask & (p->mask + 1)) == 0 && p->mask >> p->shift == 0;
}

/* What the place of a position holds while it is empty for it. */
static inline uint64_t post_empty(const post *p, uint64_t at)
{
	return at >> p->shift << 1 | 1;
}

static inline atomic_u64 *post_place(const post *p, uint64_t at)
{
	return &p->place[at & p->mask];
}

/* place[capacity], a power of two, is borrowed. start: the first position, below 2^62. */
static inline void post_init(post *p, atomic_u64 *place, uint64_t capacity, uint64_t start)
{
	PINION_REQUIRE(capacity >= 1 && (capacity & (capacity - 1)) == 0);
	p->place = place;
	p->mask = capacity - 1;
	p->shift = (uint32_t)__builtin_ctzll(capacity);
	p->streak = 0;
	p->closing = false;
	u64_init(&p->head, start);
	u64_init(&p->tail, start);
	for (uint64_t at = start; at != start + capacity; at++)
		u64_init(post_place(p, at), post_empty(p, at));
}

/* ---- producers -------------------------------------------------------------- */

/* Make the line of this place ours before the push that needs it; without it, that waits. */
static inline void post_fetch(const atomic_u64 *place)
{
#if defined(__x86_64__)
	__asm__ __volatile__("prefetchw %0" : : "m"(*(const char *)place));
#else
	__builtin_prefetch(place, 1);
#endif
}

/*
 * A push found `place` at *at, not what an empty place holds there. OK: *at is where to try
 * next.
 */
static inline enum post_outcome post_advance(const post *p, uint64_t *at, uint64_t place)
{
	uint64_t head = u64_load_acquire(&p->head); /* [room] */

	if (place != POST_MARK && (int64_t)(*at - head) > (int64_t)p->mask)
		return POST_FULL;
	/* Relaxed: by [room] it is of this round or later, and more is not asked. */
	place = u64_load_relaxed(post_place(p, *at));
	if (place == POST_MARK)
		return POST_CLOSED;
	if (place != post_empty(p, *at))
		*at = (int64_t)(head - *at) > 1 ? head : *at + 1;
	return POST_OK;
}

/* Any thread: hand over an address whose lowest bit is 0. */
static inline enum post_outcome post_push(post *p, void *item)
{
	uint64_t at = u64_load_relaxed(&p->tail); /* relaxed: a guess */
	uint64_t place = post_empty(p, at);

	PINION_VALID(post_is_valid(p));
	PINION_REQUIRE(((uintptr_t)item & 1) == 0);
	while (!u64_cas_seq_cst(post_place(p, at), &place, (uintptr_t)item)) { /* [post] [sleep] */
		enum post_outcome outcome = post_advance(p, &at, place);

		if (outcome != POST_OK)
			return outcome;
		place = post_empty(p, at);
	}
	u64_store_relaxed(&p->tail, at + 1); /* relaxed: a guess for others */
	if (p->mask > 2 * POST_AHEAD)
		post_fetch(post_place(p, at + POST_AHEAD));
	return POST_OK;
}

/* ---- the owner -------------------------------------------------------------- */

static inline bool post_is_item(uint64_t place)
{
	return (place & 1) == 0;
}

/* A probe. Relaxed: whoever sees an item takes it by [post]. */
static inline bool post_is_empty(const post *p)
{
	uint64_t place = u64_load_relaxed(post_place(p, u64_load_relaxed(&p->head))); /* ours */

	return !post_is_item(place) && place != POST_MARK;
}

/* The re-check of an owner that has announced its sleep. The end counts as there. */
static inline bool post_is_empty_seq_cst(const post *p)
{
	uint64_t head = u64_load_relaxed(&p->head);             /* ours */
	uint64_t place = u64_load_seq_cst(post_place(p, head)); /* [sleep] */

	return !post_is_item(place) && place != POST_MARK;
}

/* Items in it, about: 0 .. capacity. Anybody. */
static inline uint64_t post_length(const post *p)
{
	uint64_t head = u64_load_relaxed(&p->head); /* relaxed: a hint, like tail */
	int64_t length = (int64_t)(u64_load_relaxed(&p->tail) - head);

	if (length < 0)
		return 0;
	return (uint64_t)length > p->mask ? p->mask + 1 : (uint64_t)length;
}

/* After a stream: it may go on if it is left alone for a moment. */
static inline uint64_t post_linger(const atomic_u64 *place)
{
	for (int i = 0; i < POST_LINGER; i++)
		pinion__relax();
	return u64_load_acquire(place); /* [post] */
}

/* Owner: the oldest item. */
static inline enum post_outcome post_pop(post *p, void **item)
{
	uint64_t head = u64_load_relaxed(&p->head); /* ours */
	atomic_u64 *place = post_place(p, head);
	uint64_t found = u64_load_acquire(place); /* [post] */

	PINION_VALID(post_is_valid(p));
	if (!post_is_item(found) && p->streak == 2)
		found = post_linger(place);
	if (!post_is_item(found)) {
		p->streak = 0;
		return found == POST_MARK ? POST_CLOSED : POST_EMPTY;
	}
	p->streak += p->streak < 2;
	/* Relaxed: [room] carries it; a push that sees it at once needs nothing else. */
	u64_store_relaxed(place, p->closing ? POST_MARK : post_empty(p, head + p->mask + 1));
	p->closing = false;
	u64_store_release(&p->head, head + 1); /* [room] */
	*item = (void *)(uintptr_t)found;
	return POST_OK;
}

/* Owner, once: pushes give CLOSED from now on; pops give what is there, then CLOSED. */
static inline void post_close(post *p)
{
	uint64_t head = u64_load_relaxed(&p->head); /* ours */

	for (uint64_t at = head; at != head + p->mask + 1; at++) {
		uint64_t place = post_empty(p, at);

		/* Relaxed: a place that is empty for this position is of our own making. */
		if (u64_cas_relaxed(post_place(p, at), &place, POST_MARK))
			return;
	}
	p->closing = true;
}

#endif
