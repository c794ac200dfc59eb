/*
 * The injector: blocks are taken whole, once and in order; places and blocks are used
 * again; a taker that sleeps is woken; closing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/injector.h"
#include "queues/parker.h"
#include "tests/model/model.h"

#define PLACES  2u
#define SIZE    2u
#define TASKS   4u
#define THREADS 3

struct works {
	injector injector;
	injector_place place[PLACES];
	atomic_u32 next[PLACES];
	void *memory[PLACES * SIZE];
	parker taker;
	uint32_t ready[TASKS]; /* plain: written before the push, read after the take */
	uint32_t handed, refused;
	injector_open open; /* what add_two leaves */
	bool sleeps;        /* want_or_take would sleep now */
	uint32_t closer;    /* plain: [close] carries it */
	uint32_t taken[THREADS + 1][TASKS], takes[THREADS + 1];
};

static void setup_blocks(void *state, uint32_t blocks)
{
	struct works *w = state;
	injector_memory m = {w->place, w->next, w->memory, PLACES, blocks, SIZE};

	injector_init(&w->injector, &m, 0);
	parker_init(&w->taker);
}

static void setup(void *state)
{
	setup_blocks(state, 2);
}

static void setup_four(void *state)
{
	setup_blocks(state, 2);
	((struct works *)state)->open = injector_open_none();
}

static void setup_one_block(void *state)
{
	setup_blocks(state, 1);
}

/* ---- pushers ------------------------------------------------------------------- */

static void push(struct works *w, uint32_t i)
{
	w->ready[i] = i + 1;
	if (injector_push(&w->injector, &w->ready[i]) != INJECTOR_OK)
		w->ready[i] = 0;
}

static void push_three(void *state)
{
	for (uint32_t i = 0; i < 3; i++)
		push(state, i);
}

static void push_two(void *state)
{
	push(state, 0);
	push(state, 1);
}

static void push_first(void *state)
{
	push(state, 0);
}

static void push_other(void *state)
{
	push(state, 3);
}

static void push_and_wake(void *state)
{
	push(state, 0);
	parker_wake(&((struct works *)state)->taker);
}

/* One block of two, sealed because it is full; then one of one, kept or wanted. */
static void fill(void *state)
{
	struct works *w = state;
	injector_open open = injector_open_none();
	void *kept[SIZE];

	for (uint32_t i = 0; i < 3; i++) {
		w->ready[i] = i + 1;
		if (injector_add(&w->injector, &open, &w->ready[i]) != INJECTOR_OK)
			w->ready[i] = 0;
		if (open.tasks == 0)
			parker_wake(&w->taker);
	}
	uint32_t n = injector_keep(&w->injector, &open, kept);
	for (uint32_t i = 0; i < n; i++)
		*(uint32_t *)kept[i] = 0;
}

static void close_after_push(void *state)
{
	struct works *w = state;

	push(w, 0);
	w->closer = 1;
	injector_close(&w->injector);
}

static void close_and_wake(void *state)
{
	struct works *w = state;

	w->closer = 1;
	injector_close(&w->injector);
	parker_wake(&w->taker);
}

/* Who is refused knows what the closer did. */
static void push_or_be_refused(void *state)
{
	struct works *w = state;

	w->ready[3] = 4;
	enum injector_outcome outcome = injector_push(&w->injector, &w->ready[3]);
	if (outcome == INJECTOR_CLOSED)
		MODEL_CHECK(w->closer == 1);
	if (outcome != INJECTOR_OK)
		w->ready[3] = 0;
}

/* ---- takers -------------------------------------------------------------------- */

static enum injector_outcome take(struct works *w)
{
	void *task[SIZE];
	uint32_t n, me = (uint32_t)(model_self() + 1);
	enum injector_outcome outcome = injector_take(&w->injector, task, &n);

	if (outcome == INJECTOR_CLOSED && me > 0)
		MODEL_CHECK(w->closer == 1);
	if (outcome != INJECTOR_OK)
		return outcome;
	MODEL_CHECK(n >= 1 && n <= SIZE);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t number = *(uint32_t *)task[i];

		MODEL_CHECK(number >= 1 && number <= TASKS);
		MODEL_CHECK(&w->ready[number - 1] == task[i]);
		MODEL_CHECK(i == 0 || task[i] == (uint32_t *)task[0] + 1);
		w->taken[me][number - 1]++;
	}
	w->takes[me]++;
	return outcome;
}

