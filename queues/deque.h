/*
 * Deque: the owner pushes and pops at the bottom, anybody steals at the top. It is
 * split: what lies above the split is private, and the owner moves there with plain
 * loads and stores; what lies below is shared, and thieves take from it. One word
 * {split, tail} says what is shared, and every change of it is a read-modify-write.
 *
 *        tail              split             bottom
 *         ▼                  ▼                 ▼
 *   ───┬────┬────┬────┬────┬────┬────┬────┬────┬───     indices are 32 bits and never
 *      │ t  │    │    │    │    │    │    │b-1 │        reset; slot = index & mask
 *   ───┴────┴────┴────┴────┴────┴────┴────┴────┴───
 *    thieves ►   shared     │     private   ◄ owner
 *
 * A thief that finds nothing shared asks. The owner looks at that in each push and pop and
 * answers: a push shares all that is private, for more is coming, a pop shares half. A pop
 * that finds nothing private takes back half of what is shared. So the owner pays for a
 * shared word once per run of items, not once per item. That is for items that are done in
 * no time. An owner whose items take long shares each of them (deque_push_seq_cst) and
 * takes back one at a time (deque_pop_shared): while it works, it answers nobody.
 *
 * To ask is to write the number of the answer that is wanted, one more than `answers`. The
 * owner compares it with the number of its next one, so it never has to wipe a wish out:
 * one line less to fetch in an answer. Wishes only grow, so a late thief wipes out none.
 *
 * A thief owns a run of indices from the moment of its swap and reads the slots only
 * then. The item in a slot may have changed between a thief's look at the word and its
 * swap (taken back, popped, pushed anew, shared anew); that is no ABA problem, since the
 * swap says which indices are the thief's, and the slots are read later. Therefore 32
 * bits per index are enough, and slots are plain memory. The price is `copied`: thieves
 * count there what they have read out, and the owner fills a slot again only when all
 * that was stolen has been read.
 *
 * Ordering
 *   [fill]  owner adds to word (release) -> thief swaps word (acquire)
 *           carries: the slots below the split and what their items point to. All other
 *           changes of word are read-modify-writes too, so each continues the release
 *           sequence and may itself be weaker.
 *   [drain] thief adds to copied (release) -> owner loads copied (acquire)
 *           carries: the reads of the slots, which may be filled again, and the swaps of
 *           word before them: the owner's next load of word is not older. So when copied
 *           equals that tail, every theft up to it has been counted.
 *   [ask]   owner stores answers, then adds to word (release) -> thief loads word (acquire),
 *           finds nothing, loads answers
 *           carries: the number. What fails without: the thief sees the word after the
 *           answer was stolen by another one, yet reads the old number, and leaves without
 *           having asked for the next.
 *   [sleep] deque_share_seq_cst() against idle.h: see there. deque_is_empty_seq_cst() is
 *           the sleeper's re-check. A push alone is seen by nobody.
 *
 *   owner                          thief                       result
 *   -----------------------------  --------------------------  -------------------------
 *   push, not asked                looks at word               EMPTY, and it has asked
 *   push or pop after that         -                           all or half is shared
 *   pop, private                   swaps word                  both have one
 *   pop, last is shared: swaps     swaps word                  one wins; the other gets
 *                                                              EMPTY (pop) or LOST (steal)
 *   takes back, pops, pushes,      looked before, swaps after  OK: it gets what is there
 *   shares again: the same word                                now
 *   push over a stolen slot        has swapped, not yet read   BUSY
 *   shares all, looks for          says it sleeps, looks at    one sees the other
 *   sleepers                       word
 *
 * Who may run together
 *                       push, pop, share  steal*    length, shared, is_empty
 *   push, pop, share    same thread       together  together
 *   steal*              together          together  together
 *
 * Progress: push and share wait-free; pop wait-free (each retry means that a thief took
 * one of the items that are left); steal wait-free (LOST means that another thread moved
 * the word). A thief that stops inside its steal hinders nobody but, a whole array
 * later, the pushes onto its slots: BUSY.
 *
 * Order: LIFO for the owner, FIFO for thieves; a run is in FIFO order.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_QUEUES_DEQUE_H
#define PINION_QUEUES_DEQUE_H

#include "affinity/port.h"
#include "queues/atomic.h"

#define DEQUE_CAPACITY_MAX (UINT32_C(1) << 30)
#define DEQUE_RARE         __attribute__((noinline, cold, unused)) /* keeps the owner's path short */

