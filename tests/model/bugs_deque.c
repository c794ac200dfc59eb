/*
 * Bugs of others in work-stealing deques, re-planted, each beside its repaired twin:
 * the checker must find the bug, and nothing in the twin.
 *
 * Items are numbers from 1; each may be taken once, and what its maker wrote before
 * pushing it must be visible to who takes it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/port.h"
#include "queues/atomic.h"
#include "tests/model/model.h"

#define ITEMS 3
#define SLOTS 4
#define NONE  0

enum mistake {
	NO_MISTAKE = 0,
	RELAXED_BOTTOM,
	NO_FENCE,
	UNSIGNED_LENGTH,
	STEAL_HALF,
	BUFFER_SWAP,
	NO_TAG,
};

struct deque {
	enum mistake mistake;
	atomic_u64 top, bottom;
	atomic_u64 slot[SLOTS];
	uint32_t made[ITEMS + 1];     /* plain: written before the push */
	uint32_t taken[2][ITEMS + 1]; /* by thread */
};

static void setup(struct deque *d, enum mistake mistake, uint64_t items)
{
	d->mistake = mistake;
	u64_init(&d->top, 0);
	u64_init(&d->bottom, items);
	for (uint64_t i = 0; i < SLOTS; i++)
		u64_init(&d->slot[i], i < items ? i + 1 : NONE);
	for (uint64_t item = 1; item <= items; item++)
		d->made[item] = 1;
}

static void take(struct deque *d, uint64_t item)
{
	MODEL_CHECK(item != NONE && d->made[item] == 1);
	d->taken[model_self() == 1][item]++;
}

static uint32_t times_taken(const struct deque *d, int item)
{
	return d->taken[0][item] + d->taken[1][item];
}

static void check_at_most_once(void *state)
{
	for (int item = 1; item <= ITEMS; item++)
		MODEL_CHECK(times_taken(state, item) <= 1);
}

/* ---- Chase and Lev ----------------------------------------------------------------- */

/*
 * Three ways to lose the handshake at the bottom.
 *
 * relaxed bottom: the thief takes an item whose content it cannot see. In .NET's
 * work-stealing queue on Arm.
 *
 * no fence: pop lowers bottom and reads top with release and acquire only, and takes
 * an item without a swap that the thief takes with one. In several ports to Arm.
 * Repair: one total order (see queues/deque.h, or the paper of Le and others, 2013).
 *
 * unsigned length: pop lowers bottom below top for a moment; a thief that compares
 * without sign sees an endless queue and takes what is no item. In libvsync and
 * crossbeam before they treated it. Repair: the difference is signed.
 */
static void push(struct deque *d, uint64_t item)
{
	uint64_t bottom = u64_load_relaxed(&d->bottom);

	d->made[item] = 1;
	u64_store_relaxed(&d->slot[bottom % SLOTS], item);
	if (d->mistake == RELAXED_BOTTOM)
		u64_store_relaxed(&d->bottom, bottom + 1);
	else
		u64_store_release(&d->bottom, bottom + 1);
}

static uint64_t lower_bottom(struct deque *d, uint64_t bottom)
{
	if (d->mistake == NO_FENCE) {
		u64_store_release(&d->bottom, bottom);
		return u64_load_acquire(&d->top);
	}
	u64_store_seq_cst(&d->bottom, bottom);
	return u64_load_seq_cst(&d->top);
}

static void pop(struct deque *d)
{
	uint64_t bottom = u64_load_relaxed(&d->bottom) - 1, top = lower_bottom(d, bottom);
	int64_t left = (int64_t)(bottom - top);
	uint64_t item = u64_load_relaxed(&d->slot[bottom % SLOTS]);

	if (left > 0) {
		take(d, item);
		return;
	}
	if (left == 0 && u64_cas_seq_cst(&d->top, &top, top + 1))
		take(d, item);
	u64_store_release(&d->bottom, bottom + 1);
}

static uint64_t stealable(const struct deque *d, uint64_t bottom, uint64_t top)
{
	if (d->mistake == UNSIGNED_LENGTH)
		return bottom > top;
	if ((int64_t)(bottom - top) <= 0)
		return 0;
	return d->mistake == STEAL_HALF ? (bottom - top + 1) / 2 : 1;
}

static void steal(struct deque *d)
{
	uint64_t top = u64_load_seq_cst(&d->top), bottom = u64_load_seq_cst(&d->bottom);
	uint64_t n = stealable(d, bottom, top), item[SLOTS];

	for (uint64_t i = 0; i < n; i++)
		item[i] = u64_load_relaxed(&d->slot[(top + i) % SLOTS]);
	if (n == 0 || !u64_cas_seq_cst(&d->top, &top, top + n))
		return;
	for (uint64_t i = 0; i < n; i++)
		take(d, item[i]);
}

static void setup_relaxed_bottom(void *state)
{
	setup(state, RELAXED_BOTTOM, 0);
}

static void setup_release_bottom(void *state)
{
	setup(state, NO_MISTAKE, 0);
}

static void setup_no_fence(void *state)
{
	setup(state, NO_FENCE, 2);
}

static void setup_seq_cst(void *state)
{
	setup(state, NO_MISTAKE, 2);
}

static void setup_unsigned(void *state)
{
	setup(state, UNSIGNED_LENGTH, 0);
}

static void owner_pushes(void *state)
{
	push(state, 1);
}

static void owner_pops(void *state)
{
	pop(state);
}

static void owner_pops_twice(void *state)
{
	pop(state);
	pop(state);
}

static void thief(void *state)
{
	steal(state);
}

static void thief_twice(void *state)
{
	steal(state);
	steal(state);
}

