/*
 * The inbox: nodes that are written before the push and read after the take, the
 * owner's sleep, stripes behind one dirty word, chains, closing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/inbox.h"
#include "queues/parker.h"
#include "tests/model/model.h"

#define LETTERS 3

struct letter {
	inbox_node node;
	uint32_t number; /* plain: [post] carries it */
};

struct office {
	inbox inbox;
	inbox_stripe stripes[2], *table[2];
	parker owner;
	struct letter letter[2][LETTERS]; /* of each producer */
	uint32_t got[2];                  /* plain: the owner's; how many of each */
	bool refused[2];
};

static void setup(void *state)
{
	struct office *o = state;

	inbox_init(&o->inbox);
	parker_init(&o->owner);
}

static void setup_striped(void *state)
{
	struct office *o = state;

	for (int i = 0; i < 2; i++) {
		inbox_stripe_init(&o->stripes[i]);
		o->table[i] = &o->stripes[i];
	}
	inbox_init_striped(&o->inbox, o->table, 2, 0);
	parker_init(&o->owner);
}

/* ---- what threads do ---------------------------------------------------------- */

static struct letter *write_letter(struct office *o, int producer, uint32_t i)
{
	struct letter *l = &o->letter[producer][i];

	l->number = (uint32_t)producer * 10 + i;
	return l;
}

static void send(struct office *o, inbox_sender *from, int producer, uint32_t i)
{
	struct letter *l = write_letter(o, producer, i);

	if (inbox_push_from(&o->inbox, from, &l->node) == INBOX_CLOSED)
		o->refused[producer] = true;
}

/* Each producer's letters come in their order. */
static void receive(struct office *o, inbox_node *node)
{
	for (; node != NULL; node = node->next) {
		uint32_t number = ((struct letter *)(void *)node)->number;

		MODEL_CHECK(number < 20 && number % 10 == o->got[number / 10]);
		o->got[number / 10]++;
	}
}

static void send_two(void *state)
{
	int me = model_self();
	inbox_sender from = {.stripe = (uint32_t)me};

	send(state, &from, me, 0);
	send(state, &from, me, 1);
}

static void send_one(void *state)
{
	int me = model_self();
	inbox_sender from = {.stripe = (uint32_t)me};

	send(state, &from, me, 0);
}

static void send_and_wake(void *state)
{
	send_one(state);
	parker_wake(&((struct office *)state)->owner);
}

static void send_chain(void *state)
{
	struct office *o = state;

	write_letter(o, 0, 0)->node.next = &write_letter(o, 0, 1)->node;
	write_letter(o, 0, 1)->node.next = &write_letter(o, 0, 2)->node;
	MODEL_CHECK(inbox_push_chain(&o->inbox, &o->letter[0][0].node, &o->letter[0][2].node) ==
	            INBOX_OK);
}

static void take_twice(void *state)
{
	struct office *o = state;

	receive(o, inbox_take_all(&o->inbox));
	receive(o, inbox_take_all(&o->inbox));
}

static void take_once(void *state)
{
	struct office *o = state;

	receive(o, inbox_take_all(&o->inbox));
}

/* Until `n` letters are here; sleeps in between. A wake lost is a deadlock. */
static void await(struct office *o, uint32_t n)
{
	while (receive(o, inbox_take_all(&o->inbox)), o->got[0] + o->got[1] < n) {
		parker_announce(&o->owner);
		if (inbox_is_empty_seq_cst(&o->inbox))
			parker_sleep(&o->owner, UINT64_MAX);
		else
			parker_retract(&o->owner);
	}
}

static void await_one(void *state)
{
	await(state, 1);
}

static void await_two(void *state)
{
	await(state, 2);
}

static void close_it(void *state)
{
	struct office *o = state;

	receive(o, inbox_take_all(&o->inbox));
	receive(o, inbox_close(&o->inbox));
}

/* ---- what must hold ------------------------------------------------------------ */

/* What was not taken is still there, and visible without another push. */
static void check_rest(struct office *o, uint32_t of_first, uint32_t of_second)
{
	MODEL_CHECK(inbox_is_valid(&o->inbox));
	if (o->inbox.stripes == 1) /* a dirty bit may be set for nothing */
		MODEL_CHECK(inbox_is_empty(&o->inbox) ==
		            (o->got[0] == of_first && o->got[1] == of_second));
	receive(o, inbox_take_all(&o->inbox));
	receive(o, inbox_take_all(&o->inbox));
	MODEL_CHECK(o->got[0] == of_first && o->got[1] == of_second);
}

static void check_two_and_two(void *state)
{
	check_rest(state, 2, 2);
}

static void check_one_and_one(void *state)
{
	check_rest(state, 1, 1);
}

static void check_two(void *state)
{
	check_rest(state, 2, 0);
}

static void check_chain(void *state)
{
	check_rest(state, 3, 2);
}

static void check_one(void *state)
{
	check_rest(state, 1, 0);
}

/* Each letter was taken or refused, and after the first refusal nothing came. */
static void check_closed(void *state)
{
	struct office *o = state;

	for (int p = 0; p < 2; p++)
		MODEL_CHECK(o->refused[p] ? o->got[p] == 0 : o->got[p] == 1);
}

#define OFFICE(name_, setup_, check_, ...)                                                \
	{                                                                                     \
		.name = name_, .bytes = sizeof(struct office), .setup = setup_,                   \
		.thread = {__VA_ARGS__}, .check = check_                                          \
	}

MODELS(OFFICE("one_producer", setup, check_two, send_two, take_twice),
       OFFICE("two_producers", setup, check_two_and_two, send_two, send_two, take_once),
       OFFICE("chain", setup, check_chain, send_chain, send_two, take_once),
       OFFICE("sleeper", setup, check_one, send_and_wake, await_one),
       OFFICE("sleeper_of_two", setup, check_one_and_one, send_and_wake, send_and_wake, await_two),
       OFFICE("striped_one", setup_striped, check_two, send_two, take_twice),
       OFFICE("striped", setup_striped, check_one_and_one, send_one, send_one, take_twice),
       OFFICE("striped_sleeper", setup_striped, check_one, send_and_wake, await_one),
       OFFICE("striped_sleeper_of_two", setup_striped, check_one_and_one, send_and_wake,
              send_and_wake, await_two),
       OFFICE("closed", setup, check_closed, send_one, send_one, close_it),
       OFFICE("striped_closed", setup_striped, check_closed, send_one, send_one, close_it))
