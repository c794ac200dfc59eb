/*
 * Deque: the owner pushes and pops at the bottom, anybody steals at the top. The
 * algorithm is Chase and Lev's on a fixed array, with the C11 orders worked out
 * by Lê, Pop, Cohen and Zappa Nardelli (2013), put on the operations instead of
 * on fences so that thread sanitizers and model checkers understand them.
 *
 *     top                         bottom
 *      ▼                            ▼
 *   ───┬────┬────┬────┬────┬────┬────┬───     indices are 64 bits and never reset;
 *      │ t  │    │    │    │    │b-1 │        slot = index & mask
 *   ───┴────┴────┴────┴────┴────┴────┴───
 *    thieves ►                 ◄ owner ►
 *
 * The owner takes an item without any atomic read-modify-write unless it is the
 * last one; then owner and thieves settle it by a swap of `top`.
 *
 * Ordering
 *   [fill]  owner stores bottom (release) -> thief loads bottom (seq_cst)
 *           carries: the slots below bottom and what their items point to. Every
 *           store of bottom is a release, also the ones in pop: a thief may read
 *           any of them.
 *   [drain] thief swaps top (seq_cst) -> owner loads top (acquire in push, seq_cst in pop)
 *           carries: the thief's read of the slot, which may be filled again. A
 *           thief that read a slot too late fails its swap: top has passed it. The
 *           slots are atomic words (relaxed) because of that read. A swap of pop that
 *           fails is relaxed and moves top_seen no further: the next push loads top.
 *   [last]  pop stores bottom, then loads top; steal loads top, then loads bottom;
 *           the swaps of top: all seq_cst.
 *           What fails without: two items, thief A has taken the first. The owner's
 *           pop lowers bottom, yet reads the old top and takes the second item with
 *           no swap; thief B reads the new top and the old bottom and swaps for
 *           the same item. It runs twice. In one total order the owner's read of the
 *           old top comes before A's swap, so before B's read of top, so B's read
 *           of bottom sees it lowered. Both loads of steal must be seq_cst for that:
 *           the chain goes through A's swap, B's load of top and B's load of bottom.
 *   [sleep] deque_push_seq_cst() against idle.h: see there. deque_is_empty_seq_cst()
 *           is the sleeper's re-check. deque_push() alone (release) may stay in the
 *           store buffer while its thread reads "nobody is idle".
 *
 *   owner                          thief                       result
 *   -----------------------------  --------------------------  -------------------------
 *   push                           reads bottom before         EMPTY; the sleeper re-checks
 *   pop, more than one left        steals the top item         both have one
 *   pop, one left: swaps top       swaps top                   one wins; the other gets
 *                                                              EMPTY (pop) or LOST (steal)
 *   pop lowers bottom on empty     reads bottom < top          EMPTY: the difference is signed
 *   push over a stolen slot        still holds the old index   swap fails: LOST
 *
 * Who may run together
 *                 push, pop     steal      length, is_empty
 *   push, pop     same thread   together   together
 *   steal         together      together   together
 *
 * Progress: push and pop wait-free, steal wait-free (LOST means that another
 * thread got an item), all queries wait-free.
 *
 * Order: LIFO for the owner, FIFO for thieves.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_QUEUES_DEQUE_H
#define PINION_QUEUES_DEQUE_H

#include "affinity/port.h"
#include "queues/atomic.h"

typedef enum deque_outcome {
	DEQUE_OK = 0,
	DEQUE_EMPTY, /* nothing to take */
	DEQUE_FULL,  /* nothing was pushed */
	DEQUE_LOST,  /* another thread took that item; there may be more */
} deque_outcome;

typedef struct deque {
	/* Fixed before start. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_ptr *slots;
	uint64_t mask; /* capacity - 1 */
	/* Written by the owner. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 bottom; /* one above the newest item */
	uint64_t top_seen; /* plain: some former top; a lower bound, so "full" errs to full */
	/* Written by thieves, and by the owner for the last item. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 top; /* the oldest item */
} deque;

static_assert(offsetof(deque, bottom) == PINION_NOSHARE, "the owner has its line");
static_assert(offsetof(deque, top) == 2 * PINION_NOSHARE, "thieves have theirs");

static inline int64_t deque_difference(uint64_t bottom, uint64_t top)
{
	return (int64_t)(bottom - top); /* indices wrap */
}

/* Owner only: between its operations the owner's words are exact. */
static inline bool deque_is_valid(const deque *d)
{
	uint64_t bottom = u64_load_relaxed(&d->bottom);
	uint64_t top = u64_load_relaxed(&d->top); /* only grows, up to bottom */

	return d->slots != NULL && (d->mask & (d->mask + 1)) == 0 &&
	       deque_difference(bottom, top) >= 0 && deque_difference(top, d->top_seen) >= 0 &&
	       bottom - d->top_seen <= d->mask + 1;
}

