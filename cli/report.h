/*
 * A run as text and as JSON: what was asked, what was obtained, how fast it was,
 * whether the result is right, and where every page and every claim was.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CLI_REPORT_H
#define PINION_CLI_REPORT_H

#include "cli/session.h"

#include <stdio.h>

/* The pieces of the text, in the order in which they are printed while the run goes on. */
void report_begin(const struct record *record, FILE *to);
void report_seats(const struct record *record, FILE *to);
void report_outcome(const struct record *record, const struct outcome *outcome, bool verbose,
                    FILE *to);
void report_end(const struct record *record, bool verbose, FILE *to);

/* All of them at once, with every detail. */
void report_all(const struct record *record, FILE *to);

/* The JSON document. */
void report_write(const struct record *record, FILE *to);

/* "passed", "failed", "not run": one word on an outcome. */
const char *outcome_word(const struct outcome *outcome);

#endif
