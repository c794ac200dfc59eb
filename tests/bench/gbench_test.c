/*
 * The shim from outside: its programs are run, and Google Benchmark's JSON must
 * parse and hold the numbers that are known in advance.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/bench/run_program.h"
#include "tests/support/check.h"
#include "tests/support/json_check.h"

#include <math.h>

#define BRIEF "--benchmark_min_time=0.001"
#define JSON  "--benchmark_format=json"

/* PROBE and KERNELS are the paths of the two programs. */

static char *probe(const char *filter)
{
	char flag[64], *text;
	const char *argv[] = {PROBE, BRIEF, JSON, flag, NULL};

	snprintf(flag, sizeof flag, "--benchmark_filter=%s", filter);
	CHECK_INT(run_program(argv, &text), ==, 0);
	if (!json_valid(text, NULL))
		fprintf(stderr, "%s\n", text);
	CHECK(json_valid(text, NULL));
	return text;
}

static double number_at(const char *json, const char *path)
{
	char value[64], *end;
	double number;

	if (!json_at(json, path, value, sizeof value))
		return NAN;
	number = strtod(value, &end);
	return *end == '\0' ? number : NAN;
}

static void check_text(const char *json, const char *path, const char *want)
{
	char value[256];

	if (!json_at(json, path, value, sizeof value))
		fprintf(stderr, "no %s in %s\n", path, json);
	CHECK(json_at(json, path, value, sizeof value));
	CHECK_STR(value, want);
}

static void check_number(const char *json, const char *path, double want)
{
	double got = number_at(json, path);

	if (!(fabs(got - want) <= 1e-9 * fabs(want)))
		fprintf(stderr, "%s is %g, not %g\n%s\n", path, got, want, json);
	CHECK(fabs(got - want) <= 1e-9 * fabs(want));
}

static void test_plain(void)
{
	char *json = probe("^plain");

	check_text(json, "context.colour", "green");
	check_text(json, "benchmarks.0.name", "plain/low:3/high:4/repeats:2");
	check_text(json, "benchmarks.0.label", "a label");
	check_text(json, "benchmarks.1.repetition_index", "1");
	check_number(json, "benchmarks.0.counted", 1);
	check_number(json, "benchmarks.0.given", 43);
	free(json);
}

static void test_batches(void)
{
	char *json = probe("^batches");

	check_number(json, "benchmarks.0.exact", 1);
	free(json);
}

static void test_manual_time(void)
{
	char *json = probe("^manual");

	check_number(json, "benchmarks.0.iterations", 20);
	check_number(json, "benchmarks.0.real_time", 1000);
	check_text(json, "benchmarks.0.time_unit", "us");
	check_number(json, "benchmarks.0.bytes_per_second", 1e6);
	check_number(json, "benchmarks.0.items_per_second", 5000);
	check_number(json, "benchmarks.0.rate", 7000);
	check_number(json, "benchmarks.0.inverse", 0.25);
	free(json);
}

static void test_threads(void)
{
	char *json = probe("^threads");

	check_number(json, "benchmarks.0.threads", 1);
	check_number(json, "benchmarks.1.threads", 2);
	check_number(json, "benchmarks.0.sum", 1);
	check_number(json, "benchmarks.1.sum", 3);
	check_number(json, "benchmarks.1.mean", 2);
	free(json);
}

static void test_errors(void)
{
	static const char *const fail[] = {PROBE, "--fail", BRIEF, JSON, "--benchmark_filter=fails",
	                                   NULL};
	static const char *const none[] = {PROBE, "--benchmark_filter=nothing", NULL};
	static const char *const unknown[] = {PROBE, "--no-such-flag", NULL};
	char *json;

	CHECK_INT(run_program(fail, &json), ==, 1);
	CHECK(json_valid(json, NULL));
	check_text(json, "benchmarks.0.error_occurred", "true");
	check_text(json, "benchmarks.0.error_message", "broken on purpose");
	free(json);
	CHECK_INT(run_program(none, &json), ==, 2);
	free(json);
	CHECK_INT(run_program(unknown, &json), ==, 1);
	free(json);
}

/* The real program: every size of every kernel that is quick, with cards and ledger. */
static void test_kernels(void)
{
	static const char *const argv[] = {
	    KERNELS, BRIEF, JSON,
	    "--benchmark_filter=(triad|dot)/elements:(4096|32768|262144)/|spmv/side:8/", NULL};
	char *json, path[64], value[64];

	CHECK_INT(setenv("PINION_WORKERS", "2", 1), ==, 0);
	int status = run_program(argv, &json);
	if (status != 0)
		fprintf(stderr, "%s\n", json);
	CHECK_INT(status, ==, 0);
	CHECK(json_valid(json, NULL));
	CHECK(json_at(json, "context.pinion_version", value, sizeof value));
	for (int i = 0; i < 7; i++) {
		snprintf(path, sizeof path, "benchmarks.%d.bytes_per_second", i);
		CHECK(number_at(json, path) > 0);
		snprintf(path, sizeof path, "benchmarks.%d.flops", i);
		CHECK(number_at(json, path) > 0);
		snprintf(path, sizeof path, "benchmarks.%d.home", i);
		CHECK(number_at(json, path) >= 0 && number_at(json, path) <= 1);
		snprintf(path, sizeof path, "benchmarks.%d.workers", i);
		check_number(json, path, 2);
	}
	CHECK(!json_at(json, "benchmarks.7.name", value, sizeof value));
	free(json);
}

TESTS({"plain", test_plain}, {"batches", test_batches}, {"manual_time", test_manual_time},
      {"threads", test_threads}, {"errors", test_errors}, {"kernels", test_kernels})
