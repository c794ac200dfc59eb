/*
 * STREAM's verdict for runs that keep its rules and for each rule broken.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/rules.h"

#include "tests/support/check.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

static const struct rules_facts conforming = {
	.elements = 128 * MIB / 8,
	.arrays = 3,
	.llc_bytes = 32 * MIB,
	.memory_bytes = 16 * GIB,
	.runs = 10,
	.min_ns = 1e6,
	.tick_ns = 20,
};

static void test_conforming(void)
{
	struct rules_facts facts = conforming;
	char text[256];

	CHECK(rules_stream(&facts, text, sizeof text));
	CHECK_STR(text, "conforming");
	facts.tuned = true;
	CHECK(rules_stream(&facts, text, sizeof text));
	CHECK_STR(text, "conforming, as a tuned variant");
	facts.elements = (size_t)(3.81 * 32 * MIB / 8); /* STREAM accepts 3.8 */
	CHECK(rules_stream(&facts, text, sizeof text));
}

static void test_size(void)
{
	struct rules_facts facts = conforming;
	char text[256];

	facts.elements = 64 * MIB / 8;
	CHECK(!rules_stream(&facts, text, sizeof text));
	CHECK_STR(text, "not conforming: arrays of 64.0 MiB must be >= 4 x last-level cache = 128.0 "
	                "MiB, and memory allows it");
	facts.llc_bytes = 2 * GIB;
	CHECK(!rules_stream(&facts, text, sizeof text));
	CHECK_STR(text, "not conforming: arrays of 64.0 MiB must be >= 4 x last-level cache = 8.0 GiB, "
	                "but memory allows only "
	                "3.2 GiB per array");
	facts.memory_bytes = 0;
	CHECK(!rules_stream(&facts, text, sizeof text));
	CHECK_STR(text, "not conforming: arrays of 64.0 MiB must be >= 4 x last-level cache = 8.0 GiB");
	facts.llc_bytes = 0;
	CHECK(!rules_stream(&facts, text, sizeof text));
	CHECK_CONTAINS(text, "last-level cache is unknown");
}

static void test_runs_and_ticks(void)
{
	struct rules_facts facts = conforming;
	char text[256];

	facts.runs = 1;
	facts.min_ns = 300;
	CHECK(!rules_stream(&facts, text, sizeof text));
	CHECK_CONTAINS(text, "at least 2 runs");
	CHECK_CONTAINS(text, "300 ns is shorter than 20 clock ticks of 20 ns");
}

static void test_clock(void)
{
	double tick = rules_clock_tick_ns();

	CHECK(tick > 0 && tick < 1e9);
}

TESTS({"conforming", test_conforming}, {"size", test_size}, {"runs_and_ticks", test_runs_and_ticks},
      {"clock", test_clock})
