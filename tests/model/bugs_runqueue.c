/*
 * Bugs of others in the run queues of schedulers, re-planted, each beside its repaired
 * twin where that is short: the checker must find the bug, and nothing in the twin.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/port.h"
#include "queues/atomic.h"
#include "tests/model/model.h"

#define ITEMS 6

/* ---- first in, first out: one slot, an owner that refills it, a thief -------------------- */

enum mistake {
	NO_MISTAKE = 0,
	CLAIM_THEN_COPY,
	NARROW_HEAD,
};

struct fifo {
	enum mistake mistake;
	atomic_u64 head, tail, copied; /* copied follows head once the item has been read */
	uint32_t slot;                 /* plain */
	atomic_u64 shared_slot;        /* where a late reader is foreseen */
	uint32_t made[ITEMS + 1];      /* plain: written before the push */
	uint32_t taken[2][ITEMS + 1];  /* by thread */
};

static void setup(struct fifo *f, enum mistake mistake)
{
	f->mistake = mistake;
	u64_init(&f->head, 0);
	u64_init(&f->tail, 1);
	u64_init(&f->copied, 0);
	u64_init(&f->shared_slot, 1);
	f->slot = 1;
	f->made[1] = 1;
}

static void setup_right(void *state)
{
	setup(state, NO_MISTAKE);
}

static void take(struct fifo *f, uint64_t item)
{
	MODEL_CHECK(f->made[item] == 1);
	f->taken[model_self()][item]++;
}

static void check_at_most_once(void *state)
{
	const struct fifo *f = state;

	for (int item = 1; item <= ITEMS; item++)
		MODEL_CHECK(f->taken[0][item] + f->taken[1][item] <= 1);
}

/*
 * A slot given back before it is copied. The thief claims by moving the head and
 * copies afterwards; the owner takes the moved head for free room and writes over
 * the slot. tokio's run queue when a thread was stolen from while it stole itself,
 * tokio#2382. Repair: a second index that follows when the copy is done, and the owner
 * measures its room by that one.
 */
static void setup_claim_then_copy(void *state)
{
	setup(state, CLAIM_THEN_COPY);
}

static void push_into_room(void *state)
{
	struct fifo *f = state;
	uint64_t room = u64_load_acquire(f->mistake == CLAIM_THEN_COPY ? &f->head : &f->copied);

	if (room == 0)
		return;
	f->made[2] = 1;
	f->slot = 2;
	u64_store_release(&f->tail, 2);
}

static void claim_and_copy(void *state)
{
	struct fifo *f = state;
	uint64_t head = 0;

	if (!u64_cas_acq_rel(&f->head, &head, 1))
		return;
	take(f, f->slot);
	u64_store_release(&f->copied, 1);
}

/*
 * A head that comes round. With cursors of 16 bits a thief that was held up for a
 * millisecond found its old head again, swapped, and had an item that was gone for
 * long. tokio#5041. Here one slot and a head of one bit. Repair: 32 bits, better 64.
 */
static void setup_narrow_head(void *state)
{
	setup(state, NARROW_HEAD);
}

static uint64_t wrapped(const struct fifo *f, uint64_t index)
{
	return f->mistake == NARROW_HEAD ? index & 1 : index;
}

static bool take_head(struct fifo *f)
{
	uint64_t head = u64_load_acquire(&f->head);

	if (head == u64_load_acquire(&f->tail))
		return false;
	uint64_t item = u64_load_relaxed(&f->shared_slot);
	if (!u64_cas_acq_rel(&f->head, &head, wrapped(f, head + 1)))
		return false;
	take(f, item);
	return true;
}

static void take_and_refill(void *state)
{
	struct fifo *f = state;

	for (uint64_t item = 2; item <= 3; item++) {
		if (!take_head(f))
			return;
		f->made[item] = 1;
		u64_store_relaxed(&f->shared_slot, item);
		u64_store_release(&f->tail, wrapped(f, u64_load_relaxed(&f->tail) + 1));
	}
}

static void take_one(void *state)
{
	take_head(state);
}

/* ---- blocks -------------------------------------------------------------------------------- */

