/*
 * Cursor: hands out the chunks 0, 1, 2, … of one seat for one loop, each exactly
 * once, to the seat's owner and to visitors.
 *
 *     word = tag : 24 | pos : 40        pos counts chunks
 *
 * The tag names the loop. A dispatcher that starts a loop over a thousand seats
 * does not touch a thousand lines: a cursor that still carries an older tag is
 * untouched in this loop, and the first claimer replaces {old, x} by {tag, 1} in
 * one swap, which also claims chunk 0. After 2^24 - 1 loops the tags start over
 * at 1 and an old cursor could look used; the dispatcher then calls
 * cursor_reset() on all, while nobody is inside a loop. Tag 0 is "never used".
 *
 * Overshoot is bounded because a load comes before every add: once pos has
 * reached the limit nobody adds any more. A thread adds at most once past the
 * limit (it read pos below the limit, others were faster, its add tells it so
 * and it stops), so pos <= limit + threads, far from carrying into the tag.
 * cursor_claim_many() swaps instead of adding and never overshoots.
 *
 * Ordering: every access is relaxed. Which thread gets a chunk is decided by the
 * atomicity of one word alone. The data behind the chunk travels by the epoch:
 * the fork's publish comes before all claims, the arrivals come after them (see
 * epoch.h), and a cursor never tells one claimer about another's work.
 *
 *   claimer A                  claimer B                   result
 *   -------------------------  --------------------------  -----------------------------
 *   load {old}, swap {tag,1}   load {old}, swap fails      A has chunk 0; B sees {tag,1}
 *                                                          and adds: chunk 1
 *   load pos = limit - 1, add  load pos = limit - 1, add   one has the last chunk, the
 *                                                          other reads pos = limit: nothing
 *   load pos, add 1            load pos, swap pos + n      swap fails, B tries again from
 *                                                          the new pos
 *   cursor_reset               nobody inside a loop        (the dispatcher's duty)
 *
 * Who may run together: claim, claim_many and probe of the same loop together;
 * init and reset never with anything. A thread that is not part of the loop
 * `tag` must not claim with it: it could turn the cursor back.
 *
 * Progress: claim is wait-free after at most `threads` swaps of a stale tag,
 * claim_many lock-free, probe wait-free.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_QUEUES_CURSOR_H
#define PINION_QUEUES_CURSOR_H

#include "affinity/port.h"
#include "queues/atomic.h"

#define CURSOR_POS_BITS 40
#define CURSOR_POS_MASK ((UINT64_C(1) << CURSOR_POS_BITS) - 1)
#define CURSOR_TAG_MAX ((UINT32_C(1) << 24) - 1)
/* Leaves room for one overshoot by each of 2^32 threads. */
#define CURSOR_LIMIT_MAX (CURSOR_POS_MASK - UINT32_MAX)

typedef struct cursor {
	/* Written by whoever claims, on a line of its own. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 word;
} cursor;

static_assert(sizeof(cursor) == PINION_NOSHARE, "a cursor shares its line with nothing");

static inline uint32_t cursor_tag(uint64_t word)
{
	return (uint32_t)(word >> CURSOR_POS_BITS);
}

static inline uint64_t cursor_pos(uint64_t word)
{
	return word & CURSOR_POS_MASK;
}

/* A cursor that was never used has not moved. */
static inline bool cursor_is_valid(const cursor *c)
{
	uint64_t word = u64_load_relaxed(&c->word);

	return cursor_tag(word) != 0 || cursor_pos(word) == 0;
}

static inline void cursor_init(cursor *c)
{
	u64_init(&c->word, 0);
}

/* The tags start over. Nobody else is in a loop. */
static inline void cursor_reset(cursor *c)
{
	u64_store_relaxed(&c->word, 0);
}

/* Is something left to claim of `limit` chunks? A hint: others claim meanwhile. */
static inline bool cursor_probe(const cursor *c, uint32_t tag, uint64_t limit)
{
	uint64_t word = u64_load_relaxed(&c->word);

	return (cursor_tag(word) == tag ? cursor_pos(word) : 0) < limit;
}

/* Claim one chunk of `limit`: true and its number in *pos, or false: none is left. */
static inline bool cursor_claim(cursor *c, uint32_t tag, uint64_t limit, uint64_t *pos)
{
	uint64_t word = u64_load_relaxed(&c->word);

	PINION_VALID(cursor_is_valid(c));
	PINION_REQUIRE(tag != 0 && tag <= CURSOR_TAG_MAX && limit <= CURSOR_LIMIT_MAX);
	if (PINION_UNLIKELY(limit == 0))
		return false;
	while (PINION_UNLIKELY(cursor_tag(word) != tag))
		if (u64_cas_relaxed(&c->word, &word, (uint64_t)tag << CURSOR_POS_BITS | 1)) {
			*pos = 0;
			return true;
		}
	if (cursor_pos(word) >= limit)
		return false;
	uint64_t mine = cursor_pos(u64_add_relaxed(&c->word, 1));
	if (mine >= limit)
		return false;
	*pos = mine;
	return true;
}

/*
 * Claim up to `want` chunks in a row: true, the first in *pos and their number
 * (1 .. want) in *got, or false: none is left.
 */
static inline bool cursor_claim_many(cursor *c, uint32_t tag, uint64_t limit, uint64_t want,
                                     uint64_t *pos, uint64_t *got)
{
	uint64_t word = u64_load_relaxed(&c->word), first, n;

	PINION_VALID(cursor_is_valid(c));
	PINION_REQUIRE(tag != 0 && tag <= CURSOR_TAG_MAX && limit <= CURSOR_LIMIT_MAX);
	PINION_REQUIRE(want != 0);
	do {
		first = cursor_tag(word) == tag ? cursor_pos(word) : 0;
		if (first >= limit)
			return false;
		n = want < limit - first ? want : limit - first;
	} while (!u64_cas_relaxed(&c->word, &word,
	                          (uint64_t)tag << CURSOR_POS_BITS | (first + n)));
	*pos = first;
	*got = n;
	return true;
}

#endif
