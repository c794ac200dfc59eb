/*
 * Ring: a bounded queue from one producer thread to one consumer thread.
 *
 *     #include <pinion/ring.h>
 *     PINION_RING_DEFINE(samples, double);      // type samples, samples_push, samples_pop, …
 *
 * There are two forms of one algorithm: PINION_RING_DEFINE makes typed functions
 * that compile to a handful of instructions, and pinion_ring_* takes the item size
 * at run time, for bindings and plug-ins. Both use memory of the caller, which can
 * therefore lie on the node of the consumer. Everything here is inline and so part
 * of the binary interface: the layout changes only with the major version.
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
 * In the other direction the consumer says only now and then, once per `batch`
 * items, how far it has drained the ring. The ring has room for batch - 1 items
 * more than asked for, so it never reports FULL with less than `capacity` items
 * inside. batch is a power of two, about capacity / 8, at most 128; below a
 * capacity of 16 it is 1 and the capacity is exact.
 *
 * An item is visible when push returns: nothing is held back until a line is full.
 *
 * Ordering
 *   [fill]  producer stores block.filled (release) -> consumer loads it (acquire)
 *           carries: the items below and all that the producer wrote before.
 *   [drain] consumer stores drained (release) -> producer loads drained (acquire)
 *           carries: the reads of the items, whose places may be written again.
 *   [close] producer stores closed (release) -> consumer loads closed (acquire)
 *           carries: every push before the close, so one more look at the block
 *           after seeing `closed` is the last word.
 *   tail and head are atomic only for pinion_ring_length(); each side reads its own.
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
 *
 * Who may run together
 *                 push*, close    pop*         length
 *   push*, close  same thread     together     together
 *   pop*          together        same thread  together
 *   init          never with anything
 *
 * "Same thread" may change hands if the caller synchronises the hand-over.
 * Progress: all operations are wait-free; none allocates, waits or calls the system.
 *
 * Compiles as C11 and as C++17 with GCC's or Clang's __atomic builtins.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_RING_H
#define PINION_RING_H

#include <pinion/base.h>

#include <stdalign.h>
#include <string.h>

/* The memory of a ring begins at a multiple of this. */
#define PINION_RING_ALIGN 128
#define PINION_RING_BATCH_MAX 128
#define PINION_RING_CAPACITY_MAX ((size_t)1 << 30)

#if defined(__cplusplus)
#define PINION__RING_ASSERT(cond, text) static_assert(cond, text)
#else
#define PINION__RING_ASSERT(cond, text) _Static_assert(cond, text)
#endif
#define PINION__RING_LINE __attribute__((aligned(PINION_RING_ALIGN)))
#define PINION__RING_RARE(cond) __builtin_expect(!!(cond), 0)
/* The shape of a ring is known when a typed form is compiled; inlining makes it vanish. */
#define PINION__RING_INLINE __attribute__((always_inline, unused)) static inline
#define PINION__RING_BLOCK 64
#define PINION__RING_PER_BLOCK(item_bytes)                                                       \
	((item_bytes) > PINION__RING_BLOCK - sizeof(size_t)                                          \
	     ? 1                                                                                     \
	     : (PINION__RING_BLOCK - sizeof(size_t)) / (item_bytes))
#define PINION__RING_SHIFT(per_block)                                                            \
	((per_block) > 32 ? 6                                                                        \
	 : (per_block) > 16 ? 5                                                                      \
	 : (per_block) > 8  ? 4                                                                      \
	 : (per_block) > 4  ? 3                                                                      \
	 : (per_block) > 2  ? 2                                                                      \
	 : (per_block) > 1  ? 1                                                                      \
	                    : 0)

PINION_BEGIN_DECLS

/** What a push or pop came to. */
typedef enum pinion_ring_outcome {
	PINION_RING_OK = 0, /**< the item was moved */
	PINION_RING_EMPTY,  /**< nothing to pop now */
	PINION_RING_FULL,   /**< no room to push now */
	PINION_RING_CLOSED, /**< push: the ring is closed; pop: closed and drained */
} pinion_ring_outcome;

