/*
 * Life of an engine: start and stop, forks, hygiene of the worker threads,
 * strict placement, worker-local values, reports, choices, the environment.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/engine/engines.h"

#include <pinion/local.h>
#include <pinion/loop.h>
#include <pinion/report.h>
#include <pinion/scope.h>
#include <pinion/tune.h>

#include <fenv.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int count_up(int worker, void *ctx)
{
	atomic_fetch_add((atomic_int *)ctx, 1);
	return 0;
}

static void start_and_stop(void)
{
	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		pinion_engine *e = engine_of(worker_counts[w]);
		atomic_int ran = 0;
		CHECK_INT(pinion_engine_start(e, NULL), ==, PINION_ERR_STATE);
		for (int i = 0; i < 50; i++) {
			CHECK(pinion_engine_running(e));
			CHECK_INT(pinion_each_worker(e, count_up, &ran), ==, 0);
			CHECK_INT(pinion_engine_stop(e), ==, 0);
			CHECK(!pinion_engine_running(e));
			CHECK_INT(pinion_engine_stop(e), ==, 0);
			CHECK_INT(pinion_each_worker(e, count_up, &ran), ==, PINION_ERR_STATE);
			CHECK_INT(pinion_engine_start(e, NULL), ==, 0);
		}
		CHECK_INT(atomic_load(&ran), ==, 50 * worker_counts[w]);
		pinion_engine_destroy(e);
	}
	pinion_engine_destroy(NULL);
}

static void separate_main(void)
{
	pinion_config config = PINION_CONFIG_INIT;
	config.main = PINION_MAIN_SEPARATE;
	config.workers = 3;
	config.oversubscribe = true;
	pinion_engine *e = engine_with(&config);
	atomic_int ran = 0;

	for (int i = 0; i < 100; i++)
		CHECK_INT(pinion_each_worker(e, count_up, &ran), ==, 0);
	CHECK_INT(atomic_load(&ran), ==, 300);
	pinion_engine_destroy(e);
}

static void two_engines(void)
{
	pinion_engine *a = engine_of(2), *b = engine_of(2);
	atomic_int ran = 0;

	for (int i = 0; i < 50; i++) {
		CHECK_INT(pinion_each_worker(a, count_up, &ran), ==, 0);
		CHECK_INT(pinion_each_worker(b, count_up, &ran), ==, 0);
	}
	CHECK_INT(atomic_load(&ran), ==, 200);
	pinion_engine_destroy(a);
	CHECK_INT(pinion_each_worker(b, count_up, &ran), ==, 0);
	pinion_engine_destroy(b);
}

static int stop_inside(int worker, void *ctx)
{
	CHECK_INT(pinion_engine_stop(ctx), ==, PINION_ERR_STATE);
	return 0;
}

static void stop_from_inside(void)
{
	pinion_engine *e = engine_of(2);
	CHECK_INT(pinion_each_worker(e, stop_inside, e), ==, 0);
	CHECK(pinion_engine_running(e));
	pinion_engine_destroy(e);
}

/* The engine notices a fork by a page that the kernel wipes; an emulator may not do that. */
static bool forks_wipe(void)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status;

	CHECK(page != MAP_FAILED);
	if (madvise(page, 4096, MADV_WIPEONFORK) != 0)
		return false;
	*page = 1;
	pid_t child = fork();
	if (child == 0)
		_exit(*page);
	CHECK_INT(waitpid(child, &status, 0), ==, child);
	munmap(page, 4096);
	return status == 0;
}

/* A child has no workers: calls say so, and the engine can be started anew there. */
static void fork_is_safe(void)
{
	if (!forks_wipe()) {
		printf("not checked: MADV_WIPEONFORK has no effect here\n");
		return;
	}
	pinion_engine *e = engine_of(2);
	atomic_int ran = 0;
	pid_t child = fork();

	if (child == 0) {
		CHECK(!pinion_engine_running(e));
		CHECK_INT(pinion_each_worker(e, count_up, &ran), ==, PINION_ERR_STATE);
#ifndef __SANITIZE_THREAD__ /* the sanitizer itself forbids threads after a fork */
		CHECK_INT(pinion_engine_start(e, NULL), ==, 0);
		CHECK_INT(pinion_each_worker(e, count_up, &ran), ==, 0);
		CHECK_INT(atomic_load(&ran), ==, 2);
#endif
		pinion_engine_destroy(e);
		_exit(0);
	}
	int status;
	CHECK_INT(waitpid(child, &status, 0), ==, child);
	CHECK_INT(status, ==, 0);
	CHECK_INT(pinion_each_worker(e, count_up, &ran), ==, 0);
	CHECK_INT(atomic_load(&ran), ==, 2);
	child = fork();
	if (child == 0) {
		pinion_engine_destroy(e); /* never hangs */
		_exit(0);
	}
	CHECK_INT(waitpid(child, &status, 0), ==, child);
	CHECK_INT(status, ==, 0);
	pinion_engine_destroy(e);
}

