/*
 * The parts of the command that are pure: sizes, lists, numbers for people,
 * option tables, sets of processors, and the tests' own JSON reader.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/command.h"
#include "cli/machine_view.h"
#include "cli/observe.h"
#include "cli/params.h"
#include "cli/size.h"
#include "tests/support/check.h"
#include "tests/support/json_check.h"

#include <unistd.h>

static pinion_job_workload size_of(const char *text)
{
	pinion_job_workload w = {.name = NULL};
	CHECK(size_read(text, &w));
	return w;
}

static void sizes(void)
{
	CHECK_INT(size_of("1000000").size, ==, 1000000);
	CHECK_INT(size_of("1000000").size_unit, ==, 1);
	CHECK_INT(size_of("2^28").size, ==, 1 << 28);
	CHECK_INT(size_of("9007199254740993").size, ==, 9007199254740993);
	CHECK_INT(size_of("64MiB").size, ==, 64 << 20);
	CHECK_INT(size_of("64MiB").size_unit, ==, 2);
	CHECK_INT(size_of("1.5 kB").size, ==, 1500);
	CHECK_INT(size_of("50% ram").size_unit, ==, 3);
	CHECK(size_of("50% ram").size_value == 50);
	CHECK_INT(size_of("4 x llc").size_unit, ==, 4);
	CHECK_INT(size_of("64x48x32").grid[1], ==, 48);
}

static void sizes_that_are_none(void)
{
	static const char *const table[] = {"",
	                                    "x",
	                                    "-1",
	                                    "0",
	                                    "0MiB",
	                                    "2^63",
	                                    "2^-1",
	                                    "64 parsec",
	                                    "64x48",
	                                    "64x0x3",
	                                    "64x48x32x1",
	                                    "101% ram",
	                                    "nan",
	                                    "inf GiB",
	                                    "1e30 GiB",
	                                    "12 34",
	                                    "99999999999999999999",
	                                    "0x10"};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		pinion_job_workload w = {.name = NULL};
		if (size_read(table[i], &w)) {
			fprintf(stderr, "'%s' was read as a size\n", table[i]);
			exit(1);
		}
	}
}

/* What a job says reaches the kernel in elements of this machine. */
static void parameters(void)
{
	struct machine machine;
	pinion_job job = {.config = PINION_CONFIG_INIT};
	CHECK_INT(machine_load(&machine, "synthetic:numa:2 l3:1(size=1MB) core:2 pu:1"), ==, 0);
	double llc = (double)pinion_topology_llc_bytes(machine.topology);
	static const char *const text[] = {"1000", "8kB", "3B", "25% ram", "4 x llc"};
	double want[] = {1000, 1000, 1, 0.25 * 1e9 / 8, llc / 2};
	for (int i = 0; i < 5; i++) {
		pinion_job_workload w = size_of(text[i]);
		CHECK_INT(params_of(&w, &job, &machine, 1000000000).elements, ==, (size_t)want[i]);
	}
	pinion_job_workload w = size_of("3x4x5");
	w.engine = "serial";
	w.stores = "streaming";
	job.config.placement = PINION_PLACE_STRICT;
	struct workload_params p = params_of(&w, &job, &machine, 1000000000);
	CHECK_INT(p.elements, ==, 0);
	CHECK_INT(p.grid[2], ==, 5);
	CHECK_INT(p.engine, ==, WORKLOAD_SERIAL);
	CHECK_INT(p.stores, ==, WORKLOAD_STORES_STREAMING);
	CHECK(p.memory.strict);
	machine_free(&machine);
}

/* Some, and no more than the nodes of the machine have. */
static void memory_of_this_process(void)
{
	struct machine machine;
	uint64_t nodes = 0;
	CHECK_INT(machine_load(&machine, NULL), ==, 0);
	for (int n = 0; n < pinion_topology_count(machine.topology).nodes; n++)
		nodes += pinion_topology_node(machine.topology, n).memory_bytes;
	uint64_t usable = machine_memory(machine.topology);
	CHECK(usable > 1 << 20);
	CHECK(nodes == 0 || usable <= nodes);
	machine_free(&machine);
}

