/*
 * Making and laying out a matrix.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/sparse.h"

#include "bench/size.h"

#include <stdio.h>
#include <string.h>

static bool generated(const struct workload_params *p)
{
	return p->matrix == NULL || strcmp(p->matrix, "hpcg-27pt") == 0;
}

static int generate(struct measure *m, const struct sparse_need *need, pinion_matrix **out)
{
	struct size_facts facts = {m->params->llc_bytes, m->params->memory_bytes};
	size_t grid[3] = {m->params->grid[0], m->params->grid[1], m->params->grid[2]};
	int error = size_grid(&facts, need->vectors, need->auto_side, grid, m->diag);

	if (error != 0)
		return error;
	snprintf(m->result->problem, sizeof m->result->problem, "27-point %zu x %zu x %zu", grid[0],
	         grid[1], grid[2]);
	error = pinion_matrix_27point(out, grid[0], grid[1], grid[2]);
	return error == 0
	           ? 0
	           : measure_fail(m, error, "%s: %s", m->result->problem, pinion_strerror(error));
}

static int read_file(struct measure *m, pinion_matrix **out)
{
	const char *path = m->params->matrix, *slash = strrchr(path, '/');
	const size_t *grid = m->params->grid;

	if (grid[0] != 0 || grid[1] != 0 || grid[2] != 0)
		return measure_fail(m, PINION_ERR_ARG,
		                    "a grid and a matrix file exclude each other; the file has its size");
	snprintf(m->result->problem, sizeof m->result->problem, "%.48s",
	         slash != NULL ? slash + 1 : path);
	return pinion_matrix_read(out, path, m->diag);
}

static int check_matrix(struct measure *m, const struct sparse_need *need, const pinion_csr *a)
{
	struct size_facts facts = {m->params->llc_bytes, m->params->memory_bytes};
	double csr = 8.0 * ((double)a->rows + 1) + 12.0 * (double)a->entries;
	char *problem = m->result->problem;
	size_t length = strlen(problem);

	if (need->square && a->rows != a->columns)
		return measure_fail(m, PINION_ERR_ARG,
		                    "%s needs a square matrix; %.100s has %zu rows and %zu columns",
		                    m->steps->name, m->params->matrix, a->rows, a->columns);
	snprintf(problem + length, sizeof m->result->problem - length, ": %zu rows, %zu non-zeros (%s)",
	         a->rows, a->entries, size_text(csr).text);
	measure_note_cached(m, csr);
	return size_check(&facts, 2 * csr + 8.0 * (double)a->rows * need->vectors,
	                  "the matrix, laid out,", m->diag);
}

static int place(struct measure *m, const pinion_csr *a, struct sparse *s)
{
	const pinion_placement *placement = pinion_engine_placement(m->crew.engine);
	pinion_array_options options = m->params->memory;
	int error = pinion_csr_partition(&s->row_partition, placement, a);

	options.size = sizeof options;
	if (error == 0 && a->rows == a->columns)
		s->column_partition = pinion_partition_retain(s->row_partition);
	else if (error == 0)
		error = pinion_partition_block(&s->column_partition, placement, a->columns,
		                               pinion_array_granule(placement, a->columns, sizeof(double)));
	if (error == 0)
		error = pinion_placed_csr_create(&s->placed, m->crew.engine, s->row_partition, a, &options,
		                                 m->diag);
	if (error != 0)
		return error;
	s->a = pinion_placed_csr_view(s->placed);
	for (int i = 0; i < 3; i++)
		measure_placed(m, pinion_placed_csr_array(s->placed, i));
	return 0;
}

/* A twin's copy: the thread that will work on a row copies it. */
struct row_copy {
	const pinion_csr *from;
	uint64_t *row_start;
	uint32_t *column;
	double *value;
};

static int copy_rows(size_t begin, size_t end, void *ctx)
{
	const struct row_copy *copy = ctx;
	const pinion_csr *from = copy->from;
	uint64_t first = from->row_start[begin], entries = from->row_start[end] - first;

	memcpy(copy->row_start + begin + 1, from->row_start + begin + 1,
	       (end - begin) * sizeof *copy->row_start);
	memcpy(copy->column + first, from->column + first, entries * sizeof *copy->column);
	memcpy(copy->value + first, from->value + first, entries * sizeof *copy->value);
	return 0;
}

static int copy_for_twin(struct measure *m, const pinion_csr *a, struct sparse *s)
{
	struct crew_range starts = {NULL, a->rows + 1},
	                  entries = {NULL, a->entries > 0 ? a->entries : 1};
	struct row_copy copy = {.from = a};
	int error = measure_buffer(m, &starts, sizeof *copy.row_start, (void **)&copy.row_start);

	if (error == 0)
		error = measure_buffer(m, &entries, sizeof *copy.column, (void **)&copy.column);
	if (error == 0)
		error = measure_buffer(m, &entries, sizeof *copy.value, (void **)&copy.value);
	if (error == 0)
		error = crew_for(&m->crew, &s->rows, "fill", copy_rows, &copy);
	s->a = (pinion_csr){a->rows, a->columns, a->entries, copy.row_start, copy.column, copy.value};
	return error;
}

static int lay_out(struct measure *m, const pinion_csr *a, struct sparse *s)
{
	int error = 0;

	if (m->crew.kind == WORKLOAD_PINION)
		error = place(m, a, s);
	s->rows = (struct crew_range){s->row_partition, a->rows};
	s->columns = (struct crew_range){s->column_partition, a->columns};
	if (error == 0 && m->crew.kind != WORKLOAD_PINION)
		error = copy_for_twin(m, a, s);
	return error;
}

int sparse_make(struct measure *m, const struct sparse_need *need, struct sparse *s)
{
	pinion_matrix *matrix = NULL;
	pinion_csr a;
	int error = measure_refuse_size(m);

	if (error == 0)
		error = measure_refuse_stores(m);
	if (error == 0)
		error = generated(m->params) ? generate(m, need, &matrix) : read_file(m, &matrix);
	if (error != 0)
		return error;
	a = pinion_matrix_csr(matrix);
	error = check_matrix(m, need, &a);
	if (error == 0 && measure_stopped(m, "prepare", 1, 2))
		error = PINION_ERR_CANCELED;
	if (error == 0)
		error = lay_out(m, &a, s);
	pinion_matrix_destroy(matrix);
	return error;
}

void sparse_release(struct sparse *s)
{
	pinion_placed_csr_destroy(s->placed);
	pinion_partition_destroy(s->row_partition);
	pinion_partition_destroy(s->column_partition);
}

int sparse_vector(struct measure *m, const struct crew_range *range, double **out)
{
	return measure_buffer(m, range, sizeof **out, (void **)out);
}
