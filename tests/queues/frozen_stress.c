/*
 * One thread stands still in the middle of whatever it does; the others go on with the
 * free-list, the injector, the lossy ring and the post as their headers promise. What
 * comes out is judged by the stress test of each; here it is only that it goes on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/freelist.h"
#include "queues/injector.h"
#include "queues/lossy.h"
#include "queues/post.h"
#include "tests/queues/freeze.h"

#define THREADS 8u
#define PLACES  8u
#define SIZE    4u
#define BOX_MS  500

static uint64_t end;

static void each_goes_on(stress_body body, void *shared)
{
	end = stress_box_ms(BOX_MS);
	freeze_run(THREADS, body, shared, FREEZE_EACH, 0);
}

/* ---- free-list ------------------------------------------------------------------ */

static freelist list;
static atomic_u32 next[PLACES];

static void get_and_put(void *shared, unsigned me)
{
	uint32_t i;

	(void)shared;
	(void)me;
	while (!stress_over(end)) {
		if (freelist_get(&list, &i) == FREELIST_OK)
			freelist_put(&list, i);
		freeze_step();
	}
}

static void others_get_and_put(void)
{
	freelist_init(&list, next, PLACES, 0);
	each_goes_on(get_and_put, &list);
	for (uint32_t i, n = 0; n < PLACES; n++)
		CHECK_INT(freelist_get(&list, &i), ==, FREELIST_OK);
}

/* ---- injector ------------------------------------------------------------------- */

static injector works;
static injector_place places[PLACES];
static void *tasks[PLACES * SIZE];
static atomic_u64 pushed, taken;

/* BUSY is an answer too: nobody waits. */
static void push_or_take(void *shared, unsigned me)
{
	void *task[SIZE];
	uint32_t n;

	while (!stress_over(end)) {
		if (me % 2 == 0 && injector_push(&works, shared) == INJECTOR_OK)
			u64_add_relaxed(&pushed, 1);
		if (me % 2 == 1 && injector_take(&works, task, &n) == INJECTOR_OK)
			u64_add_relaxed(&taken, n);
		freeze_step();
	}
}

static void others_push_and_take(void)
{
	void *task[SIZE];
	uint32_t n;

	injector_init(&works, &(injector_memory){places, next, tasks, PLACES, PLACES, SIZE}, 0);
	u64_init(&pushed, 0);
	u64_init(&taken, 0);
	each_goes_on(push_or_take, &works);
	while (injector_take(&works, task, &n) == INJECTOR_OK)
		u64_add_relaxed(&taken, n);
	CHECK_INT(u64_load_relaxed(&pushed), ==, u64_load_relaxed(&taken));
}

/* ---- lossy ring ----------------------------------------------------------------- */

static lossy trace;
static atomic_u64 memory[PLACES * (1 + SIZE)];

static void write_or_read(void *shared, unsigned me)
{
	lossy_cursor c = lossy_follow(&trace);
	uint64_t item[SIZE] = {0};

	(void)shared;
	while (!stress_over(end)) {
		if (me == 0)
			lossy_put(&trace, item);
		else
			(void)lossy_read(&trace, &c, item);
		freeze_step();
	}
}

static void others_write_and_read(void)
{
	lossy_init(&trace, memory, PLACES, SIZE, 0);
	each_goes_on(write_or_read, &trace);
}

/* ---- post ----------------------------------------------------------------------- */

static post box;
static atomic_u64 post_places[PLACES];

static void push_or_pop(void *shared, unsigned me)
{
	void *item;

	while (!stress_over(end)) {
		if (me > 0 && post_push(&box, shared) == POST_OK)
			u64_add_relaxed(&pushed, 1);
		if (me == 0 && post_pop(&box, &item) == POST_OK)
			u64_add_relaxed(&taken, 1);
		freeze_step();
	}
}

/* Nobody is held up by a producer in the middle of its push. */
static void others_push_and_pop(void)
{
	void *item;

	post_init(&box, post_places, PLACES, 0);
	u64_init(&pushed, 0);
	u64_init(&taken, 0);
	each_goes_on(push_or_pop, &box);
	while (post_pop(&box, &item) == POST_OK)
		u64_add_relaxed(&taken, 1);
	CHECK_INT(u64_load_relaxed(&pushed), ==, u64_load_relaxed(&taken));
}

TESTS({"others_get_and_put", others_get_and_put}, {"others_push_and_take", others_push_and_take},
      {"others_write_and_read", others_write_and_read},
      {"others_push_and_pop", others_push_and_pop})