static void lists(void)
{
	static const int value[] = {0, 1, 2, 3, 8, 10, 11};
	char text[64];
	list_format(text, sizeof text, value, 7);
	CHECK_STR(text, "0-3,8,10-11");
	list_format(text, sizeof text, value, 0);
	CHECK_STR(text, "");
	list_format(text, 10, value, 7);
	CHECK_STR(text, "0-3,8...");
}

static void numbers(void)
{
	char b[TEXT_NUMBER];
	CHECK_STR(text_bytes(b, 0), "0 B");
	CHECK_STR(text_bytes(b, 1536), "1.5 KiB");
	CHECK_STR(text_bytes(b, 0x1p40), "1.0 TiB");
	CHECK_STR(text_time(b, 999), "999.0 ns");
	CHECK_STR(text_time(b, 1500), "1.50 us");
	CHECK_STR(text_time(b, 2.5e10), "25.0 s");
}

static void exit_codes(void)
{
	CHECK_INT(exit_of(0), ==, 0);
	CHECK_INT(exit_of(PINION_ERR_NOMEM), ==, 1);
	CHECK_INT(exit_of(PINION_ERR_SYNTAX), ==, 2);
	CHECK_INT(exit_of(PINION_ERR_PLACE), ==, 3);
	CHECK_INT(exit_of(PINION_ERR_CANCELED), ==, 130);
}

/* ---- options ---- */

struct fields {
	bool flag;
	const char *text;
	int count;
	struct option_list list;
	struct option_optional maybe;
};

static const struct option_spec table[] = {
    {"flag", 'f', OPTION_FLAG, offsetof(struct fields, flag), NULL, "", 0, 0},
    {"text", 't', OPTION_TEXT, offsetof(struct fields, text), "T", "", 0, 0},
    {"count", 'c', OPTION_COUNT, offsetof(struct fields, count), "N", "", -5, 5},
    {"list", 'l', OPTION_LIST, offsetof(struct fields, list), "L", "", 0, 0},
    {"maybe", 0, OPTION_OPTIONAL, offsetof(struct fields, maybe), "[=M]", "", 0, 0},
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL, 0, 0}};

static const struct command plain = {.name = "plain", .options = table};
static const struct command leading = {.name = "leading", .options = table, .leading = 1};

static enum options_verdict parse(const struct command *command, struct fields *fields,
                                  struct option_list *rest, int argc, const char **argv)
{
	return options_parse(command, fields, rest, argc, (char **)(uintptr_t)argv);
}

static void options_all(void)
{
	const char *argv[] = {"plain", "-f",      "one", "--text=a=b", "--list", "x",  "-l",
	                      "y",     "--count", "-3",  "--maybe",    "two",    "--", "--flag"};
	struct fields f = {false};
	struct option_list rest;
	CHECK_INT(parse(&plain, &f, &rest, 14, argv), ==, OPTIONS_GO_ON);
	CHECK(f.flag && f.maybe.given && f.maybe.value == NULL);
	CHECK_STR(f.text, "a=b");
	CHECK_INT(f.count, ==, -3);
	CHECK_INT(f.list.count, ==, 2);
	CHECK_STR(f.list.item[1], "y");
	CHECK_INT(rest.count, ==, 3);
	CHECK_STR(rest.item[2], "--flag");
	CHECK(rest.item[3] == NULL);
	options_free(&plain, &f, &rest);
}

/* Behind the leading arguments nothing is ours. */
static void options_leading(void)
{
	const char *argv[] = {"leading", "place", "--maybe=z", "program", "--flag", "--", "-x"};
	struct fields f = {false};
	struct option_list rest;
	CHECK_INT(parse(&leading, &f, &rest, 7, argv), ==, OPTIONS_GO_ON);
	CHECK(!f.flag);
	CHECK_STR(f.maybe.value, "z");
	CHECK_INT(rest.count, ==, 5);
	CHECK_STR(rest.item[1], "program");
	CHECK_STR(rest.item[4], "-x");
	options_free(&leading, &f, &rest);
}

