/*
 * The JSON writer. Every value passes begin_value(), which writes the comma and
 * the indentation that its place asks for, or refuses a value that has no place.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/json.h"

#include <pinion/base.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void fail(struct json *j, int error)
{
	if (j->error == 0)
		j->error = error;
}

static void write_text(struct json *j, const char *text, size_t length)
{
	if (j->error == 0 && fwrite(text, 1, length, j->out) != length)
		fail(j, PINION_ERR_IO);
}

static void write_char(struct json *j, char c)
{
	write_text(j, &c, 1);
}

static void new_line(struct json *j)
{
	write_char(j, '\n');
	for (int i = 0; i < j->depth; i++)
		write_text(j, "  ", 2);
}

/* The separation before an element of the innermost level. */
static void separate(struct json *j)
{
	bool filled = j->level[j->depth - 1].filled;

	if (filled)
		write_char(j, ',');
	if (j->row == 0)
		new_line(j);
	else if (filled)
		write_char(j, ' ');
	j->level[j->depth - 1].filled = true;
}

/* @return true when a value may stand here; what precedes it is then written. */
static bool begin_value(struct json *j)
{
	bool in_object = j->depth > 0 && j->level[j->depth - 1].closer == '}';

	if (j->done || in_object != j->key)
		fail(j, PINION_ERR_STATE);
	if (j->error != 0)
		return false;
	if (j->depth > 0 && !in_object)
		separate(j);
	j->key = false;
	j->done = j->depth == 0;
	return true;
}

void json_begin(struct json *j, FILE *out)
{
	memset(j, 0, sizeof *j);
	j->out = out;
}

int json_end(struct json *j)
{
	if (j->depth != 0 || !j->done)
		fail(j, PINION_ERR_STATE);
	write_char(j, '\n');
	if (fflush(j->out) != 0 || ferror(j->out))
		fail(j, PINION_ERR_IO);
	return j->error;
}

static void open_level(struct json *j, char opener, char closer)
{
	if (j->depth == JSON_DEPTH)
		fail(j, PINION_ERR_STATE);
	if (!begin_value(j))
		return;
	write_char(j, opener);
	j->done = false;
	j->level[j->depth].closer = closer;
	j->level[j->depth].filled = false;
	j->depth++;
}

void json_object(struct json *j)
{
	open_level(j, '{', '}');
}

void json_array(struct json *j)
{
	open_level(j, '[', ']');
}

void json_row(struct json *j)
{
	open_level(j, '[', ']');
	if (j->error == 0 && j->row == 0)
		j->row = j->depth;
}

void json_close(struct json *j)
{
	if (j->depth == 0 || j->key)
		fail(j, PINION_ERR_STATE);
	if (j->error != 0)
		return;
	j->depth--;
	if (j->level[j->depth].filled && j->row == 0)
		new_line(j);
	write_char(j, j->level[j->depth].closer);
	if (j->row > j->depth)
		j->row = 0;
	j->done = j->depth == 0;
}

/*
 * Length of the UTF-8 sequence at s, 0 when it is none: overlong forms, surrogates and
 * values above U+10FFFF are none. A zero byte ends the text, so no byte behind it is read.
 */
static int utf8_length(const unsigned char *s)
{
	int length = 0;

	if (s[0] < 0x80)
		length = 1;
	else if (s[0] >= 0xc2 && s[0] < 0xf5)
		length = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	for (int i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f))
		return 0;
	if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return length;
}

static void write_escaped(struct json *j, unsigned char c)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
	const char *at = strchr(plain, c);
	char text[8];

	if (at != NULL && c != '\0')
		snprintf(text, sizeof text, "\\%c", letter[at - plain]);
	else
		snprintf(text, sizeof text, "\\u%04x", c);
	write_text(j, text, strlen(text));
}

static void write_quoted(struct json *j, const char *text)
{
	write_char(j, '"');
	for (const unsigned char *s = (const unsigned char *)text; *s != '\0';) {
		int length = utf8_length(s);

		if (length == 0)
			write_text(j, "\\ufffd", 6);
		else if (length == 1 && (*s < 0x20 || *s == '"' || *s == '\\' || *s == 0x7f))
			write_escaped(j, *s);
		else
			write_text(j, (const char *)s, (size_t)length);
		s += length == 0 ? 1 : length;
	}
	write_char(j, '"');
}

void json_key(struct json *j, const char *key)
{
	if (j->depth == 0 || j->level[j->depth - 1].closer != '}' || j->key || key == NULL)
		fail(j, PINION_ERR_STATE);
	if (j->error != 0)
		return;
	separate(j);
	write_quoted(j, key);
	write_text(j, ": ", 2);
	j->key = true;
}

void json_string(struct json *j, const char *text)
{
	if (text == NULL)
		json_null(j);
	else if (begin_value(j))
		write_quoted(j, text);
}

/* printf follows the locale's decimal sign; JSON knows only the point. */
static void write_double(struct json *j, double value)
{
	char text[40];
	int precision = 15;

	do
		snprintf(text, sizeof text, "%.*g", precision++, value);
	while (precision <= 17 && strtod(text, NULL) != value);
	char *to = text;

	for (const char *s = text; *s != '\0'; s++) {
		if (strchr("0123456789+-e", *s) != NULL)
			*to++ = *s;
		else if (to == text || to[-1] != '.') /* the sign may have several bytes */
			*to++ = '.';
	}
	write_text(j, text, (size_t)(to - text));
}

void json_number(struct json *j, double value)
{
	if (!isfinite(value))
		json_null(j);
	else if (begin_value(j))
		write_double(j, value);
}

void json_int(struct json *j, int64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, value);
	if (begin_value(j))
		write_text(j, text, strlen(text));
}

void json_uint(struct json *j, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, value);
	if (begin_value(j))
		write_text(j, text, strlen(text));
}

void json_bool(struct json *j, bool value)
{
	if (begin_value(j))
		write_text(j, value ? "true" : "false", value ? 4 : 5);
}

void json_null(struct json *j)
{
	if (begin_value(j))
		write_text(j, "null", 4);
}

void json_numbers(struct json *j, const double *value, size_t count)
{
	json_row(j);
	for (size_t i = 0; i < count; i++)
		json_number(j, value[i]);
	json_close(j);
}

void json_put_string(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_string(j, text);
}

void json_put_number(struct json *j, const char *key, double value)
{
	json_key(j, key);
	json_number(j, value);
}

void json_put_int(struct json *j, const char *key, int64_t value)
{
	json_key(j, key);
	json_int(j, value);
}

void json_put_uint(struct json *j, const char *key, uint64_t value)
{
	json_key(j, key);
	json_uint(j, value);
}

void json_put_bool(struct json *j, const char *key, bool value)
{
	json_key(j, key);
	json_bool(j, value);
}

void json_put_null(struct json *j, const char *key)
{
	json_key(j, key);
	json_null(j);
}
