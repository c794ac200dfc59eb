/*
 * Numbers with units, as people write them: 20us, 1.5 GiB, 2^28, 50% ram.
 *
 * The C library's conversions follow the locale and guess bases; these do
 * neither. Nothing here knows the file, so failures are plain texts.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/schema.h"

#include <ctype.h>
#include <string.h>

#define MAX_DIGITS   19 /* a decimal number of so many digits fits 64 bits */
#define MAX_EXPONENT 400

const char pinion__no_number[] = "is no number";

static double power_of_ten(int exponent)
{
	double power = 1.0;
	for (int i = 0; i < exponent; i++)
		power *= 10.0;
	return power;
}

/* "e-10" behind a number. False when there is none, with *text unmoved. */
static bool take_exponent(const char **text, int *exponent)
{
	const char *at = *text;
	int value = 0;
	if (*at != 'e' && *at != 'E')
		return false;
	at++;
	bool negative = *at == '-';
	at += *at == '-' || *at == '+';
	if (!isdigit((unsigned char)*at))
		return false;
	for (; isdigit((unsigned char)*at); at++)
		value = value < MAX_EXPONENT ? value * 10 + (*at - '0') : value;
	*exponent += negative ? -value : value;
	*text = at;
	return true;
}

bool pinion__number(const char *text, struct number *number)
{
	uint64_t digits = 0;
	int count = 0, seen = 0, exponent = 0;
	bool point = false;
	memset(number, 0, sizeof *number);
	number->negative = *text == '-';
	text += number->negative;
	for (; isdigit((unsigned char)*text) || (*text == '.' && !point); text++) {
		if (*text == '.') {
			point = true;
			continue;
		}
		seen++;
		exponent -= point;
		if (count < MAX_DIGITS) {
			digits = digits * 10 + (uint64_t)(*text - '0');
			count += digits > 0;
		} else {
			exponent++;
		}
	}
	if (seen == 0)
		return false;
	bool scaled = take_exponent(&text, &exponent);
	number->exact = !point && !scaled && exponent == 0;
	number->whole = digits;
	number->value = exponent < 0 ? (double)digits / power_of_ten(-exponent)
	                             : (double)digits * power_of_ten(exponent);
	number->end = text;
	return true;
}

bool pinion__number_whole(const char *text, uint64_t *value)
{
	struct number number;
	bool octal = text[0] == '0' && isdigit((unsigned char)text[1]); /* ten or eight? nobody knows */
	if (octal || !pinion__number(text, &number) || !number.exact || number.negative || *number.end)
		return false;
	*value = number.whole;
	return true;
}

