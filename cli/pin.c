/*
 * `pinion pin`: bind this process, then become the command.
 *
 * Affinity and memory policy survive exec, so the program needs to know nothing
 * of Pinion. Both are read back before the program begins.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/command.h"
#include "cli/machine.h"
#include "cli/observe.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

struct pin_options {
	const char *memory;
	bool verbose;
};

static const struct option_spec options[] = {
    {"memory", 'm', OPTION_TEXT, offsetof(struct pin_options, memory), "POLICY[:NODES]",
     "default, bind, preferred or interleave; NODES like 0-1,3, or 'same' (the nodes of PLACES)", 0,
     0},
    {"verbose", 'v', OPTION_FLAG, offsetof(struct pin_options, verbose), NULL,
     "say on standard error what the kernel granted", 0, 0},
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL, 0, 0}};

static int bind_processors(const struct machine *machine, const char *text, pinion_cpus **cpus)
{
	pinion_diag diag = {.offset = -1};
	int error = pinion_cpus_parse(cpus, machine->topology, text, &diag);
	if (error != 0) {
		message_diag("PLACES", text, &diag);
		return exit_of(error);
	}
	error = pinion_cpus_bind_self(*cpus, &diag);
	if (error != 0)
		message_diag("processors", NULL, &diag);
	return exit_of(error);
}

static bool read_policy(const char *word, pinion_memory_policy *policy)
{
	static const char *const names[] = {"default", "bind", "preferred", "interleave", NULL};
	for (int i = 0; names[i] != NULL; i++)
		if (strcmp(word, names[i]) == 0) {
			*policy = (pinion_memory_policy)i;
			return true;
		}
	const char *near = pinion_job_nearest(word, names);
	message_error("--memory: unknown policy '%s'%s%s%s: default, bind, preferred, interleave", word,
	              near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
	return false;
}

static int bind_memory(const struct machine *machine, const char *text, const pinion_cpus *cpus)
{
	char word[24];
	size_t length = strcspn(text, ":");
	const char *nodes = text[length] == ':' ? text + length + 1 : "same";
	pinion_diag diag = {.offset = -1};
	pinion_memory_policy policy;
	snprintf(word, sizeof word, "%.*s", (int)(length < 20 ? length : 20), text);
	if (!read_policy(word, &policy))
		return EXIT_USAGE;
	int error = pinion_memory_bind_self(
	    machine->topology, policy, policy == PINION_MEMORY_DEFAULT ? NULL : nodes, cpus, &diag);
	if (error != 0)
		message_diag("--memory", nodes, &diag);
	return exit_of(error);
}

static void tell(void)
{
	struct binding own;
	observe_self(&own);
	fprintf(stderr, "pinion: processors %s; memory %s\n", own.cpus, own.memory);
}

static int become(const struct option_list *rest)
{
	/* The list has room for the NULL behind its last item. */
	char **argv = (char **)(void *)(rest->item + 1);
	execvp(argv[0], argv);
	bool missing = errno == ENOENT;
	message_error(missing ? "the command '%s' does not exist%s"
	                      : "the command '%s' cannot be run: %s",
	              argv[0], missing ? "" : strerror(errno));
	return missing ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

static int pin(const struct pin_options *asked, const struct option_list *rest)
{
	struct machine machine;
	pinion_cpus *cpus = NULL;
	int code = machine_load(&machine, NULL);
	if (code == EXIT_FINE)
		code = bind_processors(&machine, rest->item[0], &cpus);
	if (code == EXIT_FINE && asked->memory != NULL)
		code = bind_memory(&machine, asked->memory, cpus);
	pinion_cpus_destroy(cpus);
	machine_free(&machine);
	if (code != EXIT_FINE)
		return code;
	if (asked->verbose)
		tell();
	return become(rest);
}

static int run(const struct invocation *call, const struct command *self, int argc, char **argv)
{
	(void)call;
	struct pin_options asked = {.memory = NULL};
	struct option_list rest;
	enum options_verdict verdict = options_parse(self, &asked, &rest, argc, argv);
	int code = options_exit(verdict);
	if (verdict == OPTIONS_GO_ON && rest.count == 0)
		message_error("pin: needs PLACES and a command: pinion pin 0-3 -- ./program");
	else if (verdict == OPTIONS_GO_ON && rest.count == 1)
		message_error("pin: needs a command: pinion pin %s -- ./program", rest.item[0]);
	else if (verdict == OPTIONS_GO_ON)
		code = pin(&asked, &rest);
	options_free(self, &asked, &rest);
	return code;
}

const struct command command_pin = {
    .name = "pin",
    .summary = "run one command on chosen processors and memory nodes",
    .usage = "pinion pin PLACES [--memory POLICY[:NODES]] [-v] -- COMMAND [ARGUMENT...]",
    .about =
        "Binds itself to the union of PLACES, sets the memory policy, reads both back, and then\n"
        "becomes COMMAND, which inherits them with all its threads and children. Options stand\n"
        "before COMMAND. Node numbers are logical, as `pinion topo` shows them.\n"
        "\n"
        "PLACES: OS processor numbers 0-3,8 or 0-31:2 or all; hwloc tuples package:0.core:0-3,\n"
        "numa:1.core:all; OpenMP places cores, sockets, \"{0:4}:2:4\".\n"
        "\n"
        "The exit code is that of COMMAND; 127 when it does not exist, 126 when it cannot be\n"
        "run; 2 for a mistake on the command line, 3 when a binding is impossible or refused.",
    .examples = "  pinion pin 0-3 -- ./solver --input case.h5\n"
                "  pinion pin numa:0.core:all --memory bind -- ./solver\n"
                "  pinion pin package:1.core:0-7 -m interleave:2-3 -v -- python3 train.py",
    .options = options,
    .leading = 1,
    .run = run,
};
