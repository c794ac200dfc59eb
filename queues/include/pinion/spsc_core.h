/*
 * The algorithm of the ring from one producer to one consumer. Its users read
 * <pinion/spsc.h>; this file is installed because the code is inline.
 *
 * How it works. Items lie in blocks of one cache line. The first word of a block,
 * `filled`, says how far the producer has come in it. The producer writes an item
 * and then that word; the consumer looks at the word only when it has used up what
 * it saw there last. There is no shared index to fetch on the way: items and "they
 * are there" arrive in one line, and several lines are under way at once. Any
 * value of the type may be sent, since none is reserved for "empty".
 *
 *     block      filled │ item │ item │ item │ item │ item │ item │ item      (8-byte items)
 *     position   block number << shift | item in block; it skips what is no item
 *
 * Each side has one position up to which it need not think: the producer's `stop` is
 * the end of its block, or of the room; the consumer's `known` is the end of what it
 * saw. Everything rare (the next block, more room, a report, the end) happens there,
 * so that an operation is one comparison, the item, and the stores.
 *
 * In the other direction the consumer says only now and then, once per `batch`
 * items, how far it has drained the ring. The ring has room for batch - 1 items
 * more than asked for, so it never reports FULL with less than `capacity` items
 * inside. batch is a power of two, about capacity / 8, at most 128; below a
 * capacity of 16 it is 1 and the capacity is exact.
 *
 * Lazy pushes leave `filled` alone until stop is reached or somebody flushes; then
 * the items of one block become visible together.
 *
 * Ordering
 *   [fill]  producer stores block.filled (release) -> consumer loads it (acquire)
 *           carries: the items below and all that the producer wrote before.
 *   [drain] consumer stores drained (release) -> producer loads drained (acquire)
 *           carries: the reads of the items, whose places may be written again.
 *   [close] producer stores closed (release) -> consumer loads closed (acquire)
 *           carries: every push before the close, so one more look at the block
 *           after seeing `closed` is the last word.
 *   [sleep] of <pinion/event.h>, twice: a push, close or cancel against a consumer that goes to
 *           sleep; a report of drained or a cancel against a producer that does.
 *   tail and head are atomic only for length; each side reads its own.
 *
 *   producer                    consumer                     result
 *   --------------------------  ---------------------------  ---------------------------
 *   writes item, not yet filled looks at filled: old         EMPTY
 *   push, close                 filled old, then closed:     finds the item, not CLOSED
 *                               looks at filled again
 *   looks at drained: old       has popped, not yet said so  FULL only if `capacity` or
 *                                                            more items are inside
 *   begins a block again        still reads that block        room counts items: the places
 *                                                            it writes are drained; a
 *                                                            `filled` from further on tells
 *                                                            the truth about the items before
 *   not yet at the block        looks at filled: a round old the difference is negative:
 *                                                            EMPTY
 *   push_wait: filled, fence,   prepare, fence, filled old   the event shows the consumer:
 *   event                                                    woken
 *   push_wait: FULL, prepare,   pop_wait: drained, fence,    the event shows the producer:
 *   fence, drained old          event                        woken
 *
 * Compiles as C11 and as C++17 with GCC's or Clang's __atomic builtins.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_SPSC_CORE_H
#define PINION_SPSC_CORE_H

#include <pinion/event.h>
#include <pinion/ring_base.h>

#include <string.h>

#define PINION_SPSC_BATCH_MAX    128
#define PINION_SPSC_CAPACITY_MAX ((size_t)1 << 30)

#if defined(__cplusplus)
#define PINION__SPSC_ASSERT(cond, text) static_assert(cond, text)
#else
#define PINION__SPSC_ASSERT(cond, text) _Static_assert(cond, text)
#endif
#define PINION__SPSC_LINE       __attribute__((aligned(PINION_RING_ALIGN)))
#define PINION__SPSC_RARE(cond) __builtin_expect(!!(cond), 0)
/* The shape of a ring is known when a typed form is compiled; inlining makes it vanish. */
#define PINION__SPSC_INLINE __attribute__((always_inline, unused)) static inline
/* What happens once per block or less stays out of the way of what happens always. */
#define PINION__SPSC_RARELY __attribute__((noinline, cold, unused)) static
#define PINION__SPSC_BLOCK  64
#define PINION__SPSC_FETCH  8 /* blocks ahead */
#define PINION__SPSC_PER_BLOCK(item_bytes)                                                         \
	((item_bytes) > PINION__SPSC_BLOCK - sizeof(size_t)                                            \
	     ? 1                                                                                       \
	     : (PINION__SPSC_BLOCK - sizeof(size_t)) / (item_bytes))
