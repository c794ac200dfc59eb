/*
 * The handshakes of those who sleep and of those who wake them: parker against inbox,
 * deadline, join, slot and fork; the seat's standby; and a member that leaves while a
 * fork is published.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/epoch.h"
#include "queues/inbox.h"
#include "queues/join.h"
#include "queues/parker.h"
#include "queues/seat.h"
#include "queues/slot.h"

#include "tests/queues/handshake.h"

static struct table {
	PINION_ALIGNED(PINION_NOSHARE) parker parker;
	inbox inbox;
	inbox_node node;
	epoch epoch;
	uint32_t ticket, second_ticket;
	PINION_ALIGNED(PINION_NOSHARE) join join;
	seat_hold seat;
	call_slot slot;
} table;

static uint32_t wake(struct table *t)
{
	return parker_wake(&t->parker);
}

/* ---- parker and inbox ---- */

static void prepare_inbox(struct table *t)
{
	parker_init(&t->parker);
	inbox_init(&t->inbox);
}

static uint32_t announce_and_look_at_inbox(struct table *t)
{
	parker_announce(&t->parker);
	return !inbox_is_empty_seq_cst(&t->inbox);
}

static uint32_t push_and_wake(struct table *t)
{
	inbox_push(&t->inbox, &t->node);
	return wake(t);
}

static void parker_against_inbox(void)
{
	static struct handshake h = {.table = &table,
	                             .prepare = prepare_inbox,
	                             .half = {announce_and_look_at_inbox, push_and_wake},
	                             .check = check_one_saw_the_other};

	handshake_run(&h);
}

/* A retract and a wake: at most one wake, and the parker ends awake. */
static void prepare_parked(struct table *t)
{
	parker_init(&t->parker);
	parker_announce(&t->parker);
}

static uint32_t give_up_at_once(struct table *t)
{
	return parker_sleep(&t->parker, 0); /* the deadline is long over */
}

static void check_same_opinion(struct table *t, const uint32_t *seen)
{
	CHECK_INT(seen[0], ==, seen[1]); /* woken or not: both know */
	CHECK_INT(u32_load_relaxed(&t->parker.word), ==, PARKER_AWAKE);
}

static void deadline_against_wake(void)
{
	static struct handshake h = {.table = &table,
	                             .prepare = prepare_parked,
	                             .half = {give_up_at_once, wake},
	                             .check = check_same_opinion};

	handshake_run(&h);
}

/* ---- join ---- */

static void prepare_join(struct table *t)
{
	parker_init(&t->parker);
	join_init(&t->join, 1);
	CHECK(!join_register(&t->join, &t->parker));
}

static uint32_t announce_and_look_at_join(struct table *t)
{
	parker_announce(&t->parker);
	return join_released(&t->join);
}

static uint32_t finish_child(struct table *t)
{
	join_done(&t->join);
	return 0;
}

static void check_released_or_woken(struct table *t, const uint32_t *seen)
{
	CHECK(seen[0] || u32_load_relaxed(&t->parker.word) == PARKER_AWAKE);
}

static void parker_against_join(void)
{
	static struct handshake h = {.table = &table,
	                             .prepare = prepare_join,
	                             .half = {announce_and_look_at_join, finish_child},
	                             .check = check_released_or_woken};

	handshake_run(&h);
}

/* ---- epoch ---- */

static void do_nothing(void *ctx, uint32_t seat)
{
	(void)ctx;
	(void)seat;
}

static void prepare_fork(struct table *t)
{
	epoch_init(&t->epoch);
	t->ticket = epoch_enter(&t->epoch);
	t->second_ticket = epoch_enter(&t->epoch);
	epoch_begin(&t->epoch);
	join_init(&t->join, 1);
	CHECK_INT(epoch_publish(&t->epoch, do_nothing, NULL, &t->join), ==, 2);
}

static uint32_t arrive_first(struct table *t)
{
	epoch_run(&t->epoch, &t->ticket, 0);
	return join_is_done(&t->join);
}

static uint32_t arrive_second(struct table *t)
{
	epoch_run(&t->epoch, &t->second_ticket, 1);
	return join_is_done(&t->join);
}

static void arrival_against_arrival(void)
{
	static struct handshake h = {.table = &table,
	                             .prepare = prepare_fork,
	                             .half = {arrive_first, arrive_second},
	                             .check = check_one_saw_the_other};

	handshake_run(&h);
}

