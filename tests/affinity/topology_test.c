/*
 * Topologies of odd machines, compared whole with expected texts; loading
 * errors; the live machine. Limits have a test of their own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/topology.h"
#include "tests/support/check.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/os_fake.h"
#include "tests/support/support.h"

#include <pinion/placement.h>

#include <unistd.h>

static void print_pus(FILE *out, const pinion_topology *t)
{
	pinion_topology_counts c = pinion_topology_count(t);
	fprintf(out, "pus %d/%d cores %d/%d l2s %d l3s %d nodes %d packages %d llc %" PRIu64 " KiB\n",
	        c.pus_allowed, c.pus, c.cores_allowed, c.cores, c.l2s, c.l3s, c.nodes, c.packages,
	        pinion_topology_llc_bytes(t) >> 10);
	for (int i = 0; i < c.pus; i++) {
		pinion_pu pu = pinion_topology_pu(t, i);
		fprintf(out, "cpu %d%s core %d smt %d l2 %d l3 %d node %d package %d\n", pu.os_cpu,
		        pu.allowed ? "" : " (forbidden)", pu.core, pu.smt, pu.l2, pu.l3, pu.node,
		        pu.package);
	}
}

static void print_nodes(FILE *out, const pinion_topology *t)
{
	pinion_topology_counts c = pinion_topology_count(t);
	for (int i = 0; i < c.nodes; i++) {
		pinion_node node = pinion_topology_node(t, i);
		fprintf(out, "node %d os %d package %d pus %d/%d memory %" PRIu64 " MiB%s distance", i,
		        node.os_node, node.package, node.pus_allowed, node.pus, node.memory_bytes >> 20,
		        node.allowed ? "" : " (unusable)");
		for (int j = 0; j < c.nodes; j++)
			fprintf(out, " %d", pinion_topology_distance(t, i, j));
		fputc('\n', out);
	}
}

/* Everything that a reader can ask of a topology, and the default seats, as text. */
static char *dump(const pinion_topology *t)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	CHECK(out != NULL);
	print_pus(out, t);
	print_nodes(out, t);
	for (int i = 0; i < pinion_topology_limits(t); i++) {
		pinion_limit limit = pinion_topology_limit(t, i);
		fprintf(out, "limit %s: %s\n", limit.what, limit.value);
	}
	pinion_placement *p;
	CHECK_INT(pinion_placement_plan(&p, t, NULL, NULL), ==, 0);
	for (int i = 0; i < pinion_placement_seats(p); i++) {
		pinion_seat seat = pinion_placement_seat(p, i);
		fprintf(out, "seat %d cpus %s node %d: %s\n", i, seat.cpus, seat.node, seat.reason);
	}
	pinion_placement_destroy(p);
	fclose(out);
	return text;
}

static char *expected(const char *name)
{
	char path[512], *text = calloc(1, 1 << 14);
	snprintf(path, sizeof path, "%s/machines/%s.expected", PINION_TEST_FIXTURES, name);
	FILE *in = fopen(path, "r");
	CHECK(text && in);
	CHECK_INT(fread(text, 1, (1 << 14) - 1, in), <, (1 << 14) - 1);
	fclose(in);
	return text;
}

static void machine_is_as_expected(const char *name)
{
	pinion_topology *t = support_load(support_machine(name));
	char *want = expected(name), *got = dump(t);
	CHECK(!pinion_topology_is_live(t));
	CHECK_STR(pinion_topology_model(t), "Pinion Fixture");
	CHECK_STR(got, want);
	free(got);
	free(want);
	pinion_topology_destroy(t);
}

static void memory_only(void)
{
	machine_is_as_expected("memory-only");
}

static void memory_only_first(void)
{
	machine_is_as_expected("memory-only-first");
}

static void memoryless(void)
{
	machine_is_as_expected("memoryless");
}

static void offline(void)
{
	machine_is_as_expected("offline");
}

static void holes(void)
{
	machine_is_as_expected("holes");
}

static void numa4(void)
{
	machine_is_as_expected("numa4");
}