/** Private: how items of one size lie in blocks. */
typedef struct pinion__ring_shape {
	size_t item_bytes, per_block, shift; /* 1 << shift >= per_block */
	size_t item_offset, block_bytes;
} pinion__ring_shape;

/**
 * A ring. The fields are private; they stand here because the code is inline.
 * Place it anywhere; it occupies four cache-line pairs of its own.
 */
typedef struct pinion_ring {
	/* Fixed by init, but for closed, which is written once. */
	PINION__RING_LINE unsigned char *blocks;
	size_t mask;  /* blocks - 1 */
	size_t room;  /* capacity + batch - 1 */
	size_t batch;
	pinion__ring_shape shape;
	uint32_t closed;
	/* Written by the producer. */
	PINION__RING_LINE size_t tail; /* position of the next push */
	size_t limit;                  /* tail may go so far before drained is looked at */
	/* Written by the consumer, for itself … */
	PINION__RING_LINE size_t head; /* position of the next pop */
	size_t known;                  /* items below are there: the last look at filled */
	size_t report;                 /* head says at this position how far it is */
	/* … and for the producer, once per batch. */
	PINION__RING_LINE size_t drained;
} pinion_ring;

PINION__RING_ASSERT(sizeof(pinion_ring) == 4 * PINION_RING_ALIGN, "one line group per writer");

/* ---- private parts of both forms --------------------------------------------- */

/* The shape for items that are copied as bytes. */
static inline pinion__ring_shape pinion__ring_plain(size_t item_bytes)
{
	pinion__ring_shape s;

	s.item_bytes = item_bytes;
	s.per_block = item_bytes ? PINION__RING_PER_BLOCK(item_bytes) : 1;
	s.shift = PINION__RING_SHIFT(s.per_block);
	s.item_offset = sizeof(size_t);
	s.block_bytes = 0; /* no memory is large enough */
	if (item_bytes != 0 && item_bytes < SIZE_MAX / 2)
		s.block_bytes = (sizeof(size_t) + s.per_block * item_bytes + PINION__RING_BLOCK - 1) /
		                PINION__RING_BLOCK * PINION__RING_BLOCK;
	return s;
}

static inline size_t pinion__ring_batch(size_t capacity)
{
	size_t batch = 1;

	while (batch * 16 <= capacity && batch < PINION_RING_BATCH_MAX)
		batch *= 2;
	return batch;
}

/* A power of two, so that a mask finds a block. */
static inline size_t pinion__ring_blocks(size_t capacity, pinion__ring_shape s)
{
	size_t room = capacity + pinion__ring_batch(capacity) - 1, blocks = 1;

	while (blocks < (room + s.per_block - 1) / s.per_block)
		blocks *= 2;
	return blocks;
}

static inline size_t pinion__ring_bytes(size_t capacity, pinion__ring_shape s)
{
	if (capacity == 0 || capacity > PINION_RING_CAPACITY_MAX || s.block_bytes == 0)
		return 0;
	if (s.block_bytes > SIZE_MAX / pinion__ring_blocks(capacity, s))
		return 0;
	return pinion__ring_blocks(capacity, s) * s.block_bytes;
}

PINION__RING_INLINE size_t pinion__ring_item(pinion__ring_shape s, size_t pos)
{
	return pos & (((size_t)1 << s.shift) - 1);
}

/*
 * A position behind the last item of its block is the first of the next block. A
 * branch, which the processor foresees, and no arithmetic: each operation waits for
 * the position of the one before. The empty statement keeps it a branch.
 */
PINION__RING_INLINE size_t pinion__ring_carry(pinion__ring_shape s, size_t pos)
{
	if (PINION__RING_RARE(pinion__ring_item(s, pos) >= s.per_block)) {
		__asm__("" : "+r"(pos));
		pos += ((size_t)1 << s.shift) - s.per_block;
	}
	return pos;
}