typedef enum deque_outcome {
	DEQUE_OK = 0,
	DEQUE_EMPTY, /* nothing to take; a thief has asked */
	DEQUE_FULL,  /* nothing was pushed */
	DEQUE_LOST,  /* another thread was faster; there may be more */
	DEQUE_BUSY,  /* nothing was pushed: there is room, but a thief still reads a slot */
} deque_outcome;

typedef struct deque {
	/* Fixed before start. */
	PINION_ALIGNED(PINION_NOSHARE) void **slots; /* plain: [fill], [drain] */
	uint32_t mask;                               /* capacity - 1 */
	/* Written by the owner. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u32 bottom; /* one above the newest item */
	uint32_t split;     /* plain: the one in word, which only the owner changes */
	uint32_t tail_seen; /* plain: some former tail */
	uint32_t limit;     /* plain: all slots below limit - capacity may be filled again */
	uint32_t heard;     /* plain: the number of the next answer */
	/* Written by thieves that found nothing. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u32 asked; /* the number of the answer they want */
	/* Written by thieves, and by the owner when it moves the split. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 word; /* split << 32 | tail */
	atomic_u32 copied;  /* as tail, but counted when the slots have been read */
	atomic_u32 answers; /* written by the owner: how many it gave */
} deque;

static_assert(offsetof(deque, bottom) == PINION_NOSHARE, "the owner has its line");
static_assert(offsetof(deque, asked) == 2 * PINION_NOSHARE, "a look at it costs no transfer");
static_assert(offsetof(deque, word) == 3 * PINION_NOSHARE, "thieves have theirs");

static inline uint64_t deque_word(uint32_t split, uint32_t tail)
{
	return (uint64_t)split << 32 | tail;
}

static inline uint32_t deque_word_tail(uint64_t word)
{
	return (uint32_t)word;
}

/* How many items a word shares; the split never lies below the tail. */
static inline uint32_t deque_word_shared(uint64_t word)
{
	return (uint32_t)(word >> 32) - (uint32_t)word;
}

/* Owner only: between its operations the owner's words are exact. */
static inline bool deque_is_valid(const deque *d)
{
	uint64_t word = u64_load_relaxed(&d->word); /* tail only grows, up to split */
	uint32_t bottom = u32_load_relaxed(&d->bottom), capacity = d->mask + 1;
	uint32_t tail = deque_word_tail(word);

	return d->slots != NULL && (capacity & d->mask) == 0 && d->split == (uint32_t)(word >> 32) &&
	       bottom - tail <= capacity && d->split - tail <= bottom - tail &&
	       tail - d->tail_seen <= d->split - d->tail_seen && d->limit - bottom <= capacity;
}

/*
 * slots: `capacity` words, a power of two (1 is fine), alive as long as the deque.
 * start: the first index, any value; tests begin close to the wrap.
 */
static inline void deque_init(deque *d, void **slots, uint32_t capacity, uint32_t start)
{
	PINION_REQUIRE(capacity != 0 && (capacity & (capacity - 1)) == 0);
	PINION_REQUIRE(capacity <= DEQUE_CAPACITY_MAX);
	d->slots = slots;
	d->mask = capacity - 1;
	u32_init(&d->bottom, start);
	d->split = d->tail_seen = start;
	d->limit = start + capacity;
	u32_init(&d->asked, 0);
	u32_init(&d->answers, 0);
	d->heard = 1;
	u64_init(&d->word, deque_word(start, start));
	u32_init(&d->copied, start);
}

/* ---- the owner, rarely ------------------------------------------------------ */

/* Owner: how many items no thief can see. */
static inline uint32_t deque_private(const deque *d)
{
	return u32_load_relaxed(&d->bottom) - d->split; /* both ours */
}