#define PINION__SPSC_SHIFT(per_block)                                                              \
	((per_block) > 32   ? 6                                                                        \
	 : (per_block) > 16 ? 5                                                                        \
	 : (per_block) > 8  ? 4                                                                        \
	 : (per_block) > 4  ? 3                                                                        \
	 : (per_block) > 2  ? 2                                                                        \
	 : (per_block) > 1  ? 1                                                                        \
	                    : 0)

PINION_BEGIN_DECLS

/** Private: how items of one size lie in blocks. */
typedef struct pinion__spsc_shape {
	size_t item_bytes, per_block, shift; /* 1 << shift >= per_block */
	size_t item_offset, block_bytes;
} pinion__spsc_shape;

/**
 * A ring. The fields are private; they stand here because the code is inline.
 * Place it anywhere; it occupies six cache-line pairs of its own.
 */
typedef struct pinion_spsc {
	/* Fixed by init, but for closed, which is written once. */
	PINION__SPSC_LINE unsigned char *blocks;
	size_t mask; /* blocks - 1 */
	size_t room; /* capacity + batch - 1 */
	size_t batch;
	pinion__spsc_shape shape;
	uint32_t closed;
	/* Written by the producer. */
	PINION__SPSC_LINE size_t tail; /* position of the next push */
	size_t stop;                   /* end of tail's block, or limit if that comes first */
	size_t limit;                  /* tail may go so far before drained is looked at */
	/* Written by the consumer, for itself … */
	PINION__SPSC_LINE size_t head; /* position of the next pop */
	size_t known;                  /* items below are there; not beyond head's block or report */
	size_t report;                 /* head says at this position how far it is */
	/* … and for the producer, once per batch. */
	PINION__SPSC_LINE size_t drained;
	/* Written by who goes to sleep: the consumer here, the producer there. */
	PINION__SPSC_LINE pinion_event items;
	PINION__SPSC_LINE pinion_event space;
} pinion_spsc;

PINION__SPSC_ASSERT(sizeof(pinion_spsc) == 6 * PINION_RING_ALIGN, "one line group per writer");
PINION__SPSC_ASSERT(offsetof(pinion_spsc, tail) == 1 * PINION_RING_ALIGN, "the producer's line");
PINION__SPSC_ASSERT(offsetof(pinion_spsc, head) == 2 * PINION_RING_ALIGN, "the consumer's line");
PINION__SPSC_ASSERT(offsetof(pinion_spsc, drained) == 3 * PINION_RING_ALIGN, "the report's line");

/* ---- shapes and positions ------------------------------------------------------ */

/* The shape for items that are copied as bytes. */
static inline pinion__spsc_shape pinion__spsc_plain(size_t item_bytes)
{
	pinion__spsc_shape s;

	s.item_bytes = item_bytes;
	s.per_block = item_bytes ? PINION__SPSC_PER_BLOCK(item_bytes) : 1;
	s.shift = PINION__SPSC_SHIFT(s.per_block);
	s.item_offset = sizeof(size_t);
	s.block_bytes = 0; /* no memory is large enough */
	if (item_bytes != 0 && item_bytes < SIZE_MAX / 2)
		s.block_bytes = (sizeof(size_t) + s.per_block * item_bytes + PINION__SPSC_BLOCK - 1) /
		                PINION__SPSC_BLOCK * PINION__SPSC_BLOCK;
	return s;
}

static inline size_t pinion__spsc_batch(size_t capacity)
{
	size_t batch = 1;

	while (batch * 16 <= capacity && batch < PINION_SPSC_BATCH_MAX)
		batch *= 2;
	return batch;
}

