/*
 * Injector: work for whoever on a node is free, handed over in blocks.
 *
 * A pusher fills a block of its own, task by task, without any shared operation, and
 * then seals it: one swap hands the whole block over. A taker gets a whole block, so
 * that the long way to another node is paid once for many tasks.
 *
 *      pusher 1   [t t t . ]──seal─┐                          ┌──► taker
 *                                  ▼                          │
 *      line       ─────────► [4 7][2 8][0 3]  block, tasks ───┘
 *                                  ▲              in it
 *      pusher 2   [t t . . ]       │
 *      single push ────────────────┘      free blocks: a free-list
 *
 * What lies in an open block is nobody's but its pusher's. A taker that finds nothing
 * says that it wants; the next add sees that and seals at once, full or not. A pusher
 * seals, too, before it does anything long.
 *
 * The line is a bounded queue with a turn in each place (Vyukov): `turn` = position
 * means free for it, position + 1 means filled. A position is claimed by a swap only
 * when its place is ready, so nobody holds a ticket that it cannot use. There are at
 * least as many places as blocks, so the line is never full; but a place may still be
 * held by a taker that has claimed it and not yet read it: BUSY.
 *
 * Ordering
 *   [fill]  seal stores turn = position + 1 (release) -> take loads turn (acquire)
 *           carries: block and tasks of the place, and the tasks in the block.
 *   [drain] take stores turn = position + places (release) -> seal loads turn (acquire)
 *           carries: the taker's reading of the place.
 *   [put]   of freelist.h: the taker's reading of the block, before it is filled anew.
 *   [sleep] seal swaps tail (seq_cst) and injector_is_empty_seq_cst() loads it (seq_cst):
 *           the Dekker handshake of parker.h. What fails without: the taker announces
 *           itself, still reads "empty" and sleeps; the sealer does not see it asleep.
 *           It also carries what add did before: that the want was cleared. So a taker
 *           that wants, announces itself and then finds nothing handed over and its want
 *           still standing (injector_may_sleep) will be woken by whoever ends that want.
 *           What fails without the second look: the want is answered before the taker has
 *           announced itself, another one takes that block, and the taker sleeps beside
 *           an open block whose pusher knows of nobody.
 *   [close] close sets CLOSED in tail (seq_cst, thus release) -> seal and take load tail
 *           (acquire). Carries: what the closer did before.
 *
 *   taker                     pusher                     result
 *   ------------------------  -------------------------  -------------------------------
 *   reads turn: not filled    has not claimed            EMPTY
 *   reads turn: not filled    claimed, not filled yet    BUSY
 *   claims                    claims the same place one  the turn is not its own yet:
 *                             round later                BUSY
 *   wants                     adds after it              sees it, seals
 *   wants                     has added before, adds     seals at the next add or by
 *                             nothing now                itself, see above
 *   announce, may_sleep       seal, wake                 block seen, or taker woken
 *   wants, announces,         clears the want before     looks again, wants again
 *   may_sleep                 that look
 *                             clears the want after it   is told to wake, and finds the
 *                                                        announcement
 *   reads turn: not filled    close; the last position   BUSY until it is filled, CLOSED
 *                             and CLOSED are one word    once it is taken
 *
 * Who may run together
 *                        add, seal, keep   push   take, want, is_empty   close
 *   add, seal, keep      same thread (*)   tog.   together               together
 *   push                 together          tog.   together               together
 *   take, want, is_empty together          tog.   together               together
 *   (*) on one open block; on different ones together.
 *
 * Progress: add is wait-free unless it gets or seals a block; seal, push and take never
 * wait, but a thread stopped between claim and fill makes the others BUSY there.
 * Order: FIFO of blocks by claim, and of the tasks in a block.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_QUEUES_INJECTOR_H
#define PINION_QUEUES_INJECTOR_H

#include "affinity/port.h"
#include "queues/atomic.h"
#include "queues/freelist.h"

#define INJECTOR_CLOSED_BIT ((uint64_t)1 << 63)

enum injector_outcome {
	INJECTOR_OK = 0,
	INJECTOR_EMPTY,  /* no block to take, or nothing open to seal */
	INJECTOR_FULL,   /* all blocks are in use: the task was not taken over */
	INJECTOR_BUSY,   /* somebody is in the middle of its operation; try again soon */
	INJECTOR_CLOSED, /* nothing is taken over any more; for a taker: and nothing is left */
};

typedef struct injector_place {
	atomic_u64 turn;
	uint32_t block, tasks; /* plain: [fill] and [drain] carry them */
} injector_place;

/* A pusher's own: the block that it fills. {FREELIST_NONE, 0} is none. */
typedef struct injector_open {
	uint32_t block, tasks;
} injector_open;

/* What the caller hands in, on memory of the node whose threads take. */
typedef struct injector_memory {
	injector_place *place; /* [places] a power of two, 2 at least, blocks at least */
	atomic_u32 *next;      /* [blocks] */
	void **task;           /* [blocks * size] */
	uint32_t places, blocks;
	uint32_t size; /* tasks in a block; whole lines are best */
} injector_memory;

