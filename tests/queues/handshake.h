/*
 * The narrow windows, one at a time. Two threads meet, each does its half of one
 * handshake at the same moment, they meet again, and the outcome is checked:
 * neither half may miss the other. Long runs of a queue seldom hit these windows;
 * here each round aims at one of them, a million times in a second.
 *
 * A test includes this, defines its `struct table` (what a handshake needs, prepared
 * anew for each round) and runs handshakes on it. PINION_LONG=1 makes each of them
 * HANDSHAKE_LONG rounds long instead of 300 ms.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_QUEUES_HANDSHAKE_H
#define PINION_TESTS_QUEUES_HANDSHAKE_H

#include "tests/queues/watch.h"

#define HANDSHAKE_LONG UINT64_C(8000000)

struct table;

struct handshake {
	struct table *table;
	void (*prepare)(struct table *t);
	uint32_t (*half[2])(struct table *t);                 /* non-zero: saw the other half */
	void (*check)(struct table *t, const uint32_t *seen); /* what each half returned */

	/* private */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u32 met;
	PINION_ALIGNED(PINION_NOSHARE) uint32_t seen[2];
	bool over;
	atomic_u64 rounds;
	uint64_t end;
	uint32_t spins; /* before a meeting thread yields */
};

/* Both threads leave at once; `stage` counts the arrivals at all meetings so far. */
static inline void handshake_meet(struct handshake *h, uint32_t *stage)
{
	*stage += 2;
	u32_add_acq_rel(&h->met, 1);
	for (uint32_t spins = 0; (int32_t)(u32_load_acquire(&h->met) - *stage) < 0;)
		if (++spins % h->spins == 0)
			pinion__yield();
}

/* The threads take turns in preparing, so that each half now finds its lines in its
 * own cache and now in the other's: the windows lie where a store has to wait. */
static inline bool handshake_is_my_turn(unsigned me, uint32_t stage)
{
	return (stage >> 2 & 1) == me;
}

static inline bool handshake_is_over(const struct handshake *h, uint64_t rounds)
{
	if (getenv("PINION_LONG") != NULL)
		return rounds >= HANDSHAKE_LONG;
	return stress_over(h->end);
}

static inline void handshake_prepare(struct handshake *h)
{
	uint64_t rounds = u64_load_relaxed(&h->rounds); /* relaxed: only the watch reads it too */

	h->prepare(h->table);
	h->over = rounds % 16 == 15 && handshake_is_over(h, rounds);
	u64_store_relaxed(&h->rounds, rounds + 1);
}

static inline void handshake_thread(void *shared, unsigned me)
{
	struct handshake *h = shared;
	uint64_t random = stress_state(me);
	uint32_t stage = 0;

	stress_spread(me);
	for (;;) {
		if (handshake_is_my_turn(me, stage))
			handshake_prepare(h);
		handshake_meet(h, &stage);
		if (h->over)
			return;
		for (uint32_t wait = stress_below(&random, 128); wait > 0; wait--)
			__asm__ volatile("");
		h->seen[me] = h->half[me](h->table);
		handshake_meet(h, &stage);
		if (handshake_is_my_turn(me, stage)) /* who checks is who prepares the next round */
			h->check(h->table, h->seen);
	}
}

static inline void handshake_run(struct handshake *h)
{
	struct watch watch = {.what = "a handshake", .count = &h->rounds};

	h->spins = stress_cpus() > 1 ? 4096 : 1;
	u32_init(&h->met, 0);
	u64_init(&h->rounds, 0);
	h->end = stress_box_ms(300);
	watch_begin(&watch);
	stress_run(2, handshake_thread, h);
	watch_end(&watch);
	CHECK_INT(u64_load_relaxed(&h->rounds), >=, 16);
	printf("  %" PRIu64 " rounds on %s\n", u64_load_relaxed(&h->rounds),
	       stress_cpus() > 1 ? "two processors" : "one processor");
	fflush(stdout);
}

static inline void check_one_saw_the_other(struct table *t, const uint32_t *seen)
{
	(void)t;
	CHECK(seen[0] || seen[1]);
}

static inline void check_exactly_one(struct table *t, const uint32_t *seen)
{
	(void)t;
	CHECK_INT(seen[0] + seen[1], ==, 1);
}

#endif