/* A power of two, so that a mask finds a block. */
static inline size_t pinion__spsc_blocks(size_t capacity, pinion__spsc_shape s)
{
	size_t room = capacity + pinion__spsc_batch(capacity) - 1, blocks = 1;

	while (blocks < (room + s.per_block - 1) / s.per_block)
		blocks *= 2;
	return blocks;
}

static inline size_t pinion__spsc_bytes(size_t capacity, pinion__spsc_shape s)
{
	if (capacity == 0 || capacity > PINION_SPSC_CAPACITY_MAX || s.block_bytes == 0)
		return 0;
	if (s.block_bytes > SIZE_MAX / pinion__spsc_blocks(capacity, s))
		return 0;
	return pinion__spsc_blocks(capacity, s) * s.block_bytes;
}

PINION__SPSC_INLINE size_t pinion__spsc_item(pinion__spsc_shape s, size_t pos)
{
	return pos & (((size_t)1 << s.shift) - 1);
}

/* A position behind the last item of its block is the first of the next block. */
PINION__SPSC_INLINE size_t pinion__spsc_carry(pinion__spsc_shape s, size_t pos)
{
	if (pinion__spsc_item(s, pos) >= s.per_block)
		pos += ((size_t)1 << s.shift) - s.per_block;
	return pos;
}

/* The position `items` further on than pos, which is no end of a block. */
PINION__SPSC_INLINE size_t pinion__spsc_ahead(pinion__spsc_shape s, size_t pos, size_t items)
{
	size_t item = pinion__spsc_item(s, pos) + items % s.per_block;
	size_t block = (pos >> s.shift) + items / s.per_block + item / s.per_block;

	return block << s.shift | item % s.per_block;
}

/* `pos`, or the end of the block in which `from` lies when that comes first. */
PINION__SPSC_INLINE size_t pinion__spsc_within(pinion__spsc_shape s, size_t from, size_t pos)
{
	size_t end = from - pinion__spsc_item(s, from) + s.per_block;

	return (ptrdiff_t)(pos - end) < 0 ? pos : end;
}

PINION__SPSC_INLINE unsigned char *pinion__spsc_block(const pinion_spsc *r, pinion__spsc_shape s,
                                                      size_t pos)
{
	return r->blocks + (pos >> s.shift & r->mask) * s.block_bytes;
}

/* Where the item of position pos lies. */
PINION__SPSC_INLINE unsigned char *pinion__spsc_place(const pinion_spsc *r, pinion__spsc_shape s,
                                                      size_t pos)
{
	return pinion__spsc_block(r, s, pos) + s.item_offset + pinion__spsc_item(s, pos) * s.item_bytes;
}

/*
 * Items of one run. Most runs are whole blocks, of a size that is known when compiled. The empty
 * statement keeps the compiler from warning that a whole block does not fit into a small array:
 * no run is longer than the caller's array.
 */
PINION__SPSC_INLINE void pinion__spsc_copy(pinion__spsc_shape s, void *to, const void *from,
                                           size_t items)
{
	__asm__("" : "+r"(to), "+r"(from));
	if (items == s.per_block)
		memcpy(to, from, s.per_block * s.item_bytes);
	else
		memcpy(to, from, items * s.item_bytes);
}

/* start: the first position's block number, so that tests can begin close to a wrap. */
static inline int pinion__spsc_init(pinion_spsc *r, void *memory, size_t capacity,
                                    pinion__spsc_shape s, size_t start)
{
	if (r == NULL || memory == NULL || (uintptr_t)memory % PINION_RING_ALIGN != 0)
		return PINION_ERR_ARG;
	if (pinion__spsc_bytes(capacity, s) == 0)
		return PINION_ERR_RANGE;
	r->blocks = (unsigned char *)memory;
	r->mask = pinion__spsc_blocks(capacity, s) - 1;
	r->batch = pinion__spsc_batch(capacity);
	r->room = capacity + r->batch - 1;
	r->shape = s;
	r->closed = 0;
	r->tail = r->stop = r->head = r->known = r->drained = start << s.shift;
	r->limit = pinion__spsc_ahead(s, r->tail, r->room);
	r->report = pinion__spsc_ahead(s, r->head, r->batch);
	pinion_event_init(&r->items);
	pinion_event_init(&r->space);
	for (size_t block = 0; block <= r->mask; block++) {
		size_t first = (start + block) << s.shift;

		*(size_t *)(void *)pinion__spsc_block(r, s, first) = first; /* nothing filled */
	}
	return PINION_OK;
}

