/*
 * Why a text is no YAML: the two mistakes that libyaml's messages hide.
 *
 * A tab in front of a line, and a value such as {0:4}:2:4 or @x without
 * quotes. Both are looked for line by line, without a parser, and only after
 * libyaml has refused the text, so a look-alike costs nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/tree.h"

#include <string.h>

struct hints {
	const struct source *source;
	size_t begin; /* first byte of the document */
	size_t error_line;
	struct faults *faults;
	bool explained;   /* a hint is on the line of the error, or on the one before */
	size_t tabs;      /* lines that a tab indents */
	size_t first_tab; /* byte offset */
};

static void mark_explained(struct hints *hints, size_t line)
{
	if (line == hints->error_line || line + 1 == hints->error_line)
		hints->explained = true;
}

static void look_for_tab(struct hints *hints, size_t line, const char *text, size_t bytes)
{
	size_t at = 0;
	while (at < bytes && text[at] == ' ')
		at++;
	if (at == bytes || text[at] != '\t')
		return;
	if (hints->tabs++ == 0)
		hints->first_tab = (size_t)(text - hints->source->text) + at;
	mark_explained(hints, line);
}

/* Skip a quoted text that begins at `at`. Returns the byte behind it. */
static size_t skip_quoted(const char *text, size_t bytes, size_t at)
{
	char quote = text[at++];
	while (at < bytes && text[at] != quote)
		at += quote == '"' && text[at] == '\\' ? 2 : 1;
	return at < bytes ? at + 1 : bytes;
}

/* Skip the bracket that opens at `at` with all inside. Returns the byte behind its end. */
static size_t skip_bracket(const char *text, size_t bytes, size_t at)
{
	int depth = 0;
	while (at < bytes) {
		if (strchr("\"'", text[at])) {
			at = skip_quoted(text, bytes, at);
			continue;
		}
		depth += strchr("{[", text[at]) != NULL;
		depth -= strchr("}]", text[at]) != NULL;
		at++;
		if (depth == 0)
			return at;
	}
	return bytes;
}

/* Where the value at `at` ends, without final spaces: at a comment, or in a bracket at ',' or its
 * end. */
static size_t value_end(const char *text, size_t bytes, size_t at, bool in_bracket)
{
	size_t end = at;
	while (end < bytes) {
		if (strchr("{[", text[end])) {
			end = skip_bracket(text, bytes, end);
			continue;
		}
		if (in_bracket && strchr(",}]", text[end]))
			break;
		if (text[end] == '#' && end > at && strchr(" \t", text[end - 1]))
			break;
		end++;
	}
	while (end > at && strchr(" \t", text[end - 1]))
		end--;
	return end;
}

/* True when the value that stands at `at` is one that YAML would take for something else. */
static bool needs_quotes(const char *text, size_t bytes, size_t at, bool in_bracket)
{
	if (strchr("@`%", text[at]))
		return true;
	if (!strchr("{[", text[at]))
		return false;
	size_t behind = skip_bracket(text, bytes, at);
	if (behind == bytes || strchr(" \t#", text[behind]))
		return false;
	return !(in_bracket && strchr(",}]", text[behind]));
}

static void hint_quotes(struct hints *hints, size_t line, const char *text, size_t at, size_t end)
{
	char raw[64] = "";
	struct span span = {hints->source, (size_t)(text + at - hints->source->text), end - at};
	memcpy(raw, text + at, end - at < sizeof raw ? end - at : sizeof raw - 1);
	struct quoted value = pinion__quote(raw);
	pinion__fault(hints->faults, span, "'%s' must be quoted in YAML: \"%s\"", value.text,
	              value.text);
	mark_explained(hints, line);
}

/* Look at each value of a line: what stands behind ": " and "- ". */
static void look_for_quotes(struct hints *hints, size_t line, const char *text, size_t bytes)
{
	int brackets = 0;
	bool value = line == 0 && hints->begin > 0; /* an override's text begins with its value */
	for (size_t at = 0; at < bytes;) {
		bool space = strchr(" \t", text[at]) != NULL;
		if (text[at] == '#' && (at == 0 || strchr(" \t", text[at - 1])))
			return;
		if (value && !space && needs_quotes(text, bytes, at, brackets > 0)) {
			size_t end = value_end(text, bytes, at, brackets > 0);
			hint_quotes(hints, line, text, at, end);
			at = end > at ? end : at + 1;
			value = false;
			continue;
		}
		if (strchr("\"'", text[at])) {
			at = skip_quoted(text, bytes, at);
			value = false;
			continue;
		}
		brackets += strchr("{[", text[at]) != NULL;
		brackets -= strchr("}]", text[at]) != NULL;
		bool follows = at + 1 < bytes && strchr(" \t", text[at + 1]);
		if (!space)
			value = follows && (text[at] == ':' || text[at] == '-');
		at++;
	}
}

bool pinion__tree_hints(const struct source *source, size_t begin, size_t offset,
                        struct faults *faults)
{
	struct hints hints = {source, begin, pinion__source_line(source, offset), faults, false, 0, 0};
	for (size_t line = 0; line < source->lines; line++) {
		size_t from = line == 0 ? begin : source->line[line];
		size_t end = pinion__source_line_end(source, line);
		if (end <= from)
			continue;
		look_for_tab(&hints, line, source->text + from, end - from);
		look_for_quotes(&hints, line, source->text + from, end - from);
	}
	if (hints.tabs > 0) {
		struct span span = {source, hints.first_tab, 1};
		pinion__fault(faults, span, "tab used for indentation; YAML takes spaces only");
		if (hints.tabs > 1)
			pinion__fault_note(faults, "%zu lines begin so", hints.tabs);
	}
	return hints.explained;
}
