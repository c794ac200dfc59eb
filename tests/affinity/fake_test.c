/*
 * The fake machine keeps the manners of the kernel: what the other tests build
 * upon.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/check.h"
#include "tests/support/os_fake.h"

#include <errno.h>
#include <pthread.h>

enum { PAGES = 8 };

struct world {
	struct fake_os *fake;
	const struct pinion__os *os;
	pinion_topology *topology;
	hwloc_bitmap_t set;
	char *base;
	size_t page;
};

/* Three nodes of two CPUs each; the caller runs on CPU 2, that is node 1. */
static struct world world_new(void)
{
	struct world w = {0};
	w.fake = fake_os_boot("synthetic:pack:3 [numa] core:2 pu:1", &w.topology);
	w.os = fake_os_ops(w.fake);
	w.page = w.os->page_bytes(w.os);
	w.base = w.os->map(w.os, PAGES * w.page, w.page);
	w.set = hwloc_bitmap_alloc();
	CHECK(w.base && w.set);
	fake_os_thread(w.fake, 0, "2");
	return w;
}

static void world_free(struct world *w)
{
	w->os->unmap(w->os, w->base, PAGES * w->page);
	CHECK_INT(fake_os_mapped(w->fake), ==, 0);
	hwloc_bitmap_free(w->set);
	pinion_topology_destroy(w->topology);
	fake_os_destroy(w->fake);
}

static int policy(struct world *w, enum pinion__os_policy policy, const char *nodes)
{
	hwloc_bitmap_zero(w->set);
	hwloc_bitmap_list_sscanf(w->set, nodes);
	return w->os->policy_set(w->os, w->base, PAGES * w->page, policy, w->set);
}

static int populate(struct world *w)
{
	return w->os->advise(w->os, w->base, PAGES * w->page, PINION__OS_POPULATE);
}

/* The nodes of all pages as digits, "." for absent. */
static const char *where(struct world *w)
{
	static char text[PAGES + 1];
	void *page[PAGES];
	int node[PAGES];
	for (int i = 0; i < PAGES; i++)
		page[i] = w->base + (size_t)i * w->page;
	CHECK_INT(w->os->page_nodes(w->os, page, PAGES, node), ==, 0);
	for (int i = 0; i < PAGES; i++)
		text[i] = node[i] == -ENOENT ? '.' : (char)('0' + node[i]);
	return text;
}

static void first_touch_follows_the_cpu(void)
{
	struct world w = world_new();
	CHECK_STR(where(&w), "........");
	CHECK_INT(fake_os_touch(w.fake, w.base + w.page + 1, w.page), ==, 0); /* two pages are hit */
	CHECK_STR(where(&w), ".11.....");
	fake_os_thread(w.fake, 0, "5");
	CHECK_INT(populate(&w), ==, 0);
	CHECK_STR(where(&w), "21122222"); /* what is present stays */
	fake_os_move(w.fake, w.base, 0);
	CHECK_INT(fake_os_node_of(w.fake, w.base), ==, 0);
	world_free(&w);
}

static void bound_pages_run_out(void)
{
	struct world w = world_new();
	fake_os_pages(w.fake, 0, 3);
	CHECK_INT(policy(&w, PINION__OS_BIND, "0"), ==, 0);
	CHECK_INT(populate(&w), ==, -ENOMEM);
	CHECK_STR(where(&w), "000.....");
	CHECK_INT(fake_os_pages_free(w.fake, 0), ==, 0);
	CHECK_INT(fake_os_policy_of(w.fake, w.base), ==, PINION__OS_BIND);
	world_free(&w);
}

static void preferred_falls_back(void)
{
	struct world w = world_new();
	fake_os_pages(w.fake, 2, 3);
	CHECK_INT(policy(&w, PINION__OS_PREFERRED, "2"), ==, 0);
	CHECK_INT(populate(&w), ==, 0);
	CHECK_STR(where(&w), "22200000");
	world_free(&w);
}

