/*
 * The 27-point problem of HPCG: each point of a grid is coupled to itself and
 * to its neighbours, also across edges and corners.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/matrix.h"

struct grid {
	size_t nx, ny, nz;
};

/* Points within one step of c on an axis of n points: lowest .. highest. */
static size_t lowest(size_t c)
{
	return c > 0 ? c - 1 : 0;
}

static size_t highest(size_t c, size_t n)
{
	return c + 1 < n ? c + 1 : c;
}

/* Append the row of one point; columns ascend because x runs fastest. @return the new end. */
static uint64_t append_row(pinion_matrix *m, const struct grid *g, const size_t at[3], uint64_t k)
{
	size_t self = (at[2] * g->ny + at[1]) * g->nx + at[0];
	for (size_t z = lowest(at[2]); z <= highest(at[2], g->nz); z++)
		for (size_t y = lowest(at[1]); y <= highest(at[1], g->ny); y++)
			for (size_t x = lowest(at[0]); x <= highest(at[0], g->nx); x++, k++) {
				size_t column = (z * g->ny + y) * g->nx + x;
				m->column[k] = (uint32_t)column;
				m->value[k] = column == self ? 26.0 : -1.0;
			}
	return k;
}

/* Couplings along one axis: three for each point, less the two that leave it. */
static size_t couplings(size_t n)
{
	return 3 * n - 2;
}

int pinion_matrix_27point(pinion_matrix **out, size_t nx, size_t ny, size_t nz)
{
	const struct grid g = {nx, ny, nz};
	size_t points;
	if (nx == 0 || ny == 0 || nz == 0 || __builtin_mul_overflow(nx, ny, &points) ||
	    __builtin_mul_overflow(points, nz, &points) || points > UINT32_MAX)
		return PINION_ERR_RANGE;

	pinion_matrix *m =
	    pinion__matrix_alloc(points, points, couplings(nx) * couplings(ny) * couplings(nz));
	if (m == NULL)
		return PINION_ERR_NOMEM;
	uint64_t *start = m->row_start;
	for (size_t z = 0; z < nz; z++)
		for (size_t y = 0; y < ny; y++)
			for (size_t x = 0; x < nx; x++, start++)
				start[1] = append_row(m, &g, (size_t[3]){x, y, z}, start[0]);
	*out = m;
	return 0;
}
