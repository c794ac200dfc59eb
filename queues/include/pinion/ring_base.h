/*
 * What the rings share: the outcome of an operation, the alignment of their
 * memory, and how long to wait. Included by <pinion/spsc.h> and <pinion/mpmc.h>.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_RING_BASE_H
#define PINION_RING_BASE_H

#include <pinion/event.h>

/* A ring and its memory begin at a multiple of this. */
#define PINION_RING_ALIGN 128

PINION_BEGIN_DECLS

/** What an operation on a ring came to. Nothing but OK has moved an item. */
typedef enum pinion_ring_outcome {
	PINION_RING_OK = 0,    /**< the item, or at least one of several, was moved */
	PINION_RING_EMPTY,     /**< nothing to pop now */
	PINION_RING_FULL,      /**< no room to push now */
	PINION_RING_BUSY,      /**< another thread is between two steps on the place we need; retry */
	PINION_RING_CLOSED,    /**< push: the ring is closed; pop: closed and drained */
	PINION_RING_TIMEDOUT,  /**< a waiting form: its deadline passed */
	PINION_RING_CANCELLED, /**< a waiting form: its token was cancelled */
} pinion_ring_outcome;

/**
 * A cancel token: zero at first, set once by name_cancel(r, token), which also wakes
 * whoever waits on ring r. One token may serve many waits and several rings (cancel it
 * on each). The caller owns it; it outlives the waits that name it. To use it anew, zero
 * it while nobody waits with it.
 */
typedef struct pinion_ring_cancel {
	uint32_t asked; /* private */
} pinion_ring_cancel;

/** How to wait. All zero, or a NULL pointer to it: until it works or the ring is closed. */
typedef struct pinion_ring_wait {
	uint64_t deadline_ns;             /**< absolute, CLOCK_MONOTONIC; 0: none */
	const pinion_ring_cancel *cancel; /**< NULL: cannot be cancelled */
} pinion_ring_wait;

/** Whether the token is set. Threads: any. Ordering: sees what was written before the cancel. */
static inline bool pinion_ring_cancelled(const pinion_ring_cancel *token)
{
	return __atomic_load_n(&token->asked, __ATOMIC_ACQUIRE) != 0; /* [cancel] */
}

/* How often a waiting form looks again before it sleeps: a few microseconds in all. */
#define PINION__RING_LOOKS 64

/* false: looked often enough. Pauses a little longer each time, for each look takes a line away. */
static inline bool pinion__ring_spin(unsigned looks)
{
#if defined(PINION_MODEL_CHECK)
	(void)looks;
	return false;
#else
	if (looks >= PINION__RING_LOOKS)
		return false;
	for (unsigned i = 0; i <= looks / 16; i++) {
#if defined(__x86_64__) || defined(__i386__)
		__builtin_ia32_pause();
#elif defined(__aarch64__)
		__asm__ __volatile__("isb" ::: "memory");
#elif defined(__riscv)
		__asm__ __volatile__(".4byte 0x0100000f" ::: "memory"); /* pause hint */
#endif
	}
	return true;
#endif
}

/*
 * After a prepare and one more look: sleep unless the token says otherwise.
 * OK: look again. Else why there is no more waiting.
 */
static inline pinion_ring_outcome pinion__ring_sleep(pinion_event *e, uint64_t key,
                                                     const pinion_ring_wait *wait)
{
	uint64_t deadline = wait != NULL && wait->deadline_ns != 0 ? wait->deadline_ns : UINT64_MAX;

	if (wait != NULL && wait->cancel != NULL && pinion_ring_cancelled(wait->cancel)) {
		pinion_event_cancel(e, key);
		return PINION_RING_CANCELLED;
	}
	if (pinion_event_wait(e, key, deadline) == PINION_EVENT_TIMEDOUT)
		return PINION_RING_TIMEDOUT;
	return PINION_RING_OK;
}

/* Set the token; the ring then wakes everybody who may look at it. */
static inline void pinion__ring_cancel(pinion_ring_cancel *token)
{
	__atomic_store_n(&token->asked, 1, __ATOMIC_RELEASE); /* [cancel] */
}

PINION_END_DECLS

#endif
