/*
 * Bad job files: the messages, word for word.
 *
 * bad/X.yaml is read, with the overrides of bad/X.set (one per line) where
 * there is one; bad/X.expected holds every line that must be told.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/draft.h"
#include "tests/config/jobs.h"
#include "tests/support/check.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_yaml(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');
	return dot && strcmp(dot, ".yaml") == 0;
}

/* The file `name` with another ending. */
static void sibling(char path[300], const char *name, const char *ending)
{
	snprintf(path, 300, "%.*s%s", (int)(strlen(name) - strlen(".yaml")), name, ending);
}

/* The lines of a .set file, if there is one; they point into *text. */
static int load_overrides(const char *name, char **text, const char **set, int room)
{
	char path[300];
	int count = 0;
	sibling(path, name, ".set");
	*text = NULL;
	if (access(path, R_OK) != 0)
		return 0;
	*text = jobs_slurp(path, NULL);
	for (char *line = strtok(*text, "\n"); line; line = strtok(NULL, "\n")) {
		CHECK_INT(count, <, room);
		set[count++] = line;
	}
	return count;
}

static void check_golden(const char *name)
{
	char path[300], *overrides, *want;
	const char *set[32];
	struct lines lines = {NULL, 0, 0};
	pinion_job *job = NULL;
	int count = load_overrides(name, &overrides, set, 32);
	int rc = pinion_job_read(&job, name, set, count, jobs_kernels, lines_add, &lines);
	sibling(path, name, ".expected");
	want = jobs_slurp(path, NULL);
	if (rc != PINION_ERR_SYNTAX || strcmp(lines.text, want) != 0) {
		fprintf(stderr, "%s (%d)\n--- told:\n%s--- expected:\n%s", name, rc,
		        lines.text ? lines.text : "", want);
		exit(1);
	}
	CHECK(job == NULL);
	free(want);
	free(overrides);
	lines_free(&lines);
}

