/*
 * Command-line options from a table: each command declares its options once,
 * and parsing, messages and help all come from that table.
 *
 * `--name value` and `--name=value` are the same; one-letter forms take the
 * next argument. `--` ends the options. An option that nobody knows is answered
 * with the nearest one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CLI_OPTIONS_H
#define PINION_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum option_kind {
	OPTION_FLAG = 0, /* field is bool */
	OPTION_TEXT,     /* field is const char *, NULL when not given */
	OPTION_COUNT,    /* field is int within low .. high */
	OPTION_LIST,     /* field is struct option_list: may be given several times */
	OPTION_OPTIONAL, /* field is struct option_optional: a value only as --name=value */
};

/* Values in the order given; they point into argv. */
struct option_list {
	int count;
	const char **item;
};

struct option_optional {
	bool given;
	const char *value; /* NULL when given without one */
};

/* A table ends with a NULL name. */
struct option_spec {
	const char *name;
	char letter; /* 0 when it has no short form */
	enum option_kind kind;
	size_t offset;     /* of its field in the command's own struct */
	const char *value; /* how the help calls the value */
	const char *help;
	int low, high; /* OPTION_COUNT */
};

enum options_verdict {
	OPTIONS_GO_ON = 0,
	OPTIONS_HELP,  /* the help was asked for and is printed */
	OPTIONS_WRONG, /* the fault is printed */
};

struct command;

/*
 * Read argv[1 ..] into the struct at `fields` (zeroed, or with defaults, by the caller) and
 * everything that is no option into *rest. Lists and rest are freed by options_free, in every
 * case.
 */
enum options_verdict options_parse(const struct command *command, void *fields,
                                   struct option_list *rest, int argc, char **argv);

void options_free(const struct command *command, void *fields, struct option_list *rest);

/* The exit code for a verdict other than OPTIONS_GO_ON. */
int options_exit(enum options_verdict verdict);

#endif
