/*
 * `topo` and `plan` on machines that are data, so their whole output is known.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/cli/command.h"

#define SMALL       "synthetic:package:1 numa:1 l3:1 core:2 pu:1"
#define TWO_SOCKETS "synthetic:package:2 numa:2 l3:2 core:2 pu:2"
#define FOUR_NODES  "synthetic:numa:4 core:2 pu:1"
#define BIG         "synthetic:package:8 numa:2 l3:4 core:8 pu:2"

static void topo_golden(void)
{
	check_golden("topo-small.txt", pinion("topo", SMALL).out);
	check_golden("topo-two-sockets.txt", pinion("topo", TWO_SOCKETS).out);
	check_golden("topo-four-nodes.txt", pinion("topo", FOUR_NODES).out);
}

static void topo_json(void)
{
	struct answer a = pinion("topo", TWO_SOCKETS, "--json");
	CHECK_CODE(a, 0);
	CHECK_STR(a.err, "");
	CHECK_JSON(a.out);
	CHECK_AT(a.out, "schema", "1");
	CHECK_AT(a.out, "live", "false");
	CHECK_AT(a.out, "counts.packages", "2");
	CHECK_AT(a.out, "counts.nodes", "4");
	CHECK_AT(a.out, "counts.cores", "16");
	CHECK_AT(a.out, "counts.pus", "32");
	CHECK_INT(json_length(a.out, "pus"), ==, 32);
	CHECK_INT(json_length(a.out, "nodes"), ==, 4);
	CHECK_INT(json_length(a.out, "nodes.3.distances"), ==, 4);
	CHECK_AT(a.out, "pus.31.smt", "1");
	CHECK_AT(a.out, "pus.31.core", "15");
	CHECK_AT(a.out, "pus.31.package", "1");
}

/* The same document on this machine, wherever that is. */
static void topo_live(void)
{
	struct answer a = pinion("topo", "--json");
	CHECK_CODE(a, 0);
	CHECK_JSON(a.out);
	CHECK_AT(a.out, "live", "true");
	CHECK_INT(json_number_at(a.out, "counts.pus_allowed"), >=, 1);
	CHECK_INT(json_length(a.out, "pus"), ==, json_number_at(a.out, "counts.pus"));
	CHECK_CODE(pinion("topo"), 0);
}

static void topo_shows_limits(void)
{
	struct answer all = pinion("topo", "--json");
	if (json_number_at(all.out, "counts.pus_allowed") < 2)
		LEAVE("one usable processor only");
	struct answer a =
	    run_with(&(struct setting){.only_cpu0 = true}, (const char *const[]){"topo", NULL});
	CHECK_CODE(a, 0);
	CHECK_CONTAINS(a.out, "(1 usable)");
	CHECK_CONTAINS(a.out, "(1)");
	CHECK_CONTAINS(a.out, "  affinity: 0 (");
}

static void topo_faults(void)
{
	struct answer a = pinion("topo", "synthetic:pakcage:2");
	CHECK_CODE(a, 2);
	CHECK_STR(a.out, "");
	CHECK_CONTAINS(a.err, "pinion: topology: ");
	CHECK_CODE(pinion("topo", "xml:/nowhere/at/all.xml"), 2);
	CHECK_CODE(pinion("topo", "/nowhere/at/all.xml"), 2);
	CHECK_CODE(pinion("topo", scratch()), 2);
	CHECK_CODE(pinion("topo", scratch_file("not.xml", "this is no XML\n")), 2);
}

static void plan_golden(void)
{
	check_golden("plan-small.txt", pinion("plan", "-t", SMALL).out);
	check_golden("plan-spread.txt",
	             pinion("plan", "-t", TWO_SOCKETS, "--bind", "spread", "-w", "4", "-v").out);
	check_golden("plan-per-node.txt", pinion("plan", "-t", FOUR_NODES, "-w", "1 per node").out);
}

static void plan_json(void)
{
	struct answer a =
	    pinion("plan", "--topology", TWO_SOCKETS, "--workers", "4", "--bind=spread", "--json");
	CHECK_CODE(a, 0);
	CHECK_JSON(a.out);
	CHECK_AT(a.out, "schema", "1");
	CHECK_AT(a.out, "workers", "4");
	CHECK_AT(a.out, "bind", "spread");
	CHECK_INT(json_length(a.out, "seats"), ==, 4);
	CHECK_INT(json_length(a.out, "homes"), ==, 4);
	for (int node = 0; node < 4; node++) {
		char path[32];
		snprintf(path, sizeof path, "homes.%d.share", node);
		CHECK_AT(a.out, path, "0.25");
	}
	CHECK_AT(a.out, "seats.0.steal_order.0.distance", "package");
	CHECK_AT(a.out, "seats.0.steal_order.1.distance", "machine");
	CHECK_INT(json_length(a.out, "seats.0.steal_order.1.workers"), ==, 2);
}

static void plan_big(void)
{
	struct answer a = pinion("plan", "-t", BIG, "--smt", "--json");
	CHECK_CODE(a, 0);
	CHECK_JSON(a.out);
	CHECK_AT(a.out, "workers", "1024");
	CHECK_INT(json_length(a.out, "seats"), ==, 1024);
	CHECK_CODE(pinion("plan", "-t", BIG), 0);
}

