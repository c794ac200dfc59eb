/*
 * A one-line slot in front of an inbox: a caller hands one function to one
 * worker and waits for its result, all on a single cache line.
 *
 * One call is in the slot at a time; who finds it occupied uses the inbox. The
 * call's function, argument and result lie beside the state, so a call costs
 * two transfers of this line and touches no memory of the caller.
 *
 *   EMPTY --claim--> CLAIMED --post--> FULL --finish--> DONE --collect--> EMPTY
 *                                       |                ^
 *                                       +-await-> FULL_AWAITED (the caller sleeps)
 *
 * Ordering
 *   [claim]    a caller's collect stores EMPTY (release) -> the next caller's claim CAS (acquire)
 *              carries: the reads of result that precede the reuse of the line.
 *   [call]     post stores FULL (seq_cst, thus release) -> the worker's poll loads it (acquire)
 *              carries: fn, ctx and all that the caller wrote.
 *   [return]   finish swaps DONE in by CAS (seq_cst, thus release) -> the caller's load (acquire)
 *              carries: result and all that the function wrote.
 *   [await]    the caller writes waiter, then CASes FULL to FULL_AWAITED (release) -> finish reads the state by
 *              CAS or load (acquire): carries waiter. The CAS decides: either finish sees FULL_AWAITED and wakes,
 *              or the caller's CAS fails and it sees DONE.
 *   [park]     post (seq_cst) against the worker's parker, finish (seq_cst) against the caller's: see parker.h.
 *
 * finish reads waiter before its CAS: afterwards the line belongs to the caller and its successors.
 * Without a parker the caller sleeps on the state word; the wake uses its address as a name only.
 *
 * Together: slot_try_claim by any threads, slot_is_full and slot_finish by the one worker. The claimer alone:
 * slot_post, slot_is_done, slot_await, slot_sleep, slot_collect. Progress: all wait-free but slot_sleep.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_QUEUES_SLOT_H
#define PINION_QUEUES_SLOT_H

#include "affinity/port.h"
#include "queues/atomic.h"
#include "queues/parker.h"

enum slot_state {
	SLOT_EMPTY = 0,
	SLOT_CLAIMED,
	SLOT_FULL,
	SLOT_FULL_AWAITED,
	SLOT_DONE,
};

typedef int (*slot_fn)(void *ctx);

typedef struct call_slot {
	PINION_ALIGNED(PINION_LINE) atomic_u32 state; /* enum slot_state */
	int result;      /* written by the worker before DONE */
	slot_fn fn;      /* written by the claimer before FULL */
	void *ctx;
	parker *waiter;  /* written by the claimer before FULL_AWAITED; NULL: it sleeps on state */
} call_slot;

static_assert(sizeof(call_slot) == PINION_LINE, "a call is one line");

static inline bool slot_is_valid(const call_slot *s)
{
	return u32_load_relaxed(&s->state) <= SLOT_DONE;
}

static inline void slot_init(call_slot *s)
{
	u32_init(&s->state, SLOT_EMPTY);
	s->result = 0;
	s->fn = NULL;
	s->ctx = NULL;
	s->waiter = NULL;
}

/* Caller: reserve the slot. false: another call is in it. */
static inline bool slot_try_claim(call_slot *s)
{
	uint32_t expected = SLOT_EMPTY;

	PINION_VALID(slot_is_valid(s));
	return u32_cas_acquire(&s->state, &expected, SLOT_CLAIMED); /* [claim] */
}

/* Claimer: hand the call over. Then wake the worker's parker. */
static inline void slot_post(call_slot *s, slot_fn fn, void *ctx)
{
	s->fn = fn;
	s->ctx = ctx;
	u32_store_seq_cst(&s->state, SLOT_FULL); /* [call] [park] */
}

/* Worker: is a call waiting? */
static inline bool slot_is_full(const call_slot *s)
{
	uint32_t state = u32_load_acquire(&s->state); /* [call] */

	return state == SLOT_FULL || state == SLOT_FULL_AWAITED;
}

/* Worker: the same, as the re-check of a sleeper. */
static inline bool slot_is_full_seq_cst(const call_slot *s)
{
	uint32_t state = u32_load_seq_cst(&s->state); /* [call] [park] */

	return state == SLOT_FULL || state == SLOT_FULL_AWAITED;
}

/* Worker, after slot_is_full: hand the result back, and wake the caller if it sleeps. */
static inline void slot_finish(call_slot *s, int result)
{
	uint32_t state = u32_load_acquire(&s->state); /* [await] */
	parker *waiter;

	s->result = result;
	for (;;) {
		waiter = state == SLOT_FULL_AWAITED ? s->waiter : NULL;
		if (PINION_LIKELY(u32_cas_seq_cst(&s->state, &state, SLOT_DONE))) /* [return] [park] */
			break;
		state = u32_load_acquire(&s->state); /* [await] the failed CAS was relaxed */
	}
	if (PINION_LIKELY(state == SLOT_FULL))
		return;
	if (waiter)
		parker_wake(waiter);
	else
		pinion__futex_wake(u32_futex_word(&s->state), 1);
}

/* Claimer: has the call returned? */
static inline bool slot_is_done(const call_slot *s)
{
	return u32_load_acquire(&s->state) == SLOT_DONE; /* [return] */
}

/* Claimer: the same, as the re-check of a sleeper. */
static inline bool slot_is_done_seq_cst(const call_slot *s)
{
	return u32_load_seq_cst(&s->state) == SLOT_DONE; /* [return] [park] */
}

/* Claimer: I am about to sleep on this parker (NULL: on the state word). true: done already. */
static inline bool slot_await(call_slot *s, parker *waiter)
{
	uint32_t expected = SLOT_FULL;

	s->waiter = waiter;
	/* [await] FULL is our own store: nothing to acquire. A failure means DONE, and
	 * slot_is_done() acquires that. */
	return !u32_cas_release(&s->state, &expected, SLOT_FULL_AWAITED) && slot_is_done(s);
}

/* Claimer without a parker, after slot_await: sleep until the call has returned. */
static inline void slot_sleep(call_slot *s)
{
	while (!slot_is_done(s)) /* [return] */
		pinion__futex_wait(u32_futex_word(&s->state), SLOT_FULL_AWAITED, UINT64_MAX);
}

/* Claimer, after slot_is_done: take the result and free the slot. */
static inline int slot_collect(call_slot *s)
{
	int result = s->result;

	PINION_REQUIRE(u32_load_relaxed(&s->state) == SLOT_DONE);
	u32_store_release(&s->state, SLOT_EMPTY); /* [claim] */
	return result;
}

#endif
