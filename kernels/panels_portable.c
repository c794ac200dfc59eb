/*
 * The panels for what every processor of this architecture has (SSE2, NEON, or scalar); see lanes.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/reduce_panel.h"
#include "kernels/sparse_panel.h"
#include "kernels/stream_panel.h"

#if defined(__aarch64__)
#define PORTABLE_NAME "neon"
#else
#define PORTABLE_NAME "portable"
#endif

const struct pinion__panels pinion__panels_portable = {
    .isa = PORTABLE_NAME,
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
