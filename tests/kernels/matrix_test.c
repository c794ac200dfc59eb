/*
 * Generated matrices, row partitions, and what happens when memory ends.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/sparse.h>

#include "tests/support/check.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/support.h"

#include <unistd.h>

/* The definition, point by point: neighbours differ by at most one in each direction. */
static void check_27point(size_t nx, size_t ny, size_t nz)
{
	pinion_matrix *m = NULL;
	CHECK_INT(pinion_matrix_27point(&m, nx, ny, nz), ==, 0);
	pinion_csr a = pinion_matrix_csr(m);
	size_t n = nx * ny * nz, k = 0;
	CHECK_INT(a.rows, ==, n);
	CHECK_INT(a.columns, ==, n);
	for (size_t i = 0; i < n; i++) {
		CHECK_INT(a.row_start[i], ==, k);
		for (size_t j = 0; j < n; j++) {
			long dx = (long)(i % nx) - (long)(j % nx),
			     dy = (long)(i / nx % ny) - (long)(j / nx % ny),
			     dz = (long)(i / nx / ny) - (long)(j / nx / ny);
			if (dx * dx > 1 || dy * dy > 1 || dz * dz > 1)
				continue;
			CHECK_INT(a.column[k], ==, j);
			CHECK(a.value[k] == (i == j ? 26.0 : -1.0));
			k++;
		}
	}
	CHECK_INT(a.row_start[n], ==, k);
	CHECK_INT(a.entries, ==, k);
	pinion_matrix_destroy(m);
}

static void points_27(void)
{
	for (size_t nx = 1; nx < 5; nx++)
		for (size_t ny = 1; ny < 5; ny++)
			for (size_t nz = 1; nz < 5; nz++)
				check_27point(nx, ny, nz);
}

static void points_27_limits(void)
{
	pinion_matrix *m = NULL;
	CHECK_INT(pinion_matrix_27point(&m, 0, 4, 4), ==, PINION_ERR_RANGE);
	CHECK_INT(pinion_matrix_27point(&m, 4, 4, 0), ==, PINION_ERR_RANGE);
	CHECK_INT(pinion_matrix_27point(&m, 65536, 65536, 1), ==, PINION_ERR_RANGE);
	CHECK_INT(pinion_matrix_27point(&m, SIZE_MAX / 2, 3, 3), ==, PINION_ERR_RANGE);
	CHECK(m == NULL);
	pinion_matrix_destroy(NULL);
}

static void points_27_memory(void)
{
	pinion_matrix *m = NULL;
	int n = 0;
	for (;; n++) {
		fail_alloc_after(n);
		int rc = pinion_matrix_27point(&m, 3, 3, 3);
		if (!fail_alloc_done()) {
			CHECK_INT(rc, ==, 0);
			break;
		}
		CHECK_INT(rc, ==, PINION_ERR_NOMEM);
		CHECK(m == NULL);
	}
	CHECK_INT(n, >=, 4);
	pinion_matrix_destroy(m);
}

static void reader_memory(void)
{
	char path[] = "/tmp/pinion-mem-XXXXXX";
	int fd = mkstemp(path), n = 0;
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
	pinion_matrix *m = NULL;
	pinion_diag diag;
	CHECK(f != NULL);
	fprintf(f, "%%%%MatrixMarket matrix coordinate real symmetric\n3 3 2\n3 1 4\n2 2 1\n");
	CHECK_INT(fclose(f), ==, 0);
	for (;; n++) {
		diag.text[0] = '\0';
		fail_alloc_after(n);
		int rc = pinion_matrix_read(&m, path, &diag);
		if (!fail_alloc_done()) {
			CHECK_INT(rc, ==, 0);
			break;
		}
		CHECK_INT(rc, ==, PINION_ERR_NOMEM);
		CHECK(m == NULL);
		CHECK_CONTAINS(diag.text, "no memory");
	}
	CHECK_INT(n, >=, 9);
	CHECK_INT(pinion_matrix_csr(m).entries, ==, 3);
	pinion_matrix_destroy(m);
	unlink(path);
}

static pinion_placement *seats(const char *machine)
{
	pinion_topology *t = support_load(machine);
	pinion_placement *p = NULL;
	CHECK_INT(pinion_placement_plan(&p, t, NULL, NULL), ==, 0);
	pinion_topology_destroy(t);
	return p;
}

