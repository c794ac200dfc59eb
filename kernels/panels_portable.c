/*
 * The panels for what every processor of an architecture has: SSE2, NEON, or
 * nothing but scalars. See lanes.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/panel_table.h"

#if defined(__aarch64__)
#define ISA "neon"
#else
#define ISA "portable"
#endif

const struct pinion__panels pinion__panels_portable = PANEL_TABLE(ISA);
