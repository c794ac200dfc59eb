/*
 * Ring from one producer thread to one consumer thread: bounded, first in first out.
 *
 *     #include <pinion/spsc.h>
 *     PINION_SPSC_DEFINE(samples, double);      // type samples, samples_push, samples_pop, …
 *
 * There are two forms of one algorithm: PINION_SPSC_DEFINE makes typed functions
 * that compile to a handful of instructions, and pinion_spsc_* takes the item size
 * at run time, for bindings and plug-ins. Both use memory of the caller, which can
 * therefore lie on the node of the consumer. Everything here is inline and so part
 * of the binary interface: the layout changes only with the major version. How it works,
 * its edges and its interleavings stand in <pinion/spsc_core.h>.
 *
 * An item is visible when push returns: nothing is held back. Only push_lazy holds items
 * back, at most to the end of a cache line, until flush or any push that is not lazy.
 *
 * Who wakes whom. A push or pop that does not wait pays for nobody's sleep and wakes
 * nobody. Whoever sleeps in a waiting form, or polls an armed file, is woken by
 *
 *     the consumer, in pop_wait   push_wait, close, cancel, notify
 *     the producer, in push_wait  pop_wait (once per batch, before FULL could be wrong),
 *                                 cancel, notify
 *
 * so both sides may mix both kinds, if the side that used a form without wait calls
 * notify when it is through with a bunch of items.
 *
 * Who may run together
 *                        producer     consumer     any thread
 *   producer             same thread  together     together
 *   consumer             together     same thread  together
 *   any thread           together     together     together
 *   init                 never with anything
 *
 *   producer: push, push_n, push_lazy, flush, reserve, commit, push_wait, close
 *   consumer: pop, pop_n, peek, release, pop_wait, arm, disarm
 *   any:      length, notify, cancel
 *
 * "Same thread" may change hands if the caller synchronises the hand-over.
 * Progress: all are wait-free but push_wait and pop_wait, which block, and notify, close, cancel,
 * which are lock-free and call the system when somebody sleeps. None allocates.
 *
 * A program that uses only operations that neither wait nor wake (all but push_wait, pop_wait,
 * notify, cancel, close, arm) needs no library.
 *
 * Compiles as C11 and as C++17 with GCC's or Clang's __atomic builtins.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_SPSC_H
#define PINION_SPSC_H

#include <pinion/spsc_core.h>

#include <stdalign.h>

PINION_BEGIN_DECLS

/**
 * How much memory a ring needs.
 *
 * @param capacity    items that shall fit at the least, 1 .. PINION_SPSC_CAPACITY_MAX.
 * @param item_bytes  size of one item, not 0.
 *
 * @return the bytes, or 0 when a parameter is out of range.
 *
 * Threads:   any.
 * Blocking:  never.
 * Since:     0.1
 */
static inline size_t pinion_spsc_bytes(size_t capacity, size_t item_bytes)
{
	return pinion__spsc_bytes(capacity, pinion__spsc_plain(item_bytes));
}

/**
 * Make an empty, open ring on memory of the caller.
 *
 * There is no fini: the ring holds nothing but the memory, and ends with it.
 *
 * @param r           the ring, any storage.
 * @param memory      pinion_spsc_bytes(capacity, item_bytes) bytes, aligned to
 *                    PINION_RING_ALIGN, alive as long as the ring.
 * @param capacity    items that fit at the least; capacity / 8 more may fit.
 * @param item_bytes  size of one item.
 *
 * @return 0                 the ring is ready.
 * @return PINION_ERR_ARG    r or memory is NULL, or memory is not aligned.
 * @return PINION_ERR_RANGE  capacity or item_bytes is out of range (pinion_spsc_bytes gives 0).
 *
 * Threads:   before any other thread uses the ring.
 * Blocking:  never.
 * Since:     0.1
 */
