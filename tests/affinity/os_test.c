/*
 * The Linux side of os.h on the machine at hand.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/os.h"
#include "tests/support/check.h"

#include <errno.h>

static const struct pinion__os *os = &pinion__os_linux;

static void affinity_round_trip(void)
{
	hwloc_bitmap_t before = hwloc_bitmap_alloc(), one = hwloc_bitmap_alloc(),
	               now = hwloc_bitmap_alloc();
	CHECK_INT(os->affinity_get(os, 0, before), ==, 0);
	int cpu = hwloc_bitmap_last(before);
	CHECK_INT(cpu, >=, 0);
	hwloc_bitmap_only(one, (unsigned)cpu);
	CHECK_INT(os->affinity_set(os, 0, one), ==, 0);
	CHECK_INT(os->affinity_get(os, 0, now), ==, 0);
	CHECK(hwloc_bitmap_isequal(one, now));
	CHECK_INT(os->cpu_now(os), ==, cpu);
	CHECK_INT(os->affinity_set(os, 0, before), ==, 0);
	hwloc_bitmap_free(before);
	hwloc_bitmap_free(one);
	hwloc_bitmap_free(now);
}

/* A processor that no machine has: refused as such, far beyond 1024. */
static void affinity_refusals(void)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	hwloc_bitmap_only(set, 100000);
	CHECK_INT(os->affinity_set(os, 0, set), ==, -EINVAL);
	hwloc_bitmap_zero(set);
	CHECK_INT(os->affinity_set(os, 0, set), ==, -EINVAL);
	hwloc_bitmap_fill(set);
	CHECK_INT(os->affinity_set(os, 0, set), ==, -EINVAL);
	CHECK_INT(os->affinity_get(os, 0x7ffffffe, set), ==, -ESRCH);
	hwloc_bitmap_free(set);
}

static void threads_lists_this_one(void)
{
	int tid[4] = {0};
	CHECK_INT(os->threads(os, NULL, 0), >=, 1);
	CHECK_INT(os->threads(os, tid, 4), >=, 1);
	CHECK_INT(tid[0], >, 0);
}

static void map_aligns_and_zeroes(void)
{
	size_t two_mib = (size_t)1 << 21;
	for (int i = 0; i < 4; i++) {
		unsigned char *base = os->map(os, 3 * two_mib + 1, two_mib);
		CHECK(base != NULL);
		CHECK_INT((uintptr_t)base % two_mib, ==, 0);
		CHECK_INT(base[0], ==, 0);
		CHECK_INT(base[3 * two_mib], ==, 0);
		os->unmap(os, base, 3 * two_mib + 1);
	}
	CHECK(os->map(os, SIZE_MAX - 4096, 4096) == NULL);
	CHECK(os->map(os, SIZE_MAX - 4096, two_mib) == NULL);
	CHECK(os->map(os, (size_t)1 << 60, 4096) == NULL);
	CHECK(os->map(os, 0, 4096) == NULL);
}

static void populate_shows_in_page_nodes(void)
{
	enum { PAGES = 20000 }; /* more than one batch */
	size_t page = os->page_bytes(os);
	char *base = os->map(os, PAGES * page, page);
	void **address = calloc(PAGES, sizeof *address);
	int *node = calloc(PAGES, sizeof *node);
	CHECK(base && address && node);
	for (int i = 0; i < PAGES; i++)
		address[i] = base + (size_t)i * page;
	int rc = os->page_nodes(os, address, 1, node);
	if (rc < 0)
		SKIP("move_pages is refused here");
	CHECK_INT(node[0], <, 0); /* not present: an error for this page, not for the call */
	os->advise(os, base, PAGES * page, PINION__OS_NO_HUGE);
	rc = os->advise(os, base + 17000 * page, 1000 * page, PINION__OS_POPULATE);
	if (rc == -EINVAL)
		SKIP("MADV_POPULATE_WRITE needs Linux 5.14");
	CHECK_INT(rc, ==, 0);
	CHECK_INT(os->page_nodes(os, address, PAGES, node), ==, 0);
	for (int i = 0; i < PAGES; i++)
		CHECK_INT(node[i] >= 0, ==, i >= 17000 && i < 18000);
	free(address);
	free(node);
	os->unmap(os, base, PAGES * page);
}

static void policy_on_node_0(void)
{
	size_t page = os->page_bytes(os);
	void *base = os->map(os, 4 * page, page);
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	hwloc_bitmap_only(set, 0);
	int rc = os->policy_set(os, base, 4 * page, PINION__OS_BIND, set);
	if (rc == -EPERM || rc == -ENOSYS)
		SKIP("mbind is refused here");
	CHECK_INT(rc, ==, 0);
	CHECK_INT(os->policy_set(os, base, 4 * page, PINION__OS_PREFERRED, set), ==, 0);
	CHECK_INT(os->policy_set(os, base, 4 * page, PINION__OS_INTERLEAVE, set), ==, 0);
	CHECK_INT(os->policy_set(os, base, 4 * page, PINION__OS_DEFAULT, NULL), ==, 0);
	hwloc_bitmap_only(set, 63);
	CHECK_INT(os->policy_set(os, base, 4 * page, PINION__OS_BIND, set), <, 0);
	hwloc_bitmap_only(set, 64);
	CHECK_INT(os->policy_set(os, base, 4 * page, PINION__OS_BIND, set), <, 0);
	hwloc_bitmap_only(set, 0);
	CHECK_INT(os->policy_set(os, NULL, 0, PINION__OS_INTERLEAVE, set), ==, 0);
	CHECK_INT(os->policy_set(os, NULL, 0, PINION__OS_DEFAULT, NULL), ==, 0);
	CHECK_INT(os->policy_set(os, (char *)base + 1, page, PINION__OS_BIND, set), ==, -EINVAL);
	hwloc_bitmap_free(set);
	os->unmap(os, base, 4 * page);
}

static void read_file_cuts_and_refuses(void)
{
	char text[64];
	int length = os->read_file(os, "/proc/self/cgroup", text, sizeof text);
	CHECK_INT(length, ==, (int)strlen(text));
	CHECK_INT(os->read_file(os, "/proc/self/mountinfo", text, 8), ==, 7);
	CHECK_INT(strlen(text), ==, 7);
	CHECK_INT(os->read_file(os, "/no/such/file", text, sizeof text), ==, -ENOENT);
	CHECK_INT(os->read_file(os, "/proc", text, sizeof text), ==, -EISDIR);
	CHECK_INT(os->read_file(os, "/dev/null", text, sizeof text), ==, 0);
	CHECK_STR(text, "");
}

TESTS({"affinity_round_trip", affinity_round_trip},
      {"affinity_refusals", affinity_refusals},
      {"threads_lists_this_one", threads_lists_this_one},
      {"map_aligns_and_zeroes", map_aligns_and_zeroes},
      {"read_file_cuts_and_refuses", read_file_cuts_and_refuses},
      {"policy_on_node_0", policy_on_node_0},
      {"populate_shows_in_page_nodes", populate_shows_in_page_nodes})
