/*
 * Cursor under load: loop after loop, eight threads drain a few seats by single
 * claims and by claims in a row. Each chunk must be claimed exactly once, and a
 * cursor may pass its limit by no more than the number of threads. Then one loop
 * without end, in which a claimer that stands still must not stop the others.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/cursor.h"
#include "tests/queues/freeze.h"

#define THREADS 8u
#define SEATS 3u
#define CHUNKS_MAX 64u

struct loop {
	cursor cursors[SEATS];
	pthread_barrier_t fork, join;
	uint64_t limit;                     /* written between join and fork */
	uint32_t tag;
	bool over;
	atomic_u32 claimed[SEATS][CHUNKS_MAX];
	uint64_t loops, end;
};

static void prepare(struct loop *l, uint64_t *random)
{
	l->limit = stress_below(random, CHUNKS_MAX + 1);
	if (++l->tag > CURSOR_TAG_MAX) {
		l->tag = 1;
		for (unsigned s = 0; s < SEATS; s++)
			cursor_reset(&l->cursors[s]);
	}
	for (unsigned s = 0; s < SEATS; s++)
		for (unsigned i = 0; i < CHUNKS_MAX; i++)
			u32_store_relaxed(&l->claimed[s][i], 0);
	l->over = stress_over(l->end);
}

static void check_loop(struct loop *l)
{
	for (unsigned s = 0; s < SEATS; s++) {
		uint64_t word = u64_load_relaxed(&l->cursors[s].word);

		for (unsigned i = 0; i < CHUNKS_MAX; i++)
			CHECK_INT(u32_load_relaxed(&l->claimed[s][i]), ==, i < l->limit);
		if (l->limit == 0)
			continue;
		CHECK_INT(cursor_tag(word), ==, l->tag);
		CHECK_INT(cursor_pos(word), >=, l->limit);
		CHECK_INT(cursor_pos(word), <=, l->limit + THREADS);
	}
	l->loops++;
}

/* Claim once from a seat, in either way; false when it is drained. */
static bool claim_some(struct loop *l, unsigned seat, uint64_t *random)
{
	cursor *c = &l->cursors[seat];
	uint64_t pos = 0, got = 1;
	bool many = stress_below(random, 3) == 0;

	if (many ? !cursor_claim_many(c, l->tag, l->limit, 1 + stress_below(random, 9), &pos, &got)
	         : !cursor_claim(c, l->tag, l->limit, &pos))
		return false;
	for (uint64_t i = pos; i < pos + got; i++)
		u32_add_relaxed(&l->claimed[seat][i], 1);
	return true;
}

static void drain(struct loop *l, unsigned me, uint64_t *random)
{
	for (unsigned i = 0; i < SEATS; i++) {
		unsigned seat = (me + i) % SEATS;

		while (claim_some(l, seat, random))
			stress_jitter(random);
		CHECK(!cursor_probe(&l->cursors[seat], l->tag, l->limit));
	}
}

static void loop_thread(void *shared, unsigned me)
{
	struct loop *l = shared;
	uint64_t random = stress_state(me);

	for (;;) {
		if (me == 0)
			prepare(l, &random);
		pthread_barrier_wait(&l->fork);
		if (l->over)
			return;
		drain(l, me, &random);
		pthread_barrier_wait(&l->join);
		if (me == 0)
			check_loop(l);
	}
}

static void each_chunk_is_claimed_once(void)
{
	static struct loop l;

	CHECK_INT(pthread_barrier_init(&l.fork, NULL, THREADS), ==, 0);
	CHECK_INT(pthread_barrier_init(&l.join, NULL, THREADS), ==, 0);
	for (unsigned s = 0; s < SEATS; s++)
		cursor_init(&l.cursors[s]);
	l.tag = CURSOR_TAG_MAX - 10; /* the tags wrap on the way */
	l.end = stress_box_ms(1500);
	stress_run(THREADS, loop_thread, &l);
	CHECK_INT(l.loops, >, 10);
	pthread_barrier_destroy(&l.fork);
	pthread_barrier_destroy(&l.join);
}

/* One loop that nobody drains; chunks are counted by their number modulo CHUNKS_MAX. */
struct endless {
	cursor c;
	atomic_u64 claimed[CHUNKS_MAX];
	uint64_t end;
};

static void claim_until_over(void *shared, unsigned me)
{
	struct endless *l = shared;
	uint64_t random = stress_state(me), pos, got;

	while (!stress_over(l->end)) {
		if (stress_below(&random, 3) != 0) {
			got = 1;
			CHECK(cursor_claim(&l->c, 1, CURSOR_LIMIT_MAX, &pos));
		} else {
			uint32_t most = 1 + stress_below(&random, 9);

			CHECK(cursor_claim_many(&l->c, 1, CURSOR_LIMIT_MAX, most, &pos, &got));
		}
		for (uint64_t i = pos; i < pos + got; i++)
			u64_add_relaxed(&l->claimed[i % CHUNKS_MAX], 1);
		freeze_step();
		stress_jitter(&random);
	}
}

static void a_frozen_claimer_stops_nobody(void)
{
	static struct endless l;
	uint64_t total;

	cursor_init(&l.c);
	l.end = stress_box_ms(1000);
	freeze_run(THREADS, claim_until_over, &l, FREEZE_EACH, 0);
	total = cursor_pos(u64_load_relaxed(&l.c.word));
	for (uint64_t i = 0; i < CHUNKS_MAX; i++)
		CHECK_INT(u64_load_relaxed(&l.claimed[i]), ==,
		          total / CHUNKS_MAX + (i < total % CHUNKS_MAX));
	CHECK_INT(total, >, 0);
}

TESTS({"each_chunk_is_claimed_once", each_chunk_is_claimed_once},
      {"a_frozen_claimer_stops_nobody", a_frozen_claimer_stops_nobody})
