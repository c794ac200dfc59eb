/*
 * The table-driven half of the validator: sections, and the kinds of value
 * that more than one key has.
 *
 * What a value means is decided by its key alone: `off` is a word for
 * placement, false for oversubscribe, and a name for a workload.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/schema.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAME_BYTES 64

/* Enums of the public headers are written through an int. */
static_assert(sizeof(pinion_bind) == sizeof(int), "enums are ints");

struct proposal pinion__propose(const char *word, const char *const *words)
{
	struct proposal out = {""};
	const char *near = pinion_job_nearest(word, words);
	if (near) {
		snprintf(out.text, sizeof out.text, " (did you mean '%s'?)", near);
		return out;
	}
	size_t used = 0;
	for (size_t i = 0; words[i] && used < sizeof out.text; i++)
		used += (size_t)snprintf(out.text + used, sizeof out.text - used, "%s%s",
		                         i == 0         ? "; there is "
		                         : words[i + 1] ? ", "
		                                        : " and ",
		                         words[i]);
	return out;
}

const struct key *pinion__schema_key(const struct section *section, const char *name)
{
	const struct key *key = section->keys;
	while (key->name && strcmp(key->name, name) != 0)
		key++;
	return key->name ? key : NULL;
}

/* Where a misplaced key would be legal, as " (it belongs in 'workers')"; empty when nowhere. */
static struct proposal propose_home(const struct section *section, const char *name)
{
	struct proposal out = {""};
	if (strchr(name, '.')) {
		snprintf(out.text, sizeof out.text,
		         "; dots are for --set, here write a section and its keys");
		return out;
	}
	for (const struct key *key = pinion__schema.keys; key->name; key++) {
		if (!key->section || key->section == section)
			continue;
		const struct key *found = pinion__schema_key(key->section, name);
		if (found && found->read != pinion__read_refused) {
			snprintf(out.text, sizeof out.text, " (it belongs in '%s', indented below it)",
			         key->name);
			return out;
		}
	}
	return out;
}

static void unknown_key(struct reader *reader, const struct section *section,
                        const struct node *name)
{
	const char *names[SCHEMA_MAX_WORDS + 1];
	int count = 0;
	for (const struct key *key = section->keys; key->name && count < SCHEMA_MAX_WORDS; key++)
		if (key->read != pinion__read_refused)
			names[count++] = key->name;
	names[count] = NULL;
	struct proposal proposal = propose_home(section, name->text);
	if (!proposal.text[0])
		proposal = pinion__propose(name->text, names);
	pinion__fault(reader->faults, name->span, "unknown key '%s' %s %s%s",
	              pinion__quote(name->text).text, section == &pinion__schema ? "at" : "in",
	              section->title, proposal.text);
}

/* Top-level keys that begin with x- are the reader's to ignore: a home for anchors. */
static bool is_private(const struct section *section, const char *name)
{
	return section == &pinion__schema && strncmp(name, "x-", 2) == 0;
}

void pinion__section_read(struct reader *reader, const struct section *section,
                          const struct node *map, void *target)
{
	for (const struct pair *pair = map->first; pair; pair = pair->next) {
		const char *name = pair->key->text;
		if (pair->key->faulty || is_private(section, name) || pinion__schema_key(section, name))
			continue;
		if (reader->faults->kept < FAULTS_SHOWN)
			unknown_key(reader, section, pair->key);
		else
			pinion__fault(reader->faults, pair->key->span, "unknown key");
	}
	for (const struct key *key = section->keys; key->name; key++) {
		const struct pair *pair = pinion__node_pair(map, key->name);
		if (!pair || pair->value->faulty)
			continue;
		const struct node *at = key->read == pinion__read_refused ? pair->key : pair->value;
		key->read(reader, key, at, (char *)target + key->offset);
	}
}

void pinion__read_section(struct reader *reader, const struct key *key, const struct node *node,
                          void *field)
{
	if (pinion__node_is_null(node))
		return;
	if (node->kind == NODE_MAP)
		pinion__section_read(reader, key->section, node, field);
	else
		pinion__fault(reader->faults, node->span,
		              "%s is a section: its keys go below it, indented, and this is %s", key->name,
		              pinion__node_called(node));
}

