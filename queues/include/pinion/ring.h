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
 * How it works. Each slot carries a sequence number beside its item. The producer
 * writes the item and then the number; the consumer looks at the number of the one
 * slot it waits for. There is no shared index to fetch on the way: item and "it is
 * there" arrive in one cache line, and several lines are under way at once. Any
 * value of the type may be sent, since none is reserved for "empty".
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
 *   [fill]  producer stores slot.seq (release) -> consumer loads slot.seq (acquire)
 *           carries: the item and all that the producer wrote before the push.
 *   [drain] consumer stores drained (release) -> producer loads drained (acquire)
 *           carries: the reads of the slots, which may be written again.
 *   [close] producer stores closed (release) -> consumer loads closed (acquire)
 *           carries: every push before the close, so one more look at the slot
 *           after seeing `closed` is the last word.
 *   tail and head are atomic only for pinion_ring_length(); each side reads its own.
 *
 *   producer                    consumer                     result
 *   --------------------------  ---------------------------  ---------------------------
 *   writes item, not yet seq    looks at seq: old            EMPTY
 *   push, close                 seq old, then closed: looks  finds the item, not CLOSED
 *                               at seq again
 *   looks at drained: old       has popped, not yet said so  FULL only if `capacity` or
 *                                                            more items are inside
 *   seq comes round             slot is `slots` items later  32 bits: never mistaken, a
 *                                                            slot moves by `slots` only
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

PINION_BEGIN_DECLS

/** What a push or pop came to. */
typedef enum pinion_ring_outcome {
	PINION_RING_OK = 0, /**< the item was moved */
	PINION_RING_EMPTY,  /**< nothing to pop now */
	PINION_RING_FULL,   /**< no room to push now */
	PINION_RING_CLOSED, /**< push: the ring is closed; pop: closed and drained */
} pinion_ring_outcome;

/**
 * A ring. The fields are private; they stand here because the code is inline.
 * Place it anywhere; it occupies four cache-line pairs of its own.
 */
typedef struct pinion_ring {
	/* Fixed by init, but for closed, which is written once. */
	PINION__RING_LINE unsigned char *slots;
	size_t mask;       /* slots - 1 */
	size_t room;       /* capacity + batch - 1 */
	size_t batch_mask; /* batch - 1 */
	size_t slot_bytes, item_offset, item_bytes;
	uint32_t closed;
	/* Written by the producer. */
	PINION__RING_LINE size_t tail; /* items ever pushed; wraps */
	size_t limit;                  /* tail may go so far before drained is looked at */
	/* Written by the consumer, for itself … */
	PINION__RING_LINE size_t head; /* items ever popped; wraps */
	/* … and for the producer, once per batch. */
	PINION__RING_LINE size_t drained;
} pinion_ring;

PINION__RING_ASSERT(sizeof(pinion_ring) == 4 * PINION_RING_ALIGN, "one line group per writer");

/* ---- private parts of both forms --------------------------------------------- */

static inline size_t pinion__ring_batch(size_t capacity)
{
	size_t batch = 1;

	while (batch * 16 <= capacity && batch < PINION_RING_BATCH_MAX)
		batch *= 2;
	return batch;
}

/* Slots are a power of two, so that an index becomes a slot by a mask. */
static inline size_t pinion__ring_slots(size_t capacity)
{
	size_t slots = 1;

	while (slots < capacity + pinion__ring_batch(capacity) - 1)
		slots *= 2;
	return slots;
}

static inline size_t pinion__ring_bytes(size_t capacity, size_t slot_bytes)
{
	if (capacity == 0 || capacity > PINION_RING_CAPACITY_MAX)
		return 0;
	if (slot_bytes > SIZE_MAX / pinion__ring_slots(capacity))
		return 0;
	return pinion__ring_slots(capacity) * slot_bytes;
}

static inline uint32_t *pinion__ring_seq(const pinion_ring *r, size_t index)
{
	return (uint32_t *)(void *)(r->slots + (index & r->mask) * r->slot_bytes);
}

