/*
 * From YAML text to the tree, through libyaml's events. The only file that
 * knows libyaml.
 *
 * libyaml accepts more than a job file should: tags, duplicate keys, several
 * documents, aliases without bound. Those are faults here, with positions.
 * Its own syntax messages speak of parser states; tree_complaint.c has better
 * ones.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/tree.h"

#include <string.h>
#include <yaml.h>

struct anchor {
	const char *name;
	struct node *node;
	struct anchor *next;
};

struct load {
	yaml_parser_t parser;
	struct arena *arena;
	struct faults *faults;
	const struct source *source;
	size_t begin; /* the document's first byte in the source */
	size_t begin_characters;

	struct node *open[TREE_MAX_DEPTH]; /* lists and maps around the present place */
	struct node *key[TREE_MAX_DEPTH];  /* of each map: the key that waits for its value */
	int depth;
	struct anchor *anchors; /* newest first */
	int anchor_count;
	size_t values; /* read so far, merged ones included */
	struct node *root;
	int documents;
	bool stopped; /* a fault that makes going on senseless */
};

static struct span event_span(const struct load *load, yaml_mark_t from, yaml_mark_t to)
{
	struct span span = {load->source, 0, 0};
	span.offset = pinion__source_offset(load->source, load->begin_characters + from.index);
	size_t end = pinion__source_offset(load->source, load->begin_characters + to.index);
	span.length = end > span.offset ? end - span.offset : 0;
	return span;
}

/* An event begins at its anchor; the node begins behind it. */
static struct span skip_anchor(struct span span, const char *anchor)
{
	size_t skip = anchor ? strlen(anchor) + 1 : 0;
	if (!anchor || skip > span.length)
		return span;
	while (skip < span.length && strchr(" \t", span.source->text[span.offset + skip]))
		skip++;
	span.offset += skip;
	span.length -= skip;
	return span;
}

/* The text of a span as the user wrote it, for messages: its first line. */
static struct quoted written(const struct load *load, struct span span)
{
	size_t line = pinion__source_line(span.source, span.offset);
	size_t end = pinion__source_line_end(span.source, line), length = span.length;
	if (span.offset + length > end)
		length = end - span.offset;
	const char *copy = pinion__arena_copy(load->arena, span.source->text + span.offset, length);
	return pinion__quote(copy ? copy : "");
}

static void stop(struct load *load)
{
	load->stopped = true;
}

static size_t line_of(const struct node *node)
{
	return pinion__source_line(node->span.source, node->span.offset) + 1;
}

static void refuse_tag(struct load *load, struct span span)
{
	struct quoted raw = written(load, span);
	pinion__fault(load->faults, span, "'!' begins a YAML tag; a text must be quoted: \"%s\"",
	              raw.text);
}

static void too_many_keys(struct load *load, struct span span)
{
	pinion__fault(load->faults, span, "more than %d keys in one map", TREE_MAX_KEYS);
	stop(load);
}

static void refuse_repeated(struct load *load, const struct node *before, const struct node *key)
{
	size_t first = line_of(before), second = line_of(key);
	if (first == second)
		pinion__fault(load->faults, key->span, "key '%s' stands twice in the same map",
		              pinion__quote(key->text).text);
	else
		pinion__fault(load->faults, key->span,
		              "key '%s' stands twice in the same map: lines %zu and %zu",
		              pinion__quote(key->text).text, first, second);
}

/* A key, or why it cannot be one. What follows a broken key would mislead: the reading stops. */
static void take_key(struct load *load, struct node *map, struct node *key)
{
	if (key->kind != NODE_SCALAR) {
		pinion__fault(load->faults, key->span, "a key must be a word, not %s",
		              pinion__node_called(key));
		stop(load);
		return;
	}
	const struct pair *before = pinion__node_pair(map, key->text);
	if (before)
		refuse_repeated(load, before->key, key);
	if (map->count >= TREE_MAX_KEYS)
		too_many_keys(load, key->span);
	load->key[load->depth - 1] = key;
}

/* Hang a finished node where it belongs. */
static void attach(struct load *load, struct node *node)
{
	if (load->depth == 0) {
		load->root = node;
		return;
	}
	struct node *parent = load->open[load->depth - 1];
	struct node *key = load->key[load->depth - 1];
	if (parent->kind == NODE_MAP && !key) {
		take_key(load, parent, node);
		return;
	}
	load->key[load->depth - 1] = NULL;
	pinion__node_append(load->arena, parent, key, node);
	if (parent->weight > TREE_MAX_VALUES || load->values++ > TREE_MAX_VALUES) {
		pinion__fault(load->faults, node->span, "more than %d values, counting what aliases repeat",
		              TREE_MAX_VALUES);
		stop(load);
	}
}