static void interleave_goes_round(void)
{
	struct world w = world_new();
	CHECK_INT(policy(&w, PINION__OS_INTERLEAVE, "0,2"), ==, 0);
	CHECK_INT(populate(&w), ==, 0);
	CHECK_STR(where(&w), "02020202");
	world_free(&w);
}

static void bad_calls_are_refused(void)
{
	struct world w = world_new();
	CHECK_INT(policy(&w, PINION__OS_BIND, "3"), ==, -EINVAL);
	CHECK_INT(policy(&w, PINION__OS_BIND, ""), ==, -EINVAL);
	hwloc_bitmap_only(w.set, 0);
	CHECK_INT(w.os->policy_set(w.os, w.base + 1, w.page, PINION__OS_BIND, w.set), ==, -EINVAL);
	CHECK_INT(w.os->policy_set(w.os, w.base, (PAGES + 1) * w.page, PINION__OS_BIND, w.set), ==,
	          -EFAULT);
	CHECK_INT(w.os->advise(w.os, w.base, (PAGES + 1) * w.page, PINION__OS_POPULATE), ==, -ENOMEM);
	CHECK_STR(where(&w), "........");
	world_free(&w);
}

static void failures_come_when_asked(void)
{
	struct world w = world_new();
	fake_os_fail(w.fake, FAKE_POPULATE, EFAULT, 1, 2);
	CHECK_INT(populate(&w), ==, 0);
	CHECK_INT(populate(&w), ==, -EFAULT);
	CHECK_INT(populate(&w), ==, -EFAULT);
	CHECK_INT(populate(&w), ==, 0);
	CHECK_INT(fake_os_calls(w.fake, FAKE_POPULATE), ==, 4);
	fake_os_fail(w.fake, FAKE_MAP, ENOMEM, 0, 1);
	CHECK(w.os->map(w.os, w.page, w.page) == NULL);
	world_free(&w);
}

static void freed_pages_come_back(void)
{
	struct world w = world_new();
	size_t before = fake_os_pages_free(w.fake, 1);
	void *more = w.os->map(w.os, 3 * w.page, 1 << 21);
	CHECK_INT((uintptr_t)more % (1 << 21), ==, 0);
	CHECK_INT(fake_os_touch(w.fake, more, 3 * w.page), ==, 0);
	CHECK_INT(fake_os_pages_free(w.fake, 1), ==, before - 3);
	w.os->unmap(w.os, more, 3 * w.page);
	CHECK_INT(fake_os_pages_free(w.fake, 1), ==, before);
	world_free(&w);
}

static void *bind_and_touch(void *arg)
{
	struct world *w = arg;
	hwloc_bitmap_t own = hwloc_bitmap_alloc();
	hwloc_bitmap_only(own, 4);
	CHECK_INT(w->os->affinity_set(w->os, 0, own), ==, 0);
	CHECK_INT(fake_os_touch(w->fake, w->base, w->page), ==, 0);
	hwloc_bitmap_free(own);
	return NULL;
}

/* Each thread has its own mask, and so its own node. */
static void threads_are_apart(void)
{
	struct world w = world_new();
	pthread_t thread;
	CHECK_INT(pthread_create(&thread, NULL, bind_and_touch, &w), ==, 0);
	CHECK_INT(pthread_join(thread, NULL), ==, 0);
	CHECK_INT(fake_os_touch(w.fake, w.base + w.page, w.page), ==, 0);
	CHECK_STR(where(&w), "21......");
	CHECK_INT(w.os->cpu_now(w.os), ==, 2);
	world_free(&w);
}

TESTS({"first_touch_follows_the_cpu", first_touch_follows_the_cpu},
      {"bound_pages_run_out", bound_pages_run_out},
      {"preferred_falls_back", preferred_falls_back},
      {"interleave_goes_round", interleave_goes_round},
      {"bad_calls_are_refused", bad_calls_are_refused},
      {"failures_come_when_asked", failures_come_when_asked},
      {"freed_pages_come_back", freed_pages_come_back},
      {"threads_are_apart", threads_are_apart})
