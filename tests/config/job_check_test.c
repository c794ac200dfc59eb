/*
 * A job against a machine: what is wrong is told where it stands in the file,
 * inside quotes too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/draft.h"
#include "tests/config/jobs.h"
#include "tests/support/check.h"

#define MACHINE "synthetic:pack:2 numa:1 core:4 pu:2"

static pinion_topology *load(const char *source)
{
	pinion_topology *topology = NULL;
	pinion_diag diag = {.offset = -1};
	if (pinion_topology_load(&topology, source, &diag) != 0) {
		fprintf(stderr, "%s: %s\n", source, diag.text);
		exit(1);
	}
	return topology;
}

/* Read `text` and check it against `source`. Returns what was told, NULL for nothing. */
static char *check_on(const char *source, const char *text, int *code)
{
	struct lines lines = {NULL, 0, 0};
	pinion_topology *topology = load(source);
	pinion_job *job = jobs_read_good(text, strlen(text), NULL, 0);
	*code = pinion_job_check(job, topology, lines_add, &lines);
	pinion_job_destroy(job);
	pinion_topology_destroy(topology);
	CHECK((*code == 0) == (lines.count == 0));
	return lines.text;
}

static void check_good(const char *text)
{
	int code;
	char *told = check_on(MACHINE, text, &code);
	if (code)
		fprintf(stderr, "%s\n%s", text, told);
	CHECK_INT(code, ==, 0);
	free(told);
}

static void test_good(void)
{
	check_good("pinion: 1\nworkloads: [{kernel: dot}]\n");
	check_good("pinion: 1\nworkers: {count: 8}\nworkloads: [{kernel: dot}]\n");
	check_good("pinion: 1\nworkers: {count: inline, places: '3'}\nworkloads: [{kernel: dot}]\n");
	check_good(
		"pinion: 1\ntopology: {smt: all}\nworkers: {count: 16}\nworkloads: [{kernel: dot}]\n");
	check_good("pinion: 1\nworkers: {count: 2 per package}\nworkloads: [{kernel: dot}]\n");
	check_good("pinion: 1\nworkers: {count: 3, places: '{0:2}:3:2', bind: explicit}\nworkloads: "
	           "[{kernel: dot}]\n");
	check_good(
		"pinion: 1\nworkers: {count: 40, oversubscribe: true}\nworkloads: [{kernel: dot}]\n");
	check_good("pinion: 1\ntopology: {exclude: 'core:0'}\nworkers: {count: 7}\nworkloads: "
	           "[{command: [x], places: 'core:1-2'}]\n");
}

/* The fault of `text` stands at line:column, is marked so, and gives `code`. */
static void check_bad(const char *text, int want_code, const char *where, const char *mark)
{
	int code;
	char *told = check_on(MACHINE, text, &code);
	if (code != want_code || !told || strncmp(told, where, strlen(where)) != 0 ||
		!strstr(told, mark))
		fprintf(stderr, "%s\ngives %d:\n%s", text, code, told ? told : "");
	CHECK_INT(code, ==, want_code);
	CHECK(told && strncmp(told, where, strlen(where)) == 0);
	CHECK_CONTAINS(told, mark);
	CHECK_CONTAINS(told, "\n1 error; nothing was started\n");
	free(told);
}

static void test_places(void)
{
	check_bad("pinion: 1\nworkers:\n  places: \"core:0-12\"\nworkloads: [{kernel: dot}]\n",
	          PINION_ERR_RANGE, "job.yaml:3:", "\n  places: \"core:0-12\"\n");
	check_bad("pinion: 1\nworkers:\n  places: \"0-3,77\"\nworkloads: [{kernel: dot}]\n",
	          PINION_ERR_RANGE, "job.yaml:3:16: error: places: ", "\n               ^~\n");
	check_bad("pinion: 1\ntopology: {exclude: bananas}\nworkloads: [{kernel: dot}]\n",
	          PINION_ERR_SYNTAX, "job.yaml:2:21: error: exclude: ", "\n                    ^");
	check_bad("pinion: 1\nworkloads:\n- {kernel: dot}\n- {command: [x], places: '{0:4'}\n",
	          PINION_ERR_SYNTAX, "job.yaml:4:", ": error: places: ");
}

static void test_counts(void)
{
	check_bad("pinion: 1\nworkers: {count: 10000}\nworkloads: [{kernel: dot}]\n", PINION_ERR_PLACE,
	          "job.yaml:2:18: error: count: ", "\n                 ^~~~~\n");
	check_bad("pinion: 1\nworkers: {places: '0-2', count: 4}\nworkloads: [{kernel: dot}]\n",
	          PINION_ERR_PLACE, "job.yaml:2:33: error: count: ", "^");
	check_bad("pinion: 1\ntopology: {exclude: '0-15'}\nworkloads: [{kernel: dot}]\n",
	          PINION_ERR_PLACE, "job.yaml:2:21: error: exclude: ", "^~~~~~");
}

/* All at once, sorted; text that does not parse decides the code. */
static void test_several(void)
{
	int code;
	char *told = check_on(MACHINE,
	                      "pinion: 1\nworkloads:\n- {command: [x], places: '99'}\n- {command: [y], "
	                      "name: y, places: 'x:y'}\n"
	                      "workers: {places: '98'}\n",
	                      &code);
	CHECK_INT(code, ==, PINION_ERR_SYNTAX);
	char *first = strstr(told, "job.yaml:3:"), *second = strstr(told, "job.yaml:4:"),
	     *third = strstr(told, "job.yaml:5:");
	CHECK(first && second && third && first < second && second < third);
	CHECK_CONTAINS(told, "\n3 errors; nothing was started\n");
	free(told);
}

static void test_override(void)
{
	static const char text[] = "pinion: 1\nworkloads: [{kernel: dot}]\n";
	static const char *const set[] = {"name=x", "workers.places='0,99'"};
	struct lines lines = {NULL, 0, 0};
	pinion_topology *topology = load(MACHINE);
	pinion_job *job = jobs_read_good(text, sizeof text - 1, set, 2);
	CHECK_INT(pinion_job_check(job, topology, lines_add, &lines), ==, PINION_ERR_RANGE);
	CHECK_CONTAINS(lines.text, "--set:2:19: error: places: ");
	CHECK_CONTAINS(lines.text, "\nworkers.places='0,99'\n                  ^~\n");
	pinion_job_destroy(job);
	pinion_topology_destroy(topology);
	lines_free(&lines);
}

/* Files are looked for only where the job would run. */
static void test_files(void)
{
	static const char text[] = "pinion: 1\nworkloads:\n- {kernel: cg, matrix: /no/such.mtx}\n- "
	                           "{kernel: spmv, matrix: hpcg-27pt}\n"
	                           "- {command: [x], cwd: /no/such}\n";
	int code;
	check_good(text);
	char *told = check_on("live", text, &code);
	CHECK_INT(code, ==, PINION_ERR_IO);
	CHECK_CONTAINS(told, "job.yaml:3:24: error: matrix: '/no/such.mtx' cannot be read\n");
	CHECK_CONTAINS(told, "job.yaml:5:23: error: cwd: there is no directory '/no/such'\n");
	CHECK_CONTAINS(told, "\n2 errors; nothing was started\n");
	free(told);
}

TESTS({"good", test_good}, {"places", test_places}, {"counts", test_counts},
      {"several", test_several}, {"override", test_override}, {"files", test_files})
