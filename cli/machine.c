/*
 * Topology and placement on the user's terms.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/machine.h"

#include "cli/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_WORKERS 65534

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* A bare path is a convenience of the command; the library wants the form named. */
static void full_source(char *to, size_t bytes, const char *source)
{
	bool formed = starts_with(source, "xml:") || starts_with(source, "synthetic:") ||
	              strcmp(source, "live") == 0;
	bool path = !formed && (strchr(source, '/') != NULL || access(source, F_OK) == 0);
	snprintf(to, bytes, "%s%s", path ? "xml:" : "", source);
}

int machine_load(struct machine *machine, const char *source)
{
	pinion_diag diag = {.offset = -1};
	*machine = (struct machine){.topology = NULL, .placement = NULL};
	if (source != NULL && strlen(source) + 5 > sizeof machine->source) {
		message_error("topology: the source is longer than %zu bytes", sizeof machine->source - 5);
		return EXIT_USAGE;
	}
	full_source(machine->source, sizeof machine->source, source == NULL ? "live" : source);
	int error = pinion_topology_load(&machine->topology, machine->source, &diag);
	if (error == 0)
		return EXIT_FINE;
	message_diag("topology", machine->source, &diag);
	return exit_of(error);
}

void machine_free(struct machine *machine)
{
	pinion_placement_destroy(machine->placement);
	pinion_topology_destroy(machine->topology);
	machine->placement = NULL;
	machine->topology = NULL;
}

/* ---- options ---- */

struct word {
	const char *text;
	int value;
};

/* False with a message that names the nearest word. */
static bool read_word(const char *option, const char *text, const struct word *words, int *value)
{
	const char *names[24];
	int count = 0;
	for (; words[count].text != NULL; count++) {
		names[count] = words[count].text;
		if (strcmp(text, words[count].text) == 0) {
			*value = words[count].value;
			return true;
		}
	}
	names[count] = NULL;
	const char *near = pinion_job_nearest(text, names);
	message_error("%s: unknown word '%s'%s%s%s", option, text, near ? " (did you mean '" : "",
	              near ? near : "", near ? "'?)" : "");
	return false;
}

static int read_bind(const char *text, pinion_config *config)
{
	static const struct word words[] = {
	    {"close", PINION_BIND_CLOSE},     {"compact", PINION_BIND_CLOSE},
	    {"spread", PINION_BIND_SPREAD},   {"scatter", PINION_BIND_SPREAD},
	    {"balanced", PINION_BIND_SPREAD}, {"explicit", PINION_BIND_EXPLICIT},
	    {"none", PINION_BIND_NONE},       {NULL, 0}};
	int value;
	if (!read_word("--bind", text, words, &value))
		return EXIT_USAGE;
	config->bind = (pinion_bind)value;
	return EXIT_FINE;
}

/* What follows the number of --workers: nothing, or " per OBJECT". */
static int read_per(const char *rest, int number, pinion_config *config)
{
	static const struct word words[] = {
	    {"core", PINION_OBJECT_CORE},      {"pu", PINION_OBJECT_PU},
	    {"thread", PINION_OBJECT_PU},      {"l2", PINION_OBJECT_L2},
	    {"l3", PINION_OBJECT_L3},          {"node", PINION_OBJECT_NODE},
	    {"numa", PINION_OBJECT_NODE},      {"package", PINION_OBJECT_PACKAGE},
	    {"socket", PINION_OBJECT_PACKAGE}, {NULL, 0}};
	if (*rest == '\0') {
		config->workers = number;
		return EXIT_FINE;
	}
	char object[24], extra;
	if (sscanf(rest, " per %23s %c", object, &extra) != 1) {
		message_error("--workers: '%s' is none of auto, a number, \"N per OBJECT\"", rest);
		return EXIT_USAGE;
	}
	int value;
	if (!read_word("--workers", object, words, &value))
		return EXIT_USAGE;
	config->bind = PINION_BIND_PER;
	config->object = (pinion_object)value;
	config->per = number;
	return EXIT_FINE;
}

static int read_workers(const char *text, pinion_config *config)
{
	config->inline_only = strcmp(text, "inline") == 0;
	if (config->inline_only || strcmp(text, "auto") == 0)
		return EXIT_FINE;
	char *end;
	errno = 0;
	long number = strtol(text, &end, 10);
	if (end == text) {
		message_error("--workers: '%s' is none of auto, inline, a number, \"N per OBJECT\"", text);
		return EXIT_USAGE;
	}
	if (errno != 0 || number < 1 || number > MOST_WORKERS) {
		message_error("--workers: %.*s is out of range: 1 to %d, or auto for one per usable core",
		              (int)(end - text), text, MOST_WORKERS);
		return EXIT_USAGE;
	}
	return read_per(end, (int)number, config);
}