static void test_golden(void)
{
	struct dirent **entries;
	CHECK(chdir(PINION_JOBS_DIR "/bad") == 0);
	int count = scandir(".", &entries, is_yaml, alphasort);
	CHECK_INT(count, >, 30);
	for (int i = 0; i < count; i++) {
		check_golden(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

/* A file that holds these bytes. */
static void write_file(const char *path, const char *text, size_t bytes)
{
	FILE *file = fopen(path, "wb");
	CHECK(file != NULL);
	CHECK(fwrite(text, 1, bytes, file) == bytes);
	CHECK(fclose(file) == 0);
}

static void check_unreadable(const char *path, const char *want)
{
	struct lines lines = {NULL, 0, 0};
	char line[400];
	pinion_job *untouched = (pinion_job *)&lines, *job = untouched;
	CHECK_INT(pinion_job_read(&job, path, NULL, 0, jobs_kernels, lines_add, &lines), ==,
	          PINION_ERR_IO);
	snprintf(line, sizeof line, "%s: error: %s\n", path, want);
	CHECK_STR(lines.text, line);
	CHECK(job == untouched);
	lines_free(&lines);
}

static void test_unreadable(void)
{
	char folder[] = "/tmp/pinion-jobs-XXXXXX";
	CHECK(mkdtemp(folder) != NULL);
	CHECK(chdir(folder) == 0);
	check_unreadable("missing.yaml", "no such file");
	check_unreadable("", "no such file");
	check_unreadable(".", "is a directory; name a job file");
	write_file("binary",
	           "\x7f"
	           "ELF\0\0\1",
	           7);
	check_unreadable("binary", "is not text: it holds zero bytes");
	check_unreadable("binary/x", "no such file: a part of its path is not a directory");
	write_file("wide", "\xff\xfep\0i\0", 6);
	check_unreadable("wide", "is UTF-16 text; save it as UTF-8");
	write_file("large", "", 0);
	CHECK(truncate("large", (off_t)SOURCE_MAX_BYTES + 1) == 0);
	check_unreadable("large", "is larger than 16 MiB; this is not a job file");
	if (geteuid() != 0) {
		write_file("secret", "pinion: 1\n", 10);
		CHECK(chmod("secret", 0) == 0);
		check_unreadable("secret", "permission denied");
		remove("secret");
	}
	remove("binary");
	remove("wide");
	remove("large");
	CHECK(rmdir(folder) == 0);
}

static void test_empty(void)
{
	static const char *const texts[] = {"", "\n\n", "# only a remark\n", "---\n", "~\n"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char *told = jobs_read_bad(texts[i], NULL, 0);
		CHECK_STR(told,
		          "job.yaml: error: is empty; the smallest job is: "
		          "{pinion: 1, workloads: [{kernel: triad}]}\n1 error; nothing was started\n");
		free(told);
	}
}

/* The smallest job of the message is one. */
static void test_smallest(void)
{
	char *told = jobs_read_bad("", NULL, 0), *begin = strstr(told, "{pinion"),
	     *end = strchr(told, '\n');
	CHECK(begin != NULL);
	pinion_job_destroy(jobs_read_good(begin, (size_t)(end - begin), NULL, 0));
	free(told);
}

/* Thousands of faults: a thousand are told, the rest counted, in sensible time. */
static void test_flood(void)
{
	size_t room = 200000, used;
	char *text = malloc(room);
	CHECK(text != NULL);
	used = (size_t)snprintf(text, room, "pinion: 1\nworkloads:\n");
	for (int i = 0; i < 3000; i++)
		used +=
			(size_t)snprintf(text + used, room - used, "- {name: w%d, kernel: dot, siez: 3}\n", i);
	char *told = jobs_read_bad(text, NULL, 0);
	CHECK_CONTAINS(
		told, "job.yaml:3:27: error: unknown key 'siez' in a workload (did you mean 'size'?)\n");
	CHECK_CONTAINS(told, "\nand 2000 more\n3000 errors; nothing was started\n");
	free(told);
	free(text);
}

/* A great many keys, anchors, merged maps and values are refused, not chewed on. */
static void test_bounds(void)
{
	static const char *const pieces[][2] = {{"x-%d: 1\n", "more than 1024 keys in one map"},
	                                        {"x-%d: &a%d 1\n", "more than 256 anchors"}};
	size_t room = 100000;
	char *text = malloc(room);
	CHECK(text != NULL);
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		size_t used = (size_t)snprintf(text, room, "pinion: 1\nworkloads: [{kernel: dot}]\n");
		for (int n = 0; n < 2000; n++)
			used += (size_t)(i == 0 ? snprintf(text + used, room - used, "x-%d: 1\n", n)
			                        : snprintf(text + used, room - used, "x-%d: &a%d 1\n", n, n));
		char *told = jobs_read_bad(text, NULL, 0);
		CHECK_CONTAINS(told, pieces[i][1]);
		free(told);
	}
	free(text);
}

static void test_many_values(void)
{
	size_t room = 1000000, used;
	char *text = malloc(room);
	CHECK(text != NULL);
	used = (size_t)snprintf(text, room, "pinion: 1\nx-many: [");
	for (int n = 0; n < 250000; n++)
		used += (size_t)snprintf(text + used, room - used, "1,");
	snprintf(text + used, room - used, "]\n");
	char *told = jobs_read_bad(text, NULL, 0);
	CHECK_CONTAINS(told, "more than 200000 values");
	CHECK_INT(strlen(told), <, 500);
	free(told);
	free(text);
}

/* A machine that cannot be built is told where it is described. */
static void test_topology_source(void)
{
	static const char *const texts[][2] = {
		{"{pinion: 1, topology: {source: xml:/no/such/machine.xml}, workloads: [{kernel: dot}]}",
	     "job.yaml:1:36: error: topology source: "},
		{"{pinion: 1, topology: {source: 'synthetic:pack:2 cors:4'}, workloads: [{kernel: dot}]}",
	     ": error: topology source: "},
		{"{pinion: 1, topology: {source: 'fsroot:/tmp'}, workloads: [{kernel: dot}]}",
	     "job.yaml:1:32: error: source: fsroot is not supported in this version\n"}};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char *told = jobs_read_bad(texts[i][0], NULL, 0);
		CHECK_CONTAINS(told, texts[i][1]);
		CHECK_CONTAINS(told, "1 error; nothing was started\n");
		free(told);
	}
}

/* What the user wrote never reaches the terminal as a control sequence. */
static void test_no_control_characters(void)
{
	char *told = jobs_read_bad(
		"pinion: 1\n\"\\e[31mkey\": 1\nworkloads: [{kernel: \"\\r\\n\\x07\"}]\n", NULL, 0);
	for (const char *at = told; *at; at++)
		CHECK((unsigned char)*at >= 0x20 || *at == '\n' || *at == '\t');
	CHECK_CONTAINS(told, "unknown key '?[31mkey'");
	free(told);
}

TESTS({"golden", test_golden}, {"unreadable", test_unreadable}, {"empty", test_empty},
      {"smallest", test_smallest}, {"flood", test_flood}, {"bounds", test_bounds},
      {"many values", test_many_values}, {"topology source", test_topology_source},
      {"no control characters", test_no_control_characters})
