/*
 * hwloc tuples: "package:0.core:0-3" is four places, the first four cores of
 * package 0. Several tuples are separated by blanks or commas.
 *
 *   tuple   := step { "." step }
 *   step    := type ":" indexes
 *   indexes := "all" | "odd" | "even" | first ":" count | index { "," index }
 *   index   := number | number "-" number
 *
 * Each step takes the sets of the step before (at first the whole machine),
 * finds the objects of its type in each, numbers them from 0 and keeps those
 * that are indexed. Sets are over indexes of the PU table here, so that the
 * order is the machine's; only what remains at the end becomes OS numbers,
 * without the processors that are not allowed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/cpus_read.h"

#include "affinity/port.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct type_name {
	const char *name;
	pinion_object object;
} type_names[] = {
	{"package", PINION_OBJECT_PACKAGE}, {"socket", PINION_OBJECT_PACKAGE},
	{"numanode", PINION_OBJECT_NODE},   {"numa", PINION_OBJECT_NODE},
	{"node", PINION_OBJECT_NODE},       {"l3cache", PINION_OBJECT_L3},
	{"l3", PINION_OBJECT_L3},           {"llc", PINION_OBJECT_L3},
	{"l2cache", PINION_OBJECT_L2},      {"l2", PINION_OBJECT_L2},
	{"core", PINION_OBJECT_CORE},       {"pu", PINION_OBJECT_PU},
};

/* A growing list of sets, which it owns. */
struct sets {
	hwloc_bitmap_t *set;
	int count, room;
};

static void sets_free(struct sets *sets)
{
	for (int i = 0; i < sets->count; i++)
		hwloc_bitmap_free(sets->set[i]);
	pinion__free(sets->set);
	*sets = (struct sets){0};
}

static int sets_add(struct sets *sets, hwloc_bitmap_t set)
{
	if (!set)
		return PINION_ERR_NOMEM;
	if (sets->count == sets->room) {
		int room = sets->room ? 2 * sets->room : 16;
		hwloc_bitmap_t *more = pinion__alloc((size_t)room * sizeof(hwloc_bitmap_t));
		if (!more) {
			hwloc_bitmap_free(set);
			return PINION_ERR_NOMEM;
		}
		if (sets->count)
			memcpy(more, sets->set, (size_t)sets->count * sizeof(hwloc_bitmap_t));
		pinion__free(sets->set);
		sets->set = more;
		sets->room = room;
	}
	sets->set[sets->count++] = set;
	return PINION_OK;
}

/* Nodes are not part of the tree: two may have the same processors, and one may have none. */
static int nodes_inside(const pinion_topology *t, hwloc_const_bitmap_t parent, bool whole,
                        struct sets *out)
{
	int rc = PINION_OK;
	for (int node = 0; rc == PINION_OK && node < t->counts.nodes; node++) {
		hwloc_bitmap_t inside = hwloc_bitmap_alloc();
		for (int pu = hwloc_bitmap_first(parent); inside && pu >= 0;
		     pu = hwloc_bitmap_next(parent, pu))
			if (hwloc_bitmap_isset(t->node_cpus[node], (unsigned)t->pu[pu].os_cpu))
				hwloc_bitmap_set(inside, (unsigned)pu);
		if (inside && hwloc_bitmap_iszero(inside) && !whole)
			hwloc_bitmap_free(inside);
		else
			rc = sets_add(out, inside);
	}
	return rc;
}

/* The PUs of an object follow each other in the table. */
static int objects_inside(const pinion_topology *t, hwloc_const_bitmap_t parent,
                          pinion_object object, struct sets *out)
{
	int rc = PINION_OK, before = -1;
	for (int pu = hwloc_bitmap_first(parent); rc == PINION_OK && pu >= 0;
	     pu = hwloc_bitmap_next(parent, pu)) {
		int level = pinion__pu_level(t, pu, object);
		if (level < 0)
			continue;
		if (level != before)
			rc = sets_add(out, hwloc_bitmap_alloc());
		if (rc == PINION_OK && hwloc_bitmap_set(out->set[out->count - 1], (unsigned)pu) < 0)
			rc = PINION_ERR_NOMEM;
		before = level;
	}
	return rc;
}

/* The indexes of a step as written. */
struct indexes {
	enum { SOME, ALL, ODD, EVEN, FROM } kind;
	hwloc_bitmap_t some;    /* SOME */
	int first, count;       /* FROM */
	const char *from, *to;  /* in the text */
};

static bool takes_word(struct pinion__reader *r, const char *word)
{
	size_t length = strlen(word);
	if (strncasecmp(r->at, word, length) != 0 || isalnum((unsigned char)r->at[length]))
		return false;
	r->at += length;
	return true;
}

