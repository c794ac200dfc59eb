/*
 * Everything at once, at random: loops of both schedules, reductions, tasks on
 * every place, calls, nested in each other, from several threads, with more
 * workers than processors. Every piece of work is counted exactly.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/engine/engines.h"

#include <pinion/loop.h>
#include <pinion/scope.h>

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define SECONDS 1.0

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

struct mill {
	pinion_engine *engine;
	pinion_partition *partition; /* 0 .. 99 */
	atomic_ulong done, asked;
	atomic_uint seed;
};

static unsigned next(struct mill *m)
{
	unsigned x = atomic_fetch_add(&m->seed, 0x9e3779b9u);
	x ^= x >> 16, x *= 0x7feb352du, x ^= x >> 15, x *= 0x846ca68bu;
	return x ^ x >> 16;
}

struct piece {
	struct mill *mill;
	int depth;
};

static void grind(struct piece *p);

static int run_piece(void *ctx)
{
	struct piece *p = ctx;
	atomic_fetch_add(&p->mill->done, 1);
	if (p->depth > 0)
		grind(p);
	return 0;
}

static int run_span(size_t begin, size_t end, void *ctx)
{
	struct piece *p = ctx, inner = {p->mill, p->depth - 1};
	atomic_fetch_add(&p->mill->done, end - begin);
	if (p->depth > 0 && next(p->mill) % 8 == 0)
		grind(&inner);
	return 0;
}

static int run_worker(int worker, void *ctx)
{
	CHECK_INT(pinion_worker_index(), ==, worker);
	atomic_fetch_add(&((struct piece *)ctx)->mill->done, 1);
	return 0;
}

static void one_loop(struct piece *p)
{
	pinion_loop_options options = PINION_LOOP_OPTIONS_INIT;
	options.schedule = next(p->mill) % 2 ? PINION_SCHEDULE_OWNER : PINION_SCHEDULE_STEAL;
	options.grain = 1 + next(p->mill) % 40;
	atomic_fetch_add(&p->mill->asked, 100);
	CHECK_INT(pinion_for(p->mill->engine, p->mill->partition, &options, run_span, p), ==, 0);
}

static void some_tasks(struct piece *p)
{
	struct piece inner = {p->mill, p->depth - 1};
	int workers = pinion_engine_workers(p->mill->engine), tasks = (int)(next(p->mill) % 6);
	pinion_scope scope;

	CHECK_INT(pinion_scope_init(&scope, p->mill->engine), ==, 0);
	for (int i = 0; i < tasks; i++) {
		unsigned where = next(p->mill) % 4;
		pinion_place place = where == 0   ? pinion_on_worker((int)(next(p->mill) % (unsigned)workers))
		                     : where == 1 ? pinion_on_node(0)
		                                  : pinion_anywhere();
		atomic_fetch_add(&p->mill->asked, 1);
		CHECK_INT(pinion_go(&scope, place, run_piece, &inner), ==, 0);
	}
	CHECK_INT(pinion_scope_join(&scope), ==, 0);
}

static void one_call(struct piece *p)
{
	struct piece inner = {p->mill, p->depth - 1};
	unsigned to = next(p->mill) % (unsigned)pinion_engine_workers(p->mill->engine);

	atomic_fetch_add(&p->mill->asked, 1);
	CHECK_INT(pinion_run_on(p->mill->engine, (int)to, run_piece, &inner), ==, 0);
}

static void grind(struct piece *p)
{
	switch (next(p->mill) % 4) {
	case 0:
		one_loop(p);
		break;
	case 1:
		some_tasks(p);
		break;
	case 2:
		one_call(p);
		break;
	default:
		atomic_fetch_add(&p->mill->asked, (unsigned long)pinion_engine_workers(p->mill->engine));
		CHECK_INT(pinion_each_worker(p->mill->engine, run_worker, p), ==, 0);
	}
}

static void *grind_for_a_while(void *ctx)
{
	struct piece p = {ctx, 3};
	double end = now() + SECONDS / 4;

	while (now() < end)
		grind(&p);
	return NULL;
}

static void run(int workers, bool separate, unsigned seed)
{
	pinion_config config = PINION_CONFIG_INIT;
	struct mill mill = {.seed = seed};
	pthread_t thread[3];

	config.workers = workers;
	config.oversubscribe = true;
	config.main = separate ? PINION_MAIN_SEPARATE : PINION_MAIN_WORKER;
	config.spin_ns = seed % 2 ? 0 : 1 + seed % 20000;
	mill.engine = engine_with(&config);
	mill.partition = blocks_of(mill.engine, 100);
	for (int i = 0; i < 3; i++)
		CHECK_INT(pthread_create(&thread[i], NULL, grind_for_a_while, &mill), ==, 0);
	grind_for_a_while(&mill);
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	CHECK_INT(atomic_load(&mill.done), ==, atomic_load(&mill.asked));
	CHECK_INT(atomic_load(&mill.done), >, 0);
	pinion_partition_destroy(mill.partition);
	pinion_engine_destroy(mill.engine);
}

static void everything_at_once(void)
{
	const char *given = getenv("PINION_TEST_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);

	printf("PINION_TEST_SEED=%u\n", seed);
	fflush(stdout);
	for (size_t w = 0; w < WORKER_COUNTS; w++)
		for (int separate = 0; separate < 2; separate++)
			run(worker_counts[w], separate, seed + (unsigned)w);
}

/* Wakes race with falling asleep: no handshake may be lost. */
static void sleeps_and_wakes(void)
{
	pinion_config config = PINION_CONFIG_INIT;
	struct mill mill = {.seed = 1};
	struct piece p = {&mill, 0};

	config.spin_ns = 1;
	config.workers = 2;
	config.oversubscribe = true;
	mill.engine = engine_with(&config);
	for (int i = 0; i < 3000; i++) {
		CHECK_INT(pinion_each_worker(mill.engine, run_worker, &p), ==, 0);
		CHECK_INT(pinion_run_on(mill.engine, 1, run_piece, &p), ==, 0);
	}
	CHECK_INT(atomic_load(&mill.done), ==, 9000);
	pinion_engine_destroy(mill.engine);
}

static void starts_and_stops(void)
{
	for (int i = 0; i < 1000; i++) {
		pinion_engine *e = engine_of(1 + i % 3);
		pinion_engine_destroy(e);
	}
}

TESTS({"everything_at_once", everything_at_once}, {"sleeps_and_wakes", sleeps_and_wakes},
      {"starts_and_stops", starts_and_stops})
