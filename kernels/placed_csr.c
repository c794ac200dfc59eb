/*
 * A matrix laid out by a partition of its rows.
 *
 * The entries get a partition of their own: its borders stand where the row
 * borders cut them, and its owners are those of the rows. All three arrays are
 * populated by their owners first, then each owner copies its part.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/sparse.h"

#include "affinity/port.h"

#include <string.h>

enum part { ROW_START = 0, COLUMN, VALUE, PARTS };

struct pinion_placed_csr {
	pinion_csr csr;
	pinion_array *array[PARTS];
};

/* Borders and owners for row_start (one more than rows; the last block takes it) or for the
 * entries. */
static void lay_out(const pinion_partition *rows, const pinion_csr *csr, enum part part,
                    size_t *border, int *owner)
{
	size_t blocks = pinion_partition_blocks(rows);
	for (size_t b = 0; b < blocks; b++) {
		pinion_block block = pinion_partition_at(rows, b);
		border[b] = part == ROW_START ? block.begin : (size_t)csr->row_start[block.begin];
		owner[b] = block.owner;
	}
	border[blocks] = part == ROW_START ? csr->rows + 1 : csr->entries;
}

static int part_partition(pinion_partition **out, const pinion_placement *placement,
                          const pinion_partition *rows, const pinion_csr *csr, enum part part)
{
	size_t blocks = pinion_partition_blocks(rows);
	size_t *border = pinion__alloc((blocks + 1) * sizeof *border);
	int *owner = pinion__alloc(blocks * sizeof *owner);
	int rc = PINION_ERR_NOMEM;
	if (border != NULL && owner != NULL) {
		lay_out(rows, csr, part, border, owner);
		rc = pinion_partition_explicit(out, placement, border, owner, blocks);
	}
	pinion__free(border);
	pinion__free(owner);
	return rc;
}

static int create_part(pinion_placed_csr *placed, pinion_engine *engine,
                       const pinion_partition *rows, const pinion_csr *csr, enum part part,
                       const pinion_array_options *options, pinion_diag *diag)
{
	static const size_t bytes[PARTS] = {sizeof(uint64_t), sizeof(uint32_t), sizeof(double)};
	pinion_partition *layout = NULL;
	int rc = part_partition(&layout, pinion_engine_placement(engine), rows, csr, part);
	if (rc == 0)
		rc = pinion_array_create(&placed->array[part], layout, bytes[part], options, diag);
	if (rc == 0)
		rc = pinion_array_prefault(engine, placed->array[part], diag);
	pinion_partition_destroy(layout);
	return rc;
}

struct copy_call {
	const pinion_csr *from;
	uint64_t *row_start;
	uint32_t *column;
	double *value;
};

static int copy_body(size_t begin, size_t end, void *ctx)
{
	const struct copy_call *to = ctx;
	const pinion_csr *from = to->from;
	uint64_t first = from->row_start[begin], count = from->row_start[end] - first;
	size_t starts = end - begin + (end == from->rows);
	memcpy(to->row_start + begin, from->row_start + begin, starts * sizeof *to->row_start);
	if (count > 0) {
		memcpy(to->column + first, from->column + first, count * sizeof *to->column);
		memcpy(to->value + first, from->value + first, count * sizeof *to->value);
	}
	return 0;
}

/* Without rows no body runs, and row_start[0] is 0 as the array begins. */
static int copy_rows(pinion_placed_csr *placed, pinion_engine *engine, const pinion_partition *rows,
                     const pinion_csr *csr)
{
	struct copy_call call = {csr, pinion_array_data(placed->array[ROW_START]),
	                         pinion_array_data(placed->array[COLUMN]),
	                         pinion_array_data(placed->array[VALUE])};
	pinion_loop_options loop = PINION_LOOP_OPTIONS_INIT;
	loop.site = "csr.copy";
	loop.schedule = PINION_SCHEDULE_OWNER;
	loop.grain = pinion__csr_grain(csr);
	loop.elem_bytes = (size_t)pinion__csr_row_bytes(csr);
	placed->csr = (pinion_csr){csr->rows,      csr->columns, csr->entries,
	                           call.row_start, call.column,  call.value};
	return pinion_for(engine, rows, &loop, copy_body, &call);
}

static bool rows_match(const pinion_engine *engine, const pinion_partition *rows,
                       const pinion_csr *csr)
{
	return pinion__csr_is_complete(csr) && pinion_partition_size(rows) == csr->rows &&
	       pinion_partition_seats(rows) == pinion_engine_workers(engine);
}

int pinion_placed_csr_create(pinion_placed_csr **out, pinion_engine *engine,
                             const pinion_partition *rows, const pinion_csr *csr,
                             const pinion_array_options *options, pinion_diag *diag)
{
	if (!rows_match(engine, rows, csr))
		return PINION_ERR_ARG;
	pinion_placed_csr *placed = pinion__alloc(sizeof *placed);
	if (placed == NULL)
		return PINION_ERR_NOMEM;
	int rc = 0;
	for (int part = 0; part < PARTS && rc == 0; part++)
		rc = create_part(placed, engine, rows, csr, (enum part)part, options, diag);
	if (rc == 0)
		rc = copy_rows(placed, engine, rows, csr);
	if (rc == 0)
		*out = placed;
	else
		pinion_placed_csr_destroy(placed);
	return rc;
}

void pinion_placed_csr_destroy(pinion_placed_csr *placed)
{
	if (placed == NULL)
		return;
	for (int part = 0; part < PARTS; part++)
		pinion_array_destroy(placed->array[part]);
	pinion__free(placed);
}

pinion_csr pinion_placed_csr_view(const pinion_placed_csr *placed)
{
	return placed->csr;
}

const pinion_array *pinion_placed_csr_array(const pinion_placed_csr *placed, int index)
{
	PINION_REQUIRE(index >= 0 && index < PARTS);
	return placed->array[index];
}
