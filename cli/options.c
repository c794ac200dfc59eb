/*
 * Reading argv by a table of options.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/options.h"

#include "cli/command.h"

#include <pinion/job.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One pass over argv. */
struct reader {
	const struct command *command;
	void *fields;
	struct option_list *rest;
	int argc, at;
	char **argv;
};

static void *field_of(const struct reader *r, const struct option_spec *spec)
{
	return (char *)r->fields + spec->offset;
}

static bool list_add(struct option_list *list, int room, const char *text)
{
	if (list->item == NULL)
		list->item = calloc((size_t)room + 1, sizeof *list->item);
	if (list->item == NULL)
		return false;
	list->item[list->count++] = text;
	return true;
}

static bool wrong(const struct reader *r)
{
	fprintf(stderr, "        `pinion %s --help` lists the options\n", r->command->name);
	return false;
}

static const struct option_spec *find_long(const struct command *command, const char *name,
                                           size_t length)
{
	for (const struct option_spec *s = command->options; s != NULL && s->name != NULL; s++)
		if (strlen(s->name) == length && strncmp(s->name, name, length) == 0)
			return s;
	return NULL;
}

static const struct option_spec *find_letter(const struct command *command, char letter)
{
	for (const struct option_spec *s = command->options; s != NULL && s->name != NULL; s++)
		if (s->letter == letter)
			return s;
	return NULL;
}

/* The table has few entries; names beyond the array are just not suggested. */
static const char *nearest_option(const struct command *command, const char *name)
{
	const char *names[32] = {"help"};
	int count = 1;
	for (const struct option_spec *s = command->options; s != NULL && s->name != NULL; s++)
		if (count < 31)
			names[count++] = s->name;
	return pinion_job_nearest(name, names);
}

static bool unknown(const struct reader *r, const char *argument, size_t name_length)
{
	char name[64];
	size_t skip = argument[1] == '-' ? 2 : 1;
	snprintf(name, sizeof name, "%.*s", (int)(name_length < 60 ? name_length : 60),
	         argument + skip);
	const char *near = nearest_option(r->command, name);
	if (near != NULL)
		message_error("%s: unknown option '%.*s' (did you mean '--%s'?)", r->command->name,
		              (int)(skip + name_length), argument, near);
	else
		message_error("%s: unknown option '%.*s'", r->command->name, (int)(skip + name_length),
		              argument);
	return wrong(r);
}

static bool set_count(const struct reader *r, const struct option_spec *spec, const char *text)
{
	char *end;
	errno = 0;
	long number = strtol(text, &end, 10);
	if (end == text || *end != '\0') {
		message_error("%s: --%s takes a number, not '%s'", r->command->name, spec->name, text);
		return wrong(r);
	}
	if (errno != 0 || number < spec->low || number > spec->high) {
		message_error("%s: --%s %s is out of range: %d to %d", r->command->name, spec->name, text,
		              spec->low, spec->high);
		return false;
	}
	*(int *)field_of(r, spec) = (int)number;
	return true;
}

static bool set_value(const struct reader *r, const struct option_spec *spec, const char *text)
{
	switch (spec->kind) {
	case OPTION_FLAG:
		*(bool *)field_of(r, spec) = true;
		return true;
	case OPTION_OPTIONAL:
		*(struct option_optional *)field_of(r, spec) = (struct option_optional){true, text};
		return true;
	case OPTION_TEXT:
		*(const char **)field_of(r, spec) = text;
		return true;
	case OPTION_LIST:
		return list_add(field_of(r, spec), r->argc, text);
	case OPTION_COUNT:
		return set_count(r, spec, text);
	}
	return false;
}

static bool takes_next(const struct option_spec *spec)
{
	return spec->kind == OPTION_TEXT || spec->kind == OPTION_LIST || spec->kind == OPTION_COUNT;
}

/* `inlined` is what stands after '=', or NULL. */
static bool read_option(struct reader *r, const struct option_spec *spec, const char *inlined)
{
	const char *text = inlined;
	if (inlined != NULL && spec->kind == OPTION_FLAG) {
		message_error("%s: --%s takes no value", r->command->name, spec->name);
		return wrong(r);
	}
	if (text == NULL && takes_next(spec)) {
		if (r->at + 1 >= r->argc) {
			message_error("%s: --%s needs a value: --%s %s", r->command->name, spec->name,
			              spec->name, spec->value);
			return wrong(r);
		}
		text = r->argv[++r->at];
	}
	if (text != NULL && *text == '\0') {
		message_error("%s: --%s has an empty value", r->command->name, spec->name);
		return wrong(r);
	}
	return set_value(r, spec, text);
}

static bool read_long(struct reader *r, const char *argument)
{
	size_t length = strcspn(argument + 2, "=");
	const char *inlined = argument[2 + length] == '=' ? argument + 3 + length : NULL;
	const struct option_spec *spec = find_long(r->command, argument + 2, length);
	if (spec == NULL)
		return unknown(r, argument, length);
	return read_option(r, spec, inlined);
}

static bool read_short(struct reader *r, const char *argument)
{
	const struct option_spec *spec = find_letter(r->command, argument[1]);
	if (spec == NULL || argument[2] != '\0')
		return unknown(r, argument, strlen(argument + 1));
	return read_option(r, spec, NULL);
}

static bool add_rest(struct reader *r)
{
	if (list_add(r->rest, r->argc, r->argv[r->at]))
		return true;
	message_error("out of memory");
	return false;
}

/* Everything from here on belongs to somebody else, apart from one `--` in front of it. */
static enum options_verdict take_all(struct reader *r)
{
	for (; r->at < r->argc; r->at++)
		if (!add_rest(r))
			return OPTIONS_WRONG;
	return OPTIONS_GO_ON;
}

enum options_verdict options_parse(const struct command *command, void *fields,
                                   struct option_list *rest, int argc, char **argv)
{
	struct reader r = {command, fields, rest, argc, 1, argv};
	*rest = (struct option_list){0, NULL};
	for (; r.at < argc; r.at++) {
		const char *argument = argv[r.at];
		if (strcmp(argument, "--") == 0) {
			r.at++;
			return take_all(&r);
		}
		if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
			command_help(command, stdout);
			return OPTIONS_HELP;
		}
		bool plain = argument[0] != '-' || argument[1] == '\0';
		if (plain && command->leading > 0 && rest->count >= command->leading)
			return take_all(&r);
		bool good = plain                ? add_rest(&r)
		            : argument[1] == '-' ? read_long(&r, argument)
		                                 : read_short(&r, argument);
		if (!good)
			return OPTIONS_WRONG;
	}
	return OPTIONS_GO_ON;
}

void options_free(const struct command *command, void *fields, struct option_list *rest)
{
	for (const struct option_spec *s = command->options; s != NULL && s->name != NULL; s++)
		if (s->kind == OPTION_LIST)
			free(((struct option_list *)(void *)((char *)fields + s->offset))->item);
	free(rest->item);
}

int options_exit(enum options_verdict verdict)
{
	return verdict == OPTIONS_HELP ? EXIT_FINE : EXIT_USAGE;
}
