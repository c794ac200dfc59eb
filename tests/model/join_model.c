/*
 * Join: the counter dies when its wait returns, while the last child may still be
 * inside join_done(). model_dead() is that death, in every model.
 *
 * Each child writes a plain result before it is done; the waiter reads them all.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/join.h"
#include "tests/model/model.h"

struct family {
	join children; /* dies with the wait */
	parker waiter; /* outlives it */
	uint32_t result[2];
	atomic_u32 handed_over; /* a child's own child has been given to the other thread */
};

static void setup_two(void *state)
{
	struct family *f = state;

	join_init(&f->children, 2);
	parker_init(&f->waiter);
	u32_init(&f->handed_over, 0);
}

static void setup_one(void *state)
{
	setup_two(state);
	join_init(&((struct family *)state)->children, 1);
}

static void first_child(void *state)
{
	struct family *f = state;

	f->result[0] = 1;
	join_done(&f->children);
}

static void second_child(void *state)
{
	struct family *f = state;

	f->result[1] = 1;
	join_done(&f->children);
}

static void collect(struct family *f)
{
	model_dead(&f->children, sizeof f->children);
	MODEL_CHECK(f->result[0] == 1 && f->result[1] == 1);
}

static void poll(void *state)
{
	struct family *f = state;

	MODEL_CHECK(join_is_valid(&f->children));
	while (!join_is_done(&f->children))
		pinion__relax();
	collect(f);
}

static void sleep_on_the_word(void *state)
{
	struct family *f = state;

	if (!join_register(&f->children, NULL))
		join_sleep(&f->children);
	collect(f);
}

/* The engine's way: what a worker is addressed by meanwhile would be looked at here, too. */
static void sleep_on_the_parker(void *state)
{
	struct family *f = state;

	if (!join_register(&f->children, &f->waiter))
		while (!join_released(&f->children)) {
			parker_announce(&f->waiter);
			if (join_released(&f->children))
				parker_retract(&f->waiter);
			else
				parker_sleep(&f->waiter, UINT64_MAX);
		}
	collect(f);
}

/* Poll once and then register: between the two the children may have gone. */
static void poll_then_sleep(void *state)
{
	struct family *f = state;

	if (!join_is_done(&f->children) && !join_register(&f->children, NULL))
		join_sleep(&f->children);
	collect(f);
}

/* A child that holds its own place may add one for a child that it hands over. */
static void child_with_a_child(void *state)
{
	struct family *f = state;

	join_add(&f->children, 1);
	u32_store_release(&f->handed_over, 1);
	f->result[0] = 1;
	join_done(&f->children);
}

static void grandchild(void *state)
{
	struct family *f = state;

	while (u32_load_acquire(&f->handed_over) == 0)
		pinion__relax();
	f->result[1] = 1;
	join_done(&f->children);
}

#define FAMILY .bytes = sizeof(struct family)

MODELS({.name = "polled", FAMILY, .setup = setup_two, .thread = {poll, first_child, second_child}},
       {.name = "asleep_on_the_word",
        FAMILY,
        .setup = setup_two,
        .spurious = 1,
        .thread = {sleep_on_the_word, first_child, second_child}},
       {.name = "asleep_on_the_parker",
        FAMILY,
        .setup = setup_two,
        .thread = {sleep_on_the_parker, first_child, second_child}},
       {.name = "polled_then_asleep",
        FAMILY,
        .setup = setup_two,
        .thread = {poll_then_sleep, first_child, second_child}},
       {.name = "a_child_adds_a_child",
        FAMILY,
        .setup = setup_one,
        .thread = {sleep_on_the_word, child_with_a_child, grandchild}},
       {.name = "a_polled_child_adds_a_child",
        FAMILY,
        .setup = setup_one,
        .thread = {poll, child_with_a_child, grandchild}})
