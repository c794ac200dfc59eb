/*
 * The output folder of a job: report.txt and report.json, written when the run
 * is over and complete or not at all.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CLI_FOLDER_H
#define PINION_CLI_FOLDER_H

#include "cli/output.h"

struct record;

struct folder {
	char *path; /* NULL: the job names none */
	struct output text, json;
};

/* Make the folder that the record's job names and open its files. False with a message. */
bool folder_open(struct folder *folder, const struct record *record);

/* Write and finish the files when `complete`. Returns the record's exit code, or another when
 * that failed. */
int folder_close(struct folder *folder, const struct record *record, bool complete);

#endif
