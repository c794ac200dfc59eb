/*
 * The sparse product on the engine, and the row partition that balances it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/options.h"
#include "kernels/panels.h"
#include "kernels/sparse.h"

#include "affinity/port.h"

struct spmv_call {
	const struct pinion__panels *panels;
	const pinion_csr *a;
	const double *x;
	double *y;
};

static int spmv_body(size_t begin, size_t end, void *ctx)
{
	const struct spmv_call *call = ctx;
	call->panels->spmv(call->a, call->x, call->y, begin, end);
	return 0;
}

double pinion__csr_row_bytes(const pinion_csr *a)
{
	double fixed = sizeof *a->row_start + 2 * sizeof(double);
	double entry = sizeof *a->column + sizeof *a->value;
	return a->rows > 0 ? fixed + entry * (double)a->entries / (double)a->rows : 0.0;
}

size_t pinion__csr_grain(const pinion_csr *a)
{
	size_t entries = pinion_card_find("spmv")->grain;
	size_t per_row = a->rows > 0 ? a->entries / a->rows + 1 : 1;
	return entries > per_row ? entries / per_row : 1;
}

bool pinion__csr_is_complete(const pinion_csr *a)
{
	if (a == NULL || a->row_start == NULL)
		return false;
	if (a->entries > 0 && (a->column == NULL || a->value == NULL))
		return false;
	return a->row_start[0] == 0 && a->row_start[a->rows] == a->entries;
}

int pinion_spmv(pinion_engine *engine, const pinion_partition *rows, const pinion_csr *a,
                const double *x, double *y, const pinion_kernel_options *options)
{
	pinion_kernel_options o;
	int rc = kernel_options_take(&o, options);
	if (rc != 0)
		return rc;
	if (!pinion__csr_is_complete(a) || pinion_partition_size(rows) != a->rows ||
	    (a->rows > 0 && y == NULL) || (a->entries > 0 && x == NULL))
		return PINION_ERR_ARG;
	struct spmv_call call = {pinion__panels_best(), a, x, y};
	pinion_loop_options loop =
	    loop_options(&o, "spmv", pinion__csr_grain(a), pinion__csr_row_bytes(a));
	return pinion_for(engine, rows, &loop, spmv_body, &call);
}

/* The first row, not before `low`, at whose start at least `entries` entries stand before. */
static size_t row_at(const pinion_csr *a, size_t low, uint64_t entries)
{
	size_t high = a->rows;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (a->row_start[middle] < entries)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The row border nearest to `entries`, not before `low`. */
static size_t border_near(const pinion_csr *a, size_t low, uint64_t entries)
{
	size_t row = row_at(a, low, entries);
	if (row > low && entries - a->row_start[row - 1] < a->row_start[row] - entries)
		row--;
	return row;
}

/* share of total without overflow: total * part / parts */
static uint64_t share(uint64_t total, uint64_t part, uint64_t parts)
{
	return total / parts * part + total % parts * part / parts;
}

int pinion_csr_partition(pinion_partition **out, const pinion_placement *placement,
                         const pinion_csr *csr)
{
	size_t seats = (size_t)pinion_placement_seats(placement);
	if (!pinion__csr_is_complete(csr))
		return PINION_ERR_ARG;
	size_t *border = pinion__alloc((seats + 1) * sizeof *border);
	if (border == NULL)
		return PINION_ERR_NOMEM;
	for (size_t s = 1; s < seats; s++)
		border[s] = csr->entries > 0
		                ? border_near(csr, border[s - 1], share(csr->entries, s, seats))
		                : (size_t)share(csr->rows, s, seats);
	border[seats] = csr->rows;
	int rc = pinion_partition_explicit(out, placement, border, NULL, seats);
	pinion__free(border);
	return rc;
}
