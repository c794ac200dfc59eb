/*
 * Good job files: every key lands in its field, overrides and anchors work,
 * and the examples are legal.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/draft.h"
#include "tests/config/jobs.h"
#include "tests/support/check.h"

#include <dirent.h>

static pinion_job *read_text(const char *text)
{
	return jobs_read_good(text, strlen(text), NULL, 0);
}

static void test_smallest(void)
{
	pinion_job *job = read_text("{pinion: 1, workloads: [{kernel: triad}]}");
	char *got = jobs_dump(job);
	CHECK_STR(got, "name (none) file job.yaml exclude (none) smt 0\n"
	               "topology (none) workers 0 places (none) bind 0 object 0 per 0 oversubscribe 0\n"
	               "placement 0 main 0 stack 0 inline 0 schedule 0 grain 0 spin 0\n"
	               "output (none) text 1 json 0\n"
	               "workload triad line 1 kernel triad engine pinion matrix (none)\n"
	               "size 0 unit 0 value 0 grid 0x0x0\n"
	               "iterations 0 tolerance 0 stores auto schedule 0 grain 0\n"
	               "memory 0 0 1 1\n"
	               "statistics 2 10 100 0.01 0 1\n"
	               "command\nset\nunset\n"
	               "cwd (none) places (none) timeout 0\n");
	CHECK_INT(job->config.size, ==, sizeof(pinion_config));
	free(got);
	pinion_job_destroy(job);
}

static const char everything[] =
	"pinion: 1\n"
	"name: all of it\n"
	"x-mine: {anything: [goes, here]}\n"
	"topology:\n"
	"  source: synthetic:\"pack:2 core:4 pu:2\"\n"
	"  exclude: '0'\n"
	"  smt: all\n"
	"workers:\n"
	"  count: 3\n"
	"  places: \"{0:2}:4:2\"\n"
	"  bind: explicit\n"
	"  main: separate\n"
	"  oversubscribe: yes\n"
	"  placement: off\n"
	"memory: {policy: bind, pages: thp, prefault: off, verify: No-not-this}\n";

static const char rest[] =
	"scheduler:\n"
	"  schedule: owner\n"
	"  grain: 512\n"
	"  idle: {spin: 20us, then: park}\n"
	"statistics: {warmup: 0, min_runs: 7, max_runs: 9, min_time: 1.5s, seed: 9999999999999999999,\n"
	"             stop_when: {ci: 95%, half_width: 2.5%}}\n"
	"workloads:\n"
	"- name: solve\n"
	"  kernel: cg\n"
	"  engine: serial\n"
	"  size: 16x8x4\n"
	"  max_iterations: 50\n"
	"  tolerance: 1e-6\n"
	"  schedule: steal\n"
	"  grain: auto\n"
	"  memory: {policy: interleave}\n"
	"  statistics: {max_runs: 3}\n"
	"- command: [/usr/bin/env, -i, '', \"a b\", 5, true]\n"
	"  places: \"0-3\"\n"
	"  cwd: /tmp\n"
	"  env: {set: {A: 1, B_2: '', _c: \"x=y\"}, unset: [D, E]}\n"
	"  timeout: 2min\n"
	"  memory: {policy: local}\n"
	"output: {dir: \"r/%h-%t\", formats: [json]}\n";

static void test_everything(void)
{
	char text[3000];
	const char *cut = strstr(everything, "No-not-this");
	snprintf(text, sizeof text, "%.*sno}\n%s", (int)(cut - everything), everything, rest);
	pinion_job *job = read_text(text);
	char *got = jobs_dump(job);
	CHECK_STR(got, "name all of it file job.yaml exclude 0 smt 1\n"
	               "topology synthetic:pack:2 core:4 pu:2 workers 3 places {0:2}:4:2 bind 3 object "
	               "0 per 0 oversubscribe 1\n"
	               "placement 2 main 1 stack 0 inline 0 schedule 2 grain 512 spin 20000\n"
	               "output r/%h-%t text 0 json 1\n"
	               "workload solve line 23 kernel cg engine serial matrix (none)\n"
	               "size 0 unit 0 value 0 grid 16x8x4\n"
	               "iterations 50 tolerance 1e-06 stores auto schedule 1 grain 0\n"
	               "memory 2 2 0 0\n"
	               "statistics 0 3 3 0.025 1500000000 9999999999999999999\n"
	               "command\nset\nunset\n"
	               "cwd (none) places (none) timeout 0\n"
	               "workload env line 33 kernel (none) engine pinion matrix (none)\n"
	               "size 0 unit 0 value 0 grid 0x0x0\n"
	               "iterations 0 tolerance 0 stores auto schedule 0 grain 0\n"
	               "memory 3 2 0 0\n"
	               "statistics 0 7 9 0.025 1500000000 9999999999999999999\n"
	               "command [/usr/bin/env] [-i] [] [a b] [5] [true]\n"
	               "set [A=1] [B_2=] [_c=x=y]\nunset [D] [E]\n"
	               "cwd /tmp places 0-3 timeout 120000000000\n");
	free(got);
	pinion_job_destroy(job);
}

/* One key of workers, and what the config says then. */
static pinion_config workers(const char *entries)
{
	char text[300];
	snprintf(text, sizeof text, "pinion: 1\nworkers: {%s}\nworkloads: [{kernel: dot}]\n", entries);
	pinion_job *job = read_text(text);
	pinion_config config = job->config;
	pinion_job_destroy(job);
	config.places = NULL;
	return config;
}

