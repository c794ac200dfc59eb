/*
 * The tree's own operations; reading it from YAML is in tree_yaml.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/tree.h"

#include <string.h>

struct node *pinion__node_create(struct arena *arena, enum node_kind kind, struct span span)
{
	struct node *node = pinion__arena_take(arena, sizeof *node);
	if (!node)
		return NULL;
	node->kind = kind;
	node->span = span;
	node->weight = 1;
	return node;
}

struct pair *pinion__node_append(struct arena *arena, struct node *node, struct node *key,
                                 struct node *value)
{
	struct pair *pair = pinion__arena_take(arena, sizeof *pair);
	if (!pair)
		return NULL;
	pair->key = key;
	pair->value = value;
	if (node->last)
		node->last->next = pair;
	else
		node->first = pair;
	node->last = pair;
	node->count++;
	node->weight += value->weight;
	return pair;
}

struct node *pinion__node_clone(struct arena *arena, const struct node *node)
{
	struct node *clone = pinion__node_create(arena, node->kind, node->span);
	if (!clone)
		return NULL;
	clone->style = node->style;
	clone->text = node->text;
	clone->faulty = node->faulty;
	for (const struct pair *pair = node->first; pair; pair = pair->next)
		if (!pinion__node_append(arena, clone, pair->key, pair->value))
			return NULL;
	return clone;
}

struct pair *pinion__node_pair(const struct node *map, const char *key)
{
	if (!map || map->kind != NODE_MAP)
		return NULL;
	struct pair *pair = map->first;
	while (pair && strcmp(pair->key->text, key) != 0)
		pair = pair->next;
	return pair;
}

const struct node *pinion__node_find(const struct node *map, const char *key)
{
	const struct pair *pair = pinion__node_pair(map, key);
	return pair ? pair->value : NULL;
}

bool pinion__node_is_null(const struct node *node)
{
	static const char *const nothing[] = {"", "~", "null", "Null", "NULL"};
	if (node->kind != NODE_SCALAR || node->style != STYLE_PLAIN)
		return false;
	for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
		if (strcmp(node->text, nothing[i]) == 0)
			return true;
	return false;
}

const char *pinion__node_called(const struct node *node)
{
	switch (node->kind) {
	case NODE_LIST:
		return "a list";
	case NODE_MAP:
		return "a map";
	default:
		return pinion__node_is_null(node) ? "nothing" : "a text";
	}
}

/* Bytes that the escape at `text`, after its backslash, has; 0 for one that spans lines. */
static size_t escape_bytes(char kind)
{
	switch (kind) {
	case 'x':
		return 4;
	case 'u':
		return 6;
	case 'U':
		return 10;
	case '\n':
	case '\r':
		return 0;
	default:
		return 2;
	}
}

/* Value bytes that an escape stands for: the UTF-8 length of its code. */
static size_t escaped_bytes(const char *escape)
{
	uint32_t code = 0;
	switch (escape[1]) {
	case 'N':
	case '_':
		return 2;
	case 'L':
	case 'P':
		return 3;
	case 'x':
	case 'u':
	case 'U':
		break;
	default:
		return 1;
	}
	for (size_t i = 2; i < escape_bytes(escape[1]); i++) {
		char digit = escape[i];
		code = code * 16 + (uint32_t)(digit <= '9' ? digit - '0' : (digit | 32) - 'a' + 10);
	}
	return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/*
 * One step through the source of a scalar: *value receives the bytes of the value that it yields.
 * Returns the bytes of the source, 0 where the value can no longer be followed.
 */
static size_t source_step(const struct node *node, const char *text, size_t *value)
{
	*value = 1;
	if (*text == '\n' || *text == '\r')
		return 0;
	if (node->style == STYLE_SINGLE && *text == '\'')
		return 2;
	if (node->style != STYLE_DOUBLE || *text != '\\')
		return 1;
	size_t bytes = escape_bytes(text[1]);
	if (bytes > 0)
		*value = escaped_bytes(text);
	return bytes;
}

struct span pinion__node_slice(const struct node *node, int offset, int length)
{
	struct span span = node->span;
	bool quoted = node->style == STYLE_SINGLE || node->style == STYLE_DOUBLE;
	if (node->kind != NODE_SCALAR || node->style == STYLE_BLOCK || offset < 0)
		return span;
	size_t end = span.offset + span.length - quoted, at = span.offset + quoted;
	size_t passed = 0, begin = SOURCE_NO_OFFSET;
	size_t from = (size_t)offset, to = from + (size_t)(length > 0 ? length : 1);
	while (at < end && passed < to) {
		size_t value, step = source_step(node, span.source->text + at, &value);
		if (step == 0)
			return span;
		if (passed + value > from && begin == SOURCE_NO_OFFSET)
			begin = at;
		passed += value;
		at += step;
	}
	if (begin == SOURCE_NO_OFFSET)
		begin = end;
	span.offset = begin;
	span.length = at > begin ? at - begin : 1;
	return span;
}
