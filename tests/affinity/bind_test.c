/*
 * Binding and read-back, on the fake machine and on this one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/bind.h"
#include "affinity/machine.h"
#include "tests/support/check.h"
#include "tests/support/os_fake.h"
#include "tests/support/support.h"

#include <errno.h>

struct world {
	struct fake_os *fake;
	pinion_topology *topology;
	pinion_placement *placement;
};

static struct world world_new(const char *source, const pinion_policy *policy)
{
	struct world w = {0};
	w.fake = fake_os_boot(source, &w.topology);
	CHECK_INT(pinion_placement_plan(&w.placement, w.topology, policy, NULL), ==, 0);
	return w;
}

static void world_free(struct world *w)
{
	pinion_placement_destroy(w->placement);
	pinion_topology_destroy(w->topology);
	fake_os_destroy(w->fake);
}

static void bound_and_restored(void)
{
	struct world w = world_new("synthetic:pack:2 [numa] core:2 pu:2", NULL);
	struct pinion__binding got;
	struct pinion__mask *saved;
	fake_os_allow(w.fake, "0-7");
	fake_os_thread(w.fake, 0, "0-7");
	pinion__bind_self(w.placement, 3, &saved, &got);
	CHECK(got.bound);
	CHECK_STR(got.asked, "6-7");
	CHECK_STR(got.obtained, "6-7");
	CHECK_STR(got.reason, "");
	CHECK_INT(got.os_cpu, ==, 6);
	CHECK(saved != NULL);
	pinion__bind_check(w.placement, 3, &got);
	CHECK(got.bound);
	pinion__mask_restore(w.placement, 0, saved);
	pinion__bind_check(w.placement, 3, &got);
	CHECK(!got.bound);
	CHECK_STR(got.obtained, "0-7");
	CHECK_CONTAINS(got.reason, "changed after binding");
	world_free(&w);
}

static void shrunk_cpuset_is_told(void)
{
	struct world w = world_new("synthetic:pack:1 core:2 pu:2", NULL);
	struct pinion__binding got;
	fake_os_allow(w.fake, "0-2");
	pinion__bind_self(w.placement, 1, NULL, &got);
	CHECK(!got.bound);
	CHECK_STR(got.asked, "2-3");
	CHECK_STR(got.obtained, "2");
	CHECK_CONTAINS(got.reason, "only part");
	fake_os_allow(w.fake, "0-1");
	pinion__bind_self(w.placement, 1, NULL, &got);
	CHECK(!got.bound);
	CHECK_CONTAINS(got.reason, "cpuset changed");
	world_free(&w);
}

static void refusals_are_told(void)
{
	struct world w = world_new("synthetic:pack:1 core:2 pu:1", NULL);
	struct pinion__binding got;
	struct pinion__mask *saved;
	fake_os_fail(w.fake, FAKE_AFFINITY_SET, EPERM, 0, 1);
	pinion__bind_self(w.placement, 0, &saved, &got);
	CHECK(!got.bound);
	CHECK_CONTAINS(got.reason, "EPERM");
	pinion__mask_restore(w.placement, 0, saved);
	fake_os_fail(w.fake, FAKE_AFFINITY_SET, ENOSYS, 0, 1);
	pinion__bind_self(w.placement, 0, NULL, &got);
	CHECK(!got.bound);
	CHECK_CONTAINS(got.reason, strerror(ENOSYS));
	fake_os_fail(w.fake, FAKE_AFFINITY_GET, EPERM, 0, 1);
	pinion__bind_self(w.placement, 0, NULL, &got);
	CHECK(!got.bound);
	CHECK_STR(got.obtained, "unknown");
	CHECK_CONTAINS(got.reason, "read");
	fake_os_fail(w.fake, FAKE_AFFINITY_GET, EPERM, 0, 1);
	pinion__bind_self(w.placement, 0, &saved, &got);
	CHECK(got.bound);
	CHECK(saved == NULL);
	world_free(&w);
}

static void another_machine_is_told(void)
{
	pinion_topology *t = support_load("synthetic:pack:2 core:2 pu:1");
	pinion_placement *p;
	struct pinion__binding got;
	struct pinion__mask *saved;
	CHECK(!pinion_topology_is_live(t));
	CHECK_INT(pinion_placement_plan(&p, t, NULL, NULL), ==, 0);
	pinion__bind_self(p, 0, &saved, &got);
	CHECK(!got.bound);
	CHECK(saved == NULL);
	CHECK_STR(got.reason, "the topology describes another machine");
	pinion__bind_check(p, 0, &got);
	CHECK(!got.bound);
	pinion__mask_restore(p, 0, NULL);
	pinion_placement_destroy(p);
	pinion_topology_destroy(t);
}

static void policy_none_does_not_bind(void)
{
	pinion_policy policy = PINION_POLICY_INIT;
	policy.bind = PINION_BIND_NONE;
	struct world w = world_new("synthetic:pack:1 core:2 pu:1", &policy);
	struct pinion__binding got;
	struct pinion__mask *saved;
	fake_os_thread(w.fake, 0, "0-1");
	pinion__bind_self(w.placement, 1, &saved, &got);
	CHECK(!got.bound);
	CHECK(saved == NULL);
	CHECK_CONTAINS(got.reason, "not bound");
	CHECK_STR(got.obtained, "0-1");
	CHECK_INT(fake_os_calls(w.fake, FAKE_AFFINITY_SET), ==, 0);
	world_free(&w);
}

/* A set of every second PU of a big machine does not fit its text; it is compared whole. */
static void long_sets_are_cut(void)
{
	struct world w = world_new("synthetic:pack:2 [numa] core:1 pu:1024(indexes=pack)", NULL);
	struct pinion__binding got;
	CHECK_INT(pinion_placement_seats(w.placement), ==, 2);
	CHECK_INT(pinion_placement_seat(w.placement, 1).pus, ==, 1024);
	pinion__bind_self(w.placement, 1, NULL, &got);
	CHECK(got.bound);
	CHECK_INT(strlen(got.asked), ==, sizeof got.asked - 1);
	CHECK_STR(got.asked + sizeof got.asked - 3, "..");
	world_free(&w);
}

static void live_seats_are_granted(void)
{
	pinion_topology *t = support_load("live");
	pinion_placement *p;
	struct pinion__binding got;
	struct pinion__mask *saved;
	CHECK(pinion_topology_is_live(t));
	CHECK_INT(pinion_placement_plan(&p, t, NULL, NULL), ==, 0);
	for (int i = 0; i < pinion_placement_seats(p); i++) {
		pinion__bind_self(p, i, &saved, &got);
		CHECK_STR(got.reason, "");
		CHECK(got.bound);
		CHECK_STR(got.asked, pinion_placement_seat(p, i).cpus);
		pinion__mask_restore(p, 0, saved);
	}
	pinion_placement_destroy(p);
	pinion_topology_destroy(t);
}

TESTS({"bound_and_restored", bound_and_restored},
      {"shrunk_cpuset_is_told", shrunk_cpuset_is_told},
      {"refusals_are_told", refusals_are_told},
      {"another_machine_is_told", another_machine_is_told},
      {"policy_none_does_not_bind", policy_none_does_not_bind},
      {"long_sets_are_cut", long_sets_are_cut},
      {"live_seats_are_granted", live_seats_are_granted})