static void test_workers(void)
{
	CHECK_INT(workers("count: auto").workers, ==, 0);
	CHECK_INT(workers("count: 65534").workers, ==, 65534);
	CHECK_INT(workers("count: '8'").workers, ==, 8);
	CHECK(workers("count: inline").inline_only);
	static const struct {
		const char *text;
		int per;
		pinion_object object;
	} per[] = {
		{"2 per core", 2, PINION_OBJECT_CORE},       {"1 per pu", 1, PINION_OBJECT_PU},
		{"3 per l2", 3, PINION_OBJECT_L2},           {"4 per l3", 4, PINION_OBJECT_L3},
		{"4 per llc", 4, PINION_OBJECT_L3},          {"1 per numa", 1, PINION_OBJECT_NODE},
		{"1  per  node", 1, PINION_OBJECT_NODE},     {"16 per package", 16, PINION_OBJECT_PACKAGE},
		{"16 per socket", 16, PINION_OBJECT_PACKAGE}};
	for (size_t i = 0; i < sizeof per / sizeof per[0]; i++) {
		char entry[64];
		snprintf(entry, sizeof entry, "count: %s", per[i].text);
		pinion_config config = workers(entry);
		CHECK_INT(config.bind, ==, PINION_BIND_PER);
		CHECK_INT(config.per, ==, per[i].per);
		CHECK_INT(config.object, ==, per[i].object);
		CHECK_INT(config.workers, ==, 0);
	}
	CHECK_INT(workers("bind: compact").bind, ==, PINION_BIND_CLOSE);
	CHECK_INT(workers("bind: scatter").bind, ==, PINION_BIND_SPREAD);
	CHECK_INT(workers("bind: balanced").bind, ==, PINION_BIND_SPREAD);
	CHECK_INT(workers("bind: none").bind, ==, PINION_BIND_NONE);
	CHECK_INT(workers("placement: strict").placement, ==, PINION_PLACE_STRICT);
	CHECK_INT(workers("placement: prefer").placement, ==, PINION_PLACE_PREFER);
	CHECK(workers("oversubscribe: on").oversubscribe);
	CHECK(!workers("oversubscribe: false").oversubscribe);
}

static uint64_t spin(const char *idle)
{
	char text[300];
	snprintf(text, sizeof text, "pinion: 1\nscheduler: {idle: {%s}}\nworkloads: [{kernel: dot}]\n",
	         idle);
	pinion_job *job = read_text(text);
	uint64_t ns = job->config.spin_ns;
	pinion_job_destroy(job);
	return ns;
}

static void test_idle(void)
{
	CHECK(spin("then: park") == 0);
	CHECK(spin("spin: 0") == 1);
	CHECK(spin("spin: 1ms") == 1000000);
	CHECK(spin("then: spin") == UINT64_MAX);
	CHECK(spin("then: spin, spin: 20us") == UINT64_MAX);
}

