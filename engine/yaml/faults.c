/*
 * Faults: collecting, sorting, and printing with the source line and a caret.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/faults.h"

#include "affinity/port.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES      700
#define LINE_CHARACTERS 100

/* Copy text so that a terminal may show every character of it; what does not fit is left out. */
static void show(char shown[TEXT_BYTES], const char *text)
{
	size_t bytes = strlen(text), used = 0;
	for (size_t at = 0; at < bytes && used < TEXT_BYTES - 5;) {
		char character[5];
		at += pinion__text_show(text + at, bytes - at, character);
		memcpy(shown + used, character, strlen(character));
		used += strlen(character);
	}
	shown[used] = 0;
}

static char *format_text(struct arena *arena, const char *format, va_list arguments)
{
	char raw[TEXT_BYTES], shown[TEXT_BYTES];
	vsnprintf(raw, sizeof raw, format, arguments);
	show(shown, raw);
	return pinion__arena_copy(arena, shown, strlen(shown));
}

void pinion__fault(struct faults *faults, struct span span, const char *format, ...)
{
	faults->count++;
	if (faults->kept == FAULTS_SHOWN)
		return;
	struct fault *fault = pinion__arena_take(faults->arena, sizeof *fault);
	if (!fault)
		return;
	va_list arguments;
	va_start(arguments, format);
	fault->text = format_text(faults->arena, format, arguments);
	va_end(arguments);
	fault->span = span;
	fault->order = faults->kept++;
	if (faults->last)
		faults->last->next = fault;
	else
		faults->first = fault;
	faults->last = fault;
}

void pinion__fault_note(struct faults *faults, const char *format, ...)
{
	if (!faults->last || faults->kept < faults->count)
		return;
	va_list arguments;
	va_start(arguments, format);
	faults->last->note = format_text(faults->arena, format, arguments);
	va_end(arguments);
}

static int by_position(const void *left, const void *right)
{
	const struct fault *a = *(struct fault *const *)left, *b = *(struct fault *const *)right;
	int source_a = a->span.source->number, source_b = b->span.source->number;
	if (source_a != source_b)
		return source_a < source_b ? -1 : 1;
	if (a->span.offset != b->span.offset)
		return a->span.offset < b->span.offset ? -1 : 1;
	int text = strcmp(a->text, b->text);
	return text ? text : a->order - b->order;
}

/* A node that aliases share is checked once per use, and is wrong in the same way each time. */
static bool is_repeated(const struct fault *before, const struct fault *fault)
{
	return before && before->span.source == fault->span.source &&
	       before->span.offset == fault->span.offset && strcmp(before->text, fault->text) == 0;
}

/* Say a formatted line; longer ones are cut. */
static void say(pinion_log log, void *ctx, const char *format, ...)
{
	char line[2 * TEXT_BYTES + 64];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	log(ctx, line);
}

/*
 * Where the shown part of a long line begins: far enough to the right for the fault to be seen.
 */
static size_t window_begin(const struct source *source, size_t line_begin, size_t offset)
{
	size_t first = pinion__source_characters(source, line_begin);
	size_t column = pinion__source_characters(source, offset) - first;
	if (column < LINE_CHARACTERS * 3 / 4)
		return line_begin;
	return pinion__source_offset(source, first + column - LINE_CHARACTERS / 2);
}

/* The source line and, below it, the caret under the span. */
static void tell_excerpt(const struct span *span, pinion_log log, void *ctx)
{
	char text[LINE_CHARACTERS * 4 + 8] = "", marks[LINE_CHARACTERS + 8] = "";
	const struct source *source = span->source;
	size_t line = pinion__source_line(source, span->offset);
	size_t end = pinion__source_line_end(source, line);
	size_t at = window_begin(source, source->line[line], span->offset);
	bool cut = at > source->line[line];
	size_t used = cut ? 3 : 0, marked = used;
	memcpy(text, "...", used);
	memset(marks, ' ', marked);
	for (int shown = 0; at < end && shown < LINE_CHARACTERS; shown++) {
		char character[5];
		bool tab = source->text[at] == '\t';
		bool inside = at > span->offset && at < span->offset + span->length;
		marks[marked++] = at == span->offset ? '^' : inside ? '~' : tab ? '\t' : ' ';
		at += pinion__text_show(source->text + at, end - at, character);
		if (tab)
			memcpy(character, "\t", 2);
		memcpy(text + used, character, strlen(character));
		used += strlen(character);
	}
	if (span->offset >= end)
		marks[marked++] = '^';
	if (at < end)
		memcpy(text + used, "...", 3);
	while (marked > 0 && strchr(" \t", marks[marked - 1]))
		marked--;
	marks[marked] = 0;
	log(ctx, text);
	log(ctx, marks);
}

static void tell_fault(const struct fault *fault, pinion_log log, void *ctx)
{
	const struct source *source = fault->span.source;
	char shown[TEXT_BYTES];
	show(shown, source->name);
	if (fault->span.offset == SOURCE_NO_OFFSET) {
		say(log, ctx, "%s: error: %s", shown, fault->text);
	} else {
		size_t line = pinion__source_line(source, fault->span.offset);
		size_t column = pinion__source_characters(source, fault->span.offset) -
		                pinion__source_characters(source, source->line[line]);
		size_t row = source->number > 0 ? (size_t)source->number : line + 1;
		say(log, ctx, "%s:%zu:%zu: error: %s", shown, row, column + 1, fault->text);
		tell_excerpt(&fault->span, log, ctx);
	}
	if (fault->note)
		say(log, ctx, "   note: %s", fault->note);
}

bool pinion__faults_tell(const struct faults *faults, bool sum, pinion_log log, void *ctx)
{
	struct fault **sorted = pinion__alloc((size_t)faults->kept * sizeof *sorted);
	if (!sorted || faults->arena->failed) {
		pinion__free(sorted);
		return false;
	}
	int count = 0, total = faults->count;
	for (struct fault *fault = faults->first; fault; fault = fault->next)
		sorted[count++] = fault;
	qsort(sorted, (size_t)count, sizeof *sorted, by_position);
	for (int i = 0; i < count; i++) {
		if (is_repeated(i > 0 ? sorted[i - 1] : NULL, sorted[i]))
			total--;
		else
			tell_fault(sorted[i], log, ctx);
	}
	if (faults->count > faults->kept)
		say(log, ctx, "and %d more", faults->count - faults->kept);
	if (sum)
		say(log, ctx, "%d error%s; nothing was started", total, total == 1 ? "" : "s");
	pinion__free(sorted);
	return true;
}
