/*
 * The list of workloads: what each is, which keys it may have, and that its
 * keys agree with each other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/schema.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct section *workload_section(const struct key *key)
{
	return key->section;
}

/* ---- lists of texts ---- */

/* Each item of a list, copied as argv is: NULL at the end. NULL after a fault. */
static char **read_list(struct reader *reader, const struct key *key, const struct node *node)
{
	int count = 0;
	char **list = NULL;
	if (node->kind == NODE_LIST)
		list = pinion__arena_take(reader->arena, ((size_t)node->count + 1) * sizeof *list);
	else
		pinion__fault_wants(reader, key, node);
	if (!list)
		return NULL;
	bool whole = true;
	for (const struct pair *item = node->first; item; item = item->next) {
		if (item->value->faulty)
			whole = false;
		else if (item->value->kind == NODE_SCALAR && !pinion__node_is_null(item->value))
			list[count++] = (char *)item->value->text;
		else {
			pinion__fault(reader->faults, item->value->span,
			              "an entry of %s must be a text; this is %s", key->name,
			              pinion__node_called(item->value));
			whole = false;
		}
	}
	return whole ? list : NULL;
}

void pinion__read_argv(struct reader *reader, const struct key *key, const struct node *node,
                       void *field)
{
	if (node->kind == NODE_SCALAR && !pinion__node_is_null(node)) {
		pinion__fault(reader->faults, node->span,
		              "command is a list, the program and each argument by itself: "
		              "[sh, -c, \"%s\"], or without a shell [program, argument]",
		              pinion__quote(node->text).text);
		return;
	}
	char **list = read_list(reader, key, node);
	if (list && (!list[0] || !*list[0]))
		pinion__fault(reader->faults, node->span, "command needs a program to run");
	else if (list)
		*(char ***)field = list;
}

static bool is_variable(const char *name)
{
	if (!isalpha((unsigned char)*name) && *name != '_')
		return false;
	while (isalnum((unsigned char)*name) || *name == '_')
		name++;
	return *name == 0;
}

static bool check_variable(struct reader *reader, const struct node *node)
{
	if (is_variable(node->text))
		return true;
	pinion__fault(reader->faults, node->span,
	              "'%s' is no name of an environment variable (letters, digits and _)",
	              pinion__quote(node->text).text);
	return false;
}

void pinion__read_names(struct reader *reader, const struct key *key, const struct node *node,
                        void *field)
{
	char **list = read_list(reader, key, node);
	bool good = list != NULL;
	for (const struct pair *item = good ? node->first : NULL; item; item = item->next)
		good &= check_variable(reader, item->value);
	if (good)
		*(char ***)field = list;
}

/* "NAME=value" of one entry; NULL after a fault. */
static char *read_setting(struct reader *reader, const struct pair *pair)
{
	const struct node *value = pair->value;
	if (!check_variable(reader, pair->key) || value->faulty)
		return NULL;
	bool nothing = pinion__node_is_null(value) && *value->text;
	if (value->kind != NODE_SCALAR || nothing) {
		pinion__fault(reader->faults, value->span,
		              "the value of %s must be a text; use unset: [%s] to remove it",
		              pinion__quote(pair->key->text).text, pinion__quote(pair->key->text).text);
		return NULL;
	}
	size_t name = strlen(pair->key->text), length = strlen(value->text);
	char *setting = pinion__arena_take(reader->arena, name + length + 2);
	if (setting)
		snprintf(setting, name + length + 2, "%s=%s", pair->key->text, value->text);
	return setting;
}

void pinion__read_env_set(struct reader *reader, const struct key *key, const struct node *node,
                          void *field)
{
	int count = 0;
	if (pinion__node_is_null(node))
		return;
	if (node->kind != NODE_MAP) {
		pinion__fault_wants(reader, key, node);
		return;
	}
	char **list = pinion__arena_take(reader->arena, ((size_t)node->count + 1) * sizeof *list);
	if (!list)
		return;
	for (const struct pair *pair = node->first; pair; pair = pair->next) {
		char *setting = read_setting(reader, pair);
		if (setting)
			list[count++] = setting;
	}
	*(char ***)field = list;
}

/* ---- size ---- */

void pinion__read_size(struct reader *reader, const struct key *key, const struct node *node,
                       void *field)
{
	pinion_job_workload *workload = field;
	const char *text = pinion__value_text(reader, key, node);
	if (!text || strcmp(text, "auto") == 0)
		return;
	const char *problem = pinion__number_size(text, workload);
	if (problem)
		pinion__fault_number(reader, key, node, problem);
}

/* ---- one workload ---- */

const char *pinion__workload_name(struct arena *arena, const struct node *workload)
{
	const struct node *name = pinion__node_find(workload, "name");
	const struct node *kernel = pinion__node_find(workload, "kernel");
	const struct node *command = pinion__node_find(workload, "command");
	const struct node *program =
		command && command->kind == NODE_LIST && command->first ? command->first->value : NULL;
	if (!name)
		name = kernel;
	if (name)
		return name->kind == NODE_SCALAR && *name->text ? name->text : NULL;
	if (!program || program->kind != NODE_SCALAR || !*program->text)
		return NULL;
	const char *slash = strrchr(program->text, '/');
	const char *base = slash && slash[1] ? slash + 1 : program->text;
	return pinion__arena_copy(arena, base, strlen(base));
}

