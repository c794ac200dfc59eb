/*
 * Lossy ring: one writer that never waits and overwrites the oldest item; any number
 * of readers, each with its own cursor, that copy items out and learn exactly how many
 * they have missed. For traces.
 *
 *      item number   … 12  13  14  15  16  17 …        capacity 4
 *                          └── kept ──┘   ▲
 *      cursor at 12: lost 1, goes on at 13 │ next to be written, over 13
 *
 * An item is a fixed count of 64-bit words. In front of each slot stands its stamp:
 * 2n + 1 while item n is being written, 2n + 2 when it is there. A reader looks at the
 * stamp, copies the words and looks at the stamp again: if it is still the same, the
 * copy is whole. The words are atomic, so a copy that has gone wrong is no data race,
 * only thrown away.
 *
 * The writer claims its number by one addition, so a signal handler that interrupts a
 * write in the same thread may write too: it gets the number after. Handlers must not
 * write `capacity` items or more inside one interrupted write.
 *
 * Ordering
 *   [item]  writer stores stamp 2n + 2 (release) -> reader loads stamp (acquire)
 *           carries: the words of item n.
 *   [torn]  writer stores a word of item n (release) -> reader loads it (acquire)
 *           carries: the stamp 2n + 1, which was stored before. So a reader that has
 *           seen even one word of a later item sees that the stamp has changed. What
 *           fails with relaxed words: new words under the old stamp, taken for whole.
 *   [close] close stores closed (release) -> reader loads closed (acquire)
 *           carries: all items, so that CLOSED comes after the last.
 *
 *   reader at n                  writer                      result
 *   ---------------------------  --------------------------  ---------------------------
 *   stamp is older than 2n + 1   has not come here           EMPTY
 *   stamp is 2n + 1              is writing it               BUSY
 *   stamp is 2n + 2, twice       —                           OK
 *   stamp is 2n + 2, then newer  comes round in between      LOST: cursor moves on
 *   stamp is newer               has come round              LOST: cursor moves on
 *   EMPTY, then closed is seen   wrote in between            looks once more: OK
 *
 * Who may run together
 *             put, close            read
 *   put       same thread, nested   together
 *   read      together              together; one cursor: same thread
 *
 * Progress: all wait-free; put is also async-signal-safe. A reader that is slower than
 * the writer may get LOST again and again, each time with a count.
 * Order: FIFO with gaps that are reported.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_QUEUES_LOSSY_H
#define PINION_QUEUES_LOSSY_H

#include "affinity/port.h"
#include "queues/atomic.h"

enum lossy_outcome {
	LOSSY_OK = 0,
	LOSSY_EMPTY,  /* nothing new */
	LOSSY_BUSY,   /* the next item is being written */
	LOSSY_LOST,   /* items were overwritten: the cursor has moved on and counted them; read again */
	LOSSY_CLOSED, /* nothing new, for ever */
};

typedef struct lossy {
	/* Fixed before start. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 *memory; /* [capacity][1 + words]: stamp, words */
	uint64_t mask, start;
	uint32_t words;

	/* Written by the writer. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 next; /* number of the next item */
	atomic_u32 closed;
} lossy;

/* A reader's own. Items got and lost together are next minus where it began. */
typedef struct lossy_cursor {
	uint64_t next; /* number of the item to read */
	uint64_t lost; /* so far */
} lossy_cursor;

static_assert(offsetof(lossy, next) == PINION_NOSHARE, "the writer has a line");

static inline bool lossy_is_valid(const lossy *l)
{
	return l->memory != NULL && (l->mask & (l->mask + 1)) == 0 && l->words >= 1 &&
	       u32_load_relaxed(&l->closed) <= 1;
}

/* How many atomic words the caller hands in. */
static inline size_t lossy_memory_words(uint64_t capacity, uint32_t words)
{
	return (size_t)capacity * (1 + (size_t)words);
}

/* Capacity: a power of two. words: of one item. start: the number of the first item. */
static inline void lossy_init(lossy *l, atomic_u64 *memory, uint64_t capacity, uint32_t words,
                              uint64_t start)
{
	PINION_REQUIRE(capacity >= 1 && (capacity & (capacity - 1)) == 0 && words >= 1);
	l->memory = memory;
	l->mask = capacity - 1;
	l->start = start;
	l->words = words;
	u64_init(&l->next, start);
	u32_init(&l->closed, 0);
	for (uint64_t n = start - capacity; n != start; n++) /* as if a round were over */
		for (uint32_t w = 0; w <= words; w++)
			u64_init(&memory[(n & l->mask) * (1 + (uint64_t)words) + w], w == 0 ? 2 * n + 2 : 0);
}

