/*
 * What keeps this process from using the whole machine.
 *
 * The control-group cpuset is the hard border: the kernel never runs a thread
 * outside of it. The affinity mask is soft, and one thread's mask proves
 * nothing: an OpenMP runtime pins the main thread, and everything it starts
 * inherits that. So the masks of all threads are united. What a launcher took
 * away from the whole process (taskset, an MPI starter) is still respected.
 *
 * Version 2 states the effective set of the nearest group that has the
 * controller; the sets of groups above may exclude it, where a partition was
 * handed out, so they are not asked. In version 1 a group never has more than
 * its parent, and all are intersected. A quota binds at every level: the
 * tightest wins.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/cgroup.h"
#include "affinity/port.h"
#include "affinity/text.h"
#include "affinity/topology.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_BYTES = 1 << 15 };

static int limit_add(pinion_topology *t, const char *what, const char *source, char *value,
                     hwloc_const_bitmap_t cpus)
{
	struct pinion__limit *limit = &t->limit[t->limits];
	PINION_REQUIRE(t->limits < PINION__LIMITS_MAX);
	limit->what = what;
	limit->source = pinion__strdup(source);
	limit->value = value;
	limit->cpus = cpus ? hwloc_bitmap_dup(cpus) : NULL;
	t->limits++;
	return limit->source && limit->value && (!cpus || limit->cpus) ? PINION_OK : PINION_ERR_NOMEM;
}

/* Narrow `set` to `to`; record it when that takes something away. */
static int narrow(pinion_topology *t, hwloc_bitmap_t set, hwloc_const_bitmap_t to, const char *what,
                  const char *source)
{
	if (hwloc_bitmap_isincluded(set, to))
		return PINION_OK;
	if (hwloc_bitmap_and(set, set, to) < 0)
		return PINION_ERR_NOMEM;
	return limit_add(t, what, source, pinion__list_text(to), set == t->allowed ? to : NULL);
}

/* Narrow to what hwloc itself, or the writer of an XML file, found to be allowed. */
static int limit_hwloc(pinion_topology *t, const char *source, hwloc_const_bitmap_t cpus,
                       hwloc_const_bitmap_t nodes)
{
	int rc = narrow(t, t->allowed, cpus, "cpuset", source);
	return rc ? rc : narrow(t, t->nodes_allowed, nodes, "memory nodes", source);
}

static int list_file(const struct pinion__os *os, const char *path, hwloc_bitmap_t set)
{
	char text[1024];
	int length = os->read_file(os, path, text, sizeof text);
	if (length < 0)
		return length;
	return pinion__list_read(text, set) == PINION_OK ? 0 : -EINVAL;
}

/* "offline" also lists processors that could be plugged in some day; "present" leaves them out. */
static int offline_live(pinion_topology *t)
{
	const struct pinion__os *os = t->machine->os;
	hwloc_bitmap_t present = hwloc_bitmap_alloc();
	if (!present)
		return PINION_ERR_NOMEM;
	if (list_file(os, "/sys/devices/system/cpu/offline", t->offline) < 0)
		hwloc_bitmap_zero(t->offline);
	if (list_file(os, "/sys/devices/system/cpu/present", present) == 0)
		hwloc_bitmap_and(t->offline, t->offline, present);
	hwloc_bitmap_free(present);
	return PINION_OK;
}

static int limit_offline(pinion_topology *t, const char *source)
{
	int rc = t->machine->live ? offline_live(t) : PINION_OK;
	if (rc || hwloc_bitmap_iszero(t->offline))
		return rc;
	hwloc_bitmap_t online = hwloc_bitmap_dup(t->offline);
	if (!online || hwloc_bitmap_not(online, online) < 0)
		rc = PINION_ERR_NOMEM;
	else
		rc = limit_add(t, "offline", t->machine->live ? "/sys/devices/system/cpu/offline" : source,
		               pinion__list_text(t->offline), online);
	hwloc_bitmap_free(online);
	hwloc_bitmap_andnot(t->allowed, t->allowed, t->offline);
	return rc;
}

/* The set that a cpuset file grants, and the name of that file; -ENOENT when no group has one. */
static int cpuset_read(const struct pinion__os *os, const char *const file[2], hwloc_bitmap_t set,
                       char *source)
{
	struct pinion__cgroup at;
	char path[PINION__PATH_MAX];
	int rc = pinion__cgroup_find(os, "cpuset", &at);
	if (rc < 0)
		return rc;
	char *text = pinion__alloc(LIST_BYTES);
	hwloc_bitmap_t one = hwloc_bitmap_alloc();
	bool found = false;
	rc = text && one ? 0 : -ENOMEM;
	while (rc == 0) {
		int length = pinion__cgroup_read(os, &at, file[at.v2], text, LIST_BYTES, path);
		if (length > 0 && pinion__list_read(text, one) == PINION_OK) {
			if (!found || !hwloc_bitmap_isincluded(set, one))
				memcpy(source, path, strlen(path) + 1);
			rc = (found ? hwloc_bitmap_and(set, set, one) : hwloc_bitmap_copy(set, one)) < 0
			         ? -ENOMEM
			         : 0;
			found = true;
		}
		if ((found && at.v2) || !pinion__cgroup_up(&at))
			break;
	}
	hwloc_bitmap_free(one);
	pinion__free(text);
	return rc < 0 ? rc : found ? 0 : -ENOENT;
}

