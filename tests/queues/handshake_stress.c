/*
 * The narrow windows, one at a time. Two threads meet, each does its half of one
 * handshake at the same moment, they meet again, and the outcome is checked:
 * neither half may miss the other. Long runs of a queue seldom hit these windows;
 * here each round aims at one of them, a million times in a second.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/deque.h"
#include "queues/epoch.h"
#include "queues/idle.h"
#include "queues/inbox.h"
#include "queues/join.h"
#include "queues/parker.h"
#include "queues/seat.h"
#include "queues/slot.h"

#include <pinion/ring.h>

#include "tests/queues/stress.h"

PINION_RING_DEFINE(letters, int);

/* Everything that any of the handshakes needs; prepared anew for each round. */
struct table {
	PINION_ALIGNED(PINION_NOSHARE) parker parker;
	inbox inbox;
	inbox_node node;
	epoch epoch;
	uint64_t ticket, target;
	PINION_ALIGNED(PINION_NOSHARE) join join;
	deque deque;
	atomic_ptr slots[2];
	idle idle;
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 words[1];
	seat_hold seat;
	call_slot slot;
	letters ring;
	alignas(PINION_RING_ALIGN) unsigned char memory[PINION_RING_ALIGN];
	PINION_ALIGNED(PINION_NOSHARE) atomic_u32 met;
	PINION_ALIGNED(PINION_NOSHARE) uint32_t seen[2]; /* what each half saw */
	bool over;
};

struct handshake {
	struct table table;
	void (*prepare)(struct table *t);
	uint32_t (*half[2])(struct table *t); /* non-zero: saw the other half */
	void (*check)(struct table *t);
	uint64_t rounds, end;
};

/* Both threads leave at once; `stage` counts the arrivals at all meetings so far. */
static void meet(struct table *t, uint32_t *stage)
{
	*stage += 2;
	u32_add_acq_rel(&t->met, 1);
	for (uint32_t spins = 0; (int32_t)(u32_load_acquire(&t->met) - *stage) < 0;)
		if (++spins % 4096 == 0)
			pinion__yield();
}

/* The threads take turns in preparing, so that each half now finds its lines in its
 * own cache and now in the other's: the windows lie where a store has to wait. */
static bool is_my_turn(unsigned me, uint32_t stage)
{
	return (stage >> 2 & 1) == me;
}

static void shake(void *shared, unsigned me)
{
	struct handshake *h = shared;
	struct table *t = &h->table;
	uint64_t random = stress_state(me);
	uint32_t stage = 0;

	stress_spread(me);
	for (;;) {
		if (is_my_turn(me, stage)) {
			h->prepare(t);
			t->over = h->rounds % 16 == 15 && stress_over(h->end);
			h->rounds++;
		}
		meet(t, &stage);
		if (t->over)
			return;
		for (uint32_t wait = stress_below(&random, 128); wait > 0; wait--)
			__asm__ volatile("");
		t->seen[me] = h->half[me](t);
		meet(t, &stage);
		if (is_my_turn(me, stage)) /* who checks is who prepares the next round */
			h->check(t);
	}
}

static void run_handshake(struct handshake *h)
{
	u32_init(&h->table.met, 0);
	h->end = stress_box_ms(300);
	stress_run(2, shake, h);
	CHECK_INT(h->rounds, >=, 16);
	printf("  %" PRIu64 " rounds\n", h->rounds);
}

static void check_one_saw_the_other(struct table *t)
{
	CHECK(t->seen[0] || t->seen[1]);
}

static void check_exactly_one(struct table *t)
{
	CHECK_INT(t->seen[0] + t->seen[1], ==, 1);
}

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
	static struct handshake h = {.prepare = prepare_inbox,
		.half = {announce_and_look_at_inbox, push_and_wake}, .check = check_one_saw_the_other};

	run_handshake(&h);
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

static void check_same_opinion(struct table *t)
{
	CHECK_INT(t->seen[0], ==, t->seen[1]); /* woken or not: both know */
	CHECK_INT(u32_load_relaxed(&t->parker.word), ==, PARKER_AWAKE);
}

