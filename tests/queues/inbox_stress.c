/*
 * Inbox under load: seven producers, one owner who parks when it finds nothing.
 * Nodes go round: the owner sends each back to its producer through another
 * inbox, so addresses repeat all the time, which is where an ABA fault would
 * show. Order per producer is checked on every node; the owner's sleep makes a
 * lost wake a hang. The same with one stripe and with several; and an owner who
 * closes while all push.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/inbox.h"
#include "queues/parker.h"
#include "tests/queues/stress.h"

#define PRODUCERS 7u
#define STRIPES   3u
#define NODES     5u /* per producer: few, so that they are reused at once */

struct letter {
	inbox_node node;
	uint32_t producer;
	uint64_t number;
};

struct office {
	inbox to_owner;
	inbox_stripe stripes[STRIPES], *table[STRIPES];
	parker owner;
	inbox back[PRODUCERS];
	struct letter letters[PRODUCERS][NODES];
	atomic_u32 producing;
	uint64_t sent[PRODUCERS], got[PRODUCERS], end;
};

static void receive(struct office *o, inbox_node *node)
{
	while (node != NULL) {
		struct letter *l = (struct letter *)(void *)node;

		node = node->next; /* before the letter goes back */
		CHECK_INT(l->number, ==, o->got[l->producer]);
		o->got[l->producer]++;
		inbox_push(&o->back[l->producer], &l->node);
	}
}

static void own(struct office *o)
{
	uint64_t random = stress_state(PRODUCERS);

	for (;;) {
		receive(o, inbox_take_all(&o->to_owner));
		stress_jitter(&random);
		parker_announce(&o->owner);
		if (!inbox_is_empty_seq_cst(&o->to_owner)) {
			parker_retract(&o->owner);
		} else if (u32_load_seq_cst(&o->producing) == 0) {
			parker_retract(&o->owner);
			if (inbox_is_empty_seq_cst(&o->to_owner))
				return;
		} else {
			parker_sleep(&o->owner, UINT64_MAX);
		}
	}
}

/* Send the nodes at hand one by one, or as one chain. */
static void send(struct office *o, inbox_sender *from, unsigned me, inbox_node *nodes,
                 bool as_chain)
{
	inbox_node *first = nodes, *last = NULL;

	while (nodes != NULL) {
		struct letter *l = (struct letter *)(void *)nodes;
		inbox_node *next = nodes->next;

		l->number = o->sent[me]++;
		last = nodes;
		if (!as_chain)
			inbox_push_from(&o->to_owner, from, nodes);
		nodes = next;
	}
	if (as_chain && last != NULL)
		inbox_push_chain_from(&o->to_owner, from, first, last);
	parker_wake(&o->owner);
}

static void produce(struct office *o, unsigned me)
{
	uint64_t random = stress_state(me);
	inbox_sender from = {.stripe = me % STRIPES};

	while (!stress_over(o->end)) {
		inbox_node *nodes = inbox_take_all(&o->back[me]);

		if (nodes != NULL)
			send(o, &from, me, nodes, stress_below(&random, 2));
		else
			pinion__yield();
		stress_jitter(&random);
	}
	u32_add_seq_cst(&o->producing, UINT32_MAX);
	parker_wake(&o->owner);
}

static void office_thread(void *shared, unsigned index)
{
	if (index == PRODUCERS)
		own(shared);
	else
		produce(shared, index);
}

/* An inbox of one stripe or of several, empty. */
static void open_inbox(inbox *b, inbox_stripe *stripes, inbox_stripe **table, bool striped)
{
	if (!striped) {
		inbox_init(b);
		return;
	}
	for (uint32_t i = 0; i < STRIPES; i++) {
		inbox_stripe_init(&stripes[i]);
		table[i] = &stripes[i];
	}
	inbox_init_striped(b, table, STRIPES, 1);
}

static void send_round(bool striped)
{
	static struct office o;

	memset(&o, 0, sizeof o);
	open_inbox(&o.to_owner, o.stripes, o.table, striped);
	parker_init(&o.owner);
	u32_init(&o.producing, PRODUCERS);
	for (uint32_t p = 0; p < PRODUCERS; p++) {
		inbox_init(&o.back[p]);
		for (uint32_t i = 0; i < NODES; i++) {
			o.letters[p][i].producer = p;
			inbox_push(&o.back[p], &o.letters[p][i].node);
		}
	}
	o.end = stress_box_ms(1000);
	stress_run(PRODUCERS + 1, office_thread, &o);
	for (uint32_t p = 0; p < PRODUCERS; p++) {
		CHECK_INT(o.got[p], ==, o.sent[p]);
		CHECK_INT(o.got[p], >=, NODES);
	}
}

static void nothing_is_lost_or_reordered(void)
{
	send_round(false);
}

static void nor_with_stripes(void)
{
	send_round(true);
}

/* ---- closing ------------------------------------------------------------------ */

#define LETTERS 64u

struct closing {
	inbox box;
	inbox_stripe stripes[STRIPES], *table[STRIPES];
	struct letter letters[PRODUCERS][LETTERS];
	uint32_t accepted[PRODUCERS], got[PRODUCERS];
};

static void count(struct closing *c, inbox_node *node)
{
	for (; node != NULL; node = node->next) {
		struct letter *l = (struct letter *)(void *)node;

		CHECK_INT(l->number, ==, c->got[l->producer]++);
	}
}

static void push_or_close(void *shared, unsigned index)
{
	struct closing *c = shared;
	uint64_t random = stress_state(index);
	inbox_sender from = {.stripe = index % STRIPES};

	if (index == PRODUCERS) {
		for (uint32_t i = stress_below(&random, 40); i > 0; i--) {
			count(c, inbox_take_all(&c->box));
			stress_jitter(&random);
		}
		count(c, inbox_close(&c->box));
		return;
	}
	for (uint32_t i = 0; i < LETTERS; i++) {
		c->letters[index][i].producer = index;
		c->letters[index][i].number = i;
		if (inbox_push_from(&c->box, &from, &c->letters[index][i].node) == INBOX_CLOSED)
			return;
		c->accepted[index]++;
		stress_jitter(&random);
	}
}

/* What was accepted was taken; after the first refusal all is refused. */
static void closing_under_load_loses_nothing(void)
{
	static struct closing c;
	uint64_t end = stress_box_ms(800);

	for (bool striped = false; !stress_over(end); striped = !striped) {
		memset(&c, 0, sizeof c);
		open_inbox(&c.box, c.stripes, c.table, striped);
		stress_run(PRODUCERS + 1, push_or_close, &c);
		for (uint32_t p = 0; p < PRODUCERS; p++) {
			CHECK_INT(c.accepted[p], ==, c.got[p]);
			CHECK_INT(inbox_push_from(&c.box, &(inbox_sender){.stripe = p}, &c.letters[p][0].node),
			          ==, INBOX_CLOSED);
		}
	}
}

TESTS({"nothing_is_lost_or_reordered", nothing_is_lost_or_reordered},
      {"nor_with_stripes", nor_with_stripes},
      {"closing_under_load_loses_nothing", closing_under_load_loses_nothing})