static int limit_cpuset(pinion_topology *t, const char *what, const char *const file[2],
                        hwloc_bitmap_t narrowed)
{
	char source[PINION__PATH_MAX];
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	if (!set)
		return PINION_ERR_NOMEM;
	int rc = cpuset_read(t->machine->os, file, set, source);
	if (rc == 0)
		rc = narrow(t, narrowed, set, what, source);
	else
		rc = rc == -ENOMEM ? PINION_ERR_NOMEM : PINION_OK;
	hwloc_bitmap_free(set);
	return rc;
}

/* Union of the masks of all threads. A thread that ends meanwhile is left out. */
static int affinity_union(const struct pinion__os *os, hwloc_bitmap_t set, int *threads)
{
	int count = os->threads(os, NULL, 0);
	if (count < 0)
		return count;
	int room = count + 16; /* a few may start meanwhile */
	int *tid = pinion__alloc((size_t)room * sizeof *tid);
	hwloc_bitmap_t one = hwloc_bitmap_alloc();
	int rc = tid && one ? 0 : -ENOMEM;
	if (rc == 0)
		count = os->threads(os, tid, room);
	*threads = count < room ? count : room;
	for (int i = 0; rc == 0 && i < *threads; i++)
		if (os->affinity_get(os, tid[i], one) == 0)
			rc = hwloc_bitmap_or(set, set, one) < 0 ? -ENOMEM : 0;
	hwloc_bitmap_free(one);
	pinion__free(tid);
	return rc < 0 ? rc : hwloc_bitmap_iszero(set) ? -ESRCH : 0;
}

static int limit_affinity(pinion_topology *t)
{
	char source[96];
	int threads = 0;
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	if (!set)
		return PINION_ERR_NOMEM;
	int rc = affinity_union(t->machine->os, set, &threads);
	if (rc == 0) {
		snprintf(source, sizeof source, "sched_getaffinity of %s%d thread%s of this process",
		         threads == 1 ? "the " : "all ", threads, threads == 1 ? "" : "s");
		rc = narrow(t, t->allowed, set, "affinity", source);
	} else {
		rc = rc == -ENOMEM ? PINION_ERR_NOMEM : PINION_OK;
	}
	hwloc_bitmap_free(set);
	return rc;
}

/* CPUs that one group grants, 0 when it grants all. */
static double quota_of(const struct pinion__os *os, const struct pinion__cgroup *at, char *path)
{
	char text[128], period[128], ignored[PINION__PATH_MAX];
	char *end;
	if (pinion__cgroup_read(os, at, at->v2 ? "cpu.max" : "cpu.cfs_quota_us", text, sizeof text,
	                        path) <= 0)
		return 0;
	if (!at->v2 &&
	    pinion__cgroup_read(os, at, "cpu.cfs_period_us", period, sizeof period, ignored) <= 0)
		return 0;
	double quota = strtod(text, &end);
	if (end == text || quota <= 0)
		return 0; /* "max", or -1 in version 1 */
	double per = strtod(at->v2 ? end : period, NULL);
	return per > 0 ? quota / per : 0;
}

static int limit_quota(pinion_topology *t)
{
	struct pinion__cgroup at;
	char path[PINION__PATH_MAX], source[PINION__PATH_MAX];
	int rc = pinion__cgroup_find(t->machine->os, "cpu", &at);
	if (rc < 0)
		return rc == -ENOMEM ? PINION_ERR_NOMEM : PINION_OK;
	do {
		double quota = quota_of(t->machine->os, &at, path);
		if (quota > 0 && (t->quota == 0 || quota < t->quota)) {
			t->quota = t->machine->quota = quota;
			memcpy(source, path, strlen(path) + 1);
		}
	} while (pinion__cgroup_up(&at));
	if (t->quota == 0)
		return PINION_OK;
	return limit_add(t, "quota", source, pinion__textf("%g CPUs", t->quota), NULL);
}

static int limits_live(pinion_topology *t)
{
	static const char *const cpus[2] = {"cpuset.cpus", "cpuset.cpus.effective"};
	static const char *const mems[2] = {"cpuset.mems", "cpuset.mems.effective"};
	int rc = limit_cpuset(t, "cpuset", cpus, t->allowed);
	if (rc == PINION_OK)
		rc = limit_cpuset(t, "memory nodes", mems, t->nodes_allowed);
	if (rc == PINION_OK)
		rc = limit_affinity(t);
	return rc ? rc : limit_quota(t);
}

int pinion__limits_find(pinion_topology *t, const char *source, hwloc_const_bitmap_t cpus,
                        hwloc_const_bitmap_t nodes)
{
	int rc = limit_offline(t, source);
	if (rc == PINION_OK && t->machine->live)
		rc = limits_live(t);
	return rc ? rc : limit_hwloc(t, source, cpus, nodes);
}

const struct pinion__limit *pinion__limit_of(const pinion_topology *t, int os_cpu, bool absent)
{
	if (absent && !hwloc_bitmap_isset(t->offline, (unsigned)os_cpu))
		return NULL;
	for (int i = 0; i < t->limits; i++)
		if (t->limit[i].cpus && !hwloc_bitmap_isset(t->limit[i].cpus, (unsigned)os_cpu))
			return &t->limit[i];
	return NULL;
}
