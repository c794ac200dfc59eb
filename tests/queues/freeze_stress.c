/*
 * The freezer is tested itself: it really stops threads, those that need nobody
 * go on meanwhile, and a lock that promises to be wait-free is found out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#define FREEZE_PATIENCE_NS UINT64_C(300000000)
#include "tests/queues/freeze.h"

#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8u

struct counters {
	atomic_u32 lock;
	uint64_t guarded;
	atomic_u64 free;
	uint64_t end;
};

static void count_freely(void *shared, unsigned me)
{
	struct counters *c = shared;

	(void)me;
	while (!stress_over(c->end)) {
		u64_add_relaxed(&c->free, 1);
		freeze_step();
	}
}

static void count_under_lock(void *shared, unsigned me)
{
	struct counters *c = shared;
	uint32_t free;

	(void)me;
	while (!stress_over(c->end)) {
		do {
			free = 0;
			pinion__yield();
		} while (!u32_cas_acquire(&c->lock, &free, 1));
		for (int i = 0; i < 1000; i++)
			c->guarded++;
		u32_store_release(&c->lock, 0);
		freeze_step();
	}
}

static void begin(struct counters *c, uint64_t ms)
{
	u32_init(&c->lock, 0);
	u64_init(&c->free, 0);
	c->guarded = 0;
	c->end = stress_box_ms(ms);
}

static void those_who_need_nobody_go_on(void)
{
	struct counters c;

	begin(&c, 500);
	freeze_run(THREADS, count_freely, &c, FREEZE_EACH, 0);
	CHECK_INT(u64_load_relaxed(&c.free), >=, 2 * FREEZE_STEPS);
}

/* The broken promise ends the process that it is found in, so that is a child. */
static void a_lock_is_found_out(void)
{
	pid_t child = fork();
	int status;

	CHECK_INT(child, >=, 0);
	if (child == 0) {
		struct counters c;

		CHECK(freopen("/dev/null", "w", stderr) != NULL);
		begin(&c, 20000);
		freeze_run(2, count_under_lock, &c, FREEZE_SOME, 0);
		_exit(0);
	}
	CHECK_INT(waitpid(child, &status, 0), ==, child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

TESTS({"a_lock_is_found_out", a_lock_is_found_out},
      {"those_who_need_nobody_go_on", those_who_need_nobody_go_on})