static inline atomic_u64 *lossy_slot(const lossy *l, uint64_t n)
{
	return &l->memory[(n & l->mask) * (1 + (uint64_t)l->words)];
}

/* ---- the writer ------------------------------------------------------------- */

/* Writer: item[words] is the newest now. */
static inline void lossy_put(lossy *l, const uint64_t *item)
{
	/* One addition, as a handler may come between a load and a store. Relaxed: readers
	 * use it as a hint. */
	uint64_t n = u64_add_relaxed(&l->next, 1);
	atomic_u64 *slot = lossy_slot(l, n);

	PINION_VALID(lossy_is_valid(l));
	u64_store_relaxed(&slot[0], 2 * n + 1); /* [torn] carries it */
	for (uint32_t w = 0; w < l->words; w++)
		u64_store_release(&slot[1 + w], item[w]); /* [torn] */
	u64_store_release(&slot[0], 2 * n + 2);       /* [item] */
}

/* Writer, after its last item. */
static inline void lossy_close(lossy *l)
{
	u32_store_release(&l->closed, 1); /* [close] */
}

/* ---- readers ---------------------------------------------------------------- */

/* Begin with the next item that is written. Relaxed: any moment is as good. */
static inline lossy_cursor lossy_follow(const lossy *l)
{
	return (lossy_cursor){u64_load_relaxed(&l->next), 0};
}

/* Begin with the oldest item that may still be there; what is gone does not count as lost. */
static inline lossy_cursor lossy_rewind(const lossy *l)
{
	uint64_t next = u64_load_relaxed(&l->next); /* relaxed: read says what is there */
	uint64_t kept = next - l->start > l->mask ? l->mask + 1 : next - l->start;

	return (lossy_cursor){next - kept, 0};
}

/* Items that wait for this cursor, about: 0 .. capacity. */
static inline uint64_t lossy_length(const lossy *l, const lossy_cursor *c)
{
	int64_t ahead = (int64_t)(u64_load_relaxed(&l->next) - c->next); /* relaxed: a hint */

	if (ahead < 0)
		return 0;
	return (uint64_t)ahead > l->mask ? l->mask + 1 : (uint64_t)ahead;
}

/* The slot has item c->next + ahead instead: go on with the oldest that may be left. */
static inline enum lossy_outcome lossy_skip(const lossy *l, lossy_cursor *c, uint64_t ahead)
{
	uint64_t kept = l->mask + 1;
	/* Relaxed: that more has been written since saves a vain try, no more. */
	uint64_t claimed = u64_load_relaxed(&l->next) - c->next;
	uint64_t skip = ((int64_t)(claimed - ahead) > 1 ? claimed : ahead + 1) - kept;

	c->next += skip;
	c->lost += skip;
	return LOSSY_LOST;
}

/* What is there for this cursor, if the stamp is not newer. */
static inline enum lossy_outcome lossy_copy(const lossy *l, lossy_cursor *c, uint64_t *item)
{
	const atomic_u64 *slot = lossy_slot(l, c->next);
	uint64_t want = 2 * c->next + 2, stamp = u64_load_acquire(&slot[0]); /* [item] */

	if (stamp == want) {
		for (uint32_t w = 0; w < l->words; w++)
			item[w] = u64_load_acquire(&slot[1 + w]); /* [torn] */
		stamp = u64_load_relaxed(&slot[0]);           /* [torn] has carried what matters */
	}
	if ((int64_t)(stamp - want) > 0)
		return lossy_skip(l, c, (stamp - want + 1) / 2);
	if (stamp != want)
		return stamp == want - 1 ? LOSSY_BUSY : LOSSY_EMPTY;
	c->next++;
	return LOSSY_OK;
}

/*
 * The owner of the cursor: copy the next item to item[words]. On LOST, c->lost has
 * grown by the items missed. item[] is undefined unless OK.
 */
static inline enum lossy_outcome lossy_read(const lossy *l, lossy_cursor *c, uint64_t *item)
{
	enum lossy_outcome outcome = lossy_copy(l, c, item);

	PINION_VALID(lossy_is_valid(l));
	if (outcome != LOSSY_EMPTY || u32_load_acquire(&l->closed) == 0) /* [close] */
		return outcome;
	outcome = lossy_copy(l, c, item);
	return outcome == LOSSY_EMPTY ? LOSSY_CLOSED : outcome;
}

#endif
