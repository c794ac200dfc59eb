/*
 * Each allocation of a measurement fails once: the caller hears of it, its
 * result is untouched, and nothing is lost (the address sanitizer looks).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/bench/measured.h"
#include "tests/support/fail_alloc.h"

static void fail_each(pinion_engine *engine, const char *kernel, enum workload_engine kind)
{
	struct workload_params p = small(kernel, kind);
	bool failed = true;

	if (p.elements != 0)
		p.elements = 1000;
	else
		p.grid[0] = p.grid[1] = p.grid[2] = 3;
	for (int n = 0; failed; n++) {
		struct workload_result r, untouched;
		pinion_diag diag;
		int error;

		memset(&r, 0x5a, sizeof r);
		untouched = r;
		fail_alloc_after(n);
		error = workload_measure(engine, &p, &brief, NULL, NULL, NULL, &r, &diag);
		failed = fail_alloc_done();
		if (error != 0) {
			CHECK(failed);
			CHECK_INT(error, ==, PINION_ERR_NOMEM);
			CHECK(diag.text[0] != '\0');
			CHECK(memcmp(&r, &untouched, sizeof r) == 0);
		} else { /* what can be done without was done without */
			CHECK(r.valid);
			workload_result_free(&r);
		}
		CHECK_INT(n, <, 10000);
	}
}

static void test_serial(void)
{
	for (const struct workload_kind *k = workload_table(); k->name != NULL; k++)
		fail_each(NULL, k->name, WORKLOAD_SERIAL);
}

static void test_pinion(void)
{
	pinion_engine *engine = start_engine(2);

	for (const struct workload_kind *k = workload_table(); k->name != NULL; k++)
		fail_each(engine, k->name, WORKLOAD_PINION);
	pinion_engine_destroy(engine);
}

/* The twin beside a stopped engine allocates masks as well. */
static void test_twin_on_seats(void)
{
	pinion_engine *engine = start_engine(1);

	CHECK_INT(pinion_engine_stop(engine), ==, 0);
	fail_each(engine, "dot", WORKLOAD_SERIAL);
	pinion_engine_destroy(engine);
}

TESTS({"serial", test_serial}, {"pinion", test_pinion}, {"twin_on_seats", test_twin_on_seats})
