/*
 * The command line. "--name VALUE" and "--name=VALUE" are the same.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/options.h"

#include "bench/versus/question.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS_MOST 1000

const char options_help[] =
    "usage: versus [--list] [--only NAME[,NAME]] [--peers NAME[,NAME]] [--pairs N] [--quick]\n"
    "              [--json FILE]\n"
    "\n"
    "Asks each question of Pinion and of its peers, turn by turn in one run, and says how much\n"
    "faster Pinion is: the median of the pairs' ratios with its 95 % interval. Above 1, Pinion is\n"
    "faster. docs/benchmarking.md tells how to read it.\n"
    "\n"
    "  --list          the questions and who answers them; nothing is measured\n"
    "  --only NAMES    only these questions, separated by commas\n"
    "  --peers NAMES   only these peers, separated by commas\n"
    "  --pairs N       pairs per peer, 3 to 1000 (default 15; with --quick 5)\n"
    "  --quick         shorter turns, small arrays, few pairs: a trial, not a result\n"
    "  --json FILE     also write the results as JSON\n"
    "  --cpus LIST     only these processors, for instance 0-3 (default: all allowed)\n"
    "  --seed N        order of the turns and choice of the resamples\n"
    "  --help          this text\n"
    "\n"
    "Exit code: 0 all was measured, 1 a contestant failed, 2 the command line is wrong.\n";

struct reading {
	struct options *o;
	char *wrong;
	size_t bytes;
};

static int refuse(const struct reading *r, const char *what, const char *text)
{
	snprintf(r->wrong, r->bytes, "%s '%s'", what, text);
	return -1;
}

static int add_question(const struct reading *r, const char *name, size_t length)
{
	const struct question *q = question_find(name, length);
	const char *nearest = question_nearest(name, length);

	if (q == NULL) {
		snprintf(r->wrong, r->bytes, "--only: there is no question '%.*s'; %s%s",
		         (int)(length < 80 ? length : 80), name,
		         nearest != NULL ? "the nearest is " : "--list shows them",
		         nearest != NULL ? nearest : "");
		return -1;
	}
	for (int i = 0; i < r->o->asked; i++)
		if (r->o->only[i] == q)
			return 0;
	r->o->only[r->o->asked++] = q;
	return 0;
}

static int read_only(const struct reading *r, const char *text)
{
	for (;;) {
		size_t length = strcspn(text, ",");

		if (add_question(r, text, length) != 0)
			return -1;
		if (text[length] == '\0')
			return 0;
		text += length + 1;
	}
}

/* Is the word text[0 .. length - 1] in a list separated by commas? */
static bool listed(const char *list, const char *text, size_t length)
{
	for (const char *at = list;; at++) {
		size_t word = strcspn(at, ",");

		if (word == length && memcmp(at, text, length) == 0)
			return true;
		at += word;
		if (*at == '\0')
			return false;
	}
}

bool options_peer(const struct options *o, const char *name)
{
	return o->peers == NULL || listed(o->peers, name, strlen(name));
}

static bool is_peer(const char *text, size_t length)
{
	for (const struct question *const *q = questions_all(); *q != NULL; q++)
		for (int i = 0; i < (*q)->peers; i++)
			if (listed((*q)->peer[i].name, text, length))
				return true;
	return false;
}

static int read_peers(const struct reading *r, const char *text)
{
	r->o->peers = text;
	for (;;) {
		size_t length = strcspn(text, ",");

		if (!is_peer(text, length)) {
			snprintf(r->wrong, r->bytes, "--peers: there is no peer '%.*s'; --list shows them",
			         (int)(length < 80 ? length : 80), text);
			return -1;
		}
		if (text[length] == '\0')
			return 0;
		text += length + 1;
	}
}

static int read_number(const struct reading *r, const char *text, uint64_t least, uint64_t most,
                       uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || *value < least ||
	    *value > most) {
		snprintf(r->wrong, r->bytes, "'%.60s' is not a whole number from %llu to %llu", text,
		         (unsigned long long)least, (unsigned long long)most);
		return -1;
	}
	return 0;
}

/* An option that takes a value. @return 0, -1 with text, 1: there is no such option. */
static int read_valued(const struct reading *r, const char *name, const char *value)
{
	uint64_t number = 0;
	int error = 0;

	if (strcmp(name, "--only") == 0)
		return read_only(r, value);
	if (strcmp(name, "--peers") == 0)
		return read_peers(r, value);
	if (strcmp(name, "--pairs") == 0) {
		error = read_number(r, value, 3, PAIRS_MOST, &number);
		r->o->pairs = (int)number;
	} else if (strcmp(name, "--seed") == 0) {
		error = read_number(r, value, 0, UINT64_MAX, &r->o->seed);
		r->o->seeded = true;
	} else if (strcmp(name, "--json") == 0) {
		r->o->json = value;
	} else if (strcmp(name, "--cpus") == 0) {
		r->o->cpus = value;
	}
	return error;
}

static bool takes_value(const char *name)
{
	static const char *const valued[] = {"--only", "--peers", "--pairs",
	                                     "--seed", "--json",  "--cpus"};

	for (size_t i = 0; i < sizeof valued / sizeof valued[0]; i++)
		if (strcmp(name, valued[i]) == 0)
			return true;
	return false;
}

static int read_flag(const struct reading *r, const char *name)
{
	if (strcmp(name, "--list") == 0)
		r->o->list = true;
	else if (strcmp(name, "--quick") == 0)
		r->o->quick = true;
	else if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		r->o->help = true;
	else
		return refuse(r, "there is no option", name);
	return 0;
}

static int read_all(const struct reading *r, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char name[32];
		const char *equals = strncmp(argv[i], "--", 2) == 0 ? strchr(argv[i], '=') : NULL;
		const char *value = equals != NULL ? equals + 1 : NULL;
		size_t length = equals != NULL ? (size_t)(equals - argv[i]) : strlen(argv[i]);

		snprintf(name, sizeof name, "%.*s", (int)length, argv[i]);
		if (!takes_value(name)) {
			if (read_flag(r, equals != NULL ? argv[i] : name) != 0)
				return -1;
			continue;
		}
		if (value == NULL && i + 1 < argc)
			value = argv[++i];
		if (value == NULL || value[0] == '\0')
			return refuse(r, "a value must follow", name);
		if (read_valued(r, name, value) != 0)
			return -1;
	}
	return 0;
}

int options_read(int argc, char **argv, struct options *o, char *wrong, size_t bytes)
{
	struct reading r = {o, wrong, bytes};

	memset(o, 0, sizeof *o);
	if (read_all(&r, argc, argv) != 0)
		return -1;
	if (o->asked == 0)
		for (const struct question *const *q = questions_all(); *q != NULL; q++)
			o->only[o->asked++] = *q;
	return 0;
}