/*
 * Half of the queue by one swap of top. The owner pops from the other end without a
 * swap as long as it thinks that more than one is left, so it walks into the half
 * that the thief has read and not yet claimed. crossbeam#148. Repair: one at a time.
 */
static void setup_steal_half(void *state)
{
	setup(state, STEAL_HALF, 3);
}

static void setup_steal_one(void *state)
{
	setup(state, NO_MISTAKE, 3);
}

/* ---- a queue that grows -------------------------------------------------------------- */

/*
 * A batch stolen from a buffer that is not the buffer any more. The thief reads the
 * pointer once and the bottom for each item; the owner grows the queue meanwhile, and
 * what comes later exists only in the new buffer. One task ran twice, another never.
 * crossbeam, CVE-2021-32810. Repair: read the pointer anew before each swap.
 *
 * Buffer 0 is slot 0; buffer 1 is slots 2 and 3; top..bottom index both.
 */
struct growing {
	struct deque d; /* first */
	atomic_u64 buffer;
};

static uint64_t slot_of(uint64_t buffer, uint64_t index)
{
	return buffer == 0 ? 0 : 2 + index % 2;
}

static void setup_growing(void *state)
{
	struct growing *g = state;

	setup(&g->d, NO_MISTAKE, 1);
	u64_init(&g->buffer, 0);
}

static void setup_buffer_swap(void *state)
{
	setup_growing(state);
	((struct growing *)state)->d.mistake = BUFFER_SWAP;
}

static void grow_and_push(void *state)
{
	struct growing *g = state;
	uint64_t first = u64_load_relaxed(&g->d.slot[slot_of(0, 0)]);

	u64_store_relaxed(&g->d.slot[slot_of(1, 0)], first);
	u64_store_release(&g->buffer, 1);
	g->d.made[2] = 1;
	u64_store_relaxed(&g->d.slot[slot_of(1, 1)], 2);
	u64_store_release(&g->d.bottom, 2);
}

static void steal_batch(void *state)
{
	struct growing *g = state;
	uint64_t buffer = u64_load_acquire(&g->buffer), item;

	for (uint64_t top = u64_load_seq_cst(&g->d.top); top < 2; top++) {
		if ((int64_t)(u64_load_seq_cst(&g->d.bottom) - top) <= 0)
			return;
		if (g->d.mistake != BUFFER_SWAP)
			buffer = u64_load_acquire(&g->buffer);
		item = u64_load_relaxed(&g->d.slot[slot_of(buffer, top)]);
		if (!u64_cas_seq_cst(&g->d.top, &top, top + 1))
			return;
		take(&g->d, item);
	}
}

/* ---- Arora, Blumofe, Plaxton ------------------------------------------------------------- */

/*
 * A tag that does not advance. The owner that takes the last item resets both indices to
 * nought; a thief that read the old top before finds the same top again, swaps, and
 * has an item that was taken, while the new one is lost. MPL, mpl#214. Repair: the
 * reset advances the tag beside top.
 *
 * top = tag : 32 | index : 32.
 */
#define TAG_ONE (UINT64_C(1) << 32)

static void setup_no_tag(void *state)
{
	setup(state, NO_TAG, 1);
}

static void setup_one(void *state)
{
	setup(state, NO_MISTAKE, 1);
}

static void pop_last_and_push(void *state)
{
	struct deque *d = state;
	uint64_t item = u64_load_relaxed(&d->slot[0]), top, fresh;

	u64_store_seq_cst(&d->bottom, 0);
	top = u64_load_seq_cst(&d->top);
	fresh = d->mistake == NO_TAG ? 0 : top - (uint32_t)top + TAG_ONE;
	if ((uint32_t)top == 0 && u64_cas_seq_cst(&d->top, &top, fresh))
		take(d, item);
	else
		u64_store_seq_cst(&d->top, fresh);
	push(d, 2);
}

static void steal_tagged(void *state)
{
	struct deque *d = state;
	uint64_t top = u64_load_seq_cst(&d->top), bottom = u64_load_seq_cst(&d->bottom);

	if (bottom <= (uint32_t)top)
		return;
	uint64_t item = u64_load_relaxed(&d->slot[(uint32_t)top % SLOTS]);
	if (u64_cas_seq_cst(&d->top, &top, top + 1))
		take(d, item);
}

#define BUG(n, from, owner, thief)                                                                 \
	{                                                                                              \
		.name = #n, DEQUE, .must_fail = true, .setup = from, .thread = { owner, thief }            \
	}
#define TWIN(n, from, owner, thief)                                                                \
	{                                                                                              \
		.name = #n, DEQUE, .setup = from, .thread = { owner, thief }                               \
	}
/* Large enough for both states; a growing deque begins with a deque. */
#define DEQUE .bytes = sizeof(struct growing), .check = check_at_most_once

MODELS(BUG(relaxed_bottom, setup_relaxed_bottom, owner_pushes, thief),
       TWIN(release_bottom, setup_release_bottom, owner_pushes, thief),
       BUG(pop_without_fence, setup_no_fence, owner_pops, thief_twice),
       TWIN(pop_with_total_order, setup_seq_cst, owner_pops, thief_twice),
       BUG(unsigned_length, setup_unsigned, owner_pops, thief),
       TWIN(signed_length, setup_release_bottom, owner_pops, thief),
       BUG(steal_half, setup_steal_half, owner_pops_twice, thief),
       TWIN(steal_one, setup_steal_one, owner_pops_twice, thief),
       BUG(batch_from_an_old_buffer, setup_buffer_swap, grow_and_push, steal_batch),
       TWIN(batch_from_the_buffer, setup_growing, grow_and_push, steal_batch),
       BUG(tag_not_advanced, setup_no_tag, pop_last_and_push, steal_tagged),
       TWIN(tag_advanced, setup_one, pop_last_and_push, steal_tagged))
