/*
 * The ring of many producers and consumers: who claims what, laps that come round, bursts,
 * the ends, sleepers with deadlines and tokens. Items are plain words; a mark or a claim of too
 * weak an order makes two threads race for one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/mpmc.h>

#include "affinity/port.h"
#include "tests/model/model.h"

#define ITEMS_MAX 8

/* Two of them to a block, so that bursts of two are whole blocks. */
typedef struct crate {
	uint32_t number, filling[5];
} crate;

PINION_MPMC_DEFINE(boxes, uint32_t);
PINION_MPMC_DEFINE(crates, crate);

struct dock {
	boxes ring;
	crates yard;
	unsigned char memory[256] PINION_ALIGNED(PINION_RING_ALIGN);
	unsigned char lot[2048] PINION_ALIGNED(PINION_RING_ALIGN);
	uint32_t cargo[ITEMS_MAX]; /* plain: written before the push of its number */
	uint32_t seen[ITEMS_MAX];  /* plain: by the one who popped it */
	uint32_t left;             /* a flag, relaxed */
	uint32_t note;             /* plain: written before close or cancel */
	pinion_ring_cancel token;
	pinion_ring_outcome outcome[MODEL_THREADS_MAX];
};

static void setup(struct dock *d, size_t capacity, uint64_t start)
{
	MODEL_CHECK(boxes_bytes(capacity) <= sizeof d->memory);
	MODEL_CHECK(pinion__mpmc_init(&d->ring.ring, d->memory, capacity,
	                              pinion__mpmc_plain(sizeof(uint32_t)), start) == 0);
}

static void setup_1(void *state)
{
	setup(state, 1, 0);
}

static void setup_2(void *state)
{
	setup(state, 2, UINT64_MAX); /* the word wraps within the second lap */
}

static void setup_4(void *state)
{
	setup(state, 4, 0);
}

static void setup_1_full(void *state)
{
	struct dock *d = state;

	setup(d, 1, 0);
	MODEL_CHECK(boxes_push(&d->ring, 0) == PINION_RING_OK);
}

/* Alone again: the ring is sound, nobody sleeps, no permit is left or owed, nothing is busy. */
static void check(void *state)
{
	struct dock *d = state;
	pinion_ring_outcome outcome;
	uint32_t box;

	MODEL_CHECK(pinion__mpmc_is_valid(&d->ring.ring));
	MODEL_CHECK((d->ring.ring.tail & PINION__MPMC_SLEEPERS) == 0);
	MODEL_CHECK((d->ring.ring.head & PINION__MPMC_SLEEPERS) == 0);
	MODEL_CHECK(pinion__mpmc_permits(d->ring.ring.pop_permits) == 0);
	MODEL_CHECK(pinion__mpmc_permits(d->ring.ring.push_permits) == 0);
	do
		outcome = boxes_pop(&d->ring, &box);
	while (outcome == PINION_RING_OK);
	MODEL_CHECK(outcome == PINION_RING_EMPTY || outcome == PINION_RING_CLOSED);
}

static void check_empty(void *state)
{
	struct dock *d = state;

	MODEL_CHECK(boxes_length(&d->ring) == 0);
	check(state);
}

/* ---- what threads do ----------------------------------------------------------- */

static void arrived(struct dock *d, uint32_t box)
{
	MODEL_CHECK(box < ITEMS_MAX);
	MODEL_CHECK(d->cargo[box] == box + 100);
	d->seen[box]++;
	MODEL_CHECK(d->seen[box] == 1);
}

static void push(struct dock *d, uint32_t box)
{
	pinion_ring_outcome outcome;

	d->cargo[box] = box + 100;
	while ((outcome = boxes_push(&d->ring, box)) != PINION_RING_OK) {
		MODEL_CHECK(outcome == PINION_RING_FULL || outcome == PINION_RING_BUSY);
		pinion__relax();
	}
}

static uint32_t pop(struct dock *d)
{
	pinion_ring_outcome outcome;
	uint32_t box = 0;

	while ((outcome = boxes_pop(&d->ring, &box)) != PINION_RING_OK) {
		MODEL_CHECK(outcome == PINION_RING_EMPTY || outcome == PINION_RING_BUSY);
		pinion__relax();
	}
	arrived(d, box);
	return box;
}

