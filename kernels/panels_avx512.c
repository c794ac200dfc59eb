/*
 * The panels for AVX-512F; see lanes.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/panel_table.h"

const struct pinion__panels pinion__panels_avx512 = PANEL_TABLE("avx512");
