/*
 * Running the built `pinion` command from a test, as a shell would: arguments in,
 * exit code and both outputs back. PINION_COMMAND in the environment is its path.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_CLI_COMMAND_H
#define PINION_TESTS_CLI_COMMAND_H

#include "tests/support/check.h"
#include "tests/support/json_check.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct answer {
	int code; /* exit code, or 128 + the signal that ended it */
	char *out, *err;
};

/* How the command is started; zero is the usual way. */
struct setting {
	const char *folder; /* working directory */
	const char *input;  /* text on standard input; NULL: nothing */
	const char *output; /* standard output goes to this file instead; `out` is then empty */
	bool hold_input;    /* standard input stays open and silent */
	bool broken_output; /* standard output is a pipe that nobody reads any more */
	int errors;         /* standard error goes to this descriptor instead; 0: as usual */
	bool only_cpu0;     /* affinity is processor 0 alone */
};

/* A command that goes on while the test looks at it. */
struct running {
	pid_t pid;
	int hold; /* our end of its standard input, -1 when it is not held */
	char out_path[64], err_path[64];
};

struct answer run_with(const struct setting *setting, const char *const *arguments);
struct running start_with(const struct setting *setting, const char *const *arguments);

/* Wait until `text` stands on its standard error; fails the test after half a minute. */
void wait_for_text(const struct running *running, const char *text);

struct answer finish(struct running *running);

/* pinion(ARGUMENT...): run it; the answer lives until the test program ends. */
#define pinion(...)                                                                                \
	run_with(&(struct setting){.folder = NULL}, (const char *const[]){__VA_ARGS__, NULL})
#define start(...)                                                                                 \
	start_with(&(struct setting){.folder = NULL}, (const char *const[]){__VA_ARGS__, NULL})

/* Checks that print everything the command said when they fail. */
#define CHECK_CODE(got, want)                                                                      \
	do {                                                                                           \
		const struct answer *answer_ = (const struct answer[]){got};                               \
		if (answer_->code != (want)) {                                                             \
			fprintf(stderr, "%s:%d: exit code %d, want %d\n--- out\n%s--- err\n%s", __FILE__,      \
			        __LINE__, answer_->code, (want), answer_->out, answer_->err);                  \
			exit(1);                                                                               \
		}                                                                                          \
	} while (0)

#define CHECK_JSON(text)                                                                           \
	do {                                                                                           \
		const char *json_ = (text);                                                                \
		size_t at_ = 0;                                                                            \
		if (!json_valid(json_, &at_)) {                                                            \
			fprintf(stderr, "%s:%d: not JSON at byte %zu: ...%.60s\n", __FILE__, __LINE__, at_,    \
			        json_ + at_);                                                                  \
			exit(1);                                                                               \
		}                                                                                          \
	} while (0)

#define CHECK_AT(text, path, want)                                                                 \
	do {                                                                                           \
		char found_[512];                                                                          \
		if (!json_at((text), (path), found_, sizeof found_) || strcmp(found_, (want)) != 0) {      \
			fprintf(stderr, "%s:%d: \"%s\" is '%s', want '%s'\n", __FILE__, __LINE__, (path),      \
			        found_, (want));                                                               \
			exit(1);                                                                               \
		}                                                                                          \
	} while (0)

/* Ends one test, not the program: what it needs is not on this machine. */
#define LEAVE(reason)                                                                              \
	do {                                                                                           \
		printf("  left out: %s\n", reason);                                                        \
		return;                                                                                    \
	} while (0)

/* A number in a document; fails the test when there is none. */
double json_number_at(const char *text, const char *path);

/* A folder of this test program, removed when it ends; paths and texts live until then. */
const char *scratch(void);
const char *scratch_path(const char *name);
const char *scratch_file(const char *name, const char *text);
char *read_whole(const char *path);
bool exists(const char *path);

/* Number of entries in a folder. */
int entries_in(const char *folder);

/* Compare with tests/cli/golden/NAME. PINION_GOLDEN=write in the environment writes it
 * instead. */
void check_golden(const char *name, const char *text);

#endif