static void deadline_against_wake(void)
{
	static struct handshake h = {.prepare = prepare_parked, .half = {give_up_at_once, wake},
		.check = check_same_opinion};

	run_handshake(&h);
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

static void check_released_or_woken(struct table *t)
{
	CHECK(t->seen[0] || u32_load_relaxed(&t->parker.word) == PARKER_AWAKE);
}

static void parker_against_join(void)
{
	static struct handshake h = {.prepare = prepare_join,
		.half = {announce_and_look_at_join, finish_child}, .check = check_released_or_woken};

	run_handshake(&h);
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
	epoch_begin(&t->epoch);
	CHECK_INT(epoch_publish(&t->epoch, do_nothing, NULL, &t->target), ==, 1);
}

static uint32_t announce_and_look_at_fork(struct table *t)
{
	epoch_wait_announce(&t->epoch, 1);
	return epoch_joined_seq_cst(&t->epoch, t->target);
}

static uint32_t arrive(struct table *t)
{
	return epoch_run(&t->epoch, &t->ticket, 0);
}

static void waiter_against_arrival(void)
{
	static struct handshake h = {.prepare = prepare_fork,
		.half = {announce_and_look_at_fork, arrive}, .check = check_one_saw_the_other};

	run_handshake(&h);
}

static void prepare_member(struct table *t)
{
	epoch_init(&t->epoch);
	t->ticket = epoch_enter(&t->epoch);
	parker_init(&t->parker);
	epoch_begin(&t->epoch);
}

static uint32_t announce_and_poll_fork(struct table *t)
{
	parker_announce(&t->parker);
	return epoch_poll_seq_cst(&t->epoch, t->ticket);
}

static uint32_t publish_and_wake(struct table *t)
{
	CHECK_INT(epoch_publish(&t->epoch, do_nothing, NULL, &t->target), ==, 1);
	return wake(t);
}

static void member_against_publish(void)
{
	static struct handshake h = {.prepare = prepare_member,
		.half = {announce_and_poll_fork, publish_and_wake}, .check = check_one_saw_the_other};

	run_handshake(&h);
}

static uint32_t try_to_leave(struct table *t)
{
	return epoch_leave(&t->epoch, t->ticket);
}

static uint32_t publish(struct table *t)
{
	return epoch_publish(&t->epoch, do_nothing, NULL, &t->target);
}

static void leave_against_publish(void)
{
	static struct handshake h = {.prepare = prepare_member, .half = {try_to_leave, publish},
		.check = check_exactly_one}; /* left, or counted */

	run_handshake(&h);
}

/* ---- idle map and deque ---- */

static void prepare_idle(struct table *t)
{
	idle_init(&t->idle, t->words, 64);
	deque_init(&t->deque, t->slots, 2, UINT64_MAX);
}

static uint32_t set_and_look_at_deque(struct table *t)
{
	idle_set(&t->idle, 5);
	return !deque_is_empty_seq_cst(&t->deque);
}

static uint32_t push_and_pick(struct table *t)
{
	static const uint32_t order[] = {9, 5};
	uint32_t seat;

	CHECK_INT(deque_push_seq_cst(&t->deque, t), ==, DEQUE_OK);
	return idle_pick(&t->idle, order, 2, &seat);
}

static void idle_against_push(void)
{
	static struct handshake h = {.prepare = prepare_idle,
		.half = {set_and_look_at_deque, push_and_pick}, .check = check_one_saw_the_other};

	run_handshake(&h);
}

static void prepare_idle_set(struct table *t)
{
	prepare_idle(t);
	idle_set(&t->idle, 5);
}

static uint32_t clear_own(struct table *t)
{
	return idle_clear(&t->idle, 5);
}

static void clear_against_pick(void)
{
	static struct handshake h = {.prepare = prepare_idle_set, .half = {clear_own, push_and_pick},
		.check = check_exactly_one};

	run_handshake(&h);
}

/* Two items: the owner pops once, the thief steals twice; never three takings. */
static void prepare_two_items(struct table *t)
{
	prepare_idle(t);
	CHECK_INT(deque_push(&t->deque, t), ==, DEQUE_OK);
	CHECK_INT(deque_push(&t->deque, t), ==, DEQUE_OK);
}

static uint32_t pop_one(struct table *t)
{
	void *item;

	return deque_pop(&t->deque, &item) == DEQUE_OK;
}

static uint32_t steal_two(struct table *t)
{
	void *item;
	uint32_t first = deque_steal(&t->deque, &item) == DEQUE_OK;

	return first + (deque_steal(&t->deque, &item) == DEQUE_OK);
}

static void check_two_taken(struct table *t)
{
	CHECK_INT(t->seen[0] + t->seen[1] + deque_length(&t->deque), ==, 2);
}

static void pop_against_steal(void)
{
	static struct handshake h = {.prepare = prepare_two_items, .half = {pop_one, steal_two},
		.check = check_two_taken};

	run_handshake(&h);
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
	static struct handshake h = {.prepare = prepare_seat,
		.half = {leave_and_look_at_inbox, push_and_look_at_seat}, .check = check_one_saw_the_other};

	run_handshake(&h);
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
	static struct handshake h = {.prepare = prepare_claimed_slot,
		.half = {announce_and_look_at_slot, post_and_wake}, .check = check_one_saw_the_other};

	run_handshake(&h);
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

static void check_done_or_woken(struct table *t)
{
	CHECK(t->seen[0] || u32_load_relaxed(&t->parker.word) == PARKER_AWAKE);
	CHECK_INT(slot_collect(&t->slot), ==, 7);
}

static void await_against_finish(void)
{
	static struct handshake h = {.prepare = prepare_posted_slot,
		.half = {await_and_look_at_slot, finish_call}, .check = check_done_or_woken};

	run_handshake(&h);
}

/* ---- ring ---- */

static void prepare_ring(struct table *t)
{
	CHECK(letters_bytes(1) <= sizeof t->memory);
	CHECK_INT(letters_init(&t->ring, t->memory, 1), ==, 0);
}

static uint32_t pop_until_closed(struct table *t)
{
	uint32_t got = 0;
	int letter;

	for (;;) {
		pinion_ring_outcome outcome = letters_pop(&t->ring, &letter);

		if (outcome == PINION_RING_CLOSED)
			return got;
		got += outcome == PINION_RING_OK;
	}
}

static uint32_t push_and_close(struct table *t)
{
	CHECK_INT(letters_push(&t->ring, 3), ==, PINION_RING_OK);
	letters_close(&t->ring);
	return 0;
}

static void close_comes_after_the_last_item(void)
{
	static struct handshake h = {.prepare = prepare_ring, .half = {pop_until_closed, push_and_close},
		.check = check_exactly_one};

	run_handshake(&h);
}

TESTS({"parker_against_inbox", parker_against_inbox},
      {"deadline_against_wake", deadline_against_wake},
      {"parker_against_join", parker_against_join},
      {"waiter_against_arrival", waiter_against_arrival},
      {"member_against_publish", member_against_publish},
      {"leave_against_publish", leave_against_publish},
      {"idle_against_push", idle_against_push}, {"clear_against_pick", clear_against_pick},
      {"pop_against_steal", pop_against_steal}, {"leave_against_push", leave_against_push},
      {"parker_against_post", parker_against_post},
      {"await_against_finish", await_against_finish},
      {"close_comes_after_the_last_item", close_comes_after_the_last_item})
