/*
 * The half of the ring that waits: how a thread registers, sleeps, is woken and leaves.
 * Its edges and its story stand in <pinion/mpmc_core.h>.
 *
 * One loop serves both directions. A `side` is what a waiting thread needs to know of
 * its own: the word in which it registers, which is the other side's, and the permits on
 * which it sleeps.
 *
 *              registers in   when it equals                 sleeps on
 *   consumer   tail           head: EMPTY                    pop_permits
 *   producer   head           tail less one lap: FULL        push_permits
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/mpmc.h>

#include "affinity/port.h"

/*
 * Looks before a thread sleeps: a few pauses, then turns given to other threads, one of which may
 * be the peer; with nobody to give it to, a turn is a longer pause. A busy place is worth many
 * turns: its owner has only to come back; if it does not, naps follow.
 */
#if defined(PINION_MODEL_CHECK) /* no time passes there, and each look is like the one before */
#define IDLE_LOOKS 0u
#define ONE_LOOK   0u
#else
#define IDLE_LOOKS 80u
#define ONE_LOOK   1u
#endif
#define PAUSES     16u
#define BUSY_LOOKS 4096u
#define NAP_NS     50000u
#define EVERYBODY  ((uint32_t)INT32_MAX) /* a futex wakes a signed number */

struct side {
	uint64_t *word;
	uint32_t *permits;
};

/* One thread that waits. */
struct waiting {
	pinion_mpmc *ring;
	struct side side;
	uint64_t lag; /* the side's word, less this, equals the own word when there is nothing to do */
	const uint64_t *own;
	const pinion_ring_wait *wait;
	unsigned looks;
	bool woken; /* holds a permit that it has not used */
};

static struct waiting waiting_to_pop(pinion_mpmc *r, const pinion_ring_wait *wait)
{
	return (struct waiting){
	    .ring = r,
	    .side = {&r->tail, &r->pop_permits},
	    .own = &r->head,
	    .wait = wait,
	};
}

static struct waiting waiting_to_push(pinion_mpmc *r, const pinion_ring_wait *wait)
{
	return (struct waiting){
	    .ring = r,
	    .side = {&r->head, &r->push_permits},
	    .own = &r->tail,
	    .lag = (r->place_mask + 1) << PINION__MPMC_LOW,
	    .wait = wait,
	};
}

void pinion_mpmc_wake(uint32_t *permits, uint32_t count)
{
	__atomic_fetch_add(permits, count, __ATOMIC_RELEASE); /* [wake] */
	pinion__futex_wake(permits, count);
}

/* Let all who sleep look at their tokens. No permit: another could take it. */
static void shout(uint32_t *permits)
{
	__atomic_fetch_add(permits, PINION__MPMC_SHOUT, __ATOMIC_RELEASE); /* [cancel] */
	pinion__futex_wake(permits, EVERYBODY);
}

static uint64_t deadline(const struct waiting *w)
{
	return w->wait != NULL && w->wait->deadline_ns != 0 ? w->wait->deadline_ns : UINT64_MAX;
}

static bool cancelled(const struct waiting *w)
{
	return w->wait != NULL && w->wait->cancel != NULL && pinion_ring_cancelled(w->wait->cancel);
}

/* Whether the waiting has an end, with or without success. */
static pinion_ring_outcome over(const struct waiting *w)
{
	if (cancelled(w))
		return PINION_RING_CANCELLED;
	if (deadline(w) != UINT64_MAX && pinion__clock_ns() >= deadline(w))
		return PINION_RING_TIMEDOUT;
	return PINION_RING_OK;
}

/*
 * Take off one registration, whosever it is; false: there is none. A swap even then: with an old
 * "none" we would take a permit in advance that nobody adds, and another thread sleep for ever.
 * Relaxed: it says "one less" and nothing else, and leaves the release sequence of the claims whole.
 */
