/*
 * The part that all contestants with an owner share: the owner pushes 256 items and
 * takes back what is left of them, newest first, again and again, with no other work.
 * One operation is one item: its push and its pop, or its loss to a thief.
 *
 * A contestant defines, before it includes this header,
 *
 *	struct stack;
 *	static struct stack *stack_make(void);                              NULL: failed
 *	static inline int stack_push(struct stack *s, uint64_t item);       0: no room
 *	static inline int stack_pop(struct stack *s, uint64_t *item);       0: empty
 *	static inline unsigned stack_steal(struct stack *s, uint64_t *item, unsigned most);
 *
 * the last one only where DEQUE_STOLEN is the share of the items, in percent, that a
 * thief on the other processor takes.
 *
 * The thief is paced by the owner: it knows, from a count that the owner publishes
 * every 4096 items, how many it owes, takes them as fast as it can, several at a
 * time if the deque lets it, and waits for the next count. At the end of a
 * turn the share must be right within a tenth of it. A thief that lost its processor for a
 * moment misses that, so the turn is then played again, twice at most.
 *
 * What is checked: the owner gets items in falling order in each burst, and without
 * a thief every one of them; the thief gets items in rising order; number and sum of
 * both together are those of all items.
 *
 * The compiler does not know what an item is: else it would turn the plain array into
 * a vector of counters. It may keep in a register what the deque allows it to keep there.
 *
 * Ordering
 *   [pace]  owner stores pushed (relaxed) -> thief loads pushed: a count, nothing else.
 *   [go]    owner stores round (release) -> thief loads round (acquire)
 *   [stop]  owner stores stop (release) -> thief loads stop (acquire); the deque is empty.
 *   [done]  thief stores done (release) -> owner loads done (acquire)
 *           carries: what the thief has.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_DEQUE_H
#define PINION_BENCH_VERSUS_DEQUE_H

#include "bench/versus/contestant.h"
#include "bench/versus/proof.h"

#include <stdlib.h>
#include <string.h>

#define DEQUE_BURST   256
#define DEQUE_PUBLISH 4096 /* items between two counts of the owner */
#define DEQUE_MOST    256  /* items of one theft */
#define DEQUE_LEAST   64   /* counts in a batch whose share is looked at */
#define DEQUE_TRIES   3

#ifndef DEQUE_STOLEN
#define DEQUE_STOLEN 0
#endif

/* What one side got. */
struct deque_loot {
	uint64_t items, sum, wrong;
};

struct deque_game {
	_Alignas(CONTESTANT_LINE) struct stack *stack;
	_Alignas(CONTESTANT_LINE) struct deque_loot owner; /* the owner's own */
	_Alignas(CONTESTANT_LINE) uint64_t pushed;         /* written by the owner, rarely */
	_Alignas(CONTESTANT_LINE) uint64_t round;          /* written by the owner, once per batch */
	uint64_t stop;
	_Alignas(CONTESTANT_LINE) uint64_t done; /* written by the thief */
	struct deque_loot thief;
};

static inline uint64_t deque_opaque(uint64_t item)
{
	__asm__ volatile("" : "+r"(item));
	return item;
}

static inline void deque_burst(struct stack *s, uint64_t first, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		if (!stack_push(s, deque_opaque(first + i)))
			contestant_fail("a deque for 1024 items is full with 256");
}

/* Take back what is left of the items below `next`. */
static inline void deque_drain(struct stack *s, uint64_t next, struct deque_loot *loot)
{
	uint64_t item;

	while (stack_pop(s, &item)) {
		item = deque_opaque(item);
		loot->wrong |= DEQUE_STOLEN > 0 ? (uint64_t)(item >= next) : item ^ (next - 1);
		next = item;
		loot->sum += item;
		loot->items++;
	}
}

static void deque_play(struct deque_game *g, uint64_t ops, uint64_t seed)
{
	struct stack *s = g->stack;
	struct deque_loot loot = {0, 0, 0};

	for (uint64_t i = 0; i < ops;) {
		uint64_t n = ops - i < DEQUE_BURST ? ops - i : DEQUE_BURST;

		deque_burst(s, seed + i, n);
		i += n;
		deque_drain(s, seed + i, &loot);
		if (DEQUE_STOLEN > 0 && i % DEQUE_PUBLISH == 0)
			__atomic_store_n(&g->pushed, i, __ATOMIC_RELAXED); /* [pace] */
	}
	g->owner = loot;
}