/* The position `items` further on. */
static inline size_t pinion__ring_ahead(pinion__ring_shape s, size_t pos, size_t items)
{
	size_t item = pinion__ring_item(s, pos) + items % s.per_block;
	size_t block = (pos >> s.shift) + items / s.per_block + item / s.per_block;

	return block << s.shift | item % s.per_block;
}

PINION__RING_INLINE unsigned char *pinion__ring_block(const pinion_ring *r, pinion__ring_shape s,
                                                      size_t pos)
{
	return r->blocks + (pos >> s.shift & r->mask) * s.block_bytes;
}

PINION__RING_INLINE unsigned char *pinion__ring_place(pinion__ring_shape s, unsigned char *block,
                                                      size_t pos)
{
	return block + s.item_offset + pinion__ring_item(s, pos) * s.item_bytes;
}

/* How many items lie from pos to end, but not beyond the block of pos. */
PINION__RING_INLINE size_t pinion__ring_run(pinion__ring_shape s, size_t pos, size_t end)
{
	if (pos >> s.shift == end >> s.shift)
		return end - pos;
	return s.per_block - pinion__ring_item(s, pos);
}

/* start: the first position's block number, so that tests can begin close to a wrap. */
static inline int pinion__ring_init(pinion_ring *r, void *memory, size_t capacity,
                                    pinion__ring_shape s, size_t start)
{
	if (r == NULL || memory == NULL || (uintptr_t)memory % PINION_RING_ALIGN != 0)
		return PINION_ERR_ARG;
	if (pinion__ring_bytes(capacity, s) == 0)
		return PINION_ERR_RANGE;
	r->blocks = (unsigned char *)memory;
	r->mask = pinion__ring_blocks(capacity, s) - 1;
	r->batch = pinion__ring_batch(capacity);
	r->room = capacity + r->batch - 1;
	r->shape = s;
	r->closed = 0;
	r->tail = r->head = r->known = r->drained = start << s.shift;
	r->limit = pinion__ring_ahead(s, r->tail, r->room);
	r->report = pinion__ring_ahead(s, r->head, r->batch);
	for (size_t block = 0; block <= r->mask; block++) {
		size_t first = (start + block) << s.shift;

		*(size_t *)(void *)pinion__ring_block(r, s, first) = first; /* nothing filled */
	}
	return PINION_OK;
}

/* Producer, out of room: look how far the consumer is. */
static inline pinion_ring_outcome pinion__ring_refill(pinion_ring *r, pinion__ring_shape s,
                                                      size_t tail)
{
	if (__atomic_load_n(&r->closed, __ATOMIC_RELAXED)) /* our own word */
		return PINION_RING_CLOSED;
	size_t drained = __atomic_load_n(&r->drained, __ATOMIC_ACQUIRE); /* [drain] */
	r->limit = pinion__ring_ahead(s, drained, r->room);
	return tail == r->limit ? PINION_RING_FULL : PINION_RING_OK;
}

/* Consumer, at the end of what it knows: are there more items in the block of head? */
PINION__RING_INLINE int pinion__ring_look(pinion_ring *r, pinion__ring_shape s, size_t head)
{
	const size_t *filled = (const size_t *)(const void *)pinion__ring_block(r, s, head);
	size_t end = __atomic_load_n(filled, __ATOMIC_ACQUIRE); /* [fill] */

	if (PINION__RING_RARE((ptrdiff_t)(end - head) <= 0))
		return 0;
	r->known = pinion__ring_carry(s, end);
	return 1;
}

/* Consumer, nothing seen: OK when there is now, else why not. */
static inline pinion_ring_outcome pinion__ring_dry(pinion_ring *r, pinion__ring_shape s,
                                                   size_t head)
{
	if (!__atomic_load_n(&r->closed, __ATOMIC_ACQUIRE)) /* [close] */
		return PINION_RING_EMPTY;
	return pinion__ring_look(r, s, head) ? PINION_RING_OK : PINION_RING_CLOSED;
}