static bool take_one(const struct side *side)
{
	uint64_t seen = __atomic_load_n(side->word, __ATOMIC_RELAXED);

	while (!__atomic_compare_exchange_n(side->word, &seen,
	                                    seen & PINION__MPMC_SLEEPERS ? seen - 1 : seen, true,
	                                    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	return (seen & PINION__MPMC_SLEEPERS) != 0;
}

/* The ring is closed, nobody registers any more: take off all and wake whose they were. */
static void wake_all(const struct side *side)
{
	/* Relaxed: the permits carry what there is to see. */
	uint64_t seen = __atomic_fetch_and(side->word, ~PINION__MPMC_SLEEPERS, __ATOMIC_RELAXED);
	uint32_t sleepers = (uint32_t)(seen & PINION__MPMC_SLEEPERS);

	if (sleepers != 0)
		pinion_mpmc_wake(side->permits, sleepers);
}

/*
 * Register, if there is still nothing to do. The swap fails when the other side has claimed
 * since. Relaxed, all: the words never pass each other, so if two old values meet, then
 * the swap of the newest shows that both were the newest.
 */
static bool try_register(const struct waiting *w)
{
	uint64_t own = __atomic_load_n(w->own, __ATOMIC_RELAXED);
	uint64_t seen = __atomic_load_n(w->side.word, __ATOMIC_RELAXED);

	if (pinion__mpmc_position(own - w->lag) != pinion__mpmc_position(seen) ||
	    (seen & PINION__MPMC_CLOSED) || (seen & PINION__MPMC_SLEEPERS) == PINION__MPMC_SLEEPERS)
		return false;
	return __atomic_compare_exchange_n(w->side.word, &seen, seen + 1, false, __ATOMIC_RELAXED,
	                                   __ATOMIC_RELAXED);
}

/*
 * Registered: sleep until there is a permit. false: the deadline or the token came first. The last
 * look is a swap, for it must be the newest: if the kernel woke us for a permit that is there
 * and we left it, the thread for which it is would sleep on.
 */
static bool take_permit(const struct waiting *w)
{
	uint32_t seen = __atomic_load_n(w->side.permits, __ATOMIC_ACQUIRE); /* [cancel] */
	bool leave = false;

	for (;;) {
		if (pinion__mpmc_permits(seen) > 0) {
			if (__atomic_compare_exchange_n(w->side.permits, &seen, seen - 1, true,
			                                __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) /* [wake] [taken] */
				return true;
		} else if (leave) {
			return false;
		} else if (cancelled(w) || !pinion__futex_wait(w->side.permits, seen, deadline(w))) {
			leave = true;
			seen = __atomic_fetch_add(w->side.permits, 0, __ATOMIC_RELAXED); /* only the newest */
		} else {
			seen = __atomic_load_n(w->side.permits, __ATOMIC_ACQUIRE); /* [cancel] */
		}
	}
}

/*
 * We leave without a permit and nobody is registered, so one is on its way for us: take it in
 * advance. If there is none to be had, it may have gone to a thread that registered since and
 * whose registration is left behind; then that one is ours to take off, and the permit to give back.
 */
static void take_in_advance(struct waiting *w)
{
	uint32_t before = __atomic_fetch_sub(w->side.permits, 1, __ATOMIC_ACQUIRE); /* [taken] */

	if (pinion__mpmc_permits(before) <= 0 && take_one(&w->side))
		pinion_mpmc_wake(w->side.permits, 1);
	else
		w->woken = true;
}

static void sleep_registered(struct waiting *w)
{
	if (take_permit(w))
		w->woken = true;
	else if (!take_one(&w->side))
		take_in_advance(w);
}

/* A place is busy, and its owner has not come back for long. */
static void nap(void)
{
	static const uint32_t never = 0;

	pinion__futex_wait(&never, 0, pinion__clock_ns() + NAP_NS);
}

/* There is nothing to do, or a place is busy: pause, yield, or sleep. */
static void wait_a_little(struct waiting *w, bool busy)
{
	unsigned looks = w->looks;

	w->looks += ONE_LOOK;
	if (looks < PAUSES && pinion__ring_spin(0))
		return;
	if (looks < (busy ? BUSY_LOOKS : IDLE_LOOKS)) {
		pinion__yield();
	} else if (busy) {
		nap();
	} else {
		if (try_register(w))
			sleep_registered(w);
		w->looks = 0;
	}
}

/*
 * After an operation came to `outcome`: PINION_RING_OK to do it again, else what the waiting form
 * returns. Who leaves with a wake that may have been meant for an item passes it on.
 */
static pinion_ring_outcome wait_again(struct waiting *w, pinion_ring_outcome outcome)
{
	pinion_ring_outcome end = over(w);

	if (outcome != PINION_RING_BUSY)
		w->woken = false; /* there is nothing to be woken for */
	if (end == PINION_RING_OK)
		wait_a_little(w, outcome == PINION_RING_BUSY);
	else if (w->woken && take_one(&w->side))
		pinion_mpmc_wake(w->side.permits, 1);
	return end;
}

pinion_ring_outcome pinion_mpmc_push_wait(pinion_mpmc *r, const void *item,
                                          const pinion_ring_wait *wait)
{
	struct waiting w = waiting_to_push(r, wait);
	pinion_ring_outcome outcome, end = PINION_RING_OK;

	do {
		outcome = pinion_mpmc_push(r, item);
		if (outcome == PINION_RING_OK || outcome == PINION_RING_CLOSED)
			return outcome;
		end = wait_again(&w, outcome);
	} while (end == PINION_RING_OK);
	return end;
}

pinion_ring_outcome pinion_mpmc_pop_wait(pinion_mpmc *r, void *item, const pinion_ring_wait *wait)
{
	struct waiting w = waiting_to_pop(r, wait);
	pinion_ring_outcome outcome, end = PINION_RING_OK;

	do {
		outcome = pinion_mpmc_pop(r, item);
		if (outcome == PINION_RING_OK || outcome == PINION_RING_CLOSED)
			return outcome;
		end = wait_again(&w, outcome);
	} while (end == PINION_RING_OK);
	return end;
}

void pinion_mpmc_close(pinion_mpmc *r)
{
	struct side consumers = waiting_to_pop(r, NULL).side, producers = waiting_to_push(r, NULL).side;

	__atomic_fetch_or(&r->tail, PINION__MPMC_CLOSED, __ATOMIC_RELEASE); /* [close] */
	wake_all(&consumers);
	/* Relaxed: it only keeps producers from registering; tail says why. */
	__atomic_fetch_or(&r->head, PINION__MPMC_CLOSED, __ATOMIC_RELAXED);
	wake_all(&producers);
}

void pinion_mpmc_cancel(pinion_mpmc *r, pinion_ring_cancel *token)
{
	pinion__ring_cancel(token);
	shout(&r->pop_permits);
	shout(&r->push_permits);
}
