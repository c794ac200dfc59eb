/*
 * Ring from any number of producers to any number of consumers: bounded, first in first out.
 *
 *     #include <pinion/mpmc.h>
 *     PINION_MPMC_DEFINE(orders, struct order); // type orders, orders_push, orders_pop, …
 *
 * There are two forms of one algorithm: PINION_MPMC_DEFINE makes typed functions, and
 * pinion_mpmc_* takes the item size at run time, for bindings and plug-ins. Both use memory
 * of the caller. Everything but waiting is inline and so part of the binary interface: the
 * layout changes only with the major version. How it works, its edges and its interleavings
 * stand in <pinion/mpmc_core.h>, its layout in <pinion/mpmc_layout.h>.
 *
 * Order. A push takes effect when it claims its place, a pop when it claims its item: in
 * that order items leave the ring, whoever pushed and whoever pops them. A burst is
 * claimed at once, so no other item comes between those of one call. EMPTY says that all
 * pushes that had taken effect were popped, FULL that exactly `capacity` were not.
 *
 * Capacity is exact, any number from 1 on. A place is free again when its pop has returned.
 *
 * BUSY. Between claim and return a thread owns its places. Who needs one of them gets
 * BUSY, neither EMPTY nor FULL: try again soon. A thread that is stopped there makes the
 * places behind it wait: pops behind its push, pushes a lap behind its pop. On a machine
 * with more threads than processors pause between two tries, then yield.
 *
 * Who wakes whom. Every push wakes a consumer that sleeps in pop_wait, if there is one,
 * and every pop a producer that sleeps in push_wait, for each item; with a waiting form
 * or without. Nobody sleeps holding a place, so each wait can end at its deadline or be
 * cancelled at any time.
 *
 * Who may run together: everything with everything, any thread; init with nothing.
 *
 *   operation            progress
 *   push, pop, *_n       lock-free among claims: who loses lost to one that went on. They do
 *                        not wait; BUSY is the honest name of "another thread is half-way"
 *   push_wait, pop_wait  block
 *   close, cancel        lock-free; they and a push or pop that meets a sleeper call the system
 *   length               wait-free
 *
 * The ring outlives all operations on it, those of the woken included: end it when the
 * threads that use it have been joined, not when the last item was popped.
 *
 * Needs libpinion: a push or pop may have somebody to wake. At most 1023 threads sleep on a side;
 * more than that look again and again.
 *
 * Compiles as C11 and as C++17 with GCC's or Clang's __atomic builtins.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_MPMC_H
#define PINION_MPMC_H

#include <pinion/mpmc_core.h>

PINION_BEGIN_DECLS

/**
 * How much memory a ring needs.
 *
 * @param capacity    items that fit, exactly; 1 .. PINION_MPMC_CAPACITY_MAX.
 * @param item_bytes  size of one item, not 0. Up to 56 bytes share a cache line.
 *
 * @return the bytes, or 0 when a parameter is out of range.
 *
 * Threads:   any.
 * Blocking:  never.
 * Since:     0.1
 */
static inline size_t pinion_mpmc_bytes(size_t capacity, size_t item_bytes)
{
	return pinion__mpmc_bytes(capacity, pinion__mpmc_plain(item_bytes));
}

/**
 * Make an empty, open ring on memory of the caller.
 *
 * There is no fini: the ring holds nothing but the memory, and ends with it.
 *
 * @param r           the ring, any storage.
 * @param memory      pinion_mpmc_bytes(capacity, item_bytes) bytes, aligned to
 *                    PINION_RING_ALIGN, alive as long as the ring.
 * @param capacity    items that fit, exactly.
 * @param item_bytes  size of one item.
 *
 * @return 0                 the ring is ready.
 * @return PINION_ERR_ARG    r or memory is NULL, or memory is not aligned.
 * @return PINION_ERR_RANGE  capacity or item_bytes is out of range (pinion_mpmc_bytes gives 0).
 *
 * Threads:   before any other thread uses the ring.
 * Blocking:  never.
 * Since:     0.1
 */
PINION_MUST_CHECK static inline int pinion_mpmc_init(pinion_mpmc *r, void *memory, size_t capacity,
                                                     size_t item_bytes)
{
	return pinion__mpmc_init(r, memory, capacity, pinion__mpmc_plain(item_bytes), 0);
}

