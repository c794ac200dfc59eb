/*
 * The drivers on running engines: every kernel against the reference, with
 * 1, 2, 3, 7 and 8 workers, on even and on ragged partitions, and the same
 * bits from all of them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/reference.h"
#include "tests/kernels/engines.h"

#include <pinion/ledger.h>
#include <pinion/tune.h>

#include <float.h>
#include <math.h>

#define GRAIN 32768

static const int workers[] = {1, 2, 3, 7, 8};
#define TEAMS (sizeof workers / sizeof workers[0])

static const size_t sizes[] = {0,    1,     7,         8,     9,         4095,         4096,
                               4097, 20000, GRAIN - 1, GRAIN, GRAIN + 1, 3 * GRAIN + 5};
#define SIZES (sizeof sizes / sizeof sizes[0])
#define ROOM  (3 * GRAIN + 128)

static double *numbers(unsigned seed)
{
	double *x = calloc(ROOM, sizeof *x);
	CHECK(x != NULL);
	uint64_t state = seed;
	for (size_t i = 0; i < ROOM; i++) {
		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		x[i] = (double)(int64_t)state / 9.2e18;
	}
	return x;
}

typedef pinion_partition *(*maker)(const pinion_engine *engine, size_t n);
static const maker makers[] = {blocks_of, ragged};

static int run_stream(pinion_engine *e, const pinion_partition *p, int op, const double *b,
                      const double *c, double *out, const pinion_kernel_options *o)
{
	switch (op) {
	case PINION__COPY:
		return pinion_copy(e, p, b, out, o);
	case PINION__SCALE:
		return pinion_scale(e, p, 1.25, b, out, o);
	case PINION__ADD:
		return pinion_add(e, p, b, c, out, o);
	default:
		return pinion_triad(e, p, b, 1.25, c, out, o);
	}
}

static void check_streams(pinion_engine *e, const pinion_partition *p, size_t n, const double *b,
                          const double *c, double *got, double *want)
{
	pinion_kernel_options o = PINION_KERNEL_OPTIONS_INIT;
	for (int op = 0; op < PINION__STREAMS; op++)
		for (int stores = 0; stores < 3; stores++) {
			o.stores = (pinion_stores)stores;
			o.grain = stores == 2 ? 777 : 0;
			memset(got, 0x55, (n + 64) * sizeof *got);
			memcpy(want, got, (n + 64) * sizeof *want);
			CHECK_INT(run_stream(e, p, op, b, c, got + 3, &o), ==, 0);
			pinion__reference_stream((enum pinion__stream)op, b, c, 1.25, want + 3, n);
			CHECK(memcmp(got, want, (n + 64) * sizeof *got) == 0);
		}
}

static void streams(void)
{
	double *b = numbers(1), *c = numbers(2), *got = numbers(3), *want = numbers(4);
	for (size_t w = 0; w < TEAMS; w++) {
		pinion_engine *e = engine_with(workers[w]);
		for (size_t z = 0; z < SIZES; z++)
			for (int m = 0; m < 2; m++) {
				pinion_partition *p = makers[m](e, sizes[z]);
				check_streams(e, p, sizes[z], b, c, got, want);
				pinion_partition_destroy(p);
			}
		pinion_engine_destroy(e);
	}
	free(b);
	free(c);
	free(got);
	free(want);
}

/* The results of all teams and partitions, against the first. */
struct expected {
	bool known;
	double sum, dot;
};

static void check_reductions(pinion_engine *e, const pinion_partition *p, const double *x,
                             const double *y, size_t n, struct expected *want)
{
	double sum = -1.0, dot = -1.0, magnitude;
	CHECK_INT(pinion_sum(e, p, x, &sum, NULL), ==, 0);
	CHECK_INT(pinion_dot(e, p, x, y, &dot, NULL), ==, 0);
	if (!want->known) {
		*want = (struct expected){true, sum, dot};
		long double exact = pinion__reference_sum(x, n, &magnitude);
		CHECK(fabsl(sum - exact) <= magnitude * DBL_EPSILON * 140);
		exact = pinion__reference_dot(x, y, n, &magnitude);
		CHECK(fabsl(dot - exact) <= magnitude * DBL_EPSILON * 140);
	}
	CHECK(memcmp(&sum, &want->sum, sizeof sum) == 0);
	CHECK(memcmp(&dot, &want->dot, sizeof dot) == 0);
}

static void reductions_are_reproducible(void)
{
	double *x = numbers(5), *y = numbers(6);
	struct expected want[SIZES] = {{0}};
	for (size_t w = 0; w < TEAMS; w++) {
		pinion_engine *e = engine_with(workers[w]);
		for (size_t z = 0; z < SIZES; z++)
			for (int m = 0; m < 2; m++) {
				pinion_partition *p = makers[m](e, sizes[z]);
				check_reductions(e, p, x, y, sizes[z], &want[z]);
				pinion_partition_destroy(p);
			}
		pinion_engine_destroy(e);
	}
	CHECK(want[0].sum == 0.0 && want[0].dot == 0.0);
	free(x);
	free(y);
}