static void prepare_member(struct table *t)
{
	epoch_init(&t->epoch);
	t->ticket = epoch_enter(&t->epoch);
	parker_init(&t->parker);
	epoch_begin(&t->epoch);
	join_init(&t->join, 1);
}

static uint32_t announce_and_poll_fork(struct table *t)
{
	parker_announce(&t->parker);
	return epoch_poll_seq_cst(&t->epoch, t->ticket);
}

static uint32_t publish_and_wake(struct table *t)
{
	CHECK_INT(epoch_publish(&t->epoch, do_nothing, NULL, &t->join), ==, 1);
	return wake(t);
}

static void member_against_publish(void)
{
	static struct handshake h = {.table = &table,
	                             .prepare = prepare_member,
	                             .half = {announce_and_poll_fork, publish_and_wake},
	                             .check = check_one_saw_the_other};

	handshake_run(&h);
}

static uint32_t try_to_leave(struct table *t)
{
	return epoch_leave(&t->epoch, t->ticket);
}

static uint32_t publish(struct table *t)
{
	return epoch_publish(&t->epoch, do_nothing, NULL, &t->join);
}

static void leave_against_publish(void)
{
	static struct handshake h = {.table = &table,
	                             .prepare = prepare_member,
	                             .half = {try_to_leave, publish},
	                             .check = check_exactly_one}; /* left, or counted */

	handshake_run(&h);
}

/* ---- seat and slot ---- */

static void prepare_seat(struct table *t)
{
	inbox_init(&t->inbox);
	seat_init(&t->seat);
	CHECK(seat_try_hold(&t->seat));
}

static uint32_t leave_and_look_at_inbox(struct table *t)
{
	seat_leave(&t->seat);
	return !inbox_is_empty_seq_cst(&t->inbox);
}

static uint32_t push_and_look_at_seat(struct table *t)
{
	inbox_push(&t->inbox, &t->node);
	return seat_is_free(&t->seat);
}

static void leave_against_push(void)
{
	static struct handshake h = {.table = &table,
	                             .prepare = prepare_seat,
	                             .half = {leave_and_look_at_inbox, push_and_look_at_seat},
	                             .check = check_one_saw_the_other};

	handshake_run(&h);
}

static int return_seven(void *ctx)
{
	(void)ctx;
	return 7;
}

static void prepare_claimed_slot(struct table *t)
{
	parker_init(&t->parker);
	slot_init(&t->slot);
	CHECK(slot_try_claim(&t->slot));
}

static uint32_t announce_and_look_at_slot(struct table *t)
{
	parker_announce(&t->parker);
	return slot_is_full_seq_cst(&t->slot);
}

static uint32_t post_and_wake(struct table *t)
{
	slot_post(&t->slot, return_seven, NULL);
	return wake(t);
}

static void parker_against_post(void)
{
	static struct handshake h = {.table = &table,
	                             .prepare = prepare_claimed_slot,
	                             .half = {announce_and_look_at_slot, post_and_wake},
	                             .check = check_one_saw_the_other};

	handshake_run(&h);
}

static void prepare_posted_slot(struct table *t)
{
	prepare_claimed_slot(t);
	slot_post(&t->slot, return_seven, NULL);
}

static uint32_t await_and_look_at_slot(struct table *t)
{
	if (slot_await(&t->slot, &t->parker))
		return 1;
	parker_announce(&t->parker);
	return slot_is_done_seq_cst(&t->slot);
}

static uint32_t finish_call(struct table *t)
{
	slot_finish(&t->slot, t->slot.fn(t->slot.ctx));
	return 0;
}

static void check_done_or_woken(struct table *t, const uint32_t *seen)
{
	CHECK(seen[0] || u32_load_relaxed(&t->parker.word) == PARKER_AWAKE);
	CHECK_INT(slot_collect(&t->slot), ==, 7);
}

static void await_against_finish(void)
{
	static struct handshake h = {.table = &table,
	                             .prepare = prepare_posted_slot,
	                             .half = {await_and_look_at_slot, finish_call},
	                             .check = check_done_or_woken};

	handshake_run(&h);
}

TESTS({"parker_against_inbox", parker_against_inbox},
      {"deadline_against_wake", deadline_against_wake},
      {"parker_against_join", parker_against_join},
      {"arrival_against_arrival", arrival_against_arrival},
      {"member_against_publish", member_against_publish},
      {"leave_against_publish", leave_against_publish}, {"leave_against_push", leave_against_push},
      {"parker_against_post", parker_against_post}, {"await_against_finish", await_against_finish})
