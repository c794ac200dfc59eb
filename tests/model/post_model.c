/*
 * The post: order, places that are used again and again, an owner that sleeps, closing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/parker.h"
#include "queues/post.h"
#include "tests/model/model.h"

#define LETTERS      3u
#define CAPACITY_MAX 2u
#define START        (UINT32_MAX - UINT64_C(1))

struct letter {
	uint32_t producer, number; /* plain: [post] carries them */
};

struct office {
	post box;
	atomic_u64 places[CAPACITY_MAX];
	parker owner;
	struct letter letter[3][LETTERS]; /* of each producer */
	uint32_t sent[3], got[3];
	bool refused[3];
};

static void setup_capacity(void *state, uint64_t capacity)
{
	struct office *o = state;

	post_init(&o->box, o->places, capacity, START);
	parker_init(&o->owner);
}

static void setup_one(void *state)
{
	setup_capacity(state, 1);
}

static void setup_two(void *state)
{
	setup_capacity(state, 2);
}

/* ---- what threads do ---------------------------------------------------------- */

/* What is FULL is not sent; nothing is taken after the first refusal. */
static void send(struct office *o, uint32_t tries)
{
	uint32_t me = (uint32_t)model_self();

	for (; tries > 0; tries--) {
		struct letter *l = &o->letter[me][o->sent[me]];

		*l = (struct letter){me, o->sent[me]};
		enum post_outcome outcome = post_push(&o->box, l);
		MODEL_CHECK(outcome != POST_OK || !o->refused[me]);
		o->sent[me] += outcome == POST_OK;
		o->refused[me] |= outcome == POST_CLOSED;
	}
}

static void send_one(void *state)
{
	send(state, 1);
}

static void send_two(void *state)
{
	send(state, 2);
}

static void send_three(void *state)
{
	send(state, 3);
}

static void send_and_wake(void *state)
{
	send(state, 1);
	parker_wake(&((struct office *)state)->owner);
}

static enum post_outcome take(struct office *o)
{
	void *item;
	enum post_outcome outcome = post_pop(&o->box, &item);

	if (outcome == POST_OK) {
		const struct letter *l = item;

		MODEL_CHECK(l->producer < 3 && l->number == o->got[l->producer]);
		o->got[l->producer]++;
	}
	return outcome;
}

static void take_two(void *state)
{
	take(state);
	take(state);
}

static void take_one(void *state)
{
	take(state);
}

static void take_three(void *state)
{
	take_two(state);
	take(state);
}

static void take_and_close(void *state)
{
	struct office *o = state;

	take(o);
	post_close(&o->box);
	take(o);
}

static void sleep_until(struct office *o, enum post_outcome end)
{
	while (take(o) != end) {
		parker_announce(&o->owner);
		if (post_is_empty_seq_cst(&o->box))
			parker_sleep(&o->owner, UINT64_MAX);
		else
			parker_retract(&o->owner);
	}
}

static void await_letter(void *state)
{
	sleep_until(state, POST_OK);
}

/* ---- what must hold ------------------------------------------------------------ */

/* Alone now: all that was sent is there, in order, with no gap before it. */
static void check(void *state)
{
	struct office *o = state;
	enum post_outcome outcome;

	MODEL_CHECK(post_is_valid(&o->box));
	MODEL_CHECK(post_length(&o->box) <= o->box.mask + 1);
	while ((outcome = take(o)) == POST_OK)
		;
	for (int p = 0; p < 3; p++)
		MODEL_CHECK(o->got[p] == o->sent[p]);
	MODEL_CHECK(post_is_empty(&o->box) == (outcome == POST_EMPTY));
}

static void check_closed(void *state)
{
	struct office *o = state;

	check(state);
	MODEL_CHECK(take(o) == POST_CLOSED);
	MODEL_CHECK(post_push(&o->box, o) == POST_CLOSED);
}

#define OFFICE(name_, setup_, check_, ...)                                                \
	{                                                                                     \
		.name = name_, .bytes = sizeof(struct office), .setup = setup_,                   \
		.thread = {__VA_ARGS__}, .check = check_                                          \
	}

MODELS(OFFICE("one_place", setup_one, check, send_three, take_three),
       OFFICE("two_places", setup_two, check, send_three, take_two),
       OFFICE("two_producers", setup_two, check, send_two, send_one, take_two),
       OFFICE("two_producers_one_place", setup_one, check, send_two, send_one, take_two),
       OFFICE("sleeper", setup_one, check, send_and_wake, await_letter),
       OFFICE("sleeper_of_two", setup_two, check, send_and_wake, send_and_wake, await_letter),
       OFFICE("closed", setup_two, check_closed, send_two, send_one, take_and_close),
       OFFICE("closed_full", setup_one, check_closed, send_two, send_one, take_and_close),
       OFFICE("one_each", setup_two, check, send_one, send_one, take_one))
