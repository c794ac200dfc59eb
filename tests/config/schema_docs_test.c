/*
 * docs/configuration.md against the schema: every key has its row, word for
 * word, every row has its key, and every example in it is a legal job.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/draft.h"
#include "tests/config/jobs.h"
#include "tests/support/check.h"

#include <ctype.h>

#define PAGE PINION_SOURCE_DIR "/docs/configuration.md"

static char *page;

static void load_page(void)
{
	page = jobs_slurp(PAGE, NULL);
}

/* What stands below the heading of a section, up to the next heading; freed by the caller. */
static char *below_heading(const char *title)
{
	char quoted[64], plain[64];
	snprintf(quoted, sizeof quoted, "## `%s`\n", title);
	snprintf(plain, sizeof plain, "## %c%s\n", toupper((unsigned char)title[0]), title + 1);
	const char *at = strstr(page, quoted);
	if (!at)
		at = strstr(page, plain);
	if (!at) {
		fprintf(stderr, "%s has no heading \"%s\"\n", PAGE, quoted);
		exit(1);
	}
	at = strchr(at, '\n') + 1;
	const char *end = strstr(at, "\n#");
	return strndup(at, end ? (size_t)(end - at) + 1 : strlen(at));
}

/* Prints all rows that a section should have, so that mending the page is copying. */
static void print_rows(const struct section *section)
{
	for (const struct key *key = section->keys; key->name; key++)
		if (key->read != pinion__read_refused)
			fprintf(stderr, "| `%s` | %s | %s%s%s | %s |\n", key->name, key->wants,
			        key->usual ? "`" : "", key->usual ? key->usual : "", key->usual ? "`" : "",
			        key->help);
}

static void check_row(const struct section *section, const struct key *key, const char *text)
{
	char row[1024];
	snprintf(row, sizeof row, "\n| `%s` | %s | %s%s%s | %s |\n", key->name, key->wants,
	         key->usual ? "`" : "", key->usual ? key->usual : "", key->usual ? "`" : "", key->help);
	if (strstr(text, row))
		return;
	fprintf(stderr, "%s, section %s: no row for '%s'. The rows are:\n", PAGE, section->title,
	        key->name);
	print_rows(section);
	exit(1);
}

static void check_words(const struct key *key, const char *text)
{
	for (const struct word *word = key->words; word && word->name; word++)
		if (!word->refused)
			CHECK_CONTAINS(text, word->name);
}

/* Each row of a table names a key. */
static void check_no_other_rows(const struct section *section, const char *text)
{
	for (const char *at = text; (at = strstr(at, "\n| `")) != NULL; at++) {
		char name[64] = "";
		size_t length = strcspn(at + 4, "`");
		CHECK_INT(length, <, sizeof name);
		memcpy(name, at + 4, length);
		const struct key *key = pinion__schema_key(section, name);
		if (!key || key->read == pinion__read_refused) {
			fprintf(stderr, "%s, section %s: '%s' is no key\n", PAGE, section->title, name);
			exit(1);
		}
	}
}

static int check_section(const struct section *section)
{
	char *text = below_heading(section->title);
	int keys = 0;
	for (const struct key *key = section->keys; key->name; key++) {
		if (key->read == pinion__read_refused)
			continue;
		check_row(section, key, text);
		check_words(key, text);
		keys++;
		if (key->section)
			keys += check_section(key->section);
	}
	check_no_other_rows(section, text);
	free(text);
	return keys;
}

static void test_rows(void)
{
	load_page();
	CHECK_INT(check_section(&pinion__schema), >, 50);
	free(page);
}

/* Refused keys and words are listed, so that their names can be found. */
static void check_later(const struct section *section, const char *text)
{
	for (const struct key *key = section->keys; key->name; key++) {
		char name[64];
		snprintf(name, sizeof name, "`%s`", key->name);
		if (key->read == pinion__read_refused)
			CHECK_CONTAINS(text, name);
		for (const struct word *word = key->words; word && word->name; word++) {
			snprintf(name, sizeof name, "`%s`", word->name);
			if (word->refused)
				CHECK_CONTAINS(text, name);
		}
		if (key->section)
			check_later(key->section, text);
	}
}

static void test_later(void)
{
	load_page();
	char *text = below_heading("not in this version");
	check_later(&pinion__schema, text);
	free(text);
	free(page);
}

/* Every whole job in a code block of the page. */
static void test_examples_in_page(void)
{
	int read = 0;
	load_page();
	for (const char *at = page; (at = strstr(at, "```yaml\npinion: 1\n")) != NULL;) {
		at += 8;
		const char *end = strstr(at, "```");
		CHECK(end != NULL);
		pinion_job *job = jobs_read_good(at, (size_t)(end - at), NULL, 0);
		pinion_job_destroy(job);
		read++;
	}
	CHECK_INT(read, >=, 2);
	free(page);
}

/* A default in the table is what a job without the key has. */
static void check_usual(const char *prefix, const char *in, const struct key *key)
{
	char set[256];
	static const char base[] = "{pinion: 1, workloads: [{kernel: cg, memory: {}, statistics: {}}]}";
	snprintf(set, sizeof set, "%s%s%s=%s", prefix, in, key->name, key->usual);
	const char *sets[] = {set};
	pinion_job *plain = jobs_read_good(base, sizeof base - 1, NULL, 0);
	pinion_job *told = jobs_read_good(base, sizeof base - 1, sets, 1);
	char *want = jobs_dump(plain), *got = jobs_dump(told);
	if (strcmp(want, got) != 0)
		fprintf(stderr, "%s is not what stands there without it\n", set);
	CHECK_STR(got, want);
	free(want);
	free(got);
	pinion_job_destroy(plain);
	pinion_job_destroy(told);
}

static int check_usuals(const struct section *section, const char *prefix)
{
	/* Written out, these differ from silence by design: texts are kept, a matrix is named, and
	 * stores is not for cg. */
	static const char *const kept[] = {"source", "places", "matrix", "stores", "schedule"};
	int checked = 0;
	for (const struct key *key = section->keys; key->name; key++) {
		char in[128];
		bool skip = false;
		for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
			skip |= strcmp(kept[i], key->name) == 0;
		snprintf(in, sizeof in, "%s%s%s", prefix, key->name,
		         strcmp(key->name, "workloads") ? "." : "[0].");
		if (key->usual && !skip) {
			check_usual(prefix, "", key);
			checked++;
		}
		if (key->section && strcmp(key->name, "env") != 0)
			checked += check_usuals(key->section, in);
	}
	return checked;
}

static void test_defaults(void)
{
	CHECK_INT(check_usuals(&pinion__schema, ""), >, 25);
}

TESTS({"rows", test_rows}, {"later", test_later}, {"examples in the page", test_examples_in_page},
      {"defaults", test_defaults})
