/*
 * `pinion check`: everything that is wrong with a job file, and nothing started.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/json.h"
#include "cli/command.h"
#include "cli/jobfile.h"
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

struct check_options {
	struct option_list set;
	struct option_optional json;
};

static const struct option_spec options[] = {
    {"set", 's', OPTION_LIST, offsetof(struct check_options, set), "KEY=VALUE",
     "override a key of the job file; may be repeated", 0, 0},
    {"json", 'j', OPTION_OPTIONAL, offsetof(struct check_options, json), "[=FILE]",
     "the verdict as JSON, to standard output or FILE", 0, 0},
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL, 0, 0}};

/* Messages go to standard error at once, and are kept for the JSON. */
struct messages {
	char **line;
	int count;
};

static void keep(void *ctx, const char *line)
{
	struct messages *m = ctx;
	message_line(NULL, line);
	char **grown = realloc(m->line, ((size_t)m->count + 1) * sizeof *grown);
	if (grown == NULL)
		return;
	m->line = grown;
	m->line[m->count] = strdup(line);
	m->count += m->line[m->count] != NULL;
}

static void messages_fini(struct messages *m)
{
	for (int i = 0; i < m->count; i++)
		free(m->line[i]);
	free(m->line);
}

static void write_json(const char *path, int code, const struct messages *messages,
                       const pinion_job *job, const struct machine *machine, FILE *to)
{
	struct json j;
	json_begin(&j, to);
	json_object(&j);
	json_put_int(&j, "schema", 1);
	json_put_string(&j, "command", "check");
	json_put_string(&j, "file", path);
	json_put_bool(&j, "ok", code == EXIT_FINE);
	json_put_int(&j, "exit_code", code);
	json_key(&j, "messages");
	json_array(&j);
	for (int i = 0; i < messages->count; i++)
		json_string(&j, messages->line[i]);
	json_close(&j);
	if (code == EXIT_FINE) {
		json_put_int(&j, "workloads", job->workloads);
		json_put_int(&j, "workers", pinion_placement_seats(machine->placement));
		json_put_string(&j, "topology", machine->source);
	}
	json_close(&j);
	json_end(&j);
}

static int check(const char *path, const struct check_options *asked)
{
	struct messages messages = {NULL, 0};
	struct machine machine = {.topology = NULL};
	pinion_job *job = NULL;
	struct sink sink;
	if (!sink_open(&sink, &asked->json))
		return EXIT_USAGE;
	int code = jobfile_read(&job, path, &asked->set, keep, &messages);
	if (code == EXIT_FINE)
		code = jobfile_machine(job, &machine, keep, &messages);
	if (code == EXIT_FINE)
		code = jobfile_plan(job, &machine);
	if (code == EXIT_FINE && !asked->json.given)
		fprintf(sink.text, "%s: fine: %d workload%s, %d worker%s on %s\n", path, job->workloads,
		        job->workloads == 1 ? "" : "s", pinion_placement_seats(machine.placement),
		        pinion_placement_seats(machine.placement) == 1 ? "" : "s", machine.source);
	if (asked->json.given)
		write_json(path, code, &messages, job, &machine, sink.json.stream);
	code = sink_close(&sink, true, code);
	messages_fini(&messages);
	machine_free(&machine);
	pinion_job_destroy(job);
	return code;
}

static int run(const struct invocation *call, const struct command *self, int argc, char **argv)
{
	(void)call;
	struct check_options asked = {.json = {false, NULL}};
	struct option_list rest;
	enum options_verdict verdict = options_parse(self, &asked, &rest, argc, argv);
	int code = options_exit(verdict);
	if (verdict == OPTIONS_GO_ON && rest.count != 1)
		message_error("check: takes one FILE, not %d", rest.count);
	else if (verdict == OPTIONS_GO_ON)
		code = check(rest.item[0], &asked);
	options_free(self, &asked, &rest);
	return code;
}

const struct command command_check = {
    .name = "check",
    .summary = "validate a job file without running it",
    .usage = "pinion check FILE [--set KEY=VALUE]... [--json[=FILE]]",
    .about =
        "Reports every fault of the file at once, each with file, line, column and the nearest\n"
        "legal word, and then whether its places exist on the machine that it names. FILE may be\n"
        "'-' for standard input. Exit code 2: the file is wrong; 3: the machine does not have it.",
    .examples = "  pinion check job.yaml\n"
                "  pinion check job.yaml --set workers.count=8 --set workloads.cg.matrix=a.mtx",
    .options = options,
    .run = run,
};