/* memory < defaults.memory < the workload's own, wherever they stand in the file. */
static void test_defaults_merge(void)
{
	pinion_job *job = read_text(
		"workloads:\n- {kernel: triad}\n- {kernel: dot, memory: {pages: base}}\n"
		"defaults:\n  memory: {policy: interleave}\n  statistics: {seed: 5}\n"
		"memory: {policy: bind, pages: thp}\nstatistics: {seed: 4, warmup: 1}\npinion: 1\n");
	CHECK_INT(job->workload[0].memory.home, ==, PINION_HOME_INTERLEAVE);
	CHECK_INT(job->workload[0].memory.pages, ==, PINION_PAGES_THP);
	CHECK_INT(job->workload[1].memory.pages, ==, PINION_PAGES_BASE);
	CHECK_INT(job->workload[1].memory.home, ==, PINION_HOME_INTERLEAVE);
	CHECK_INT(job->workload[0].statistics.seed, ==, 5);
	CHECK_INT(job->workload[0].statistics.warmup, ==, 1);
	pinion_job_destroy(job);
}

static void test_runs_follow(void)
{
	pinion_job *job = read_text("pinion: 1\nworkloads:\n"
	                            "- {name: a, kernel: dot, statistics: {min_runs: 500}}\n"
	                            "- {name: b, kernel: dot, statistics: {max_runs: 3}}\n");
	CHECK_INT(job->workload[0].statistics.min_runs, ==, 500);
	CHECK_INT(job->workload[0].statistics.max_runs, ==, 500);
	CHECK_INT(job->workload[1].statistics.min_runs, ==, 3);
	CHECK_INT(job->workload[1].statistics.max_runs, ==, 3);
	pinion_job_destroy(job);
}

static void test_anchors(void)
{
	pinion_job *job =
		read_text("pinion: 1\nx-base: &base {kernel: triad, size: 1MiB, memory: &m {pages: thp}}\n"
	              "x-more: &more {size: 2MiB, stores: plain}\n"
	              "workloads:\n"
	              "- {<<: *base, name: one}\n"
	              "- {name: two, <<: [*more, *base], memory: {<<: *m, policy: bind}}\n"
	              "- *base\n");
	CHECK_INT(job->workloads, ==, 3);
	CHECK_STR(job->workload[0].name, "one");
	CHECK_INT(job->workload[0].size, ==, 1 << 20);
	CHECK_INT(job->workload[1].size, ==, 2 << 20);
	CHECK_STR(job->workload[1].stores, "plain");
	CHECK_INT(job->workload[1].memory.home, ==, PINION_HOME_BIND);
	CHECK_INT(job->workload[1].memory.pages, ==, PINION_PAGES_THP);
	CHECK_STR(job->workload[2].name, "triad");
	CHECK_INT(job->workload[2].memory.pages, ==, PINION_PAGES_THP);
	pinion_job_destroy(job);
}

static void test_overrides(void)
{
	static const char text[] = "pinion: 1\nx-b: &b {kernel: triad, size: 1MiB}\nworkloads:\n- &one "
	                           "{name: v1.2, kernel: spmv, size: 8x8x8}\n"
	                           "- <<: *one\n  name: b\n- *b\n- {<<: *b, name: last}\n";
	static const char *const set[] = {"workers.count=8",
	                                  "scheduler.idle.spin=3us",
	                                  "workloads.v1.2.matrix=a.mtx",
	                                  "workloads[1].size=4x4x4",
	                                  "workloads.triad.memory.policy=bind",
	                                  "output.formats=[json, text]",
	                                  "output.formats[1]=json",
	                                  "name='quoted name'",
	                                  "memory={pages: thp}",
	                                  "memory.verify=no",
	                                  "workloads.last.size=7",
	                                  "workers.count=9",
	                                  "topology.source=synthetic:core:2 pu:1"};
	pinion_job *job = jobs_read_good(text, sizeof text - 1, set, (int)(sizeof set / sizeof set[0]));
	CHECK_INT(job->config.workers, ==, 9);
	CHECK_INT(job->config.spin_ns, ==, 3000);
	CHECK_STR(job->workload[0].matrix, "a.mtx");
	CHECK_INT(job->workload[0].grid[0], ==, 0); /* the file's size made way for the matrix */
	CHECK(job->workload[1].matrix == NULL);     /* shared in the file, not changed with it */
	CHECK_INT(job->workload[1].grid[0], ==, 4);
	CHECK_INT(job->workload[2].memory.home, ==, PINION_HOME_BIND);
	CHECK_INT(job->workload[2].size, ==, 1 << 20);
	CHECK_INT(job->workload[3].memory.home, ==, PINION_HOME_PREFERRED);
	CHECK_INT(job->workload[3].size, ==, 7);
	CHECK_INT(job->workload[3].memory.pages, ==, PINION_PAGES_THP);
	CHECK(!job->workload[3].memory.audit);
	CHECK(!job->output_text && job->output_json);
	CHECK_STR(job->name, "quoted name");
	CHECK_STR(job->config.topology, "synthetic:core:2 pu:1");
	pinion_job_destroy(job);
}

