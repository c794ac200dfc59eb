/*
 * Files that nobody would write: good jobs with random changes. None may crash
 * the reader, every refusal must have a message, and positions must lie inside
 * the file. Run under the sanitizers this is the test of all bounds.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/draft.h"
#include "tests/config/jobs.h"
#include "tests/support/check.h"

#include <ctype.h>

#define MUTATIONS 2000
#define ROOM      20000

static const char *const seeds[] = {PINION_SOURCE_DIR "/docs/examples/first.yaml",
                                    PINION_SOURCE_DIR "/docs/examples/pin-command.yaml",
                                    PINION_SOURCE_DIR "/docs/examples/plan-big-machine.yaml",
                                    PINION_JOBS_DIR "/bad/workloads.yaml",
                                    PINION_JOBS_DIR "/bad/traps.yaml",
                                    PINION_JOBS_DIR "/bad/words-and-keys.yaml",
                                    PINION_JOBS_DIR "/bad/numbers.yaml"};

/* What makes YAML interesting. */
static const char *const pieces[] = {"{",
                                     "}",
                                     "[",
                                     "]",
                                     ": ",
                                     "- ",
                                     "\n",
                                     "\n  ",
                                     "\t",
                                     "\"",
                                     "'",
                                     "#",
                                     " #",
                                     "&a ",
                                     "*a",
                                     "!",
                                     "!!str ",
                                     "|\n",
                                     ">\n",
                                     "~",
                                     "<<: *a",
                                     "---\n",
                                     "...\n",
                                     "%YAML 1.1\n",
                                     "\\",
                                     "\\x",
                                     "\\u12",
                                     "\r\n",
                                     "\r",
                                     ", ",
                                     "? ",
                                     "@",
                                     "`",
                                     "\xc3\xa9",
                                     "\xe9",
                                     "\xef\xbb\xbf",
                                     "\x1b",
                                     "\xc2\x85",
                                     "0",
                                     "-1",
                                     "99999999999999999999",
                                     "1e999",
                                     "2^",
                                     "x",
                                     "% ram",
                                     "pinion: 1\n",
                                     "workloads:\n",
                                     "kernel: ",
                                     "command: [",
                                     "memory: {",
                                     "\xf0\x9f\x98\x80",
                                     "{0:4}:2:4"};

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Replace `cut` bytes at `at` by a piece. */
static size_t splice(char *text, size_t bytes, size_t at, size_t cut, const char *piece,
                     size_t length)
{
	if (cut > bytes - at)
		cut = bytes - at;
	if (bytes - cut + length >= ROOM)
		return bytes;
	memmove(text + at + length, text + at + cut, bytes - at - cut);
	memcpy(text + at, piece, length);
	return bytes - cut + length;
}

static size_t mutate(char *text, size_t bytes, uint64_t *state)
{
	size_t at = bytes ? random_next(state) % bytes : 0;
	char byte = (char)random_next(state), copy[64];
	switch (random_next(state) % 6) {
	case 0:
		return splice(text, bytes, at, 1, &byte, byte != 0);
	case 1:
		return splice(text, bytes, at, random_next(state) % 40, "", 0);
	case 2: {
		size_t from = bytes ? random_next(state) % bytes : 0,
		       length = random_next(state) % sizeof copy;
		length = length > bytes - from ? bytes - from : length;
		memcpy(copy, text + from, length);
		return splice(text, bytes, at, 0, copy, length);
	}
	default: {
		const char *piece = pieces[random_next(state) % (sizeof pieces / sizeof pieces[0])];
		return splice(text, bytes, at, random_next(state) % 3, piece, strlen(piece));
	}
	}
}

/* "job.yaml:LINE:COLUMN: error: " lies inside the text. */
static void check_line(const char *line, size_t lines_of_text)
{
	unsigned row, column;
	if (sscanf(line, "job.yaml:%u:%u: error: ", &row, &column) != 2)
		return;
	CHECK_INT(row, >=, 1);
	CHECK_INT(row, <=, lines_of_text);
	CHECK_INT(column, >=, 1);
}

