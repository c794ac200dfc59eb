/*
 * Ring under load: four pairs of a producer and a consumer on two processors,
 * single items and bursts of random length, both forms, small capacities, indices
 * that wrap on the way. Every item must arrive once, in order and whole; the
 * consumer must see the last item before it sees the close.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/ring.h>

#include "tests/queues/stress.h"

#define PAIRS 4u
#define BURST_MAX 9u
#define MEMORY_BYTES 8192

/* Three words that must fit together: a torn item is seen. */
typedef struct parcel {
	uint64_t number, negated, doubled;
} parcel;

PINION_RING_DEFINE(parcels, parcel);

struct lane {
	parcels typed;
	pinion_ring generic;
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
		moved = pinion_ring_push(&l->generic, burst) == PINION_RING_OK;
	else if (form == 0)
		parcels_push_n(&l->typed, burst, n, &moved);
	else
		pinion_ring_push_n(&l->generic, burst, n, &moved);
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
	pinion_ring_close(&l->generic);
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
		outcome = pinion_ring_pop(&l->generic, burst);
	else if (form == 0)
		outcome = parcels_pop_n(&l->typed, burst, n, &moved);
	else
		outcome = pinion_ring_pop_n(&l->generic, burst, n, &moved);
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
	CHECK(pinion_ring_bytes(capacity, sizeof(parcel)) <= MEMORY_BYTES);
	CHECK_INT(pinion__ring_init(&l->typed.ring, l->memory[0], capacity, parcels_shape(),
	                            SIZE_MAX - 1000), ==, 0); /* block numbers wrap on the way */
	CHECK_INT(pinion_ring_init(&l->generic, l->memory[1], capacity, sizeof(parcel)), ==, 0);
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

TESTS({"items_arrive_once_and_in_order", items_arrive_once_and_in_order})