static void remember_anchor(struct load *load, const yaml_char_t *name, struct node *node)
{
	if (!name || !node)
		return;
	struct anchor *anchor = pinion__arena_take(load->arena, sizeof *anchor);
	if (!anchor)
		return;
	anchor->name = pinion__arena_copy(load->arena, (const char *)name, strlen((const char *)name));
	anchor->node = node;
	anchor->next = load->anchors;
	if (anchor->name)
		load->anchors = anchor;
	if (++load->anchor_count > TREE_MAX_ANCHORS) {
		pinion__fault(load->faults, node->span, "more than %d anchors", TREE_MAX_ANCHORS);
		stop(load);
	}
}

static enum node_style style_of(yaml_scalar_style_t style)
{
	switch (style) {
	case YAML_SINGLE_QUOTED_SCALAR_STYLE:
		return STYLE_SINGLE;
	case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
		return STYLE_DOUBLE;
	case YAML_LITERAL_SCALAR_STYLE:
	case YAML_FOLDED_SCALAR_STYLE:
		return STYLE_BLOCK;
	default:
		return STYLE_PLAIN;
	}
}

static void on_scalar(struct load *load, const yaml_event_t *event)
{
	const char *anchor = (const char *)event->data.scalar.anchor;
	const char *value = (const char *)event->data.scalar.value;
	struct span span = event_span(load, event->start_mark, event->end_mark);
	if (event->data.scalar.tag)
		refuse_tag(load, span);
	struct node *node = pinion__node_create(load->arena, NODE_SCALAR, skip_anchor(span, anchor));
	if (!node)
		return;
	node->faulty = event->data.scalar.tag != NULL;
	node->style = style_of(event->data.scalar.style);
	node->text = pinion__arena_copy(load->arena, value, event->data.scalar.length);
	if (!node->text)
		return;
	if (strlen(node->text) != event->data.scalar.length)
		pinion__fault(load->faults, node->span, "a text cannot hold a zero byte (\\0)");
	remember_anchor(load, event->data.scalar.anchor, node);
	attach(load, node);
}

static void on_open(struct load *load, const yaml_event_t *event, enum node_kind kind)
{
	bool map = kind == NODE_MAP;
	const yaml_char_t *anchor =
		map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	const yaml_char_t *tag = map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
	struct span span = event_span(load, event->start_mark, event->end_mark);
	if (tag)
		refuse_tag(load, span);
	if (load->depth == TREE_MAX_DEPTH) {
		pinion__fault(load->faults, span, "nested more than %d levels deep", TREE_MAX_DEPTH);
		stop(load);
		return;
	}
	struct node *node = pinion__node_create(load->arena, kind, span);
	if (!node)
		return;
	node->open = true;
	remember_anchor(load, anchor, node);
	load->open[load->depth] = node;
	load->key[load->depth] = NULL;
	load->depth++;
}

/* What `<<: *base` names: copy the entries that the map does not have itself. */
static void merge_map(struct load *load, struct node *map, const struct node *base)
{
	if (base->kind != NODE_MAP) {
		pinion__fault(load->faults, base->span, "'<<' takes a map, or a list of maps, not %s",
		              pinion__node_called(base));
		return;
	}
	for (const struct pair *pair = base->first; pair; pair = pair->next) {
		load->values++;
		if (pinion__node_pair(map, pair->key->text))
			continue;
		if (map->count >= TREE_MAX_KEYS) {
			too_many_keys(load, map->span);
			return;
		}
		pinion__node_append(load->arena, map, pair->key, pair->value);
	}
}

/* Replace a plain '<<' by the entries of what it names; the map's own entries win. */
static void merge(struct load *load, struct node *map)
{
	struct pair **link = &map->first, *found, *last = NULL;
	while (*link && strcmp((*link)->key->text, "<<") != 0) {
		last = *link;
		link = &(*link)->next;
	}
	found = *link;
	if (!found || found->key->style != STYLE_PLAIN)
		return;
	*link = found->next;
	map->last = found->next ? map->last : last;
	map->count--;
	map->weight -= found->value->weight;
	if (found->value->kind != NODE_LIST) {
		merge_map(load, map, found->value);
		return;
	}
	for (const struct pair *base = found->value->first; base; base = base->next)
		merge_map(load, map, base->value);
}