/*
 * slots: `capacity` words, a power of two (1 is fine), alive as long as the deque.
 * start: the first index, any value; tests begin close to the wrap.
 */
static inline void deque_init(deque *d, atomic_ptr *slots, uint64_t capacity, uint64_t start)
{
	PINION_REQUIRE(capacity != 0 && (capacity & (capacity - 1)) == 0);
	d->slots = slots;
	d->mask = capacity - 1;
	u64_init(&d->bottom, start);
	d->top_seen = start;
	u64_init(&d->top, start);
	for (uint64_t i = 0; i < capacity; i++)
		ptr_init(&slots[i], NULL);
}

/* Owner: fill the slot at `bottom` if there is room. The caller moves bottom. */
static inline bool deque_fill(deque *d, uint64_t bottom, void *item)
{
	PINION_VALID(deque_is_valid(d));
	if (PINION_UNLIKELY(bottom - d->top_seen > d->mask)) {
		d->top_seen = u64_load_acquire(&d->top); /* [drain] */
		if (bottom - d->top_seen > d->mask)
			return false;
	}
	ptr_store_relaxed(&d->slots[bottom & d->mask], item); /* published by bottom */
	return true;
}

/* Owner: OK or FULL. */
static inline deque_outcome deque_push(deque *d, void *item)
{
	uint64_t bottom = u64_load_relaxed(&d->bottom); /* ours */

	if (!deque_fill(d, bottom, item))
		return DEQUE_FULL;
	u64_store_release(&d->bottom, bottom + 1); /* [fill] */
	return DEQUE_OK;
}

/* Owner: the same for a push after which the caller looks for sleepers (idle.h). */
static inline deque_outcome deque_push_seq_cst(deque *d, void *item)
{
	uint64_t bottom = u64_load_relaxed(&d->bottom); /* ours */

	if (!deque_fill(d, bottom, item))
		return DEQUE_FULL;
	u64_store_seq_cst(&d->bottom, bottom + 1); /* [fill] [sleep] */
	return DEQUE_OK;
}

/* Owner: the newest item in *item. OK or EMPTY; a lost race for the last is EMPTY. */
static inline deque_outcome deque_pop(deque *d, void **item)
{
	uint64_t bottom = u64_load_relaxed(&d->bottom) - 1; /* ours */
	bool won = true;

	PINION_VALID(deque_is_valid(d));
	u64_store_seq_cst(&d->bottom, bottom);        /* [last] */
	uint64_t top = u64_load_seq_cst(&d->top);     /* [last] [drain] */
	int64_t left = deque_difference(bottom, top); /* besides the item at bottom */
	d->top_seen = top;
	if (PINION_LIKELY(left > 0)) {
		*item = ptr_load_relaxed(&d->slots[bottom & d->mask]); /* we wrote it */
		return DEQUE_OK;
	}
	void *last = ptr_load_relaxed(&d->slots[bottom & d->mask]);
	if (left == 0)
		won = u64_cas_seq_cst(&d->top, &top, top + 1); /* [last] */
	u64_store_release(&d->bottom, bottom + 1); /* [fill] */
	if (left < 0 || !won)
		return DEQUE_EMPTY;
	*item = last;
	return DEQUE_OK;
}

/* Anybody: the oldest item in *item. OK, EMPTY or LOST. */
static inline deque_outcome deque_steal(deque *d, void **item)
{
	uint64_t top = u64_load_seq_cst(&d->top);       /* [last] */
	uint64_t bottom = u64_load_seq_cst(&d->bottom); /* [last] [fill] */

	if (deque_difference(bottom, top) <= 0)
		return DEQUE_EMPTY;
	/* Read before the swap: afterwards the owner may fill the slot again. */
	void *oldest = ptr_load_relaxed(&d->slots[top & d->mask]); /* [fill] */
	if (!u64_cas_seq_cst(&d->top, &top, top + 1)) /* [last] [drain] */
		return DEQUE_LOST;
	*item = oldest;
	return DEQUE_OK;
}

/* Anybody: about how many items. Never negative, never above the capacity. */
static inline uint64_t deque_length(const deque *d)
{
	uint64_t top = u64_load_relaxed(&d->top); /* a hint; decides nothing */
	int64_t n = deque_difference(u64_load_relaxed(&d->bottom), top);

	if (n < 0)
		return 0;
	return (uint64_t)n <= d->mask + 1 ? (uint64_t)n : d->mask + 1;
}

/* The re-check of a thread that has announced its sleep. */
static inline bool deque_is_empty_seq_cst(const deque *d)
{
	uint64_t top = u64_load_seq_cst(&d->top);

	return deque_difference(u64_load_seq_cst(&d->bottom), top) <= 0; /* [sleep] */
}

#endif
