/*
 * From what the user says about the machine and its seats to a topology and a
 * placement, with every fault pointed out in the user's own words.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CLI_MACHINE_H
#define PINION_CLI_MACHINE_H

#include "cli/options.h"

#include <pinion/job.h>
#include <pinion/placement.h>

struct machine {
	char source[256]; /* as given; "live" for this machine */
	pinion_topology *topology;
	pinion_placement *placement; /* NULL before machine_plan */
};

/* What the options of `plan` and `bench` say. All NULL or false: the defaults. */
struct seats_request {
	const char *topology, *workers, *places, *bind, *exclude;
	bool smt, oversubscribe;
};

/* The rows of these options in a command's table. */
#define SEATS_OPTIONS(type, member)                                                                \
	{"workers",   'w',                                                                             \
	 OPTION_TEXT, offsetof(type, member.workers),                                                  \
	 "N",         "auto, a number, or \"N per core|pu|l2|l3|node|package\"",                       \
	 0,           0},                                                                              \
	    {"places",                                                                                 \
	     'p',                                                                                      \
	     OPTION_TEXT,                                                                              \
	     offsetof(type, member.places),                                                            \
	     "PLACES",                                                                                 \
	     "where workers may sit: cores, threads, 0-3,8, \"{0:4}:2:4\", numa:0.core:all",           \
	     0,                                                                                        \
	     0},                                                                                       \
	    {"bind",      'b',                                                                         \
	     OPTION_TEXT, offsetof(type, member.bind),                                                 \
	     "HOW",       "close (default), spread, explicit or none",                                 \
	     0,           0},                                                                          \
	    {"exclude",   'x',                                                                         \
	     OPTION_TEXT, offsetof(type, member.exclude),                                              \
	     "PLACES",    "processors that no worker gets",                                            \
	     0,           0},                                                                          \
	    {"smt",       0,                                                                           \
	     OPTION_FLAG, offsetof(type, member.smt),                                                  \
	     NULL,        "one place per hardware thread instead of per core",                         \
	     0,           0},                                                                          \
	{                                                                                              \
		"oversubscribe", 0, OPTION_FLAG, offsetof(type, member.oversubscribe), NULL,               \
		    "allow more workers than places", 0, 0                                                 \
	}

/* Each of these returns an exit code; anything but EXIT_FINE has printed its message. */

/* Load a topology: "live" or NULL, "xml:PATH", "synthetic:TEXT", or the path of an XML file. */
int machine_load(struct machine *machine, const char *source);

/* Turn options into the config fields that speak of seats. */
int seats_config(const struct seats_request *request, pinion_config *config);

/* Plan the seats of a config. `origin` begins the messages: the job file, or NULL for options. */
int machine_plan(struct machine *machine, const pinion_config *config, const char *exclude,
                 bool smt, const char *origin);

/* The union of all seats; to be destroyed by the caller. NULL with a message on failure. */
pinion_cpus *machine_seats_union(const struct machine *machine);

/* How many memory nodes these processors are nearest to. */
int machine_nodes_of(const struct machine *machine, const pinion_cpus *cpus);

void machine_free(struct machine *machine);

/* Memory that this process may use now: what is available, within the allowed nodes and the
 * cgroup. */
uint64_t machine_memory(const pinion_topology *topology);

/* "close", "spread", ... */
const char *bind_name(pinion_bind bind);

/* "core", "L2", "L3", "node", "package", "machine": how far apart two seats are. */
const char *distance_name(pinion_distance distance);

#endif