/* The number that marks slot `index` as filled. An empty slot has any other. */
static inline uint32_t pinion__ring_mark(size_t index)
{
	return (uint32_t)(index + 1);
}

/* start: items already moved, so that tests can begin close to a wrap. */
static inline int pinion__ring_init(pinion_ring *r, void *memory, size_t capacity,
                                    size_t slot_bytes, size_t item_offset, size_t item_bytes,
                                    size_t start)
{
	if (r == NULL || memory == NULL || (uintptr_t)memory % PINION_RING_ALIGN != 0)
		return PINION_ERR_ARG;
	if (pinion__ring_bytes(capacity, slot_bytes) == 0)
		return PINION_ERR_RANGE;
	size_t slots = pinion__ring_slots(capacity), batch = pinion__ring_batch(capacity);
	r->slots = (unsigned char *)memory;
	r->mask = slots - 1;
	r->room = capacity + batch - 1;
	r->batch_mask = batch - 1;
	r->slot_bytes = slot_bytes;
	r->item_offset = item_offset;
	r->item_bytes = item_bytes;
	r->closed = 0;
	r->tail = r->head = r->drained = start;
	r->limit = start + r->room;
	for (size_t i = start; i != start + slots; i++)
		*pinion__ring_seq(r, i) = pinion__ring_mark(i - slots);
	return PINION_OK;
}

/* Producer, out of room: look how far the consumer is. */
static inline pinion_ring_outcome pinion__ring_refill(pinion_ring *r, size_t tail)
{
	if (__atomic_load_n(&r->closed, __ATOMIC_RELAXED)) /* our own word */
		return PINION_RING_CLOSED;
	r->limit = __atomic_load_n(&r->drained, __ATOMIC_ACQUIRE) + r->room; /* [drain] */
	return tail == r->limit ? PINION_RING_FULL : PINION_RING_OK;
}

/* Consumer: is the item `head` there? */
static inline int pinion__ring_filled(const uint32_t *seq, size_t head)
{
	return __atomic_load_n(seq, __ATOMIC_ACQUIRE) == pinion__ring_mark(head); /* [fill] */
}

/* Consumer, slot not filled: OK when it is now, else why not. */
static inline pinion_ring_outcome pinion__ring_dry(const pinion_ring *r, const uint32_t *seq,
                                                   size_t head)
{
	if (!__atomic_load_n(&r->closed, __ATOMIC_ACQUIRE)) /* [close] */
		return PINION_RING_EMPTY;
	return pinion__ring_filled(seq, head) ? PINION_RING_OK : PINION_RING_CLOSED;
}

/* Producer: the slots below `tail` are marked. Relaxed: only length reads it. */
static inline void pinion__ring_pushed(pinion_ring *r, size_t tail)
{
	__atomic_store_n(&r->tail, tail, __ATOMIC_RELAXED);
}

/* Consumer: the slots before..head - 1 are read; say so when a batch is complete. */
static inline void pinion__ring_popped(pinion_ring *r, size_t before, size_t head)
{
	__atomic_store_n(&r->head, head, __ATOMIC_RELAXED); /* only length reads it */
	if (PINION__RING_RARE((before ^ head) & ~r->batch_mask))
		__atomic_store_n(&r->drained, head, __ATOMIC_RELEASE); /* [drain] */
}

/* ---- item size at run time ----------------------------------------------------- */

/* Small items lie close behind their number, others on a multiple of eight. */
static inline size_t pinion__ring_offset(size_t item_bytes)
{
	return item_bytes > sizeof(uint32_t) ? 8 : sizeof(uint32_t);
}

