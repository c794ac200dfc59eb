/*
 * Policies on machines of many shapes: who gets which place and why, what is
 * refused, and in which order seats look at each other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/machine.h"
#include "tests/support/check.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/os_fake.h"
#include "tests/support/support.h"

#include <pinion/placement.h>

static const char *const servers =
    "synthetic:pack:2 numa:2 l3:2 core:4 pu:2"; /* 32 cores, 64 PUs */

static pinion_placement *plan(const pinion_topology *t, const pinion_policy *policy)
{
	pinion_placement *p = NULL;
	pinion_diag diag = {0};
	if (pinion_placement_plan(&p, t, policy, &diag) != PINION_OK) {
		fprintf(stderr, "%s (%s)\n", diag.text, diag.note);
		exit(1);
	}
	return p;
}

static pinion_cpus *cpus_of(const pinion_topology *t, const char *text)
{
	pinion_cpus *cpus;
	CHECK_INT(pinion_cpus_parse(&cpus, t, text, NULL), ==, 0);
	return cpus;
}

/* The sets of all seats, separated by blanks. */
static const char *sets(const pinion_placement *p)
{
	static char text[8192];
	size_t length = 0;
	text[0] = '\0';
	for (int i = 0; i < pinion_placement_seats(p); i++)
		length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", i ? " " : "",
		                           pinion_placement_seat(p, i).cpus);
	return text;
}

static void seats_are(const pinion_topology *t, const pinion_policy *policy, const char *want)
{
	pinion_placement *p = plan(t, policy);
	CHECK_STR(sets(p), want);
	pinion_placement_destroy(p);
}

static void refused(const pinion_topology *t, const pinion_policy *policy, int error,
                    const char *says)
{
	pinion_placement *p = NULL;
	pinion_diag diag = {0};
	CHECK_INT(pinion_placement_plan(&p, t, policy, &diag), ==, error);
	CHECK(p == NULL);
	CHECK_CONTAINS(diag.text, says);
	CHECK_INT(diag.offset, ==, -1);
	CHECK_INT(pinion_placement_plan(&p, t, policy, NULL), ==, error);
}

static void default_is_one_per_core(void)
{
	pinion_topology *t = support_load("synthetic:pack:2 [numa] core:2 pu:2(indexes=2*4:1*2)");
	pinion_placement *p = plan(t, NULL);
	CHECK_STR(sets(p), "0,4 1,5 2,6 3,7");
	pinion_seat seat = pinion_placement_seat(p, 3);
	CHECK_INT(seat.os_cpu, ==, 3);
	CHECK_INT(seat.pus, ==, 2);
	CHECK_INT(seat.core, ==, 3);
	CHECK_INT(seat.node, ==, 1);
	CHECK_INT(seat.package, ==, 1);
	CHECK_INT(seat.l3, ==, -1);
	CHECK_STR(seat.reason, "close: place 3 of 4 (core 3)");
	CHECK_STR(pinion_placement_note(p), "4 workers on 4 usable places, close");
	CHECK_INT(pinion_placement_nodes(p), ==, 2);
	pinion_topology_destroy(t); /* a placement needs nothing of its topology */
	CHECK_STR(sets(p), "0,4 1,5 2,6 3,7");
	CHECK_INT(pinion__placement_machine(p)->nodes, ==, 2);
	pinion_placement_destroy(p);
	pinion_placement_destroy(NULL);
}

static void smt_and_close(void)
{
	pinion_topology *t = support_load("synthetic:pack:1 core:3 pu:2");
	pinion_policy policy = PINION_POLICY_INIT;
	policy.smt = true;
	seats_are(t, &policy, "0 1 2 3 4 5");
	policy.workers = 2;
	seats_are(t, &policy, "0 1");
	policy.smt = false;
	seats_are(t, &policy, "0-1 2-3");
	pinion_topology_destroy(t);
}

