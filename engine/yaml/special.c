/*
 * Keys of the engine's sections whose values follow rules of their own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/schema.h"

#include <inttypes.h>
#include <string.h>

#define MOST_WORKERS 65534

void pinion__read_schema(struct reader *reader, const struct key *key, const struct node *node,
                         void *field)
{
	uint64_t version = 0;
	const char *text = pinion__value_text(reader, key, node);
	if (!text)
		return;
	if (!pinion__number_whole(text, &version) || version == 0)
		pinion__fault_wants(reader, key, node);
	else if (version != 1)
		pinion__fault(reader->faults, node->span,
		              "schema %" PRIu64 " is newer than this program, which reads schema 1",
		              version);
}

/* synthetic:"pack:2" and synthetic:pack:2 are the same; the library takes the second. */
static const char *without_quotes(struct reader *reader, const char *text)
{
	const char *colon = strchr(text, ':');
	size_t length = strlen(text);
	if (!colon || length < (size_t)(colon - text) + 3 || !strchr("\"'", colon[1]) ||
		text[length - 1] != colon[1])
		return text;
	size_t head = (size_t)(colon + 1 - text);
	char *bare = pinion__arena_copy(reader->arena, text, length - 2);
	if (bare)
		memcpy(bare + head, text + head + 1, length - 2 - head);
	return bare;
}

/* Build the described machine once, so that a fault in the description has a place in the file. */
static void try_source(struct reader *reader, const struct node *node, const char *source)
{
	pinion_topology *topology = NULL;
	pinion_diag diag = {.offset = -1};
	int rc = pinion_topology_load(&topology, source, &diag);
	pinion_topology_destroy(topology);
	if (rc == PINION_ERR_NOMEM)
		reader->arena->failed = true;
	if (rc == 0 || rc == PINION_ERR_NOMEM)
		return;
	bool same = strcmp(source, node->text) == 0;
	struct span span = pinion__node_slice(node, same ? diag.offset : -1, diag.length);
	pinion__fault(reader->faults, span, "topology source: %s",
	              diag.text[0] ? diag.text : pinion_strerror(rc));
	if (diag.note[0])
		pinion__fault_note(reader->faults, "%s", diag.note);
}

void pinion__read_source(struct reader *reader, const struct key *key, const struct node *node,
                         void *field)
{
	const char *text = pinion__value_text(reader, key, node);
	if (!text)
		return;
	bool described = strncmp(text, "xml:", 4) == 0 || strncmp(text, "synthetic:", 10) == 0;
	if (strncmp(text, "fsroot:", 7) == 0) {
		pinion__fault(reader->faults, node->span,
		              "source: fsroot is not supported in this version");
		return;
	}
	if (!described && strcmp(text, "live") != 0) {
		pinion__fault_wants(reader, key, node);
		return;
	}
	const char *source = without_quotes(reader, text);
	if (!source)
		return;
	*(const char **)field = source;
	if (described)
		try_source(reader, node, source);
}

void pinion__read_smt(struct reader *reader, const struct key *key, const struct node *node,
                      void *field)
{
	int all = 0;
	pinion__read_word(reader, key, node, &all);
	*(bool *)field = all;
}

/* "N per OBJECT": false when the text does not have this form; *object is then unchanged. */
static bool split_per(const char *text, uint64_t *count, const char **object)
{
	struct number number;
	if (!pinion__number(text, &number) || !number.exact || number.negative)
		return false;
	const char *at = number.end;
	if (*at != ' ')
		return false;
	at += strspn(at, " ");
	if (strncmp(at, "per ", 4) != 0)
		return false;
	at += 4;
	*object = at + strspn(at, " ");
	*count = number.whole;
	return true;
}

static void read_per(struct reader *reader, const struct node *node, pinion_config *config,
                     uint64_t count, const char *object)
{
	static const struct word objects[] = {
		{"core", PINION_OBJECT_CORE, NULL}, {"pu", PINION_OBJECT_PU, NULL},
		{"l2", PINION_OBJECT_L2, NULL},     {"l3", PINION_OBJECT_L3, NULL},
		{"node", PINION_OBJECT_NODE, NULL}, {"package", PINION_OBJECT_PACKAGE, NULL},
		{"thread", PINION_OBJECT_PU, NULL}, {"llc", PINION_OBJECT_L3, NULL},
		{"numa", PINION_OBJECT_NODE, NULL}, {"socket", PINION_OBJECT_PACKAGE, NULL}};
	const char *names[sizeof objects / sizeof objects[0] + 1] = {NULL};
	struct span at = pinion__node_slice(node, (int)(object - node->text), (int)strlen(object));
	if (count < 1 || count > MOST_WORKERS) {
		pinion__fault(reader->faults, node->span,
		              "count is out of range: %" PRIu64 " per object (1 to %d)", count,
		              MOST_WORKERS);
		return;
	}
	for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
		names[i] = objects[i].name;
		if (strcmp(object, objects[i].name) != 0)
			continue;
		config->bind = PINION_BIND_PER;
		config->object = (pinion_object)objects[i].value;
		config->per = (int)count;
		return;
	}
	pinion__fault(reader->faults, at, "unknown object '%s'%s", pinion__quote(object).text,
	              pinion__propose(object, names).text);
}

