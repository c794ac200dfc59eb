/*
 * The ring of many producers and consumers under load: eight threads on two processors,
 * singles, bursts and waiting forms mixed at random, capacities 1, 2, 4 and 64, words that
 * wrap on the way. Every item must arrive once and whole, those of one producer in order
 * at each consumer, and the waits must end: by an item, by room, by the close that comes
 * while consumers and producers sleep, by deadlines, by a storm of cancels.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/mpmc.h>

#include "tests/queues/stress.h"

#include <stdalign.h>

#define BURST_MAX    9u
#define MEMORY_BYTES 8192
#define PAIRS_MAX    4u

/* Three words that must fit together: a torn item is seen. */
typedef struct parcel {
	uint64_t number, negated, from;
} parcel;

PINION_MPMC_DEFINE(parcels, parcel);

struct market {
	parcels ring;
	alignas(PINION_RING_ALIGN) unsigned char memory[MEMORY_BYTES];
	unsigned producers, consumers;
	size_t capacity;
	bool storm; /* waits have deadlines and tokens */
	uint64_t end;
	pinion_ring_cancel tokens[2];
	atomic_u64 sent[PAIRS_MAX], got[PAIRS_MAX]; /* by producer; relaxed, read when all have ended */
	atomic_u32 selling;
};

/* An absolute deadline up to some 50 us away, or none; a token that may be cancelled. */
static pinion_ring_wait some_wait(struct market *m, uint64_t *random)
{
	pinion_ring_wait wait = {0};

	if (!m->storm)
		return wait;
	if (stress_below(random, 2))
		wait.deadline_ns = pinion__clock_ns() + stress_below(random, 50000);
	if (stress_below(random, 2))
		wait.cancel = &m->tokens[1];
	if (wait.deadline_ns == 0 && wait.cancel == NULL)
		wait.cancel = &m->tokens[0]; /* cancelled at the end */
	return wait;
}

static parcel wrap(unsigned from, uint64_t number)
{
	return (parcel){.number = number, .negated = ~number, .from = from};
}

static void send_some(struct market *m, unsigned me, uint64_t *random)
{
	parcel burst[BURST_MAX];
	uint64_t sent = u64_load_relaxed(&m->sent[me]);
	size_t n = 1 + stress_below(random, BURST_MAX), moved = 0;
	pinion_ring_wait wait = some_wait(m, random);
	pinion_ring_outcome outcome;

	for (size_t i = 0; i < n; i++)
		burst[i] = wrap(me, sent + i);
	if (n == 1)
		moved = parcels_push(&m->ring, burst[0]) == PINION_RING_OK;
	else if (n <= 4) {
		outcome = parcels_push_wait(&m->ring, burst[0], &wait);
		CHECK(outcome == PINION_RING_OK || outcome >= PINION_RING_CLOSED);
		moved = outcome == PINION_RING_OK;
	} else
		parcels_push_n(&m->ring, burst, n, &moved);
	u64_store_relaxed(&m->sent[me], sent + moved);
	if (moved == 0)
		pinion__yield();
}

static void produce(struct market *m, unsigned me)
{
	uint64_t random = stress_state(me);

	while (!stress_over(m->end)) {
		for (int i = 0; i < 50; i++) {
			send_some(m, me, &random);
			stress_jitter(&random);
		}
		if (m->storm && me == 0)
			parcels_cancel(&m->ring, &m->tokens[1]);
	}
	/* The last one closes, while others may sleep on either side. */
	if (u32_add_acq_rel(&m->selling, (uint32_t)-1) == 1) {
		parcels_cancel(&m->ring, &m->tokens[0]);
		parcels_close(&m->ring);
	}
}

static void check_parcel(struct market *m, parcel p, uint64_t *next)
{
	CHECK(p.from < m->producers);
	CHECK(p.negated == ~p.number);
	CHECK(p.number >= next[p.from]); /* in order, though others pop in between */
	next[p.from] = p.number + 1;
	u64_add_relaxed(&m->got[p.from], 1);
}

/* false: the ring is closed and drained. */
static bool receive_some(struct market *m, uint64_t *next, uint64_t *random)
{
	parcel burst[BURST_MAX];
	size_t n = 1 + stress_below(random, BURST_MAX), moved = 1;
	pinion_ring_wait wait = some_wait(m, random);
	pinion_ring_outcome outcome;

	if (n == 1)
		outcome = parcels_pop(&m->ring, burst);
	else if (n <= 5)
		outcome = parcels_pop_wait(&m->ring, burst, &wait);
	else
		outcome = parcels_pop_n(&m->ring, burst, n, &moved);
	if (outcome == PINION_RING_EMPTY || outcome == PINION_RING_BUSY)
		pinion__yield();
	for (size_t i = 0; outcome == PINION_RING_OK && i < moved; i++)
		check_parcel(m, burst[i], next);
	return outcome != PINION_RING_CLOSED;
}

static void consume(struct market *m, unsigned me)
{
	uint64_t random = stress_state(me), next[PAIRS_MAX] = {0};

	while (receive_some(m, next, &random)) {
		CHECK_INT(parcels_length(&m->ring), <=, m->capacity);
		CHECK(pinion__mpmc_is_valid(&m->ring.ring));
		stress_jitter(&random);
	}
	CHECK_INT(parcels_push(&m->ring, wrap(0, 0)), ==, PINION_RING_CLOSED);
}

static void market_thread(void *shared, unsigned index)
{
	struct market *m = shared;

	if (index < m->producers)
		produce(m, index);
	else
		consume(m, index);
}

