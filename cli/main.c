/*
 * The `pinion` command: finds the command that is meant and hands the rest of
 * the line to it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/command.h"
#include "cli/signals.h"

#include <pinion/job.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct command *const commands[] = {&command_topo, &command_plan,  &command_check,
                                                 &command_run,  &command_bench, &command_pin};

#define COMMANDS (sizeof commands / sizeof commands[0])

/* The processor time used so far was spent before main: loading and linking the program. */
static uint64_t process_start_ns(void)
{
	struct timespec used;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return clock_now() - ((uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec);
}

static void print_usage(FILE *to)
{
	fprintf(to,
	        "pinion %s: pinned parallel work on NUMA machines, with proof\n\n"
	        "usage: pinion COMMAND [ARGUMENT...]\n\n",
	        pinion_version());
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-6s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(to,
	        "  help   pinion help COMMAND: the options of a command, with examples\n\n"
	        "start here:\n"
	        "  pinion topo                          what this machine is, and what may be used\n"
	        "  pinion run docs/examples/first.yaml  triad, dot, SpMV and CG, pinned and audited\n"
	        "  pinion pin 0-3 -- ./program          any program on chosen processors\n\n"
	        "exit codes: 0 fine, 1 a run failed, 2 file or usage error, 3 placement impossible or\n"
	        "drifted, 4 a result did not validate, 5 a gate failed, 130 interrupted\n");
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[COMMANDS + 2] = {NULL};
	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i]->name;
	names[COMMANDS] = "help";
	const char *near = pinion_job_nearest(name, names);
	message_error("unknown command '%s'%s%s%s; `pinion --help` lists them", name,
	              near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
	return EXIT_USAGE;
}

static int help(int argc, char **argv)
{
	if (argc < 3) {
		print_usage(stdout);
		return EXIT_FINE;
	}
	const struct command *command = find_command(argv[2]);
	if (command == NULL)
		return unknown_command(argv[2]);
	command_help(command, stdout);
	return EXIT_FINE;
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

static int dispatch(const struct invocation *call, int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (is_one_of(argv[1], "help", "--help", "-h"))
		return help(argc, argv);
	if (is_one_of(argv[1], "--version", "-V", "version")) {
		printf("pinion %s\n", pinion_version());
		return EXIT_FINE;
	}
	const struct command *command = find_command(argv[1]);
	if (command == NULL)
		return unknown_command(argv[1]);
	return command->run(call, command, argc - 1, argv + 1);
}

/* A full disk behind standard output is a failure, not silence. */
static int finish_output(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	message_error("standard output: %s", strerror(errno));
	return code == EXIT_FINE ? EXIT_RUN_FAILED : code;
}

int main(int argc, char **argv)
{
	struct invocation call = {.start_ns = process_start_ns()};
	signals_install();
	return finish_output(dispatch(&call, argc, argv));
}