/* Each thread pushes its own numbers: 2 × itself and the next. */
static uint32_t own(uint32_t i)
{
	return 2 * (uint32_t)model_self() + i;
}

static void push_one(void *state)
{
	push(state, own(0));
}

static void push_two(void *state)
{
	push(state, own(0));
	push(state, own(1));
}

static void pop_one(void *state)
{
	pop(state);
}

/* Those of one producer come in its order. */
static void pop_two(void *state)
{
	uint32_t first = pop(state), second = pop(state);

	MODEL_CHECK(first / 2 != second / 2 || first < second);
}

static void pop_three(void *state)
{
	pop_two(state);
	pop(state);
}

static void push_three(void *state)
{
	push_two(state);
	push(state, own(2));
}

/* Two such threads and two places: never EMPTY, since it has pushed itself, and never FULL,
 * since each holds one place at most. BUSY is the truth about the other. */
static void push_and_pop(void *state)
{
	struct dock *d = state;
	pinion_ring_outcome outcome;
	uint32_t box = own(0);

	d->cargo[box] = box + 100;
	while ((outcome = boxes_push(&d->ring, box)) != PINION_RING_OK) {
		MODEL_CHECK(outcome == PINION_RING_BUSY);
		pinion__relax();
	}
	while ((outcome = boxes_pop(&d->ring, &box)) != PINION_RING_OK) {
		MODEL_CHECK(outcome == PINION_RING_BUSY);
		pinion__relax();
	}
	arrived(d, box);
}

/* ---- bursts -------------------------------------------------------------------- */

static void push_burst(void *state)
{
	struct dock *d = state;
	uint32_t burst[3] = {own(0), own(1), own(2)};
	size_t moved, done = 0;

	for (int i = 0; i < 3; i++)
		d->cargo[burst[i]] = burst[i] + 100;
	while (done < 3) {
		if (boxes_push_n(&d->ring, burst + done, 3 - done, &moved) != PINION_RING_OK)
			pinion__relax();
		done += moved;
	}
}

static void pop_burst(void *state)
{
	struct dock *d = state;
	uint32_t burst[3];
	size_t moved, done = 0;

	while (done < 3) {
		if (boxes_pop_n(&d->ring, burst, 3 - done, &moved) != PINION_RING_OK)
			pinion__relax();
		for (size_t i = 0; i < moved; i++)
			arrived(d, burst[i]);
		done += moved;
	}
}

/* Nobody's item comes between those of one burst. */
static void pop_bursts_whole(void *state)
{
	uint32_t box[4];

	for (int i = 0; i < 4; i++)
		box[i] = pop(state);
	MODEL_CHECK(box[0] + 1 == box[1] && box[2] + 1 == box[3]);
}

static void push_pair(void *state)
{
	struct dock *d = state;
	uint32_t pair[2] = {own(0), own(1)};
	size_t moved;

	for (int i = 0; i < 2; i++)
		d->cargo[pair[i]] = pair[i] + 100;
	MODEL_CHECK(boxes_push_n(&d->ring, pair, 2, &moved) == PINION_RING_OK && moved == 2);
}

/* Two consumers that take bursts, on one place: the laps of pop_n. */
static void pop_bursts(struct dock *d, int wanted)
{
	uint32_t burst[2];
	size_t moved;

	for (; wanted > 0; wanted -= (int)moved) {
		if (boxes_pop_n(&d->ring, burst, (size_t)wanted, &moved) != PINION_RING_OK)
			pinion__relax();
		for (size_t i = 0; i < moved; i++)
			arrived(d, burst[i]);
	}
}

static void pop_burst_of_two(void *state)
{
	pop_bursts(state, 2);
}

static void pop_burst_of_one(void *state)
{
	pop_bursts(state, 1);
}

static void setup_crates(void *state)
{
	struct dock *d = state;

	setup(state, 1, 0); /* the other ring stays empty */
	MODEL_CHECK(crates_bytes(2) <= sizeof d->lot);
	MODEL_CHECK(crates_init(&d->yard, d->lot, 2) == 0);
}

