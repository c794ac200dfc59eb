/*
 * Inboxes with a stripe per node: on a machine of four nodes that is only planned, every
 * worker posts to every other one, and so does a thread that is no worker. Each task
 * runs once, where it was sent, and what one thread sends to one worker runs in order.
 * Nodes without a worker, and an engine that starts again, are no exception.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/engine/engines.h"

#include <pinion/pinion.h>

#include <stdatomic.h>
#include <time.h>

#define WORKERS_MAX 8
#define EACH        50 /* tasks from each sender to each worker */

struct letter {
	int to, from, number;
};

static struct letter letters[WORKERS_MAX + 1][WORKERS_MAX][EACH];
static int seen[WORKERS_MAX + 1][WORKERS_MAX]; /* each cell is one worker's */
static atomic_int readings;
static pinion_engine *engine;
static int workers;

static int read_letter(void *ctx)
{
	const struct letter *l = ctx;

	CHECK_INT(pinion_worker_index(), ==, l->to);
	CHECK_INT(seen[l->from][l->to]++, ==, l->number);
	atomic_fetch_add(&readings, 1);
	return 0;
}

/* `from` writes to all workers; the last one writes from outside. */
static int write_letters(void *ctx)
{
	int from = (int)(intptr_t)ctx;
	pinion_scope scope;

	CHECK_INT(pinion_scope_init(&scope, engine), ==, 0);
	for (int number = 0; number < EACH; number++)
		for (int to = 0; to < workers; to++) {
			struct letter *l = &letters[from][to][number];
			*l = (struct letter){to, from, number};
			CHECK_INT(pinion_go(&scope, pinion_on_worker(to), read_letter, l), ==, 0);
		}
	CHECK_INT(pinion_scope_join(&scope), ==, 0);
	return 0;
}

static void everybody_writes(void)
{
	pinion_scope scope;

	memset(seen, 0, sizeof seen);
	atomic_store(&readings, 0);
	CHECK_INT(pinion_scope_init(&scope, engine), ==, 0);
	for (int w = 0; w < workers; w++)
		CHECK_INT(pinion_go(&scope, pinion_on_worker(w), write_letters, (void *)(intptr_t)w), ==,
		          0);
	write_letters((void *)(intptr_t)workers);
	CHECK_INT(pinion_scope_join(&scope), ==, 0);
	CHECK_INT(atomic_load(&readings), ==, (workers + 1) * workers * EACH);
}

static void run(const char *topology, int count, pinion_main role)
{
	pinion_config config = PINION_CONFIG_INIT;
	pinion_diag diag;

	config.topology = topology;
	config.workers = count;
	config.main = role;
	engine = engine_with(&config);
	workers = pinion_engine_workers(engine);
	for (int start = 0; start < 2; start++) {
		everybody_writes();
		CHECK_INT(pinion_engine_stop(engine), ==, 0);
		CHECK_INT(pinion_engine_start(engine, &diag), ==, 0);
	}
	pinion_engine_destroy(engine);
}

static void four_nodes(void)
{
	run("synthetic:pack:4 numa:1 core:2 pu:1", 8, PINION_MAIN_WORKER);
	run("synthetic:pack:4 numa:1 core:2 pu:1", 8, PINION_MAIN_SEPARATE);
}

/* More nodes than workers: some have no stripe of their own. */
static void nodes_without_workers(void)
{
	run("synthetic:pack:4 numa:1 core:2 pu:1", 2, PINION_MAIN_WORKER);
}

/* ---- order and stop across stripes ------------------------------------------------ */

static void nap_ms(long ms)
{
	struct timespec time = {.tv_nsec = ms * 1000000};

	nanosleep(&time, NULL);
}

static int nap(void *ms)
{
	nap_ms((long)(intptr_t)ms);
	return 0;
}

static pinion_engine *two_nodes(pinion_main role)
{
	pinion_config config = PINION_CONFIG_INIT;

	config.topology = "synthetic:pack:2 numa:1 core:2 pu:1";
	config.workers = 4;
	config.main = role;
	return engine_with(&config);
}

static int arrived[2];
static atomic_int arrivals;

static int arrive(void *number)
{
	arrived[atomic_fetch_add(&arrivals, 1)] = (int)(intptr_t)number;
	return 0;
}

/* The adopted thread posts once with its seat and once while the standby has it. */
static void one_order_with_and_without_the_seat(void)
{
	pinion_scope scope;

	engine = two_nodes(PINION_MAIN_WORKER);
	atomic_store(&arrivals, 0);
	CHECK_INT(pinion_scope_init(&scope, engine), ==, 0);
	CHECK_INT(pinion_go(&scope, pinion_on_worker(2), nap, (void *)60), ==, 0);
	nap_ms(10);
	CHECK_INT(pinion_go(&scope, pinion_on_worker(2), arrive, (void *)1), ==, 0);
	CHECK_INT(pinion_go(&scope, pinion_on_worker(0), nap, (void *)40), ==, 0);
	nap_ms(10); /* the standby naps on seat 0 */
	CHECK_INT(pinion_go(&scope, pinion_on_worker(2), arrive, (void *)2), ==, 0);
	CHECK_INT(pinion_scope_join(&scope), ==, 0);
	CHECK_INT(arrived[0], ==, 1);
	CHECK_INT(arrived[1], ==, 2);
	pinion_engine_destroy(engine);
}

static pinion_scope late;
static atomic_int calls;

static int be_called(void *ctx)
{
	(void)ctx;
	atomic_fetch_add(&calls, 1);
	return 0;
}

static int call_worker_0(void *ctx)
{
	(void)ctx;
	nap_ms(25);
	CHECK_INT(pinion_run_on(engine, 0, be_called, NULL), ==, 0);
	return 0;
}

static int wait_then_compute(void *ctx)
{
	(void)ctx;
	CHECK_INT(pinion_run_on(engine, 1, nap, (void *)15), ==, 0);
	nap_ms(50);
	return 0;
}

static int post_meanwhile(void *ctx)
{
	(void)ctx;
	nap_ms(35);
	CHECK_INT(pinion_go(&late, pinion_on_worker(2), call_worker_0, NULL), ==, 0);
	return 0;
}

/* The stop must not overlook a task whose stripe is emptied after its own. */
static void stop_waits_for_a_task_in_another_stripe(void)
{
	engine = two_nodes(PINION_MAIN_SEPARATE);
	atomic_store(&calls, 0);
	CHECK_INT(pinion_scope_init(&late, engine), ==, 0);
	CHECK_INT(pinion_go(&late, pinion_on_worker(2), wait_then_compute, NULL), ==, 0);
	CHECK_INT(pinion_go(&late, pinion_on_worker(0), post_meanwhile, NULL), ==, 0);
	nap_ms(5);
	CHECK_INT(pinion_engine_stop(engine), ==, 0);
	CHECK_INT(atomic_load(&calls), ==, 1);
	CHECK_INT(pinion_engine_start(engine, NULL), ==, 0);
	CHECK_INT(pinion_scope_join(&late), ==, 0);
	pinion_engine_destroy(engine);
}

TESTS({"four_nodes", four_nodes}, {"nodes_without_workers", nodes_without_workers},
      {"one_order_with_and_without_the_seat", one_order_with_and_without_the_seat},
      {"stop_waits_for_a_task_in_another_stripe", stop_waits_for_a_task_in_another_stripe})
