/*
 * Idle map: one bit per seat, set while its worker has nothing to do. A thread
 * that has made work picks the nearest idle seat and wakes exactly that one.
 *
 * Ordering
 *   [idle] worker sets its bit (seq_cst), then re-checks all work it could take
 *          (seq_cst loads); publisher makes work visible (seq_cst), then reads the
 *          map (seq_cst). The Dekker handshake of parker.h with a bit in place of
 *          the word. What fails without: the worker's last look misses the new
 *          task, the publisher's look misses the bit; the task lies there while its
 *          worker sleeps.
 *   [turn] a set (seq_cst RMW) -> the pick that clears that bit (seq_cst RMW)
 *          one word, one order: each set is picked at most once. Carries: the seat's
 *          use of what belongs to whoever has the bit. idle_clear() is relaxed: the
 *          order of the word decides whether it or a pick came first, it takes the
 *          seat's own bit, and a pick that was faster speaks through its message.
 *
 *   [taken] a pick clears the bit (seq_cst), then wakes the seat's parker (seq_cst load);
 *          a worker that goes to sleep announces (seq_cst), then looks at its bit
 *          (idle_is_set_seq_cst). It must not sleep when the bit is gone: its one wake
 *          is spent, the task may have been taken by another thief meanwhile, and a
 *          sleeper without its bit is never picked again. A publisher that leaves a
 *          message for the seat it picked needs no such look: the message is seen.
 *
 *   worker                       publisher                  result
 *   ---------------------------  -------------------------  --------------------------
 *   set, re-check                publish, any/pick          one sees the other
 *   clear (found work): true     pick comes later           bit is 0, pick goes on
 *   clear (found work): false    pick came first            the wake meant for us is on
 *                                                           its way; it is spent on a
 *                                                           worker that is awake anyway
 *   two publishers pick          one clears the bit         the other goes on in its order
 *
 * Who may run together: all operations together; idle_set of a seat only by the
 * seat itself, idle_init never with anything.
 *
 * Progress: all wait-free; any and pick take one step per word or per seat.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_QUEUES_IDLE_H
#define PINION_QUEUES_IDLE_H

#include "affinity/port.h"
#include "queues/atomic.h"

#define IDLE_SEATS_PER_WORD 64u

typedef struct idle {
	/* Fixed before start. */
	atomic_u64 *words; /* handed in; written by everybody, so align it to PINION_NOSHARE */
	uint32_t seats;
} idle;

/* How many words idle_init() wants for that many seats. */
static inline uint32_t idle_words(uint32_t seats)
{
	return seats / IDLE_SEATS_PER_WORD + (seats % IDLE_SEATS_PER_WORD != 0);
}

/* No bit is set beyond the last seat. */
static inline bool idle_is_valid(const idle *m)
{
	uint32_t rest = m->seats % IDLE_SEATS_PER_WORD;

	return rest == 0 || u64_load_relaxed(&m->words[idle_words(m->seats) - 1]) >> rest == 0;
}

/* words: idle_words(seats) of them, alive as long as the map. All seats begin busy. */
static inline void idle_init(idle *m, atomic_u64 *words, uint32_t seats)
{
	m->words = words;
	m->seats = seats;
	for (uint32_t i = 0; i < idle_words(seats); i++)
		u64_init(&words[i], 0);
}

static inline atomic_u64 *idle_word(const idle *m, uint32_t seat)
{
	PINION_REQUIRE(seat < m->seats);
	return &m->words[seat / IDLE_SEATS_PER_WORD];
}

static inline uint64_t idle_bit(uint32_t seat)
{
	return UINT64_C(1) << seat % IDLE_SEATS_PER_WORD;
}

/* The seat's own worker: I am idle. Re-check all work with seq_cst loads afterwards. */
static inline void idle_set(idle *m, uint32_t seat)
{
	PINION_VALID(idle_is_valid(m));
	u64_or_seq_cst(idle_word(m, seat), idle_bit(seat)); /* [idle] */
}

/* Not idle any more. true: the bit was set, and nobody has picked or will pick it. */
static inline bool idle_clear(idle *m, uint32_t seat)
{
	PINION_VALID(idle_is_valid(m));
	return u64_and_relaxed(idle_word(m, seat), ~idle_bit(seat)) & idle_bit(seat); /* [turn] */
}

/* A look for reports and policy. Relaxed: it decides nothing. */
static inline bool idle_is_set(const idle *m, uint32_t seat)
{
	return u64_load_relaxed(idle_word(m, seat)) & idle_bit(seat);
}

/* After a seq_cst publish: is this seat idle? */
static inline bool idle_is_set_seq_cst(const idle *m, uint32_t seat)
{
	return u64_load_seq_cst(idle_word(m, seat)) & idle_bit(seat); /* [idle] */
}

/* After a seq_cst publish: is anybody idle? */
static inline bool idle_any(const idle *m)
{
	for (uint32_t i = 0; i < idle_words(m->seats); i++)
		if (u64_load_seq_cst(&m->words[i]) != 0) /* [idle] */
			return true;
	return false;
}

/*
 * After a seq_cst publish: take the first idle seat of order[0 .. n - 1] out of
 * the map. true: *seat is ours to wake, nobody else has it.
 */
static inline bool idle_pick(idle *m, const uint32_t *order, uint32_t n, uint32_t *seat)
{
	PINION_VALID(idle_is_valid(m));
	if (!idle_any(m))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t bit = idle_bit(order[i]);
		atomic_u64 *word = idle_word(m, order[i]);

		if (!(u64_load_seq_cst(word) & bit)) /* [idle] */
			continue;
		if (u64_and_seq_cst(word, ~bit) & bit) { /* [turn] [taken] */
			*seat = order[i];
			return true;
		}
	}
	return false;
}

#endif