static inline size_t pinion__ring_stride(size_t item_bytes)
{
	size_t offset = pinion__ring_offset(item_bytes);

	if (item_bytes == 0 || item_bytes > SIZE_MAX / 2)
		return SIZE_MAX; /* no memory is large enough */
	return offset + (item_bytes + offset - 1) / offset * offset;
}

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
	return pinion__ring_bytes(capacity, pinion__ring_stride(item_bytes));
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
	return pinion__ring_init(r, memory, capacity, pinion__ring_stride(item_bytes),
	                         pinion__ring_offset(item_bytes), item_bytes, 0);
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
	const unsigned char *item = (const unsigned char *)items;
	size_t tail = __atomic_load_n(&r->tail, __ATOMIC_RELAXED); /* ours */
	pinion_ring_outcome outcome = PINION_RING_OK;

	if (PINION__RING_RARE(r->limit - tail < n))
		outcome = pinion__ring_refill(r, tail);
	if (n > r->limit - tail)
		n = r->limit - tail;
	for (size_t i = 0; i < n; i++, item += r->item_bytes) {
		uint32_t *seq = pinion__ring_seq(r, tail + i);

		memcpy((unsigned char *)seq + r->item_offset, item, r->item_bytes);
		__atomic_store_n(seq, pinion__ring_mark(tail + i), __ATOMIC_RELEASE); /* [fill] */
	}
	pinion__ring_pushed(r, tail + n);
	*moved = n;
	return outcome;
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
	unsigned char *item = (unsigned char *)items;
	size_t head = __atomic_load_n(&r->head, __ATOMIC_RELAXED), got = 0; /* ours */
	pinion_ring_outcome outcome = PINION_RING_OK;

	for (; got < n; got++, item += r->item_bytes) {
		const uint32_t *seq = pinion__ring_seq(r, head + got);

		if (PINION__RING_RARE(!pinion__ring_filled(seq, head + got))) {
			if (got > 0)
				break;
			outcome = pinion__ring_dry(r, seq, head);
			if (outcome != PINION_RING_OK)
				break;
		}
		memcpy(item, (const unsigned char *)seq + r->item_offset, r->item_bytes);
	}
	pinion__ring_popped(r, head, head + got);
	*moved = got;
	return outcome;
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
	size_t moved;

	return pinion_ring_push_n(r, item, 1, &moved);
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
	size_t moved;

	return pinion_ring_pop_n(r, item, 1, &moved);
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
	size_t head = __atomic_load_n(&r->head, __ATOMIC_RELAXED);
	size_t inside = __atomic_load_n(&r->tail, __ATOMIC_RELAXED) - head;

	if (inside > SIZE_MAX / 2)
		return 0; /* the consumer was faster than our two loads */
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
 * Requires:  alignof(type) <= PINION_RING_ALIGN (checked when compiled).
 * Since:     0.1
 */