/**
 * Push one item.
 *
 * @param r     a ring made by pinion_mpmc_init().
 * @param item  copied.
 *
 * @return PINION_RING_OK      it was pushed and is visible.
 * @return PINION_RING_FULL    it was not: `capacity` items are inside.
 * @return PINION_RING_BUSY    it was not: a consumer is about to free the place.
 * @return PINION_RING_CLOSED  it was not: the ring was closed.
 *
 * Threads:   any, together with everything.
 * Ordering:  what the caller wrote before is visible to the pop of this item.
 * Blocking:  never; lock-free.
 * Since:     0.1
 */
static inline pinion_ring_outcome pinion_mpmc_push(pinion_mpmc *r, const void *item)
{
	return pinion__mpmc_push(r, r->shape, item);
}

/**
 * Pop one item.
 *
 * @param r     a ring made by pinion_mpmc_init().
 * @param item  receives it; untouched unless the result is PINION_RING_OK.
 *
 * @return PINION_RING_OK      *item was the oldest item, which is out of the ring.
 * @return PINION_RING_EMPTY   there is none now.
 * @return PINION_RING_BUSY    a producer is about to fill the oldest place.
 * @return PINION_RING_CLOSED  the ring is closed and all items are popped.
 *
 * Threads:   any, together with everything.
 * Ordering:  sees what the producer wrote before it pushed this item, and what the closer
 *            wrote before it closed.
 * Blocking:  never; lock-free. Pause between two looks at an empty ring.
 * Since:     0.1
 */
static inline pinion_ring_outcome pinion_mpmc_pop(pinion_mpmc *r, void *item)
{
	return pinion__mpmc_pop(r, r->shape, item);
}

/**
 * Push up to n items, in order and with no other item between them.
 *
 * @param r      a ring made by pinion_mpmc_init().
 * @param items  n items, copied; may be NULL when n is 0.
 * @param moved  receives how many were pushed, 0 .. n.
 *
 * @return as pinion_mpmc_push(); PINION_RING_OK: at least one was pushed, or n is 0.
 *
 * Threads:   any, together with everything.
 * Ordering:  what the caller wrote before is visible to the pop of each item.
 * Blocking:  never; lock-free.
 * Since:     0.1
 */
static inline pinion_ring_outcome pinion_mpmc_push_n(pinion_mpmc *r, const void *items, size_t n,
                                                     size_t *moved)
{
	return pinion__mpmc_push_n(r, r->shape, items, n, moved);
}

/**
 * Pop up to n items that follow each other.
 *
 * @param r      a ring made by pinion_mpmc_init().
 * @param items  room for n items; may be NULL when n is 0.
 * @param moved  receives how many were popped, 0 .. n.
 *
 * @return as pinion_mpmc_pop(); PINION_RING_OK: at least one was popped, or n is 0.
 *
 * Threads:   any, together with everything.
 * Ordering:  sees what the producers wrote before they pushed these items.
 * Blocking:  never; lock-free.
 * Since:     0.1
 */
static inline pinion_ring_outcome pinion_mpmc_pop_n(pinion_mpmc *r, void *items, size_t n,
                                                    size_t *moved)
{
	return pinion__mpmc_pop_n(r, r->shape, items, n, moved);
}

/**
 * Push one item, and sleep until there is room if need be.
 *
 * @param wait  until when, and who may cancel it; NULL: until there is room.
 *
 * @return PINION_RING_OK         it was pushed and is visible.
 * @return PINION_RING_CLOSED     it was not: the ring was closed.
 * @return PINION_RING_TIMEDOUT   it was not: there was no room at the deadline.
 * @return PINION_RING_CANCELLED  it was not: there was no room and the token was cancelled.
 *
 * Threads:   any, together with everything.
 * Ordering:  as pinion_mpmc_push().
 * Blocking:  while there is no room; looks for some microseconds, yields, then sleeps. While
 *            the place is BUSY it yields, then naps.
 * Since:     0.1
 */
