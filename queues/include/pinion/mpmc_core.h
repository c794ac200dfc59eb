/*
 * The algorithm of the ring with any number of producers and consumers. Its users
 * read <pinion/mpmc.h>; this file is installed because the code is inline.
 *
 * How it works. Two words say where the next push and the next pop happen, and a thread
 * claims places by moving such a word on with one compare-and-swap: one place or a run of
 * them. Whether a place may be claimed is not read from the other side's word, which would
 * travel with each operation, but from two marks that each place has (<pinion/mpmc_layout.h>):
 * filled and drained, each the parity of a lap.
 *
 * Why a parity is enough. Who read position p from a word, with acquire, has synchronised
 * with all who moved the word before (release), and they with those who drained or filled
 * the places that they claimed. So a mark is at most one step behind what p demands, and
 * may only be further on than p if the word is too; then the compare-and-swap fails.
 *
 * Sleepers register in the word which the other side must swap to do anything: a consumer
 * that found the ring EMPTY adds one to `sleepers` of tail, in a swap that fails if a push
 * was claimed since. A claim of n places takes up to n sleepers off in the same swap;
 * when the items are there, it adds as many permits and wakes as many threads. No fence,
 * no second look at the ring, and a push that finds no sleeper pays nothing. Producers
 * that found FULL register in head in the same way. Registrations have no names: as many
 * threads wait for a permit as are registered, plus the permits there are or will be. So who
 * leaves, by deadline or token, takes any one registration off; if there is none, then a permit
 * is on its way, and the leaver takes that one in advance: permits may be negative. Who leaves
 * with a permit but without an item hands it to the next sleeper. Nobody sleeps while a
 * place is BUSY: its owner may have swapped before and would not know.
 *
 * A cancel wakes all who sleep without a permit, by one shout: each looks at its own token.
 *
 * Ordering
 *   [turn]  a claim swaps tail or head (release) -> the next claim loads it (acquire)
 *           carries: all earlier claims, and the marks they had seen.
 *   [fill]  producer stores filled (release) -> consumer loads it (acquire)
 *           carries: the item and what the producer wrote before.
 *   [drain] consumer stores drained (release) -> producer loads it (acquire)
 *           carries: the read of the item, whose place is written again.
 *   [close] close adds the bit to tail (release) -> push and pop load tail (acquire)
 *           carries: what the closer wrote before.
 *   [cancel] a shout is added to permits (release) -> a sleeper loads them (acquire)
 *           carries: the token. Who loaded them before is refused sleep by the kernel.
 *   [taken] a sleeper takes a permit (release) -> one that leaves takes one in advance
 *           (acquire). Carries: the registration of the sleeper, so that if it was our
 *           permit, its registration is found and taken off instead.
 *   [wake]  permits are added (release) -> a sleeper takes one (acquire)
 *           carries: what the waker knows of the ring, so that EMPTY is not said of old.
 *
 *   thread                       other                        result
 *   ---------------------------  ---------------------------  ---------------------------
 *   push: claims                 push: claims the same        one wins; the other looks anew
 *   push: claimed, not filled    pop: filled old, tail ahead  BUSY
 *   pop: claimed, not drained    push: drained old, head      BUSY
 *                                ahead
 *   pop: filled old, tail equal  push claims afterwards       EMPTY, true when tail was read
 *   push: drained old, head a    pop claims afterwards        FULL, true when head was read
 *   lap behind
 *   pop_wait: EMPTY, registers   push: claimed before         the swap fails
 *                                push: claims afterwards      takes the sleeper off, fills,
 *                                                             adds a permit, wakes
 *   leaves by the deadline       claim took off one           takes one off or a permit in
 *                                                             advance, and looks once more
 *   close                        push: claims                 the bit makes the claim fail
 *   registers, loads permits     cancel: token, shout before  sees the token
 *                                cancel: shout afterwards     the kernel refuses sleep
 *
 * Compiles as C11 and as C++17 with GCC's or Clang's __atomic builtins.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_MPMC_CORE_H
#define PINION_MPMC_CORE_H

#include <pinion/mpmc_layout.h>

/* Before a loop over the marks of a block, which is most of a burst. */
#if defined(__clang__)
#define PINION__MPMC_UNROLL _Pragma("clang loop unroll_count(8)")
#else
#define PINION__MPMC_UNROLL _Pragma("GCC unroll 8")
#endif