/* Consumer: everything below head is read; say so when a batch is complete. */
PINION__RING_INLINE void pinion__ring_popped(pinion_ring *r, pinion__ring_shape s, size_t head)
{
	__atomic_store_n(&r->head, head, __ATOMIC_RELAXED); /* only length reads it */
	if (PINION__RING_RARE((ptrdiff_t)(head - r->report) >= 0)) {
		__atomic_store_n(&r->drained, head, __ATOMIC_RELEASE); /* [drain] */
		r->report = pinion__ring_ahead(s, head, r->batch);
	}
}

PINION__RING_INLINE pinion_ring_outcome pinion__ring_push(pinion_ring *r, pinion__ring_shape s,
                                                          const void *item)
{
	size_t tail = __atomic_load_n(&r->tail, __ATOMIC_RELAXED); /* ours */

	if (PINION__RING_RARE(tail == r->limit)) {
		pinion_ring_outcome outcome = pinion__ring_refill(r, s, tail);

		if (outcome != PINION_RING_OK)
			return outcome;
	}
	unsigned char *block = pinion__ring_block(r, s, tail);
	memcpy(pinion__ring_place(s, block, tail), item, s.item_bytes);
	__atomic_store_n((size_t *)(void *)block, tail + 1, __ATOMIC_RELEASE); /* [fill] */
	/* Relaxed: only length reads it. */
	__atomic_store_n(&r->tail, pinion__ring_carry(s, tail + 1), __ATOMIC_RELAXED);
	return PINION_RING_OK;
}

PINION__RING_INLINE pinion_ring_outcome pinion__ring_pop(pinion_ring *r, pinion__ring_shape s,
                                                         void *item)
{
	size_t head = __atomic_load_n(&r->head, __ATOMIC_RELAXED); /* ours */

	if (head == r->known && !pinion__ring_look(r, s, head)) {
		pinion_ring_outcome outcome = pinion__ring_dry(r, s, head);

		if (outcome != PINION_RING_OK)
			return outcome;
	}
	memcpy(item, pinion__ring_place(s, pinion__ring_block(r, s, head), head), s.item_bytes);
	pinion__ring_popped(r, s, pinion__ring_carry(s, head + 1));
	return PINION_RING_OK;
}

/* Block by block, with one store of filled for each. */
PINION__RING_INLINE pinion_ring_outcome pinion__ring_push_n(pinion_ring *r, pinion__ring_shape s,
                                                            const void *items, size_t n,
                                                            size_t *moved)
{
	size_t tail = __atomic_load_n(&r->tail, __ATOMIC_RELAXED), done = 0; /* ours */
	pinion_ring_outcome outcome = PINION_RING_OK;

	while (done < n) {
		if (PINION__RING_RARE(tail == r->limit)) {
			outcome = pinion__ring_refill(r, s, tail);
			if (outcome != PINION_RING_OK)
				break;
		}
		size_t run = pinion__ring_run(s, tail, r->limit);
		run = run < n - done ? run : n - done;
		unsigned char *block = pinion__ring_block(r, s, tail);
		memcpy(pinion__ring_place(s, block, tail),
		       (const unsigned char *)items + done * s.item_bytes, run * s.item_bytes);
		__atomic_store_n((size_t *)(void *)block, tail + run, __ATOMIC_RELEASE); /* [fill] */
		tail = pinion__ring_carry(s, tail + run);
		done += run;
	}
	__atomic_store_n(&r->tail, tail, __ATOMIC_RELAXED); /* only length reads it */
	*moved = done;
	return done > 0 ? PINION_RING_OK : outcome;
}

