/*
 * Ring from one producer to one consumer: each row of its interleaving table. An item
 * fills its block alone, so that places are used again at once and an order too weak
 * for [fill] or [drain] is a race on the item. All begin just below the wrap.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/spsc.h>

#include "affinity/port.h"
#include "tests/model/model.h"

#define MOST 3

typedef struct brick {
	uint64_t number;
	uint64_t weight[3]; /* one to a block */
} brick;

PINION_SPSC_DEFINE(bricks, brick);
PINION_SPSC_DEFINE(letters, uint16_t);

struct site {
	bricks ring;
	letters post; /* many to a block: for lazy pushes */
	alignas(PINION_RING_ALIGN) unsigned char memory[2][512];
	pinion_ring_cancel token;
	uint32_t readable;
	uint32_t cargo; /* plain: written before a cancel, or the close */
	unsigned sent, got;
};

static struct site *file_of;

void pinion__eventfd_add(int fd)
{
	(void)fd;
	__atomic_fetch_add(&file_of->readable, 1, __ATOMIC_RELEASE);
	pinion__futex_wake(&file_of->readable, 1);
}

static void begin(struct site *s, size_t capacity)
{
	file_of = s;
	MODEL_CHECK(bricks_bytes(capacity) <= sizeof s->memory[0]);
	MODEL_CHECK(letters_bytes(capacity) <= sizeof s->memory[1]);
	MODEL_CHECK(
	    pinion__spsc_init(&s->ring.ring, s->memory[0], capacity, bricks_shape(), SIZE_MAX) == 0);
	MODEL_CHECK(
	    pinion__spsc_init(&s->post.ring, s->memory[1], capacity, letters_shape(), SIZE_MAX) == 0);
}

static void setup_1(void *state)
{
	begin(state, 1);
}

static void setup_2(void *state)
{
	begin(state, 2);
}

static void setup_4(void *state)
{
	begin(state, 4);
}

static brick made(unsigned number)
{
	return (brick){.number = number, .weight = {0, 0, number}};
}

static void check_brick(struct site *s, brick b)
{
	MODEL_CHECK(b.number == s->got && b.weight[2] == s->got);
	s->got++;
}

static void push_some(void *state)
{
	struct site *s = state;

	for (int i = 0; i < MOST; i++)
		s->sent += bricks_push(&s->ring, made(s->sent)) == PINION_RING_OK;
}

static void pop_some(void *state)
{
	struct site *s = state;
	brick b;

	for (int i = 0; i < MOST; i++)
		if (bricks_pop(&s->ring, &b) == PINION_RING_OK)
			check_brick(s, b);
}

static void push_many(void *state)
{
	struct site *s = state;
	brick two[2] = {made(0), made(1)};
	size_t moved;

	bricks_push_n(&s->ring, two, 2, &moved);
	s->sent = (unsigned)moved;
	two[0] = made(s->sent);
	s->sent += bricks_push(&s->ring, two[0]) == PINION_RING_OK;
}

static void pop_many(void *state)
{
	struct site *s = state;
	brick two[2];
	size_t moved;

	for (int i = 0; i < 2; i++) {
		bricks_pop_n(&s->ring, two, 2, &moved);
		for (size_t k = 0; k < moved; k++)
			check_brick(s, two[k]);
	}
}

static void close_behind(void *state)
{
	struct site *s = state;

	s->sent += bricks_push(&s->ring, made(0)) == PINION_RING_OK;
	s->cargo = 1;
	bricks_close(&s->ring);
}

/* After CLOSED nothing may be left inside. */
static void pop_until_closed(void *state)
{
	struct site *s = state;
	brick b;

	for (int i = 0; i < MOST; i++) {
		pinion_ring_outcome outcome = bricks_pop(&s->ring, &b);

		if (outcome == PINION_RING_OK)
			check_brick(s, b);
		if (outcome == PINION_RING_CLOSED)
			MODEL_CHECK(s->got == 1 && s->cargo == 1);
	}
}

static void look_at_length(void *state)
{
	struct site *s = state;

	MODEL_CHECK(bricks_length(&s->ring) <= s->ring.ring.room);
}

static void check_left(void *state)
{
	struct site *s = state;

	MODEL_CHECK(bricks_length(&s->ring) == s->sent - s->got);
	MODEL_CHECK(pinion__spsc_is_valid(&s->ring.ring));
}

/* ---- waiting ---- */

static void push_asleep(void *state)
{
	struct site *s = state;

	for (int i = 0; i < 2; i++)
		s->sent += bricks_push_wait(&s->ring, made(s->sent), NULL) == PINION_RING_OK;
	MODEL_CHECK(s->sent == 2);
}

static void pop_asleep(void *state)
{
	struct site *s = state;
	brick b;

	for (int i = 0; i < 2; i++) {
		MODEL_CHECK(bricks_pop_wait(&s->ring, &b, NULL) == PINION_RING_OK);
		check_brick(s, b);
	}
}

static void pop_asleep_until_closed(void *state)
{
	struct site *s = state;
	brick b;

	while (bricks_pop_wait(&s->ring, &b, NULL) == PINION_RING_OK)
		check_brick(s, b);
	MODEL_CHECK(s->got == 1 && s->cargo == 1);
}

