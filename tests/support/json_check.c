/*
 * The strict JSON reader. One recursive descent both checks and finds: it walks
 * the whole text and remembers the span of the value whose path is wanted.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/json_check.h"

#include <stdio.h>
#include <string.h>

#define DEEPEST   100
#define MOST_KEYS 4096 /* of one object, for finding duplicates */

struct walk {
	const char *text, *at;
	const char *path;        /* wanted, or NULL */
	const char *begin, *end; /* of the value found */
	int count;               /* its elements, -1 for a plain value */
	int depth;
	bool bad;
};

static void skip_space(struct walk *w)
{
	w->at += strspn(w->at, " \t\r\n");
}

static bool fail(struct walk *w)
{
	w->bad = true;
	return false;
}

static bool eat(struct walk *w, char c)
{
	if (*w->at != c)
		return false;
	w->at++;
	return true;
}

static bool is_hex(char c)
{
	return c != '\0' && strchr("0123456789abcdefABCDEF", c) != NULL;
}

static bool walk_escape(struct walk *w)
{
	char c = *w->at;
	if (c == '\0' || strchr("\"\\/bfnrtu", c) == NULL)
		return fail(w);
	w->at++;
	for (int i = 0; c == 'u' && i < 4; i++)
		if (!is_hex(*w->at++))
			return fail(w);
	return true;
}

static bool walk_string(struct walk *w)
{
	if (!eat(w, '"'))
		return fail(w);
	while (*w->at != '"') {
		if ((unsigned char)*w->at < 0x20)
			return fail(w);
		if (*w->at++ == '\\' && !walk_escape(w))
			return false;
	}
	w->at++;
	return true;
}

static bool digits(struct walk *w)
{
	size_t length = strspn(w->at, "0123456789");
	w->at += length;
	return length > 0;
}

static bool walk_number(struct walk *w)
{
	eat(w, '-');
	if (*w->at == '0')
		w->at++;
	else if (!digits(w))
		return fail(w);
	if (eat(w, '.') && !digits(w))
		return fail(w);
	if (*w->at == 'e' || *w->at == 'E') {
		w->at++;
		w->at += *w->at == '+' || *w->at == '-';
		if (!digits(w))
			return fail(w);
	}
	return true;
}

static bool walk_word(struct walk *w)
{
	static const char *const words[] = {"true", "false", "null"};
	for (int i = 0; i < 3; i++)
		if (strncmp(w->at, words[i], strlen(words[i])) == 0) {
			w->at += strlen(words[i]);
			return true;
		}
	return fail(w);
}

static bool walk_value(struct walk *w, const char *wanted);

/* What is left of `wanted` behind the step `key`, or NULL when it leads elsewhere. */
static const char *step(const char *wanted, const char *key, size_t length)
{
	if (wanted == NULL || *wanted == '\0' || strncmp(wanted, key, length) != 0)
		return NULL;
	if (wanted[length] == '\0')
		return wanted + length;
	return wanted[length] == '.' ? wanted + length + 1 : NULL;
}

static bool is_new(const char **key, size_t *length, int count, struct walk *w)
{
	for (int i = 0; i < count - 1; i++)
		if (length[i] == length[count - 1] && strncmp(key[i], key[count - 1], length[i]) == 0)
			return fail(w);
	return true;
}

static bool walk_member(struct walk *w, const char *wanted, const char **key, size_t *length,
                        int index)
{
	skip_space(w);
	key[index] = w->at + 1;
	if (!walk_string(w))
		return false;
	length[index] = (size_t)(w->at - 1 - key[index]);
	if (!is_new(key, length, index + 1, w))
		return false;
	skip_space(w);
	if (!eat(w, ':'))
		return fail(w);
	return walk_value(w, step(wanted, key[index], length[index]));
}

static bool walk_object(struct walk *w, const char *wanted, int *count)
{
	const char *key[MOST_KEYS];
	size_t length[MOST_KEYS];
	skip_space(w);
	if (eat(w, '}'))
		return true;
	do {
		if (*count == MOST_KEYS || !walk_member(w, wanted, key, length, *count))
			return fail(w);
		(*count)++;
		skip_space(w);
	} while (eat(w, ','));
	return eat(w, '}') || fail(w);
}

static bool walk_array(struct walk *w, const char *wanted, int *count)
{
	skip_space(w);
	if (eat(w, ']'))
		return true;
	do {
		char index[16];
		int length = snprintf(index, sizeof index, "%d", *count);
		if (!walk_value(w, step(wanted, index, (size_t)length)))
			return false;
		(*count)++;
		skip_space(w);
	} while (eat(w, ','));
	return eat(w, ']') || fail(w);
}

static bool walk_inner(struct walk *w, const char *wanted, int *count)
{
	if (*w->at != '{' && *w->at != '[') {
		*count = -1;
		return *w->at == '"'                                       ? walk_string(w)
		       : *w->at == '-' || (*w->at >= '0' && *w->at <= '9') ? walk_number(w)
		                                                           : walk_word(w);
	}
	if (++w->depth > DEEPEST)
		return fail(w);
	bool object = *w->at++ == '{';
	bool good = object ? walk_object(w, wanted, count) : walk_array(w, wanted, count);
	w->depth--;
	return good;
}

/* `wanted` is the rest of the path from here: "" is here, NULL is not on the way. */
static bool walk_value(struct walk *w, const char *wanted)
{
	skip_space(w);
	const char *begin = w->at;
	int count = 0;
	if (!walk_inner(w, wanted, &count))
		return false;
	if (wanted != NULL && *wanted == '\0') {
		w->begin = begin;
		w->end = w->at;
		w->count = count;
	}
	return true;
}

static bool walk_text(struct walk *w)
{
	w->at = w->text;
	bool good = walk_value(w, w->path);
	skip_space(w);
	return good && *w->at == '\0';
}

bool json_valid(const char *text, size_t *offset)
{
	struct walk w = {.text = text};
	bool good = walk_text(&w);
	if (!good && offset != NULL)
		*offset = (size_t)(w.at - text);
	return good;
}

bool json_at(const char *text, const char *path, char *value, size_t bytes)
{
	struct walk w = {.text = text, .path = path};
	value[0] = '\0';
	if (!walk_text(&w) || w.begin == NULL)
		return false;
	int quoted = *w.begin == '"';
	snprintf(value, bytes, "%.*s", (int)(w.end - w.begin) - 2 * quoted, w.begin + quoted);
	return true;
}

int json_length(const char *text, const char *path)
{
	struct walk w = {.text = text, .path = path};
	return walk_text(&w) && w.begin != NULL ? w.count : -1;
}