void pinion__read_refused(struct reader *reader, const struct key *key, const struct node *node,
                          void *field)
{
	pinion__fault(reader->faults, node->span, "key '%s' %s", key->name, key->help);
}

void pinion__fault_wants(struct reader *reader, const struct key *key, const struct node *node)
{
	if (node->kind == NODE_SCALAR && !pinion__node_is_null(node))
		pinion__fault(reader->faults, node->span, "%s must be %s, not '%s'", key->name, key->wants,
		              pinion__quote(node->text).text);
	else
		pinion__fault(reader->faults, node->span, "%s must be %s; this is %s", key->name,
		              key->wants, pinion__node_called(node));
}

void pinion__fault_number(struct reader *reader, const struct key *key, const struct node *node,
                          const char *problem)
{
	if (problem == pinion__no_number)
		pinion__fault_wants(reader, key, node);
	else
		pinion__fault(reader->faults, node->span, "%s: '%s' %s", key->name,
		              pinion__quote(node->text).text, problem);
}

/* A flow map or list that may have been meant as text: show how to quote it. */
static bool fault_quoting(struct reader *reader, const struct key *key, const struct node *node)
{
	const char *raw = node->span.source->text + node->span.offset;
	size_t length = node->span.length;
	if (node->kind == NODE_SCALAR || length == 0 || length > 60 || !strchr("{[", raw[0]))
		return false;
	char text[64] = "";
	memcpy(text, raw, length);
	pinion__fault(reader->faults, node->span, "%s must be %s; quote it: %s: \"%s\"", key->name,
	              key->wants, key->name, text);
	return true;
}

const char *pinion__value_text(struct reader *reader, const struct key *key,
                               const struct node *node)
{
	if (node->faulty)
		return NULL;
	if (node->kind == NODE_SCALAR && !pinion__node_is_null(node))
		return node->text;
	pinion__fault_wants(reader, key, node);
	return NULL;
}

void pinion__read_name(struct reader *reader, const struct key *key, const struct node *node,
                       void *field)
{
	const char *text = NULL;
	pinion__read_text(reader, key, node, &text);
	size_t bytes = text ? strlen(text) : 0;
	bool good = bytes <= NAME_BYTES && strcspn(text ? text : "", "/=[]") == bytes;
	for (size_t at = 0; at < bytes && good;) {
		char shown[5];
		size_t length = pinion__text_show(text + at, bytes - at, shown);
		good = strncmp(shown, text + at, length) == 0;
		at += length;
	}
	if (!good)
		pinion__fault(reader->faults, node->span,
		              "%s must be at most %d bytes without control characters and / = [ ]",
		              key->name, NAME_BYTES);
	else if (text)
		*(const char **)field = text;
}

void pinion__read_text(struct reader *reader, const struct key *key, const struct node *node,
                       void *field)
{
	if (node->kind != NODE_SCALAR && fault_quoting(reader, key, node))
		return;
	const char *text = pinion__value_text(reader, key, node);
	if (text && !*text)
		pinion__fault(reader->faults, node->span, "%s is empty", key->name);
	else if (text)
		*(const char **)field = text;
}

/* The word that a value is; NULL after a fault. */
static const struct word *find_word(struct reader *reader, const struct key *key,
                                    const struct node *node)
{
	const char *names[SCHEMA_MAX_WORDS + 1];
	int count = 0;
	const char *text = pinion__value_text(reader, key, node);
	if (!text)
		return NULL;
	for (const struct word *word = key->words; word->name && count < SCHEMA_MAX_WORDS; word++) {
		if (!word->refused)
			names[count++] = word->name;
		if (strcmp(word->name, text) != 0)
			continue;
		if (!word->refused)
			return word;
		pinion__fault(reader->faults, node->span, "%s: %s %s", key->name, word->name,
		              word->refused);
		return NULL;
	}
	names[count] = NULL;
	pinion__fault(reader->faults, node->span, "unknown word '%s' for %s%s",
	              pinion__quote(text).text, key->name, pinion__propose(text, names).text);
	return NULL;
}

