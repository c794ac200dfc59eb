/*
 * Seat under load: two visitors and a standby hold one seat by turns and serve
 * its inbox; five producers push to it and wake the standby only if the seat is
 * free. What the holder counts is plain: two holders at once are a race. A
 * producer waits for each of its messages with nothing else to wake anybody, so
 * a message that neither side takes care of is a hang. In a second run one
 * thread at a time stands still, which must not stop all the others: a seat that is
 * held answers at once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/inbox.h"
#include "queues/parker.h"
#include "queues/seat.h"
#include "tests/queues/freeze.h"

#define VISITORS 2u
#define PRODUCERS 5u
#define STANDBY (VISITORS + PRODUCERS)

struct message {
	inbox_node node;
	atomic_u32 served;
};

struct booth {
	seat_hold seat;
	inbox inbox;
	parker standby;
	atomic_u32 producing;
	uint64_t served; /* the holder's */
	uint64_t sent[PRODUCERS], held[VISITORS], end;
};

static void serve(struct booth *b)
{
	inbox_node *node;

	while ((node = inbox_take_all(&b->inbox)) != NULL)
		while (node != NULL) {
			struct message *m = (struct message *)(void *)node;

			node = node->next; /* the message dies when it is served */
			b->served++;
			u32_store_release(&m->served, 1);
		}
}

static void visit(struct booth *b, unsigned me)
{
	uint64_t random = stress_state(me);

	while (u32_load_acquire(&b->producing) != 0) {
		stress_jitter(&random);
		freeze_step();
		if (!seat_try_hold(&b->seat))
			continue;
		b->held[me]++;
		if (stress_below(&random, 2))
			serve(b);
		stress_jitter(&random);
		seat_leave(&b->seat);
		if (!inbox_is_empty_seq_cst(&b->inbox)) /* pushed while we held it */
			parker_wake(&b->standby);
		if (stress_below(&random, 8) == 0)
			pinion__yield();
	}
}

static void produce(struct booth *b, unsigned me)
{
	uint64_t random = stress_state(VISITORS + me);

	while (!stress_over(b->end)) {
		struct message m;

		u32_init(&m.served, 0);
		inbox_push(&b->inbox, &m.node);
		if (seat_is_free(&b->seat))
			parker_wake(&b->standby);
		while (u32_load_acquire(&m.served) == 0)
			pinion__yield();
		b->sent[me]++;
		freeze_step();
		stress_jitter(&random);
	}
	u32_add_seq_cst(&b->producing, UINT32_MAX);
	parker_wake(&b->standby);
}

static void stand_by(struct booth *b)
{
	for (;;) {
		parker_announce(&b->standby);
		if (u32_load_seq_cst(&b->producing) == 0)
			return;
		if (seat_is_free(&b->seat) && !inbox_is_empty_seq_cst(&b->inbox))
			parker_retract(&b->standby);
		else
			parker_sleep(&b->standby, UINT64_MAX);
		if (!seat_try_hold(&b->seat))
			continue;
		serve(b);
		seat_leave(&b->seat);
	}
}

static void booth_thread(void *shared, unsigned index)
{
	if (index < VISITORS)
		visit(shared, index);
	else if (index < STANDBY)
		produce(shared, index - VISITORS);
	else
		stand_by(shared);
}

static void serve_all(bool freeze)
{
	static struct booth b;
	uint64_t sent = 0;

	seat_init(&b.seat);
	inbox_init(&b.inbox);
	parker_init(&b.standby);
	u32_init(&b.producing, PRODUCERS);
	memset(b.sent, 0, sizeof b.sent);
	b.served = 0;
	b.end = stress_box_ms(1200);
	if (freeze)
		freeze_run(STANDBY + 1, booth_thread, &b, FREEZE_SOME, 0);
	else
		stress_run(STANDBY + 1, booth_thread, &b);
	for (unsigned i = 0; i < PRODUCERS; i++)
		sent += b.sent[i];
	CHECK_INT(b.served, ==, sent);
	CHECK_INT(sent, >, 0);
}

static void no_message_lies_at_a_free_seat(void)
{
	serve_all(false);
}

static void a_frozen_holder_does_not_stop_the_rest(void)
{
	serve_all(true);
}

TESTS({"no_message_lies_at_a_free_seat", no_message_lies_at_a_free_seat},
      {"a_frozen_holder_does_not_stop_the_rest", a_frozen_holder_does_not_stop_the_rest})