static void spread_is_even_on_every_level(void)
{
	pinion_topology *t = support_load(servers);
	pinion_policy policy = PINION_POLICY_INIT;
	policy.bind = PINION_BIND_SPREAD;
	policy.workers = 2;
	seats_are(t, &policy, "0-1 32-33");
	policy.workers = 4;
	seats_are(t, &policy, "0-1 16-17 32-33 48-49");
	policy.workers = 5; /* the fifth shares a node with the first, on another L3 */
	seats_are(t, &policy, "0-1 8-9 16-17 32-33 48-49");
	policy.workers = 1;
	seats_are(t, &policy, "0-1");
	policy.smt = true;
	policy.workers = 32; /* every core before any second PU */
	pinion_placement *p = plan(t, &policy);
	for (int i = 0; i < 32; i++) {
		CHECK_INT(pinion_placement_seat(p, i).core, ==, i);
		CHECK_INT(pinion_placement_seat(p, i).os_cpu, ==, 2 * i);
	}
	pinion_placement_destroy(p);
	policy.workers = 33;
	p = plan(t, &policy);
	CHECK_INT(pinion_placement_seat(p, 1).os_cpu, ==, 1);
	CHECK_INT(pinion_placement_seat(p, 2).os_cpu, ==, 2);
	CHECK_STR(pinion_placement_seat(p, 1).reason, "spread: place 1 of 64 (core 0, 1 of its 2 PUs)");
	pinion_placement_destroy(p);
	pinion_topology_destroy(t);
}

/* Two cores of package 0 and six of package 1: four workers still go two and two. */
static void spread_with_holes(void)
{
	pinion_topology *t;
	struct fake_os *fake = fake_os_create();
	pinion_policy policy = PINION_POLICY_INIT;
	fake_os_thread(fake, 0, "4-11");
	CHECK_INT(pinion__topology_load_on(&t, "synthetic:pack:2 [numa] core:6 pu:1", fake_os_ops(fake),
	                                   true, NULL),
	          ==, 0);
	policy.bind = PINION_BIND_SPREAD;
	policy.workers = 4;
	seats_are(t, &policy, "4 5 6 7");
	policy.workers = 6;
	seats_are(t, &policy, "4 5 6 7 8 9");
	policy.workers = 3;
	seats_are(t, &policy, "4 5 6");
	pinion_topology_destroy(t);
	fake_os_destroy(fake);
}

static void per_object(void)
{
	pinion_topology *t = support_load(servers);
	pinion_policy policy = PINION_POLICY_INIT;
	policy.bind = PINION_BIND_PER;
	policy.per = 2;
	policy.object = PINION_OBJECT_NODE;
	seats_are(t, &policy, "0-1 8-9 16-17 24-25 32-33 40-41 48-49 56-57");
	policy.workers = 3; /* fills node 0, begins node 1 */
	seats_are(t, &policy, "0-1 8-9 16-17");
	policy.workers = 0;
	policy.per = 1;
	policy.object = PINION_OBJECT_PACKAGE;
	pinion_placement *p = plan(t, &policy);
	CHECK_STR(sets(p), "0-1 32-33");
	CHECK_STR(pinion_placement_seat(p, 1).reason, "1 per package: package 1 (core 16)");
	CHECK_CONTAINS(pinion_placement_note(p), "per object");
	pinion_placement_destroy(p);
	policy.object = PINION_OBJECT_L3;
	policy.per = 4;
	policy.workers = 5;
	seats_are(t, &policy, "0-1 2-3 4-5 6-7 8-9");
	policy.workers = 0;
	policy.per = 5;
	refused(t, &policy, PINION_ERR_PLACE,
	        "5 workers per L3 group asked, but L3 group 0 has only 4 usable places");
	policy.oversubscribe = true;
	policy.workers = 6;
	seats_are(t, &policy, "0-1 0-1 2-3 4-5 6-7 8-9");
	policy.oversubscribe = false;
	policy.object = PINION_OBJECT_L2;
	policy.per = 1;
	policy.workers = 0;
	refused(t, &policy, PINION_ERR_PLACE, "no L2 group");
	policy.object = PINION_OBJECT_CORE;
	policy.workers = 33;
	refused(t, &policy, PINION_ERR_PLACE, "33 workers asked, but only 32 places are usable");
	policy.per = 0;
	refused(t, &policy, PINION_ERR_ARG, "at least 1");
	pinion_topology_destroy(t);
}