/*
 * "Taken back by the owner" and "emptied by thieves" in one encoding. A thief on its
 * way to the next block finds it stealable and is held up. The owner takes that block
 * back; the thief arrives, sees the counter at its end, and concludes that the block
 * is exhausted. The owner fills the block again and moves on, the thief moves past
 * it, and what lies there is seen by nobody: the owner goes back no further than to
 * the thief's block. stdexec's block queue, stdexec#1755. Repair: the round is part
 * of the counter, and "taken" has its own value.
 *
 * Blocks of one item; `stolen` is 0 or 1 of it, and 1 while the block is the owner's.
 */
#define BLOCKS 4

struct blocks {
	atomic_u64 stolen[BLOCKS];
	atomic_u64 thief_block;
	uint32_t item[BLOCKS]; /* plain: published by `stolen` = 0 */
	uint64_t own;          /* the owner's block, and whether it holds an item */
	bool full;
	uint32_t times[ITEMS + 1], stolen_item;
};

static void block_put(struct blocks *b, uint32_t item)
{
	if (b->full) {
		u64_store_seq_cst(&b->stolen[b->own], 0);
		b->own++;
	}
	b->item[b->own] = item;
	b->full = true;
}

static void block_pop(struct blocks *b)
{
	if (!b->full) {
		if (b->own == u64_load_seq_cst(&b->thief_block))
			return;
		b->own--;
		b->full = u64_swap_seq_cst(&b->stolen[b->own], 1) == 0;
	}
	if (b->full)
		b->times[b->item[b->own]]++;
	b->full = false;
}

static void block_steal(void *state)
{
	struct blocks *b = state;
	uint64_t block = u64_load_seq_cst(&b->thief_block);

	for (;;) {
		uint64_t stolen = 0;

		if (u64_load_seq_cst(&b->stolen[block]) == 0 &&
		    u64_cas_seq_cst(&b->stolen[block], &stolen, 1)) {
			b->stolen_item = b->item[block];
			return;
		}
		if (block + 1 == BLOCKS || u64_load_seq_cst(&b->stolen[block + 1]) != 0)
			return;
		if (u64_cas_seq_cst(&b->thief_block, &block, block + 1))
			block++;
	}
}

/* Block 0 was stolen, 1 can be, 2 is the owner's. */
static void setup_blocks(void *state)
{
	struct blocks *b = state;

	for (int i = 0; i < BLOCKS; i++)
		u64_init(&b->stolen[i], 1);
	u64_init(&b->thief_block, 0);
	b->times[1] = 1;
	b->own = 1;
	block_put(b, 2);
	block_put(b, 3);
}

static void take_back_and_refill(void *state)
{
	struct blocks *b = state;

	block_pop(b);
	block_pop(b);
	for (uint32_t item = 4; item <= ITEMS; item++)
		block_put(b, item);
}

/* Once everybody else has stopped the owner finds all that is left. */
static void check_blocks(void *state)
{
	struct blocks *b = state;

	for (int i = 0; i < 2 * BLOCKS; i++)
		block_pop(b);
	b->times[b->stolen_item]++;
	for (int item = 1; item <= ITEMS; item++)
		MODEL_CHECK(b->times[item] == 1);
}

#define FIFO .bytes = sizeof(struct fifo), .check = check_at_most_once

MODELS({.name = "claimed_then_copied",
        FIFO,
        .must_fail = true,
        .setup = setup_claim_then_copy,
        .thread = {push_into_room, claim_and_copy}},
       {.name = "copied_then_free",
        FIFO,
        .setup = setup_right,
        .thread = {push_into_room, claim_and_copy}},
       {.name = "head_comes_round",
        FIFO,
        .must_fail = true,
        .setup = setup_narrow_head,
        .thread = {take_and_refill, take_one}},
       {.name = "head_never_comes_round",
        FIFO,
        .setup = setup_right,
        .thread = {take_and_refill, take_one}},
       {.name = "taken_back_looks_exhausted",
        .bytes = sizeof(struct blocks),
        .must_fail = true,
        .setup = setup_blocks,
        .check = check_blocks,
        .thread = {take_back_and_refill, block_steal}})