PINION__RING_INLINE pinion_ring_outcome pinion__ring_pop_n(pinion_ring *r, pinion__ring_shape s,
                                                           void *items, size_t n, size_t *moved)
{
	size_t head = __atomic_load_n(&r->head, __ATOMIC_RELAXED), done = 0; /* ours */
	pinion_ring_outcome outcome = PINION_RING_OK;

	while (done < n) {
		if (head == r->known && !pinion__ring_look(r, s, head)) {
			if (done > 0)
				break;
			outcome = pinion__ring_dry(r, s, head);
			if (outcome != PINION_RING_OK)
				break;
		}
		size_t run = pinion__ring_run(s, head, r->known);
		run = run < n - done ? run : n - done;
		memcpy((unsigned char *)items + done * s.item_bytes,
		       pinion__ring_place(s, pinion__ring_block(r, s, head), head), run * s.item_bytes);
		head = pinion__ring_carry(s, head + run);
		done += run;
	}
	pinion__ring_popped(r, s, head);
	*moved = done;
	return outcome;
}

/* ---- item size at run time ----------------------------------------------------- */

/**
 * How much memory a ring needs.
 *
 * @param capacity    items that shall fit at the least, 1 .. PINION_RING_CAPACITY_MAX.
 * @param item_bytes  size of one item, not 0.
 *
 * @return the bytes, or 0 when a parameter is out of range.
 *
 * Threads:   any.
 * Blocking:  never.
 * Since:     0.1
 */
static inline size_t pinion_ring_bytes(size_t capacity, size_t item_bytes)
{
	return pinion__ring_bytes(capacity, pinion__ring_plain(item_bytes));
}

/**
 * Make an empty, open ring on memory of the caller.
 *
 * There is no fini: the ring holds nothing but the memory, and ends with it.
 *
 * @param r           the ring, any storage.
 * @param memory      pinion_ring_bytes(capacity, item_bytes) bytes, aligned to
 *                    PINION_RING_ALIGN, alive as long as the ring.
 * @param capacity    items that fit at the least; capacity / 8 more may fit.
 * @param item_bytes  size of one item.
 *
 * @return 0                 the ring is ready.
 * @return PINION_ERR_ARG    r or memory is NULL, or memory is not aligned.
 * @return PINION_ERR_RANGE  capacity or item_bytes is out of range (pinion_ring_bytes gives 0).
 *
 * Threads:   before any other thread uses the ring.
 * Blocking:  never.
 * Since:     0.1
 */
PINION_MUST_CHECK static inline int pinion_ring_init(pinion_ring *r, void *memory, size_t capacity,
                                                     size_t item_bytes)
{
	return pinion__ring_init(r, memory, capacity, pinion__ring_plain(item_bytes), 0);
}

/**
 * Push up to n items, in order.
 *
 * @param r      a ring made by pinion_ring_init().
 * @param items  n items, copied; may be NULL when n is 0.
 * @param moved  receives how many were pushed, 0 .. n.
 *
 * @return PINION_RING_OK      at least one was pushed, or n is 0; each is visible.
 * @return PINION_RING_FULL    none: the ring holds at least its capacity.
 * @return PINION_RING_CLOSED  none: the ring was closed.
 *
 * Threads:   the producer, together with the consumer.
 * Ordering:  what the producer wrote before is visible to the pop of each item.
 * Blocking:  never; wait-free.
 * Since:     0.1
 */
static inline pinion_ring_outcome pinion_ring_push_n(pinion_ring *r, const void *items, size_t n,
                                                     size_t *moved)
{
	return pinion__ring_push_n(r, r->shape, items, n, moved);
}

/**
 * Pop up to n items, in the order of their pushes.
 *
 * @param r      a ring made by pinion_ring_init().
 * @param items  room for n items; may be NULL when n is 0.
 * @param moved  receives how many were popped, 0 .. n.
 *
 * @return PINION_RING_OK      at least one was popped, or n is 0.
 * @return PINION_RING_EMPTY   none: there is none now.
 * @return PINION_RING_CLOSED  none: the ring is closed and all items are popped.
 *
 * Threads:   the consumer, together with the producer.
 * Ordering:  sees what the producer wrote before it pushed these items, or closed.
 * Blocking:  never; wait-free. A loop that polls an empty ring should pause between two looks:
 *            each look takes the line away from the producer.
 * Since:     0.1
 */
