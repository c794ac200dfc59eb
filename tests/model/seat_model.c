/*
 * A seat that an adopted thread and its standby share: one holder at a time, and
 * no work lies there unseen after the holder has left.
 *
 * `work` stands for the seat's inbox: stored by the producer, looked at by whoever
 * holds or leaves the seat.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/parker.h"
#include "queues/seat.h"
#include "tests/model/model.h"

struct shared_seat {
	seat_hold seat;
	parker standby;
	atomic_u32 work;
	uint32_t owned;   /* plain: the holder's */
	uint32_t held[3]; /* by thread */
};

static void setup(void *state)
{
	struct shared_seat *s = state;

	seat_init(&s->seat);
	parker_init(&s->standby);
	u32_init(&s->work, 0);
}

static void setup_held(void *state)
{
	setup(state);
	MODEL_CHECK(seat_try_hold(&((struct shared_seat *)state)->seat));
}

/* [hold]: what only the holder may touch goes from one to the next. */
static void visit_twice(void *state)
{
	struct shared_seat *s = state;

	for (int i = 0; i < 2; i++)
		if (seat_try_hold(&s->seat)) {
			s->owned++;
			s->held[model_self()]++;
			seat_leave(&s->seat);
		}
}

static void check_visits(void *state)
{
	const struct shared_seat *s = state;

	MODEL_CHECK(seat_is_valid(&s->seat) && seat_is_free(&s->seat));
	MODEL_CHECK(s->owned == s->held[0] + s->held[1] + s->held[2]);
}

/* The adopted thread goes: pinion__leave(). */
static void leave(void *state)
{
	struct shared_seat *s = state;

	s->owned++;
	seat_leave(&s->seat);
	if (u32_load_seq_cst(&s->work) != 0)
		parker_wake(&s->standby);
}

/* pinion__post(): whoever holds the seat will look, else the standby is woken. */
static void produce(void *state)
{
	struct shared_seat *s = state;

	u32_store_seq_cst(&s->work, 1);
	if (seat_is_free(&s->seat))
		parker_wake(&s->standby);
}

/* The adopted thread comes and goes, and leaves the work to the standby. */
static void visit_and_leave(void *state)
{
	struct shared_seat *s = state;

	if (seat_try_hold(&s->seat))
		leave(state);
}

/* pinion__standby_main(), until it has found the work. */
static void stand_by(void *state)
{
	struct shared_seat *s = state;

	for (bool served = false; !served;) {
		parker_announce(&s->standby);
		if (seat_is_free(&s->seat) && u32_load_seq_cst(&s->work) != 0)
			parker_retract(&s->standby);
		else
			parker_sleep(&s->standby, UINT64_MAX);
		if (!seat_try_hold(&s->seat))
			continue;
		s->owned++;
		served = u32_load_acquire(&s->work) != 0;
		seat_leave(&s->seat);
	}
}

#define SEAT .bytes = sizeof(struct shared_seat)

MODELS({.name = "one_holder_at_a_time",
        SEAT,
        .setup = setup,
        .check = check_visits,
        .thread = {visit_twice, visit_twice}},
       {.name = "three_holders",
        SEAT,
        .setup = setup,
        .check = check_visits,
        .thread = {visit_twice, visit_twice, visit_twice}},
       {.name = "the_leaver_or_the_producer_kicks",
        SEAT,
        .setup = setup_held,
        .thread = {stand_by, leave, produce}},
       {.name = "a_visit_between",
        SEAT,
        .setup = setup,
        .thread = {stand_by, visit_and_leave, produce}})
