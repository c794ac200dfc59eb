/*
 * Sum and dot product of one leaf, in an order that depends on n alone.
 *
 * The leaf is four consecutive quarters of whole lines and a rest of fewer
 * than 32 elements. The quarters are read side by side, each into eight lanes;
 * element i of the rest goes to lane i of the 32. Then the lanes are folded:
 * 16 + 16, 8 + 8, down to one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_KERNELS_REDUCE_PANEL_H
#define PINION_KERNELS_REDUCE_PANEL_H

#include "kernels/lanes.h"

#define QUARTERS 4
#define LANES    (QUARTERS * LINE)

PANEL_INLINE double lanes_fold(double lane[LANES])
{
	for (int width = LANES / 2; width > 0; width /= 2)
		for (int i = 0; i < width; i++)
			lane[i] += lane[i + width];
	return lane[0];
}

/* x and y are the same pointer for a sum; `product` is a constant in each caller. */
PANEL_INLINE double reduce_leaf(bool product, const double *x, const double *y, size_t n)
{
	size_t quarter = n / LANES * LINE;
	vec acc[QUARTERS * PIECES] = {{0}};
	double lane[LANES];

	for (size_t i = 0; i < quarter; i += LINE)
		for (size_t k = 0; k < QUARTERS * PIECES; k++) {
			size_t at = k / PIECES * quarter + i + k % PIECES * VEC;
			vec v = vec_load(x + at);
			acc[k] += product ? v * vec_load(y + at) : v;
		}
	for (size_t k = 0; k < QUARTERS * PIECES; k++)
		vec_store(lane + k * VEC, acc[k]);
	for (size_t i = QUARTERS * quarter, k = 0; i < n; i++, k++)
		lane[k] += product ? x[i] * y[i] : x[i];
	return lanes_fold(lane);
}

static double sum_leaf(const double *x, size_t n)
{
	return reduce_leaf(false, x, x, n);
}

static double dot_leaf(const double *x, const double *y, size_t n)
{
	return reduce_leaf(true, x, y, n);
}

#undef QUARTERS
#undef LANES

#endif