static inline pinion_ring_outcome pinion_ring_pop_n(pinion_ring *r, void *items, size_t n,
                                                    size_t *moved)
{
	return pinion__ring_pop_n(r, r->shape, items, n, moved);
}

/**
 * Push one item.
 *
 * @param r     a ring made by pinion_ring_init().
 * @param item  copied.
 *
 * @return PINION_RING_OK      it was pushed and is visible.
 * @return PINION_RING_FULL    it was not: the ring holds at least its capacity.
 * @return PINION_RING_CLOSED  it was not: the ring was closed.
 *
 * Threads:   the producer, together with the consumer.
 * Ordering:  what the producer wrote before is visible to the pop of this item.
 * Blocking:  never; wait-free.
 * Since:     0.1
 */
static inline pinion_ring_outcome pinion_ring_push(pinion_ring *r, const void *item)
{
	return pinion__ring_push(r, r->shape, item);
}

/**
 * Pop one item.
 *
 * @param r     a ring made by pinion_ring_init().
 * @param item  receives it; untouched unless the result is PINION_RING_OK.
 *
 * @return PINION_RING_OK      *item is the oldest item, which is out of the ring.
 * @return PINION_RING_EMPTY   there is none now.
 * @return PINION_RING_CLOSED  the ring is closed and all items are popped.
 *
 * Threads:   the consumer, together with the producer.
 * Ordering:  sees what the producer wrote before it pushed this item, or closed.
 * Blocking:  never; wait-free. Pause between two looks at an empty ring.
 * Since:     0.1
 */
static inline pinion_ring_outcome pinion_ring_pop(pinion_ring *r, void *item)
{
	return pinion__ring_pop(r, r->shape, item);
}

/**
 * About how many items are inside. Exact while nobody pushes or pops.
 *
 * @return 0 .. the room of the ring, never negative.
 *
 * Threads:   any. It fetches both sides' lines: nothing for a hot loop.
 * Ordering:  none.
 * Blocking:  never; wait-free.
 * Since:     0.1
 */
static inline size_t pinion_ring_length(const pinion_ring *r)
{
	size_t shift = r->shape.shift, per_block = r->shape.per_block;
	size_t head = __atomic_load_n(&r->head, __ATOMIC_RELAXED);
	size_t tail = __atomic_load_n(&r->tail, __ATOMIC_RELAXED);

	if ((ptrdiff_t)(tail - head) <= 0)
		return 0; /* the consumer was faster than our two loads */
	size_t blocks = ((tail >> shift) - (head >> shift)) & SIZE_MAX >> shift; /* numbers wrap */
	size_t inside = blocks * per_block + pinion__ring_item(r->shape, tail) -
	                pinion__ring_item(r->shape, head);
	return inside < r->room ? inside : r->room;
}

/**
 * Say that no item will follow. Later pushes give PINION_RING_CLOSED; the consumer
 * pops what is inside and then gets PINION_RING_CLOSED. Closing twice is fine.
 *
 * Threads:   the producer, together with the consumer.
 * Ordering:  what the producer wrote before is visible once pop gives PINION_RING_CLOSED.
 * Blocking:  never; wait-free.
 * Since:     0.1
 */
static inline void pinion_ring_close(pinion_ring *r)
{
	r->limit = __atomic_load_n(&r->tail, __ATOMIC_RELAXED); /* the next push looks at closed */
	__atomic_store_n(&r->closed, 1, __ATOMIC_RELEASE);       /* [close] */
}

PINION_END_DECLS

/* ---- item type at compile time ------------------------------------------------- */

