/*
 * Positions in a text: lines, characters, and what may be shown of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/source.h"

#include <stdint.h>
#include <string.h>

#define SOURCE_STEP       64
#define QUOTED_CHARACTERS 40

static bool is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static size_t count_lines(const char *text, size_t bytes, size_t *line)
{
	size_t lines = 0;
	if (line)
		line[0] = 0;
	for (size_t i = 0; i < bytes; i++) {
		bool ends = text[i] == '\n' || (text[i] == '\r' && text[i + 1] != '\n');
		if (!ends)
			continue;
		lines++;
		if (line)
			line[lines] = i + 1;
	}
	return lines + 1;
}

static size_t count_characters(const char *text, size_t bytes, size_t *step)
{
	size_t characters = 0;
	for (size_t i = 0; i < bytes; i++) {
		if (is_continuation(text[i]))
			continue;
		if (step && characters % SOURCE_STEP == 0)
			step[characters / SOURCE_STEP] = i;
		characters++;
	}
	return characters;
}

bool pinion__source_init(struct source *source, struct arena *arena, const char *name, int number,
                         const char *text, size_t bytes)
{
	char *copy = pinion__arena_copy(arena, text, bytes);
	source->name = pinion__arena_copy(arena, name, strlen(name));
	source->number = number;
	source->text = copy;
	source->bytes = bytes;
	if (!copy || !source->name)
		return false;
	source->lines = count_lines(copy, bytes, NULL);
	source->characters = count_characters(copy, bytes, NULL);
	source->line = pinion__arena_take(arena, source->lines * sizeof *source->line);
	source->step =
		pinion__arena_take(arena, (source->characters / SOURCE_STEP + 1) * sizeof *source->step);
	if (!source->line || !source->step)
		return false;
	count_lines(copy, bytes, source->line);
	count_characters(copy, bytes, source->step);
	return true;
}

size_t pinion__source_offset(const struct source *source, size_t character)
{
	if (character >= source->characters)
		return source->bytes;
	size_t at = source->step[character / SOURCE_STEP];
	for (size_t left = character % SOURCE_STEP; left > 0; left--) {
		do
			at++;
		while (is_continuation(source->text[at]));
	}
	return at;
}

/* Index of the last entry that is not above `value`; entry 0 never is. */
static size_t last_not_above(const size_t *entry, size_t count, size_t value)
{
	size_t low = 0, high = count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (entry[middle] <= value)
			low = middle;
		else
			high = middle;
	}
	return low;
}

size_t pinion__source_characters(const struct source *source, size_t offset)
{
	if (source->characters == 0)
		return 0;
	size_t steps = (source->characters - 1) / SOURCE_STEP + 1;
	size_t step = last_not_above(source->step, steps, offset);
	size_t count = step * SOURCE_STEP;
	for (size_t i = source->step[step]; i < offset && i < source->bytes; i++)
		count += !is_continuation(source->text[i]);
	return count;
}

size_t pinion__source_line(const struct source *source, size_t offset)
{
	return last_not_above(source->line, source->lines, offset);
}

size_t pinion__source_line_end(const struct source *source, size_t line)
{
	size_t end = line + 1 < source->lines ? source->line[line + 1] : source->bytes;
	while (end > source->line[line] && strchr("\r\n", source->text[end - 1]))
		end--;
	return end;
}

/* One UTF-8 character; *length receives its bytes. UINT32_MAX when the bytes are no character. */
static uint32_t decode(const char *text, size_t bytes, size_t *length)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char lead = (unsigned char)text[0];
	size_t need = lead < 0x80   ? 1
	              : lead < 0xc0 ? 0
	              : lead < 0xe0 ? 2
	              : lead < 0xf0 ? 3
	              : lead < 0xf8 ? 4
	                            : 0;
	*length = 1;
	if (need == 0 || need > bytes)
		return UINT32_MAX;
	uint32_t code = need == 1 ? lead : lead & (0x7fu >> need);
	for (size_t i = 1; i < need; i++) {
		if (!is_continuation(text[i]))
			return UINT32_MAX;
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	}
	if (code < least[need] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return UINT32_MAX;
	*length = need;
	return code;
}

/* The characters that the YAML specification calls printable. */
static bool is_yaml(uint32_t code)
{
	if (code < 0x20)
		return code == '\t' || code == '\n' || code == '\r';
	if (code < 0xa0)
		return code <= 0x7e || code == 0x85;
	return code != 0xfeff && code != 0xfffe && code != 0xffff && code <= 0x10ffff;
}

size_t pinion__source_first_bad(const struct source *source)
{
	size_t length;
	for (size_t i = 0; i < source->bytes; i += length)
		if (!is_yaml(decode(source->text + i, source->bytes - i, &length)))
			return i;
	return SOURCE_NO_OFFSET;
}

size_t pinion__text_show(const char *text, size_t bytes, char shown[5])
{
	size_t length;
	uint32_t code = decode(text, bytes, &length);
	bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
	bool reorders = code == 0x2028 || code == 0x2029 || (code >= 0x202a && code <= 0x202e) ||
	                (code >= 0x2066 && code <= 0x2069);
	memset(shown, 0, 5);
	if (code == UINT32_MAX || control || reorders)
		shown[0] = '?';
	else
		memcpy(shown, text, length);
	return length;
}

struct quoted pinion__quote(const char *text)
{
	struct quoted out = {""};
	size_t at = 0, used = 0, bytes = strlen(text);
	for (int shown = 0; at < bytes && shown < QUOTED_CHARACTERS; shown++) {
		char character[5];
		at += pinion__text_show(text + at, bytes - at, character);
		memcpy(out.text + used, character, strlen(character));
		used += strlen(character);
	}
	if (at < bytes)
		memcpy(out.text + used, "...", 3);
	return out;
}
