/*
 * Loops visit each index exactly once, on the right seat, whatever the number
 * of workers, the schedule, the grain, and the thread that calls.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/engine/engines.h"

#include <pinion/ledger.h>
#include <pinion/loop.h>

#include <pthread.h>
#include <stdatomic.h>

#define N_MAX 10007

struct visits {
	atomic_int count[N_MAX];
	atomic_int worker[N_MAX];
};

static struct visits visits;

static int visit(size_t begin, size_t end, void *ctx)
{
	CHECK(begin < end);
	for (size_t i = begin; i < end; i++) {
		atomic_fetch_add(&visits.count[i], 1);
		atomic_store(&visits.worker[i], pinion_worker_index());
	}
	return 0;
}

static void check_all_once(size_t n, int workers)
{
	for (size_t i = 0; i < n; i++) {
		CHECK_INT(atomic_exchange(&visits.count[i], 0), ==, 1);
		CHECK_INT(atomic_load(&visits.worker[i]), >=, 0);
		CHECK_INT(atomic_load(&visits.worker[i]), <, workers);
	}
}

static void check_owners(const pinion_partition *p)
{
	for (size_t b = 0; b < pinion_partition_blocks(p); b++) {
		pinion_block block = pinion_partition_at(p, b);
		for (size_t i = block.begin; i < block.end; i++)
			CHECK_INT(atomic_load(&visits.worker[i]), ==, block.owner);
	}
}

static void run_all(pinion_engine *e, size_t n, size_t grain)
{
	static const pinion_schedule schedules[] = {PINION_SCHEDULE_DEFAULT, PINION_SCHEDULE_STEAL,
	                                            PINION_SCHEDULE_OWNER};
	pinion_partition *p = blocks_of(e, n);

	for (size_t s = 0; s < 3; s++) {
		pinion_loop_options options = PINION_LOOP_OPTIONS_INIT;
		options.schedule = schedules[s];
		options.grain = grain;
		CHECK_INT(pinion_for(e, p, &options, visit, NULL), ==, 0);
		if (schedules[s] == PINION_SCHEDULE_OWNER)
			check_owners(p);
		check_all_once(n, pinion_engine_workers(e));
	}
	pinion_partition_destroy(p);
}

static void each_index_once(void)
{
	static const size_t sizes[] = {0, 1, 2, 7, 8, 9, 63, 64, 65, 1000, N_MAX};
	static const size_t grains[] = {0, 1, 7, 64, N_MAX, SIZE_MAX};

	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		pinion_engine *e = engine_of(worker_counts[w]);
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
			for (size_t g = 0; g < sizeof grains / sizeof grains[0]; g++)
				run_all(e, sizes[i], grains[g]);
		pinion_engine_destroy(e);
	}
}

static void explicit_blocks(void)
{
	/* Empty blocks, several blocks per owner, owners out of order. */
	static const size_t borders[] = {0, 0, 10, 10, 500, 501, 900, 900, 1000};
	static const int owners[] = {1, 0, 2, 1, 0, 2, 2, 0};
	pinion_engine *e = engine_of(3);
	pinion_partition *p;

	CHECK_INT(pinion_partition_explicit(&p, pinion_engine_placement(e), borders, owners, 8), ==, 0);
	for (size_t grain = 1; grain < 1100; grain = grain * 3 + 1) {
		pinion_loop_options options = PINION_LOOP_OPTIONS_INIT;
		options.grain = grain;
		options.schedule = PINION_SCHEDULE_OWNER;
		CHECK_INT(pinion_for(e, p, &options, visit, NULL), ==, 0);
		check_owners(p);
		check_all_once(1000, 3);
		options.schedule = PINION_SCHEDULE_STEAL;
		CHECK_INT(pinion_for(e, p, &options, visit, NULL), ==, 0);
		check_all_once(1000, 3);
	}
	pinion_partition_destroy(p);
	pinion_engine_destroy(e);
}

/* ---- callers ------------------------------------------------------------------ */

struct outsider {
	pinion_engine *engine;
	const pinion_partition *partition;
	atomic_long sum;
};

static int add(size_t begin, size_t end, void *ctx)
{
	struct outsider *o = ctx;

	CHECK(pinion_worker_engine() == o->engine);
	for (size_t i = begin; i < end; i++)
		atomic_fetch_add(&o->sum, (long)i);
	return 0;
}