static void check_messages(const char *told, const char *text, size_t bytes)
{
	size_t lines_of_text = 1, count = 0;
	for (size_t i = 0; i < bytes; i++)
		lines_of_text += text[i] == '\n' || text[i] == '\r';
	for (const char *line = told; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		check_line(line, lines_of_text);
		count += strstr(line, "error: ") != NULL;
	}
	CHECK_INT(count, >=, 1);
	CHECK_CONTAINS(told, "; nothing was started\n");
	for (const char *at = told; *at; at++)
		CHECK(!iscntrl((unsigned char)*at) || *at == '\n' || *at == '\t');
}

static int read_one(const char *text, size_t bytes, const char *const *set, int count)
{
	struct lines lines = {NULL, 0, 0};
	pinion_job *job = NULL;
	int rc = pinion__job_read_text(&job, "job.yaml", text, bytes, set, count, jobs_kernels,
	                               lines_add, &lines);
	CHECK(rc == 0 || rc == PINION_ERR_SYNTAX);
	CHECK((rc == 0) == (job != NULL) && (rc == 0) == (lines.count == 0));
	if (rc)
		check_messages(lines.text, text, bytes);
	else
		free(jobs_dump(job));
	pinion_job_destroy(job);
	lines_free(&lines);
	return rc;
}

static void test_files(void)
{
	uint64_t state = 0x70696e696f6e;
	int good = 0;
	char *seed[sizeof seeds / sizeof seeds[0]], *text = malloc(ROOM);
	CHECK(text != NULL);
	for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++)
		seed[i] = jobs_slurp(seeds[i], NULL);
	for (int n = 0; n < MUTATIONS; n++) {
		const char *from = seed[random_next(&state) % (sizeof seeds / sizeof seeds[0])];
		size_t bytes = strlen(from);
		CHECK_INT(bytes, <, ROOM / 2);
		memcpy(text, from, bytes + 1);
		for (uint64_t left = random_next(&state) % 5 + 1; left > 0; left--)
			bytes = mutate(text, bytes, &state);
		good += read_one(text, bytes, NULL, 0) == 0;
	}
	CHECK_INT(good, >, 0);
	CHECK_INT(good, <, MUTATIONS);
	for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++)
		free(seed[i]);
	free(text);
}

static void test_overrides(void)
{
	static const char base[] = "pinion: 1\nx-a: &a {kernel: dot}\nworkloads: [*a, {kernel: cg, "
	                           "name: b.c}, {command: [ls]}]\n";
	static const char *const good[] = {"workers.count=8",
	                                   "workloads.b.c.size=8x8x8",
	                                   "workloads[0].size=2^20",
	                                   "workloads.ls.env.set.A=1",
	                                   "output={formats: [text, json], dir: \"%t\"}",
	                                   "scheduler.idle.then=spin",
	                                   "workloads[2].command[0]=cat"};
	uint64_t state = 0x736574;
	char text[3][256];
	for (int n = 0; n < MUTATIONS; n++) {
		const char *set[3];
		for (int i = 0; i < 3; i++) {
			const char *from = good[random_next(&state) % (sizeof good / sizeof good[0])];
			char room[ROOM];
			size_t bytes = strlen(from);
			memcpy(room, from, bytes + 1);
			for (uint64_t left = random_next(&state) % 3; left > 0; left--)
				bytes = mutate(room, bytes, &state);
			bytes = bytes < sizeof text[i] ? bytes : sizeof text[i] - 1;
			memcpy(text[i], room, bytes);
			text[i][bytes] = 0;
			set[i] = text[i];
		}
		read_one(base, sizeof base - 1, set, 3);
	}
}

TESTS({"files", test_files}, {"overrides", test_overrides})
