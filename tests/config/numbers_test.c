/*
 * Numbers with units, and the nearest word.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/schema.h"
#include "tests/support/check.h"

static void test_whole(void)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t value;
	} cases[] = {{"0", true, 0},
	             {"1", true, 1},
	             {"65534", true, 65534},
	             {"9999999999999999999", true, UINT64_C(9999999999999999999)},
	             {"", false, 0},
	             {"-1", false, 0},
	             {"+1", false, 0},
	             {"010", false, 0},
	             {"00", false, 0},
	             {"0x10", false, 0},
	             {"1e3", false, 0},
	             {"1.0", false, 0},
	             {"1 ", false, 0},
	             {" 1", false, 0},
	             {"1_000", false, 0},
	             {"1,000", false, 0},
	             {"99999999999999999999", false, 0},
	             {"inf", false, 0},
	             {"nan", false, 0},
	             {".", false, 0}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint64_t value = 0;
		if (pinion__number_whole(cases[i].text, &value) != cases[i].good)
			fprintf(stderr, "'%s'\n", cases[i].text);
		CHECK(pinion__number_whole(cases[i].text, &value) == cases[i].good);
		CHECK(!cases[i].good || value == cases[i].value);
	}
}

static void test_real(void)
{
	static const struct {
		const char *text;
		double value;
	} cases[] = {{"1e-10", 1e-10}, {"0.01", 0.01},
	             {"2.5", 2.5},     {".5", 0.5},
	             {"1E3", 1e3},     {"1e+2", 100},
	             {"-0.25", -0.25}, {"0.000000000000000000000000001", 1e-27},
	             {"1.", 1}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct number number;
		CHECK(pinion__number(cases[i].text, &number));
		CHECK(*number.end == 0);
		double value = number.negative ? -number.value : number.value;
		double error = value - cases[i].value;
		CHECK(error <= 1e-15 * value * (value < 0 ? -1 : 1) &&
		      error >= -1e-15 * value * (value < 0 ? -1 : 1));
	}
}

static void test_time(void)
{
	static const struct {
		const char *text;
		uint64_t ns;
		const char *problem;
	} cases[] = {{"20us", 20000, NULL},
	             {"20 us", 20000, NULL},
	             {"1ms", 1000000, NULL},
	             {"2s", 2000000000, NULL},
	             {"1.5s", 1500000000, NULL},
	             {"0", 0, NULL},
	             {"0s", 0, NULL},
	             {"3min", 180000000000, NULL},
	             {"1h", 3600000000000, NULL},
	             {"7ns", 7, NULL},
	             {"5\xc2\xb5s", 5000, NULL},
	             {"20", 0, "has no unit"},
	             {"1.5", 0, "has no unit"},
	             {"3 days", 0, "unknown unit"},
	             {"1sec", 0, "unknown unit"},
	             {"-1s", 0, "is negative"},
	             {"soon", 0, "is no number"},
	             {"", 0, "is no number"},
	             {"9999999999h", 0, "is too long"},
	             {"1e30s", 0, "is too long"}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint64_t ns = 0;
		const char *problem = pinion__number_time(cases[i].text, &ns);
		if (cases[i].problem) {
			CHECK_CONTAINS(problem, cases[i].problem);
			continue;
		}
		CHECK(problem == NULL);
		CHECK(ns == cases[i].ns);
	}
}

static void test_size(void)
{
	static const struct {
		const char *text;
		int unit;
		uint64_t size;
		double value;
	} cases[] = {{"1000", 1, 1000, 0},
	             {"1", 1, 1, 0},
	             {"2^28", 1, 1 << 28, 0},
	             {"2^0", 1, 1, 0},
	             {"2^62", 1, UINT64_C(1) << 62, 0},
	             {"16MiB", 2, 16 << 20, 0},
	             {"16 MiB", 2, 16 << 20, 0},
	             {"1.5GiB", 2, UINT64_C(3) << 29, 0},
	             {"1kB", 2, 1000, 0},
	             {"3MB", 2, 3000000, 0},
	             {"2GB", 2, 2000000000, 0},
	             {"1TiB", 2, UINT64_C(1) << 40, 0},
	             {"512B", 2, 512, 0},
	             {"50% ram", 3, 0, 50},
	             {"0.5%ram", 3, 0, 0.5},
	             {"100% ram", 3, 0, 100},
	             {"4 x llc", 4, 0, 4},
	             {"4x llc", 4, 0, 4},
	             {"4xllc", 4, 0, 4},
	             {"1.5 x llc", 4, 0, 1.5}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		pinion_job_workload out = {.line = 0};
		const char *problem = pinion__number_size(cases[i].text, &out);
		if (problem)
			fprintf(stderr, "'%s' %s\n", cases[i].text, problem);
		CHECK(problem == NULL);
		CHECK_INT(out.size_unit, ==, cases[i].unit);
		CHECK_INT(out.size, ==, cases[i].size);
		CHECK(out.size_value == cases[i].value);
		CHECK_INT(out.grid[0], ==, 0);
	}
	pinion_job_workload grid = {.line = 0};
	CHECK(pinion__number_size("64x32x4294967295", &grid) == NULL);
	CHECK_INT(grid.grid[0], ==, 64);
	CHECK_INT(grid.grid[1], ==, 32);
	CHECK_INT(grid.grid[2], ==, 4294967295);
}

static void test_bad_size(void)
{
	static const char *const cases[][2] = {{"", "is no number"},
	                                       {"big", "is no number"},
	                                       {"0", "too small"},
	                                       {"-1", "negative"},
	                                       {"16M", "2^20"},
	                                       {"16 G", "2^30"},
	                                       {"16K", "1024"},
	                                       {"16kb", "1000"},
	                                       {"1T", "2^40"},
	                                       {"16MiBs", "unknown unit"},
	                                       {"16 apples", "unknown unit"},
	                                       {"3^4", "power of two"},
	                                       {"2^63", "too large"},
	                                       {"2^", "power of two"},
	                                       {"2^-1", "power of two"},
	                                       {"2.5", "whole number"},
	                                       {"1e6", "whole number"},
	                                       {"64x64", "three sides"},
	                                       {"64x64x64x64", "three sides"},
	                                       {"0x64x64", "side outside"},
	                                       {"64x64x", "no grid"},
	                                       {"64x64x4294967296", "side outside"},
	                                       {"50%", "50% ram"},
	                                       {"0% ram", "above 0"},
	                                       {"101% ram", "at most 100"},
	                                       {"50% rom", "50% ram"},
	                                       {"4 x l2", "N x llc"},
	                                       {"0 x llc", "above 0"},
	                                       {"20000000 TiB", "2^63"},
	                                       {"9223372036854775808", "2^63"},
	                                       {"99999999999999999999", "is no whole number"},
	                                       {"0.1B", "too small"}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		pinion_job_workload out = {.line = 7}, before = out;
		const char *problem = pinion__number_size(cases[i][0], &out);
		if (!problem)
			fprintf(stderr, "'%s' is accepted\n", cases[i][0]);
		CHECK_CONTAINS(problem, cases[i][1]);
		CHECK(memcmp(&out, &before, sizeof out) == 0);
	}
}

static void test_nearest(void)
{
	static const char *const words[] = {"close",    "spread",    "explicit", "none",
	                                    "min_runs", "placement", NULL};
	CHECK_STR(pinion_job_nearest("spraed", words), "spread");
	CHECK_STR(pinion_job_nearest("clsoe", words), "close");
	CHECK_STR(pinion_job_nearest("CLOSE", words), "close");
	CHECK_STR(pinion_job_nearest("min-runs", words), "min_runs");
	CHECK_STR(pinion_job_nearest("minruns", words), "min_runs");
	CHECK_STR(pinion_job_nearest("placment", words), "placement");
	CHECK_STR(pinion_job_nearest("nome", words), "none");
	CHECK(pinion_job_nearest("banana", words) == NULL);
	CHECK(pinion_job_nearest("", words) == NULL);
	CHECK(pinion_job_nearest("x", words) == NULL);
	char longer[500];
	memset(longer, 'a', sizeof longer - 1);
	longer[sizeof longer - 1] = 0;
	CHECK(pinion_job_nearest(longer, words) == NULL);
	static const char *const nothing[] = {NULL};
	CHECK(pinion_job_nearest("close", nothing) == NULL);
}

TESTS({"whole", test_whole}, {"real", test_real}, {"time", test_time}, {"size", test_size},
      {"bad size", test_bad_size}, {"nearest", test_nearest})