/* Owner: how many it has shared, as far as it knows: thieves may have taken some. */
static inline uint32_t deque_lent(const deque *d)
{
	return d->split - d->tail_seen;
}

/*
 * Owner: how far have thieves come, and which slots may be filled again? When copied equals
 * a tail that was read after it, every theft so far has been counted, thus read out.
 */
static inline uint32_t deque_look(deque *d)
{
	uint32_t copied = u32_load_acquire(&d->copied);              /* [drain] */
	uint32_t tail = deque_word_tail(u64_load_relaxed(&d->word)); /* not older: [drain] */

	d->tail_seen = tail;
	if (copied == tail)
		d->limit = tail + d->mask + 1;
	return tail;
}

/* Owner: answer the thieves with n items, if there are any. */
static DEQUE_RARE void deque_answer(deque *d, uint32_t n)
{
	if (n == 0)
		return;                                  /* they stay asked */
	u32_store_relaxed(&d->answers, d->heard++);  /* [ask], before the word */
	u64_add_release(&d->word, deque_word(n, 0)); /* [fill] [ask] */
	d->split += n;
	deque_look(d); /* the line is here just now */
}

/* Owner: has a thief come in vain since the last answer? Relaxed: a late look costs time only. */
static inline bool deque_is_asked(const deque *d)
{
	return u32_load_relaxed(&d->asked) == d->heard;
}

/* Owner: share everything. What follows in this thread may look for sleepers. */
static DEQUE_RARE void deque_share_seq_cst(deque *d)
{
	uint32_t n = deque_private(d);

	PINION_VALID(deque_is_valid(d));
	u64_add_seq_cst(&d->word, deque_word(n, 0)); /* [fill] [sleep] */
	d->split += n;
	deque_look(d); /* the line is here just now */
}

/* Owner: make the newest shared item private again, or half of them. false: nothing is shared. */
static DEQUE_RARE bool deque_take_back(deque *d, bool one)
{
	uint64_t word = deque_word(d->split, d->tail_seen); /* a guess, right when nobody stole */
	uint32_t tail, kept;

	do {
		tail = deque_word_tail(word);
		d->tail_seen = tail;
		if (d->split == tail)
			return false; /* certain: only the owner shares */
		kept = one ? d->split - tail - 1 : (d->split - tail) / 2;
		/* Relaxed: the slots are ours, and thieves find them by the [fill] before. */
	} while (!u64_cas_relaxed(&d->word, &word, deque_word(tail + kept, tail)));
	d->split = tail + kept;
	return true;
}

/* Owner: the array seems full. OK: there is room for one more. */
static DEQUE_RARE deque_outcome deque_make_room(deque *d)
{
	uint32_t tail = deque_look(d), bottom = u32_load_relaxed(&d->bottom); /* ours */

	if (bottom != d->limit)
		return DEQUE_OK;
	return bottom - tail > d->mask ? DEQUE_FULL : DEQUE_BUSY;
}

/* ---- the owner -------------------------------------------------------------- */

/* Owner: OK, FULL or BUSY. No thief sees the item unless one has asked. */
static inline deque_outcome deque_push(deque *d, void *item)
{
	uint32_t bottom = u32_load_relaxed(&d->bottom); /* ours */

	PINION_VALID(deque_is_valid(d));
	if (PINION_UNLIKELY(bottom == d->limit)) {
		deque_outcome outcome = deque_make_room(d);

		if (outcome != DEQUE_OK)
			return outcome;
	}
	d->slots[bottom & d->mask] = item;
	u32_store_relaxed(&d->bottom, bottom + 1); /* for lengths only */
	if (PINION_UNLIKELY(deque_is_asked(d)))
		deque_answer(d, deque_private(d)); /* more is coming */
	return DEQUE_OK;
}

/* Owner: the same for a push after which the caller looks for sleepers (idle.h). */
static inline deque_outcome deque_push_seq_cst(deque *d, void *item)
{
	deque_outcome outcome = deque_push(d, item);

	if (PINION_LIKELY(outcome == DEQUE_OK))
		deque_share_seq_cst(d);
	return outcome;
}

