/*
 * Sizes: the rule where memory allows it, a refusal with both numbers where not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/size.h"

#include "tests/support/check.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

static void test_text(void)
{
	CHECK_STR(size_text(0).text, "0 B");
	CHECK_STR(size_text(1023).text, "1023 B");
	CHECK_STR(size_text(1024).text, "1.0 KiB");
	CHECK_STR(size_text(3.0 * (double)GIB).text, "3.0 GiB");
	CHECK_STR(size_text(1e30).text, "8.67e+11 EiB");
}

static void test_automatic(void)
{
	struct size_facts facts = {32 * MIB, 16 * GIB};
	pinion_diag diag;
	size_t n = 0;

	CHECK_INT(size_vectors(&facts, 3, 0, &n, &diag), ==, 0);
	CHECK_INT(n * 8, ==, 4 * 32 * MIB);
	facts.memory_bytes = 100 * MIB; /* 60 % of it, over three arrays */
	CHECK_INT(size_vectors(&facts, 3, 0, &n, &diag), ==, 0);
	CHECK_INT(n * 8 * 3, <=, 60 * MIB);
	CHECK_INT((n + 1) * 8 * 3, >, 60 * MIB);
	facts.memory_bytes = 10;
	CHECK_INT(size_vectors(&facts, 3, 0, &n, &diag), ==, 0);
	CHECK_INT(n, ==, 1);
	facts = (struct size_facts){0, 0};
	CHECK_INT(size_vectors(&facts, 3, 0, &n, &diag), ==, 0);
	CHECK_INT(n, >=, 1);
}

static void test_asked(void)
{
	struct size_facts facts = {32 * MIB, GIB};
	pinion_diag diag;
	size_t n = 7;

	CHECK_INT(size_vectors(&facts, 2, 1, &n, &diag), ==, 0);
	CHECK_INT(n, ==, 1);
	CHECK_INT(size_vectors(&facts, 2, GIB / 16, &n, &diag), ==, 0);
	CHECK_INT(size_vectors(&facts, 2, GIB / 16 + 1, &n, &diag), ==, PINION_ERR_NOMEM);
	CHECK_INT(size_vectors(&facts, 3, (size_t)1 << 40, &n, &diag), ==, PINION_ERR_NOMEM);
	CHECK_CONTAINS(diag.text, "3 arrays of 1099511627776 doubles");
	CHECK_CONTAINS(diag.text, "24.0 TiB");
	CHECK_CONTAINS(diag.text, "1.0 GiB");
	CHECK_INT(diag.offset, ==, -1);
}

/* Sizes whose bytes do not fit a size_t are refused, even where no limit is known. */
static void test_asked_overflow(void)
{
	struct size_facts facts = {0, 0};
	pinion_diag diag;
	size_t n = 7;

	CHECK_INT(size_vectors(&facts, 3, SIZE_MAX, &n, &diag), ==, PINION_ERR_NOMEM);
	CHECK_INT(size_vectors(&facts, 3, SIZE_MAX / 8, &n, &diag), ==, PINION_ERR_NOMEM);
	CHECK_INT(size_vectors(&facts, 3, (size_t)1 << 61, &n, &diag), ==, PINION_ERR_NOMEM);
	facts.memory_bytes = UINT64_MAX;
	CHECK_INT(size_vectors(&facts, 3, SIZE_MAX, &n, &diag), ==, PINION_ERR_NOMEM);
}

static void test_grid(void)
{
	struct size_facts facts = {32 * MIB, 16 * GIB};
	size_t grid[3] = {0, 0, 0};
	pinion_diag diag;

	CHECK_INT(size_grid(&facts, 2, 64, grid, &diag), ==, 0);
	CHECK(grid[0] == 64 && grid[1] == 64 && grid[2] == 64);
	facts.memory_bytes = 16 * MIB;
	grid[0] = grid[1] = grid[2] = 0;
	CHECK_INT(size_grid(&facts, 2, 64, grid, &diag), ==, 0);
	CHECK(grid[0] >= 8 && grid[0] < 64);
	grid[0] = grid[1] = grid[2] = 64;
	CHECK_INT(size_grid(&facts, 2, 64, grid, &diag), ==, PINION_ERR_NOMEM);
	CHECK_CONTAINS(diag.text, "64 x 64 x 64");
	CHECK_CONTAINS(diag.text, "16.0 MiB");
	grid[1] = 0;
	CHECK_INT(size_grid(&facts, 2, 64, grid, &diag), ==, PINION_ERR_ARG);
	grid[0] = grid[1] = grid[2] = (size_t)1 << 40;
	CHECK_INT(size_grid(&facts, 2, 64, grid, &diag), ==, PINION_ERR_RANGE);
	grid[0] = 4294967295u;
	grid[1] = grid[2] = 1;
	CHECK_INT(size_grid(&facts, 2, 64, grid, &diag), ==, PINION_ERR_NOMEM);
}

static void test_cube_beyond_cache(void)
{
	for (uint64_t llc = 0; llc < 512 * MIB; llc += 37 * MIB) {
		size_t side = size_cube_beyond_cache(llc);
		double rows = (double)side * (double)side * (double)side;

		CHECK_INT(side % 8, ==, 0);
		CHECK(rows * (27 * 12 + 8) > (double)llc);
		if (side > 64) { /* one step smaller fits: 26 entries per row and more in the inner cube */
			double less = (double)(side - 8);

			CHECK(less * less * less * (24 * 12) < (double)llc);
		}
	}
}

TESTS({"text", test_text}, {"automatic", test_automatic}, {"asked", test_asked},
      {"asked_overflow", test_asked_overflow}, {"grid", test_grid},
      {"cube_beyond_cache", test_cube_beyond_cache})