PINION_MUST_CHECK static inline int pinion_spsc_init(pinion_spsc *r, void *memory, size_t capacity,
                                                     size_t item_bytes)
{
	return pinion__spsc_init(r, memory, capacity, pinion__spsc_plain(item_bytes), 0);
}

/**
 * Push up to n items, in order.
 *
 * @param r      a ring made by pinion_spsc_init().
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
static inline pinion_ring_outcome pinion_spsc_push_n(pinion_spsc *r, const void *items, size_t n,
                                                     size_t *moved)
{
	return pinion__spsc_push_n(r, r->shape, items, n, moved);
}

/**
 * Pop up to n items, in the order of their pushes.
 *
 * @param r      a ring made by pinion_spsc_init().
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
static inline pinion_ring_outcome pinion_spsc_pop_n(pinion_spsc *r, void *items, size_t n,
                                                    size_t *moved)
{
	return pinion__spsc_pop_n(r, r->shape, items, n, moved);
}

/**
 * Push one item.
 *
 * @param r     a ring made by pinion_spsc_init().
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
static inline pinion_ring_outcome pinion_spsc_push(pinion_spsc *r, const void *item)
{
	return pinion__spsc_push(r, r->shape, item);
}

/**
 * Pop one item.
 *
 * @param r     a ring made by pinion_spsc_init().
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
static inline pinion_ring_outcome pinion_spsc_pop(pinion_spsc *r, void *item)
{
	return pinion__spsc_pop(r, r->shape, item);
}

/**
 * About how many items are inside, those that were pushed lazily too. Exact while nobody
 * pushes or pops.
 *
 * @return 0 .. the room of the ring, never negative.
 *
 * Threads:   any. It fetches both sides' lines: nothing for a hot loop.
 * Ordering:  none.
 * Blocking:  never; wait-free.
 * Since:     0.1
 */
static inline size_t pinion_spsc_length(const pinion_spsc *r)
{
	size_t shift = r->shape.shift, per_block = r->shape.per_block;
	size_t head = __atomic_load_n(&r->head, __ATOMIC_RELAXED);
	size_t tail = __atomic_load_n(&r->tail, __ATOMIC_RELAXED);

	if ((ptrdiff_t)(tail - head) <= 0)
		return 0; /* the consumer was faster than our two loads */
	size_t blocks = ((tail >> shift) - (head >> shift)) & SIZE_MAX >> shift; /* numbers wrap */
	size_t inside =
	    blocks * per_block + pinion__spsc_item(r->shape, tail) - pinion__spsc_item(r->shape, head);
	return inside < r->room ? inside : r->room;
}

/**
 * Push one item, perhaps not to be seen yet: it becomes visible with the push that fills its
 * cache line, with pinion_spsc_flush(), or with the next push, commit or close that is not lazy.
 * Flush before you wait for anything that depends on the consumer.
 *
 * @return as pinion_spsc_push(). When it is FULL, everything pushed is visible.
 *
 * Threads:   the producer, together with the consumer.
 * Ordering:  what the producer wrote before the item became visible is visible to its pop.
 * Blocking:  never; wait-free.
 * Since:     0.1
 */
static inline pinion_ring_outcome pinion_spsc_push_lazy(pinion_spsc *r, const void *item)
{
	return pinion__spsc_push_lazy(r, r->shape, item);
}

/** Make all that was pushed lazily visible. Threads, blocking: as pinion_spsc_push(). */
static inline void pinion_spsc_flush(pinion_spsc *r)
{
	pinion__spsc_flush(r, r->shape);
}

/**
 * Room for items that the producer writes in place. It ends with the block, so it may be less
 * than n: ask again after pinion_spsc_commit().
 *
 * @param items  receives where the first item goes; the others follow it without gaps.
 * @param n      in: items wanted, at least 1; out: items that fit, 0 unless OK.
 *
 * @return PINION_RING_OK      write up to *n items there, then commit as many as were written.
 * @return PINION_RING_FULL    the ring holds at least its capacity.
 * @return PINION_RING_CLOSED  the ring was closed.
 *
 * Threads:   the producer, together with the consumer.
 * Blocking:  never; wait-free.
 * Since:     0.1
 */
