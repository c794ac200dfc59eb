/*
 * Tasks: each runs once, hard places are kept, the first error cancels, order
 * per caller holds, and waits help with what is addressed to them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/engine/engines.h"

#include <pinion/loop.h>
#include <pinion/scope.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static int count_up(void *ctx)
{
	atomic_fetch_add((atomic_int *)ctx, 1);
	return 0;
}

static void tasks_run_once(void)
{
	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		pinion_engine *e = engine_of(worker_counts[w]);
		atomic_int ran = 0;
		pinion_scope scope;
		CHECK_INT(pinion_scope_init(&scope, e), ==, 0);
		for (int i = 0; i < 10000; i++) /* more than a deque holds */
			CHECK_INT(pinion_go(&scope, pinion_anywhere(), count_up, &ran), ==, 0);
		CHECK_INT(pinion_scope_join(&scope), ==, 0);
		CHECK_INT(atomic_load(&ran), ==, 10000);
		pinion_engine_destroy(e);
	}
}

/* ---- stealing ---------------------------------------------------------------------- */

#define SIBLINGS 9

struct siblings {
	atomic_int others_may_go, done;
};

static int hold_the_other(void *ctx)
{
	struct siblings *s = ctx;

	while (!atomic_load(&s->others_may_go))
		sched_yield();
	return 0;
}

static int take_long(void *ctx)
{
	struct siblings *s = ctx;

	atomic_store(&s->others_may_go, 1);
	while (atomic_load(&s->done) < SIBLINGS)
		sched_yield();
	return 0;
}

static int be_quick(void *ctx)
{
	atomic_fetch_add(&((struct siblings *)ctx)->done, 1);
	return 0;
}

/* Nobody is idle while they are made; then the owner is busy and the other worker is not. */
static void no_task_waits_behind_a_long_one(void)
{
	pinion_engine *e = engine_of(2);

	for (int round = 0; round < 100; round++) {
		struct siblings s = {0};
		pinion_scope scope;

		CHECK_INT(pinion_scope_init(&scope, e), ==, 0);
		CHECK_INT(pinion_go(&scope, pinion_on_worker(1), hold_the_other, &s), ==, 0);
		for (int i = 0; i < SIBLINGS; i++)
			CHECK_INT(pinion_go(&scope, pinion_anywhere(), be_quick, &s), ==, 0);
		CHECK_INT(pinion_go(&scope, pinion_anywhere(), take_long, &s), ==, 0);
		CHECK_INT(pinion_scope_join(&scope), ==, 0);
	}
	pinion_engine_destroy(e);
}

/* ---- places ----------------------------------------------------------------------- */

struct expect {
	int worker;
	atomic_int ran;
};

static int on_expected(void *ctx)
{
	struct expect *x = ctx;
	CHECK_INT(pinion_worker_index(), ==, x->worker);
	atomic_fetch_add(&x->ran, 1);
	return 0;
}

static void hard_places_are_kept(void)
{
	for (size_t n = 0; n < WORKER_COUNTS; n++) {
		int workers = worker_counts[n];
		pinion_engine *e = engine_of(workers);
		pinion_partition *p = blocks_of(e, 100);
		struct expect x[8] = {0};
		pinion_scope scope;

		CHECK_INT(pinion_scope_init(&scope, e), ==, 0);
		for (int i = 0; i < workers; i++)
			x[i].worker = i;
		for (int i = 0; i < 100 * workers; i++)
			CHECK_INT(pinion_go(&scope, pinion_on_worker(i % workers), on_expected, &x[i % workers]), ==, 0);
		for (int b = 0; b < workers; b++)
			CHECK_INT(pinion_go(&scope, pinion_on_block(p, (size_t)b), on_expected, &x[b]), ==, 0);
		CHECK_INT(pinion_go(&scope, pinion_on_worker(workers), on_expected, x), ==, PINION_ERR_RANGE);
		CHECK_INT(pinion_go(&scope, pinion_on_worker(-1), on_expected, x), ==, PINION_ERR_RANGE);
		CHECK_INT(pinion_go(&scope, pinion_on_node(999), on_expected, x), ==, PINION_ERR_RANGE);
		CHECK_INT(pinion_go(&scope, pinion_on_block(p, 999), on_expected, x), ==, PINION_ERR_RANGE);
		CHECK_INT(pinion_scope_join(&scope), ==, 0);
		for (int i = 0; i < workers; i++)
			CHECK_INT(atomic_load(&x[i].ran), ==, 101);
		pinion_partition_destroy(p);
		pinion_engine_destroy(e);
	}
}

struct sequence {
	int next[4];
};

struct step {
	struct sequence *of;
	int caller, number;
};

static int in_turn(void *ctx)
{
	struct step *s = ctx;
	CHECK_INT(s->of->next[s->caller], ==, s->number);
	s->of->next[s->caller]++; /* only worker 1 touches it: no lock */
	return 0;
}

