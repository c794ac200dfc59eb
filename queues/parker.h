/*
 * Parker: how one thread sleeps until any other thread wakes it, without ever
 * missing a wake. It is a Dekker handshake around one futex word.
 *
 *                 announce                      sleep
 *        AWAKE ───────────────► PARKED ─────► (in the kernel)
 *          ▲                      │                 │
 *          └──── retract, wake, deadline ◄──────────┘
 *
 * The sleeper says "I am going" and then looks at its conditions a last time;
 * a waker changes a condition and then looks whether anybody is going:
 *
 *     sleeper                              waker
 *     word = PARKED   (seq_cst)            condition = true   (seq_cst)
 *     load condition  (seq_cst)            load word          (seq_cst)
 *
 * What fails with weaker orders: with a release store and acquire loads both
 * threads may keep their own store in the store buffer while their load is
 * answered from the old line. The sleeper reads "no work", the waker reads
 * AWAKE, nobody calls the futex, and the work waits for ever. One total order
 * of the four operations excludes that: whichever store comes second, the load
 * behind it sees the first. All four must be seq_cst; three are not enough.
 *
 * Ordering
 *   [park] sleeper stores PARKED (seq_cst) -> waker loads word (seq_cst), and
 *          waker publishes (seq_cst) -> sleeper re-checks (seq_cst)
 *          one of the two sees the other.
 *   [wake] waker swaps PARKED to AWAKE (release) -> sleeper loads AWAKE (acquire)
 *          carries: all that the waker wrote before parker_wake().
 *
 *   sleeper              waker                            result
 *   -------------------  -------------------------------  -----------------------------
 *   announce, re-check   publish, load word = AWAKE       the re-check sees the publish
 *   announce             publish, load word = PARKED,     word is AWAKE, sleep returns
 *                        swap, futex wake                 at once (futex value differs)
 *   announce, retract    load = PARKED, swap fails        nothing: the sleeper is awake
 *   announce, retract,   load = PARKED (the first one),   a wake too many: sleep returns
 *   announce again       swap succeeds on the second one  true, the caller looks and parks
 *   sleep, deadline      swap first                       sleep returns true: woken
 *   sleep, deadline      swap second: fails               sleep returns false
 *
 * So a wake may come without cause; the caller looks at its conditions after
 * every parker_sleep() and starts again with parker_announce().
 *
 * Who may run together
 *                announce  retract  sleep     wake
 *   announce     same thread for the first three
 *   retract      same      same
 *   sleep        same      same     same
 *   wake         together  together together  together (any number of wakers)
 *
 * Progress: announce, retract and wake are wait-free; sleep blocks.
 *
 * The parker must outlive every parker_wake() on it. Put it into a worker, not
 * onto a stack.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_QUEUES_PARKER_H
#define PINION_QUEUES_PARKER_H

#include "affinity/port.h"
#include "queues/atomic.h"

enum parker_state {
	PARKER_AWAKE = 0,  /* runs, or will look again before it sleeps */
	PARKER_PARKED = 1, /* sleeps, or will sleep after one more look */
};

typedef struct parker {
	/* Written by the sleeper (to PARKED) and by everybody (to AWAKE). */
	atomic_u32 word;
} parker;

static_assert(sizeof(parker) == sizeof(uint32_t), "a parker is its futex word");

static inline bool parker_is_valid(const parker *p)
{
	return u32_load_relaxed(&p->word) <= PARKER_PARKED;
}

static inline void parker_init(parker *p)
{
	u32_init(&p->word, PARKER_AWAKE);
}

/* Sleeper: say so, then re-check each condition with a seq_cst load. */
static inline void parker_announce(parker *p)
{
	PINION_VALID(parker_is_valid(p));
	u32_store_seq_cst(&p->word, PARKER_PARKED); /* [park] */
}

/* Sleeper: the re-check found something, stay awake. Relaxed: the condition that
 * was found carries its own edge, and the next announce is a seq_cst store. */
static inline void parker_retract(parker *p)
{
	PINION_VALID(parker_is_valid(p));
	u32_store_relaxed(&p->word, PARKER_AWAKE);
}

/*
 * Sleeper: sleep after an announce whose re-check found nothing, until woken or
 * until the monotonic time deadline_ns (UINT64_MAX: none). The state is AWAKE
 * afterwards. true: somebody woke us; false: the deadline passed.
 */
static inline bool parker_sleep(parker *p, uint64_t deadline_ns)
{
	PINION_VALID(parker_is_valid(p));
	while (u32_load_acquire(&p->word) == PARKER_PARKED) /* [wake] */
		if (!pinion__futex_wait(u32_futex_word(&p->word), PARKER_PARKED, deadline_ns))
			return u32_swap_acquire(&p->word, PARKER_AWAKE) == PARKER_AWAKE; /* [wake] */
	return true;
}

/*
 * Any thread, after a seq_cst publish: wake the sleeper if it sleeps or is about
 * to. Costs one load when it is awake. true: this call woke it, and no other call did.
 */
static inline bool parker_wake(parker *p)
{
	uint32_t parked = PARKER_PARKED;

	PINION_VALID(parker_is_valid(p));
	if (PINION_LIKELY(u32_load_seq_cst(&p->word) != PARKER_PARKED)) /* [park] */
		return false;
	if (!u32_cas_release(&p->word, &parked, PARKER_AWAKE)) /* [wake] */
		return false;
	pinion__futex_wake(u32_futex_word(&p->word), 1);
	return true;
}

#endif
