/*
 * Memory runs out at every allocation in turn, ours and libyaml's: the reader
 * answers PINION_ERR_NOMEM, tells nothing, and leaks nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/draft.h"
#include "tests/config/jobs.h"
#include "tests/support/check.h"
#include "tests/support/fail_alloc.h"

#include <yaml.h>

static const char good[] =
	"pinion: 1\nx-a: &a {pages: thp}\nname: \"memory\"\nworkers: {count: 2 per core, places: "
	"'0-3'}\n"
	"topology: {exclude: '7'}\n"
	"memory: {<<: *a, policy: bind}\nscheduler: {idle: {spin: 1us}}\n"
	"workloads:\n- {kernel: cg, size: 8x8x8, statistics: {min_runs: 3}}\n"
	"- {command: [ls, -l], env: {set: {A: 1}, unset: [B]}}\noutput: {formats: [text, json]}\n";

static const char *const overrides[] = {"workers.count=2", "workloads.ls.timeout=3s",
                                        "workloads[0].memory.verify=no"};

static const char bad[] = "pinion: 2\nwrokers: {count: 2}\nworkloads:\n- {kernel: gc, size: 8M}\n- "
                          "{kernel: dot, kernel: dot, name: [x]}\n"
                          "scheduler: {idle: {spin: 1}}\n";

static int yaml_left = -1; /* calls of libyaml until one has no memory; -1: all have */

int __real_yaml_parser_initialize(yaml_parser_t *parser);
int __wrap_yaml_parser_initialize(yaml_parser_t *parser);
int __wrap_yaml_parser_initialize(yaml_parser_t *parser)
{
	if (yaml_left == 0) {
		parser->error = YAML_MEMORY_ERROR;
		return 0;
	}
	yaml_left -= yaml_left > 0;
	return __real_yaml_parser_initialize(parser);
}

int __real_yaml_parser_parse(yaml_parser_t *parser, yaml_event_t *event);
int __wrap_yaml_parser_parse(yaml_parser_t *parser, yaml_event_t *event);
int __wrap_yaml_parser_parse(yaml_parser_t *parser, yaml_event_t *event)
{
	if (yaml_left == 0) {
		parser->error = YAML_MEMORY_ERROR;
		memset(event, 0, sizeof *event);
		return 0;
	}
	yaml_left -= yaml_left > 0;
	return __real_yaml_parser_parse(parser, event);
}

static void count_line(void *ctx, const char *line)
{
	(void)line;
	++*(int *)ctx;
}

static int read_text(const char *text, int *lines)
{
	pinion_job *job = NULL;
	*lines = 0;
	int rc = pinion__job_read_text(&job, "job.yaml", text, strlen(text), overrides,
	                               sizeof overrides / sizeof overrides[0], jobs_kernels, count_line,
	                               lines);
	CHECK((rc == 0) == (job != NULL));
	pinion_job_destroy(job);
	return rc;
}

/* Every allocation of a read fails once. Returns how many there are. */
static int fail_each(const char *text, int want)
{
	int lines;
	for (int n = 0;; n++) {
		fail_alloc_after(n);
		int rc = read_text(text, &lines);
		if (!fail_alloc_done()) {
			CHECK_INT(rc, ==, want);
			return n;
		}
		CHECK_INT(rc, ==, PINION_ERR_NOMEM);
		CHECK_INT(lines, ==, 0);
	}
}

static void test_good(void)
{
	CHECK_INT(fail_each(good, 0), >, 100);
}

static void test_bad(void)
{
	CHECK_INT(fail_each(bad, PINION_ERR_SYNTAX), >, 100);
}

static void test_broken(void)
{
	CHECK_INT(fail_each("pinion: 1\nworkers:\n\tcount: 2\n  places: {0:4}:2\n", PINION_ERR_SYNTAX),
	          >, 10);
}

static void test_libyaml(void)
{
	int lines, rc, n = 0;
	do {
		yaml_left = n++;
		rc = read_text(good, &lines);
		CHECK_INT(lines, ==, 0);
	} while (rc == PINION_ERR_NOMEM);
	yaml_left = -1;
	CHECK_INT(rc, ==, 0);
	CHECK_INT(n, >, 50);
}

static void test_file(void)
{
	char name[] = "/tmp/pinion-job-XXXXXX";
	int fd = mkstemp(name), rc, n = 0, lines = 0;
	FILE *file = fdopen(fd, "w");
	CHECK(file != NULL);
	fputs("pinion: 1\nworkloads: [{kernel: dot}]\n", file);
	fclose(file);
	for (;; n++) {
		pinion_job *job = NULL;
		fail_alloc_after(n);
		rc = pinion_job_read(&job, name, NULL, 0, jobs_kernels, count_line, &lines);
		bool failed = fail_alloc_done();
		pinion_job_destroy(job);
		CHECK_INT(rc, ==, failed ? PINION_ERR_NOMEM : 0);
		CHECK_INT(lines, ==, 0);
		if (!failed)
			break;
	}
	remove(name);
	CHECK_INT(n, >, 5);
}

/* A missing file is told, or memory is. */
static void test_missing(void)
{
	for (int n = 0;; n++) {
		int lines = 0;
		pinion_job *job = NULL;
		fail_alloc_after(n);
		int rc =
			pinion_job_read(&job, "/no/such/job.yaml", NULL, 0, jobs_kernels, count_line, &lines);
		bool failed = fail_alloc_done();
		CHECK_INT(rc, ==, failed ? PINION_ERR_NOMEM : PINION_ERR_IO);
		CHECK_INT(lines, ==, failed ? 0 : 1);
		CHECK(job == NULL);
		if (!failed)
			return;
	}
}

TESTS({"good", test_good}, {"bad", test_bad}, {"broken", test_broken}, {"libyaml", test_libyaml},
      {"file", test_file}, {"missing", test_missing})
