/*
 * The panels for AVX2; see lanes.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/panel_table.h"

const struct pinion__panels pinion__panels_avx2 = PANEL_TABLE("avx2");
