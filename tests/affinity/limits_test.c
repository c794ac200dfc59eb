/*
 * What limits this process, on a fake file tree: control groups of both
 * versions, seen from the host and from inside a container, quotas, offline
 * processors, and the masks of all threads.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/machine.h"
#include "tests/support/check.h"
#include "tests/support/os_fake.h"

#include <pinion/cpus.h>
#include <pinion/placement.h>

#include <errno.h>
#include <math.h>

static const char *const eight = "synthetic:pack:2 [numa(memory=1GB)] core:4 pu:1";

#define V1_LINE(controller) \
	"33 31 0:31 / /sys/fs/cgroup/" controller " rw - cgroup cgroup rw," controller "\n"
#define V2_LINE "41 31 0:38 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw\n"

static pinion_topology *load(struct fake_os *fake)
{
	pinion_topology *t;
	pinion_diag diag = {0};
	if (pinion__topology_load_on(&t, eight, fake_os_ops(fake), true, &diag) != PINION_OK) {
		fprintf(stderr, "%s\n", diag.text);
		exit(1);
	}
	return t;
}

/* Usable processors as a list. */
static const char *usable(const pinion_topology *t)
{
	static char text[256];
	pinion_cpus *cpus;
	CHECK_INT(pinion_cpus_parse(&cpus, t, "threads", NULL), ==, 0);
	pinion_cpus_format(cpus, PINION_DIALECT_LIST, text, sizeof text);
	pinion_cpus_destroy(cpus);
	return text;
}

static void limit_is(const pinion_topology *t, int index, const char *what, const char *source,
                     const char *value)
{
	CHECK_INT(pinion_topology_limits(t), >, index);
	pinion_limit limit = pinion_topology_limit(t, index);
	CHECK_STR(limit.what, what);
	CHECK_STR(limit.source, source);
	CHECK_STR(limit.value, value);
}

static void nothing_limits(void)
{
	struct fake_os *fake = fake_os_create();
	pinion_topology *t = load(fake);
	CHECK_INT(pinion_topology_limits(t), ==, 0);
	CHECK_STR(usable(t), "0-7");
	CHECK(pinion_topology_quota(t) == 0);
	pinion_topology_destroy(t);
	fake_os_destroy(fake);
}

static void v2_nearest_group_with_the_controller(void)
{
	struct fake_os *fake = fake_os_create();
	fake_os_file(fake, "/proc/self/cgroup", "0::/user.slice/job/leaf\n");
	fake_os_file(fake, "/proc/self/mountinfo", V2_LINE);
	fake_os_file(fake, "/sys/fs/cgroup/user.slice/job/cpuset.cpus.effective", "1-3,6\n");
	fake_os_file(fake, "/sys/fs/cgroup/user.slice/cpuset.cpus.effective",
	             "0-1\n"); /* lent a partition out */
	fake_os_file(fake, "/sys/fs/cgroup/user.slice/job/cpuset.mems.effective", "0\n");
	pinion_topology *t = load(fake);
	CHECK_STR(usable(t), "1-3,6");
	CHECK_INT(pinion_topology_limits(t), ==, 2);
	limit_is(t, 0, "cpuset", "/sys/fs/cgroup/user.slice/job/cpuset.cpus.effective", "1-3,6");
	limit_is(t, 1, "memory nodes", "/sys/fs/cgroup/user.slice/job/cpuset.mems.effective", "0");
	CHECK(pinion_topology_node(t, 0).allowed);
	CHECK(!pinion_topology_node(t, 1).allowed);
	CHECK_INT(pinion_topology_pu(t, 6).node, ==, 0); /* its own node may not be used */
	pinion_topology_destroy(t);
	fake_os_destroy(fake);
}

