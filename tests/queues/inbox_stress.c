/*
 * Inbox under load: seven producers, one owner who parks when it finds nothing.
 * Nodes go round: the owner sends each back to its producer through another
 * inbox, so addresses repeat all the time, which is where an ABA fault would
 * show. Order per producer is checked on every node; the owner's sleep makes a
 * lost wake a hang.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/inbox.h"
#include "queues/parker.h"
#include "tests/queues/stress.h"

#define PRODUCERS 7u
#define NODES 5u /* per producer: few, so that they are reused at once */

struct letter {
	inbox_node node;
	uint32_t producer;
	uint64_t number;
};

struct office {
	inbox to_owner;
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
static void send(struct office *o, unsigned me, inbox_node *nodes, bool as_chain)
{
	inbox_node *first = nodes, *last = NULL;

	while (nodes != NULL) {
		struct letter *l = (struct letter *)(void *)nodes;
		inbox_node *next = nodes->next;

		l->number = o->sent[me]++;
		last = nodes;
		if (!as_chain)
			inbox_push(&o->to_owner, nodes);
		nodes = next;
	}
	if (as_chain && last != NULL)
		inbox_push_chain(&o->to_owner, first, last);
	parker_wake(&o->owner);
}

static void produce(struct office *o, unsigned me)
{
	uint64_t random = stress_state(me);

	while (!stress_over(o->end)) {
		inbox_node *nodes = inbox_take_all(&o->back[me]);

		if (nodes != NULL)
			send(o, me, nodes, stress_below(&random, 2));
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

static void nothing_is_lost_or_reordered(void)
{
	static struct office o;

	inbox_init(&o.to_owner);
	parker_init(&o.owner);
	u32_init(&o.producing, PRODUCERS);
	for (uint32_t p = 0; p < PRODUCERS; p++) {
		inbox_init(&o.back[p]);
		for (uint32_t i = 0; i < NODES; i++) {
			o.letters[p][i].producer = p;
			inbox_push(&o.back[p], &o.letters[p][i].node);
		}
	}
	o.end = stress_box_ms(2500);
	stress_run(PRODUCERS + 1, office_thread, &o);
	for (uint32_t p = 0; p < PRODUCERS; p++) {
		CHECK_INT(o.got[p], ==, o.sent[p]);
		CHECK_INT(o.got[p], >=, NODES);
	}
}

TESTS({"nothing_is_lost_or_reordered", nothing_is_lost_or_reordered})