static inline pinion_ring_outcome pinion_spsc_reserve(pinion_spsc *r, void **items, size_t *n)
{
	return pinion__spsc_reserve(r, r->shape, items, n);
}

/**
 * Push the first n of the items reserved last. A reservation may be forgotten instead.
 *
 * Threads:   the producer, together with the consumer.
 * Ordering:  what the producer wrote before is visible to the pop of each item.
 * Blocking:  never; wait-free.
 * Requires:  n at most what pinion_spsc_reserve() gave, and no push or close since.
 * Since:     0.1
 */
static inline void pinion_spsc_commit(pinion_spsc *r, size_t n)
{
	pinion__spsc_commit(r, r->shape, n);
}

/**
 * Look at items without popping them. They end with the block, so there may be more behind.
 *
 * @param items  receives where the oldest item lies; the others follow it without gaps.
 * @param n      in: items wanted, at least 1; out: items that are there, 0 unless OK.
 *
 * @return as pinion_spsc_pop().
 *
 * Threads:   the consumer, together with the producer. The items may be written to.
 * Ordering:  sees what the producer wrote before it pushed these items, or closed.
 * Blocking:  never; wait-free.
 * Since:     0.1
 */
static inline pinion_ring_outcome pinion_spsc_peek(pinion_spsc *r, void **items, size_t *n)
{
	return pinion__spsc_peek(r, r->shape, items, n);
}

/**
 * Pop the first n of the items peeked at last; their places may be written again.
 *
 * Threads:   the consumer, together with the producer.
 * Blocking:  never; wait-free.
 * Requires:  n at most what pinion_spsc_peek() gave, and no pop since.
 * Since:     0.1
 */
static inline void pinion_spsc_release(pinion_spsc *r, size_t n)
{
	pinion__spsc_release(r, r->shape, n);
}

/**
 * Push one item, and sleep until there is room if need be. Wakes the consumer.
 *
 * @param wait  until when, and who may cancel it; NULL: until there is room.
 *
 * @return PINION_RING_OK         it was pushed and is visible.
 * @return PINION_RING_CLOSED     it was not: the ring was closed.
 * @return PINION_RING_TIMEDOUT   it was not: there was no room at the deadline.
 * @return PINION_RING_CANCELLED  it was not: there was no room and the token was cancelled.
 *
 * Threads:   the producer, together with the consumer.
 * Ordering:  what the producer wrote before is visible to the pop of this item.
 * Blocking:  while there is no room; looks for some microseconds, then sleeps.
 * Since:     0.1
 */
static inline pinion_ring_outcome pinion_spsc_push_wait(pinion_spsc *r, const void *item,
                                                        const pinion_ring_wait *wait)
{
	return pinion__spsc_push_wait(r, r->shape, item, wait);
}

/**
 * Pop one item, and sleep until there is one if need be. Wakes the producer.
 *
 * @param wait  until when, and who may cancel it; NULL: until there is an item.
 *
 * @return PINION_RING_OK         *item is the oldest item, which is out of the ring.
 * @return PINION_RING_CLOSED     the ring is closed and all items are popped.
 * @return PINION_RING_TIMEDOUT   there was none at the deadline.
 * @return PINION_RING_CANCELLED  there was none, and the token was cancelled.
 *
 * Threads:   the consumer, together with the producer.
 * Ordering:  sees what the producer wrote before it pushed this item, or closed.
 * Blocking:  while there is none; looks for some microseconds, then sleeps.
 * Since:     0.1
 */
static inline pinion_ring_outcome pinion_spsc_pop_wait(pinion_spsc *r, void *item,
                                                       const pinion_ring_wait *wait)
{
	return pinion__spsc_pop_wait(r, r->shape, item, wait);
}