static void order_per_caller(void)
{
	pinion_engine *e = engine_of(2);
	struct sequence sequence = {{0}};
	static struct step step[1001];
	pinion_scope scope;

	CHECK_INT(pinion_scope_init(&scope, e), ==, 0);
	for (int i = 0; i < 1000; i++) {
		step[i] = (struct step){&sequence, 0, i};
		CHECK_INT(pinion_go(&scope, pinion_on_worker(1), in_turn, &step[i]), ==, 0);
	}
	step[1000] = (struct step){&sequence, 0, 1000};
	CHECK_INT(pinion_run_on(e, 1, in_turn, &step[1000]), ==, 0); /* comes after what was posted before */
	CHECK_INT(pinion_scope_join(&scope), ==, 0);
	CHECK_INT(sequence.next[0], ==, 1001);
	pinion_engine_destroy(e);
}

/* ---- run_on ------------------------------------------------------------------------- */

static int square_on(void *ctx)
{
	int *n = ctx;
	*n = *n * *n;
	return *n;
}

static void run_on_returns_the_value(void)
{
	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		pinion_engine *e = engine_of(worker_counts[w]);
		for (int i = 0; i < 500; i++) {
			int n = i;
			CHECK_INT(pinion_run_on(e, i % worker_counts[w], square_on, &n), ==, i * i);
			CHECK_INT(n, ==, i * i);
		}
		CHECK_INT(pinion_run_on(e, worker_counts[w], square_on, NULL), ==, PINION_ERR_RANGE);
		CHECK_INT(pinion_run_on(e, -1, square_on, NULL), ==, PINION_ERR_RANGE);
		pinion_engine_destroy(e);
	}
}

struct ball {
	pinion_engine *engine;
	int left;
};

static int bounce(void *ctx)
{
	struct ball *b = ctx;
	if (--b->left <= 0)
		return 7;
	/* Two workers that call each other: each serves the other while it waits. */
	int to = (pinion_worker_index() + 1) % pinion_engine_workers(b->engine);
	return pinion_run_on(b->engine, to, bounce, b);
}

static void workers_call_each_other(void)
{
	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		pinion_engine *e = engine_of(worker_counts[w]);
		for (int i = 0; i < 20; i++) {
			struct ball ball = {e, 40};
			CHECK_INT(pinion_run_on(e, i % worker_counts[w], bounce, &ball), ==, 7);
		}
		pinion_engine_destroy(e);
	}
}

struct caller {
	pinion_engine *engine;
	atomic_int *ran;
};

static void *call_in_turn(void *ctx)
{
	struct caller *c = ctx;
	for (int i = 0; i < 300; i++)
		CHECK_INT(pinion_run_on(c->engine, i % pinion_engine_workers(c->engine), count_up, c->ran), ==, 0);
	return NULL;
}

static void many_callers_of_run_on(void)
{
	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		pinion_engine *e = engine_of(worker_counts[w]);
		atomic_int ran = 0;
		struct caller c = {e, &ran};
		pthread_t thread[4];
		for (int i = 0; i < 4; i++)
			CHECK_INT(pthread_create(&thread[i], NULL, call_in_turn, &c), ==, 0);
		call_in_turn(&c);
		for (int i = 0; i < 4; i++)
			pthread_join(thread[i], NULL);
		CHECK_INT(atomic_load(&ran), ==, 1500);
		pinion_engine_destroy(e);
	}
}

/* ---- recursion ------------------------------------------------------------------------ */

struct fib {
	pinion_engine *engine;
	int n;
	long result;
};

static int fib(void *ctx)
{
	struct fib *f = ctx, left = {f->engine, f->n - 1, 0}, right = {f->engine, f->n - 2, 0};
	pinion_scope scope;

	if (f->n < 2) {
		f->result = f->n;
		return 0;
	}
	CHECK_INT(pinion_scope_init(&scope, f->engine), ==, 0);
	CHECK_INT(pinion_go(&scope, pinion_anywhere(), fib, &left), ==, 0);
	CHECK_INT(fib(&right), ==, 0);
	CHECK_INT(pinion_scope_join(&scope), ==, 0);
	f->result = left.result + right.result;
	return 0;
}

static void recursion(void)
{
	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		pinion_engine *e = engine_of(worker_counts[w]);
		struct fib f = {e, 16, 0};
		CHECK_INT(fib(&f), ==, 0); /* from the adopted thread */
		CHECK_INT(f.result, ==, 987);
		f.n = 15;
		CHECK_INT(pinion_run_on(e, worker_counts[w] - 1, fib, &f), ==, 0);
		CHECK_INT(f.result, ==, 610);
		pinion_engine_destroy(e);
	}
}

/* A task that waits adds tasks to an older scope, on every place; nothing may get stuck under another. */
struct tangle {
	pinion_engine *engine;
	pinion_scope *outer;
	atomic_int *ran;
	int depth;
};