int seats_config(const struct seats_request *request, pinion_config *config)
{
	config->topology = request->topology != NULL ? request->topology : config->topology;
	config->places = request->places != NULL ? request->places : config->places;
	config->oversubscribe |= request->oversubscribe;
	int code = request->bind == NULL ? EXIT_FINE : read_bind(request->bind, config);
	if (code == EXIT_FINE && request->workers != NULL)
		code = read_workers(request->workers, config);
	return code;
}

/* ---- seats ---- */

/* NULL text gives NULL places, which is no fault. */
static int read_places(const struct machine *m, const char *where, const char *text,
                       pinion_cpus **out)
{
	pinion_diag diag = {.offset = -1};
	if (text == NULL)
		return EXIT_FINE;
	int error = pinion_cpus_parse(out, m->topology, text, &diag);
	if (error == 0)
		return EXIT_FINE;
	message_diag(where, text, &diag);
	return exit_of(error);
}

static void fill_policy(pinion_policy *policy, const pinion_config *config, bool smt)
{
	*policy = (pinion_policy)PINION_POLICY_INIT;
	policy->bind = config->bind;
	policy->workers = config->workers == 0 && config->inline_only ? 1 : config->workers;
	policy->object = config->object;
	policy->per = config->per;
	policy->smt = smt;
	policy->oversubscribe = config->oversubscribe;
}

int machine_plan(struct machine *machine, const pinion_config *config, const char *exclude,
                 bool smt, const char *origin)
{
	pinion_cpus *places = NULL, *banned = NULL;
	pinion_diag diag = {.offset = -1};
	pinion_policy policy;
	int code = read_places(machine, origin == NULL ? "--places" : origin, config->places, &places);
	if (code == EXIT_FINE)
		code = read_places(machine, origin == NULL ? "--exclude" : origin, exclude, &banned);
	if (code == EXIT_FINE) {
		fill_policy(&policy, config, smt);
		policy.places = places;
		policy.exclude = banned;
		int error = pinion_placement_plan(&machine->placement, machine->topology, &policy, &diag);
		if (error != 0)
			message_diag(origin == NULL ? "placement" : origin, NULL, &diag);
		code = exit_of(error);
	}
	pinion_cpus_destroy(places);
	pinion_cpus_destroy(banned);
	return code;
}

static bool cpus_have(const pinion_cpus *cpus, int os_cpu)
{
	return pinion_cpus_next(cpus, -1, os_cpu - 1) == os_cpu;
}

static int seen_nodes(const struct machine *machine, const pinion_cpus *cpus, bool *seen)
{
	int count = 0;
	for (int p = 0; p < pinion_topology_count(machine->topology).pus; p++) {
		pinion_pu pu = pinion_topology_pu(machine->topology, p);
		if (pu.node < 0 || seen[pu.node] || !cpus_have(cpus, pu.os_cpu))
			continue;
		seen[pu.node] = true;
		count++;
	}
	return count;
}

int machine_nodes_of(const struct machine *machine, const pinion_cpus *cpus)
{
	bool *seen = calloc((size_t)pinion_topology_count(machine->topology).nodes + 1, sizeof *seen);
	int count = seen == NULL ? 0 : seen_nodes(machine, cpus, seen);
	free(seen);
	return count;
}

/* The seats one behind the other, as a list of OS numbers; a processor may stand there twice. */
static char *union_text(const pinion_placement *placement)
{
	int seats = pinion_placement_seats(placement);
	size_t room = 1, used = 0;
	for (int s = 0; s < seats; s++)
		room += strlen(pinion_placement_seat(placement, s).cpus) + 1;
	char *text = calloc(room, 1);
	for (int s = 0; text != NULL && s < seats; s++)
		used += (size_t)snprintf(text + used, room - used, "%s%s", s > 0 ? "," : "",
		                         pinion_placement_seat(placement, s).cpus);
	return text;
}

pinion_cpus *machine_seats_union(const struct machine *machine)
{
	pinion_diag diag = {.offset = -1, .text = "out of memory"};
	pinion_cpus *cpus = NULL;
	char *text = union_text(machine->placement);
	if (text == NULL || pinion_cpus_parse(&cpus, machine->topology, text, &diag) != 0)
		message_diag("seats", NULL, &diag);
	free(text);
	return cpus;
}

const char *bind_name(pinion_bind bind)
{
	static const char *const name[] = {"close", "spread", "per object", "explicit", "none"};
	return (unsigned)bind < 5 ? name[bind] : "unknown";
}

const char *distance_name(pinion_distance distance)
{
	static const char *const name[] = {"self", "core", "L2", "L3", "node", "package", "machine"};
	return (unsigned)distance < PINION_DISTANCES ? name[distance] : "unknown";
}