#define PINION__MPMC_PAUSES     16 /* after the first lost claim of an operation */
#define PINION__MPMC_PAUSES_MAX 128
#define PINION__MPMC_AHEAD_MAX  8 /* lines that a burst fetches ahead */

PINION_BEGIN_DECLS

/** Private: add permits and wake as many sleepers. */
PINION_API void pinion_mpmc_wake(uint32_t *permits, uint32_t count);

/* ---- claims -------------------------------------------------------------------- */

/*
 * Move a word that was seen on to the position next, n places further, and take off the
 * sleepers that these places are enough for. false: not so; look anew.
 */
PINION__MPMC_INLINE int pinion__mpmc_claim(uint64_t *word, uint64_t seen, uint64_t next, size_t n,
                                           uint32_t *taken)
{
	uint64_t flags = 0;

	*taken = 0;
	if (PINION__MPMC_RARE(seen & PINION__MPMC_FLAGS)) {
		uint64_t sleepers = seen & PINION__MPMC_SLEEPERS;

		*taken = (uint32_t)(sleepers < n ? sleepers : n);
		flags = (seen & PINION__MPMC_FLAGS) - *taken;
	}
	/* [turn]; what failed is loaded anew, thus relaxed */
	return __atomic_compare_exchange_n(word, &seen, next << PINION__MPMC_LOW | flags, 1,
	                                   __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

/*
 * A claim was lost, so another processor works on the same word. Leave the line to it for a while,
 * longer each time: it then does dozens of operations in the time of one transfer, where two
 * that take turns pay a transfer for each.
 */
static inline void pinion__mpmc_back_off(unsigned *pauses)
{
	for (unsigned i = 0; i < *pauses; i++)
		pinion__ring_spin(0);
	if (*pauses < PINION__MPMC_PAUSES_MAX)
		*pauses *= 2;
}

/*
 * Why the place at tail is not drained; OK: look anew. Relaxed: [turn] has shown us a head that
 * is at most a lap behind this tail, and if it is just that, the ring is full.
 */
static inline pinion_ring_outcome pinion__mpmc_why_full(const pinion_mpmc *r, uint64_t tail)
{
	uint64_t lap = (r->place_mask + 1) << PINION__MPMC_LOW;
	uint64_t head = __atomic_load_n(&r->head, __ATOMIC_RELAXED);

	if ((tail - lap) >> PINION__MPMC_LOW == pinion__mpmc_position(head))
		return PINION_RING_FULL;
	head = __atomic_load_n(&r->tail, __ATOMIC_RELAXED);
	return head == tail ? PINION_RING_BUSY : PINION_RING_OK;
}

/* Why the place at head is not filled; OK: look anew. */
static inline pinion_ring_outcome pinion__mpmc_why_empty(const pinion_mpmc *r, uint64_t head)
{
	uint64_t tail = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE); /* [close] */

	if (pinion__mpmc_position(tail) == pinion__mpmc_position(head))
		return tail & PINION__MPMC_CLOSED ? PINION_RING_CLOSED : PINION_RING_EMPTY;
	/* Relaxed: only to tell an old head from a busy place. */
	tail = __atomic_load_n(&r->head, __ATOMIC_RELAXED);
	return tail == head ? PINION_RING_BUSY : PINION_RING_OK;
}

/* ---- one item ------------------------------------------------------------------ */

PINION__MPMC_INLINE pinion_ring_outcome pinion__mpmc_push(pinion_mpmc *r, pinion__mpmc_shape s,
                                                          const void *item)
{
	unsigned pauses = PINION__MPMC_PAUSES;

	for (;;) {
		uint64_t tail = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE); /* [turn], [close] */
		uint64_t pos = pinion__mpmc_position(tail);
		unsigned char parity = pinion__mpmc_parity(r, pos), mark;
		uint32_t taken;

		if (PINION__MPMC_RARE(tail & PINION__MPMC_CLOSED))
			return PINION_RING_CLOSED;
		mark = __atomic_load_n(pinion__mpmc_drained(r, pos), __ATOMIC_ACQUIRE); /* [drain] */
		if (mark != parity) {
			pinion_ring_outcome outcome = pinion__mpmc_why_full(r, tail);

			if (outcome != PINION_RING_OK)
				return outcome;
			continue;
		}
		if (!pinion__mpmc_claim(&r->tail, tail, pinion__mpmc_next(r, s, pos), 1, &taken)) {
			pinion__mpmc_back_off(&pauses);
			continue;
		}
		memcpy(pinion__mpmc_place(r, s, pos), item, s.item_bytes);
		__atomic_store_n(pinion__mpmc_filled(r, s, pos), (unsigned char)(parity ^ 1),
		                 __ATOMIC_RELEASE); /* [fill] */
		if (PINION__MPMC_RARE(taken != 0))
			pinion_mpmc_wake(&r->pop_permits, taken);
		return PINION_RING_OK;
	}
}

