/*
 * Text helpers of affinity: diagnostics, formatted copies, number lists.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/text.h"

#include "affinity/port.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No machine numbers its processors beyond this; a larger number is a typing error. */
enum { INDEX_MAX = 1 << 20 };

void pinion__diag_set(pinion_diag *diag, int offset, int length, const char *format, ...)
{
	if (!diag)
		return;
	va_list args;
	va_start(args, format);
	diag->offset = offset;
	diag->length = offset < 0 ? 0 : length < 1 ? 1 : length;
	vsnprintf(diag->text, sizeof diag->text, format, args);
	diag->note[0] = '\0';
	va_end(args);
}

void pinion__diag_note(pinion_diag *diag, const char *format, ...)
{
	if (!diag)
		return;
	va_list args;
	va_start(args, format);
	vsnprintf(diag->note, sizeof diag->note, format, args);
	va_end(args);
}

char *pinion__textf(const char *format, ...)
{
	va_list args, again;
	PINION_REQUIRE(format);
	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);
	char *text = pinion__alloc((size_t)length + 1);
	if (text)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	va_end(args);
	return text;
}

char *pinion__list_text(hwloc_const_bitmap_t set)
{
	if (hwloc_bitmap_iszero(set))
		return pinion__strdup("none");
	int length = hwloc_bitmap_list_snprintf(NULL, 0, set);
	char *text = pinion__alloc((size_t)length + 1);
	if (text)
		hwloc_bitmap_list_snprintf(text, (size_t)length + 1, set);
	return text;
}

void pinion__list_write(hwloc_const_bitmap_t set, char *buffer, size_t bytes)
{
	if (hwloc_bitmap_iszero(set)) {
		snprintf(buffer, bytes, "none");
		return;
	}
	int length = hwloc_bitmap_list_snprintf(buffer, bytes, set);
	if ((size_t)length >= bytes && bytes > 2)
		memcpy(buffer + bytes - 3, "..", 3);
}

static int number_read(const char **at)
{
	if (!isdigit((unsigned char)**at))
		return -1;
	char *end;
	unsigned long value = strtoul(*at, &end, 10);
	*at = end;
	return value >= INDEX_MAX ? -1 : (int)value;
}

int pinion__list_read(const char *text, hwloc_bitmap_t set)
{
	hwloc_bitmap_zero(set);
	while (isspace((unsigned char)*text))
		text++;
	while (*text) {
		int first = number_read(&text), last = first;
		if (*text == '-') {
			text++;
			last = number_read(&text);
		}
		if (first < 0 || last < first)
			return PINION_ERR_SYNTAX;
		if (hwloc_bitmap_set_range(set, (unsigned)first, last) < 0)
			return PINION_ERR_NOMEM;
		while (isspace((unsigned char)*text))
			text++;
		if (*text == ',')
			text++;
		else if (*text)
			return PINION_ERR_SYNTAX;
	}
	return PINION_OK;
}