/* After the comma either one more index or the next tuple follows. */
static bool takes_index_comma(struct pinion__reader *r)
{
	const char *next = r->at + 1;
	if (*r->at != ',')
		return false;
	while (isspace((unsigned char)*next))
		next++;
	if (isalpha((unsigned char)*next))
		return false;
	r->at = next;
	return true;
}

static int read_index_list(struct pinion__reader *r, struct indexes *indexes)
{
	do {
		int first, last;
		const char *from = r->at;
		int rc = pinion__reader_number(r, "an index", &first);
		last = first;
		if (rc == PINION_OK && *r->at == '-') {
			r->at++;
			rc = pinion__reader_number(r, "the last index of the range", &last);
		}
		if (rc)
			return rc;
		if (last < first)
			return pinion__reader_fail(r, PINION_ERR_SYNTAX, from, r->at,
			                           "this range runs backwards");
		if (hwloc_bitmap_set_range(indexes->some, (unsigned)first, last) < 0)
			return PINION_ERR_NOMEM;
		if (*r->at == ':' && last == first && hwloc_bitmap_weight(indexes->some) == 1) {
			r->at++;
			indexes->kind = FROM;
			indexes->first = first;
			const char *count = r->at;
			rc = pinion__reader_number(r, "the number of objects", &indexes->count);
			if (rc == PINION_OK && indexes->count < 1)
				rc = pinion__reader_fail(r, PINION_ERR_RANGE, count, r->at,
				                         "the count must be at least 1");
			return rc;
		}
	} while (takes_index_comma(r));
	return PINION_OK;
}

static int read_indexes(struct pinion__reader *r, struct indexes *indexes)
{
	int rc = PINION_OK;
	indexes->kind = SOME;
	indexes->from = r->at;
	if (takes_word(r, "all"))
		indexes->kind = ALL;
	else if (takes_word(r, "odd"))
		indexes->kind = ODD;
	else if (takes_word(r, "even"))
		indexes->kind = EVEN;
	else if (isalpha((unsigned char)*r->at))
		rc = pinion__reader_fail(r, PINION_ERR_SYNTAX, r->at, pinion__reader_word(r->at),
		                         "not an index; write 0, 0-3, 0,2, 2:4, all, odd or even");
	else
		rc = read_index_list(r, indexes);
	indexes->to = r->at;
	return rc;
}

static int read_type(struct pinion__reader *r, const struct type_name **out)
{
	const char *from = r->at, *to = pinion__reader_word(from);
	*out = NULL;
	for (size_t i = 0; i < sizeof type_names / sizeof type_names[0]; i++)
		if (strlen(type_names[i].name) == (size_t)(to - from) &&
		    strncasecmp(type_names[i].name, from, (size_t)(to - from)) == 0)
			*out = &type_names[i];
	if (!*out)
		return pinion__reader_fail(r, PINION_ERR_SYNTAX, from, to,
		                           "unknown object; write package, numa, l3, l2, core or pu (as "
		                           "in core:0-3), or cores, threads, sockets, ll_caches, "
		                           "numa_domains");
	r->at = to;
	if (*r->at != ':')
		return pinion__reader_fail(r, PINION_ERR_SYNTAX, from, to,
		                           "an index is missing; write %s:all or %s:0", (*out)->name,
		                           (*out)->name);
	r->at++;
	return PINION_OK;
}

/* One step: where it is in the text and what it works on. */
struct step {
	struct pinion__reader *r;
	const struct type_name *type;
	struct indexes indexes;
	const char *parent; /* text of the step before, NULL at first */
	int parent_length;
};

/* "numa:0 has cores 0-11": say what there is instead of what was asked. */
static int step_range(const struct step *step, int objects)
{
	const char *name = step->type->name, *parent = step->parent ? step->parent : "this machine";
	int length = step->parent ? step->parent_length : (int)strlen(parent);
	const struct indexes *x = &step->indexes;
	if (objects == 0)
		return pinion__reader_fail(step->r, PINION_ERR_RANGE, x->from, x->to, "%.*s has no %s",
		                           length, parent, name);
	if (objects == 1)
		return pinion__reader_fail(step->r, PINION_ERR_RANGE, x->from, x->to, "%.*s has %s 0 only",
		                           length, parent, name);
	return pinion__reader_fail(step->r, PINION_ERR_RANGE, x->from, x->to, "%.*s has %ss 0-%d",
	                           length, parent, name, objects - 1);
}

static bool indexed(const struct indexes *x, int i)
{
	switch (x->kind) {
	case ALL:
		return true;
	case ODD:
		return i % 2 == 1;
	case EVEN:
		return i % 2 == 0;
	case FROM:
		return i >= x->first && i - x->first < x->count;
	case SOME:
		return hwloc_bitmap_isset(x->some, (unsigned)i);
	}
	return false;
}

static int index_last(const struct indexes *x)
{
	if (x->kind == SOME)
		return hwloc_bitmap_last(x->some);
	return x->kind == FROM ? x->first + x->count - 1 : -1;
}