static int tangled(void *ctx)
{
	struct tangle *t = ctx, inner[3];
	pinion_scope scope;

	atomic_fetch_add(t->ran, 1);
	if (t->depth == 0)
		return 0;
	CHECK_INT(pinion_scope_init(&scope, t->engine), ==, 0);
	for (int i = 0; i < 3; i++) {
		inner[i] = *t;
		inner[i].depth--;
		pinion_place place = i == 0 ? pinion_anywhere() : pinion_on_worker(i % pinion_engine_workers(t->engine));
		CHECK_INT(pinion_go(&scope, place, tangled, &inner[i]), ==, 0);
		CHECK_INT(pinion_go(t->outer, pinion_anywhere(), count_up, t->ran), ==, 0);
	}
	return pinion_scope_join(&scope);
}

static void tangled_scopes(void)
{
	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		pinion_engine *e = engine_of(worker_counts[w]);
		atomic_int ran = 0;
		pinion_scope outer;
		struct tangle t = {e, &outer, &ran, 4};
		CHECK_INT(pinion_scope_init(&outer, e), ==, 0);
		CHECK_INT(pinion_go(&outer, pinion_anywhere(), tangled, &t), ==, 0);
		CHECK_INT(pinion_scope_join(&outer), ==, 0);
		/* 1 + 3 + 9 + 27 + 81 tangled, and 3 extra for each of the 40 that are not leaves */
		CHECK_INT(atomic_load(&ran), ==, 121 + 120);
		pinion_engine_destroy(e);
	}
}

/* ---- errors ------------------------------------------------------------------------------ */

static int fail(void *ctx)
{
	return *(int *)ctx;
}

static void first_error_cancels(void)
{
	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		pinion_engine *e = engine_of(worker_counts[w]);
		atomic_int ran = 0;
		int error = 55;
		pinion_scope scope;
		CHECK_INT(pinion_scope_init(&scope, e), ==, 0);
		CHECK_INT(pinion_go(&scope, pinion_on_worker(0), fail, &error), ==, 0);
		while (!pinion_scope_canceled(&scope))
			CHECK_INT(pinion_run_on(e, 0, count_up, &ran), ==, 0);
		CHECK_INT(pinion_go(&scope, pinion_anywhere(), count_up, &ran), ==, PINION_ERR_CANCELED);
		CHECK_INT(pinion_scope_join(&scope), ==, 55);
		CHECK_INT(pinion_scope_init(&scope, e), ==, 0);
		pinion_scope_cancel(&scope);
		CHECK(pinion_scope_canceled(&scope));
		CHECK_INT(pinion_scope_join(&scope), ==, PINION_ERR_CANCELED);
		pinion_engine_destroy(e);
	}
}

static void cancel_drops_what_has_not_begun(void)
{
	pinion_engine *e = engine_of(1);
	atomic_int ran = 0;
	pinion_scope scope;

	CHECK_INT(pinion_scope_init(&scope, e), ==, 0);
	for (int i = 0; i < 100; i++)
		CHECK_INT(pinion_go(&scope, pinion_anywhere(), count_up, &ran), ==, 0);
	pinion_scope_cancel(&scope); /* the only worker is this thread, so none has begun */
	CHECK_INT(pinion_scope_join(&scope), ==, PINION_ERR_CANCELED);
	CHECK_INT(atomic_load(&ran), ==, 0);
	pinion_engine_destroy(e);
}

/* ---- from a thread that is no worker ---------------------------------------------------------- */

static void *outsider(void *ctx)
{
	struct caller *c = ctx;
	for (int round = 0; round < 20; round++) {
		pinion_scope scope;
		CHECK_INT(pinion_scope_init(&scope, c->engine), ==, 0);
		for (int i = 0; i < 100; i++)
			CHECK_INT(pinion_go(&scope, i % 3 ? pinion_anywhere() : pinion_on_node(0), count_up, c->ran), ==, 0);
		CHECK_INT(pinion_scope_join(&scope), ==, 0);
	}
	return NULL;
}

static void scopes_of_outsiders(void)
{
	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		pinion_engine *e = engine_of(worker_counts[w]);
		atomic_int ran = 0;
		struct caller c = {e, &ran};
		pthread_t thread[3];
		for (int i = 0; i < 3; i++)
			CHECK_INT(pthread_create(&thread[i], NULL, outsider, &c), ==, 0);
		for (int i = 0; i < 3; i++)
			pthread_join(thread[i], NULL); /* the adopted thread is away: its standby serves seat 0 */
		CHECK_INT(atomic_load(&ran), ==, 6000);
		pinion_engine_destroy(e);
	}
}

TESTS({"tasks_run_once", tasks_run_once},
      {"no_task_waits_behind_a_long_one", no_task_waits_behind_a_long_one},
      {"hard_places_are_kept", hard_places_are_kept},
      {"order_per_caller", order_per_caller}, {"run_on_returns_the_value", run_on_returns_the_value},
      {"workers_call_each_other", workers_call_each_other}, {"many_callers_of_run_on", many_callers_of_run_on},
      {"recursion", recursion}, {"tangled_scopes", tangled_scopes},
      {"first_error_cancels", first_error_cancels},
      {"cancel_drops_what_has_not_begun", cancel_drops_what_has_not_begun},
      {"scopes_of_outsiders", scopes_of_outsiders})