static void on_close(struct load *load, const yaml_event_t *event)
{
	struct node *node = load->open[--load->depth];
	struct span end = event_span(load, event->start_mark, event->end_mark);
	node->open = false;
	if (end.offset + end.length > node->span.offset)
		node->span.length = end.offset + end.length - node->span.offset;
	if (node->kind == NODE_MAP)
		merge(load, node);
	attach(load, node);
}

static void on_alias(struct load *load, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	struct span span = event_span(load, event->start_mark, event->end_mark);
	const struct anchor *anchor = load->anchors;
	while (anchor && strcmp(anchor->name, name) != 0)
		anchor = anchor->next;
	if (anchor && !anchor->node->open) {
		attach(load, anchor->node);
		return;
	}
	if (anchor) {
		pinion__fault(load->faults, span, "'*%s' stands inside what it repeats",
		              pinion__quote(name).text);
	} else {
		struct quoted raw = written(load, span);
		pinion__fault(load->faults, span,
		              "'*' begins a YAML alias, and no anchor '&%s' stands before it; "
		              "a text must be quoted: \"%s\"",
		              raw.text + 1, raw.text);
	}
	struct node *nothing = pinion__node_create(load->arena, NODE_SCALAR, span);
	if (nothing) {
		nothing->text = "";
		nothing->faulty = true;
		attach(load, nothing);
	}
}

static void on_document(struct load *load, const yaml_event_t *event)
{
	if (++load->documents < 2)
		return;
	pinion__fault(load->faults, event_span(load, event->start_mark, event->end_mark),
	              "a second YAML document begins here; a job file holds one");
	stop(load);
}

static void on_event(struct load *load, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		on_document(load, event);
		break;
	case YAML_SCALAR_EVENT:
		on_scalar(load, event);
		break;
	case YAML_SEQUENCE_START_EVENT:
		on_open(load, event, NODE_LIST);
		break;
	case YAML_MAPPING_START_EVENT:
		on_open(load, event, NODE_MAP);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		on_close(load, event);
		break;
	case YAML_ALIAS_EVENT:
		on_alias(load, event);
		break;
	default:
		break;
	}
}

/* An error at the very end points behind the last thing that was written. */
static struct span last_written(struct span at)
{
	if (at.offset < at.source->bytes)
		return at;
	while (at.offset > 0 && strchr(" \t\r\n", at.source->text[at.offset - 1]))
		at.offset--;
	return at;
}

static void syntax_fault(struct load *load)
{
	const yaml_parser_t *parser = &load->parser;
	const char *text = parser->problem ? parser->problem : "not understood";
	struct span at = event_span(load, parser->problem_mark, parser->problem_mark);
	struct span context = event_span(load, parser->context_mark, parser->context_mark);
	bool has_context = parser->context != NULL, at_context;
	const char *ours = pinion__tree_complaint(text, &at_context);
	if (has_context && at_context) {
		at = context;
		has_context = false;
	}
	if (pinion__tree_hints(load->source, load->begin, at.offset, load->faults))
		return;
	at = last_written(at);
	pinion__fault(load->faults, at, "%s", ours);
	size_t line = pinion__source_line(load->source, context.offset);
	if (has_context && line < pinion__source_line(load->source, at.offset))
		pinion__fault_note(load->faults, "it stands in what began in line %zu", line + 1);
}

static void read_events(struct load *load)
{
	bool done = false;
	while (!done && !load->stopped && !load->arena->failed) {
		yaml_event_t event;
		if (yaml_parser_parse(&load->parser, &event)) {
			on_event(load, &event);
			done = event.type == YAML_STREAM_END_EVENT;
			yaml_event_delete(&event);
		} else if (load->parser.error == YAML_MEMORY_ERROR) {
			load->arena->failed = true;
		} else {
			syntax_fault(load);
			stop(load);
		}
	}
}

struct node *pinion__tree_load(struct arena *arena, const struct source *source, size_t begin,
                               struct faults *faults)
{
	struct load load = {.arena = arena, .faults = faults, .source = source, .begin = begin};
	if (!yaml_parser_initialize(&load.parser)) {
		arena->failed = true;
		return NULL;
	}
	load.begin_characters = pinion__source_characters(source, begin);
	yaml_parser_set_encoding(&load.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&load.parser, (const unsigned char *)source->text + begin,
	                             source->bytes - begin);
	read_events(&load);
	yaml_parser_delete(&load.parser);
	return arena->failed || load.stopped ? NULL : load.root;
}