typedef struct injector {
	/* Fixed before start. */
	PINION_ALIGNED(PINION_NOSHARE) injector_memory memory;

	/* Written by all. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 tail;   /* position | CLOSED, pushers' */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 head;   /* position, takers' */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u32 wanted; /* a taker has found nothing */
	freelist free;
} injector;

static_assert(offsetof(injector, tail) == PINION_NOSHARE, "pushers have a line");
static_assert(offsetof(injector, head) == 2 * PINION_NOSHARE, "takers have a line");
static_assert(offsetof(injector, wanted) == 3 * PINION_NOSHARE, "what is polled has a line");

static inline bool injector_is_valid(const injector *j)
{
	const injector_memory *m = &j->memory;

	return m->places >= 2 && (m->places & (m->places - 1)) == 0 && m->blocks <= m->places &&
	       m->size >= 1 && freelist_is_valid(&j->free);
}

/* start: the first position, below 2^63. */
static inline void injector_init(injector *j, const injector_memory *memory, uint64_t start)
{
	j->memory = *memory;
	for (uint64_t p = start; p != start + memory->places; p++) {
		injector_place *place = &memory->place[p & (memory->places - 1)];

		u64_init(&place->turn, p);
		place->block = place->tasks = 0;
	}
	u64_init(&j->tail, start);
	u64_init(&j->head, start);
	u32_init(&j->wanted, 0);
	freelist_init(&j->free, memory->next, memory->blocks, 0);
	PINION_REQUIRE(injector_is_valid(j));
}

static inline injector_open injector_open_none(void)
{
	return (injector_open){FREELIST_NONE, 0};
}

static inline void **injector_task(const injector *j, uint32_t block)
{
	return &j->memory.task[(size_t)block * j->memory.size];
}

static inline injector_place *injector_at(const injector *j, uint64_t position)
{
	return &j->memory.place[position & (j->memory.places - 1)];
}

/* ---- pushers ---------------------------------------------------------------- */

/* Hand a filled block over. */
static inline enum injector_outcome injector_hand_over(injector *j, uint32_t block, uint32_t tasks)
{
	uint64_t tail = u64_load_acquire(&j->tail); /* [close] */
	injector_place *place;

	do {
		if (tail & INJECTOR_CLOSED_BIT)
			return INJECTOR_CLOSED;
		place = injector_at(j, tail);
		int64_t ahead = (int64_t)(u64_load_acquire(&place->turn) - tail); /* [drain] */
		if (ahead < 0)
			return INJECTOR_BUSY; /* its last taker is still reading */
		if (ahead == 0 && u64_cas_seq_cst(&j->tail, &tail, tail + 1)) /* [sleep] */
			break;
		tail = u64_load_acquire(&j->tail); /* [close] somebody else was first */
	} while (true);
	place->block = block;
	place->tasks = tasks;
	u64_store_release(&place->turn, tail + 1); /* [fill] */
	return INJECTOR_OK;
}

/* Pusher: hand its open block over. EMPTY: there is none. Not OK: it stays open. Then wake. */
static inline enum injector_outcome injector_seal(injector *j, injector_open *open)
{
	enum injector_outcome outcome;

	if (open->tasks == 0)
		return INJECTOR_EMPTY;
	outcome = injector_hand_over(j, open->block, open->tasks);
	if (outcome == INJECTOR_OK)
		*open = injector_open_none();
	return outcome;
}

/* Does a taker wait for a block? Relaxed: a hint that arrives in its time. */
static inline bool injector_is_wanted(const injector *j)
{
	return u32_load_relaxed(&j->wanted) != 0;
}

/* A taker that has found nothing: whoever adds next shall seal. Relaxed: a hint, which the
 * taker looks at again before it sleeps. */
static inline void injector_want(injector *j)
{
	if (!injector_is_wanted(j))
		u32_store_relaxed(&j->wanted, 1);
}

/* Room in the open block for one more task, if need be in a new one. */
static inline enum injector_outcome injector_make_room(injector *j, injector_open *open)
{
	enum injector_outcome outcome;

	if (open->tasks == j->memory.size) {
		outcome = injector_seal(j, open); /* it was BUSY when it became full */
		if (outcome != INJECTOR_OK)
			return outcome;
	}
	if (open->block == FREELIST_NONE && freelist_get(&j->free, &open->block) != FREELIST_OK)
		return INJECTOR_FULL;
	return INJECTOR_OK;
}

/*
 * Pusher: put a task into its open block, and seal that when it is full or wanted.
 * Look whether open->tasks == 0 then: the block has been handed over, so wake.
 *
 * OK: the task is taken over, though not visible before the block is sealed.
 * FULL, BUSY, CLOSED: it is not.
 */
static inline enum injector_outcome injector_add(injector *j, injector_open *open, void *task)
{
	enum injector_outcome outcome = injector_make_room(j, open);

	PINION_VALID(injector_is_valid(j));
	if (outcome != INJECTOR_OK)
		return outcome;
	injector_task(j, open->block)[open->tasks++] = task;
	if (PINION_UNLIKELY(injector_is_wanted(j))) {
		u32_store_relaxed(&j->wanted, 0); /* [sleep] carries it: sealing comes behind it */
		if (injector_seal(j, open) != INJECTOR_OK)
			injector_want(j); /* still owed */
	} else if (open->tasks == j->memory.size) {
		(void)injector_seal(j, open);
	}
	return INJECTOR_OK;
}

