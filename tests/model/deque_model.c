/*
 * The deque: each item is taken once, and what was written before its push is seen by
 * who takes it; a stolen slot is not filled before it was read; a wish is not lost; and
 * with the idle map and the parker, a push for all wakes a sleeper.
 *
 * Items are the fields of `made`, plain and written just before the push.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/deque.h"
#include "queues/idle.h"
#include "queues/parker.h"
#include "tests/model/model.h"

#define ITEMS 4
#define SLOTS 4
#define SEAT  1

struct place {
	deque d;
	void *slots[SLOTS];
	uint32_t made[ITEMS];     /* plain: [fill] carries it */
	uint32_t taken[3][ITEMS]; /* by thread */
	bool all_stolen[3];       /* this thread saw the answer, and that all of it was gone */
	deque_outcome outcome[3]; /* of its theft after that */
	idle map;
	atomic_u64 words[1];
	parker sleeper;
};

static void setup_with(struct place *p, uint32_t capacity)
{
	deque_init(&p->d, p->slots, capacity, UINT32_MAX); /* the first push wraps */
}

static bool push(struct place *p, uint32_t item)
{
	p->made[item] = item + 1;
	return deque_push(&p->d, &p->made[item]) == DEQUE_OK;
}

static void push_and_share(struct place *p, uint32_t item)
{
	p->made[item] = item + 1;
	MODEL_CHECK(deque_push_seq_cst(&p->d, &p->made[item]) == DEQUE_OK);
}

static void take(struct place *p, void *got)
{
	uint32_t *made = got;
	uint32_t item = (uint32_t)(made - p->made);
	int self = model_self() < 0 ? 0 : model_self(); /* in the end the owner's side takes */

	MODEL_CHECK(made != NULL && item < ITEMS && *made == item + 1);
	p->taken[self][item]++;
}

static bool pop(void *state)
{
	struct place *p = state;
	void *got = NULL;

	if (deque_pop(&p->d, &got) != DEQUE_OK)
		return false;
	take(p, got);
	return true;
}

static void steal(void *state)
{
	struct place *p = state;
	void *got = NULL;

	if (deque_steal(&p->d, &got) == DEQUE_OK)
		take(p, got);
}

static void steal_run(void *state)
{
	struct place *p = state;
	void *got[2] = {NULL, NULL};
	uint32_t n = 0;

	if (deque_steal_n(&p->d, got, 2, &n) != DEQUE_OK)
		return;
	MODEL_CHECK(n == 1 || (n == 2 && (uint32_t *)got[0] < (uint32_t *)got[1]));
	for (uint32_t i = 0; i < n; i++)
		take(p, got[i]);
}

static void check_once(struct place *p, uint32_t items)
{
	MODEL_CHECK(deque_is_valid(&p->d));
	MODEL_CHECK(deque_shared(&p->d) <= deque_length(&p->d) && deque_length(&p->d) <= items);
	while (pop(p))
		;
	for (uint32_t i = 0; i < items; i++)
		MODEL_CHECK(p->taken[0][i] + p->taken[1][i] + p->taken[2][i] == 1);
}

static void check_one(void *state)
{
	check_once(state, 1);
}

static void check_two(void *state)
{
	check_once(state, 2);
}

static void check_three(void *state)
{
	check_once(state, 3);
}

/* ---- the last item ---------------------------------------------------------------- */

static void setup_empty(void *state)
{
	setup_with(state, 2);
}

static void share_one_and_pop(void *state)
{
	push_and_share(state, 0);
	pop(state);
}

/* ---- shared anew: the thief may have looked before, and swap after ----------------- */

static void share_pop_share(void *state)
{
	push_and_share(state, 0);
	pop(state);
	push_and_share(state, 1);
}

/* ---- taking back against runs ------------------------------------------------------ */

static void setup_three_shared(void *state)
{
	setup_with(state, 4);
	for (uint32_t i = 0; i < 3; i++)
		push_and_share(state, i);
}

static void pop_twice(void *state)
{
	pop(state);
	pop(state);
}

static void pop_shared_twice(void *state)
{
	struct place *p = state;
	void *got = NULL;

	for (int i = 0; i < 2; i++) {
		if (deque_pop_shared(&p->d, &got) == DEQUE_OK)
			take(p, got);
		MODEL_CHECK(deque_private(&p->d) == 0);
	}
}

/* ---- a slot is filled again --------------------------------------------------------- */

static void setup_one_shared(void *state)
{
	setup_with(state, 1);
	push_and_share(state, 0);
}

static void push_if_there_is_room(void *state)
{
	struct place *p = state;

	if (!push(p, 1)) /* FULL or BUSY: it is not in the deque, so it is ours */
		take(p, &p->made[1]);
}

static void setup_two_shared(void *state)
{
	setup_with(state, 2);
	push_and_share(state, 0);
	push_and_share(state, 1);
}

static void push_two_if_there_is_room(void *state)
{
	struct place *p = state;

	for (uint32_t i = 2; i < 4; i++)
		if (!push(p, i))
			take(p, &p->made[i]);
}