/* ---- hygiene --------------------------------------------------------------------- */

static int check_hygiene(int worker, void *ctx)
{
	char name[32], want[32];
	sigset_t blocked;

	if (worker == 0)
		return 0; /* the test's own thread */
	pthread_getname_np(pthread_self(), name, sizeof name);
	snprintf(want, sizeof want, "pinion-%d", worker);
	CHECK_STR(name, want);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	CHECK(sigismember(&blocked, SIGINT) && sigismember(&blocked, SIGUSR1) && sigismember(&blocked, SIGTERM));
	CHECK_INT(fegetround(), ==, FE_TONEAREST);
	pthread_attr_t attributes;
	size_t guard = 0, stack = 0;
	CHECK_INT(pthread_getattr_np(pthread_self(), &attributes), ==, 0);
	pthread_attr_getguardsize(&attributes, &guard);
	pthread_attr_getstacksize(&attributes, &stack);
	pthread_attr_destroy(&attributes);
	CHECK_INT(guard, >=, 4096);
	CHECK_INT(stack, >=, 1 << 20);
	return 0;
}

static void hygiene(void)
{
	cpu_set_t before, after;
	sigset_t mask;

	CHECK_INT(sched_getaffinity(0, sizeof before, &before), ==, 0);
	fesetround(FE_UPWARD); /* the caller's rounding is not the workers' */
	pinion_engine *e = engine_of(4);
	CHECK_INT(pinion_each_worker(e, check_hygiene, NULL), ==, 0);
	fesetround(FE_TONEAREST);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	CHECK(!sigismember(&mask, SIGINT));
	pinion_engine_destroy(e);
	CHECK_INT(sched_getaffinity(0, sizeof after, &after), ==, 0);
	CHECK(CPU_EQUAL(&before, &after)); /* the adopted thread got its mask back */
}

/* ---- report -------------------------------------------------------------------------- */

static void report_tells_where(void)
{
	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		pinion_engine *e = engine_of(worker_counts[w]);
		pinion_report r;
		CHECK_INT(pinion_report_take(e, &r), ==, 0);
		CHECK_INT(r.workers, ==, worker_counts[w]);
		for (int i = 0; i < r.workers; i++) {
			CHECK_INT(r.worker[i].worker, ==, i);
			CHECK_INT(r.worker[i].os_tid, >, 0);
			CHECK(r.worker[i].bound);
			CHECK_STR(r.worker[i].obtained, r.worker[i].asked);
			CHECK_INT(r.worker[i].os_cpu, >=, 0);
			CHECK(r.worker[i].why[0] != '\0');
		}
		CHECK_INT(r.bound, ==, r.workers);
		CHECK(r.worker[0].adopted);
		pinion_report_free(&r);
		pinion_engine_stop(e);
		CHECK_INT(pinion_report_take(e, &r), ==, 0);
		pinion_report_free(&r);
		pinion_engine_destroy(e);
	}
}

/* Somebody moves a worker behind our back: the next report says so. */
static void report_sees_drift(void)
{
	pinion_engine *e = engine_of(2);
	pinion_report r;
	cpu_set_t all;

	CHECK_INT(sched_getaffinity(getpid(), sizeof all, &all), ==, 0);
	CHECK_INT(pinion_report_take(e, &r), ==, 0);
	int tid = r.worker[1].os_tid;
	pinion_report_free(&r);
	CPU_ZERO(&all);
	for (int i = 0; i < CPU_SETSIZE; i++)
		CPU_SET(i, &all);
	CHECK_INT(sched_setaffinity(tid, sizeof all, &all), ==, 0);
	CHECK_INT(pinion_report_take(e, &r), ==, 0);
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1) {
		CHECK(!r.worker[1].bound);
		CHECK_INT(r.bound, ==, 1);
	}
	pinion_report_free(&r);
	pinion_engine_destroy(e);
}