PINION__MPMC_INLINE pinion_ring_outcome pinion__mpmc_pop(pinion_mpmc *r, pinion__mpmc_shape s,
                                                         void *item)
{
	unsigned pauses = PINION__MPMC_PAUSES;

	for (;;) {
		uint64_t head = __atomic_load_n(&r->head, __ATOMIC_ACQUIRE); /* [turn] */
		uint64_t pos = pinion__mpmc_position(head);
		unsigned char parity = pinion__mpmc_parity(r, pos), mark;
		uint32_t taken;

		mark = __atomic_load_n(pinion__mpmc_filled(r, s, pos), __ATOMIC_ACQUIRE); /* [fill] */
		if (mark == parity) {
			pinion_ring_outcome outcome = pinion__mpmc_why_empty(r, head);

			if (outcome != PINION_RING_OK)
				return outcome;
			continue;
		}
		if (!pinion__mpmc_claim(&r->head, head, pinion__mpmc_next(r, s, pos), 1, &taken)) {
			pinion__mpmc_back_off(&pauses);
			continue;
		}
		memcpy(item, pinion__mpmc_place(r, s, pos), s.item_bytes);
		__atomic_store_n(pinion__mpmc_drained(r, pos), (unsigned char)(parity ^ 1),
		                 __ATOMIC_RELEASE); /* [drain] */
		if (PINION__MPMC_RARE(taken != 0))
			pinion_mpmc_wake(&r->push_permits, taken);
		return PINION_RING_OK;
	}
}

/* ---- bursts -------------------------------------------------------------------- */

/*
 * Whole blocks have a length that the compiler knows, the ends of a burst have not. The empty
 * statements keep it from making a call of a loop over a few items, and from warning that a whole
 * block does not fit into a small array: no burst is longer than the caller's array.
 */
PINION__MPMC_INLINE void pinion__mpmc_copy(pinion__mpmc_shape s, void *to, const void *from,
                                           size_t run)
{
	__asm__("" : "+r"(to), "+r"(from));
	if (run == s.per_block) {
		memcpy(to, from, s.per_block * s.item_bytes);
		return;
	}
	for (size_t i = 0; i < run; i++) {
		memcpy((unsigned char *)to + i * s.item_bytes,
		       (const unsigned char *)from + i * s.item_bytes, s.item_bytes);
		__asm__("" : "+r"(to));
	}
}

/* From the last to the first: who waits for the first then sees all of them. */
PINION__MPMC_INLINE void pinion__mpmc_mark(pinion__mpmc_shape s, unsigned char *mark, size_t run,
                                           unsigned char parity)
{
	if (run == s.per_block) {
		PINION__MPMC_UNROLL
		for (size_t i = 1; i <= s.per_block; i++)
			/* [fill], [drain] */
			__atomic_store_n(mark + s.per_block - i, parity, __ATOMIC_RELEASE);
	} else {
		while (run-- > 0)
			__atomic_store_n(mark + run, parity, __ATOMIC_RELEASE); /* [fill], [drain] */
	}
}