static void trade(unsigned producers, unsigned consumers, size_t capacity, bool storm)
{
	static struct market m;

	memset(&m, 0, sizeof m);
	CHECK(parcels_bytes(capacity) <= MEMORY_BYTES);
	CHECK_INT(pinion__mpmc_init(&m.ring.ring, m.memory, capacity,
	                            pinion__mpmc_plain(sizeof(parcel)), UINT64_MAX - 1000),
	          ==, 0);
	m.producers = producers;
	m.consumers = consumers;
	m.capacity = capacity;
	m.storm = storm;
	u32_init(&m.selling, producers);
	m.end = stress_box_ms(60);
	stress_run(producers + consumers, market_thread, &m);
	for (unsigned i = 0; i < producers; i++)
		CHECK_INT(u64_load_relaxed(&m.got[i]), ==, u64_load_relaxed(&m.sent[i]));
	CHECK_INT(m.ring.ring.tail & PINION__MPMC_SLEEPERS, ==, 0);
	CHECK_INT(m.ring.ring.head & PINION__MPMC_SLEEPERS, ==, 0);
	CHECK_INT(pinion__mpmc_permits(m.ring.ring.pop_permits), ==, 0);
	CHECK_INT(pinion__mpmc_permits(m.ring.ring.push_permits), ==, 0);
}

static void all_capacities(bool storm)
{
	static const size_t capacities[] = {1, 2, 4, 64};

	for (size_t i = 0; i < sizeof capacities / sizeof capacities[0]; i++) {
		trade(2, 2, capacities[i], storm);
		trade(4, 4, capacities[i], storm);
		trade(1, 4, capacities[i], storm);
		trade(4, 1, capacities[i], storm);
	}
}

static void items_arrive_once_and_in_order(void)
{
	all_capacities(false);
}

static void deadlines_and_cancels_lose_nothing(void)
{
	all_capacities(true);
}

/* ---- sleepers and the end ------------------------------------------------------ */

#define SLEEPERS 8u

struct night {
	pinion_mpmc ring;
	alignas(PINION_RING_ALIGN) unsigned char memory[MEMORY_BYTES];
	pinion_ring_cancel token;
	bool full, cancel;
	unsigned rounds;
};

static void night_thread(void *shared, unsigned me)
{
	struct night *n = shared;
	pinion_ring_wait wait = {.cancel = &n->token};
	uint64_t item = 0, random = stress_state(me);

	if (me == SLEEPERS) {
		/* Some sleep already, some are on the way. */
		for (uint32_t i = stress_below(&random, 400); i-- > 0;)
			pinion__yield();
		if (n->cancel)
			pinion_mpmc_cancel(&n->ring, &n->token);
		else
			pinion_mpmc_close(&n->ring);
	} else {
		CHECK_INT(n->full ? pinion_mpmc_push_wait(&n->ring, &item, &wait)
		                  : pinion_mpmc_pop_wait(&n->ring, &item, &wait),
		          ==, n->cancel ? PINION_RING_CANCELLED : PINION_RING_CLOSED);
	}
}

static void sleepers_end(bool full, bool cancel)
{
	static struct night n;
	uint64_t end = stress_box_ms(120), item = 0;

	do {
		memset(&n, 0, sizeof n);
		n.full = full;
		n.cancel = cancel;
		CHECK_INT(pinion_mpmc_init(&n.ring, n.memory, 2, sizeof item), ==, 0);
		for (int i = 0; full && i < 2; i++)
			CHECK_INT(pinion_mpmc_push(&n.ring, &item), ==, PINION_RING_OK);
		stress_run(SLEEPERS + 1, night_thread, &n);
		CHECK_INT(pinion_mpmc_length(&n.ring), ==, full ? 2 : 0);
		CHECK_INT(pinion__mpmc_permits(n.ring.pop_permits), ==, 0);
		CHECK_INT(pinion__mpmc_permits(n.ring.push_permits), ==, 0);
	} while (!stress_over(end));
}

static void close_and_cancel_wake_all(void)
{
	sleepers_end(false, false);
	sleepers_end(true, false);
	sleepers_end(false, true);
	sleepers_end(true, true);
}

/* One item at a time for four sleeping consumers: each push must wake one. */
static void hand_over_thread(void *shared, unsigned me)
{
	struct night *n = shared;
	uint64_t item = 1;

	if (me > 0) {
		for (unsigned i = 0; i < n->rounds; i++)
			CHECK_INT(pinion_mpmc_pop_wait(&n->ring, &item, NULL), ==, PINION_RING_OK);
		return;
	}
	for (unsigned i = 0; i < 4 * n->rounds; i++) {
		if (i % 4 == 0)
			while ((__atomic_load_n(&n->ring.tail, __ATOMIC_RELAXED) & PINION__MPMC_SLEEPERS) < 1 &&
			       pinion_mpmc_length(&n->ring) > 0)
				pinion__yield();
		CHECK_INT(pinion_mpmc_push_wait(&n->ring, &item, NULL), ==, PINION_RING_OK);
	}
}

static void every_push_wakes_one(void)
{
	static struct night n;

	memset(&n, 0, sizeof n);
	n.rounds = 400;
	CHECK_INT(pinion_mpmc_init(&n.ring, n.memory, 4, sizeof(uint64_t)), ==, 0);
	stress_run(5, hand_over_thread, &n);
	CHECK_INT(pinion_mpmc_length(&n.ring), ==, 0);
	CHECK_INT(pinion__mpmc_permits(n.ring.pop_permits), ==, 0);
}

TESTS({"items_arrive_once_and_in_order", items_arrive_once_and_in_order},
      {"deadlines_and_cancels_lose_nothing", deadlines_and_cancels_lose_nothing},
      {"close_and_cancel_wake_all", close_and_cancel_wake_all},
      {"every_push_wakes_one", every_push_wakes_one})