/**
 * Wake whoever sleeps on the ring, so that it looks again: after pushes or pops that do not wait.
 *
 * Threads:   any.
 * Ordering:  who sleeps sees what the caller did to the ring before, or is woken.
 * Blocking:  never; a fence and two loads when nobody sleeps.
 * Since:     0.1
 */
static inline void pinion_spsc_notify(pinion_spsc *r)
{
	pinion_event_notify(&r->items);
	pinion_event_notify(&r->space);
}

/**
 * Set the token and wake whoever sleeps on the ring: a wait that was given this token ends.
 *
 * Threads:   any.
 * Ordering:  what the caller wrote before is visible once a wait gives PINION_RING_CANCELLED.
 * Blocking:  never; lock-free.
 * Since:     0.1
 */
static inline void pinion_spsc_cancel(pinion_spsc *r, pinion_ring_cancel *token)
{
	pinion__ring_cancel(token);
	pinion_spsc_notify(r);
}

/**
 * Let the ring write to an eventfd when it would wake a sleeping consumer, so that poll or
 * epoll can wait for it. Poll when this gives EMPTY; then, or else at once, disarm.
 *
 * @param fd  an eventfd(2) of the caller.
 *
 * @return PINION_RING_EMPTY   nothing inside: poll.
 * @return PINION_RING_OK      there are items: do not poll.
 * @return PINION_RING_CLOSED  the ring is closed and all items are popped: do not poll.
 *
 * Threads:   the consumer, together with the producer.
 * Blocking:  never; lock-free.
 * Since:     0.1
 */
static inline pinion_ring_outcome pinion_spsc_arm(pinion_spsc *r, int fd)
{
	pinion_event_arm(&r->items, fd); /* [sleep] */
	return pinion__spsc_has(r, r->shape);
}

/** The ring shall not write to the file any more. Return, threads: as pinion_event_disarm(). */
static inline bool pinion_spsc_disarm(pinion_spsc *r)
{
	return pinion_event_disarm(&r->items);
}

/**
 * Say that no item will follow. Later pushes give PINION_RING_CLOSED; the consumer
 * pops what is inside and then gets PINION_RING_CLOSED. Closing twice is fine. Wakes the consumer.
 *
 * Threads:   the producer, together with the consumer.
 * Ordering:  what the producer wrote before is visible once pop gives PINION_RING_CLOSED.
 * Blocking:  never; lock-free.
 * Since:     0.1
 */
static inline void pinion_spsc_close(pinion_spsc *r)
{
	pinion__spsc_flush(r, r->shape);
	r->stop = __atomic_load_n(&r->tail, __ATOMIC_RELAXED); /* the next push looks at closed */
	__atomic_store_n(&r->closed, 1, __ATOMIC_RELEASE);     /* [close] */
	pinion_event_notify(&r->items);                        /* [sleep] */
}

PINION_END_DECLS

/* ---- item type at compile time ------------------------------------------------- */

/**
 * PINION_SPSC_DEFINE(name, type): a ring of `type`, any type that plain assignment
 * copies (in C++: trivially copyable). At file scope, in a source or header file. It makes the
 * type `name` and, each with the contract of its pinion_spsc_* namesake,
 *
 *   size_t  name_bytes(size_t capacity)                       0: capacity out of range
 *   int     name_init(name *, void *memory, size_t capacity)
 *   outcome name_push(name *, type item)                      outcome: pinion_ring_outcome
 *   outcome name_push_lazy(name *, type item)
 *   void    name_flush(name *)
 *   outcome name_push_wait(name *, type item, const pinion_ring_wait *)
 *   outcome name_push_n(name *, const type *items, size_t n, size_t *moved)
 *   outcome name_reserve(name *, type **items, size_t *n)
 *   void    name_commit(name *, size_t n)
 *   void    name_close(name *)
 *   outcome name_pop(name *, type *item)
 *   outcome name_pop_wait(name *, type *item, const pinion_ring_wait *)
 *   outcome name_pop_n(name *, type *items, size_t n, size_t *moved)
 *   outcome name_peek(name *, type **items, size_t *n)
 *   void    name_release(name *, size_t n)
 *   outcome name_arm(name *, int fd)
 *   bool    name_disarm(name *)
 *   size_t  name_length(const name *)
 *   void    name_notify(name *)
 *   void    name_cancel(name *, pinion_ring_cancel *)
 *
 * memory holds name_bytes(capacity) bytes, aligned to PINION_RING_ALIGN.
 *
 * Requires:  alignof(type) <= 64 (checked when compiled).
 * Since:     0.1
 */