/* Whether positions, limits and shape fit together; only while nobody pushes or pops. */
static inline bool pinion__spsc_is_valid(const pinion_spsc *r)
{
	pinion__spsc_shape s = r->shape;

	return r->blocks != NULL && (r->mask & (r->mask + 1)) == 0 &&
	       s.per_block <= (size_t)1 << s.shift && pinion__spsc_item(s, r->tail) <= s.per_block &&
	       pinion__spsc_item(s, r->head) <= s.per_block &&
	       (ptrdiff_t)(pinion__spsc_carry(s, r->tail) - r->head) >= 0 &&
	       (ptrdiff_t)(r->stop - r->tail) >= 0 && (ptrdiff_t)(r->known - r->head) >= 0 &&
	       (ptrdiff_t)(r->head - r->drained) >= 0 && (r->closed & ~(uint32_t)1) == 0;
}

/* ---- the producer -------------------------------------------------------------- */

/*
 * Ask for a block that will be written soon, if its places are drained: it lies with the
 * consumer, and the stores of one block do not fill the time in which the next one comes.
 */
PINION__SPSC_INLINE void pinion__spsc_fetch(const pinion_spsc *r, pinion__spsc_shape s, size_t tail)
{
	size_t ahead = tail + ((size_t)PINION__SPSC_FETCH << s.shift);

	if ((ptrdiff_t)(r->limit - ahead) < 0)
		return;
#if defined(__x86_64__)
	__asm__ __volatile__("prefetchw %0" : : "m"(*pinion__spsc_block(r, s, ahead)));
#else
	__builtin_prefetch(pinion__spsc_block(r, s, ahead), 1);
#endif
}

/*
 * tail is at stop: begin the next block, or find out that there is no room. All below
 * stop is published, so FULL never hides items from the consumer that must make room.
 */
PINION__SPSC_INLINE pinion_ring_outcome pinion__spsc_turn(pinion_spsc *r, pinion__spsc_shape s)
{
	/* Both ours. */
	size_t tail = pinion__spsc_carry(s, __atomic_load_n(&r->tail, __ATOMIC_RELAXED));

	if (__atomic_load_n(&r->closed, __ATOMIC_RELAXED))
		return PINION_RING_CLOSED;
	if (tail == r->limit) {
		size_t drained = __atomic_load_n(&r->drained, __ATOMIC_ACQUIRE); /* [drain] */

		r->limit = pinion__spsc_ahead(s, drained, r->room);
		if (tail == r->limit)
			return PINION_RING_FULL;
	}
	r->stop = pinion__spsc_within(s, tail, r->limit);
	pinion__spsc_fetch(r, s, tail);
	__atomic_store_n(&r->tail, tail, __ATOMIC_RELAXED); /* only length reads it */
	return PINION_RING_OK;
}

/* All below end is there, and so is tail. end lies in the block of at, or at its end. */
PINION__SPSC_INLINE void pinion__spsc_publish(pinion_spsc *r, pinion__spsc_shape s, size_t at,
                                              size_t end)
{
	size_t *filled = (size_t *)(void *)pinion__spsc_block(r, s, at);

	__atomic_store_n(filled, end, __ATOMIC_RELEASE);   /* [fill] */
	__atomic_store_n(&r->tail, end, __ATOMIC_RELAXED); /* only length reads it */
}