static void options_wrong(void)
{
	static const char *const wrong[] = {"--nothing",  "-q",      "-ft",    "--flag=1", "--count=6",
	                                    "--count=1x", "--text=", "--text", "--list"};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		const char *argv[] = {"plain", wrong[i]};
		struct fields f = {false};
		struct option_list rest;
		CHECK_INT(parse(&plain, &f, &rest, 2, argv), ==, OPTIONS_WRONG);
		options_free(&plain, &f, &rest);
	}
}

/* ---- sets of processors ---- */

static void cpu_sets(void)
{
	struct cpu_set whole = {{0}}, part = {{0}}, other = {{0}};
	CHECK(cpu_set_add(&whole, "0-3,64,100-200"));
	CHECK(cpu_set_add(&part, "2,64,130\n"));
	CHECK(cpu_set_add(&other, "2,4"));
	CHECK(cpu_set_inside(&part, &whole));
	CHECK(!cpu_set_inside(&other, &whole));
	CHECK(!cpu_set_inside(&whole, &part));
	CHECK(!cpu_set_add(&part, "x"));
	CHECK(!cpu_set_add(&part, "3-1"));
	CHECK(!cpu_set_add(&part, "99999"));
}

/* This very process: one thread, whose set is the one that the kernel tells. */
static void observes_itself(void)
{
	struct observation seen = {0};
	struct cpu_set own = {{0}}, none = {{0}};
	struct binding binding;
	observe_self(&binding);
	CHECK(cpu_set_add(&own, binding.cpus));
	observe_process(getpid(), &own, &seen);
	CHECK_INT(seen.samples, ==, 1);
	CHECK_INT(seen.threads_outside, ==, 0);
	CHECK_STR(seen.thread[0].cpus, binding.cpus);
	CHECK(seen.pages > 0);
	observe_process(getpid(), &none, &seen);
	CHECK_INT(seen.samples, ==, 2);
	CHECK_INT(seen.threads_outside, ==, seen.threads_most);
}

/* ---- the tests' own tool ---- */

static void json_reader(void)
{
	static const char good[] =
	    " {\"a\": [1, -2.5e+3, {\"b\\\"c\": \"x\\u00e9\"}], \"d\": null, \"e\": {}} ";
	static const char *const bad[] = {
	    "",    "{",   "[1,]", "{\"a\":1,}", "{\"a\" 1}", "01",    "1.",     ".5",
	    "+1",  "nul", "\"a",  "\"\\x\"",    "\"\t\"",    "[1] 2", "{a: 1}", "{\"a\":1,\"a\":2}",
	    "'a'", "1e",  "NaN",  "[1 2]"};
	char value[64];
	CHECK(json_valid(good, NULL));
	CHECK(json_at(good, "a.1", value, sizeof value));
	CHECK_STR(value, "-2.5e+3");
	CHECK(json_at(good, "d", value, sizeof value));
	CHECK_STR(value, "null");
	CHECK_INT(json_length(good, "a"), ==, 3);
	CHECK_INT(json_length(good, "e"), ==, 0);
	CHECK_INT(json_length(good, "d"), ==, -1);
	CHECK(!json_at(good, "a.3", value, sizeof value));
	CHECK(!json_at(good, "z", value, sizeof value));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (json_valid(bad[i], NULL)) {
			fprintf(stderr, "'%s' was taken for JSON\n", bad[i]);
			exit(1);
		}
}

TESTS({"sizes", sizes}, {"sizes_that_are_none", sizes_that_are_none}, {"parameters", parameters},
      {"memory_of_this_process", memory_of_this_process}, {"lists", lists}, {"numbers", numbers},
      {"exit_codes", exit_codes}, {"options_all", options_all},
      {"options_leading", options_leading}, {"options_wrong", options_wrong},
      {"cpu_sets", cpu_sets}, {"observes_itself", observes_itself}, {"json_reader", json_reader})
