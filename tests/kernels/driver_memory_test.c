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

static void placed_csr(void)
{
	pinion_placed_csr *placed = NULL;
	int n = 0;
	begin();
	for (;; n++) {
		fail_alloc_after(n);
		int rc = pinion_placed_csr_create(&placed, engine, rows, &grid, NULL, NULL);
		if (!fail_alloc_done()) {
			CHECK_INT(rc, ==, 0);
			break;
		}
		CHECK_INT(rc, ==, PINION_ERR_NOMEM);
		CHECK(placed == NULL);
	}
	CHECK_INT(n, >=, 10);
	CHECK_INT(pinion_placed_csr_view(placed).entries, ==, grid.entries);
	pinion_placed_csr_destroy(placed);
	end();
}

/* x may have moved when memory ends on the way; the result is untouched. */
static void cg(void)
{
	double b[729], x[729];
	pinion_cg_result result = {.iterations = -5};
	int n = 0;
	begin();
	for (;; n++) {
		for (int i = 0; i < 729; i++) {
			b[i] = i % 5;
			x[i] = 0.0;
		}
		fail_alloc_after(n);
		int rc = pinion_cg(engine, rows, &grid, b, x, NULL, &result);
		if (!fail_alloc_done()) {
			CHECK_INT(rc, ==, 0);
			break;
		}
		CHECK_INT(rc, ==, PINION_ERR_NOMEM);
		CHECK_INT(result.iterations, ==, -5);
	}
	CHECK_INT(n, >=, 8);
	CHECK(result.converged);
	end();
}

TESTS({"placed_csr", placed_csr}, {"cg", cg})