PINION__SPSC_INLINE pinion_ring_outcome pinion__spsc_push(pinion_spsc *r, pinion__spsc_shape s,
                                                          const void *item)
{
	if (PINION__SPSC_RARE(__atomic_load_n(&r->tail, __ATOMIC_RELAXED) == r->stop)) { /* ours */
		pinion_ring_outcome outcome = pinion__spsc_turn(r, s);

		if (outcome != PINION_RING_OK)
			return outcome;
	}
	size_t tail = __atomic_load_n(&r->tail, __ATOMIC_RELAXED); /* ours */
	memcpy(pinion__spsc_place(r, s, tail), item, s.item_bytes);
	pinion__spsc_publish(r, s, tail, tail + 1);
	return PINION_RING_OK;
}

PINION__SPSC_INLINE pinion_ring_outcome pinion__spsc_push_lazy(pinion_spsc *r, pinion__spsc_shape s,
                                                               const void *item)
{
	if (PINION__SPSC_RARE(__atomic_load_n(&r->tail, __ATOMIC_RELAXED) == r->stop)) { /* ours */
		pinion_ring_outcome outcome = pinion__spsc_turn(r, s);

		if (outcome != PINION_RING_OK)
			return outcome;
	}
	size_t tail = __atomic_load_n(&r->tail, __ATOMIC_RELAXED); /* ours */
	memcpy(pinion__spsc_place(r, s, tail), item, s.item_bytes);
	if (PINION__SPSC_RARE(tail + 1 == r->stop))
		pinion__spsc_publish(r, s, tail, tail + 1);
	else
		__atomic_store_n(&r->tail, tail + 1, __ATOMIC_RELAXED); /* only length reads it */
	return PINION_RING_OK;
}

/* Publish what lazy pushes left behind; at a stop, or where a block begins, that is nothing. */
PINION__SPSC_INLINE void pinion__spsc_flush(pinion_spsc *r, pinion__spsc_shape s)
{
	size_t tail = __atomic_load_n(&r->tail, __ATOMIC_RELAXED); /* ours */

	if (tail != r->stop && pinion__spsc_item(s, tail) != 0)
		pinion__spsc_publish(r, s, tail, tail);
}

/* Room for *n items at most in one run. */
PINION__SPSC_INLINE pinion_ring_outcome pinion__spsc_reserve(pinion_spsc *r, pinion__spsc_shape s,
                                                             void **items, size_t *n)
{
	size_t wanted = *n;

	*n = 0;
	if (__atomic_load_n(&r->tail, __ATOMIC_RELAXED) == r->stop) { /* ours */
		pinion_ring_outcome outcome = pinion__spsc_turn(r, s);

		if (outcome != PINION_RING_OK)
			return outcome;
	}
	size_t tail = __atomic_load_n(&r->tail, __ATOMIC_RELAXED); /* ours */
	*items = pinion__spsc_place(r, s, tail);
	*n = wanted < r->stop - tail ? wanted : r->stop - tail;
	return PINION_RING_OK;
}

PINION__SPSC_INLINE void pinion__spsc_commit(pinion_spsc *r, pinion__spsc_shape s, size_t n)
{
	size_t tail = __atomic_load_n(&r->tail, __ATOMIC_RELAXED); /* ours */

	if (n > 0)
		pinion__spsc_publish(r, s, tail, tail + n);
}

/* Block by block, with one store of filled for each. */
PINION__SPSC_INLINE pinion_ring_outcome pinion__spsc_push_n(pinion_spsc *r, pinion__spsc_shape s,
                                                            const void *items, size_t n,
                                                            size_t *moved)
{
	pinion_ring_outcome outcome = PINION_RING_OK;
	size_t done = 0;

	while (done < n) {
		size_t run = n - done;
		void *places = NULL;

		outcome = pinion__spsc_reserve(r, s, &places, &run);
		if (outcome != PINION_RING_OK)
			break;
		pinion__spsc_copy(s, places, (const unsigned char *)items + done * s.item_bytes, run);
		pinion__spsc_commit(r, s, run);
		done += run;
	}
	*moved = done;
	return done > 0 ? PINION_RING_OK : outcome;
}

/* ---- the consumer -------------------------------------------------------------- */

