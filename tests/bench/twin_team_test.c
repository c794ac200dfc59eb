/*
 * The OpenMP team: as many threads as asked, every index once, the first error.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/twin.h"

#include "tests/bench/openmp.h"
#include "tests/support/check.h"

struct marks {
	unsigned char seen[1000];
	int fail_at;
};

static int mark(size_t begin, size_t end, void *ctx)
{
	struct marks *m = ctx;

	for (size_t i = begin; i < end; i++)
		m->seen[i]++;
	return m->fail_at >= (int)begin && m->fail_at < (int)end ? 42 : 0;
}

static void test_team(void)
{
	if (!OPENMP_TESTED)
		SKIP("the OpenMP runtime is not instrumented for the thread sanitizer");
	CHECK_INT(twin_omp_default_threads(), >=, 1);
	CHECK_INT(twin_omp_threads(3), ==, 3);
	for (size_t n = 0; n <= 1000; n += 125) {
		struct marks m = {.fail_at = -1};

		CHECK_INT(twin_omp_for(n, 3, mark, &m), ==, 0);
		for (size_t i = 0; i < 1000; i++)
			CHECK_INT(m.seen[i], ==, i < n);
	}
	struct marks m = {.fail_at = 700};
	CHECK_INT(twin_omp_for(1000, 3, mark, &m), ==, 42);
}

TESTS({"team", test_team})