/* How many marks, from the first on, have that parity. Of a whole block they are added up: all
 * are 0 or 1. */
PINION__MPMC_INLINE size_t pinion__mpmc_match(pinion__mpmc_shape s, const unsigned char *mark,
                                              size_t run, unsigned char parity)
{
	size_t same = 0;

	if (run == s.per_block) {
		size_t sum = 0;

		PINION__MPMC_UNROLL
		for (size_t i = 0; i < s.per_block; i++)
			sum += __atomic_load_n(mark + i, __ATOMIC_ACQUIRE); /* [fill], [drain] */
		if (sum == (parity ? s.per_block : 0))
			return run;
	}
	while (same < run && __atomic_load_n(mark + same, __ATOMIC_ACQUIRE) == parity) /* the same */
		same++;
	return same;
}

/* What a burst needs: where its places begin and end, and how many they are. */
typedef struct pinion__mpmc_burst {
	uint64_t first, end;
	size_t places;
	uint32_t taken;
} pinion__mpmc_burst;

/* Up to n places from pos on that are drained (push) or filled (pop). */
PINION__MPMC_INLINE pinion__mpmc_burst pinion__mpmc_look(const pinion_mpmc *r, pinion__mpmc_shape s,
                                                         uint64_t pos, size_t n, int push)
{
	pinion__mpmc_burst b;

	b.first = b.end = pos;
	b.places = b.taken = 0;
	while (b.places < n) {
		unsigned char parity = pinion__mpmc_parity(r, b.end);
		size_t run = pinion__mpmc_run(r, s, b.end, n - b.places), same;

		if (push)
			same = pinion__mpmc_match(s, pinion__mpmc_drained(r, b.end), run, parity);
		else
			same = pinion__mpmc_match(s, pinion__mpmc_filled(r, s, b.end), run, parity ^ 1);
		if (same > 0)
			b.end = pinion__mpmc_next(r, s, b.end + same - 1);
		b.places += same;
		if (same < run)
			break; /* at the latest one lap on: its parity is the other one */
	}
	return b;
}

/* Fetch a line that is about to be written, in one transfer instead of two. */
PINION__MPMC_INLINE void pinion__mpmc_fetch_to_write(const unsigned char *line)
{
#if defined(__x86_64__)
	__asm__ volatile("prefetchw %0" : : "m"(*line)); /* the built-in one is not sure to say so */
#else
	__builtin_prefetch(line, 1);
#endif
}

/*
 * A whole burst went through, so the next one is likely to follow: let its lines come while this
 * one is copied. A producer does so only if the ring is free far beyond them, else it
 * would take them from under a consumer's hands. Relaxed: a hint.
 */
PINION__MPMC_INLINE void pinion__mpmc_fetch_ahead(const pinion_mpmc *r, pinion__mpmc_shape s,
                                                  uint64_t end, size_t n, int push)
{
	size_t lines = n / s.per_block + 1;
	uint64_t far;

	lines = lines < PINION__MPMC_AHEAD_MAX ? lines : PINION__MPMC_AHEAD_MAX;
	far = (end & r->place_mask) + ((uint64_t)(push ? 4 * lines + 4 : lines) << s.shift);
	if (far > r->last || (push && __atomic_load_n(pinion__mpmc_drained(r, far), __ATOMIC_RELAXED) !=
	                                  pinion__mpmc_parity(r, end)))
		return;
	for (size_t i = 0; i < lines; i++) {
		const unsigned char *line = pinion__mpmc_block(r, s, end) + i * s.block_bytes;

		if (push)
			pinion__mpmc_fetch_to_write(line);
		else
			__builtin_prefetch(line, 0);
	}
}

PINION__MPMC_INLINE void pinion__mpmc_fill(pinion_mpmc *r, pinion__mpmc_shape s,
                                           pinion__mpmc_burst b, const void *items)
{
	uint64_t pos = b.first;

	for (size_t done = 0, run; done < b.places; done += run) {
		run = pinion__mpmc_run(r, s, pos, b.places - done);
		pinion__mpmc_copy(s, pinion__mpmc_place(r, s, pos),
		                  (const unsigned char *)items + done * s.item_bytes, run);
		pinion__mpmc_mark(s, pinion__mpmc_filled(r, s, pos), run, pinion__mpmc_parity(r, pos) ^ 1);
		pos = pinion__mpmc_next(r, s, pos + run - 1);
	}
}