static inline deque_outcome deque_pop_or_take(deque *d, void **item, bool one)
{
	uint32_t bottom = u32_load_relaxed(&d->bottom); /* ours */

	PINION_VALID(deque_is_valid(d));
	if (PINION_UNLIKELY(bottom == d->split) && !deque_take_back(d, one))
		return DEQUE_EMPTY;
	bottom--;
	*item = d->slots[bottom & d->mask];
	u32_store_relaxed(&d->bottom, bottom); /* for lengths only */
	if (PINION_UNLIKELY(deque_is_asked(d)))
		deque_answer(d, deque_private(d) - deque_private(d) / 2);
	return DEQUE_OK;
}

/* Owner: the newest item in *item. OK or EMPTY; a lost race for the last is EMPTY. */
static inline deque_outcome deque_pop(deque *d, void **item)
{
	return deque_pop_or_take(d, item, false);
}

/*
 * Owner: the same, but what is shared and not popped stays shared. For items that take long:
 * while one is worked on, the owner answers nobody. Costs a swap each time.
 */
static inline deque_outcome deque_pop_shared(deque *d, void **item)
{
	return deque_pop_or_take(d, item, true);
}

/* ---- thieves ---------------------------------------------------------------- */

/*
 * Anybody, after a look at the word that found nothing: ask the owner to share. Nothing is
 * written when somebody has asked since that answer. A wish carries nothing: relaxed.
 */
static inline void deque_ask(deque *d)
{
	uint32_t wish = u32_load_relaxed(&d->answers) + 1; /* [ask]: not older than the word */
	uint32_t asked = u32_load_relaxed(&d->asked);

	while ((int32_t)(asked - wish) < 0 && !u32_cas_relaxed(&d->asked, &asked, wish))
		; /* one more has asked meanwhile; perhaps it had looked earlier than we */
}

/*
 * Anybody: the oldest items in items[0 .. *n - 1], oldest first, as many as are shared and
 * at most max (1 or more). The owner's private half is left to it in any case. OK, EMPTY
 * or LOST; n is written only with OK.
 */
static inline deque_outcome deque_steal_n(deque *d, void **items, uint32_t max, uint32_t *n)
{
	uint64_t word = u64_load_acquire(&d->word); /* [ask] */
	uint32_t tail = deque_word_tail(word), shared = deque_word_shared(word);
	uint32_t run = shared < max ? shared : max;

	if (shared == 0) {
		deque_ask(d);
		return DEQUE_EMPTY;
	}
	if (!u64_cas_acquire(&d->word, &word, deque_word(tail + shared, tail + run))) /* [fill] */
		return DEQUE_LOST;
	for (uint32_t i = 0; i < run; i++)
		items[i] = d->slots[(tail + i) & d->mask];
	u32_add_release(&d->copied, run); /* [drain] */
	*n = run;
	return DEQUE_OK;
}

/* Anybody: the oldest item in *item. OK, EMPTY or LOST. */
static inline deque_outcome deque_steal(deque *d, void **item)
{
	uint32_t n;

	return deque_steal_n(d, item, 1, &n);
}

/* ---- looks ------------------------------------------------------------------ */

/* Anybody: about how many items. Never negative, never above the capacity. */
static inline uint32_t deque_length(const deque *d)
{
	uint32_t tail = deque_word_tail(u64_load_relaxed(&d->word)); /* a hint; decides nothing */
	int32_t n = (int32_t)(u32_load_relaxed(&d->bottom) - tail);

	if (n < 0)
		return 0;
	return (uint32_t)n <= d->mask + 1 ? (uint32_t)n : d->mask + 1;
}

/* Anybody: how many items a thief finds. It leaves the owner's line alone. */
static inline uint32_t deque_shared(const deque *d)
{
	return deque_word_shared(u64_load_relaxed(&d->word)); /* a hint; decides nothing */
}

/* The re-check of a thread that has announced its sleep: is nothing shared? */
static inline bool deque_is_empty_seq_cst(const deque *d)
{
	return deque_word_shared(u64_load_seq_cst(&d->word)) == 0; /* [sleep] */
}

#endif