/* Large enough for a burst to look ahead. */
static void setup_many_crates(void *state)
{
	struct dock *d = state;

	setup(state, 1, 0);
	MODEL_CHECK(crates_bytes(40) <= sizeof d->lot);
	MODEL_CHECK(crates_init(&d->yard, d->lot, 40) == 0);
}

static void push_crates(void *state)
{
	struct dock *d = state;
	crate pair[2] = {{.number = 0}, {.number = 1}};
	size_t moved, done = 0;

	for (int i = 0; i < 2; i++) {
		for (done = 0; done < 2; done += moved)
			if (crates_push_n(&d->yard, pair + done, 2 - done, &moved) != PINION_RING_OK)
				pinion__relax();
		pair[0].number += 2;
		pair[1].number += 2;
	}
}

static void pop_crates(void *state)
{
	struct dock *d = state;
	crate pair[2];
	size_t moved;

	for (uint32_t done = 0; done < 4; done += (uint32_t)moved) {
		if (crates_pop_n(&d->yard, pair, 2, &moved) != PINION_RING_OK)
			pinion__relax();
		for (uint32_t i = 0; i < moved; i++)
			MODEL_CHECK(pair[i].number == done + i);
	}
}

/* ---- close --------------------------------------------------------------------- */

static void push_if_open(void *state)
{
	struct dock *d = state;
	uint32_t box = own(0);

	d->cargo[box] = box + 100;
	d->outcome[model_self()] = boxes_push(&d->ring, box);
	if (d->outcome[model_self()] == PINION_RING_CLOSED)
		MODEL_CHECK(d->note == 1); /* [close] */
}

static void burst_if_open(void *state)
{
	struct dock *d = state;
	uint32_t box = own(0);
	size_t moved;

	d->cargo[box] = box + 100;
	d->outcome[model_self()] = boxes_push_n(&d->ring, &box, 1, &moved);
	if (d->outcome[model_self()] == PINION_RING_CLOSED)
		MODEL_CHECK(d->note == 1); /* [close] */
}

static void close_it(void *state)
{
	struct dock *d = state;

	d->note = 1;
	boxes_close(&d->ring);
}

static void pop_until_closed(void *state)
{
	struct dock *d = state;
	pinion_ring_outcome outcome;
	uint32_t box;

	while ((outcome = boxes_pop(&d->ring, &box)) != PINION_RING_CLOSED)
		if (outcome == PINION_RING_OK)
			arrived(d, box);
		else
			pinion__relax();
	MODEL_CHECK(d->note == 1); /* [close] */
}

/* What was pushed before the end was popped, what was refused was not. */
static void check_closed(void *state)
{
	struct dock *d = state;

	for (int i = 0; i < 2; i++)
		MODEL_CHECK(d->seen[2 * i] == (d->outcome[i] == PINION_RING_OK && d->cargo[2 * i] != 0));
	check_empty(state);
}

/* ---- waiting ------------------------------------------------------------------- */

static void pop_asleep(void *state)
{
	struct dock *d = state;
	uint32_t box;

	MODEL_CHECK(boxes_pop_wait(&d->ring, &box, NULL) == PINION_RING_OK);
	arrived(d, box);
}

static void pop_two_asleep(void *state)
{
	pop_asleep(state);
	pop_asleep(state);
}

static void push_asleep(void *state)
{
	struct dock *d = state;
	uint32_t box = own(0);

	d->cargo[box] = box + 100;
	MODEL_CHECK(boxes_push_wait(&d->ring, box, NULL) == PINION_RING_OK);
}

static void pop_any(void *state)
{
	struct dock *d = state;
	uint32_t box;

	while (boxes_pop(&d->ring, &box) != PINION_RING_OK)
		pinion__relax();
}

static void pop_two_at_once(void *state)
{
	struct dock *d = state;
	uint32_t pair[2];
	size_t moved;

	MODEL_CHECK(boxes_pop_n(&d->ring, pair, 2, &moved) == PINION_RING_OK && moved == 2);
}

static void setup_2_full(void *state)
{
	struct dock *d = state;

	setup(d, 2, 0);
	MODEL_CHECK(boxes_push(&d->ring, 6) == PINION_RING_OK);
	MODEL_CHECK(boxes_push(&d->ring, 7) == PINION_RING_OK);
}