static const pinion_job_kernel *find_kernel(struct reader *reader, const struct node *node)
{
	const char *names[SCHEMA_MAX_WORDS + 1];
	int count = 0;
	const pinion_job_kernel *kernel = reader->kernels;
	for (; kernel->name && strcmp(kernel->name, node->text) != 0; kernel++)
		if (count < SCHEMA_MAX_WORDS)
			names[count++] = kernel->name;
	if (kernel->name)
		return kernel;
	names[count] = NULL;
	pinion__fault(reader->faults, node->span, "unknown kernel '%s'%s",
	              pinion__quote(node->text).text, pinion__propose(node->text, names).text);
	return NULL;
}

static bool takes(const pinion_job_kernel *kernel, const char *parameter)
{
	for (const char *const *name = kernel->parameters; name && *name; name++)
		if (strcmp(*name, parameter) == 0)
			return true;
	return false;
}

static void refuse_parameter(struct reader *reader, const pinion_job_kernel *kernel,
                             const struct node *key)
{
	struct proposal has = {""};
	size_t used = 0;
	for (const char *const *name = kernel->parameters; name && *name && used < sizeof has.text;
	     name++)
		used += (size_t)snprintf(has.text + used, sizeof has.text - used, "%s%s",
		                         used ? ", " : "; it takes ", *name);
	pinion__fault(reader->faults, key->span, "kernel '%s' has no parameter '%s'%s", kernel->name,
	              key->text, has.text);
}

/* Refuse keys that belong to the other kind of workload, or to other kernels. */
static void check_use(struct reader *reader, const struct section *section, const struct node *map,
                      const pinion_job_kernel *kernel, bool command)
{
	for (const struct pair *pair = map->first; pair; pair = pair->next) {
		const struct key *key = pinion__schema_key(section, pair->key->text);
		if (!key || key->use == USE_ANY)
			continue;
		if (command && key->use != USE_COMMAND)
			pinion__fault(reader->faults, pair->key->span,
			              "'%s' belongs to a kernel, and this workload is a command", key->name);
		else if (!command && key->use == USE_COMMAND)
			pinion__fault(reader->faults, pair->key->span,
			              "'%s' belongs to a command, and this workload is a kernel", key->name);
		else if (kernel && key->use == USE_PARAMETER && !takes(kernel, key->name))
			refuse_parameter(reader, kernel, pair->key);
	}
}

static bool is_generated(const pinion_job_workload *workload)
{
	return !workload->matrix || strcmp(workload->matrix, "hpcg-27pt") == 0;
}

/* True when the size in the file made way for a matrix that an override names. */
static bool size_gives_way(const struct node *map, const struct node *size,
                           pinion_job_workload *workload)
{
	const struct node *matrix = pinion__node_find(map, "matrix");
	if (is_generated(workload) || matrix->span.source->number <= size->span.source->number)
		return false;
	memset(workload->grid, 0, sizeof workload->grid);
	return true;
}

/* Sparse kernels are as large as a grid or a file; the others as many elements or bytes. */
static void check_size(struct reader *reader, const pinion_job_kernel *kernel,
                       const struct node *map, pinion_job_workload *workload)
{
	const struct node *size = pinion__node_find(map, "size");
	bool grid = workload->grid[0] > 0, sparse = takes(kernel, "matrix");
	if (!size || !takes(kernel, "size") || (sparse && size_gives_way(map, size, workload)))
		return;
	if (sparse && workload->size_unit != 0)
		pinion__fault(reader->faults, size->span,
		              "the size of %s is a grid, such as 64x64x64, or auto", kernel->name);
	else if (!sparse && grid)
		pinion__fault(reader->faults, size->span,
		              "the size of %s is a number of elements or bytes, not a grid", kernel->name);
	else if (grid && !is_generated(workload))
		pinion__fault(reader->faults, size->span,
		              "size is for the generated matrix hpcg-27pt; a matrix file has its own");
}

static void check_kernel(struct reader *reader, const struct section *section,
                         const struct node *map, pinion_job_workload *workload)
{
	const struct node *name = pinion__node_find(map, "kernel");
	const pinion_job_kernel *kernel = workload->kernel ? find_kernel(reader, name) : NULL;
	check_use(reader, section, map, kernel, false);
	if (kernel)
		check_size(reader, kernel, map, workload);
}