static void check_four(void *state)
{
	check_once(state, 4);
}

/* ---- a wish -------------------------------------------------------------------------- */

static void setup_asked(void *state)
{
	struct place *p = state;

	setup_with(p, 4);
	u32_store_relaxed(&p->d.asked, p->d.heard);
}

static void push_one(void *state)
{
	push(state, 0);
}

static void push_and_pop(void *state)
{
	push(state, 0);
	pop(state);
}

/* The answer has been stolen by another: who then leaves in vain has asked anew. */
static void ask_anew(void *state)
{
	struct place *p = state;
	int self = model_self();
	void *got;

	p->all_stolen[self] = u64_load_relaxed(&p->d.word) == deque_word(0, 0); /* start + 1, twice */
	p->outcome[self] = deque_steal(&p->d, &got);
	if (p->outcome[self] == DEQUE_OK)
		take(p, got);
}

static void check_wish(void *state)
{
	struct place *p = state;

	if (p->all_stolen[2]) {
		MODEL_CHECK(p->outcome[2] == DEQUE_EMPTY);
		MODEL_CHECK(deque_is_asked(&p->d));
	}
	check_once(state, 1);
}

/* ---- with a sleeper ------------------------------------------------------------------- */

static void setup_idle(void *state)
{
	struct place *p = state;

	setup_with(p, 2);
	idle_init(&p->map, p->words, SEAT + 1);
	parker_init(&p->sleeper);
}

static void wake_who_sleeps(struct place *p)
{
	static const uint32_t order[] = {SEAT};
	uint32_t seat;

	if (idle_pick(&p->map, order, 1, &seat))
		parker_wake(&p->sleeper);
}

static void share_and_wake(void *state)
{
	push_and_share(state, 0);
	wake_who_sleeps(state);
}

/* A wish was answered by the push; what follows must still be in order with the map. */
static void answer_share_and_wake(void *state)
{
	struct place *p = state;

	push(p, 0); /* shares it */
	deque_share_seq_cst(&p->d);
	wake_who_sleeps(p);
}

static void setup_idle_asked(void *state)
{
	struct place *p = state;

	setup_idle(p);
	u32_store_relaxed(&p->d.asked, p->d.heard);
}

/* Sleeps at most until there is something to take: nobody else takes it. */
static void sleep_then_steal(void *state)
{
	struct place *p = state;
	void *got;

	idle_set(&p->map, SEAT);
	parker_announce(&p->sleeper);
	if (!deque_is_empty_seq_cst(&p->d))
		parker_retract(&p->sleeper);
	else
		parker_sleep(&p->sleeper, UINT64_MAX);
	idle_clear(&p->map, SEAT);
	MODEL_CHECK(deque_steal(&p->d, &got) == DEQUE_OK);
	take(p, got);
}

#define PLACE .bytes = sizeof(struct place)

MODELS({.name = "last_item",
        PLACE,
        .setup = setup_empty,
        .check = check_one,
        .thread = {share_one_and_pop, steal}},
       {.name = "last_item_two_thieves",
        PLACE,
        .setup = setup_empty,
        .check = check_one,
        .preemptions = 2,
        .thread = {share_one_and_pop, steal, steal}},
       {.name = "shared_anew",
        PLACE,
        .setup = setup_empty,
        .check = check_two,
        .thread = {share_pop_share, steal}},
       {.name = "take_back_against_run",
        PLACE,
        .setup = setup_three_shared,
        .check = check_three,
        .thread = {pop_twice, steal_run}},
       {.name = "take_back_against_two",
        PLACE,
        .setup = setup_three_shared,
        .check = check_three,
        .preemptions = 2,
        .thread = {pop_twice, steal_run, steal}},
       {.name = "take_back_one_against_two",
        PLACE,
        .setup = setup_three_shared,
        .check = check_three,
        .preemptions = 2,
        .thread = {pop_shared_twice, steal_run, steal}},
       {.name = "slot_filled_again",
        PLACE,
        .setup = setup_one_shared,
        .check = check_two,
        .thread = {push_if_there_is_room, steal}},
       {.name = "slots_filled_again",
        PLACE,
        .setup = setup_two_shared,
        .check = check_four,
        .preemptions = 2,
        .thread = {push_two_if_there_is_room, steal, steal}},
       {.name = "answer",
        PLACE,
        .setup = setup_asked,
        .check = check_one,
        .thread = {push_and_pop, steal}},
       {.name = "wish_is_not_lost",
        PLACE,
        .setup = setup_asked,
        .check = check_wish,
        .thread = {push_one, steal, ask_anew}},
       {.name = "sleeper",
        PLACE,
        .setup = setup_idle,
        .check = check_one,
        .thread = {share_and_wake, sleep_then_steal}},
       {.name = "sleeper_after_an_answer",
        PLACE,
        .setup = setup_idle_asked,
        .check = check_one,
        .thread = {answer_share_and_wake, sleep_then_steal}})
