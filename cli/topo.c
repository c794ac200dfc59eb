/*
 * `pinion topo`: the machine as Pinion sees it, and what this process may use.
 *
 * The tree has one line per core group that shares an L3 (or a node, where no L3
 * is known); processors that exist but may not be used stand in parentheses.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/machine_view.h"

#include "cli/command.h"
#include "cli/output.h"

struct topo_options {
	struct option_optional json;
};

static const struct option_spec options[] = {
    {"json", 'j', OPTION_OPTIONAL, offsetof(struct topo_options, json), "[=FILE]",
     "everything as JSON, to standard output or FILE", 0, 0},
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL, 0, 0}};

static int show(const struct machine *machine, const struct topo_options *asked)
{
	struct sink sink;
	if (!sink_open(&sink, &asked->json))
		return EXIT_USAGE;
	if (!asked->json.given)
		topology_print(machine, sink.text);
	else
		topology_write(machine, sink.json.stream);
	return sink_close(&sink, true, EXIT_FINE);
}

static int run(const struct invocation *call, const struct command *self, int argc, char **argv)
{
	(void)call;
	struct topo_options asked = {.json = {false, NULL}};
	struct option_list rest;
	struct machine machine = {.topology = NULL};
	enum options_verdict verdict = options_parse(self, &asked, &rest, argc, argv);
	int code = options_exit(verdict);
	if (verdict == OPTIONS_GO_ON && rest.count > 1) {
		message_error("topo: takes one SOURCE; '%s' is one too many", rest.item[1]);
	} else if (verdict == OPTIONS_GO_ON) {
		code = machine_load(&machine, rest.count == 1 ? rest.item[0] : NULL);
		if (code == EXIT_FINE)
			code = show(&machine, &asked);
	}
	machine_free(&machine);
	options_free(self, &asked, &rest);
	return code;
}

const struct command command_topo = {
    .name = "topo",
    .summary = "show the machine, and what this process may use of it",
    .usage = "pinion topo [SOURCE] [--json[=FILE]]",
    .about =
        "SOURCE is 'live' (this machine, the default), the path of an hwloc XML file, or\n"
        "'synthetic:DESCRIPTION' in hwloc's language, for looking at machines you do not have.\n"
        "Packages, memory nodes with their distances, L3 groups, cores and processors (OS\n"
        "numbers) are shown; a processor in parentheses exists but may not be used here, and\n"
        "'limits' says what forbids it.",
    .examples = "  pinion topo\n"
                "  pinion topo \"synthetic:package:2 numa:2 l3:1 core:4 pu:2\"\n"
                "  pinion topo node.xml --json | less        (lstopo node.xml makes such a file)",
    .options = options,
    .run = run,
};
