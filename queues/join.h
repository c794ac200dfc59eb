/*
 * Join: a counter of outstanding children with one waiter. The counter usually
 * lies on the waiter's stack and dies the moment the wait returns, while the
 * last child may still be inside join_done(). The whole design is about that.
 *
 * word = count << 1 | waiting. A child subtracts one and learns from the value
 * before, in the same operation, whether it was the last and whether somebody
 * waits:
 *
 *   not the last               touches the join no more
 *   last, nobody waits         touches the join no more: a poller that reads
 *                              count 0 may free it
 *   last, somebody waits       the waiter is bound to wait for `released`, so the
 *                              join stays until that store; the child reads
 *                              `waiter` before it and touches nothing after it.
 *                              The wake goes to the parker (which outlives the
 *                              join) or to the address of `released`, a mere name
 *                              for the futex.
 *
 *                 register                       last done
 *     POLLED ───────────────────► WAITED ──────────────────────► RELEASED
 *        │ count 0 seen, by poll or by register's own result
 *        ▼
 *      DONE
 *
 * Ordering
 *   [child]   join_done subtracts (release) -> the waiter reads count 0 (acquire),
 *             or the last child subtracts (acquire)
 *             carries: what each child wrote. The subtractions form one release
 *             sequence, so one read pairs with all of them.
 *   [who]     register sets the waiting bit (release) -> last child subtracts (acquire)
 *             carries: the waiter field.
 *   [release] last child stores released (seq_cst) -> waiter loads it (seq_cst)
 *             carries: everything behind [child].
 *             seq_cst, because the waiter's parker needs it (see parker.h): with a
 *             release store the child could still read AWAKE while the waiter,
 *             already announced, still reads released == 0; it would sleep for ever.
 *             There is one join_released() and it is seq_cst: the load costs the same
 *             as an acquire load on x86, and a wait is no hot path elsewhere.
 *
 *   last child                    waiter                      result
 *   ----------------------------  --------------------------  --------------------------
 *   subtract, bit clear           register after it: count 0  true: done, no wait
 *   subtract, bit clear           is_done polls 0             done
 *   subtract, bit set             register before it: false   must see released
 *   released = 1, parker_wake     announce, re-check          one sees the other
 *   released = 1                  polls released, returns,    the child only names the
 *   (stalled), futex wake         the stack frame dies        address, or wakes a parker
 *
 * Who may run together
 *                add        done       is_done   register, released, sleep
 *   add          together   together   together  together (see join_add)
 *   done         together   together   together  together
 *   is_done      together   together   same      same thread (the waiter)
 *   register...  together   together   same      same thread (the waiter)
 *
 * Progress: all wait-free but join_sleep, which blocks.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_QUEUES_JOIN_H
#define PINION_QUEUES_JOIN_H

#include "queues/parker.h"

#define JOIN_WAITING UINT64_C(1)
#define JOIN_CHILD UINT64_C(2)

typedef struct join {
	/* Written by children, waiter and adders. */
	atomic_u64 word;     /* count << 1 | waiting */
	atomic_u32 released; /* 0, then 1: the last child has let go of this memory */
	/* Written by the waiter before it sets the waiting bit. */
	parker *waiter;      /* NULL: it sleeps on `released` */
} join;

static inline bool join_is_valid(const join *j)
{
	return u32_load_relaxed(&j->released) <= 1;
}

/* The memory is the caller's, and fresh again after a finished wait. */
static inline void join_init(join *j, uint64_t count)
{
	u64_init(&j->word, count * JOIN_CHILD);
	u32_init(&j->released, 0);
	j->waiter = NULL;
}

/*
 * n more children. By the waiter before it registers, or by a thread that holds
 * one unfinished child itself, so that the count cannot have reached 0.
 * Relaxed: the new child is handed over by a queue, which has its own edge.
 */
static inline void join_add(join *j, uint64_t n)
{
	uint64_t before = u64_add_relaxed(&j->word, n * JOIN_CHILD);

	PINION_REQUIRE(!(before & JOIN_WAITING) || before >= JOIN_CHILD);
	(void)before;
}

/* One child has finished. The join may be gone when this returns, and before. */
static inline void join_done(join *j)
{
	uint64_t before = u64_sub_acq_rel(&j->word, JOIN_CHILD); /* [child] [who] */

	PINION_REQUIRE(before >= JOIN_CHILD);
	if (PINION_LIKELY(before != (JOIN_CHILD | JOIN_WAITING)))
		return;
	parker *waiter = j->waiter;
	u32_store_seq_cst(&j->released, 1); /* [release]: no access to *j from here on */
	if (waiter != NULL)
		parker_wake(waiter);
	else
		pinion__futex_wake(u32_futex_word(&j->released), 1);
}

/* Waiter, not registered: have all children finished? */
static inline bool join_is_done(const join *j)
{
	PINION_VALID(join_is_valid(j));
	return u64_load_acquire(&j->word) < JOIN_CHILD; /* [child] */
}

/*
 * Waiter: ask to be woken, through its parker, or through join_sleep() when p is
 * NULL. true: all children had finished, there is nothing to wait for. After
 * false only join_released() or join_sleep() ends the wait, never join_is_done().
 */
static inline bool join_register(join *j, parker *p)
{
	PINION_VALID(join_is_valid(j));
	PINION_REQUIRE(!(u64_load_relaxed(&j->word) & JOIN_WAITING));
	j->waiter = p;
	return u64_or_acq_rel(&j->word, JOIN_WAITING) < JOIN_CHILD; /* [child] [who] */
}

/* Waiter, registered: may the join die? Also the re-check between announce and sleep. */
static inline bool join_released(const join *j)
{
	return u32_load_seq_cst(&j->released) != 0; /* [release] */
}

/* Waiter, registered with NULL: sleep until join_released(). */
static inline void join_sleep(join *j)
{
	PINION_REQUIRE(j->waiter == NULL);
	while (!join_released(j))
		pinion__futex_wait(u32_futex_word(&j->released), 0, UINT64_MAX);
}

#endif