PINION_API pinion_ring_outcome pinion_mpmc_push_wait(pinion_mpmc *r, const void *item,
                                                     const pinion_ring_wait *wait);

/**
 * Pop one item, and sleep until there is one if need be.
 *
 * @param wait  until when, and who may cancel it; NULL: until there is an item.
 *
 * @return PINION_RING_OK         *item was the oldest item, which is out of the ring.
 * @return PINION_RING_CLOSED     the ring is closed and all items are popped.
 * @return PINION_RING_TIMEDOUT   there was none at the deadline.
 * @return PINION_RING_CANCELLED  there was none, and the token was cancelled.
 *
 * Threads:   any, together with everything.
 * Ordering:  as pinion_mpmc_pop().
 * Blocking:  while there is no item; looks for some microseconds, yields, then sleeps. While
 *            the place is BUSY it yields, then naps.
 * Since:     0.1
 */
PINION_API pinion_ring_outcome pinion_mpmc_pop_wait(pinion_mpmc *r, void *item,
                                                    const pinion_ring_wait *wait);

/**
 * Say that no item will follow. Every push whose claim is not made yet fails with
 * PINION_RING_CLOSED; consumers pop what is inside and then get it too. Wakes all who sleep.
 * There is no way back; closing twice is fine.
 *
 * Threads:   any, together with everything.
 * Ordering:  what the caller wrote before is visible once a push or pop gives PINION_RING_CLOSED.
 * Blocking:  never; lock-free.
 * Since:     0.1
 */
PINION_API void pinion_mpmc_close(pinion_mpmc *r);

/**
 * Set the token and wake whoever sleeps on the ring: a wait that was given this token ends,
 * the others go on.
 *
 * Threads:   any, together with everything.
 * Ordering:  what the caller wrote before is visible once a wait gives PINION_RING_CANCELLED.
 * Blocking:  never; lock-free.
 * Since:     0.1
 */
PINION_API void pinion_mpmc_cancel(pinion_mpmc *r, pinion_ring_cancel *token);

/**
 * About how many items are inside, those that are just being pushed included. Exact while nobody
 * pushes or pops.
 *
 * @return 0 .. capacity, never negative.
 *
 * Threads:   any. It fetches both sides' lines: nothing for a hot loop.
 * Ordering:  none.
 * Blocking:  never; wait-free.
 * Since:     0.1
 */
static inline size_t pinion_mpmc_length(const pinion_mpmc *r)
{
	/* Relaxed, both: the result is a guess, and kept within its bounds. */
	uint64_t head = __atomic_load_n(&r->head, __ATOMIC_RELAXED);

	return pinion__mpmc_between(r, head, __atomic_load_n(&r->tail, __ATOMIC_RELAXED));
}

/** How many items fit, exactly. Threads: any. */
static inline size_t pinion_mpmc_capacity(const pinion_mpmc *r)
{
	return r->capacity;
}

PINION_END_DECLS

/* ---- item type at compile time ------------------------------------------------- */

/**
 * PINION_MPMC_DEFINE(name, type): a ring of `type`, any type that plain assignment
 * copies (in C++: trivially copyable). At file scope, in a source or header file. It makes the
 * type `name` and, each with the contract of its pinion_mpmc_* namesake,
 *
 *   size_t  name_bytes(size_t capacity)                       0: capacity out of range
 *   int     name_init(name *, void *memory, size_t capacity)
 *   outcome name_push(name *, type item)                      outcome: pinion_ring_outcome
 *   outcome name_push_wait(name *, type item, const pinion_ring_wait *)
 *   outcome name_push_n(name *, const type *items, size_t n, size_t *moved)
 *   outcome name_pop(name *, type *item)
 *   outcome name_pop_wait(name *, type *item, const pinion_ring_wait *)
 *   outcome name_pop_n(name *, type *items, size_t n, size_t *moved)
 *   void    name_close(name *)
 *   void    name_cancel(name *, pinion_ring_cancel *)
 *   size_t  name_length(const name *)
 *
 * memory holds name_bytes(capacity) bytes, aligned to PINION_RING_ALIGN.
 *
 * Since:     0.1
 */