/* 4 packages x 4 nodes x 2 L3 x 4 L2 x 4 cores x 2 PUs = 1024. */
static void thousand_pus(void)
{
	pinion_topology *t = support_load("synthetic:pack:4 numa:4 l3:2 l2:4 core:4 pu:2");
	pinion_topology_counts c = pinion_topology_count(t);
	CHECK_INT(c.pus, ==, 1024);
	CHECK_INT(c.pus_allowed, ==, 1024);
	CHECK_INT(c.cores, ==, 512);
	CHECK_INT(c.l2s, ==, 128);
	CHECK_INT(c.l3s, ==, 32);
	CHECK_INT(c.nodes, ==, 16);
	CHECK_INT(c.packages, ==, 4);
	for (int i = 0; i < 1024; i++) {
		pinion_pu pu = pinion_topology_pu(t, i);
		CHECK_INT(pu.os_cpu, ==, i);
		CHECK_INT(pu.core, ==, i / 2);
		CHECK_INT(pu.smt, ==, i % 2);
		CHECK_INT(pu.l2, ==, i / 8);
		CHECK_INT(pu.l3, ==, i / 32);
		CHECK_INT(pu.node, ==, i / 64);
		CHECK_INT(pu.package, ==, i / 256);
	}
	CHECK_INT(pinion_topology_distance(t, 3, 3), ==, 10);
	CHECK_INT(pinion_topology_distance(t, 3, 4), ==, 20);
	pinion_topology_destroy(t);
}

static void eight_nodes(void)
{
	static const int nodes[] = {1, 2, 4, 8};
	for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
		char source[64];
		snprintf(source, sizeof source, "synthetic:pack:%d [numa] core:3 pu:1", nodes[i]);
		pinion_topology *t = support_load(source);
		pinion_topology_counts c = pinion_topology_count(t);
		CHECK_INT(c.nodes, ==, nodes[i]);
		CHECK_INT(c.l3s, ==, 0);
		CHECK_INT(pinion_topology_pu(t, 3 * nodes[i] - 1).node, ==, nodes[i] - 1);
		CHECK_INT(pinion_topology_pu(t, 0).l3, ==, -1);
		CHECK_INT(pinion_topology_node(t, nodes[i] - 1).pus, ==, 3);
		CHECK_STR(pinion_topology_model(t), "unknown processor");
		pinion_topology_destroy(t);
	}
}

/* Ordinary memory of the whole package, beside which a smaller one lies closer to each cluster. */
static void nearest_is_the_smallest_with_memory(void)
{
	pinion_topology *t =
	    support_load("synthetic:[numa(memory=8GB)] pack:2 [numa(memory=0)] core:2 pu:1");
	CHECK_INT(pinion_topology_count(t).nodes, ==, 3);
	for (int i = 0; i < 4; i++)
		CHECK_INT(pinion_topology_pu(t, i).node, ==, 2);
	CHECK(!pinion_topology_node(t, 0).allowed);
	CHECK_INT(pinion_topology_node(t, 2).pus, ==, 4);
	pinion_topology_destroy(t);
	t = support_load("synthetic:[numa(memory=8GB)] pack:2 [numa(memory=1GB)] core:2 pu:1");
	CHECK_INT(pinion_topology_pu(t, 0).node, ==, 0);
	CHECK_INT(pinion_topology_pu(t, 3).node, ==, 1);
	CHECK_INT(pinion_topology_node(t, 2).pus, ==, 0);
	pinion_topology_destroy(t);
}

/* On the live machine the kernel says that node 0 has no processors, which hwloc hides. */
static void live_memory_only_node_is_not_home(void)
{
	struct fake_os *fake = fake_os_create();
	pinion_topology *t;
	const char *source = "synthetic:pack:1 [numa] [numa] core:2 pu:1";
	CHECK_INT(pinion__topology_load_on(&t, source, fake_os_ops(fake), true, NULL), ==, 0);
	CHECK_INT(pinion_topology_pu(t, 0).node, ==, 0);
	pinion_topology_destroy(t);
	fake_os_file(fake, "/sys/devices/system/node/node0/cpulist", "\n");
	fake_os_file(fake, "/sys/devices/system/node/node1/cpulist", "0-1\n");
	CHECK_INT(pinion__topology_load_on(&t, source, fake_os_ops(fake), true, NULL), ==, 0);
	CHECK_INT(pinion_topology_pu(t, 0).node, ==, 1);
	pinion_topology_destroy(t);
	fake_os_destroy(fake);
}

static void refused(const char *source, int error, int offset, const char *text)
{
	pinion_topology *t = NULL;
	pinion_diag diag = {0};
	CHECK_INT(pinion_topology_load(&t, source, &diag), ==, error);
	CHECK(t == NULL);
	CHECK_INT(diag.offset, ==, offset);
	CHECK_INT(diag.length, >=, 1);
	CHECK_CONTAINS(diag.text, text);
	CHECK_INT(pinion_topology_load(&t, source, NULL), ==, error);
}

