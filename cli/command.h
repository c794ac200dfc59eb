/*
 * What the files of the `pinion` command share: the exit codes, the shape of a
 * command, and the messages that every command writes the same way.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CLI_COMMAND_H
#define PINION_CLI_COMMAND_H

#include "cli/options.h"

#include <pinion/base.h>

#include <stdio.h>

/* What the process tells the shell. Documented in `pinion --help`. */
enum exit_code {
	EXIT_FINE = 0,
	EXIT_RUN_FAILED = 1,    /* a workload, the system or an output file failed */
	EXIT_USAGE = 2,         /* command line, job file or input file is wrong */
	EXIT_PLACEMENT = 3,     /* placement impossible, refused, or drifted */
	EXIT_INVALID = 4,       /* a result did not validate */
	EXIT_GATE = 5,          /* a comparison crossed its limit */
	EXIT_CANNOT_RUN = 126,  /* pin: the program exists and cannot be run */
	EXIT_NOT_FOUND = 127,   /* pin: the program does not exist */
	EXIT_INTERRUPTED = 130, /* a signal ended it, as shells count SIGINT */
};

/* Facts of this call that main knows first. */
struct invocation {
	uint64_t start_ns; /* monotonic clock when the process began */
};

/* One command. `usage` holds one form per line; `about` and `examples` are printed as they
 * stand. */
struct command {
	const char *name;
	const char *summary;
	const char *usage;
	const char *about;
	const char *examples;
	const struct option_spec *options;
	int leading; /* arguments after which the rest is not ours to read; 0: none */
	int (*run)(const struct invocation *call, const struct command *self, int argc, char **argv);
};

extern const struct command command_topo, command_plan, command_check, command_run, command_bench,
    command_pin;

/* Print the help of one command. */
void command_help(const struct command *command, FILE *to);

/* ---- messages, always to standard error and always beginning with "pinion: " ---- */

void message_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A diagnostic about `text`, which the user gave as `where`; underlines the fault. */
void message_diag(const char *where, const char *text, const pinion_diag *diag);

/* A line of a job file's messages, as pinion_log wants it. */
void message_line(void *ctx, const char *line);

/* The exit code that belongs to an error of the library. */
int exit_of(int error);

/* ---- numbers for people: all write into and return `buffer` ---- */

#define TEXT_NUMBER 32
const char *text_bytes(char buffer[TEXT_NUMBER], double bytes);
const char *text_time(char buffer[TEXT_NUMBER], double ns);

/* Monotonic nanoseconds. */
uint64_t clock_now(void);

#endif
