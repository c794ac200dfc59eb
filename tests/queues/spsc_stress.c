/*
 * Ring under load: four pairs of a producer and a consumer on two processors,
 * single items and bursts of random length, both forms, small capacities, indices
 * that wrap on the way. Every item must arrive once, in order and whole; the
 * consumer must see the last item before it sees the close.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/spsc.h>

#include "tests/queues/stress.h"

#include <unistd.h>

#define PAIRS        4u
#define BURST_MAX    9u
#define MEMORY_BYTES 8192

/* Three words that must fit together: a torn item is seen. */
typedef struct parcel {
	uint64_t number, negated, doubled;
} parcel;

PINION_SPSC_DEFINE(parcels, parcel);

struct lane {
	parcels typed;
	pinion_spsc generic;
	alignas(PINION_RING_ALIGN) unsigned char memory[2][MEMORY_BYTES];
	uint64_t sent[2], got[2];
};

struct road {
	struct lane lanes[PAIRS];
	uint64_t end;
};

static parcel wrap(uint64_t number)
{
	return (parcel){.number = number, .negated = ~number, .doubled = 2 * number};
}

static void check_parcel(parcel p, uint64_t number)
{
	CHECK_INT(p.number, ==, number);
	CHECK(p.negated == ~number);
	CHECK(p.doubled == 2 * number);
}

/* One item or a burst, whatever fits, to the typed ring (0) or the generic one (1). */
static void send_some(struct lane *l, int form, uint64_t *random)
{
	parcel burst[BURST_MAX];
	size_t n = 1 + stress_below(random, BURST_MAX), moved = 0;

	for (size_t i = 0; i < n; i++)
		burst[i] = wrap(l->sent[form] + i);
	if (n == 1 && form == 0)
		moved = parcels_push(&l->typed, burst[0]) == PINION_RING_OK;
	else if (n == 1)
		moved = pinion_spsc_push(&l->generic, burst) == PINION_RING_OK;
	else if (form == 0)
		parcels_push_n(&l->typed, burst, n, &moved);
	else
		pinion_spsc_push_n(&l->generic, burst, n, &moved);
	l->sent[form] += moved;
	if (moved == 0)
		pinion__yield();
}

static void produce(struct road *r, struct lane *l, unsigned me)
{
	uint64_t random = stress_state(me);

	while (!stress_over(r->end))
		for (int i = 0; i < 100; i++) {
			send_some(l, (int)stress_below(&random, 2), &random);
			stress_jitter(&random);
		}
	parcels_close(&l->typed);
	pinion_spsc_close(&l->generic);
}

/* false: the ring is closed and drained. */
static bool receive_some(struct lane *l, int form, uint64_t *random)
{
	parcel burst[BURST_MAX];
	size_t n = 1 + stress_below(random, BURST_MAX), moved = 1;
	pinion_ring_outcome outcome;

	if (n == 1 && form == 0)
		outcome = parcels_pop(&l->typed, burst);
	else if (n == 1)
		outcome = pinion_spsc_pop(&l->generic, burst);
	else if (form == 0)
		outcome = parcels_pop_n(&l->typed, burst, n, &moved);
	else
		outcome = pinion_spsc_pop_n(&l->generic, burst, n, &moved);
	if (outcome == PINION_RING_EMPTY)
		pinion__yield();
	for (size_t i = 0; outcome == PINION_RING_OK && i < moved; i++)
		check_parcel(burst[i], l->got[form]++);
	return outcome != PINION_RING_CLOSED;
}

static void consume(struct lane *l, unsigned me)
{
	uint64_t random = stress_state(me);
	bool open[2] = {true, true};

	while (open[0] || open[1]) {
		int form = (int)stress_below(&random, 2);

		if (open[form])
			open[form] = receive_some(l, form, &random);
		CHECK_INT(parcels_length(&l->typed), <=, l->typed.ring.room);
		stress_jitter(&random);
	}
}

static void road_thread(void *shared, unsigned index)
{
	struct road *r = shared;

	if (index % 2 == 0)
		produce(r, &r->lanes[index / 2], index);
	else
		consume(&r->lanes[index / 2], index);
}

static void begin_lane(struct lane *l, size_t capacity)
{
	memset(l, 0, sizeof *l);
	CHECK(parcels_bytes(capacity) <= MEMORY_BYTES);
	CHECK(pinion_spsc_bytes(capacity, sizeof(parcel)) <= MEMORY_BYTES);
	CHECK_INT(
	    pinion__spsc_init(&l->typed.ring, l->memory[0], capacity, parcels_shape(), SIZE_MAX - 1000),
	    ==, 0); /* block numbers wrap on the way */
	CHECK_INT(pinion_spsc_init(&l->generic, l->memory[1], capacity, sizeof(parcel)), ==, 0);
}

