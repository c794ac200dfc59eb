/*
 * The handshakes around work that is handed over: the idle map against a push, a pop
 * against steals, and the close of a ring against its last item.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/deque.h"
#include "queues/idle.h"

#include <pinion/spsc.h>

#include "tests/queues/handshake.h"

PINION_SPSC_DEFINE(letters, int);

static struct table {
	deque deque;
	void *slots[2];
	idle idle;
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 words[1];
	letters ring;
	alignas(PINION_RING_ALIGN) unsigned char memory[PINION_RING_ALIGN];
} table;

/* ---- idle map and deque ---- */

static void prepare_idle(struct table *t)
{
	idle_init(&t->idle, t->words, 64);
	deque_init(&t->deque, t->slots, 2, UINT32_MAX);
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
	static struct handshake h = {.table = &table,
	                             .prepare = prepare_idle,
	                             .half = {set_and_look_at_deque, push_and_pick},
	                             .check = check_one_saw_the_other};

	handshake_run(&h);
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
	static struct handshake h = {.table = &table,
	                             .prepare = prepare_idle_set,
	                             .half = {clear_own, push_and_pick},
	                             .check = check_exactly_one};

	handshake_run(&h);
}

/* Two items: the owner pops once, the thief steals twice; never three takings. */
static void prepare_two_items(struct table *t)
{
	prepare_idle(t);
	CHECK_INT(deque_push(&t->deque, t), ==, DEQUE_OK);
	CHECK_INT(deque_push_seq_cst(&t->deque, t), ==, DEQUE_OK);
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

static void check_two_taken(struct table *t, const uint32_t *seen)
{
	CHECK_INT(seen[0] + seen[1] + deque_length(&t->deque), ==, 2);
}

static void pop_against_steal(void)
{
	static struct handshake h = {.table = &table,
	                             .prepare = prepare_two_items,
	                             .half = {pop_one, steal_two},
	                             .check = check_two_taken};

	handshake_run(&h);
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
	static struct handshake h = {.table = &table,
	                             .prepare = prepare_ring,
	                             .half = {pop_until_closed, push_and_close},
	                             .check = check_exactly_one};

	handshake_run(&h);
}

TESTS({"idle_against_push", idle_against_push}, {"clear_against_pick", clear_against_pick},
      {"pop_against_steal", pop_against_steal},
      {"close_comes_after_the_last_item", close_comes_after_the_last_item})