/* All items first, then all marks: they share a line, and a producer that waits for the first
 * would take it away between two items. */
PINION__MPMC_INLINE void pinion__mpmc_drain(pinion_mpmc *r, pinion__mpmc_shape s,
                                            pinion__mpmc_burst b, void *items)
{
	uint64_t pos = b.first;

	for (size_t done = 0, run; done < b.places; done += run) {
		run = pinion__mpmc_run(r, s, pos, b.places - done);
		pinion__mpmc_copy(s, (unsigned char *)items + done * s.item_bytes,
		                  pinion__mpmc_place(r, s, pos), run);
		pos = pinion__mpmc_next(r, s, pos + run - 1);
	}
	pos = b.first;
	for (size_t done = 0, run; done < b.places; done += run) {
		run = pinion__mpmc_run(r, s, pos, b.places - done);
		pinion__mpmc_mark(s, pinion__mpmc_drained(r, pos), run, pinion__mpmc_parity(r, pos) ^ 1);
		pos = pinion__mpmc_next(r, s, pos + run - 1);
	}
}

PINION__MPMC_INLINE pinion_ring_outcome pinion__mpmc_push_n(pinion_mpmc *r, pinion__mpmc_shape s,
                                                            const void *items, size_t n,
                                                            size_t *moved)
{
	unsigned pauses = PINION__MPMC_PAUSES;
	pinion__mpmc_burst b;

	*moved = 0;
	if (n == 0)
		return PINION_RING_OK;
	for (;;) {
		uint64_t tail = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE); /* [turn], [close] */

		if (PINION__MPMC_RARE(tail & PINION__MPMC_CLOSED))
			return PINION_RING_CLOSED;
		b = pinion__mpmc_look(r, s, pinion__mpmc_position(tail), n, 1);
		if (b.places == 0) {
			pinion_ring_outcome outcome = pinion__mpmc_why_full(r, tail);

			if (outcome != PINION_RING_OK)
				return outcome;
			continue;
		}
		if (pinion__mpmc_claim(&r->tail, tail, b.end, b.places, &b.taken))
			break;
		pinion__mpmc_back_off(&pauses);
	}
	if (b.places == n)
		pinion__mpmc_fetch_ahead(r, s, b.end, n, 1);
	pinion__mpmc_fill(r, s, b, items);
	if (PINION__MPMC_RARE(b.taken != 0))
		pinion_mpmc_wake(&r->pop_permits, b.taken);
	*moved = b.places;
	return PINION_RING_OK;
}

PINION__MPMC_INLINE pinion_ring_outcome pinion__mpmc_pop_n(pinion_mpmc *r, pinion__mpmc_shape s,
                                                           void *items, size_t n, size_t *moved)
{
	unsigned pauses = PINION__MPMC_PAUSES;
	pinion__mpmc_burst b;

	*moved = 0;
	if (n == 0)
		return PINION_RING_OK;
	for (;;) {
		uint64_t head = __atomic_load_n(&r->head, __ATOMIC_ACQUIRE); /* [turn] */

		b = pinion__mpmc_look(r, s, pinion__mpmc_position(head), n, 0);
		if (b.places == 0) {
			pinion_ring_outcome outcome = pinion__mpmc_why_empty(r, head);

			if (outcome != PINION_RING_OK)
				return outcome;
			continue;
		}
		if (pinion__mpmc_claim(&r->head, head, b.end, b.places, &b.taken))
			break;
		pinion__mpmc_back_off(&pauses);
	}
	if (b.places == n)
		pinion__mpmc_fetch_ahead(r, s, b.end, n, 0);
	pinion__mpmc_drain(r, s, b, items);
	if (PINION__MPMC_RARE(b.taken != 0))
		pinion_mpmc_wake(&r->push_permits, b.taken);
	*moved = b.places;
	return PINION_RING_OK;
}

PINION_END_DECLS

#endif