/* Words that older drafts and other tools use for a count. */
static bool refuse_count_word(struct reader *reader, const struct node *node, const char *text)
{
	static const char *const hints[][2] = {{"cores", "auto: one worker per usable core"},
	                                       {"pus", "auto, and places: threads"},
	                                       {"threads", "auto, and places: threads"},
	                                       {"all", "auto: one worker per usable core"}};
	for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
		if (strcmp(text, hints[i][0]) != 0)
			continue;
		pinion__fault(reader->faults, node->span, "count: '%s' is written as %s", text,
		              hints[i][1]);
		return true;
	}
	return false;
}

static void read_count_number(struct reader *reader, const struct key *key, const struct node *node,
                              pinion_config *config)
{
	struct number number;
	uint64_t count;
	if (pinion__number_whole(node->text, &count) && count >= 1 && count <= MOST_WORKERS)
		config->workers = (int)count;
	else if (pinion__number_whole(node->text, &count) && count == 0)
		pinion__fault(reader->faults, node->span,
		              "count: 0 workers can do nothing; write auto (one per "
		              "usable core) or inline (no thread: all on the caller)");
	else if (node->text[0] != '0' && pinion__number(node->text, &number) && !*number.end &&
	         number.exact)
		pinion__fault(reader->faults, node->span, "count is out of range: %s (1 to %d)",
		              pinion__quote(node->text).text, MOST_WORKERS);
	else
		pinion__fault_wants(reader, key, node);
}

void pinion__read_count(struct reader *reader, const struct key *key, const struct node *node,
                        void *field)
{
	pinion_config *config = field;
	const char *object = NULL, *text = pinion__value_text(reader, key, node);
	uint64_t count;
	if (!text || strcmp(text, "auto") == 0)
		return;
	if (strcmp(text, "inline") == 0)
		config->inline_only = true;
	else if (split_per(text, &count, &object))
		read_per(reader, node, config, count, object);
	else if (!refuse_count_word(reader, node, text))
		read_count_number(reader, key, node, config);
}

void pinion__read_bind(struct reader *reader, const struct key *key, const struct node *node,
                       void *field)
{
	pinion_bind *bind = field, asked = PINION_BIND_CLOSE;
	const struct node *workers = pinion__node_find(reader->root, "workers");
	pinion__read_word(reader, key, node, &asked);
	if (*bind == PINION_BIND_PER)
		pinion__fault(
			reader->faults, node->span,
			"bind has no meaning beside count: N per OBJECT, which decides the seats; remove it");
	else if (asked == PINION_BIND_EXPLICIT && !pinion__node_pair(workers, "places"))
		pinion__fault(reader->faults, node->span,
		              "bind: explicit puts worker i on place i; say which with places: in workers");
	else
		*bind = asked;
}

void pinion__read_grain(struct reader *reader, const struct key *key, const struct node *node,
                        void *field)
{
	uint64_t grain;
	if (node->kind == NODE_SCALAR && strcmp(node->text, "auto") == 0)
		return;
	grain = 0;
	pinion__read_u64(reader, key, node, &grain);
	if (grain > 0)
		*(size_t *)field = (size_t)grain;
}

/* In pinion_config 0 means the default, so no spinning at all is written as the shortest time. */
void pinion__read_spin(struct reader *reader, const struct key *key, const struct node *node,
                       void *field)
{
	uint64_t ns = UINT64_MAX;
	pinion__read_time(reader, key, node, &ns);
	if (ns != UINT64_MAX)
		*(uint64_t *)field = ns ? ns : 1;
}

void pinion__read_then(struct reader *reader, const struct key *key, const struct node *node,
                       void *field)
{
	int forever = 0;
	pinion__read_word(reader, key, node, &forever);
	if (forever)
		*(uint64_t *)field = UINT64_MAX;
}

void pinion__read_interval(struct reader *reader, const struct key *key, const struct node *node,
                           void *field)
{
	double share = 0;
	pinion__read_share(reader, key, node, &share);
	if (share > 0 && (share < 0.9499 || share > 0.9501))
		pinion__fault(reader->faults, node->span, "ci: only 95%% is computed in this version");
}

void pinion__read_dir(struct reader *reader, const struct key *key, const struct node *node,
                      void *field)
{
	const char *text = NULL;
	pinion__read_text(reader, key, node, &text);
	for (const char *at = text; at && (at = strchr(at, '%')); at++) {
		if (at[1] == 't' || at[1] == 'h')
			continue;
		pinion__fault(reader->faults, pinion__node_slice(node, (int)(at - text), at[1] ? 2 : 1),
		              "dir: '%%' stands before t (start time) or h (host name) only");
		return;
	}
	if (text)
		*(const char **)field = text;
}

void pinion__read_formats(struct reader *reader, const struct key *key, const struct node *node,
                          void *field)
{
	pinion_job *job = field;
	struct pair one = {NULL, (struct node *)node, NULL};
	const struct pair *item = node->kind == NODE_LIST ? node->first : &one;
	bool asked[2] = {false, false};
	if (!item)
		pinion__fault(reader->faults, node->span,
		              "formats is an empty list; leave it out for text");
	for (; item; item = item->next) {
		int format = -1;
		if (!item->value->faulty)
			pinion__read_word(reader, key, item->value, &format);
		if (format >= 0)
			asked[format] = true;
	}
	if (asked[0] || asked[1]) {
		job->output_text = asked[0];
		job->output_json = asked[1];
	}
}