static void bad_sources(void)
{
	char path[] = "/tmp/pinion-topology-XXXXXX", source[64];
	int fd = mkstemp(path);
	CHECK(fd >= 0);
	snprintf(source, sizeof source, "xml:%s", path);
	refused(source, PINION_ERR_SYNTAX, 4, "not an hwloc XML file"); /* empty */
	CHECK_INT(write(fd, "\177ELF\0\1\2", 7), ==, 7);
	refused(source, PINION_ERR_SYNTAX, 4, "not an hwloc XML file");
	close(fd);
	unlink(path);
	refused(source, PINION_ERR_IO, 4, "No such file");
	refused("xml:/tmp", PINION_ERR_IO, 4, "Is a directory");
	refused("xml:", PINION_ERR_IO, 4, "No such file");
	refused("", PINION_ERR_SYNTAX, 0, "\"live\"");
	refused("lve", PINION_ERR_SYNTAX, 0, "unknown topology \"lve\"");
	refused("synthetic:", PINION_ERR_SYNTAX, 10, "example");
	refused("synthetic:pack:2 banana:3", PINION_ERR_SYNTAX, 10, "example");
	refused("synthetic:pack:0", PINION_ERR_SYNTAX, 10, "example");
	refused("synthetic:core:2 pu:3000000", PINION_ERR_SYNTAX, 10, "more than 65536");
	refused("synthetic:pack:99999999999999999999 pu:2", PINION_ERR_SYNTAX, 10, "more than 65536");
	refused("synthetic:pack:512 core:512 pu:512", PINION_ERR_SYNTAX, 10, "more than 65536");
}

static void live(void)
{
	pinion_topology *t = support_load(NULL);
	pinion_topology_counts c = pinion_topology_count(t);
	CHECK(pinion_topology_is_live(t));
	CHECK_INT(c.pus_allowed, >=, 1);
	CHECK_INT(c.pus, >=, c.pus_allowed);
	CHECK_INT(c.pus, ==, sysconf(_SC_NPROCESSORS_ONLN));
	CHECK_INT(c.nodes, >=, 1);
	CHECK(pinion_topology_node(t, 0).memory_bytes > 0);
	CHECK_INT(pinion_topology_distance(t, 0, 0), ==, 10);
	CHECK(t->machine->page_bytes >= 4096);
	CHECK(pinion_topology_quota(t) >= 0);
	CHECK(pinion_topology_model(t)[0] != '\0');
	pinion_topology_destroy(t);
	pinion_topology_destroy(NULL);
}

/* The machine outlives its topology as long as someone holds it. */
static void machine_is_held(void)
{
	pinion_topology *t = support_load("synthetic:pack:2 [numa] core:1 pu:1");
	struct pinion__machine *m = pinion__machine_retain(t->machine);
	pinion_topology_destroy(t);
	CHECK_INT(m->nodes, ==, 2);
	CHECK(!m->live);
	CHECK(m->node_usable[1]);
	CHECK_INT(m->os_node[1], ==, 1);
	CHECK_INT(m->distance[1], ==, 20);
	pinion__machine_release(m);
	pinion__machine_release(NULL);
}

static void no_memory(void)
{
	struct fake_os *fake = fake_os_create();
	fake_os_file(fake, "/proc/self/cgroup", "0::/a\n");
	fake_os_file(fake, "/proc/self/mountinfo", "1 0 0:1 / /cg rw - cgroup2 cgroup2 rw\n");
	fake_os_file(fake, "/cg/a/cpuset.cpus.effective", "0-2\n");
	fake_os_file(fake, "/cg/a/cpuset.mems.effective", "0\n");
	fake_os_file(fake, "/cg/a/cpu.max", "100000 100000\n");
	fake_os_file(fake, "/sys/devices/system/cpu/offline", "1\n");
	fake_os_thread(fake, 0, "0");
	for (int n = 0;; n++) {
		pinion_topology *t = NULL;
		fail_alloc_after(n);
		int rc = pinion__topology_load_on(&t, "synthetic:pack:2 [numa] core:2 pu:1",
		                                  fake_os_ops(fake), true, NULL);
		if (!fail_alloc_done()) {
			CHECK_INT(rc, ==, 0);
			CHECK_INT(n, >, 30);
			CHECK_INT(pinion_topology_limits(t), ==, 5);
			pinion_topology_destroy(t);
			break;
		}
		CHECK_INT(rc, ==, PINION_ERR_NOMEM);
		CHECK(t == NULL);
	}
	fake_os_destroy(fake);
}

TESTS({"memory_only", memory_only},
      {"memory_only_first", memory_only_first},
      {"memoryless", memoryless},
      {"offline", offline},
      {"holes", holes},
      {"numa4", numa4},
      {"thousand_pus", thousand_pus},
      {"eight_nodes", eight_nodes},
      {"nearest_is_the_smallest_with_memory", nearest_is_the_smallest_with_memory},
      {"live_memory_only_node_is_not_home", live_memory_only_node_is_not_home},
      {"bad_sources", bad_sources},
      {"live", live},
      {"machine_is_held", machine_is_held},
      {"no_memory", no_memory})
