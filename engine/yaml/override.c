/*
 * --set KEY=VALUE: change the tree before it is checked.
 *
 * A path is keys joined by dots; a workload is named by its name, any entry of
 * a list by its number in brackets. Missing sections are made on the way. What
 * the path goes through is cloned, because aliases may share it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/draft.h"

#include <string.h>

struct walk {
	struct draft *draft;
	const struct source *source;
	size_t at, end;     /* the rest of the path */
	struct node **slot; /* what the path has reached; NULL after a fault or without memory */
};

static struct span piece(const struct walk *walk, size_t from, size_t to)
{
	return (struct span){walk->source, from, to > from ? to - from : 0};
}

/* The path so far, for messages. */
static struct quoted reached(const struct walk *walk)
{
	size_t end =
		walk->at > 0 && strchr(".[", walk->source->text[walk->at - 1]) ? walk->at - 1 : walk->at;
	const char *copy = pinion__arena_copy(&walk->draft->arena, walk->source->text, end);
	return pinion__quote(copy ? copy : "");
}

/* Replace what is reached by a copy that nothing else shares. */
static struct node *own(struct walk *walk)
{
	struct node *clone = pinion__node_clone(&walk->draft->arena, *walk->slot);
	if (clone)
		*walk->slot = clone;
	return clone;
}

/* Each step takes one piece of the path and returns what it leads to, or NULL. */

/* The pair of a map that the key text[at..to) names, made when it is missing. */
static struct node **enter_key(struct walk *walk, size_t to)
{
	struct arena *arena = &walk->draft->arena;
	struct span span = piece(walk, walk->at, to);
	const char *name = pinion__arena_copy(arena, walk->source->text + walk->at, span.length);
	struct node *map = own(walk);
	if (!map || !name)
		return NULL;
	struct pair *pair = pinion__node_pair(map, name);
	if (!pair) {
		struct node *key = pinion__node_create(arena, NODE_SCALAR, span);
		struct node *value = pinion__node_create(arena, NODE_SCALAR, span);
		if (!key || !value)
			return NULL;
		key->text = name;
		value->text = "";
		pair = pinion__node_append(arena, map, key, value);
	}
	walk->at = to;
	return pair ? &pair->value : NULL;
}

/* Keys below nothing make a section of it. */
static struct node **step_key(struct walk *walk)
{
	struct node *node = *walk->slot;
	size_t to = walk->at + strcspn(walk->source->text + walk->at, ".[=");
	if (to == walk->at) {
		pinion__fault(&walk->draft->faults, piece(walk, to, to + 1),
		              "a key is missing here; an override is KEY=VALUE, such as workers.count=8");
		return NULL;
	}
	if (pinion__node_is_null(node)) {
		node = pinion__node_create(&walk->draft->arena, NODE_MAP, piece(walk, walk->at, to));
		if (!node)
			return NULL;
		*walk->slot = node;
	}
	if (node->kind == NODE_MAP)
		return enter_key(walk, to);
	pinion__fault(&walk->draft->faults, piece(walk, walk->at, to), "'%s' is %s; it has no keys",
	              reached(walk).text, pinion__node_called(node));
	return NULL;
}

static struct node **unknown_workload(struct walk *walk)
{
	const char *names[SCHEMA_MAX_WORDS + 1], *text = walk->source->text;
	int count = 0;
	size_t to = walk->at + strcspn(text + walk->at, ".[=");
	const char *word = pinion__arena_copy(&walk->draft->arena, text + walk->at, to - walk->at);
	for (const struct pair *item = (*walk->slot)->first; item && count < SCHEMA_MAX_WORDS;
	     item = item->next) {
		const char *name = pinion__workload_name(&walk->draft->arena, item->value);
		if (name)
			names[count++] = name;
	}
	names[count] = NULL;
	if (word)
		pinion__fault(&walk->draft->faults, piece(walk, walk->at, to),
		              "no workload is called '%s'%s", pinion__quote(word).text,
		              pinion__propose(word, names).text);
	return NULL;
}

