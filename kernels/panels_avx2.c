/*
 * The panels for AVX2; see lanes.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/reduce_panel.h"
#include "kernels/sparse_panel.h"
#include "kernels/stream_panel.h"

const struct pinion__panels pinion__panels_avx2 = {
    .isa = "avx2",
    .streaming = HAS_STREAMING,
    .stream = {[PINION__COPY] = {copy_plain, copy_past},
               [PINION__SCALE] = {scale_plain, scale_past},
               [PINION__ADD] = {add_plain, add_past},
               [PINION__TRIAD] = {triad_plain, triad_past}},
    .sum = sum_leaf,
    .dot = dot_leaf,
    .spmv = spmv_rows,
    .cg_update = cg_update,
    .cg_direction = cg_direction,
};
