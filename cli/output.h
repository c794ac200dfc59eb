/*
 * Output files that are either complete or not there.
 *
 * A file is written under a temporary name beside its own, and takes its own
 * name only when every byte has reached the disk. Opening it early, before the
 * work, proves that the place is writable. A target that exists and is no
 * regular file (/dev/null, a pipe) is written directly.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CLI_OUTPUT_H
#define PINION_CLI_OUTPUT_H

#include "cli/options.h"

#include <stdbool.h>
#include <stdio.h>

struct output {
	FILE *stream;    /* NULL when not open */
	char *path;      /* NULL for standard output */
	char *temporary; /* NULL when written directly */
};

/* Open `path`, or standard output for NULL or "-". False with a message when that cannot be. */
bool output_open(struct output *output, const char *path);

/* Give the file its name. False with a message on failure; then nothing is left behind. */
bool output_commit(struct output *output);

/* Leave nothing behind. Fine on one that was never opened or is committed. */
void output_abandon(struct output *output);

/* Make a directory and those above it. False with a message. */
bool output_directory(const char *path);

/* The two outputs of a command: JSON where it was asked for, and text for people, which makes
 * room on standard output when JSON goes there. */
struct sink {
	bool json_wanted;
	struct output json;
	FILE *text;
};

/* False with a message when the JSON file cannot be written. */
bool sink_open(struct sink *sink, const struct option_optional *json);

/* Finish the outputs when `complete`, else leave no JSON file behind. Returns `code`, or
 * another exit code when the output itself failed. */
int sink_close(struct sink *sink, bool complete, int code);

#endif