/* A name may hold dots, so each is tried; the longest that fits is meant. */
static struct node **step_name(struct walk *walk)
{
	const char *text = walk->source->text + walk->at;
	struct pair *best = NULL;
	size_t longest = 0;
	struct node *list = own(walk);
	for (struct pair *item = list ? list->first : NULL; item; item = item->next) {
		const char *name = pinion__workload_name(&walk->draft->arena, item->value);
		size_t length = name ? strlen(name) : 0;
		if (length > longest && strncmp(text, name, length) == 0 && strchr(".[=", text[length])) {
			best = item;
			longest = length;
		}
	}
	if (list && !best)
		return unknown_workload(walk);
	walk->at += longest;
	return best ? &best->value : NULL;
}

static struct node **step_index(struct walk *walk)
{
	const char *text = walk->source->text;
	size_t digits = strspn(text + walk->at + 1, "0123456789"), behind = walk->at + 1 + digits;
	const struct node *node = *walk->slot;
	if (digits == 0 || digits > 6 || text[behind] != ']') {
		pinion__fault(&walk->draft->faults, piece(walk, walk->at, behind + 1),
		              "an entry is numbered from 0 in brackets, such as workloads[0]");
		return NULL;
	}
	int index = 0;
	for (size_t i = walk->at + 1; i < behind; i++)
		index = index * 10 + (text[i] - '0');
	if (node->kind != NODE_LIST) {
		pinion__fault(&walk->draft->faults, piece(walk, walk->at, behind + 1),
		              "'%s' is %s; it has no numbered entries", reached(walk).text,
		              pinion__node_called(node));
		return NULL;
	}
	if (index >= node->count) {
		pinion__fault(&walk->draft->faults, piece(walk, walk->at, behind + 1),
		              "'%s' has %d entries, from [0] on", reached(walk).text, node->count);
		return NULL;
	}
	struct node *list = own(walk);
	struct pair *item = list ? list->first : NULL;
	while (item && index-- > 0)
		item = item->next;
	walk->at = behind + 1;
	return item ? &item->value : NULL;
}

static struct node **step(struct walk *walk)
{
	char next = walk->source->text[walk->at];
	if (next == '[')
		return step_index(walk);
	if (walk->at > 0 && next == '.')
		walk->at++;
	else if (walk->at > 0) {
		pinion__fault(&walk->draft->faults, piece(walk, walk->at, walk->at + 1),
		              "'.' or '=' is missing here");
		return NULL;
	}
	return (*walk->slot)->kind == NODE_LIST ? step_name(walk) : step_key(walk);
}

/* The value; nothing behind '=' is a node that says so. */
static struct node *read_value(struct draft *draft, const struct source *source, size_t begin)
{
	int before = draft->faults.count;
	struct node *value = pinion__tree_load(&draft->arena, source, begin, &draft->faults);
	if (value || draft->faults.count > before)
		return value;
	value = pinion__node_create(&draft->arena, NODE_SCALAR, (struct span){source, begin, 0});
	if (value)
		value->text = "";
	return value;
}

void pinion__override(struct draft *draft, const struct source *source)
{
	size_t bad = pinion__source_first_bad(source);
	const char *equals = strchr(source->text, '=');
	if (bad != SOURCE_NO_OFFSET) {
		pinion__fault(&draft->faults, (struct span){source, bad, 1}, "this byte is not UTF-8 text");
		return;
	}
	if (!equals || equals == source->text) {
		pinion__fault(&draft->faults, (struct span){source, 0, source->bytes},
		              "an override is KEY=VALUE, such as workers.count=8");
		return;
	}
	struct walk walk = {draft, source, 0, (size_t)(equals - source->text), &draft->root};
	struct node *value = read_value(draft, source, walk.end + 1);
	if (!value || !draft->root || draft->root->kind != NODE_MAP)
		return;
	while (walk.slot && walk.at < walk.end)
		walk.slot = step(&walk);
	if (walk.slot)
		*walk.slot = value;
}