static void check_spmv(pinion_engine *e, const pinion_csr *a, const double *x, const double *want)
{
	pinion_placed_csr *placed = NULL;
	pinion_partition *p = NULL;
	double *y = calloc(a->rows + 2, sizeof *y);
	CHECK(y != NULL);
	CHECK_INT(pinion_csr_partition(&p, pinion_engine_placement(e), a), ==, 0);
	CHECK_INT(pinion_spmv(e, p, a, x, y + 1, NULL), ==, 0);
	CHECK(memcmp(y + 1, want, a->rows * sizeof *y) == 0);
	CHECK(y[0] == 0.0 && y[a->rows + 1] == 0.0);

	CHECK_INT(pinion_placed_csr_create(&placed, e, p, a, NULL, NULL), ==, 0);
	pinion_csr view = pinion_placed_csr_view(placed);
	CHECK_INT(view.rows, ==, a->rows);
	CHECK_INT(view.entries, ==, a->entries);
	CHECK(memcmp(view.row_start, a->row_start, (a->rows + 1) * sizeof *a->row_start) == 0);
	CHECK(memcmp(view.column, a->column, a->entries * sizeof *a->column) == 0);
	CHECK(memcmp(view.value, a->value, a->entries * sizeof *a->value) == 0);
	for (int i = 0; i < 3; i++)
		CHECK(pinion_placed_csr_array(placed, i) != NULL);
	memset(y, 0, (a->rows + 2) * sizeof *y);
	CHECK_INT(pinion_spmv(e, p, &view, x, y + 1, NULL), ==, 0);
	CHECK(memcmp(y + 1, want, a->rows * sizeof *y) == 0);
	pinion_placed_csr_destroy(placed);
	pinion_partition_destroy(p);
	free(y);
}

static void sparse_products(void)
{
	pinion_matrix *m = NULL;
	CHECK_INT(pinion_matrix_27point(&m, 17, 11, 13), ==, 0);
	pinion_csr a = pinion_matrix_csr(m);
	double *x = numbers(7), *want = numbers(8);
	pinion__reference_spmv(&a, x, want);
	for (size_t w = 0; w < TEAMS; w++) {
		pinion_engine *e = engine_with(workers[w]);
		check_spmv(e, &a, x, want);
		pinion_engine_destroy(e);
	}
	pinion_matrix_destroy(m);
	free(x);
	free(want);
}

static void empty_matrix(void)
{
	static const uint64_t start[4] = {0};
	const pinion_csr none = {0, 0, 0, start, NULL, NULL}, blank = {3, 3, 0, start, NULL, NULL};
	const pinion_csr *both[] = {&none, &blank};
	pinion_engine *e = engine_with(2);
	for (size_t i = 0; i < 2; i++) {
		pinion_placed_csr *placed = NULL;
		pinion_partition *p = NULL;
		double y[3] = {9, 9, 9}, x[3] = {1, 1, 1};
		CHECK_INT(pinion_csr_partition(&p, pinion_engine_placement(e), both[i]), ==, 0);
		CHECK_INT(pinion_placed_csr_create(&placed, e, p, both[i], NULL, NULL), ==, 0);
		pinion_csr view = pinion_placed_csr_view(placed);
		CHECK_INT(view.row_start[both[i]->rows], ==, 0);
		CHECK_INT(pinion_spmv(e, p, &view, x, y, NULL), ==, 0);
		CHECK(i == 0 ? y[0] == 9.0 : y[0] == 0.0 && y[2] == 0.0);
		pinion_placed_csr_destroy(placed);
		pinion_partition_destroy(p);
	}
	pinion_engine_destroy(e);
}

