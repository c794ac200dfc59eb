/*
 * A YAML text as a tree of our own, so that the parser behind it can be
 * swapped: lists, maps and scalars, each with the span it came from.
 *
 * A node that an alias names again stands in the tree more than once; what
 * changes a tree therefore clones first.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_YAML_TREE_H
#define PINION_YAML_TREE_H

#include "engine/yaml/faults.h"

/* Bounds that no sensible job meets, and that keep a hostile one harmless. */
#define TREE_MAX_DEPTH   32
#define TREE_MAX_VALUES  200000 /* each value counted as often as aliases use it */
#define TREE_MAX_KEYS    1024   /* in one map */
#define TREE_MAX_ANCHORS 256

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

enum node_style { STYLE_PLAIN, STYLE_SINGLE, STYLE_DOUBLE, STYLE_BLOCK };

struct node {
	enum node_kind kind;
	enum node_style style; /* scalars; a list or map is PLAIN */
	struct span span;
	const char *text; /* scalars: the value, without zero bytes inside; NULL otherwise */
	struct pair *first, *last;
	int count;     /* of pairs */
	size_t weight; /* values inside, itself included */
	bool open;     /* its end has not been read yet */
	bool faulty;   /* a fault is told already; nobody judges the value again */
};

/* An entry of a map; in a list the key is NULL. */
struct pair {
	struct node *key;
	struct node *value;
	struct pair *next;
};

/*
 * Read one YAML document: the text of `source` from byte `begin` on. NULL when it is empty, after
 * a fault that leaves nothing to judge, or when memory is exhausted.
 */
struct node *pinion__tree_load(struct arena *arena, const struct source *source, size_t begin,
                               struct faults *faults);

/*
 * After a syntax error at byte `offset`: look for the usual causes (tabs, unquoted braces) in the
 * whole text and add a fault for each. True when one of them explains the error.
 */
bool pinion__tree_hints(const struct source *source, size_t begin, size_t offset,
                        struct faults *faults);

/*
 * The parser's complaint in words of ours; the same text when there are none. *at_context receives
 * whether the place where the broken construct began is the better one to point at.
 */
const char *pinion__tree_complaint(const char *theirs, bool *at_context);

struct node *pinion__node_create(struct arena *arena, enum node_kind kind, struct span span);

/* A shallow copy with its own list of pairs. */
struct node *pinion__node_clone(struct arena *arena, const struct node *node);

/* Append to a map, or with a NULL key to a list. NULL when memory is exhausted. */
struct pair *pinion__node_append(struct arena *arena, struct node *node, struct node *key,
                                 struct node *value);

/* The entry of a map, or NULL; also NULL when `map` is NULL or no map. */
struct pair *pinion__node_pair(const struct node *map, const char *key);
const struct node *pinion__node_find(const struct node *map, const char *key);

/* Nothing was written: an empty plain scalar, "~" or "null". */
bool pinion__node_is_null(const struct node *node);

/* "a list", "a map", "a text", "nothing": what a message calls it. */
const char *pinion__node_called(const struct node *node);

/*
 * Where `length` bytes at `offset` of a scalar's value stand in its source, through quotes and
 * escapes. The whole node when they cannot be followed (folded over several lines).
 */
struct span pinion__node_slice(const struct node *node, int offset, int length);

#endif