static void take_two(void *state)
{
	take(state);
	take(state);
}

static void take_one(void *state)
{
	take(state);
}

static void take_three(void *state)
{
	take_two(state);
	take(state);
}

static void sleep_until(struct works *w, enum injector_outcome end)
{
	enum injector_outcome outcome;

	while ((outcome = take(w)) != end) {
		if (outcome == INJECTOR_EMPTY)
			injector_want(&w->injector);
		parker_announce(&w->taker);
		if (injector_may_sleep(&w->injector)) {
			parker_sleep(&w->taker, UINT64_MAX);
		} else {
			parker_retract(&w->taker);
			pinion__yield(); /* a block that is being filled */
		}
	}
}

static void await_block(void *state)
{
	sleep_until(state, INJECTOR_OK);
}

static void await_end(void *state)
{
	sleep_until(state, INJECTOR_CLOSED);
}

/*
 * One more taker beside it, which wants nothing: it may take the block that was sealed for
 * the first one. Who sleeps at the end must be wanted: the next add wakes it.
 */
static void add_two(void *state)
{
	struct works *w = state;
	injector_open open = injector_open_none();

	for (uint32_t i = 0; i < 2; i++) {
		w->ready[i] = i + 1;
		MODEL_CHECK(injector_add(&w->injector, &open, &w->ready[i]) == INJECTOR_OK);
		if (open.tasks == 0)
			parker_wake(&w->taker);
	}
	w->open = open;
}

static void want_or_take(void *state)
{
	struct works *w = state;

	if (take(w) != INJECTOR_EMPTY)
		return;
	injector_want(&w->injector);
	parker_announce(&w->taker);
	w->sleeps = injector_may_sleep(&w->injector);
}

/* ---- what must hold ------------------------------------------------------------- */

/* Alone now: what was handed over was taken once or is still there; no block is lost. */
static void check(void *state)
{
	struct works *w = state;
	uint32_t free = 0, i;

	MODEL_CHECK(injector_is_valid(&w->injector));
	MODEL_CHECK(injector_length(&w->injector) <= w->injector.memory.blocks);
	while (take(w) == INJECTOR_OK)
		;
	for (uint32_t task = 0; task < TASKS; task++) {
		uint32_t times = 0;

		for (int t = 0; t <= THREADS; t++)
			times += w->taken[t][task];
		MODEL_CHECK(times == (w->ready[task] != 0));
	}
	for (; freelist_get(&w->injector.free, &i) == FREELIST_OK; free++)
		MODEL_CHECK(free < w->injector.memory.blocks);
	MODEL_CHECK(free == w->injector.memory.blocks);
}

static void check_wanted(void *state)
{
	struct works *w = state;

	if (w->sleeps && u32_load_relaxed(&w->taker.word) == PARKER_PARKED)
		MODEL_CHECK(injector_is_wanted(&w->injector));
	injector_seal(&w->injector, &w->open);
	check(state);
}

/* One pusher, one taker: in order, so nothing is missing below what came. */
static void check_order(void *state)
{
	struct works *w = state;

	for (uint32_t task = 1; task < 3; task++)
		if (w->taken[2][task])
			MODEL_CHECK(w->taken[2][task - 1] || w->ready[task - 1] == 0);
	check(state);
}

#define WORKS(name_, setup_, check_, ...)                                                          \
	{                                                                                              \
		.name = name_, .bytes = sizeof(struct works), .setup = setup_, .thread = {__VA_ARGS__},    \
		.check = check_                                                                            \
	}

MODELS(WORKS("in_order", setup, check_order, push_three, take_two),
       WORKS("round", setup, check_order, push_three, take_three),
       WORKS("one_block", setup_one_block, check_order, push_two, take_two),
       WORKS("two_takers", setup, check, push_two, take_one, take_one),
       WORKS("round_two_takers", setup, check, push_three, take_one, take_one),
       WORKS("two_pushers", setup, check, push_first, push_other, take_one),
       WORKS("fill", setup, check, fill, take_two),
       WORKS("closed", setup, check, close_after_push, take_two),
       WORKS("refused", setup, check, close_after_push, push_or_be_refused),
       WORKS("sleeper", setup, check, push_and_wake, await_block),
       WORKS("sleeper_wants", setup, check, fill, await_block),
       WORKS("a_want_is_not_lost", setup_four, check_wanted, add_two, want_or_take, take_one),
       WORKS("sleeper_to_the_end", setup, check, close_and_wake, await_end))
