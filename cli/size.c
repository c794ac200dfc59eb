/*
 * Reading sizes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/size.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As the size_unit of a workload says. */
enum { UNIT_ELEMENTS = 1, UNIT_BYTES, UNIT_PERCENT, UNIT_LLC };

static bool read_whole(const char *text, char **end, uint64_t *value)
{
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, end, 10);
	return errno == 0;
}

/* "64x48x32" */
static bool read_grid(const char *text, pinion_job_workload *work)
{
	uint64_t side[3];
	char *end = NULL;
	for (int i = 0; i < 3; i++) {
		if (!read_whole(text, &end, &side[i]) || side[i] == 0 || *end != (i < 2 ? 'x' : '\0'))
			return false;
		text = end + 1;
	}
	memcpy(work->grid, side, sizeof side);
	return true;
}

/* The factor of a unit of bytes, 0 for none. */
static double bytes_of(const char *unit)
{
	static const struct {
		const char *name;
		double factor;
	} table[] = {{"B", 1},        {"kB", 1e3},     {"MB", 1e6},     {"GB", 1e9},    {"TB", 1e12},
	             {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"TiB", 0x1p40}};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (strcmp(unit, table[i].name) == 0)
			return table[i].factor;
	return 0;
}

static bool read_share(double number, const char *unit, pinion_job_workload *work)
{
	bool percent = strcmp(unit, "% ram") == 0 || strcmp(unit, "%ram") == 0;
	bool caches = strcmp(unit, "x llc") == 0 || strcmp(unit, "xllc") == 0;
	if ((!percent && !caches) || (percent && number > 100))
		return false;
	work->size_unit = percent ? UNIT_PERCENT : UNIT_LLC;
	work->size_value = number;
	return true;
}

static bool set_size(double number, int unit, pinion_job_workload *work)
{
	if (!(number >= 1) || number >= 0x1p63)
		return false;
	work->size = (uint64_t)number;
	work->size_unit = unit;
	return true;
}

bool size_read(const char *text, pinion_job_workload *work)
{
	char *end;
	uint64_t whole, power;
	if (read_grid(text, work))
		return true;
	if (read_whole(text, &end, &whole) && *end == '\0')
		return set_size((double)whole, UNIT_ELEMENTS, work) && (work->size = whole, true);
	if (strncmp(text, "2^", 2) == 0 && read_whole(text + 2, &end, &power) && *end == '\0')
		return power < 63 && set_size(ldexp(1, (int)power), UNIT_ELEMENTS, work);
	double number = strtod(text, &end);
	if (end == text || !isfinite(number) || number <= 0)
		return false;
	end += strspn(end, " ");
	double factor = bytes_of(end);
	return factor > 0 ? set_size(number * factor, UNIT_BYTES, work) : read_share(number, end, work);
}