#define PINION__SPSC_FN __attribute__((unused)) static inline
#define PINION_SPSC_DEFINE(name, type)                                                             \
	typedef struct name##_block {                                                                  \
		size_t filled;                                                                             \
		type item[PINION__SPSC_PER_BLOCK(sizeof(type))];                                           \
	} __attribute__((aligned(PINION__SPSC_BLOCK))) name##_block;                                   \
	typedef struct name {                                                                          \
		pinion_spsc ring;                                                                          \
	} name;                                                                                        \
	PINION__SPSC_INLINE pinion__spsc_shape name##_shape(void)                                      \
	{                                                                                              \
		pinion__spsc_shape pinion_s;                                                               \
		pinion_s.item_bytes = sizeof(type);                                                        \
		pinion_s.per_block = PINION__SPSC_PER_BLOCK(sizeof(type));                                 \
		pinion_s.shift = PINION__SPSC_SHIFT(PINION__SPSC_PER_BLOCK(sizeof(type)));                 \
		pinion_s.item_offset = offsetof(name##_block, item);                                       \
		pinion_s.block_bytes = sizeof(name##_block);                                               \
		return pinion_s;                                                                           \
	}                                                                                              \
	PINION__SPSC_FN size_t name##_bytes(size_t pinion_n)                                           \
	{                                                                                              \
		return pinion__spsc_bytes(pinion_n, name##_shape());                                       \
	}                                                                                              \
	PINION_MUST_CHECK PINION__SPSC_FN int name##_init(name *pinion_r, void *pinion_memory,         \
	                                                  size_t pinion_n)                             \
	{                                                                                              \
		return pinion__spsc_init(pinion_r ? &pinion_r->ring : NULL, pinion_memory, pinion_n,       \
		                         name##_shape(), 0);                                               \
	}                                                                                              \
	PINION__SPSC_FN pinion_ring_outcome name##_push(name *pinion_r, type pinion_item)              \
	{                                                                                              \
		return pinion__spsc_push(&pinion_r->ring, name##_shape(), &pinion_item);                   \
	}                                                                                              \
	PINION__SPSC_FN pinion_ring_outcome name##_push_lazy(name *pinion_r, type pinion_item)         \
	{                                                                                              \
		return pinion__spsc_push_lazy(&pinion_r->ring, name##_shape(), &pinion_item);              \
	}                                                                                              \
	PINION__SPSC_FN void name##_flush(name *pinion_r)                                              \
	{                                                                                              \
		pinion__spsc_flush(&pinion_r->ring, name##_shape());                                       \
	}                                                                                              \
	PINION__SPSC_FN pinion_ring_outcome name##_push_wait(name *pinion_r, type pinion_item,         \
	                                                     const pinion_ring_wait *pinion_wait)      \
	{                                                                                              \
		return pinion__spsc_push_wait(&pinion_r->ring, name##_shape(), &pinion_item, pinion_wait); \
	}                                                                                              \
	PINION__SPSC_FN pinion_ring_outcome name##_push_n(name *pinion_r, const type *pinion_items,    \
	                                                  size_t pinion_n, size_t *pinion_moved)       \
	{                                                                                              \
		return pinion__spsc_push_n(&pinion_r->ring, name##_shape(), pinion_items, pinion_n,        \
		                           pinion_moved);                                                  \
	}                                                                                              \
	PINION__SPSC_FN pinion_ring_outcome name##_reserve(name *pinion_r, type **pinion_items,        \
	                                                   size_t *pinion_n)                           \
	{                                                                                              \
		void *pinion_places = NULL;                                                                \
		pinion_ring_outcome pinion_outcome =                                                       \
		    pinion__spsc_reserve(&pinion_r->ring, name##_shape(), &pinion_places, pinion_n);       \
		*pinion_items = (type *)pinion_places;                                                     \
		return pinion_outcome;                                                                     \
	}                                                                                              \
	PINION__SPSC_FN void name##_commit(name *pinion_r, size_t pinion_n)                            \
	{                                                                                              \
		pinion__spsc_commit(&pinion_r->ring, name##_shape(), pinion_n);                            \
	}                                                                                              \
	PINION__SPSC_FN void name##_close(name *pinion_r)                                              \
	{                                                                                              \
		pinion_spsc_close(&pinion_r->ring);                                                        \
	}                                                                                              \
	PINION__SPSC_FN pinion_ring_outcome name##_pop(name *pinion_r, type *pinion_item)              \
	{                                                                                              \
		return pinion__spsc_pop(&pinion_r->ring, name##_shape(), pinion_item);                     \
	}                                                                                              \
	PINION__SPSC_FN pinion_ring_outcome name##_pop_wait(name *pinion_r, type *pinion_item,         \
	                                                    const pinion_ring_wait *pinion_wait)       \
	{                                                                                              \
		return pinion__spsc_pop_wait(&pinion_r->ring, name##_shape(), pinion_item, pinion_wait);   \
	}                                                                                              \
	PINION__SPSC_FN pinion_ring_outcome name##_pop_n(name *pinion_r, type *pinion_items,           \
	                                                 size_t pinion_n, size_t *pinion_moved)        \
	{                                                                                              \
		return pinion__spsc_pop_n(&pinion_r->ring, name##_shape(), pinion_items, pinion_n,         \
		                          pinion_moved);                                                   \
	}                                                                                              \
	PINION__SPSC_FN pinion_ring_outcome name##_peek(name *pinion_r, type **pinion_items,           \
	                                                size_t *pinion_n)                              \
	{                                                                                              \
		void *pinion_places = NULL;                                                                \
		pinion_ring_outcome pinion_outcome =                                                       \
		    pinion__spsc_peek(&pinion_r->ring, name##_shape(), &pinion_places, pinion_n);          \
		*pinion_items = (type *)pinion_places;                                                     \
		return pinion_outcome;                                                                     \
	}                                                                                              \
	PINION__SPSC_FN void name##_release(name *pinion_r, size_t pinion_n)                           \
	{                                                                                              \
		pinion__spsc_release(&pinion_r->ring, name##_shape(), pinion_n);                           \
	}                                                                                              \
	PINION__SPSC_FN pinion_ring_outcome name##_arm(name *pinion_r, int pinion_fd)                  \
	{                                                                                              \
		return pinion_spsc_arm(&pinion_r->ring, pinion_fd);                                        \
	}                                                                                              \
	PINION__SPSC_FN bool name##_disarm(name *pinion_r)                                             \
	{                                                                                              \
		return pinion_spsc_disarm(&pinion_r->ring);                                                \
	}                                                                                              \
	PINION__SPSC_FN size_t name##_length(const name *pinion_r)                                     \
	{                                                                                              \
		return pinion_spsc_length(&pinion_r->ring);                                                \
	}                                                                                              \
	PINION__SPSC_FN void name##_notify(name *pinion_r)                                             \
	{                                                                                              \
		pinion_spsc_notify(&pinion_r->ring);                                                       \
	}                                                                                              \
	PINION__SPSC_FN void name##_cancel(name *pinion_r, pinion_ring_cancel *pinion_token)           \
	{                                                                                              \
		pinion_spsc_cancel(&pinion_r->ring, pinion_token);                                         \
	}                                                                                              \
	PINION__SPSC_ASSERT(alignof(type) <= PINION__SPSC_BLOCK, "a ring's items fit its alignment")

#endif
