/*
 * The machine and its seats, as text and as JSON: what topo, plan, run and
 * bench show of them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CLI_MACHINE_VIEW_H
#define PINION_CLI_MACHINE_VIEW_H

#include "bench/json.h"
#include "cli/machine.h"

#include <stdio.h>

/* The whole machine: tree, distances, limits. */
void topology_print(const struct machine *machine, FILE *to);

/* The same as one JSON document. */
void topology_write(const struct machine *machine, FILE *to);

/* One line: "2 packages, 4 nodes, 16 cores, 32 processors (30 usable)". */
void machine_summary(const struct machine *machine, FILE *to);

/* What limits this process: one line each, behind two spaces. */
void limits_print(const struct machine *machine, FILE *to);

/* Members of an open JSON object: source, model, live, counts, limits, quota. */
void machine_members(struct json *j, const struct machine *machine);

/* Members of an open JSON object: one seat. */
void seat_members(struct json *j, const pinion_placement *placement, int seat);

/* "0-3,8" for the numbers in value[0 .. count), which ascend. Never longer than bytes; ends in
 * "..." if cut. */
void list_format(char *to, size_t bytes, const int *value, int count);

#endif
