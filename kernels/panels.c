/*
 * Which panels this process uses: the widest that processor and kernel support.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/panels.h"

/* How many of the tables below the processor lacks, from the front. */
#if defined(__x86_64__)
static const struct pinion__panels *const tables[] = {&pinion__panels_avx512, &pinion__panels_avx2,
                                                      &pinion__panels_portable, NULL};

static int tables_skipped(void)
{
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512f"))
		return 0;
	return __builtin_cpu_supports("avx2") ? 1 : 2;
}
#else
static const struct pinion__panels *const tables[] = {&pinion__panels_portable, NULL};

static int tables_skipped(void)
{
	return 0;
}
#endif

const struct pinion__panels *pinion__panels_at(int index)
{
	const struct pinion__panels *const *table = tables + tables_skipped();
	while (index > 0 && *table != NULL) {
		table++;
		index--;
	}
	return *table;
}

const struct pinion__panels *pinion__panels_best(void)
{
	return tables[tables_skipped()];
}

const char *pinion_kernels_isa(void)
{
	return pinion__panels_best()->isa;
}