#define PINION_RING_DEFINE(name, type)                                                           \
	typedef struct name##_slot {                                                                 \
		uint32_t seq;                                                                            \
		type value;                                                                              \
	} name##_slot;                                                                               \
	typedef struct name {                                                                        \
		pinion_ring ring;                                                                        \
	} name;                                                                                      \
	static inline name##_slot *name##_at(const name *r, size_t index)                            \
	{                                                                                            \
		return (name##_slot *)(void *)r->ring.slots + (index & r->ring.mask);                    \
	}                                                                                            \
	__attribute__((unused)) static inline size_t name##_bytes(size_t capacity)                   \
	{                                                                                            \
		return pinion__ring_bytes(capacity, sizeof(name##_slot));                                \
	}                                                                                            \
	PINION_MUST_CHECK __attribute__((unused)) static inline int name##_init(                     \
		name *r, void *memory, size_t capacity)                                                  \
	{                                                                                            \
		return pinion__ring_init(r ? &r->ring : NULL, memory, capacity, sizeof(name##_slot),     \
		                         offsetof(name##_slot, value), sizeof(type), 0);                 \
	}                                                                                            \
	__attribute__((unused)) static inline pinion_ring_outcome name##_push(name *r, type item)    \
	{                                                                                            \
		size_t tail = __atomic_load_n(&r->ring.tail, __ATOMIC_RELAXED);                          \
		if (PINION__RING_RARE(tail == r->ring.limit)) {                                          \
			pinion_ring_outcome outcome = pinion__ring_refill(&r->ring, tail);                   \
			if (outcome != PINION_RING_OK)                                                       \
				return outcome;                                                                  \
		}                                                                                        \
		name##_slot *slot = name##_at(r, tail);                                                  \
		slot->value = item;                                                                      \
		__atomic_store_n(&slot->seq, pinion__ring_mark(tail), __ATOMIC_RELEASE); /* [fill] */    \
		pinion__ring_pushed(&r->ring, tail + 1);                                                 \
		return PINION_RING_OK;                                                                   \
	}                                                                                            \
	__attribute__((unused)) static inline pinion_ring_outcome name##_pop(name *r, type *item)    \
	{                                                                                            \
		size_t head = __atomic_load_n(&r->ring.head, __ATOMIC_RELAXED);                          \
		const name##_slot *slot = name##_at(r, head);                                            \
		if (PINION__RING_RARE(!pinion__ring_filled(&slot->seq, head))) {                         \
			pinion_ring_outcome outcome = pinion__ring_dry(&r->ring, &slot->seq, head);          \
			if (outcome != PINION_RING_OK)                                                       \
				return outcome;                                                                  \
		}                                                                                        \
		*item = slot->value;                                                                     \
		pinion__ring_popped(&r->ring, head, head + 1);                                           \
		return PINION_RING_OK;                                                                   \
	}                                                                                            \
	__attribute__((unused)) static inline pinion_ring_outcome name##_push_n(                     \
		name *r, const type *items, size_t n, size_t *moved)                                     \
	{                                                                                            \
		size_t tail = __atomic_load_n(&r->ring.tail, __ATOMIC_RELAXED);                          \
		pinion_ring_outcome outcome = PINION_RING_OK;                                            \
		if (PINION__RING_RARE(r->ring.limit - tail < n))                                         \
			outcome = pinion__ring_refill(&r->ring, tail);                                       \
		if (n > r->ring.limit - tail)                                                            \
			n = r->ring.limit - tail;                                                            \
		for (size_t i = 0; i < n; i++) {                                                         \
			name##_slot *slot = name##_at(r, tail + i);                                          \
			slot->value = items[i];                                                              \
			__atomic_store_n(&slot->seq, pinion__ring_mark(tail + i), __ATOMIC_RELEASE);         \
		}                                                                                        \
		pinion__ring_pushed(&r->ring, tail + n);                                                 \
		*moved = n;                                                                              \
		return outcome;                                                                          \
	}                                                                                            \
	__attribute__((unused)) static inline pinion_ring_outcome name##_pop_n(                      \
		name *r, type *items, size_t n, size_t *moved)                                           \
	{                                                                                            \
		size_t head = __atomic_load_n(&r->ring.head, __ATOMIC_RELAXED), got = 0;                 \
		pinion_ring_outcome outcome = PINION_RING_OK;                                            \
		for (; got < n; got++) {                                                                 \
			const name##_slot *slot = name##_at(r, head + got);                                  \
			if (PINION__RING_RARE(!pinion__ring_filled(&slot->seq, head + got))) {               \
				if (got > 0)                                                                     \
					break;                                                                       \
				outcome = pinion__ring_dry(&r->ring, &slot->seq, head);                          \
				if (outcome != PINION_RING_OK)                                                   \
					break;                                                                       \
			}                                                                                    \
			items[got] = slot->value;                                                            \
		}                                                                                        \
		pinion__ring_popped(&r->ring, head, head + got);                                         \
		*moved = got;                                                                            \
		return outcome;                                                                          \
	}                                                                                            \
	__attribute__((unused)) static inline size_t name##_length(const name *r)                    \
	{                                                                                            \
		return pinion_ring_length(&r->ring);                                                     \
	}                                                                                            \
	__attribute__((unused)) static inline void name##_close(name *r)                             \
	{                                                                                            \
		pinion_ring_close(&r->ring);                                                             \
	}                                                                                            \
	PINION__RING_ASSERT(alignof(type) <= PINION_RING_ALIGN, "a ring's items fit its alignment")

#endif
