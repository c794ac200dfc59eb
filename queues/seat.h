/*
 * Who holds a seat. A seat that is shared by an adopted thread and its standby
 * has one holder at a time, and everything that is owner-only belongs to the
 * holder. Only such seats use this; a worker with a thread of its own always
 * holds its seat.
 *
 * Ordering
 *   [hold]  the leaver swaps FREE in (seq_cst, thus release) -> the next holder's CAS (acquire)
 *           carries: everything owner-only. Holding has no place in the one total order
 *           and needs none: who reads HELD relies on the leave that follows it, and that
 *           one has its place.
 *   [kick]  a producer publishes to the seat's inbox (seq_cst), then loads `word` (seq_cst);
 *           the leaver swaps FREE in (seq_cst), then looks at the inbox (seq_cst).
 *           One of the two sees the other: either the producer finds the seat free and wakes the standby, or
 *           the leaver finds the work and does. Weaker orders let both look too early, and the work lies there
 *           until the next visitor comes.
 *
 *   interleaving          producer reads   leaver reads   who wakes the standby
 *   push, look, leave     HELD             work           the leaver
 *   push, leave, look     FREE             work           both; with the second wake it finds nothing to do
 *   leave, push, look     FREE             nothing        the producer
 *
 * Together: seat_try_hold, seat_is_free by any threads. Holder only: seat_leave.
 * Progress: all wait-free.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_QUEUES_SEAT_H
#define PINION_QUEUES_SEAT_H

#include "affinity/port.h"
#include "queues/atomic.h"

enum seat_state {
	SEAT_FREE = 0,
	SEAT_HELD,
};

typedef struct seat_hold {
	PINION_ALIGNED(PINION_NOSHARE) atomic_u32 word; /* enum seat_state */
} seat_hold;

static inline bool seat_is_valid(const seat_hold *s)
{
	return u32_load_relaxed(&s->word) <= SEAT_HELD;
}

static inline void seat_init(seat_hold *s)
{
	u32_init(&s->word, SEAT_FREE);
}

/* Take the seat if nobody has it. */
static inline bool seat_try_hold(seat_hold *s)
{
	uint32_t expected = SEAT_FREE;

	PINION_VALID(seat_is_valid(s));
	return u32_cas_acquire(&s->word, &expected, SEAT_HELD); /* [hold] */
}

/* Give the seat up; then look at its inbox with seq_cst. */
static inline void seat_leave(seat_hold *s)
{
	PINION_REQUIRE(u32_load_relaxed(&s->word) == SEAT_HELD);
	u32_swap_seq_cst(&s->word, SEAT_FREE); /* [hold] [kick] */
}

/* After a seq_cst publish to the inbox: is there no holder who will look? */
static inline bool seat_is_free(const seat_hold *s)
{
	return u32_load_seq_cst(&s->word) == SEAT_FREE; /* [kick] */
}

#endif