/* head is at known: are there more items? */
PINION__SPSC_INLINE bool pinion__spsc_look(pinion_spsc *r, pinion__spsc_shape s)
{
	size_t head = __atomic_load_n(&r->head, __ATOMIC_RELAXED); /* ours */
	const size_t *filled = (const size_t *)(const void *)pinion__spsc_block(r, s, head);
	size_t end = __atomic_load_n(filled, __ATOMIC_ACQUIRE); /* [fill] */

	if (PINION__SPSC_RARE((ptrdiff_t)(end - head) <= 0))
		return false;
	end = pinion__spsc_within(s, head, end);
	r->known = (ptrdiff_t)(r->report - end) < 0 ? r->report : end;
	return true;
}

/* Consumer, nothing seen: OK when there is now, else why not. */
PINION__SPSC_RARELY pinion_ring_outcome pinion__spsc_dry(pinion_spsc *r)
{
	if (!__atomic_load_n(&r->closed, __ATOMIC_ACQUIRE)) /* [close] */
		return PINION_RING_EMPTY;
	return pinion__spsc_look(r, r->shape) ? PINION_RING_OK : PINION_RING_CLOSED;
}

/* OK: at least one item lies at head. */
PINION__SPSC_INLINE pinion_ring_outcome pinion__spsc_has(pinion_spsc *r, pinion__spsc_shape s)
{
	if (__atomic_load_n(&r->head, __ATOMIC_RELAXED) != r->known) /* ours */
		return PINION_RING_OK;
	return pinion__spsc_look(r, s) ? PINION_RING_OK : pinion__spsc_dry(r);
}

/* Everything below head is read. At known: go to the next block, report when a batch is full. */
PINION__SPSC_INLINE void pinion__spsc_popped(pinion_spsc *r, pinion__spsc_shape s, size_t head)
{
	if (PINION__SPSC_RARE(head == r->known)) {
		head = pinion__spsc_carry(s, head);
		r->known = head;
		if (PINION__SPSC_RARE((ptrdiff_t)(head - r->report) >= 0)) {
			__atomic_store_n(&r->drained, head, __ATOMIC_RELEASE); /* [drain] */
			r->report = pinion__spsc_ahead(s, head, r->batch);
		}
	}
	__atomic_store_n(&r->head, head, __ATOMIC_RELAXED); /* only length reads it */
}

PINION__SPSC_INLINE pinion_ring_outcome pinion__spsc_pop(pinion_spsc *r, pinion__spsc_shape s,
                                                         void *item)
{
	pinion_ring_outcome outcome = pinion__spsc_has(r, s);

	if (PINION__SPSC_RARE(outcome != PINION_RING_OK))
		return outcome;
	size_t head = __atomic_load_n(&r->head, __ATOMIC_RELAXED); /* ours */
	memcpy(item, pinion__spsc_place(r, s, head), s.item_bytes);
	pinion__spsc_popped(r, s, head + 1);
	return PINION_RING_OK;
}

/* At most *n items in one run. */
PINION__SPSC_INLINE pinion_ring_outcome pinion__spsc_peek(pinion_spsc *r, pinion__spsc_shape s,
                                                          void **items, size_t *n)
{
	pinion_ring_outcome outcome = pinion__spsc_has(r, s);
	size_t wanted = *n;

	*n = 0;
	if (outcome != PINION_RING_OK)
		return outcome;
	size_t head = __atomic_load_n(&r->head, __ATOMIC_RELAXED); /* ours */
	*items = pinion__spsc_place(r, s, head);
	*n = wanted < r->known - head ? wanted : r->known - head;
	return PINION_RING_OK;
}

PINION__SPSC_INLINE void pinion__spsc_release(pinion_spsc *r, pinion__spsc_shape s, size_t n)
{
	size_t head = __atomic_load_n(&r->head, __ATOMIC_RELAXED); /* ours */

	if (n > 0)
		pinion__spsc_popped(r, s, head + n);
}

PINION__SPSC_INLINE pinion_ring_outcome pinion__spsc_pop_n(pinion_spsc *r, pinion__spsc_shape s,
                                                           void *items, size_t n, size_t *moved)
{
	pinion_ring_outcome outcome = PINION_RING_OK;
	size_t done = 0;

	while (done < n) {
		size_t run = n - done;
		void *places = NULL;

		outcome = pinion__spsc_peek(r, s, &places, &run);
		if (outcome != PINION_RING_OK)
			break;
		pinion__spsc_copy(s, (unsigned char *)items + done * s.item_bytes, places, run);
		pinion__spsc_release(r, s, run);
		done += run;
	}
	*moved = done;
	return done > 0 ? PINION_RING_OK : outcome;
}