static void pop_asleep_until_closed(void *state)
{
	struct dock *d = state;
	pinion_ring_outcome outcome;
	uint32_t box;

	while ((outcome = boxes_pop_wait(&d->ring, &box, NULL)) == PINION_RING_OK)
		arrived(d, box);
	MODEL_CHECK(outcome == PINION_RING_CLOSED);
	MODEL_CHECK(d->note == 1); /* [close] */
}

static void push_asleep_until_closed(void *state)
{
	struct dock *d = state;

	MODEL_CHECK(boxes_push_wait(&d->ring, 5, NULL) == PINION_RING_CLOSED);
	MODEL_CHECK(d->note == 1); /* [close] */
}

/* Its deadline may come at any moment; the item is then for the other one. */
static void pop_until_deadline(void *state)
{
	struct dock *d = state;
	pinion_ring_wait wait = {.deadline_ns = 1000, .cancel = NULL};
	uint32_t box;

	if (boxes_pop_wait(&d->ring, &box, &wait) == PINION_RING_OK)
		arrived(d, box);
}

static void push_until_deadline(void *state)
{
	struct dock *d = state;
	pinion_ring_wait wait = {.deadline_ns = 1000, .cancel = NULL};
	uint32_t box = own(0);

	d->cargo[box] = box + 100;
	boxes_push_wait(&d->ring, box, &wait);
}

/* Whoever takes the only item without need gives it back: the other one sleeps for it. */
static void pop_until_cancelled_and_return(void *state)
{
	struct dock *d = state;
	pinion_ring_wait wait = {.deadline_ns = 0, .cancel = &d->token};
	uint32_t box;

	if (boxes_pop_wait(&d->ring, &box, &wait) == PINION_RING_OK)
		MODEL_CHECK(boxes_push(&d->ring, box) == PINION_RING_OK);
}

static void pop_until_deadline_and_return(void *state)
{
	struct dock *d = state;
	pinion_ring_wait wait = {.deadline_ns = 1000, .cancel = NULL};
	uint32_t box;

	if (boxes_pop_wait(&d->ring, &box, &wait) == PINION_RING_OK)
		MODEL_CHECK(boxes_push(&d->ring, box) == PINION_RING_OK);
}

/*
 * One leaves by its deadline while its permit is on the way, and a second registers and takes
 * that permit. A flag, relaxed so that it carries nothing, keeps the search small: the last push
 * comes when the leaver has gone.
 */
static void await(const uint32_t *flag)
{
	while (__atomic_load_n(flag, __ATOMIC_RELAXED) == 0)
		pinion__relax();
}

static void leave_by_deadline(void *state)
{
	struct dock *d = state;

	pop_until_deadline_and_return(state);
	__atomic_store_n(&d->left, 1, __ATOMIC_RELAXED);
}

static void push_and_push_when_left(void *state)
{
	struct dock *d = state;

	push(d, own(0));
	await(&d->left);
	push(d, own(1));
}

static void pop_and_pop_asleep(void *state)
{
	pop_any(state);
	pop_asleep(state);
}

static void pop_until_cancelled(void *state)
{
	struct dock *d = state;
	pinion_ring_wait wait = {.deadline_ns = 0, .cancel = &d->token};
	pinion_ring_outcome outcome;
	uint32_t box;

	outcome = boxes_pop_wait(&d->ring, &box, &wait);
	if (outcome == PINION_RING_OK)
		arrived(d, box);
	else
		MODEL_CHECK(outcome == PINION_RING_CANCELLED && d->note == 1);
}

static void push_until_cancelled(void *state)
{
	struct dock *d = state;
	pinion_ring_wait wait = {.deadline_ns = 0, .cancel = &d->token};

	MODEL_CHECK(boxes_push_wait(&d->ring, 5, &wait) == PINION_RING_CANCELLED);
	MODEL_CHECK(d->note == 1);
}

static void cancel_it(void *state)
{
	struct dock *d = state;

	d->note = 1;
	boxes_cancel(&d->ring, &d->token);
}

static void cancel_and_push(void *state)
{
	cancel_it(state);
	push_one(state);
}

static void push_and_cancel(void *state)
{
	push_one(state);
	cancel_it(state);
}