static void items_arrive_once_and_in_order(void)
{
	static const size_t capacities[] = {1, 2, 4, 64};
	static struct road r;

	for (unsigned i = 0; i < PAIRS; i++)
		begin_lane(&r.lanes[i], capacities[i]);
	r.end = stress_box_ms(2500);
	stress_run(2 * PAIRS, road_thread, &r);
	for (unsigned i = 0; i < PAIRS; i++)
		for (int form = 0; form < 2; form++) {
			CHECK_INT(r.lanes[i].got[form], ==, r.lanes[i].sent[form]);
			CHECK_INT(r.lanes[i].got[form], >, 0);
		}
}

/* ---- waiting ---- */

/* Pairs that sleep: each side takes a form of its own at random and keeps the rules for it. */
struct sleepers {
	struct lane lanes[PAIRS];
	pinion_ring_cancel token;
	uint64_t end, waits[PINION_RING_CANCELLED + 1];
};

static pinion_ring_wait some_wait(struct sleepers *s, uint64_t *random)
{
	pinion_ring_wait wait = {.deadline_ns = 0, .cancel = &s->token};

	if (stress_below(random, 4) == 0)
		wait.deadline_ns = pinion__clock_ns() + stress_below(random, 100000);
	return wait;
}

static void send_asleep(struct sleepers *s, struct lane *l, unsigned me)
{
	uint64_t random = stress_state(me), sent = 0;
	pinion_ring_outcome outcome = PINION_RING_OK;

	while (outcome != PINION_RING_CANCELLED && !stress_over(s->end)) {
		parcel p = wrap(sent), *places;
		pinion_ring_wait wait = some_wait(s, &random);
		uint32_t way = stress_below(&random, 4);
		size_t n = 1;

		if (way == 0 && (outcome = parcels_reserve(&l->typed, &places, &n)) == PINION_RING_OK) {
			places[0] = p;
			parcels_commit(&l->typed, 1);
		} else if (way == 1) {
			outcome = parcels_push_lazy(&l->typed, p);
		} else if (way > 1) {
			outcome = parcels_push_wait(&l->typed, p, &wait);
		}
		sent += outcome == PINION_RING_OK;
		if (way < 2) {
			parcels_flush(&l->typed);
			parcels_notify(&l->typed);
		}
		stress_jitter(&random);
	}
	parcels_close(&l->typed);
	l->sent[0] = sent;
}

static void receive_asleep(struct sleepers *s, struct lane *l, unsigned me)
{
	uint64_t random = stress_state(me), got = 0;
	pinion_ring_outcome outcome = PINION_RING_OK;

	while (outcome != PINION_RING_CLOSED) {
		parcel p, *places;
		pinion_ring_wait wait = some_wait(s, &random);
		size_t n = 1;

		if (stress_below(&random, 4) == 0) {
			outcome = parcels_peek(&l->typed, &places, &n);
			if (outcome == PINION_RING_OK) {
				p = places[0];
				parcels_release(&l->typed, 1);
			}
			parcels_notify(&l->typed);
		} else {
			outcome = parcels_pop_wait(&l->typed, &p, &wait);
			if (outcome == PINION_RING_CANCELLED)
				pinion__yield();
		}
		if (outcome == PINION_RING_OK)
			check_parcel(p, got++);
		__atomic_fetch_add(&s->waits[outcome], 1, __ATOMIC_RELAXED);
		stress_jitter(&random);
	}
	l->got[0] = got;
}

static void sleepers_thread(void *shared, unsigned index)
{
	struct sleepers *s = shared;

	if (index < 2 * PAIRS) {
		if (index % 2 == 0)
			send_asleep(s, &s->lanes[index / 2], index);
		else
			receive_asleep(s, &s->lanes[index / 2], index);
		return;
	}
	while (!stress_over(s->end))
		usleep(1000);
	for (unsigned i = 0; i < PAIRS; i++)
		parcels_cancel(&s->lanes[i].typed, &s->token);
}

/* A wake that got lost stops the test. */
static void nobody_sleeps_for_ever(void)
{
	static const size_t capacities[] = {1, 2, 4, 64};
	static struct sleepers s;

	for (unsigned i = 0; i < PAIRS; i++)
		begin_lane(&s.lanes[i], capacities[i]);
	s.end = stress_box_ms(2500);
	stress_run(2 * PAIRS + 1, sleepers_thread, &s);
	for (unsigned i = 0; i < PAIRS; i++) {
		CHECK_INT(s.lanes[i].got[0], ==, s.lanes[i].sent[0]);
		CHECK_INT(s.lanes[i].got[0], >, 0);
	}
	CHECK_INT(s.waits[PINION_RING_CLOSED], ==, PAIRS);
}

TESTS({"items_arrive_once_and_in_order", items_arrive_once_and_in_order},
      {"nobody_sleeps_for_ever", nobody_sleeps_for_ever})