static void arguments(void)
{
	static const uint64_t start[3] = {0, 1, 1};
	static const uint32_t column[1] = {0};
	static const double value[1] = {1};
	pinion_engine *e = engine_with(2);
	pinion_partition *p = blocks_of(e, 10), *empty = blocks_of(e, 0);
	double x[10] = {0}, result = 7.0;
	CHECK_INT(pinion_copy(e, p, NULL, x, NULL), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_copy(e, p, x, NULL, NULL), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_triad(e, p, x, 1.0, NULL, x, NULL), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_copy(e, empty, NULL, NULL, NULL), ==, 0);
	CHECK_INT(pinion_sum(e, p, NULL, &result, NULL), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_dot(e, p, x, NULL, &result, NULL), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_sum(e, p, x, NULL, NULL), ==, PINION_ERR_ARG);
	CHECK(result == 7.0);
	CHECK_INT(pinion_sum(e, empty, NULL, &result, NULL), ==, 0);
	CHECK(result == 0.0);

	pinion_kernel_options o = PINION_KERNEL_OPTIONS_INIT;
	o.size = 0;
	CHECK_INT(pinion_copy(e, p, x, x, &o), ==, PINION_ERR_ARG);
	o.size = offsetof(pinion_kernel_options, schedule); /* a caller with an older header */
	o.stores = (pinion_stores)99;
	CHECK_INT(pinion_copy(e, p, x, x, &o), ==, 0);
	o.size = sizeof o;
	CHECK_INT(pinion_copy(e, p, x, x, &o), ==, PINION_ERR_ARG);
	struct {
		pinion_kernel_options o;
		uint64_t unknown;
	} newer = {PINION_KERNEL_OPTIONS_INIT, 0};
	newer.o.size = sizeof newer;
	CHECK_INT(pinion_copy(e, p, x, x, &newer.o), ==, 0);
	newer.unknown = 1;
	CHECK_INT(pinion_copy(e, p, x, x, &newer.o), ==, PINION_ERR_ARG);

	pinion_csr a = {2, 2, 1, start, column, value};
	pinion_placed_csr *placed = NULL;
	CHECK_INT(pinion_spmv(e, p, &a, x, x, NULL), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_spmv(e, p, NULL, x, x, NULL), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_placed_csr_create(&placed, e, p, &a, NULL, NULL), ==, PINION_ERR_ARG);
	CHECK(placed == NULL);
	pinion_placed_csr_destroy(NULL);

	CHECK_INT(pinion_engine_stop(e), ==, 0);
	CHECK_INT(pinion_copy(e, p, x, x, NULL), ==, PINION_ERR_STATE);
	CHECK_INT(pinion_sum(e, p, x, &result, NULL), ==, PINION_ERR_STATE);
	pinion_partition_destroy(p);
	pinion_partition_destroy(empty);
	pinion_engine_destroy(e);
}

/* Large arrays try both kinds of stores and settle; small ones never ask. */
static void stores_are_chosen(void)
{
	enum { N = 1 << 20 };
	if (!pinion__panels_best()->streaming) {
		printf("  left out: this processor has no streaming stores\n");
		return;
	}
	pinion_engine *e = engine_with(2);
	pinion_partition *p = blocks_of(e, N), *small = blocks_of(e, 1000);
	double *x = calloc(N, sizeof *x), *y = calloc(N, sizeof *y);
	CHECK(x != NULL && y != NULL);
	CHECK_INT(pinion_tune_choice(e, "copy", 24), ==, -1);
	for (int i = 0; i < 8; i++) {
		x[i] = i;
		CHECK_INT(pinion_copy(e, p, x, y, NULL), ==, 0);
		CHECK(y[i] == i);
		CHECK_INT(pinion_copy(e, small, x, y, NULL), ==, 0);
	}
	int choice = pinion_tune_choice(e, "copy", 24);
	CHECK(choice == 0 || choice == 1);
	CHECK_INT(pinion_tune_choice(e, "copy", 13), ==, -1);
	free(x);
	free(y);
	pinion_partition_destroy(p);
	pinion_partition_destroy(small);
	pinion_engine_destroy(e);
}

/* With schedule owner nothing moves, and the ledger says so under the kernel's name or the
 * caller's. */
static void ledger_names_the_kernel(void)
{
	enum { N = 1 << 18 };
	pinion_engine *e = engine_with(2);
	pinion_partition *p = blocks_of(e, N);
	double *x = calloc(N, sizeof *x), sum;
	pinion_kernel_options o = PINION_KERNEL_OPTIONS_INIT;
	pinion_ledger ledger;
	CHECK(x != NULL);
	o.schedule = PINION_SCHEDULE_OWNER;
	CHECK_INT(pinion_copy(e, p, x, x, &o), ==, 0);
	o.site = "my sum";
	CHECK_INT(pinion_sum(e, p, x, &sum, &o), ==, 0);
	CHECK_INT(pinion_ledger_take(e, pinion_ledger_find(e, "copy"), &ledger), ==, 0);
	CHECK_INT(ledger.indexes_home, ==, N);
	CHECK_INT(ledger.bytes_home, ==, 16 * N);
	CHECK_INT(ledger.claims_near + ledger.claims_remote, ==, 0);
	CHECK_INT(ledger.claims_home, >=, N / GRAIN);
	CHECK_INT(pinion_ledger_take(e, pinion_ledger_find(e, "my sum"), &ledger), ==, 0);
	CHECK_INT(ledger.indexes_home, ==, N);
	free(x);
	pinion_partition_destroy(p);
	pinion_engine_destroy(e);
}

TESTS({"streams", streams}, {"reductions_are_reproducible", reductions_are_reproducible},
      {"sparse_products", sparse_products}, {"empty_matrix", empty_matrix},
      {"arguments", arguments}, {"stores_are_chosen", stores_are_chosen},
      {"ledger_names_the_kernel", ledger_names_the_kernel})