static void explicit_keeps_the_order(void)
{
	pinion_topology *t = support_load("synthetic:pack:2 [numa] core:2 pu:2");
	pinion_policy policy = PINION_POLICY_INIT;
	pinion_cpus *places = cpus_of(t, "{6},{0,1},{3}"), *exclude = cpus_of(t, "0,3");
	policy.bind = PINION_BIND_EXPLICIT;
	refused(t, &policy, PINION_ERR_ARG, "needs a list of places");
	policy.places = places;
	seats_are(t, &policy, "6 0-1 3");
	policy.workers = 2;
	seats_are(t, &policy, "6 0-1");
	policy.workers = 4;
	refused(t, &policy, PINION_ERR_PLACE,
	        "4 workers asked, but only 3 places are usable; ask for at most 3");
	policy.oversubscribe = true;
	pinion_placement *p = plan(t, &policy);
	CHECK_STR(sets(p), "6 0-1 3 6");
	CHECK_STR(pinion_placement_seat(p, 3).reason,
	          "explicit: place 0 of 3 (core 3, 1 of its 2 PUs), shared by 2 workers");
	pinion_placement_destroy(p);
	policy.exclude = exclude;
	refused(t, &policy, PINION_ERR_PLACE, "place 2 of the list has no usable processor left");
	policy.bind = PINION_BIND_CLOSE; /* elsewhere an emptied place is passed over */
	policy.workers = 0;
	p = plan(t, &policy);
	CHECK_STR(sets(p), "6 1");
	CHECK_STR(pinion_placement_seat(p, 1).reason, "close: place 1 of 3 (core 0, 1 of its 2 PUs)");
	pinion_placement_destroy(p);
	pinion_cpus_destroy(places);
	pinion_cpus_destroy(exclude);
	pinion_topology_destroy(t);
}

static void exclusion(void)
{
	pinion_topology *t = support_load("synthetic:pack:1 core:4 pu:2");
	pinion_policy policy = PINION_POLICY_INIT;
	pinion_cpus *some = cpus_of(t, "0-1,3"), *everything = cpus_of(t, "all");
	policy.exclude = some;
	seats_are(t, &policy, "2 4-5 6-7");
	policy.exclude = everything;
	refused(t, &policy, PINION_ERR_PLACE, "no processor is left");
	pinion_cpus_destroy(some);
	pinion_cpus_destroy(everything);
	pinion_topology_destroy(t);
}

static void oversubscription(void)
{
	pinion_topology *t = support_load("synthetic:pack:1 core:3 pu:1");
	pinion_policy policy = PINION_POLICY_INIT;
	policy.workers = 4;
	refused(t, &policy, PINION_ERR_PLACE,
	        "4 workers asked, but only 3 places are usable; ask for at most 3");
	policy.oversubscribe = true;
	pinion_placement *p = plan(t, &policy);
	CHECK_STR(sets(p), "0 0 1 2");
	CHECK_CONTAINS(pinion_placement_seat(p, 1).reason, "shared by 2 workers");
	CHECK_INT(pinion_placement_distance(p, 0, 1), ==, PINION_DISTANCE_CORE);
	pinion_placement_destroy(p);
	policy.bind = PINION_BIND_SPREAD;
	seats_are(t, &policy, "0 0 1 2");
	pinion_topology_destroy(t);
}

static void refused_policies(void)
{
	pinion_topology *t = support_load("synthetic:pack:1 core:2 pu:1");
	pinion_policy policy = PINION_POLICY_INIT;
	policy.size = 0;
	refused(t, &policy, PINION_ERR_ARG, "PINION_POLICY_INIT");
	policy.size = sizeof policy;
	policy.bind = (pinion_bind)17;
	refused(t, &policy, PINION_ERR_ARG, "pinion_bind");
	policy.bind = PINION_BIND_PER;
	policy.object = (pinion_object)17;
	policy.per = 1;
	refused(t, &policy, PINION_ERR_ARG, "pinion_object");
	policy.bind = PINION_BIND_CLOSE;
	policy.workers = -1;
	refused(t, &policy, PINION_ERR_RANGE, "-1 workers");
	policy.workers = 65535;
	refused(t, &policy, PINION_ERR_RANGE, "65535 workers");
	policy.workers = 10000;
	refused(t, &policy, PINION_ERR_PLACE, "10000 workers asked, but only 2 places are usable");
	policy.oversubscribe = true;
	refused(t, &policy, PINION_ERR_RANGE, "use at most 8192");
	policy.workers = 0;
	policy.bind = PINION_BIND_PER;
	policy.object = PINION_OBJECT_CORE;
	policy.per = 0x7fffffff;
	refused(t, &policy, PINION_ERR_RANGE, "more than 65534");
	pinion_topology_destroy(t);
}