static void *call_many(void *ctx)
{
	struct outsider *o = ctx;

	for (int i = 0; i < 50; i++) {
		pinion_loop_options options = PINION_LOOP_OPTIONS_INIT;
		options.schedule = i % 2 ? PINION_SCHEDULE_OWNER : PINION_SCHEDULE_STEAL;
		options.grain = 10;
		CHECK_INT(pinion_for(o->engine, o->partition, &options, add, o), ==, 0);
	}
	return NULL;
}

static void several_callers(void)
{
	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		pinion_engine *e = engine_of(worker_counts[w]);
		struct outsider o[4];
		pthread_t thread[4];
		pinion_partition *p = blocks_of(e, 100);

		for (int i = 0; i < 4; i++) {
			o[i].engine = e;
			o[i].partition = p;
			atomic_init(&o[i].sum, 0);
			if (i > 0)
				CHECK_INT(pthread_create(&thread[i], NULL, call_many, &o[i]), ==, 0);
		}
		call_many(&o[0]); /* the adopted thread among them */
		for (int i = 0; i < 4; i++) {
			if (i > 0)
				pthread_join(thread[i], NULL);
			CHECK_INT(atomic_load(&o[i].sum), ==, 50L * 4950);
		}
		pinion_partition_destroy(p);
		pinion_engine_destroy(e);
	}
}

static int nest(size_t begin, size_t end, void *ctx)
{
	struct outsider *o = ctx;
	pinion_loop_options options = PINION_LOOP_OPTIONS_INIT;
	int before = pinion_worker_index();

	for (size_t i = begin; i < end; i++) {
		options.schedule = i % 2 ? PINION_SCHEDULE_OWNER : PINION_SCHEDULE_STEAL;
		CHECK_INT(pinion_for(o->engine, o->partition, &options, add, o), ==, 0);
		CHECK_INT(pinion_worker_index(), ==, before);
	}
	return 0;
}

static void nested_loops(void)
{
	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		pinion_engine *e = engine_of(worker_counts[w]);
		pinion_partition *inner = blocks_of(e, 100), *outer = blocks_of(e, 24);
		struct outsider o = {e, inner, 0};
		pinion_loop_options options = PINION_LOOP_OPTIONS_INIT;

		options.grain = 1;
		CHECK_INT(pinion_for(e, outer, &options, nest, &o), ==, 0);
		options.schedule = PINION_SCHEDULE_OWNER;
		CHECK_INT(pinion_for(e, outer, &options, nest, &o), ==, 0);
		CHECK_INT(atomic_load(&o.sum), ==, 48L * 4950);
		pinion_partition_destroy(inner);
		pinion_partition_destroy(outer);
		pinion_engine_destroy(e);
	}
}

/* ---- errors ---------------------------------------------------------------------- */

static int fail_at_500(size_t begin, size_t end, void *ctx)
{
	atomic_fetch_add((atomic_int *)ctx, (int)(end - begin));
	return begin <= 500 && 500 < end ? 42 : 0;
}

static void first_error_ends_the_loop(void)
{
	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		pinion_engine *e = engine_of(worker_counts[w]);
		pinion_partition *p = blocks_of(e, N_MAX);
		atomic_int ran = 0;
		pinion_loop_options options = PINION_LOOP_OPTIONS_INIT;

		options.grain = 1;
		CHECK_INT(pinion_for(e, p, &options, fail_at_500, &ran), ==, 42);
		CHECK_INT(atomic_load(&ran), >=, 1);
		if (worker_counts[w] == 1)
			CHECK_INT(atomic_load(&ran), ==, 501);
		pinion_partition_destroy(p);
		pinion_engine_destroy(e);
	}
}

static atomic_int seen[16];

static int see(int worker, void *ctx)
{
	CHECK_INT(pinion_worker_index(), ==, worker);
	atomic_fetch_add(&seen[worker], 1);
	return ctx && worker >= *(int *)ctx ? 100 + worker : 0;
}

static void wrong_calls(void)
{
	pinion_engine *two = engine_of(2), *three = engine_of(3);
	pinion_partition *p = blocks_of(two, 10);
	pinion_loop_options bad = PINION_LOOP_OPTIONS_INIT;

	CHECK_INT(pinion_for(three, p, NULL, visit, NULL), ==, PINION_ERR_ARG);
	bad.size = 1;
	CHECK_INT(pinion_for(two, p, &bad, visit, NULL), ==, PINION_ERR_ARG);
	pinion_engine_stop(two);
	CHECK_INT(pinion_for(two, p, NULL, visit, NULL), ==, PINION_ERR_STATE);
	CHECK_INT(pinion_each_worker(two, see, NULL), ==, PINION_ERR_STATE);
	pinion_partition_destroy(p);
	pinion_engine_destroy(two);
	pinion_engine_destroy(three);
}

