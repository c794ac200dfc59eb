/*
 * Matrices that own their memory, and their assembly from loose entries.
 *
 * Assembly buckets the entries by column and then by row. Both passes are
 * stable and linear, so columns come out ascending in each row and equal
 * places keep their order, without a comparison.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/matrix.h"

#include "affinity/port.h"

/* NULL when count * bytes does not fit. */
static void *alloc_array(size_t count, size_t bytes)
{
	size_t all;
	if (__builtin_mul_overflow(count, bytes, &all))
		return NULL;
	return pinion__alloc(all);
}

pinion_matrix *pinion__matrix_alloc(size_t rows, size_t columns, size_t entries)
{
	pinion_matrix *m = pinion__alloc(sizeof *m);
	if (m == NULL)
		return NULL;
	m->rows = rows;
	m->columns = columns;
	m->entries = entries;
	m->row_start = rows < SIZE_MAX ? alloc_array(rows + 1, sizeof *m->row_start) : NULL;
	m->column = alloc_array(entries, sizeof *m->column);
	m->value = alloc_array(entries, sizeof *m->value);
	if (m->row_start != NULL && m->column != NULL && m->value != NULL)
		return m;
	pinion_matrix_destroy(m);
	return NULL;
}

void pinion_matrix_destroy(pinion_matrix *matrix)
{
	if (matrix == NULL)
		return;
	pinion__free(matrix->row_start);
	pinion__free(matrix->column);
	pinion__free(matrix->value);
	pinion__free(matrix);
}

pinion_csr pinion_matrix_csr(const pinion_matrix *matrix)
{
	return (pinion_csr){matrix->rows,      matrix->columns, matrix->entries,
	                    matrix->row_start, matrix->column,  matrix->value};
}

bool pinion__triplets_init(struct pinion__triplets *t, size_t capacity)
{
	*t = (struct pinion__triplets){.capacity = capacity};
	t->row = alloc_array(capacity, sizeof *t->row);
	t->column = alloc_array(capacity, sizeof *t->column);
	t->value = alloc_array(capacity, sizeof *t->value);
	if (t->row != NULL && t->column != NULL && t->value != NULL)
		return true;
	pinion__triplets_fini(t);
	return false;
}

void pinion__triplets_fini(struct pinion__triplets *t)
{
	pinion__free(t->row);
	pinion__free(t->column);
	pinion__free(t->value);
	*t = (struct pinion__triplets){0};
}

/* start[0 .. n] is zero; afterwards bucket b may fill from start[b]. */
static void buckets_count(uint64_t *start, size_t n, const uint32_t *key, size_t count)
{
	for (size_t k = 0; k < count; k++)
		start[key[k] + (size_t)1]++;
	for (size_t b = 0; b < n; b++)
		start[b + 1] += start[b];
}

/* Filling moved each start to the end of its bucket, which is the start of the next. */
static void buckets_rewind(uint64_t *start, size_t n)
{
	for (size_t b = n; b > 0; b--)
		start[b] = start[b - 1];
	start[0] = 0;
}

/* `by_column` is the transpose: its rows are columns, and its columns are rows in the order of
 * t. */
static void bucket_triplets(pinion_matrix *by_column, const struct pinion__triplets *t)
{
	uint64_t *start = by_column->row_start;
	buckets_count(start, by_column->rows, t->column, t->count);
	for (size_t k = 0; k < t->count; k++) {
		uint64_t at = start[t->column[k]]++;
		by_column->column[at] = t->row[k];
		by_column->value[at] = t->value[k];
	}
	buckets_rewind(start, by_column->rows);
}

static void transpose(pinion_matrix *out, const pinion_matrix *in)
{
	uint64_t *start = out->row_start;
	buckets_count(start, out->rows, in->column, in->entries);
	for (size_t c = 0; c < in->rows; c++)
		for (uint64_t k = in->row_start[c]; k < in->row_start[c + 1]; k++) {
			uint64_t at = start[in->column[k]]++;
			out->column[at] = (uint32_t)c;
			out->value[at] = in->value[k];
		}
	buckets_rewind(start, out->rows);
}

/* Columns ascend, so equal places are neighbours. */
static void add_duplicates(pinion_matrix *m)
{
	uint64_t kept = 0, k = 0;
	for (size_t row = 0; row < m->rows; row++) {
		uint64_t first = kept;
		for (uint64_t end = m->row_start[row + 1]; k < end; k++) {
			if (kept > first && m->column[kept - 1] == m->column[k]) {
				m->value[kept - 1] += m->value[k];
				continue;
			}
			m->column[kept] = m->column[k];
			m->value[kept++] = m->value[k];
		}
		m->row_start[row] = first;
	}
	m->row_start[m->rows] = kept;
	m->entries = kept;
}

int pinion__matrix_assemble(pinion_matrix **out, struct pinion__triplets *t, size_t rows,
                            size_t columns)
{
	size_t count = t->count;
	pinion_matrix *by_column = pinion__matrix_alloc(columns, rows, count);
	if (by_column != NULL)
		bucket_triplets(by_column, t);
	pinion__triplets_fini(t);
	if (by_column == NULL)
		return PINION_ERR_NOMEM;

	pinion_matrix *m = pinion__matrix_alloc(rows, columns, count);
	if (m != NULL) {
		transpose(m, by_column);
		add_duplicates(m);
		*out = m;
	}
	pinion_matrix_destroy(by_column);
	return m != NULL ? 0 : PINION_ERR_NOMEM;
}
