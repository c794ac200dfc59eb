/*
 * Every allocation of the sparse drivers fails once: the call says so, and
 * nothing is leaked or left half made.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/sparse.h>

#include "tests/kernels/engines.h"
#include "tests/support/fail_alloc.h"

static pinion_engine *engine;
static pinion_partition *rows;
static pinion_matrix *matrix;
static pinion_csr grid;

static void begin(void)
{
	engine = engine_with(2);
	CHECK_INT(pinion_matrix_27point(&matrix, 9, 9, 9), ==, 0);
	grid = pinion_matrix_csr(matrix);
	CHECK_INT(pinion_csr_partition(&rows, pinion_engine_placement(engine), &grid), ==, 0);
}

static void end(void)
{
	pinion_partition_destroy(rows);
	pinion_matrix_destroy(matrix);
	pinion_engine_destroy(engine);
}

/* An allocation that only serves a binding may be missed: the call then goes on, and records the
 * shortfall. */
static void placed_csr(void)
{
	bool failed = true;
	int refused = 0;
	begin();
	for (int n = 0; failed; n++) {
		pinion_placed_csr *placed = NULL;
		fail_alloc_after(n);
		int rc = pinion_placed_csr_create(&placed, engine, rows, &grid, NULL, NULL);
		failed = fail_alloc_done();
		CHECK(rc == 0 || (failed && rc == PINION_ERR_NOMEM && placed == NULL));
		refused += rc != 0;
		if (rc == 0)
			CHECK_INT(pinion_placed_csr_view(placed).entries, ==, grid.entries);
		pinion_placed_csr_destroy(placed);
	}
	CHECK_INT(refused, >=, 10);
	end();
}

/* x may have moved when memory ends on the way; the result is untouched. */
static void cg(void)
{
	double b[729], x[729];
	bool failed = true;
	int refused = 0;
	begin();
	for (int n = 0; failed; n++) {
		pinion_cg_result result = {.iterations = -5};
		for (int i = 0; i < 729; i++) {
			b[i] = i % 5;
			x[i] = 0.0;
		}
		fail_alloc_after(n);
		int rc = pinion_cg(engine, rows, &grid, b, x, NULL, &result);
		failed = fail_alloc_done();
		CHECK(rc == 0 || (failed && rc == PINION_ERR_NOMEM && result.iterations == -5));
		CHECK(rc != 0 || result.converged);
		refused += rc != 0;
	}
	CHECK_INT(refused, >=, 8);
	end();
}

TESTS({"placed_csr", placed_csr}, {"cg", cg})
