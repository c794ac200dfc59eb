/*
 * The help of a command, made from its table of options.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/command.h"

#include <string.h>

#define COLUMN 26 /* where the explanations begin */
#define WIDTH  96 /* and where they end */

/* "  -s, --set KEY=VALUE" */
static int put_name(const struct option_spec *spec, FILE *to)
{
	int used = spec->letter != '\0' ? fprintf(to, "  -%c, ", spec->letter) : fprintf(to, "      ");
	used += fprintf(to, "--%s", spec->name);
	if (spec->value != NULL)
		used += fprintf(to, spec->kind == OPTION_OPTIONAL ? "%s" : " %s", spec->value);
	return used;
}

/* Words from column `used` on, in the right-hand column. */
static void put_wrapped(const char *text, int used, FILE *to)
{
	while (*text != '\0') {
		int length = (int)strcspn(text, " ");
		if (used > COLUMN && used + 1 + length > WIDTH) {
			fputc('\n', to);
			used = 0;
		}
		used += fprintf(to, "%*s%.*s", used < COLUMN ? COLUMN - used : 1, "", length, text);
		text += length + (text[length] == ' ');
	}
	fputc('\n', to);
}

static void put_option(const struct option_spec *spec, FILE *to)
{
	int used = put_name(spec, to);
	if (used + 2 > COLUMN) {
		fputc('\n', to);
		used = 0;
	}
	put_wrapped(spec->help, used, to);
}

/* Every form of the usage under the first. */
static void put_usage(const char *usage, FILE *to)
{
	const char *lead = "usage: ";
	while (*usage != '\0') {
		int length = (int)strcspn(usage, "\n");
		fprintf(to, "%s%.*s\n", lead, length, usage);
		usage += length + (usage[length] == '\n');
		lead = "       ";
	}
}

void command_help(const struct command *command, FILE *to)
{
	put_usage(command->usage, to);
	fprintf(to, "\n%s: %s.\n\n%s\n\noptions:\n", command->name, command->summary, command->about);
	for (const struct option_spec *s = command->options; s != NULL && s->name != NULL; s++)
		put_option(s, to);
	fprintf(to, "  -h, --help%*sthis text\n\nexamples:\n%s\n", COLUMN - 12, "", command->examples);
}