/* No border is further from its ideal place than half the longest row. */
static void check_balance(const pinion_csr *a, const char *machine)
{
	pinion_placement *place = seats(machine);
	pinion_partition *p = NULL;
	uint64_t longest = 0;
	size_t s = (size_t)pinion_placement_seats(place);
	CHECK_INT(pinion_csr_partition(&p, place, a), ==, 0);
	CHECK_INT(pinion_partition_size(p), ==, a->rows);
	CHECK_INT(pinion_partition_blocks(p), ==, s);
	for (size_t i = 0; i < a->rows; i++)
		if (a->row_start[i + 1] - a->row_start[i] > longest)
			longest = a->row_start[i + 1] - a->row_start[i];
	for (size_t b = 0; b < s; b++) {
		pinion_block block = pinion_partition_at(p, b);
		double ideal = (double)a->entries * (double)b / (double)s;
		double off = (double)a->row_start[block.begin] - ideal;
		CHECK_INT(block.owner, ==, b);
		CHECK((off < 0 ? -off : off) <= (double)longest / 2 + 1);
	}
	pinion_partition_destroy(p);
	pinion_placement_destroy(place);
}

static void partition_balances_entries(void)
{
	static const char *const machines[] = {"synthetic:core:1 pu:1", "synthetic:core:2 pu:1",
	                                       "synthetic:numa:2 core:3 pu:1",
	                                       "synthetic:pack:2 numa:4 core:8 pu:1"};
	pinion_matrix *m = NULL;
	uint64_t skewed[41] = {0};
	CHECK_INT(pinion_matrix_27point(&m, 9, 8, 7), ==, 0);
	pinion_csr grid = pinion_matrix_csr(m);
	for (uint64_t i = 0; i < 40; i++)
		skewed[i + 1] = skewed[i] + i * i;
	uint32_t *column = calloc(skewed[40], sizeof *column);
	double *value = calloc(skewed[40], sizeof *value);
	CHECK(column != NULL && value != NULL);
	pinion_csr triangle = {40, 40, skewed[40], skewed, column, value};
	for (size_t i = 0; i < 4; i++) {
		check_balance(&grid, machines[i]);
		check_balance(&triangle, machines[i]);
	}
	free(column);
	free(value);
	pinion_matrix_destroy(m);
}

/* One dense row among empty ones, no entries at all, fewer rows than seats, no rows. */
static void partition_of_odd_matrices(void)
{
	static const uint32_t column[4] = {0, 1, 2, 3};
	static const double value[4] = {1, 1, 1, 1};
	uint64_t dense[10] = {0, 0, 0, 0, 0, 4, 4, 4, 4, 4}, none[1] = {0}, empty[9] = {0},
	         one[2] = {0, 1};
	const pinion_csr odd[] = {{9, 4, 4, dense, column, value},
	                          {0, 0, 0, none, NULL, NULL},
	                          {8, 8, 0, empty, NULL, NULL},
	                          {1, 1, 1, one, column, value}};
	pinion_placement *place = seats("synthetic:numa:2 core:2 pu:1");
	for (size_t i = 0; i < 4; i++) {
		pinion_partition *p = NULL;
		size_t rows = 0;
		CHECK_INT(pinion_csr_partition(&p, place, &odd[i]), ==, 0);
		for (int s = 0; s < 4; s++)
			rows += pinion_partition_owned(p, s);
		CHECK_INT(rows, ==, odd[i].rows);
		if (i == 2)
			CHECK_INT(pinion_partition_owned(p, 3), ==, 2);
		pinion_partition_destroy(p);
	}
	pinion_csr broken = odd[0];
	broken.entries = 5;
	pinion_partition *p = NULL;
	CHECK_INT(pinion_csr_partition(&p, place, &broken), ==, PINION_ERR_ARG);
	broken.row_start = NULL;
	CHECK_INT(pinion_csr_partition(&p, place, &broken), ==, PINION_ERR_ARG);
	CHECK(p == NULL);
	pinion_placement_destroy(place);
}

static void partition_memory(void)
{
	pinion_placement *place = seats("synthetic:core:4 pu:1");
	pinion_partition *p = NULL;
	pinion_matrix *m = NULL;
	CHECK_INT(pinion_matrix_27point(&m, 3, 3, 3), ==, 0);
	pinion_csr a = pinion_matrix_csr(m);
	for (int n = 0;; n++) {
		fail_alloc_after(n);
		int rc = pinion_csr_partition(&p, place, &a);
		if (!fail_alloc_done()) {
			CHECK_INT(rc, ==, 0);
			break;
		}
		CHECK_INT(rc, ==, PINION_ERR_NOMEM);
		CHECK(p == NULL);
	}
	pinion_partition_destroy(p);
	pinion_matrix_destroy(m);
	pinion_placement_destroy(place);
}

TESTS({"points_27", points_27}, {"points_27_limits", points_27_limits},
      {"points_27_memory", points_27_memory}, {"reader_memory", reader_memory},
      {"partition_balances_entries", partition_balances_entries},
      {"partition_of_odd_matrices", partition_of_odd_matrices},
      {"partition_memory", partition_memory})