static void look_at_length(void *state)
{
	struct dock *d = state;

	for (int i = 0; i < 2; i++)
		MODEL_CHECK(boxes_length(&d->ring) <= pinion_mpmc_capacity(&d->ring.ring));
	MODEL_CHECK(pinion__mpmc_is_valid(&d->ring.ring));
}

/* The search of three and four threads is cut off; the nightly form goes on at random. */
#define DOCK(title, make, end, ...)                                                                \
	{                                                                                              \
		.name = title, .bytes = sizeof(struct dock), .setup = make, .thread = {__VA_ARGS__},       \
		.check = end, .executions = 100000                                                         \
	}

MODELS(DOCK("one_place", setup_1, check_empty, push_two, pop_two),
       DOCK("two_producers", setup_2, check_empty, push_one, push_one, pop_two),
       DOCK("two_consumers", setup_2, check_empty, push_two, pop_one, pop_one),
       DOCK("two_and_two", setup_2, check_empty, push_one, push_one, pop_one, pop_one),
       DOCK("producers_lap", setup_1, check_empty, push_two, push_one, pop_three),
       DOCK("consumers_lap", setup_1, check_empty, push_three, pop_two, pop_one),
       DOCK("four_places", setup_4, check_empty, push_two, pop_two),
       DOCK("neither_empty_nor_full", setup_2, check_empty, push_and_pop, push_and_pop),
       DOCK("bursts", setup_2, check_empty, push_burst, pop_burst),
       DOCK("bursts_of_two", setup_2, check_empty, push_burst, pop_one, pop_two),
       DOCK("bursts_lap", setup_1, check_empty, push_three, pop_burst_of_two, pop_burst_of_one),
       DOCK("whole_blocks", setup_crates, check_empty, push_crates, pop_crates),
       DOCK("many_blocks", setup_many_crates, check_empty, push_crates, pop_crates),
       DOCK("bursts_stay_whole", setup_4, check_empty, push_pair, push_pair, pop_bursts_whole),
       DOCK("close", setup_2, check_closed, push_if_open, push_if_open, close_it, pop_until_closed),
       DOCK("close_a_burst", setup_2, check, burst_if_open, close_it),
       DOCK("length", setup_1, check_empty, push_two, pop_two, look_at_length),
       DOCK("sleep_for_an_item", setup_1, check_empty, push_one, pop_asleep),
       DOCK("two_sleep_for_items", setup_2, check_empty, push_one, push_one, pop_asleep,
            pop_asleep),
       DOCK("two_sleep_for_a_burst", setup_2, check_empty, push_pair, pop_asleep, pop_asleep),
       DOCK("sleep_for_room", setup_1_full, check_empty, push_asleep, pop_any, pop_any),
       DOCK("two_sleep_for_room", setup_2_full, check, push_asleep, push_asleep, pop_two_at_once),
       DOCK("both_sleep", setup_1, check_empty, push_asleep, push_asleep, pop_two_asleep),
       DOCK("sleep_until_closed", setup_1, check_empty, close_it, pop_asleep_until_closed,
            pop_asleep_until_closed),
       DOCK("sleep_for_the_last", setup_1, check_closed, push_if_open, close_it,
            pop_asleep_until_closed),
       DOCK("producer_until_closed", setup_1_full, check, close_it, push_asleep_until_closed),
       DOCK("deadline", setup_1, check, push_one, pop_until_deadline),
       DOCK("deadline_of_one", setup_4, check_empty, push_one, pop_until_deadline_and_return,
            pop_asleep),
       DOCK("permit_goes_astray", setup_4, check_empty, push_and_push_when_left, pop_and_pop_asleep,
            leave_by_deadline),
       DOCK("two_deadlines", setup_4, check_empty, push_one, pop_until_deadline_and_return,
            pop_until_deadline_and_return, pop_asleep),
       DOCK("deadline_for_room", setup_1_full, check, pop_any, push_until_deadline),
       DOCK("cancel", setup_1, check, cancel_it, pop_until_cancelled),
       DOCK("cancel_for_room", setup_1_full, check, cancel_it, push_until_cancelled),
       DOCK("cancel_one_of_two", setup_4, check_empty, cancel_and_push,
            pop_until_cancelled_and_return, pop_asleep),
       DOCK("cancel_beside_an_item", setup_1, check, push_and_cancel, pop_until_cancelled))
