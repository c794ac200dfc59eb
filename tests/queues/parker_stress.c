/*
 * Parker under load: ping-pong, by one pair and by four on the same processors,
 * that ends only if no wake is lost; and many wakers of one sleeper, whose
 * successes must equal the sleeper's awakenings, also while one of them, or the
 * sleeper, stands still.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/parker.h"
#include "tests/queues/freeze.h"

#define ROUNDS 100000u
#define PAIRS 4u

struct pingpong {
	parker p[2];
	atomic_u32 ball; /* even: thread 0 may play, odd: thread 1 */
	uint64_t end;
};

#define OVER UINT32_MAX

static bool my_turn(uint32_t ball, unsigned me)
{
	return ball == OVER || (ball & 1) == me;
}

static void wait_for_turn(struct pingpong *g, unsigned me, uint64_t *random)
{
	uint32_t spins = stress_below(random, 400); /* so that all windows are hit */

	while (spins-- > 0)
		if (my_turn(u32_load_acquire(&g->ball), me))
			return;
	for (;;) {
		parker_announce(&g->p[me]);
		if (my_turn(u32_load_seq_cst(&g->ball), me)) {
			parker_retract(&g->p[me]);
			return;
		}
		parker_sleep(&g->p[me], UINT64_MAX);
	}
}

static void play(void *shared, unsigned index)
{
	struct pingpong *g = (struct pingpong *)shared + index / 2;
	unsigned me = index % 2;
	uint64_t random = stress_state(index);

	for (;;) {
		wait_for_turn(g, me, &random);
		uint32_t ball = u32_load_relaxed(&g->ball);
		bool over = ball == OVER || ball >= ROUNDS || stress_over(g->end);
		u32_store_seq_cst(&g->ball, over ? OVER : ball + 1);
		parker_wake(&g->p[!me]);
		if (over)
			return;
	}
}

static void play_with(unsigned pairs, uint64_t ms)
{
	struct pingpong g[PAIRS];
	uint64_t end = stress_box_ms(ms);

	for (unsigned i = 0; i < pairs; i++) {
		parker_init(&g[i].p[0]);
		parker_init(&g[i].p[1]);
		u32_init(&g[i].ball, 0);
		g[i].end = end;
	}
	stress_run(2 * pairs, play, g);
	for (unsigned i = 0; i < pairs; i++)
		CHECK_INT(u32_load_relaxed(&g[i].ball), ==, OVER);
}

static void pingpong_loses_no_wake(void)
{
	play_with(1, 1000);
}

static void four_pairs_lose_no_wake(void)
{
	play_with(PAIRS, 1000);
}

#define WAKERS 7u

struct crowd {
	parker p;
	atomic_u32 stop;
	atomic_u64 wakes;
	uint64_t awakenings, end;
};

static void sleep_a_lot(struct crowd *c)
{
	while (!stress_over(c->end)) {
		parker_announce(&c->p);
		if (parker_sleep(&c->p, pinion__clock_ns() + 1000000))
			c->awakenings++;
		freeze_step();
	}
	u32_store_relaxed(&c->stop, 1);
}

static void crowd_member(void *shared, unsigned index)
{
	struct crowd *c = shared;
	uint64_t random = stress_state(index), wakes = 0;

	if (index == 0) {
		sleep_a_lot(c);
		return;
	}
	while (u32_load_relaxed(&c->stop) == 0) {
		wakes += parker_wake(&c->p);
		freeze_step();
		stress_jitter(&random);
	}
	u64_add_relaxed(&c->wakes, wakes);
}

static void begin_crowd(struct crowd *c, uint64_t ms)
{
	parker_init(&c->p);
	u32_init(&c->stop, 0);
	u64_init(&c->wakes, 0);
	c->awakenings = 0;
	c->end = stress_box_ms(ms);
}

static void each_announce_is_woken_once(void)
{
	struct crowd c;

	begin_crowd(&c, 800);
	stress_run(1 + WAKERS, crowd_member, &c);
	CHECK_INT(c.awakenings, ==, u64_load_relaxed(&c.wakes));
	CHECK_INT(c.awakenings, >, 0);
}

/* Wakers are wait-free, and the sleeper has a deadline: whoever stands still, the rest go on. */
static void wakers_do_not_wait_for_each_other(void)
{
	struct crowd c;

	begin_crowd(&c, 800);
	freeze_run(1 + WAKERS, crowd_member, &c, FREEZE_EACH, 0);
	CHECK_INT(c.awakenings, ==, u64_load_relaxed(&c.wakes));
	CHECK_INT(c.awakenings, >, 0);
}

TESTS({"pingpong_loses_no_wake", pingpong_loses_no_wake},
      {"four_pairs_lose_no_wake", four_pairs_lose_no_wake},
      {"each_announce_is_woken_once", each_announce_is_woken_once},
      {"wakers_do_not_wait_for_each_other", wakers_do_not_wait_for_each_other})