/* Exit code 3, with the reason and how to mend it; nothing on standard output. */
static void plan_impossible(void)
{
	static const char *const table[][8] = {
	    {"plan", "-t", SMALL, "--workers", "3"},
	    {"plan", "-t", SMALL, "--workers", "10000"},
	    {"plan", "-t", SMALL, "--places", "7"},
	    {"plan", "-t", SMALL, "--places", "numa:5.core:0"},
	    {"plan", "-t", SMALL, "--exclude", "all"},
	};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct answer a = run_with(&(struct setting){.folder = NULL}, table[i]);
		CHECK_CODE(a, 3);
		CHECK_STR(a.out, "");
		CHECK_CONTAINS(a.err, "pinion: ");
	}
	struct answer a = pinion("plan", "-t", SMALL, "-w", "3", "--oversubscribe", "--json");
	CHECK_CODE(a, 0);
	CHECK_AT(a.out, "workers", "3");
}

/* Not a number of workers at all: exit code 2. */
static void worker_counts(void)
{
	static const char *const words[] = {"0",   "-1",       "65535", "99999999999999999999",
	                                    "two", "2 of core"};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		struct answer a = pinion("plan", "-t", SMALL, "--workers", words[i]);
		CHECK_CODE(a, 2);
		CHECK_CONTAINS(a.err, "--workers: ");
	}
}

/* The fault is underlined inside the user's own text. */
static void points_into_places(void)
{
	struct answer a = pinion("plan", "-t", SMALL, "--places", "0,1,9");
	CHECK_CODE(a, 3);
	CHECK_CONTAINS(a.err, "        0,1,9\n            ^");
}

#define JOB                                                                                        \
	"pinion: 1\n"                                                                                  \
	"workers: {count: 2}\n"                                                                        \
	"workloads:\n"                                                                                 \
	"  - {name: first, kernel: triad, size: 1MiB}\n"                                               \
	"  - {name: second, command: [sleep, \"1\"]}\n"

/* Options override the file, through its own validator. */
static void plan_of_a_file(void)
{
	const char *job = scratch_file("plan.yaml", JOB);
	struct answer a = pinion("plan", job, "-t", TWO_SOCKETS, "--json");
	CHECK_CODE(a, 0);
	CHECK_JSON(a.out);
	CHECK_AT(a.out, "workers", "2");
	CHECK_AT(a.out, "machine.source", TWO_SOCKETS);
	CHECK_AT(a.out, "workloads.0.name", "first");
	CHECK_AT(a.out, "workloads.0.kernel", "triad");
	CHECK_AT(a.out, "workloads.1.what", "command sleep 1");
	a = pinion("plan", job, "-t", TWO_SOCKETS, "-w", "8", "--bind", "spread", "--json");
	CHECK_CODE(a, 0);
	CHECK_AT(a.out, "workers", "8");
	CHECK_AT(a.out, "bind", "spread");
	a = pinion("plan", job, "-t", TWO_SOCKETS, "--places", "{0:4}:2:4", "--json");
	CHECK_CODE(a, 0);
	CHECK_AT(a.out, "seats.1.cpus", "4-7");
	a = pinion("plan", job, "-t", TWO_SOCKETS, "--set", "workers.count=5", "--json");
	CHECK_CODE(a, 0);
	CHECK_AT(a.out, "workers", "5");
	CHECK_CODE(pinion("plan", job, "-t", TWO_SOCKETS, "-w", "nine"), 2);
	CHECK_CODE(pinion("plan", job, "-t", TWO_SOCKETS, "--places", "900"), 3);
	a = pinion("plan", job, "-t", TWO_SOCKETS);
	CHECK_CONTAINS(a.out, "  first: kernel triad, 1.0 MiB per array");
	CHECK_CONTAINS(a.out, "  second: command sleep 1, on the processors of all seats");
}

/* --json=FILE writes that file and nothing else. */
static void json_to_a_file(void)
{
	const char *path = scratch_path("plan.json");
	struct answer a = pinion("plan", "-t", SMALL, "--json", "-v");
	CHECK_CODE(a, 0);
	char option[128];
	snprintf(option, sizeof option, "--json=%s", path);
	struct answer b = pinion("plan", "-t", SMALL, option, "-v");
	CHECK_CODE(b, 0);
	CHECK_STR(b.out, "");
	CHECK_STR(read_whole(path), a.out);
}

TESTS({"topo_golden", topo_golden}, {"topo_json", topo_json}, {"topo_live", topo_live},
      {"topo_shows_limits", topo_shows_limits}, {"topo_faults", topo_faults},
      {"plan_golden", plan_golden}, {"plan_json", plan_json}, {"plan_big", plan_big},
      {"plan_impossible", plan_impossible}, {"worker_counts", worker_counts},
      {"points_into_places", points_into_places}, {"plan_of_a_file", plan_of_a_file},
      {"json_to_a_file", json_to_a_file})
