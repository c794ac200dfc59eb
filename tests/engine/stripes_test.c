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
		CHECK_INT(pinion_go(&scope, pinion_on_worker(w), write_letters, (void *)(intptr_t)w), ==, 0);
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

TESTS({"four_nodes", four_nodes}, {"nodes_without_workers", nodes_without_workers})