/*
 * Pusher: take the open block back, for example because the injector is closed: the
 * tasks go to out[size]. Returns their number.
 */
static inline uint32_t injector_keep(injector *j, injector_open *open, void **out)
{
	uint32_t tasks = open->tasks;

	for (uint32_t i = 0; i < tasks; i++)
		out[i] = injector_task(j, open->block)[i];
	if (open->block != FREELIST_NONE)
		freelist_put(&j->free, open->block); /* [put] */
	*open = injector_open_none();
	return tasks;
}

/* Any thread: hand over one task, in a block of its own. Then wake. */
static inline enum injector_outcome injector_push(injector *j, void *task)
{
	enum injector_outcome outcome;
	uint32_t block;

	PINION_VALID(injector_is_valid(j));
	if (freelist_get(&j->free, &block) != FREELIST_OK) /* [put] */
		return INJECTOR_FULL;
	injector_task(j, block)[0] = task;
	outcome = injector_hand_over(j, block, 1);
	if (outcome != INJECTOR_OK)
		freelist_put(&j->free, block);
	return outcome;
}

/* ---- takers ----------------------------------------------------------------- */

/* Why the place at `head` is not filled. */
static inline enum injector_outcome injector_nothing(const injector *j, uint64_t head)
{
	uint64_t tail = u64_load_acquire(&j->tail); /* [close] */

	if ((int64_t)((tail & ~INJECTOR_CLOSED_BIT) - head) > 0)
		return INJECTOR_BUSY;
	return tail & INJECTOR_CLOSED_BIT ? INJECTOR_CLOSED : INJECTOR_EMPTY;
}

/* Claim the oldest filled place. */
static inline enum injector_outcome injector_claim(injector *j, uint64_t *position)
{
	uint64_t head = u64_load_relaxed(&j->head); /* relaxed: the place's turn decides */

	for (;;) {
		uint64_t turn = u64_load_acquire(&injector_at(j, head)->turn); /* [fill] */
		int64_t ahead = (int64_t)(turn - (head + 1));

		if (ahead < 0)
			return injector_nothing(j, head);
		/* Relaxed: what it may read came by the turn, which nobody else now changes. */
		if (ahead == 0 && u64_cas_relaxed(&j->head, &head, head + 1))
			break;
		if (ahead > 0)
			head = u64_load_relaxed(&j->head); /* relaxed: as above */
	}
	*position = head;
	return INJECTOR_OK;
}

/* Any thread: the oldest block; its tasks go to out[size], their number to *tasks. */
static inline enum injector_outcome injector_take(injector *j, void **out, uint32_t *tasks)
{
	uint64_t position = 0;
	enum injector_outcome outcome = injector_claim(j, &position);

	PINION_VALID(injector_is_valid(j));
	if (outcome != INJECTOR_OK)
		return outcome;
	injector_place *place = injector_at(j, position);
	uint32_t block = place->block;
	*tasks = place->tasks;
	u64_store_release(&place->turn, position + j->memory.places); /* [drain] */
	for (uint32_t i = 0; i < *tasks; i++)
		out[i] = injector_task(j, block)[i];
	freelist_put(&j->free, block); /* [put] */
	return INJECTOR_OK;
}

/*
 * After an announcement: has take nothing to say? A block that is still being filled counts
 * as there, and so does the end.
 */
static inline bool injector_is_empty_seq_cst(const injector *j)
{
	uint64_t tail = u64_load_seq_cst(&j->tail); /* [sleep] */

	if (tail & INJECTOR_CLOSED_BIT)
		return false;
	/* Relaxed: an old head only makes it look less empty. */
	return (int64_t)(tail - u64_load_relaxed(&j->head)) <= 0;
}

/* The re-check of a taker that found nothing, has said so and has announced its sleep. */
static inline bool injector_may_sleep(const injector *j)
{
	return injector_is_empty_seq_cst(j) && injector_is_wanted(j); /* [sleep] */
}

/* Blocks handed over and not taken, about: 0 .. blocks. */
static inline uint32_t injector_length(const injector *j)
{
	uint64_t head = u64_load_relaxed(&j->head); /* relaxed: a hint, like tail */
	int64_t length = (int64_t)((u64_load_relaxed(&j->tail) & ~INJECTOR_CLOSED_BIT) - head);

	if (length < 0)
		return 0;
	return length > (int64_t)j->memory.blocks ? j->memory.blocks : (uint32_t)length;
}

/*
 * Anybody: from now on nothing is handed over. Takers get what is there, then CLOSED.
 * Then wake all takers.
 */
static inline void injector_close(injector *j)
{
	u64_or_seq_cst(&j->tail, INJECTOR_CLOSED_BIT); /* [close] [sleep] */
}

#endif