static int step_one(const struct step *step, hwloc_const_bitmap_t parent, struct sets *to)
{
	const pinion_topology *t = step->r->topology;
	struct sets inside = {0};
	int rc = step->type->object == PINION_OBJECT_NODE
		? nodes_inside(t, parent, !step->parent, &inside)
		: objects_inside(t, parent, step->type->object, &inside);
	if (rc == PINION_OK && (inside.count == 0 || index_last(&step->indexes) >= inside.count))
		rc = step_range(step, inside.count);
	for (int i = 0; rc == PINION_OK && i < inside.count; i++)
		if (indexed(&step->indexes, i))
			rc = sets_add(to, hwloc_bitmap_dup(inside.set[i]));
	sets_free(&inside);
	return rc;
}

/* Replace the sets by what the step finds in them. */
static int step_read(struct step *step, struct sets *sets)
{
	struct sets found = {0};
	const char *from = step->r->at;
	int rc = read_type(step->r, &step->type);
	hwloc_bitmap_zero(step->indexes.some);
	if (rc == PINION_OK)
		rc = read_indexes(step->r, &step->indexes);
	for (int i = 0; rc == PINION_OK && i < sets->count; i++)
		rc = step_one(step, sets->set[i], &found);
	step->parent = from;
	step->parent_length = (int)(step->r->at - from);
	sets_free(sets);
	*sets = found;
	return rc;
}

/* The processors of a set that may be used, as OS numbers. */
static int allowed_of(const pinion_topology *t, hwloc_const_bitmap_t set, hwloc_bitmap_t out)
{
	hwloc_bitmap_zero(out);
	for (int pu = hwloc_bitmap_first(set); pu >= 0; pu = hwloc_bitmap_next(set, pu))
		if (t->pu[pu].allowed && hwloc_bitmap_set(out, (unsigned)t->pu[pu].os_cpu) < 0)
			return PINION_ERR_NOMEM;
	return PINION_OK;
}

/* An object without an allowed PU: named by number it is an error, in "all" it is left out. */
static int place_unusable(const struct step *step, hwloc_const_bitmap_t set, const char *from)
{
	struct pinion__reader *r = step->r;
	if (hwloc_bitmap_iszero(set))
		return pinion__reader_fail(r, PINION_ERR_RANGE, from, r->at,
		                           "this %s has no processors, only memory", step->type->name);
	if (step->indexes.kind != SOME && step->indexes.kind != FROM)
		return PINION_OK;
	return pinion__reader_cpu(r, r->topology->pu[hwloc_bitmap_first(set)].os_cpu, from, r->at);
}

static int tuple_places(const struct step *step, const struct sets *sets, const char *from)
{
	struct pinion__reader *r = step->r;
	int places = r->out->places, rc = PINION_OK;
	hwloc_bitmap_t place = hwloc_bitmap_alloc();
	if (!place)
		return PINION_ERR_NOMEM;
	for (int i = 0; rc == PINION_OK && i < sets->count; i++) {
		rc = allowed_of(r->topology, sets->set[i], place);
		if (rc == PINION_OK && hwloc_bitmap_iszero(place))
			rc = place_unusable(step, sets->set[i], from);
		else if (rc == PINION_OK)
			rc = pinion__reader_place(r, place, from, r->at);
	}
	hwloc_bitmap_free(place);
	if (rc == PINION_OK && r->out->places == places)
		rc = pinion__reader_fail(r, PINION_ERR_PLACE, from, r->at,
		                         "this selects no processor that may be used");
	return rc;
}

static int read_tuple(struct pinion__reader *r)
{
	const char *from = r->at;
	struct sets sets = {0};
	struct step step = {.r = r, .indexes.some = hwloc_bitmap_alloc()};
	hwloc_bitmap_t machine = hwloc_bitmap_alloc();
	int last = r->topology->counts.pus - 1, rc = PINION_ERR_NOMEM;
	if (step.indexes.some && machine && hwloc_bitmap_set_range(machine, 0, last) == 0)
		rc = sets_add(&sets, machine);
	else
		hwloc_bitmap_free(machine);
	while (rc == PINION_OK) {
		rc = step_read(&step, &sets);
		if (rc || *r->at != '.')
			break;
		r->at++;
	}
	if (rc == PINION_OK)
		rc = tuple_places(&step, &sets, from);
	hwloc_bitmap_free(step.indexes.some);
	sets_free(&sets);
	return rc;
}

/* Blanks, or one comma, between tuples. */
static bool tuple_follows(struct pinion__reader *r)
{
	if (pinion__reader_take(r, ','))
		pinion__reader_skip(r);
	return *r->at != '\0';
}

int pinion__read_tuples(struct pinion__reader *r)
{
	int rc;
	do
		rc = read_tuple(r);
	while (rc == PINION_OK && tuple_follows(r));
	return rc;
}
