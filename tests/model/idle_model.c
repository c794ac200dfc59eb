/*
 * Idle map and parker together, as the engine uses them: a worker sets its bit,
 * looks for work once more and sleeps; a publisher makes work visible, picks a bit
 * and wakes that seat. A model in which the worker misses the work ends with a
 * sleeper whom nobody wakes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/idle.h"
#include "queues/parker.h"
#include "tests/model/model.h"

#define SEATS 65 /* two words */
#define LAST  (SEATS - 1)

struct place {
	idle map;
	atomic_u64 words[2];
	parker sleeper;
	atomic_u32 work;    /* what was published; taken by a swap */
	atomic_u32 message; /* left for the picked seat */
	uint32_t hint;      /* plain: belongs to the seat, and to whoever took its bit */
	uint32_t picks[2], cleared;
};

static void setup(void *state)
{
	struct place *p = state;

	idle_init(&p->map, p->words, SEATS);
	MODEL_CHECK(idle_words(SEATS) == 2);
	parker_init(&p->sleeper);
	u32_init(&p->work, 0);
	u32_init(&p->message, 0);
}

/* A seat of the first word rests for good, so that idle_any() never reads the second word. */
static void setup_other_resting(void *state)
{
	setup(state);
	idle_set(&((struct place *)state)->map, 0);
}

static void setup_resting(void *state)
{
	setup(state);
	idle_set(&((struct place *)state)->map, 1);
}

static void sleep_unless(struct place *p, bool found)
{
	if (found)
		parker_retract(&p->sleeper);
	else
		parker_sleep(&p->sleeper, UINT64_MAX);
}

/* ---- [idle]: the worker looks for the work itself ----------------------------- */

static void rest_as(struct place *p, uint32_t seat)
{
	idle_set(&p->map, seat);
	parker_announce(&p->sleeper);
	sleep_unless(p, u32_load_seq_cst(&p->work) != 0);
	p->cleared = idle_clear(&p->map, seat);
	MODEL_CHECK(u32_load_relaxed(&p->work) == 1);
}

static void rest_on_seat_1(void *state)
{
	rest_as(state, 1);
}

static void rest_on_last(void *state)
{
	rest_as(state, LAST);
}

static void publish_to_any(void *state)
{
	struct place *p = state;

	u32_store_seq_cst(&p->work, 1);
	if (idle_any(&p->map))
		parker_wake(&p->sleeper);
}

static void publish_to_seat_1(void *state)
{
	struct place *p = state;

	u32_store_seq_cst(&p->work, 1);
	if (idle_is_set_seq_cst(&p->map, 1))
		parker_wake(&p->sleeper);
}

static void pick_and_wake(struct place *p, uint32_t seat)
{
	uint32_t picked;

	if (!idle_pick(&p->map, &seat, 1, &picked))
		return;
	MODEL_CHECK(picked == seat);
	p->picks[model_self() == 1]++;
	parker_wake(&p->sleeper);
}

static void publish_and_pick_seat_1(void *state)
{
	u32_store_seq_cst(&((struct place *)state)->work, 1);
	pick_and_wake(state, 1);
}

static void publish_and_pick_last(void *state)
{
	u32_store_seq_cst(&((struct place *)state)->work, 1);
	pick_and_wake(state, LAST);
}

/* Either the worker took its bit back or a publisher has it, never both. */
static void check_turn(void *state)
{
	const struct place *p = state;

	MODEL_CHECK(p->picks[0] + p->picks[1] + p->cleared <= 1);
	MODEL_CHECK(idle_is_valid(&p->map) && !idle_is_set(&p->map, 1));
}

/* ---- [taken]: a worker whose bit was taken does not sleep ---------------------- */

/* The pick is all that comes: no message, and the work went to somebody else. */
static void rest_while_set(void *state)
{
	struct place *p = state;

	for (bool taken = false; !taken;) {
		parker_announce(&p->sleeper);
		taken = !idle_is_set_seq_cst(&p->map, 1);
		sleep_unless(p, taken);
	}
}

static void pick_only(void *state)
{
	pick_and_wake(state, 1);
}

/* Two publishers, one bit. */
static void check_one_pick(void *state)
{
	const struct place *p = state;

	MODEL_CHECK(p->picks[0] + p->picks[1] == 1);
}

/* ---- [turn]: what belongs to who has the bit ----------------------------------- */

/* Set, be picked, use what the picker left, set again: the next picker writes over it. */
static void offer_twice(void *state)
{
	struct place *p = state;

	for (uint32_t turn = 1; turn <= 2; turn++) {
		idle_set(&p->map, 1);
		for (;;) {
			parker_announce(&p->sleeper);
			if (u32_load_seq_cst(&p->message) == turn)
				break;
			parker_sleep(&p->sleeper, UINT64_MAX);
		}
		parker_retract(&p->sleeper);
		MODEL_CHECK(p->hint == turn);
	}
}

static void pick_until_two(void *state)
{
	struct place *p = state;
	const uint32_t order[] = {0, 1};

	for (uint32_t turn = 1, picked; turn <= 2; turn++) {
		while (!idle_pick(&p->map, order, 2, &picked))
			pinion__relax();
		p->hint = turn;
		u32_store_seq_cst(&p->message, turn);
		parker_wake(&p->sleeper);
	}
}

#define PLACE .bytes = sizeof(struct place)

MODELS({.name = "any", PLACE, .setup = setup, .thread = {rest_on_seat_1, publish_to_any}},
       {.name = "this_seat", PLACE, .setup = setup, .thread = {rest_on_seat_1, publish_to_seat_1}},
       {.name = "pick",
        PLACE,
        .setup = setup,
        .check = check_turn,
        .thread = {rest_on_seat_1, publish_and_pick_seat_1}},
       {.name = "pick_in_the_second_word",
        PLACE,
        .setup = setup_other_resting,
        .thread = {rest_on_last, publish_and_pick_last}},
       {.name = "two_publishers",
        PLACE,
        .setup = setup,
        .check = check_turn,
        .thread = {rest_on_seat_1, publish_and_pick_seat_1, publish_and_pick_seat_1}},
       {.name = "no_sleep_without_the_bit",
        PLACE,
        .setup = setup_resting,
        .check = check_one_pick,
        .thread = {rest_while_set, pick_only, pick_only}},
       {.name = "the_hint_changes_hands",
        PLACE,
        .setup = setup,
        .thread = {offer_twice, pick_until_two}})
