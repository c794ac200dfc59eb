/*
 * Free-list: which of n things are free, by index. Any thread gets one, any thread
 * puts one back; the last one put is the first one got, so it is warm.
 *
 *      head {tag, 2} ─► next[2] = 0 ─► next[0] = 5 ─► next[5] = none
 *
 * A stack of indices. What is linked are entries of an array that the caller hands in
 * and that never goes away, so a thread may read next[i] of an index that another one
 * has just got: it reads an old number, no dead memory.
 *
 * ABA. A get reads head = i and next[i] = k, and stops. Meanwhile others get i, get k
 * and put i back: head is i again, but next[i] is not k. If the swap succeeded now, k
 * would be on the list and in use. So a tag lies beside the index and each get counts
 * it up. A put need not: for i to be on top again somebody must have got it. The tag
 * comes round after 2^32 gets; a thread would have to stop between its load and its
 * swap for exactly a multiple of that, more than a minute of nothing but gets, and
 * find the same index.
 *
 * Why no queue of indices with fetch-and-add (SCQ): it holds out better when many
 * processors do nothing but get and put. Here a get pays for a block of tasks, and the
 * queue would hand out the coldest block, need twice the memory, and have a gap
 * between claim and publish in which a stopped thread holds up others.
 *
 * Ordering
 *   [put]  put swaps head (release) -> get loads head (acquire)
 *          carries: next[i], and what the putter wrote into thing i. All who change
 *          head swap it, so the puts since the beginning are one release sequence
 *          and the load pairs with the put of each index that is on the list.
 *
 *   get                         other                        result
 *   --------------------------  ---------------------------  --------------------------
 *   loads head {t, i}           gets i                       the swap fails, next round
 *   loads head {t, i}           gets i, puts i               the swap fails: tag is t + 1
 *   loads head {t, i}           puts j                       the swap fails, next round
 *   loads head: none            puts                         EMPTY, as if it came before
 *
 * Who may run together: everything but init with everything; an index that is free
 * must not be put. Progress: lock-free (a retry means that another one won).
 * There is no length: counting would cost a second shared word per operation.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_QUEUES_FREELIST_H
#define PINION_QUEUES_FREELIST_H

#include "affinity/port.h"
#include "queues/atomic.h"

#define FREELIST_NONE UINT32_MAX

enum freelist_outcome {
	FREELIST_OK = 0,
	FREELIST_EMPTY,
};

typedef struct freelist {
	/* Fixed before start. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u32 *next; /* [count] */
	uint32_t count;

	/* Written by all. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 head; /* tag:32 | index:32 */
} freelist;

static_assert(offsetof(freelist, head) == PINION_NOSHARE, "what is swapped has a line");

static inline bool freelist_is_valid(const freelist *f)
{
	uint32_t top = (uint32_t)u64_load_relaxed(&f->head);

	return f->next != NULL && f->count < FREELIST_NONE && (top == FREELIST_NONE || top < f->count);
}

/* All of 0 .. count - 1 are free, 0 on top. next[count] is borrowed; tag: where it starts. */
static inline void freelist_init(freelist *f, atomic_u32 *next, uint32_t count, uint32_t tag)
{
	PINION_REQUIRE(count < FREELIST_NONE);
	f->next = next;
	f->count = count;
	for (uint32_t i = 0; i < count; i++)
		u32_init(&next[i], i + 1 < count ? i + 1 : FREELIST_NONE);
	u64_init(&f->head, (uint64_t)tag << 32 | (count > 0 ? 0 : FREELIST_NONE));
}

/* Any thread: *index is the caller's now. */
static inline enum freelist_outcome freelist_get(freelist *f, uint32_t *index)
{
	uint64_t head, after;

	PINION_VALID(freelist_is_valid(f));
	do {
		head = u64_load_acquire(&f->head); /* [put] also after a swap that failed */
		if ((uint32_t)head == FREELIST_NONE)
			return FREELIST_EMPTY;
		/* Relaxed: [put] has carried it; if it is newer than that, the swap fails. */
		after = u32_load_relaxed(&f->next[(uint32_t)head]);
		after |= ((head >> 32) + 1) << 32;
		/* Relaxed: it publishes nothing, and only continues what the puts released. */
	} while (!u64_cas_relaxed(&f->head, &head, after));
	*index = (uint32_t)head;
	return FREELIST_OK;
}

/* Any thread: give back what was got. */
static inline void freelist_put(freelist *f, uint32_t index)
{
	/* Relaxed: an expected value and the number to link; both are compared by the swap. */
	uint64_t head = u64_load_relaxed(&f->head), after;

	PINION_VALID(freelist_is_valid(f));
	PINION_REQUIRE(index < f->count);
	do {
		u32_store_relaxed(&f->next[index], (uint32_t)head); /* [put] carries it */
		after = head >> 32 << 32 | index;
	} while (!u64_cas_release(&f->head, &head, after)); /* [put] */
}

/* A probe. */
static inline bool freelist_is_empty(const freelist *f)
{
	return (uint32_t)u64_load_relaxed(&f->head) == FREELIST_NONE; /* relaxed: a hint */
}

#endif
