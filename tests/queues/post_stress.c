/*
 * Post under load: seven producers, one owner who sleeps when it finds nothing. Letters
 * go round through posts back, so addresses repeat. Order per producer is checked on
 * every letter, a lost wake is a hang; at the end the owner closes while all push.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/parker.h"
#include "queues/post.h"
#include "tests/queues/stress.h"

#define PRODUCERS    7u
#define LETTERS      4u /* per producer */
#define CAPACITY_MAX 64u

struct letter {
	uint32_t producer;
	uint64_t number; /* plain: [post] carries it */
};

struct office {
	post to_owner, back[PRODUCERS];
	atomic_u64 places[CAPACITY_MAX], back_places[PRODUCERS][LETTERS];
	parker owner;
	struct letter letters[PRODUCERS][LETTERS];
	uint64_t sent[PRODUCERS], got[PRODUCERS], refused[PRODUCERS], end;
};

/* Take what is there; true when the post is closed and at its end. */
static bool receive(struct office *o)
{
	void *item;
	enum post_outcome outcome;

	while ((outcome = post_pop(&o->to_owner, &item)) == POST_OK) {
		struct letter *l = item;

		CHECK_INT(l->number, ==, o->got[l->producer]++);
		CHECK_INT(post_push(&o->back[l->producer], l), ==, POST_OK);
		CHECK(post_length(&o->to_owner) <= o->to_owner.mask + 1);
	}
	return outcome == POST_CLOSED;
}

static void own(struct office *o)
{
	uint64_t random = stress_state(PRODUCERS);
	bool closed = false;

	while (!receive(o)) {
		stress_jitter(&random);
		if (!closed && stress_over(o->end)) {
			post_close(&o->to_owner);
			closed = true;
		}
		parker_announce(&o->owner);
		if (post_is_empty_seq_cst(&o->to_owner))
			parker_sleep(&o->owner, pinion__clock_ns() + 100000000u);
		else
			parker_retract(&o->owner);
	}
}

static enum post_outcome send(struct office *o, unsigned me, struct letter *l)
{
	enum post_outcome outcome;

	l->number = o->sent[me];
	while ((outcome = post_push(&o->to_owner, l)) == POST_FULL)
		pinion__yield();
	o->sent[me] += outcome == POST_OK;
	parker_wake(&o->owner);
	return outcome;
}

static void produce(struct office *o, unsigned me)
{
	uint64_t random = stress_state(me);
	void *item;

	for (uint32_t i = 0; i < LETTERS; i++) {
		o->letters[me][i].producer = me;
		if (send(o, me, &o->letters[me][i]) == POST_CLOSED)
			return;
	}
	for (;;) {
		if (post_pop(&o->back[me], &item) != POST_OK) {
			if (stress_over(o->end + 50000000u))
				return; /* the owner has what is missing, or it is on its way back */
			pinion__yield();
		} else if (send(o, me, item) == POST_CLOSED) {
			o->refused[me]++;
			return;
		}
		stress_jitter(&random);
	}
}

static void office_thread(void *shared, unsigned index)
{
	if (index == PRODUCERS)
		own(shared);
	else
		produce(shared, index);
}

static void run(uint64_t capacity)
{
	static struct office o;

	memset(&o, 0, sizeof o);
	post_init(&o.to_owner, o.places, capacity, UINT32_MAX - UINT64_C(1000));
	parker_init(&o.owner);
	for (uint32_t p = 0; p < PRODUCERS; p++)
		post_init(&o.back[p], o.back_places[p], LETTERS, 0);
	o.end = stress_box_ms(500);
	stress_run(PRODUCERS + 1, office_thread, &o);
	for (uint32_t p = 0; p < PRODUCERS; p++) {
		CHECK_INT(o.got[p], ==, o.sent[p]);
		CHECK_INT(post_push(&o.to_owner, &o), ==, POST_CLOSED);
	}
}

static void nothing_is_lost_or_reordered(void)
{
	run(1);
	run(2);
	run(4);
	run(CAPACITY_MAX);
}

TESTS({"nothing_is_lost_or_reordered", nothing_is_lost_or_reordered})