/* ---- each worker -------------------------------------------------------------------- */

static void each_worker_once(void)
{
	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		pinion_engine *e = engine_of(worker_counts[w]);
		int from = worker_counts[w] - 1;
		for (int i = 0; i < 200; i++)
			CHECK_INT(pinion_each_worker(e, see, NULL), ==, 0);
		CHECK_INT(pinion_each_worker(e, see, &from), ==, 100 + from);
		for (int i = 0; i < 16; i++)
			CHECK_INT(atomic_exchange(&seen[i], 0), ==, i < worker_counts[w] ? 201 : 0);
		pinion_engine_destroy(e);
	}
}

/* ---- ledger ----------------------------------------------------------------------------- */

static void ledger_adds_up(void)
{
	pinion_engine *e = engine_of(2);
	pinion_partition *p = blocks_of(e, 1000);
	pinion_loop_options options = PINION_LOOP_OPTIONS_INIT;
	pinion_ledger l;
	memset(&visits, 0, sizeof visits);

	options.site = "adding";
	options.grain = 10;
	options.elem_bytes = 8;
	for (int i = 0; i < 10; i++) {
		options.schedule = i % 2 ? PINION_SCHEDULE_OWNER : PINION_SCHEDULE_STEAL;
		CHECK_INT(pinion_for(e, p, &options, visit, NULL), ==, 0);
	}
	CHECK_INT(pinion_ledger_take(e, pinion_ledger_find(e, "adding"), &l), ==, 0);
	CHECK_STR(l.site, "adding");
	CHECK_INT(l.loops, ==, 10);
	CHECK_INT(l.indexes_home + l.indexes_near + l.indexes_remote, ==, 10000);
	CHECK_INT(l.claims_home + l.claims_near + l.claims_remote, ==, 1000);
	CHECK_INT(l.bytes_home + l.bytes_near + l.bytes_remote, ==, 80000);
	CHECK_INT(l.indexes_home, >=, 5000); /* the owner loops alone */
	pinion_ledger_reset(e);
	CHECK_INT(pinion_ledger_take(e, pinion_ledger_find(e, "adding"), &l), ==, 0);
	CHECK_INT(l.loops + l.indexes_home + l.claims_home, ==, 0);
	CHECK_INT(pinion_ledger_take(e, 99, &l), ==, PINION_ERR_RANGE);
	for (int i = 0; i < 200; i++) { /* more sites than there is room for */
		char name[16];
		snprintf(name, sizeof name, "site %d", i);
		options.site = name;
		CHECK_INT(pinion_for(e, p, &options, visit, NULL), ==, 0);
	}
	CHECK_INT(pinion_ledger_find(e, "(other)"), ==, pinion_ledger_sites(e) - 1);
	pinion_partition_destroy(p);
	pinion_engine_destroy(e);
}

/* ---- inline -------------------------------------------------------------------------------- */

static size_t last_end;

static int in_order(size_t begin, size_t end, void *ctx)
{
	CHECK_INT(begin, ==, last_end);
	last_end = end;
	return 0;
}

static void inline_runs_in_program_order(void)
{
	pinion_config config = PINION_CONFIG_INIT;
	config.workers = 3;
	config.oversubscribe = true;
	config.inline_only = true;
	pinion_engine *e = engine_with(&config);
	pinion_partition *p = blocks_of(e, 1000);
	pinion_loop_options options = PINION_LOOP_OPTIONS_INIT;

	for (int s = PINION_SCHEDULE_DEFAULT; s <= PINION_SCHEDULE_OWNER; s++) {
		options.schedule = (pinion_schedule)s;
		last_end = 0;
		CHECK_INT(pinion_for(e, p, &options, in_order, NULL), ==, 0);
		CHECK_INT(last_end, ==, 1000);
	}
	memset(&visits, 0, sizeof visits);
	CHECK_INT(pinion_for(e, p, &options, visit, NULL), ==, 0);
	check_owners(p);
	check_all_once(1000, 3);
	CHECK_INT(pinion_worker_index(), ==, PINION_WORKER_NONE);
	pinion_partition_destroy(p);
	pinion_engine_destroy(e);
}

TESTS({"each_index_once", each_index_once}, {"explicit_blocks", explicit_blocks},
      {"several_callers", several_callers}, {"nested_loops", nested_loops},
      {"first_error_ends_the_loop", first_error_ends_the_loop}, {"wrong_calls", wrong_calls},
      {"each_worker_once", each_worker_once}, {"ledger_adds_up", ledger_adds_up},
      {"inline_runs_in_program_order", inline_runs_in_program_order})
