/*
 * Waits inside waits: what lies in a backlog, in a deque or in an inbox while
 * somebody waits above it must still be reached.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/engine/engines.h"

#include <pinion/loop.h>
#include <pinion/scope.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

static atomic_int runs;

static int run(void *ctx)
{
	atomic_fetch_add(&runs, 1);
	return 0;
}

static void pause_ms(long ms)
{
	struct timespec t = {0, ms * 1000000};
	nanosleep(&t, NULL);
}

/* ---- a stranger's task in the backlog of a seat that is given up ------------------- */

struct meeting {
	pinion_engine *engine;
	pinion_scope outer;
	sem_t begun, sent;
};

static void *send_stranger(void *ctx)
{
	struct meeting *m = ctx;
	pinion_scope scope;

	sem_wait(&m->begun);
	CHECK_INT(pinion_scope_init(&scope, m->engine), ==, 0);
	CHECK_INT(pinion_go(&scope, pinion_anywhere(), run, NULL), ==, 0);
	sem_post(&m->sent);
	CHECK_INT(pinion_scope_join(&scope), ==, 0);
	return NULL;
}

/* The wait takes two messages and ends after the first. */
static int leave_a_backlog(void *ctx)
{
	struct meeting *m = ctx;
	pinion_scope inner;

	CHECK_INT(pinion_go(&m->outer, pinion_anywhere(), run, NULL), ==, 0);
	CHECK_INT(pinion_scope_init(&inner, m->engine), ==, 0);
	CHECK_INT(pinion_go(&inner, pinion_on_worker(0), run, NULL), ==, 0);
	sem_post(&m->begun);
	sem_wait(&m->sent);
	return pinion_scope_join(&inner);
}

static void backlog_hides_nothing(void)
{
	struct meeting m = {.engine = engine_of(1)};
	pthread_t thread;

	atomic_store(&runs, 0);
	sem_init(&m.begun, 0, 0);
	sem_init(&m.sent, 0, 0);
	CHECK_INT(pthread_create(&thread, NULL, send_stranger, &m), ==, 0);
	CHECK_INT(pinion_scope_init(&m.outer, m.engine), ==, 0);
	CHECK_INT(pinion_run_on(m.engine, 0, leave_a_backlog, &m), ==, 0);
	CHECK_INT(pinion_scope_join(&m.outer), ==, 0);
	pthread_join(thread, NULL);
	CHECK_INT(atomic_load(&runs), ==, 3);
	pinion_engine_destroy(m.engine);
}

/* ---- a stop while a task still calls another worker ---------------------------------- */

static int call_late(void *ctx)
{
	pause_ms(30);
	for (int worker = 0; worker < 3; worker++)
		CHECK_INT(pinion_run_on(ctx, worker, run, NULL), ==, 0);
	return 0;
}

static void stop_waits_for_what_runs(void)
{
	pinion_engine *e = engine_of(3);
	pinion_scope scope;

	atomic_store(&runs, 0);
	CHECK_INT(pinion_scope_init(&scope, e), ==, 0);
	CHECK_INT(pinion_go(&scope, pinion_on_worker(2), call_late, e), ==, 0);
	CHECK_INT(pinion_engine_stop(e), ==, 0);
	CHECK_INT(atomic_load(&runs), ==, 3);
	CHECK_INT(pinion_scope_join(&scope), ==, PINION_ERR_STATE);
	pinion_engine_destroy(e);
}

/* ---- one thread that passes through two engines and back -------------------------------- */

struct pair {
	pinion_engine *a, *b;
	pinion_partition *partition;
};

static int span(size_t begin, size_t end, void *ctx)
{
	atomic_fetch_add(&runs, (int)(end - begin));
	return 0;
}

static int back_to_a(void *ctx)
{
	struct pair *p = ctx;
	int error = pinion_for(p->a, p->partition, NULL, span, NULL);

	CHECK(pinion_worker_engine() == p->b);
	return error;
}

static int over_to_b(int worker, void *ctx)
{
	struct pair *p = ctx;
	int error = worker == 0 ? pinion_run_on(p->b, 0, back_to_a, p) : 0;

	CHECK(pinion_worker_engine() == p->a && pinion_worker_index() == worker);
	return error;
}

static void there_and_back(void)
{
	for (int inlined = 0; inlined < 2; inlined++) {
		pinion_config config = PINION_CONFIG_INIT;
		config.workers = 2;
		config.oversubscribe = true;
		config.inline_only = inlined;
		struct pair p = {engine_with(&config), engine_with(&config), NULL};
		p.partition = blocks_of(p.a, 1000);
		atomic_store(&runs, 0);
		CHECK_INT(pinion_each_worker(p.a, over_to_b, &p), ==, 0);
		CHECK_INT(atomic_load(&runs), ==, 1000);
		pinion_partition_destroy(p.partition);
		pinion_engine_destroy(p.b);
		pinion_engine_destroy(p.a);
	}
}

/* ---- an idle worker stays within reach of hints --------------------------------------------- */

struct rain {
	pinion_engine *engine;
	atomic_int over;
};

static void *call_all_the_time(void *ctx)
{
	struct rain *r = ctx;
	while (!atomic_load(&r->over))
		CHECK_INT(pinion_run_on(r->engine, 1, run, NULL), ==, 0);
	return NULL;
}

static void hints_are_not_lost(void)
{
	struct rain r = {engine_of(2), 0};
	pthread_t thread;
	pinion_scope scope;

	CHECK_INT(pthread_create(&thread, NULL, call_all_the_time, &r), ==, 0);
	for (int i = 0; i < 2000; i++) { /* hints meet calls in every order */
		CHECK_INT(pinion_scope_init(&scope, r.engine), ==, 0);
		CHECK_INT(pinion_go(&scope, pinion_anywhere(), run, NULL), ==, 0);
		CHECK_INT(pinion_scope_join(&scope), ==, 0);
	}
	atomic_store(&r.over, 1);
	pthread_join(thread, NULL);
	atomic_store(&runs, 0);
	CHECK_INT(pinion_scope_init(&scope, r.engine), ==, 0);
	CHECK_INT(pinion_go(&scope, pinion_anywhere(), run, NULL), ==, 0);
	for (int i = 0; i < 5000 && atomic_load(&runs) == 0; i++)
		pause_ms(1); /* this worker does nothing: the idle one must come */
	CHECK_INT(atomic_load(&runs), ==, 1);
	CHECK_INT(pinion_scope_join(&scope), ==, 0);
	pinion_engine_destroy(r.engine);
}

TESTS({"backlog_hides_nothing", backlog_hides_nothing}, {"stop_waits_for_what_runs", stop_waits_for_what_runs},
      {"there_and_back", there_and_back}, {"hints_are_not_lost", hints_are_not_lost})