static void v1_all_groups_above(void)
{
	struct fake_os *fake = fake_os_create();
	fake_os_file(fake, "/proc/self/cgroup", "4:memory:/m\n3:cpuset,noise:/a/b\n1:cpu:/c/d\n0::/\n");
	fake_os_file(fake, "/proc/self/mountinfo", V1_LINE("cpu") V1_LINE("cpuset")
	             "42 31 0:39 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
	fake_os_file(fake, "/sys/fs/cgroup/cpuset/a/b/cpuset.cpus", "\n"); /* not configured */
	fake_os_file(fake, "/sys/fs/cgroup/cpuset/a/cpuset.cpus", "2-7\n");
	fake_os_file(fake, "/sys/fs/cgroup/cpuset/cpuset.cpus", "0-6\n");
	fake_os_file(fake, "/sys/fs/cgroup/cpuset/a/b/cpuset.mems", "0-1\n");
	fake_os_file(fake, "/sys/fs/cgroup/cpu/c/d/cpu.cfs_quota_us", "-1\n");
	fake_os_file(fake, "/sys/fs/cgroup/cpu/c/d/cpu.cfs_period_us", "100000\n");
	fake_os_file(fake, "/sys/fs/cgroup/cpu/c/cpu.cfs_quota_us", "250000\n");
	fake_os_file(fake, "/sys/fs/cgroup/cpu/c/cpu.cfs_period_us", "100000\n");
	pinion_topology *t = load(fake);
	CHECK_STR(usable(t), "2-6");
	CHECK_INT(pinion_topology_limits(t), ==, 2);
	limit_is(t, 0, "cpuset", "/sys/fs/cgroup/cpuset/cpuset.cpus", "2-6");
	limit_is(t, 1, "quota", "/sys/fs/cgroup/cpu/c/cpu.cfs_quota_us", "2.5 CPUs");
	CHECK(fabs(pinion_topology_quota(t) - 2.5) < 1e-9);
	pinion_topology_destroy(t);
	fake_os_destroy(fake);
}

static void tightest_quota_wins(void)
{
	struct fake_os *fake = fake_os_create();
	fake_os_file(fake, "/proc/self/cgroup", "0::/a/b/c\n");
	fake_os_file(fake, "/proc/self/mountinfo", V2_LINE);
	fake_os_file(fake, "/sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n");
	fake_os_file(fake, "/sys/fs/cgroup/a/b/cpu.max", "150000 100000\n");
	fake_os_file(fake, "/sys/fs/cgroup/a/cpu.max", "300000 100000\n");
	pinion_topology *t = load(fake);
	limit_is(t, 0, "quota", "/sys/fs/cgroup/a/b/cpu.max", "1.5 CPUs");
	pinion_placement *p;
	CHECK_INT(pinion_placement_plan(&p, t, NULL, NULL), ==, 0);
	CHECK_INT(pinion_placement_seats(p), ==, 2);
	CHECK_CONTAINS(pinion_placement_note(p), "as many as the CPU quota feeds");
	CHECK_CONTAINS(pinion_placement_note(p), "quota 1.5 CPUs");
	pinion_placement_destroy(p);
	pinion_topology_destroy(t);
	fake_os_destroy(fake);
}

/* Host path in /proc/self/cgroup, only that part mounted; blanks are escaped in mountinfo. */
static void container_sees_its_own_part(void)
{
	struct fake_os *fake = fake_os_create();
	fake_os_file(fake, "/proc/self/cgroup", "0::/docker/my job/inner\n");
	fake_os_file(fake, "/proc/self/mountinfo",
	             "9 8 0:9 / /proc rw - proc proc rw\nnot a mount line\n"
	             "41 31 0:38 /docker/my\\040job /sys/fs/c\\040g rw - cgroup2 cgroup2 rw\n");
	fake_os_file(fake, "/sys/fs/c g/inner/cpuset.cpus.effective", "4-5\n");
	fake_os_file(fake, "/sys/fs/c g/cpu.max", "50000 100000\n");
	pinion_topology *t = load(fake);
	CHECK_STR(usable(t), "4-5");
	limit_is(t, 1, "quota", "/sys/fs/c g/cpu.max", "0.5 CPUs");
	pinion_topology_destroy(t);

	fake_os_file(fake, "/proc/self/cgroup", "0::/../other\n"); /* above what is mounted */
	fake_os_file(fake, "/sys/fs/c g/cpuset.cpus.effective", "7\n");
	t = load(fake);
	CHECK_STR(usable(t), "7");
	pinion_topology_destroy(t);

	fake_os_file(fake, "/proc/self/cgroup",
	             "0::/docker/my jobless\n"); /* not below the root, only alike */
	t = load(fake);
	CHECK_STR(usable(t), "7");
	pinion_topology_destroy(t);
	fake_os_destroy(fake);
}

static void rubbish_limits_nothing(void)
{
	static const char *const rubbish[] = {"",   "\n",          "x",   "3-1", "0-", ",",
	                                      "-1", "99999999999", "max", "0 0", "0::"};
	for (size_t i = 0; i < sizeof rubbish / sizeof rubbish[0]; i++) {
		struct fake_os *fake = fake_os_create();
		fake_os_file(fake, "/proc/self/cgroup", "0::/\n");
		fake_os_file(fake, "/proc/self/mountinfo", V2_LINE);
		fake_os_file(fake, "/sys/fs/cgroup/cpu.max", rubbish[i]);
		fake_os_file(fake, "/sys/fs/cgroup/cpuset.cpus.effective", rubbish[i]);
		fake_os_file(fake, "/sys/devices/system/cpu/offline", rubbish[i]);
		pinion_topology *t = load(fake);
		CHECK_INT(pinion_topology_limits(t), ==, 0);
		CHECK_STR(usable(t), "0-7");
		pinion_topology_destroy(t);
		fake_os_file(fake, "/proc/self/cgroup", rubbish[i]);
		t = load(fake);
		CHECK_INT(pinion_topology_limits(t), ==, 0);
		pinion_topology_destroy(t);
		fake_os_destroy(fake);
	}
}

/* Real hosts have long mount tables. */
static void long_mountinfo(void)
{
	enum { LINES = 2000 };
	struct fake_os *fake = fake_os_create();
	char *text = calloc(LINES, 64), *at = text;
	CHECK(text != NULL);
	for (int i = 0; i < LINES; i++)
		at += sprintf(at, "%d 1 0:%d / /var/lib/x/%d rw - overlay overlay rw\n", i, i, i);
	strcpy(at, V2_LINE);
	fake_os_file(fake, "/proc/self/mountinfo", text);
	fake_os_file(fake, "/proc/self/cgroup", "0::/\n");
	fake_os_file(fake, "/sys/fs/cgroup/cpuset.cpus.effective", "1\n");
	pinion_topology *t = load(fake);
	CHECK_STR(usable(t), "1");
	pinion_topology_destroy(t);
	free(text);
	fake_os_destroy(fake);
}

static void offline_processors(void)
{
	struct fake_os *fake = fake_os_create();
	fake_os_file(fake, "/sys/devices/system/cpu/offline", "2,8-127\n");
	fake_os_file(fake, "/sys/devices/system/cpu/present", "0-8\n");
	pinion_topology *t = load(fake);
	pinion_cpus *cpus;
	pinion_diag diag;
	CHECK_STR(usable(t), "0-1,3-7");
	CHECK_INT(pinion_topology_limits(t), ==, 1);
	limit_is(t, 0, "offline", "/sys/devices/system/cpu/offline", "2,8");
	CHECK_INT(pinion_cpus_parse(&cpus, t, "1-2", &diag), ==, PINION_ERR_PLACE);
	CHECK_CONTAINS(diag.note, "offline: 2,8");
	CHECK_INT(pinion_cpus_parse(&cpus, t, "8", &diag), ==, PINION_ERR_RANGE);
	CHECK_CONTAINS(diag.note, "offline: 2,8");
	CHECK_INT(pinion_cpus_parse(&cpus, t, "9", &diag), ==, PINION_ERR_RANGE);
	CHECK_STR(diag.note, "");
	pinion_topology_destroy(t);
	fake_os_destroy(fake);
}

/* One pinned thread says nothing; when all are pinned, a launcher did it. */
static void affinity_of_all_threads(void)
{
	struct fake_os *fake = fake_os_create();
	fake_os_thread(fake, 0, "3");
	fake_os_thread(fake, 77, "0-7");
	pinion_topology *t = load(fake);
	CHECK_INT(pinion_topology_limits(t), ==, 0);
	CHECK_STR(usable(t), "0-7");
	pinion_topology_destroy(t);
	fake_os_thread(fake, 77, "3-5");
	t = load(fake);
	CHECK_STR(usable(t), "3-5");
	limit_is(t, 0, "affinity", "sched_getaffinity of all 2 threads of this process", "3-5");
	pinion_topology_destroy(t);
	fake_os_fail(fake, FAKE_AFFINITY_GET, ESRCH, 1, 1); /* the second thread has just ended */
	t = load(fake);
	CHECK_STR(usable(t), "3");
	pinion_topology_destroy(t);
	fake_os_fail(fake, FAKE_THREADS, ENOENT, 0, 1); /* no /proc */
	t = load(fake);
	CHECK_STR(usable(t), "0-7");
	pinion_topology_destroy(t);
	fake_os_destroy(fake);
}

/* The note of a refused processor names the one limit that forbids it. */
static void refusal_names_its_limit(void)
{
	struct fake_os *fake = fake_os_create();
	fake_os_file(fake, "/proc/self/cgroup", "0::/\n");
	fake_os_file(fake, "/proc/self/mountinfo", V2_LINE);
	fake_os_file(fake, "/sys/fs/cgroup/cpuset.cpus.effective", "0-5\n");
	fake_os_thread(fake, 0, "0-3");
	pinion_topology *t = load(fake);
	pinion_cpus *cpus;
	pinion_diag diag;
	CHECK_INT(pinion_cpus_parse(&cpus, t, "0,7", &diag), ==, PINION_ERR_PLACE);
	CHECK_INT(diag.offset, ==, 2);
	CHECK_STR(diag.text, "CPU 7 may not be used by this process; usable: 0-3");
	CHECK_STR(diag.note, "cpuset: 0-5 (/sys/fs/cgroup/cpuset.cpus.effective)");
	CHECK_INT(pinion_cpus_parse(&cpus, t, "4", &diag), ==, PINION_ERR_PLACE);
	CHECK_STR(diag.note, "affinity: 0-3 (sched_getaffinity of the 1 thread of this process)");
	pinion_topology_destroy(t);
	fake_os_destroy(fake);
}

TESTS({"nothing_limits", nothing_limits},
      {"v2_nearest_group_with_the_controller", v2_nearest_group_with_the_controller},
      {"v1_all_groups_above", v1_all_groups_above},
      {"tightest_quota_wins", tightest_quota_wins},
      {"container_sees_its_own_part", container_sees_its_own_part},
      {"rubbish_limits_nothing", rubbish_limits_nothing},
      {"long_mountinfo", long_mountinfo},
      {"offline_processors", offline_processors},
      {"affinity_of_all_threads", affinity_of_all_threads},
      {"refusal_names_its_limit", refusal_names_its_limit})
