/*
 * The text side of mutation: which atomic operations a header contains, and which
 * mutants are listed as equivalent.
 *
 * A header is read line by line. An operation is the call of a wrapper of
 * queues/atomic.h or of an __atomic builtin, outside comments and outside the checks
 * that are compiled only into checking builds. Its function is the last one whose
 * definition began at the left margin.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/model/mutants.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES  512
#define ENTRIES_MAX 128

/* ---- headers ------------------------------------------------------------------ */

static const char *const operations[] = {
    "u32_load_",
    "u32_store_",
    "u32_swap_",
    "u32_cas_",
    "u32_add_",
    "u32_sub_",
    "u32_or_",
    "u32_and_",
    "u64_load_",
    "u64_store_",
    "u64_swap_",
    "u64_cas_",
    "u64_add_",
    "u64_sub_",
    "u64_or_",
    "u64_and_",
    "ptr_load_",
    "ptr_store_",
    "ptr_swap_",
    "ptr_cas_",
    "__atomic_load",
    "__atomic_store",
    "__atomic_exchange",
    "__atomic_compare_exchange",
    "__atomic_fetch_",
    "__atomic_add_",
    "__atomic_sub_",
    "__atomic_and_",
    "__atomic_or_",
    "__atomic_thread_fence",
    "atomic_thread_fence",
};

/* How many operations begin in this line, of which `words` gets the first one's name. */
static int operations_in(const char *line, char *first, size_t bytes)
{
	int n = 0;

	for (const char *at = line; *at; at++) {
		if (at > line && (isalnum((unsigned char)at[-1]) || at[-1] == '_'))
			continue;
		for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
			if (strncmp(at, operations[i], strlen(operations[i])) == 0) {
				if (n++ == 0)
					snprintf(first, bytes, "%.*s", (int)strcspn(at, "("), at);
				break;
			}
	}
	return n;
}

/* Blank out comments; *inside says whether one is open from line to line. */
static void strip_comments(char *line, bool *inside)
{
	for (char *at = line; *at; at++) {
		if (*inside ? strncmp(at, "*/", 2) == 0 : strncmp(at, "/*", 2) == 0) {
			*inside = !*inside;
			at[0] = at[1] = ' ';
			at++;
		} else if (*inside && *at != '\n') {
			*at = ' ';
		}
	}
}

/* "static inline bool parker_wake(parker *p)" at the left margin: parker_wake. */
static void note_function(const char *line, char *function, size_t bytes)
{
	const char *open = strchr(line, '('), *begin = open;

	if (!(isalpha((unsigned char)line[0]) || line[0] == '_') || open == NULL)
		return;
	while (begin > line && (isalnum((unsigned char)begin[-1]) || begin[-1] == '_'))
		begin--;
	if (begin < open)
		snprintf(function, bytes, "%.*s", (int)(open - begin), begin);
}

static int sites_at(const struct mutants *all, const char *header, int line)
{
	int n = 0;

	for (size_t i = 0; i < all->sites_n; i++)
		if (all->site[i].place.line == line && strcmp(all->site[i].header, header) == 0)
			n++;
	return n;
}

/* The source tree, from where this file was compiled. */
static FILE *open_source(const char *header)
{
	static const char self[] = __FILE__, tail[] = "tests/model/mutants_text.c";
	char path[1024];

	snprintf(path, sizeof path, "%.*s%s", (int)(sizeof self - sizeof tail), self, header);
	return fopen(path, "r");
}

static int check_line(const struct mutants *all, const char *header, const char *function,
                      const char *text, int line)
{
	char first[64];
	int written = operations_in(text, first, sizeof first);

	if (written == 0 || strstr(text, "PINION_REQUIRE(") || strstr(text, "PINION_VALID("))
		return 0;
	int run = sites_at(all, header, line);
	if (run > 0 || equivalent_reason(header, function, first, "not run"))
		return 0;
	printf("not exercised: %s:%d: %s in %s\n", header, line, first, function);
	return 1;
}

int mutants_not_run(const struct mutants *all, const char *header)
{
	char line[LINE_BYTES], function[64] = "?";
	FILE *file = open_source(header);
	bool inside = false;
	int missing = 0;

	if (file == NULL)
		return -1;
	for (int number = 1; fgets(line, sizeof line, file); number++) {
		strip_comments(line, &inside);
		if (line[0] == '#')
			continue;
		note_function(line, function, sizeof function);
		missing += check_line(all, header, function, line, number);
	}
	fclose(file);
	return missing;
}

/* ---- the list of equivalent mutants ------------------------------------------------ */

enum { HEADER, FUNCTION, OPERATION, MUTANT, REASON, FIELDS };

static struct entry {
	char text[LINE_BYTES];
	const char *field[FIELDS];
	bool used;
} entries[ENTRIES_MAX];
static size_t entries_n;

static char *trimmed(char *text)
{
	text += strspn(text, " \t");
	for (char *end = text + strlen(text); end > text && isspace((unsigned char)end[-1]);)
		*--end = '\0';
	return text;
}

/* header | function | operation | mutant | reason */
static bool split(struct entry *e)
{
	char *rest = e->text;

	for (int i = 0; i < FIELDS; i++) {
		char *field = i == REASON ? rest : strsep(&rest, "|");

		if (field == NULL || *(e->field[i] = trimmed(field)) == '\0')
			return false;
	}
	return true;
}

bool equivalent_load(const char *file)
{
	FILE *list = fopen(file, "r");
	bool ok = list != NULL;

	if (!ok)
		perror(file);
	while (ok && entries_n < ENTRIES_MAX && fgets(entries[entries_n].text, LINE_BYTES, list)) {
		struct entry *e = &entries[entries_n];

		if (e->text[0] == '#' || *trimmed(e->text) == '\0')
			continue;
		ok = split(e);
		if (!ok)
			fprintf(stderr, "%s: not five fields: %s\n", file, e->text);
		entries_n++;
	}
	if (list != NULL)
		fclose(list);
	return ok;
}

const char *equivalent_reason(const char *header, const char *function, const char *operation,
                              const char *mutant)
{
	const char *key[] = {header, function, operation, mutant};

	for (struct entry *e = entries; e < entries + entries_n; e++) {
		int same = 0;

		for (int i = HEADER; i <= MUTANT; i++)
			same += strcmp(e->field[i], key[i]) == 0;
		if (same == MUTANT + 1) {
			e->used = true;
			return e->field[REASON];
		}
	}
	return NULL;
}

int equivalent_stale(const char *header)
{
	int n = 0;

	for (const struct entry *e = entries; e < entries + entries_n; e++) {
		if (e->used || strcmp(e->field[HEADER], header) != 0)
			continue;
		printf("stale in the list: %s | %s | %s | %s\n", header, e->field[FUNCTION],
		       e->field[OPERATION], e->field[MUTANT]);
		n++;
	}
	return n;
}
