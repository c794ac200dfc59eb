/*
 * The JSON of results that a run does not show every day: a question without
 * peers, a failed contestant, peers and questions that were skipped.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/output.h"

#include "tests/support/check.h"
#include "tests/support/json_check.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct setting setting[] = {{"default", {NULL}}};
static const struct contender peer = {"go", "versus-x", "golang-go", setting, 1, NULL};
static const struct question question = {
    .name = "test.alone",
    .unit = "ns",
    .pinion = {"pinion", "pinion", "none", setting, 1, NULL},
};

static void fill(struct results *r)
{
	static double sample[] = {3, 1, 2};
	static struct outcome outcome[2];
	static struct skipped skipped[2];

	memset(r, 0, sizeof *r);
	r->arena.cpus = 1;
	r->pairs = 3;
	outcome[0] = (struct outcome){.question = &question, .workers = 1, .pairs = 3, .dropped = 1};
	outcome[0].pinion = (struct series){&question.pinion, setting, "1", sample, 2};
	outcome[1] = (struct outcome){.question = &question, .error = "go (default): \"lost\" an item"};
	outcome[1].peer.who = &peer;
	skipped[0] = (struct skipped){&question, &peer, "not built"};
	skipped[1] = (struct skipped){&question, NULL, "needs 2 processors"};
	r->outcome = outcome;
	r->outcomes = 2;
	r->skipped = skipped;
	r->skips = 2;
}

static void check_at(const char *json, const char *path, const char *want)
{
	char value[256];

	if (!json_at(json, path, value, sizeof value))
		fprintf(stderr, "no %s in %s\n", path, json);
	CHECK_STR(value, want);
}

static void test_document(void)
{
	char path[] = "/tmp/versus-output-XXXXXX", part[64], json[8192];
	int fd = mkstemp(path);
	struct results r;
	ssize_t length;

	CHECK(fd >= 0);
	close(fd);
	fill(&r);
	CHECK_INT(output_json_check(path), ==, 0);
	CHECK_INT(output_json(&r, path), ==, 0);
	snprintf(part, sizeof part, "%s.part", path);
	CHECK_INT(access(part, F_OK), ==, -1);
	FILE *in = fopen(path, "r");
	CHECK(in != NULL);
	length = (ssize_t)fread(json, 1, sizeof json - 1, in);
	json[length] = '\0';
	fclose(in);
	unlink(path);
	CHECK(json_valid(json, NULL));
	CHECK_INT(json_length(json, "results"), ==, 1);
	check_at(json, "results.0.peer", "null");
	check_at(json, "results.0.speed_ratio", "null");
	check_at(json, "results.0.pinion.samples.1", "1");
	check_at(json, "results.0.dropped", "1");
	check_at(json, "skipped.0.package", "golang-go");
	check_at(json, "skipped.1.peer", "null");
	check_at(json, "errors.0.peer", "go");
	CHECK_INT(json_length(json, "errors"), ==, 1);
}

static void test_impossible_file(void)
{
	char folder[] = "/tmp/versus-output-XXXXXX", path[64];
	struct results r;

	CHECK(mkdtemp(folder) != NULL);
	fill(&r);
	CHECK_INT(output_json_check(folder), ==, -1);
	CHECK_INT(errno, ==, EISDIR);
	snprintf(path, sizeof path, "%s/none/file", folder);
	CHECK_INT(output_json_check(path), ==, -1);
	CHECK_INT(output_json(&r, path), ==, -1);
	CHECK_INT(rmdir(folder), ==, 0); /* neither left anything */
}

TESTS({"document", test_document}, {"impossible_file", test_impossible_file})