/* ---- local values --------------------------------------------------------------------- */

static atomic_int alive;

static int build(void *value, void *ctx)
{
	if (ctx && pinion_worker_index() == *(int *)ctx)
		return 9;
	*(int *)value = 1000 + pinion_worker_index();
	atomic_fetch_add(&alive, 1);
	return 0;
}

static void unbuild(void *value, void *ctx)
{
	CHECK_INT(*(int *)value, >=, 1000);
	atomic_fetch_sub(&alive, 1);
}

static int use_local(int worker, void *ctx)
{
	int *mine = pinion_local_get(ctx);
	CHECK_INT(*mine, ==, 1000 + worker);
	CHECK((uintptr_t)mine % 128 == 0);
	CHECK(mine == pinion_local_of(ctx, worker));
	return 0;
}

static void sum_up(void *into, const void *value, void *ctx)
{
	*(int *)into += *(const int *)value;
}

static void local_values(void)
{
	for (size_t w = 0; w < WORKER_COUNTS; w++) {
		int workers = worker_counts[w], last = workers - 1, sum = 0;
		pinion_engine *e = engine_of(workers);
		pinion_local_options options = PINION_LOCAL_OPTIONS_INIT;
		pinion_local *local = NULL;

		options.construct = build;
		options.destruct = unbuild;
		CHECK_INT(pinion_local_create(&local, e, sizeof(int), &options), ==, 0);
		CHECK_INT(pinion_each_worker(e, use_local, local), ==, 0);
		CHECK(pinion_local_get(local) == NULL);
		pinion_local_combine(local, &sum, sum_up, NULL);
		CHECK_INT(sum, ==, workers * 1000 + workers * (workers - 1) / 2);
		pinion_local_destroy(local);
		CHECK_INT(atomic_load(&alive), ==, 0);

		options.ctx = &last;
		pinion_local *none = NULL;
		CHECK_INT(pinion_local_create(&none, e, sizeof(int), &options), ==, 9);
		CHECK(none == NULL);
		CHECK_INT(atomic_load(&alive), ==, 0);
		CHECK_INT(pinion_local_create(&none, e, 0, NULL), ==, PINION_ERR_ARG);

		options.ctx = NULL;
		CHECK_INT(pinion_local_create(&local, e, sizeof(int), &options), ==, 0);
		pinion_engine_stop(e);
		pinion_local_destroy(local); /* also after the stop */
		CHECK_INT(atomic_load(&alive), ==, 0);
		pinion_engine_destroy(e);
	}
}

/* ---- choices ------------------------------------------------------------------------------- */

static void choices_settle(void)
{
	pinion_engine *e = engine_of(1);
	int tried[3] = {0};

	CHECK_INT(pinion_tune_choice(e, "three", 5), ==, -1);
	for (int i = 0; i < 100; i++) {
		pinion_trial t = pinion_tune_pick(e, "three", 5, 3);
		struct timespec slow = {0, t.variant == 1 ? 1000 : 3000000};
		if (!t.settled) {
			tried[t.variant]++;
			nanosleep(&slow, NULL);
		}
		pinion_tune_done(e, &t);
	}
	CHECK_INT(pinion_tune_choice(e, "three", 5), ==, 1);
	CHECK_INT(pinion_tune_choice(e, "three", 6), ==, -1);
	for (int i = 0; i < 3; i++)
		CHECK_INT(tried[i], ==, 4);
	for (int i = 0; i < 200; i++) { /* no room: variant 0, and no harm */
		char name[16];
		snprintf(name, sizeof name, "many %d", i);
		pinion_trial t = pinion_tune_pick(e, name, 0, 2);
		pinion_tune_done(e, &t);
		if (i > 100)
			CHECK_INT(t.variant, ==, 0);
	}
	pinion_engine_destroy(e);
}

/* ---- config ------------------------------------------------------------------------------------ */