/* An override mends what is wrong in the file. */
static void test_override_mends(void)
{
	static const char text[] = "pinion: 1\nworkers: {count: many}\nworkloads: [{kernel: dot}]\n";
	static const char *const set[] = {"workers.count=2"};
	pinion_job *job = jobs_read_good(text, sizeof text - 1, set, 1);
	CHECK_INT(job->config.workers, ==, 2);
	pinion_job_destroy(job);
}

static void test_other_spellings(void)
{
	static const char json[] = "{\"pinion\": 1,\r\n \"workloads\": [\r\n\t{\"kernel\": \"dot\", "
	                           "\"size\": \"2^20\"}\r\n]}\r\n";
	pinion_job *job = read_text(json);
	CHECK_INT(job->workload[0].size, ==, 1 << 20);
	CHECK_INT(job->workload[0].line, ==, 3);
	pinion_job_destroy(job);
	static const char marked[] =
		"%YAML 1.2\n---\npinion: 1\nworkers:\noutput: ~\nworkloads:\n  - kernel: dot\n...\n";
	pinion_job_destroy(read_text(marked));
}

/* With a byte order mark, from a file, and from standard input. */
static void test_files(void)
{
	char name[] = "/tmp/pinion-job-XXXXXX";
	int fd = mkstemp(name);
	FILE *file = fdopen(fd, "w");
	CHECK(file != NULL);
	fprintf(file, "\xef\xbb\xbfpinion: 1\nworkloads: [{kernel: dot}]\n");
	fclose(file);
	struct lines lines = {NULL, 0, 0};
	pinion_job *job = NULL;
	CHECK_INT(pinion_job_read(&job, name, NULL, 0, jobs_kernels, lines_add, &lines), ==, 0);
	CHECK_STR(job->file, name);
	pinion_job_destroy(job);
	CHECK(freopen(name, "r", stdin) != NULL);
	CHECK_INT(pinion_job_read(&job, "-", NULL, 0, jobs_kernels, lines_add, &lines), ==, 0);
	CHECK_STR(job->file, "standard input");
	pinion_job_destroy(job);
	CHECK_INT(lines.count, ==, 0);
	remove(name);
}

static void test_examples(void)
{
	static const char folder[] = PINION_SOURCE_DIR "/docs/examples";
	int read = 0;
	DIR *dir = opendir(folder);
	CHECK(dir != NULL);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		const char *dot = strrchr(entry->d_name, '.');
		char path[600];
		if (!dot || strcmp(dot, ".yaml") != 0)
			continue;
		struct lines lines = {NULL, 0, 0};
		pinion_job *job = NULL;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		int rc = pinion_job_read(&job, path, NULL, 0, jobs_kernels, lines_add, &lines);
		if (rc)
			fprintf(stderr, "%s", lines.text);
		CHECK_INT(rc, ==, 0);
		CHECK(job->name != NULL);
		pinion_job_destroy(job);
		read++;
	}
	closedir(dir);
	CHECK_INT(read, >=, 3);
}

static void test_destroy_nothing(void)
{
	pinion_job_destroy(NULL);
}

TESTS({"smallest", test_smallest}, {"everything", test_everything}, {"workers", test_workers},
      {"idle", test_idle}, {"defaults merge", test_defaults_merge},
      {"runs follow", test_runs_follow}, {"anchors", test_anchors}, {"overrides", test_overrides},
      {"override mends", test_override_mends}, {"other spellings", test_other_spellings},
      {"files", test_files}, {"examples", test_examples}, {"destroy nothing", test_destroy_nothing})