/* An ordinary pop wakes nobody by itself. */
static void pop_and_notify(void *state)
{
	struct site *s = state;
	brick b;

	while (s->got < 2) {
		if (bricks_pop(&s->ring, &b) == PINION_RING_OK)
			check_brick(s, b);
		else
			pinion__relax();
		bricks_notify(&s->ring);
	}
}

static void pop_until_cancelled(void *state)
{
	struct site *s = state;
	pinion_ring_wait wait = {.deadline_ns = 0, .cancel = &s->token};
	brick b;

	MODEL_CHECK(bricks_pop_wait(&s->ring, &b, &wait) == PINION_RING_CANCELLED);
	MODEL_CHECK(s->cargo == 1);
}

static void push_until_cancelled(void *state)
{
	struct site *s = state;
	pinion_ring_wait wait = {.deadline_ns = 0, .cancel = &s->token};

	s->sent += bricks_push(&s->ring, made(0)) == PINION_RING_OK;
	MODEL_CHECK(bricks_push_wait(&s->ring, made(1), &wait) == PINION_RING_CANCELLED);
	MODEL_CHECK(s->cargo == 1);
}

static void cancel_it(void *state)
{
	struct site *s = state;

	s->cargo = 1;
	bricks_cancel(&s->ring, &s->token);
}

static void pop_until_deadline(void *state)
{
	struct site *s = state;
	pinion_ring_wait wait = {.deadline_ns = 1000, .cancel = NULL};
	brick b;
	pinion_ring_outcome outcome = bricks_pop_wait(&s->ring, &b, &wait);

	MODEL_CHECK(outcome == PINION_RING_OK || outcome == PINION_RING_TIMEDOUT);
	if (outcome == PINION_RING_OK)
		check_brick(s, b);
}

static void push_one_asleep(void *state)
{
	struct site *s = state;

	s->sent += bricks_push_wait(&s->ring, made(0), NULL) == PINION_RING_OK;
}

/* ---- lazy ---- */

static void push_lazily(void *state)
{
	struct site *s = state;

	for (uint16_t i = 0; i < 2; i++)
		s->sent += letters_push_lazy(&s->post, i) == PINION_RING_OK;
	letters_flush(&s->post);
	letters_notify(&s->post);
}

/* FULL must not keep back what the consumer has to take first. */
static void push_lazily_when_full(void *state)
{
	struct site *s = state;

	for (uint16_t i = 0; i < 2; i++)
		if (letters_push_lazy(&s->post, i) == PINION_RING_FULL) {
			letters_notify(&s->post);
			letters_push_wait(&s->post, i, NULL);
		}
	letters_close(&s->post);
}

static void receive_two(void *state)
{
	struct site *s = state;
	uint16_t letter;

	for (int i = 0; i < 2; i++) {
		MODEL_CHECK(letters_pop_wait(&s->post, &letter, NULL) == PINION_RING_OK);
		MODEL_CHECK(letter == i);
	}
}

/* ---- a file ---- */

static void poll_and_pop(void *state)
{
	struct site *s = state;
	brick b;

	if (bricks_arm(&s->ring, 0) == PINION_RING_EMPTY)
		while (__atomic_load_n(&s->readable, __ATOMIC_ACQUIRE) == 0)
			pinion__futex_wait(&s->readable, 0, UINT64_MAX);
	bricks_disarm(&s->ring);
	MODEL_CHECK(bricks_pop(&s->ring, &b) == PINION_RING_OK);
	check_brick(s, b);
}

/* Where both sides may sleep: what two preemptions can do, in a few seconds. */
#define BOUNDED .preemptions = 2, .weak_failures = -1, .executions = 60000

#define RING(title, make, ...)                                                                     \
	{                                                                                              \
		.name = title, .bytes = sizeof(struct site), .setup = make, .thread = {__VA_ARGS__},       \
		.check = check_left, BOUNDED                                                               \
	}

MODELS(RING("one_place", setup_1, push_some, pop_some),
       RING("two_places", setup_2, push_some, pop_some),
       RING("four_places", setup_4, push_some, pop_some),
       RING("bursts", setup_2, push_many, pop_many),
       RING("close", setup_1, close_behind, pop_until_closed),
       RING("length", setup_1, push_some, pop_some, look_at_length),
       RING("both_sleep", setup_1, push_asleep, pop_asleep),
       RING("sleep_until_closed", setup_2, close_behind, pop_asleep_until_closed),
       RING("sleep_until_notified", setup_1, push_asleep, pop_and_notify),
       RING("consumer_cancelled", setup_1, pop_until_cancelled, cancel_it),
       RING("producer_cancelled", setup_1, push_until_cancelled, cancel_it),
       RING("deadline", setup_1, push_one_asleep, pop_until_deadline),
       {.name = "lazy",
        .bytes = sizeof(struct site),
        .setup = setup_2,
        .thread = {push_lazily, receive_two},
        BOUNDED},
       {.name = "lazy_when_full",
        .bytes = sizeof(struct site),
        .setup = setup_1,
        .thread = {push_lazily_when_full, receive_two},
        BOUNDED},
       RING("poll", setup_1, push_one_asleep, poll_and_pop))
