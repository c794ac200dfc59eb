/*
 * All panel bodies, and the table of them that each instruction set defines once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_KERNELS_PANEL_TABLE_H
#define PINION_KERNELS_PANEL_TABLE_H

#include "kernels/reduce_panel.h"
#include "kernels/sparse_panel.h"
#include "kernels/stream_panel.h"

/* clang-format off */
#define PANEL_TABLE(name)                                  \
	{                                                      \
		.isa = (name),                                     \
		.streaming = HAS_STREAMING,                        \
		.stream = {                                        \
			[PINION__COPY] = {copy_plain, copy_past},      \
			[PINION__SCALE] = {scale_plain, scale_past},   \
			[PINION__ADD] = {add_plain, add_past},         \
			[PINION__TRIAD] = {triad_plain, triad_past},   \
		},                                                 \
		.sum = sum_leaf,                                   \
		.dot = dot_leaf,                                   \
		.spmv = spmv_rows,                                 \
		.cg_update = cg_update,                            \
		.cg_direction = cg_direction,                      \
	}
/* clang-format on */

#endif