/* ---- waiting ------------------------------------------------------------------- */

/* The producer found no room: look some more, then sleep until there is. */
PINION__SPSC_RARELY pinion_ring_outcome pinion__spsc_push_slow(pinion_spsc *r, const void *item,
                                                               const pinion_ring_wait *wait)
{
	pinion_ring_outcome outcome = PINION_RING_FULL, end = PINION_RING_OK;

	for (unsigned looks = 0; outcome == PINION_RING_FULL && end == PINION_RING_OK; looks++) {
		if (pinion__ring_spin(looks)) {
			outcome = pinion__spsc_push(r, r->shape, item);
			continue;
		}
		uint64_t key = pinion_event_prepare(&r->space); /* [sleep] */

		outcome = pinion__spsc_push(r, r->shape, item);
		if (outcome == PINION_RING_FULL) {
			pinion_event_notify(&r->items); /* [sleep] what a try form pushed before us */
			end = pinion__ring_sleep(&r->space, key, wait);
		} else {
			pinion_event_cancel(&r->space, key);
		}
	}
	if (outcome == PINION_RING_FULL) /* the deadline came with the room */
		outcome = pinion__spsc_push(r, r->shape, item);
	return outcome == PINION_RING_FULL ? end : outcome;
}

/* The consumer found nothing: look some more, then sleep until there is. */
PINION__SPSC_RARELY pinion_ring_outcome pinion__spsc_pop_slow(pinion_spsc *r, void *item,
                                                              const pinion_ring_wait *wait)
{
	pinion_ring_outcome outcome = PINION_RING_EMPTY, end = PINION_RING_OK;

	for (unsigned looks = 0; outcome == PINION_RING_EMPTY && end == PINION_RING_OK; looks++) {
		if (pinion__ring_spin(looks)) {
			outcome = pinion__spsc_pop(r, r->shape, item);
			continue;
		}
		uint64_t key = pinion_event_prepare(&r->items); /* [sleep] */

		outcome = pinion__spsc_pop(r, r->shape, item);
		if (outcome == PINION_RING_EMPTY) {
			pinion_event_notify(&r->space); /* [sleep] what a try form popped before us */
			end = pinion__ring_sleep(&r->items, key, wait);
		} else {
			pinion_event_cancel(&r->items, key);
		}
	}
	if (outcome == PINION_RING_EMPTY) /* the deadline came with the item */
		outcome = pinion__spsc_pop(r, r->shape, item);
	return outcome == PINION_RING_EMPTY ? end : outcome;
}

PINION__SPSC_INLINE pinion_ring_outcome pinion__spsc_push_wait(pinion_spsc *r, pinion__spsc_shape s,
                                                               const void *item,
                                                               const pinion_ring_wait *wait)
{
	pinion_ring_outcome outcome = pinion__spsc_push(r, s, item);

	if (PINION__SPSC_RARE(outcome == PINION_RING_FULL))
		outcome = pinion__spsc_push_slow(r, item, wait);
	if (outcome == PINION_RING_OK)
		pinion_event_notify(&r->items); /* [sleep] */
	return outcome;
}

PINION__SPSC_INLINE pinion_ring_outcome pinion__spsc_pop_wait(pinion_spsc *r, pinion__spsc_shape s,
                                                              void *item,
                                                              const pinion_ring_wait *wait)
{
	size_t report = r->report;
	pinion_ring_outcome outcome = pinion__spsc_pop(r, s, item);

	if (PINION__SPSC_RARE(outcome == PINION_RING_EMPTY))
		outcome = pinion__spsc_pop_slow(r, item, wait);
	if (PINION__SPSC_RARE(report != r->report))
		pinion_event_notify(&r->space); /* [sleep] the producer has room */
	return outcome;
}

PINION_END_DECLS

#endif