void pinion__read_word(struct reader *reader, const struct key *key, const struct node *node,
                       void *field)
{
	const struct word *word = find_word(reader, key, node);
	if (word)
		*(int *)field = word->value;
}

void pinion__read_choice(struct reader *reader, const struct key *key, const struct node *node,
                         void *field)
{
	const struct word *word = find_word(reader, key, node);
	if (word)
		*(const char **)field = word->name;
}

void pinion__read_bool(struct reader *reader, const struct key *key, const struct node *node,
                       void *field)
{
	static const char *const words[][2] = {{"false", "true"}, {"no", "yes"}, {"off", "on"}};
	const char *text = pinion__value_text(reader, key, node);
	if (!text)
		return;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		for (int truth = 0; truth < 2; truth++) {
			if (strcmp(text, words[i][truth]) != 0)
				continue;
			*(bool *)field = truth;
			return;
		}
	}
	pinion__fault_wants(reader, key, node);
}

/* A whole number within the key's range; false after a fault. */
static bool whole_in_range(struct reader *reader, const struct key *key, const struct node *node,
                           uint64_t *value)
{
	struct number number;
	const char *text = pinion__value_text(reader, key, node);
	if (!text)
		return false;
	if (pinion__number_whole(text, value) && *value >= key->least && *value <= key->most)
		return true;
	bool plain = pinion__number(text, &number) && !*number.end && number.exact;
	if (plain && text[0] == '0' && text[1])
		pinion__fault(reader->faults, node->span,
		              "%s: '%s' begins with 0, which is octal elsewhere; "
		              "write it without",
		              key->name, pinion__quote(text).text);
	else if (plain)
		pinion__fault(reader->faults, node->span,
		              "%s is out of range: %s (%" PRIu64 " to %" PRIu64 ")", key->name,
		              pinion__quote(text).text, key->least, key->most);
	else
		pinion__fault_wants(reader, key, node);
	return false;
}

void pinion__read_int(struct reader *reader, const struct key *key, const struct node *node,
                      void *field)
{
	uint64_t value;
	if (whole_in_range(reader, key, node, &value))
		*(int *)field = (int)value;
}

void pinion__read_u64(struct reader *reader, const struct key *key, const struct node *node,
                      void *field)
{
	uint64_t value;
	if (whole_in_range(reader, key, node, &value))
		*(uint64_t *)field = value;
}

void pinion__read_time(struct reader *reader, const struct key *key, const struct node *node,
                       void *field)
{
	uint64_t ns;
	const char *text = pinion__value_text(reader, key, node);
	if (!text)
		return;
	const char *problem = pinion__number_time(text, &ns);
	if (problem)
		pinion__fault_number(reader, key, node, problem);
	else if (ns < key->least || ns > key->most)
		pinion__fault(reader->faults, node->span, "%s is out of range: %s; it must be %s",
		              key->name, pinion__quote(text).text, key->wants);
	else
		*(uint64_t *)field = ns;
}

void pinion__read_share(struct reader *reader, const struct key *key, const struct node *node,
                        void *field)
{
	struct number number;
	const char *text = pinion__value_text(reader, key, node);
	if (!text)
		return;
	if (pinion__number(text, &number) && strcmp(number.end, "%") == 0 && !number.negative &&
		number.value > 0 && number.value < 100)
		*(double *)field = number.value / 100;
	else
		pinion__fault_wants(reader, key, node);
}

void pinion__read_real(struct reader *reader, const struct key *key, const struct node *node,
                       void *field)
{
	struct number number;
	const char *text = pinion__value_text(reader, key, node);
	if (!text)
		return;
	if (pinion__number(text, &number) && !*number.end && !number.negative && number.value > 0 &&
		number.value < 1)
		*(double *)field = number.value;
	else
		pinion__fault_wants(reader, key, node);
}