static void note_names_the_limit(void)
{
	pinion_topology *t = support_load(support_machine("holes"));
	pinion_policy policy = PINION_POLICY_INIT;
	pinion_placement *p = plan(t, NULL);
	CHECK_STR(pinion_placement_note(p),
	          "4 workers on 4 usable places, close; limits: cpuset 0,2-4,7");
	pinion_placement_destroy(p);
	pinion_diag diag;
	policy.workers = 5;
	CHECK_INT(pinion_placement_plan(&p, t, &policy, &diag), ==, PINION_ERR_PLACE);
	CHECK_CONTAINS(diag.note, "limited by cpuset: 0,2-4,7");
	policy.bind = PINION_BIND_NONE;
	policy.workers = 1;
	p = plan(t, &policy);
	CHECK_STR(pinion_placement_seat(p, 0).reason,
	          "not bound: place 0 of 4 (core 0, 1 of its 2 PUs)");
	pinion_placement_destroy(p);
	pinion_topology_destroy(t);
}

/* The whole order of one seat on four nodes with distances 10 16 22 22. */
static void order_follows_the_distance(void)
{
	pinion_topology *t = support_load(support_machine("numa4"));
	pinion_placement *p = plan(t, NULL);
	for (int seat = 0; seat < 8; seat++) {
		const int *order = pinion_placement_order(p, seat);
		int near = seat / 4 * 4, partner = seat ^ 1;
		CHECK_INT(order[0], ==, partner);
		for (int i = 1; i < 3; i++) { /* the other node of this half, at 16 */
			CHECK_INT(order[i] / 4 * 4, ==, near);
			CHECK_INT(order[i] / 2, !=, seat / 2);
		}
		for (int i = 3; i < 7; i++)
			CHECK_INT(order[i] / 4 * 4, !=, near);
	}
	CHECK_INT(pinion_placement_distance(p, 0, 0), ==, PINION_DISTANCE_SELF);
	CHECK_INT(pinion_placement_distance(p, 0, 1), ==, PINION_DISTANCE_L3);
	CHECK_INT(pinion_placement_distance(p, 0, 2), ==, PINION_DISTANCE_MACHINE);
	pinion_placement_destroy(p);
	pinion_topology_destroy(t);
}

static void distance_classes(void)
{
	pinion_topology *t = support_load("synthetic:pack:2 numa:2 l3:2 l2:2 core:2 pu:2");
	pinion_policy policy = PINION_POLICY_INIT;
	policy.smt = true;
	pinion_placement *p = plan(t, &policy);
	CHECK_INT(pinion_placement_seats(p), ==, 64);
	CHECK_INT(pinion_placement_distance(p, 0, 1), ==, PINION_DISTANCE_CORE);
	CHECK_INT(pinion_placement_distance(p, 0, 2), ==, PINION_DISTANCE_L2);
	CHECK_INT(pinion_placement_distance(p, 0, 4), ==, PINION_DISTANCE_L3);
	CHECK_INT(pinion_placement_distance(p, 0, 8), ==, PINION_DISTANCE_NODE);
	CHECK_INT(pinion_placement_distance(p, 0, 16), ==, PINION_DISTANCE_PACKAGE);
	CHECK_INT(pinion_placement_distance(p, 0, 32), ==, PINION_DISTANCE_MACHINE);
	CHECK_INT(pinion_placement_distance(p, 63, 0), ==, PINION_DISTANCE_MACHINE);
	pinion_placement_destroy(p);
	pinion_topology_destroy(t);
}

/* Each row holds every other seat once, nearest class first. */
static void rows_are_whole(const pinion_placement *p)
{
	int seats = pinion_placement_seats(p);
	int *row_of = calloc((size_t)seats, sizeof *row_of); /* 1 + the last row that held the seat */
	CHECK(row_of != NULL);
	for (int seat = 0; seat < seats; seat++) {
		const int *order = pinion_placement_order(p, seat);
		int before = PINION_DISTANCE_SELF;
		for (int i = 0; i < seats - 1; i++) {
			CHECK(order[i] >= 0 && order[i] < seats && order[i] != seat);
			CHECK_INT(row_of[order[i]], !=, seat + 1);
			row_of[order[i]] = seat + 1;
			int distance = (int)pinion_placement_distance(p, seat, order[i]);
			CHECK_INT(distance, >=, before);
			before = distance;
		}
	}
	free(row_of);
}