/**
 * PINION_RING_DEFINE(name, type): a ring of `type`, any type that plain assignment
 * copies (in C++: trivially copyable). At file scope, in a source or header file. It makes
 *
 *   name                                                        the ring's type
 *   size_t name_bytes(size_t capacity)                          0: capacity out of range
 *   int    name_init(name *r, void *memory, size_t capacity)    as pinion_ring_init()
 *   pinion_ring_outcome name_push(name *r, type item)           as pinion_ring_push()
 *   pinion_ring_outcome name_pop(name *r, type *item)           as pinion_ring_pop()
 *   pinion_ring_outcome name_push_n(name *r, const type *items, size_t n, size_t *moved)
 *   pinion_ring_outcome name_pop_n(name *r, type *items, size_t n, size_t *moved)
 *   size_t name_length(const name *r)                           as pinion_ring_length()
 *   void   name_close(name *r)                                  as pinion_ring_close()
 *
 * each with the contract of its pinion_ring_* namesake. memory holds name_bytes(capacity)
 * bytes, aligned to PINION_RING_ALIGN.
 *
 * Requires:  alignof(type) <= 64 (checked when compiled).
 * Since:     0.1
 */
#define PINION_RING_DEFINE(name, type)                                                           \
	typedef struct name##_block {                                                                \
		size_t filled;                                                                           \
		type item[PINION__RING_PER_BLOCK(sizeof(type))];                                         \
	} __attribute__((aligned(PINION__RING_BLOCK))) name##_block;                                 \
	typedef struct name {                                                                        \
		pinion_ring ring;                                                                        \
	} name;                                                                                      \
	PINION__RING_INLINE pinion__ring_shape name##_shape(void)                                    \
	{                                                                                            \
		pinion__ring_shape s;                                                                    \
		s.item_bytes = sizeof(type);                                                             \
		s.per_block = PINION__RING_PER_BLOCK(sizeof(type));                                      \
		s.shift = PINION__RING_SHIFT(PINION__RING_PER_BLOCK(sizeof(type)));                      \
		s.item_offset = offsetof(name##_block, item);                                            \
		s.block_bytes = sizeof(name##_block);                                                    \
		return s;                                                                                \
	}                                                                                            \
	__attribute__((unused)) static inline size_t name##_bytes(size_t capacity)                   \
	{                                                                                            \
		return pinion__ring_bytes(capacity, name##_shape());                                     \
	}                                                                                            \
	PINION_MUST_CHECK __attribute__((unused)) static inline int name##_init(                     \
		name *r, void *memory, size_t capacity)                                                  \
	{                                                                                            \
		return pinion__ring_init(r ? &r->ring : NULL, memory, capacity, name##_shape(), 0);      \
	}                                                                                            \
	__attribute__((unused)) static inline pinion_ring_outcome name##_push(name *r, type item)    \
	{                                                                                            \
		return pinion__ring_push(&r->ring, name##_shape(), &item);                               \
	}                                                                                            \
	__attribute__((unused)) static inline pinion_ring_outcome name##_pop(name *r, type *item)    \
	{                                                                                            \
		return pinion__ring_pop(&r->ring, name##_shape(), item);                                 \
	}                                                                                            \
	__attribute__((unused)) static inline pinion_ring_outcome name##_push_n(                     \
		name *r, const type *items, size_t n, size_t *moved)                                     \
	{                                                                                            \
		return pinion__ring_push_n(&r->ring, name##_shape(), items, n, moved);                   \
	}                                                                                            \
	__attribute__((unused)) static inline pinion_ring_outcome name##_pop_n(                      \
		name *r, type *items, size_t n, size_t *moved)                                           \
	{                                                                                            \
		return pinion__ring_pop_n(&r->ring, name##_shape(), items, n, moved);                    \
	}                                                                                            \
	__attribute__((unused)) static inline size_t name##_length(const name *r)                    \
	{                                                                                            \
		return pinion_ring_length(&r->ring);                                                     \
	}                                                                                            \
	__attribute__((unused)) static inline void name##_close(name *r)                             \
	{                                                                                            \
		pinion_ring_close(&r->ring);                                                             \
	}                                                                                            \
	PINION__RING_ASSERT(alignof(type) <= PINION__RING_BLOCK, "a ring's items fit its alignment")

#endif