static void environment(void)
{
	pinion_config config = PINION_CONFIG_INIT;
	pinion_diag diag;

	setenv("PINION_WORKERS", "3", 1);
	setenv("PINION_SCHEDULE", "owner", 1);
	setenv("PINION_SPIN_US", "7", 1);
	setenv("PINION_PLACES", "threads", 1);
	CHECK_INT(pinion_config_from_env(&config, &diag), ==, 0);
	CHECK_INT(config.workers, ==, 3);
	CHECK_INT(config.schedule, ==, PINION_SCHEDULE_OWNER);
	CHECK_INT(config.spin_ns, ==, 7000);
	CHECK_STR(config.places, "threads");
	setenv("PINION_WORKERS", "inline", 1);
	CHECK_INT(pinion_config_from_env(&config, &diag), ==, 0);
	CHECK(config.inline_only);
	pinion_config before = config;
	setenv("PINION_WORKERS", "-2", 1);
	CHECK_INT(pinion_config_from_env(&config, &diag), ==, PINION_ERR_SYNTAX);
	CHECK_CONTAINS(diag.text, "PINION_WORKERS=-2");
	CHECK(memcmp(&before, &config, sizeof config) == 0);
	setenv("PINION_WORKERS", "4", 1);
	setenv("PINION_BIND", "sideways", 1);
	CHECK_INT(pinion_config_from_env(&config, &diag), ==, PINION_ERR_SYNTAX);
	CHECK_CONTAINS(diag.text, "close, spread, none");
	unsetenv("PINION_WORKERS"), unsetenv("PINION_SCHEDULE"), unsetenv("PINION_SPIN_US");
	unsetenv("PINION_PLACES"), unsetenv("PINION_BIND");
}

static void bad_configs(void)
{
	pinion_config config = PINION_CONFIG_INIT;
	pinion_engine *e = NULL;
	pinion_diag diag;

	config.size = 3;
	CHECK_INT(pinion_engine_create(&e, NULL, &config, &diag), ==, PINION_ERR_ARG);
	config = (pinion_config)PINION_CONFIG_INIT;
	config.stack_bytes = 100;
	CHECK_INT(pinion_engine_create(&e, NULL, &config, &diag), ==, PINION_ERR_ARG);
	CHECK_CONTAINS(diag.text, "64 KiB");
	config = (pinion_config)PINION_CONFIG_INIT;
	config.topology = "paper:fold";
	CHECK_INT(pinion_engine_create(&e, NULL, &config, &diag), ==, PINION_ERR_SYNTAX);
	config = (pinion_config)PINION_CONFIG_INIT;
	config.workers = -1;
	CHECK_INT(pinion_engine_create(&e, NULL, &config, &diag), ==, PINION_ERR_RANGE);
	config.workers = 60000;
	CHECK_INT(pinion_engine_create(&e, NULL, &config, &diag), ==, PINION_ERR_PLACE);
	CHECK(e == NULL);
}

/* A machine that is not this one: planned as asked, nothing bound, and strict refuses. */
static void foreign_machine(void)
{
	pinion_config config = PINION_CONFIG_INIT;
	pinion_engine *e = NULL;
	pinion_diag diag;
	pinion_report r;
	atomic_int ran = 0;

	config.topology = "synthetic:pack:2 numa:2 core:2 pu:2";
	e = engine_with(&config);
	CHECK_INT(pinion_engine_workers(e), ==, 8);
	CHECK_INT(pinion_each_worker(e, count_up, &ran), ==, 0);
	CHECK_INT(atomic_load(&ran), ==, 8);
	CHECK_INT(pinion_report_take(e, &r), ==, 0);
	CHECK_INT(r.bound, ==, 0);
	CHECK_CONTAINS(r.worker[5].why, "machine");
	pinion_report_free(&r);
	pinion_engine_destroy(e);
	config.placement = PINION_PLACE_STRICT;
	CHECK_INT(pinion_engine_create(&e, NULL, &config, &diag), ==, 0);
	CHECK_INT(pinion_engine_start(e, &diag), ==, PINION_ERR_PLACE);
	CHECK_CONTAINS(diag.text, "worker 0");
	CHECK(!pinion_engine_running(e));
	pinion_engine_destroy(e);
}

TESTS({"start_and_stop", start_and_stop}, {"separate_main", separate_main}, {"two_engines", two_engines},
      {"stop_from_inside", stop_from_inside}, {"fork_is_safe", fork_is_safe}, {"hygiene", hygiene},
      {"report_tells_where", report_tells_where}, {"report_sees_drift", report_sees_drift},
      {"local_values", local_values}, {"choices_settle", choices_settle}, {"environment", environment},
      {"bad_configs", bad_configs}, {"foreign_machine", foreign_machine})