static void thousand_seats(void)
{
	pinion_topology *t = support_load("synthetic:pack:4 numa:4 l3:2 l2:4 core:4 pu:2");
	pinion_policy policy = PINION_POLICY_INIT;
	policy.smt = true;
	pinion_placement *p = plan(t, &policy);
	CHECK_INT(pinion_placement_seats(p), ==, 1024);
	CHECK_INT(pinion_placement_seat(p, 1023).node, ==, 15);
	rows_are_whole(p);
	pinion_placement_destroy(p);
	policy.bind = PINION_BIND_SPREAD;
	policy.workers = 1000;
	p = plan(t, &policy);
	int per_node[16] = {0};
	for (int i = 0; i < 1000; i++)
		per_node[pinion_placement_seat(p, i).node]++;
	for (int i = 0; i < 16; i++)
		CHECK(per_node[i] == 62 || per_node[i] == 63);
	rows_are_whole(p);
	pinion_placement_destroy(p);
	pinion_topology_destroy(t);
}

/* The first that a seat looks at differs: nobody is the first choice of two of its own group. */
static void ties_start_apart(void)
{
	pinion_topology *t = support_load("synthetic:pack:3 [numa] l3:1 core:8 pu:1");
	pinion_placement *p = plan(t, NULL);
	int chosen[24] = {0}, far[24] = {0};
	for (int seat = 0; seat < 24; seat++) {
		const int *order = pinion_placement_order(p, seat);
		chosen[order[0]]++;
		far[order[7]]++; /* the first of another package */
	}
	for (int seat = 0; seat < 24; seat++) {
		CHECK_INT(chosen[seat], ==, 1);
		CHECK_INT(far[seat], <=, 2);
	}
	rows_are_whole(p);
	pinion_placement_destroy(p);
	pinion_topology_destroy(t);
}

static void one_seat_has_an_empty_row(void)
{
	pinion_topology *t = support_load("synthetic:pu:1");
	pinion_placement *p = plan(t, NULL);
	CHECK_INT(pinion_placement_seats(p), ==, 1);
	CHECK(pinion_placement_order(p, 0) != NULL);
	pinion_placement_destroy(p);
	pinion_topology_destroy(t);
}

static void no_memory(void)
{
	pinion_topology *t = support_load("synthetic:pack:2 [numa] l3:2 core:2 pu:2");
	pinion_cpus *exclude = cpus_of(t, "3");
	pinion_policy policy[3] = {PINION_POLICY_INIT, PINION_POLICY_INIT, PINION_POLICY_INIT};
	policy[1].bind = PINION_BIND_SPREAD;
	policy[1].workers = 3;
	policy[1].exclude = exclude;
	policy[2].bind = PINION_BIND_PER;
	policy[2].per = 2;
	policy[2].object = PINION_OBJECT_NODE;
	for (int i = 0; i < 3; i++)
		for (int n = 0;; n++) {
			pinion_placement *p = NULL;
			pinion_diag diag = {0};
			fail_alloc_after(n);
			int rc = pinion_placement_plan(&p, t, &policy[i], &diag);
			if (!fail_alloc_done()) {
				CHECK_INT(rc, ==, 0);
				CHECK_INT(n, >, 40);
				pinion_placement_destroy(p);
				break;
			}
			CHECK_INT(rc, ==, PINION_ERR_NOMEM);
			CHECK(p == NULL);
			CHECK_CONTAINS(diag.text, "memory");
		}
	pinion_cpus_destroy(exclude);
	pinion_topology_destroy(t);
}

TESTS({"default_is_one_per_core", default_is_one_per_core},
      {"smt_and_close", smt_and_close},
      {"spread_is_even_on_every_level", spread_is_even_on_every_level},
      {"spread_with_holes", spread_with_holes},
      {"per_object", per_object},
      {"explicit_keeps_the_order", explicit_keeps_the_order},
      {"exclusion", exclusion},
      {"oversubscription", oversubscription},
      {"refused_policies", refused_policies},
      {"note_names_the_limit", note_names_the_limit},
      {"order_follows_the_distance", order_follows_the_distance},
      {"distance_classes", distance_classes},
      {"thousand_seats", thousand_seats},
      {"ties_start_apart", ties_start_apart},
      {"one_seat_has_an_empty_row", one_seat_has_an_empty_row},
      {"no_memory", no_memory})