#define PINION__MPMC_FN __attribute__((unused)) static inline
#define PINION_MPMC_DEFINE(name, type)                                                             \
	typedef struct name {                                                                          \
		pinion_mpmc ring;                                                                          \
	} name;                                                                                        \
	PINION__MPMC_FN size_t name##_bytes(size_t pinion_n)                                           \
	{                                                                                              \
		return pinion_mpmc_bytes(pinion_n, sizeof(type));                                          \
	}                                                                                              \
	PINION_MUST_CHECK PINION__MPMC_FN int name##_init(name *pinion_r, void *pinion_memory,         \
	                                                  size_t pinion_n)                             \
	{                                                                                              \
		return pinion_mpmc_init(pinion_r ? &pinion_r->ring : NULL, pinion_memory, pinion_n,        \
		                        sizeof(type));                                                     \
	}                                                                                              \
	PINION__MPMC_FN pinion_ring_outcome name##_push(name *pinion_r, type pinion_item)              \
	{                                                                                              \
		return pinion__mpmc_push(&pinion_r->ring, pinion__mpmc_plain(sizeof(type)), &pinion_item); \
	}                                                                                              \
	PINION__MPMC_FN pinion_ring_outcome name##_push_wait(name *pinion_r, type pinion_item,         \
	                                                     const pinion_ring_wait *pinion_wait)      \
	{                                                                                              \
		pinion_ring_outcome pinion_outcome = name##_push(pinion_r, pinion_item);                   \
		if (__builtin_expect(pinion_outcome != PINION_RING_OK, 0))                                 \
			pinion_outcome = pinion_mpmc_push_wait(&pinion_r->ring, &pinion_item, pinion_wait);    \
		return pinion_outcome;                                                                     \
	}                                                                                              \
	PINION__MPMC_FN pinion_ring_outcome name##_push_n(name *pinion_r, const type *pinion_items,    \
	                                                  size_t pinion_n, size_t *pinion_moved)       \
	{                                                                                              \
		return pinion__mpmc_push_n(&pinion_r->ring, pinion__mpmc_plain(sizeof(type)),              \
		                           pinion_items, pinion_n, pinion_moved);                          \
	}                                                                                              \
	PINION__MPMC_FN pinion_ring_outcome name##_pop(name *pinion_r, type *pinion_item)              \
	{                                                                                              \
		return pinion__mpmc_pop(&pinion_r->ring, pinion__mpmc_plain(sizeof(type)), pinion_item);   \
	}                                                                                              \
	PINION__MPMC_FN pinion_ring_outcome name##_pop_wait(name *pinion_r, type *pinion_item,         \
	                                                    const pinion_ring_wait *pinion_wait)       \
	{                                                                                              \
		pinion_ring_outcome pinion_outcome = name##_pop(pinion_r, pinion_item);                    \
		if (__builtin_expect(pinion_outcome != PINION_RING_OK, 0))                                 \
			pinion_outcome = pinion_mpmc_pop_wait(&pinion_r->ring, pinion_item, pinion_wait);      \
		return pinion_outcome;                                                                     \
	}                                                                                              \
	PINION__MPMC_FN pinion_ring_outcome name##_pop_n(name *pinion_r, type *pinion_items,           \
	                                                 size_t pinion_n, size_t *pinion_moved)        \
	{                                                                                              \
		return pinion__mpmc_pop_n(&pinion_r->ring, pinion__mpmc_plain(sizeof(type)), pinion_items, \
		                          pinion_n, pinion_moved);                                         \
	}                                                                                              \
	PINION__MPMC_FN void name##_close(name *pinion_r)                                              \
	{                                                                                              \
		pinion_mpmc_close(&pinion_r->ring);                                                        \
	}                                                                                              \
	PINION__MPMC_FN void name##_cancel(name *pinion_r, pinion_ring_cancel *pinion_token)           \
	{                                                                                              \
		pinion_mpmc_cancel(&pinion_r->ring, pinion_token);                                         \
	}                                                                                              \
	PINION__MPMC_FN size_t name##_length(const name *pinion_r)                                     \
	{                                                                                              \
		return pinion_mpmc_length(&pinion_r->ring);                                                \
	}                                                                                              \
	PINION__MPMC_ASSERT(sizeof(type) != 0, "an item has a size")

#endif