/* ---- the thief ------------------------------------------------------------------ */

#if DEQUE_STOLEN > 0

static void deque_thieve(struct deque_game *g, uint64_t round, struct deque_loot *loot)
{
	uint64_t item[DEQUE_MOST], next = 0;

	while (__atomic_load_n(&g->stop, __ATOMIC_ACQUIRE) != round) { /* [stop] */
		uint64_t pushed = __atomic_load_n(&g->pushed, __ATOMIC_RELAXED); /* [pace] */
		uint64_t due = pushed * DEQUE_STOLEN / 100, most = due - loot->items;
		unsigned n = 0;

		if (due > loot->items)
			n = stack_steal(g->stack, item, most < DEQUE_MOST ? (unsigned)most : DEQUE_MOST);
		for (unsigned i = 0; i < n; i++) {
			loot->wrong |= item[i] < next;
			loot->sum += item[i];
			next = item[i] + 1;
		}
		loot->items += n;
		if (n == 0)
			contestant_pause();
	}
}

static void *deque_thief(void *ctx)
{
	struct deque_game *g = ctx;

	for (uint64_t round = 1;; round++) {
		struct deque_loot loot = {0, 0, 0};

		while (__atomic_load_n(&g->round, __ATOMIC_ACQUIRE) != round) /* [go] */
			contestant_pause();
		deque_thieve(g, round, &loot);
		g->thief = loot;
		__atomic_store_n(&g->done, round, __ATOMIC_RELEASE); /* [done] */
	}
	return NULL;
}

static const char *deque_hire(struct deque_game *g, const struct contestant_task *task)
{
	if (task->workers < 2)
		return "owner and thief need two processors";
	if (contestant_thread(task->cpu[1], deque_thief, g) != 0)
		return "the thief cannot be started";
	return NULL;
}

#else

static const char *deque_hire(struct deque_game *g, const struct contestant_task *task)
{
	return NULL;
}

#endif

/* ---- a turn --------------------------------------------------------------------- */

/* Does the thief have its share? Of a short batch it cannot. */
static int deque_fair(const struct deque_game *g, uint64_t ops)
{
	uint64_t asked = ops * DEQUE_STOLEN / 100, stolen = g->thief.items;

	return (stolen >= asked - asked / 10 && stolen <= asked + asked / 10) ||
	       ops < DEQUE_LEAST * DEQUE_PUBLISH;
}

static uint64_t deque_once(struct deque_game *g, uint64_t ops, uint64_t seed)
{
	uint64_t round = g->round + 1, begin = contestant_now_ns(), end;

	if (DEQUE_STOLEN > 0) {
		__atomic_store_n(&g->pushed, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&g->round, round, __ATOMIC_RELEASE); /* [go] */
	}
	deque_play(g, ops, seed);
	end = contestant_now_ns();
	if (DEQUE_STOLEN > 0) {
		__atomic_store_n(&g->stop, round, __ATOMIC_RELEASE); /* [stop] */
		while (__atomic_load_n(&g->done, __ATOMIC_ACQUIRE) != round) /* [done] */
			contestant_pause();
	}
	return end - begin;
}

static uint64_t deque_batch(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct deque_game *g = self->state;
	uint64_t ns = 0;

	for (int i = 0; i < DEQUE_TRIES; i++) {
		ns = deque_once(g, ops, seed);
		if (deque_fair(g, ops))
			break;
	}
	return ns;
}

static uint64_t deque_checksum(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct deque_game *g = self->state;

	if (!deque_fair(g, ops))
		contestant_fail("the thief did not get the share that was asked for");
	return proof_items(g->owner.items + g->thief.items, g->owner.sum + g->thief.sum,
	                   g->owner.wrong | g->thief.wrong);
}

static const char *deque_setup(struct contestant *self, const struct contestant_task *task)
{
	struct deque_game *g = aligned_alloc(CONTESTANT_LINE, sizeof *g);

	if (g == NULL)
		return "out of memory";
	memset(g, 0, sizeof *g);
	self->state = g;
	if (contestant_pin(task->cpu[0]) != 0)
		return "the owner cannot be bound to its processor";
	g->stack = stack_make();
	if (g->stack == NULL)
		return "the deque cannot be made";
	return deque_hire(g, task);
}

static int deque_main(const char *version, int argc, char **argv)
{
	struct contestant self = {version, deque_setup, NULL, deque_batch, deque_checksum, 0, NULL};

	return contestant_main(&self, argc, argv);
}

#endif