static const char *skip_spaces(const char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit *find_unit(const struct unit *units, const char *name)
{
	for (; units->name; units++)
		if (strcmp(units->name, name) == 0)
			return units;
	return NULL;
}

/* A unit without i or B at its end: two readings, so neither. */
static const char *ambiguous(const char *unit)
{
	static const char *const texts[][2] = {
		{"kK", "may mean KiB (1024) or kB (1000); write one of them"},
		{"mM", "may mean MiB (2^20) or MB (10^6); write one of them"},
		{"gG", "may mean GiB (2^30) or GB (10^9); write one of them"},
		{"tT", "may mean TiB (2^40) or TB (10^12); write one of them"}};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (strchr(texts[i][0], unit[0]) && (!unit[1] || (strchr("bB", unit[1]) && !unit[2])))
			return texts[i][1];
	return "has an unknown unit (KiB MiB GiB TiB are powers of two, kB MB GB TB of ten)";
}

/* number * factor as a whole number below 2^63; false when it is larger. */
static bool scale(const struct number *number, uint64_t factor, uint64_t *out)
{
	if (number->exact) {
		if (number->whole > (uint64_t)INT64_MAX / factor)
			return false;
		*out = number->whole * factor;
		return true;
	}
	double product = number->value * (double)factor;
	if (!(product < 9.2e18))
		return false;
	*out = (uint64_t)product;
	return true;
}

const char *pinion__number_time(const char *text, uint64_t *ns)
{
	static const struct unit units[] = {
		{"ns", 1},       {"us", 1000},      {"\xc2\xb5s", 1000},  {"\xce\xbcs", 1000},
		{"ms", 1000000}, {"s", 1000000000}, {"min", 60000000000}, {"h", 3600000000000},
		{NULL, 0}};
	struct number number;
	if (!pinion__number(text, &number))
		return pinion__no_number;
	if (number.negative)
		return "is negative";
	const char *name = skip_spaces(number.end);
	if (!*name && number.value > 0)
		return "has no unit (ns, us, ms, s, min, h)";
	const struct unit *unit = find_unit(units, *name ? name : "ns");
	if (!unit)
		return "has an unknown unit (ns, us, ms, s, min, h)";
	return scale(&number, unit->factor, ns) ? NULL : "is too long";
}

static const char *read_grid(const char *text, pinion_job_workload *out)
{
	uint64_t grid[3];
	for (int side = 0; side < 3; side++) {
		struct number number;
		if (!pinion__number(text, &number) || !number.exact || number.negative)
			return "is no grid such as 64x64x64";
		if (number.whole < 1 || number.whole > UINT32_MAX)
			return "has a side outside 1 to 4294967295";
		grid[side] = number.whole;
		if (*number.end != (side < 2 ? 'x' : 0))
			return "is no grid; a grid has three sides, such as 64x64x64";
		text = number.end + 1;
	}
	memcpy(out->grid, grid, sizeof grid);
	return NULL;
}

static const char *read_power(const struct number *base, pinion_job_workload *out)
{
	uint64_t exponent;
	if (!base->exact || base->whole != 2 || !pinion__number_whole(base->end + 1, &exponent))
		return "is no power of two such as 2^28";
	if (exponent > 62)
		return "is too large; at most 2^62";
	out->size = UINT64_C(1) << exponent;
	out->size_unit = 1;
	return NULL;
}

static const char *read_relative(const struct number *number, const char *unit,
                                 pinion_job_workload *out)
{
	bool percent = *unit == '%';
	if (strcmp(skip_spaces(unit + 1), percent ? "ram" : "llc") != 0)
		return percent ? "does not say of what; write it as 50% ram"
		               : "is neither N x llc nor a grid such as 64x64x64";
	if (!(number->value > 0) || number->value > (percent ? 100 : 1e6))
		return percent ? "is not above 0 and at most 100" : "is not above 0 and at most 1000000";
	out->size_unit = percent ? 3 : 4;
	out->size_value = number->value;
	return NULL;
}

static const char *read_bytes(const struct number *number, const char *unit,
                              pinion_job_workload *out)
{
	static const struct unit units[] = {
		{"B", 1},         {"KiB", 1 << 10},           {"MiB", 1 << 20},
		{"GiB", 1 << 30}, {"TiB", UINT64_C(1) << 40}, {"kB", 1000},
		{"MB", 1000000},  {"GB", 1000000000},         {"TB", 1000000000000},
		{NULL, 0}};
	const struct unit *known = find_unit(units, *unit ? unit : "B");
	uint64_t size = 0;
	if (!known)
		return ambiguous(unit);
	if (!*unit && !number->exact)
		return "is no whole number; write digits only, or a power such as 2^20, or a unit such as "
		       "MiB";
	if (!scale(number, known->factor, &size))
		return "is too large; it must stay below 2^63";
	if (size < 1)
		return "is too small; the least is 1";
	out->size = size;
	out->size_unit = *unit ? 2 : 1;
	return NULL;
}

const char *pinion__number_size(const char *text, pinion_job_workload *out)
{
	struct number number;
	if (!pinion__number(text, &number))
		return pinion__no_number;
	if (number.negative)
		return "is negative";
	const char *unit = skip_spaces(number.end);
	if (*number.end == '^')
		return read_power(&number, out);
	if (*number.end == 'x' && isdigit((unsigned char)number.end[1]))
		return read_grid(text, out);
	if (*unit == '%' || *unit == 'x')
		return read_relative(&number, unit, out);
	return read_bytes(&number, unit, out);
}