/* Pages and prefault are about Pinion's own arrays; a command allocates for itself. */
static void check_command(struct reader *reader, const struct section *section,
                          const struct node *map, const pinion_job_workload *workload)
{
	static const char *const ours[] = {"pages", "prefault"};
	const struct node *memory = pinion__node_find(map, "memory");
	check_use(reader, section, map, NULL, true);
	for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
		const struct pair *pair = pinion__node_pair(memory, ours[i]);
		if (pair)
			pinion__fault(reader->faults, pair->key->span,
			              "'%s' is about the arrays of a kernel; a command allocates for itself",
			              ours[i]);
	}
	for (char **set = workload->env_set; set && *set; set++) {
		size_t name = (size_t)(strchr(*set, '=') - *set);
		for (char **unset = workload->env_unset; unset && *unset; unset++)
			if (strlen(*unset) == name && strncmp(*set, *unset, name) == 0)
				pinion__fault(reader->faults, pinion__node_pair(map, "env")->key->span,
				              "%s is both set and unset", pinion__quote(*unset).text);
	}
}

/* The section that gave the limits of runs: the workload's own, or one that all workloads share. */
static const struct node *runs_section(const struct reader *reader, const struct node *map)
{
	const struct node *shared[] = {map, pinion__node_find(reader->root, "defaults"), reader->root};
	for (int i = 0; i < 3; i++) {
		const struct node *section = pinion__node_find(shared[i], "statistics");
		if (pinion__node_find(section, "min_runs") || pinion__node_find(section, "max_runs"))
			return section;
	}
	return NULL;
}

/* Only one of the two limits may be given; the other then follows it. */
static void check_runs(struct reader *reader, const struct node *map,
                       pinion_job_statistics *statistics)
{
	const struct node *section = runs_section(reader, map);
	const struct node *min = pinion__node_find(section, "min_runs");
	const struct node *max = pinion__node_find(section, "max_runs");
	if (statistics->min_runs <= statistics->max_runs)
		return;
	if (min && max)
		pinion__fault(reader->faults, min->span, "min_runs: %d is more than max_runs: %d",
		              statistics->min_runs, statistics->max_runs);
	else if (min)
		statistics->max_runs = statistics->min_runs;
	else
		statistics->min_runs = statistics->max_runs;
}

static void check_workload(struct reader *reader, const struct section *section,
                           const struct node *map, pinion_job_workload *workload)
{
	const struct pair *kernel = pinion__node_pair(map, "kernel");
	const struct pair *command = pinion__node_pair(map, "command");
	workload->name = pinion__workload_name(reader->arena, map);
	check_runs(reader, map, &workload->statistics);
	if (kernel && command)
		pinion__fault(reader->faults, command->key->span,
		              "a workload is either a kernel or a command, not both");
	else if (kernel)
		check_kernel(reader, section, map, workload);
	else if (command)
		check_command(reader, section, map, workload);
	else
		pinion__fault(reader->faults, map->span,
		              "a workload needs kernel: NAME or command: [program, ...]");
}

/* ---- the list ---- */

static size_t line_of(const struct node *node)
{
	return pinion__source_line(node->span.source, node->span.offset) + 1;
}

static void check_names(struct reader *reader, const struct node *list, const pinion_job *job)
{
	const struct pair *item = list->first;
	for (int i = 0; i < job->workloads; i++, item = item->next) {
		const char *name = job->workload[i].name;
		const struct node *given = pinion__node_find(item->value, "name");
		const struct pair *other = list->first;
		for (int j = 0; name && j < i; j++, other = other->next) {
			if (!job->workload[j].name || strcmp(job->workload[j].name, name) != 0)
				continue;
			pinion__fault(
				reader->faults, given ? given->span : item->value->span,
				"two workloads are called '%s': lines %zu and %zu; give one another name:",
				pinion__quote(name).text, line_of(other->value), line_of(item->value));
			break;
		}
	}
}

static void read_workload(struct reader *reader, const struct key *key, const struct node *node,
                          pinion_job_workload *workload)
{
	workload->line = (int)line_of(node);
	workload->engine = "pinion";
	workload->stores = "auto";
	workload->memory = reader->memory;
	workload->statistics = reader->statistics;
	if (node->faulty)
		return;
	if (node->kind != NODE_MAP) {
		pinion__fault(reader->faults, node->span,
		              "a workload is a map with kernel: or command:, not %s",
		              pinion__node_called(node));
		return;
	}
	pinion__section_read(reader, workload_section(key), node, workload);
	check_workload(reader, workload_section(key), node, workload);
}

void pinion__read_workloads(struct reader *reader, const struct key *key, const struct node *node,
                            void *field)
{
	pinion_job *job = field;
	if (node->kind != NODE_LIST || node->count == 0) {
		pinion__fault(reader->faults, node->span,
		              "workloads is a list, each entry beginning with '- '; this is %s",
		              node->kind == NODE_LIST ? "empty" : pinion__node_called(node));
		return;
	}
	if (node->count > SCHEMA_MAX_WORKLOADS) {
		pinion__fault(reader->faults, node->span, "%d workloads; at most %d", node->count,
		              SCHEMA_MAX_WORKLOADS);
		return;
	}
	job->workload = pinion__arena_take(reader->arena, (size_t)node->count * sizeof *job->workload);
	if (!job->workload)
		return;
	for (const struct pair *item = node->first; item; item = item->next)
		read_workload(reader, key, item->value, &job->workload[job->workloads++]);
	check_names(reader, node, job);
}
