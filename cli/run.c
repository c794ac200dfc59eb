/*
 * `pinion run`: the workloads of a job file, on their seats, with proof.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/command.h"
#include "cli/jobfile.h"
#include "cli/plan_view.h"
#include "cli/session.h"

#include <stdlib.h>
#include <string.h>

struct run_options {
	struct option_list set, only;
	struct option_optional json;
	bool plan, verbose, quiet;
};

static const struct option_spec options[] = {
    {"set", 's', OPTION_LIST, offsetof(struct run_options, set), "KEY=VALUE",
     "override a key of the job file; may be repeated", 0, 0},
    {"only", 'o', OPTION_LIST, offsetof(struct run_options, only), "NAME",
     "run only this workload; may be repeated", 0, 0},
    {"plan", 'n', OPTION_FLAG, offsetof(struct run_options, plan), NULL,
     "show the plan and start nothing", 0, 0},
    {"json", 'j', OPTION_OPTIONAL, offsetof(struct run_options, json), "[=FILE]",
     "the report as JSON, to FILE or to standard output (the text then goes to stderr)", 0, 0},
    {"verbose", 'v', OPTION_FLAG, offsetof(struct run_options, verbose), NULL,
     "more detail: start-up time, threads of programs, steals by distance", 0, 0},
    {"quiet", 'q', OPTION_FLAG, offsetof(struct run_options, quiet), NULL,
     "no progress on standard error", 0, 0},
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL, 0, 0}};

static bool job_has(const pinion_job *job, const char *name)
{
	for (int i = 0; i < job->workloads; i++)
		if (strcmp(job->workload[i].name, name) == 0)
			return true;
	return false;
}

static void unknown_workload(const pinion_job *job, const char *name)
{
	const char **names = calloc((size_t)job->workloads + 1, sizeof *names);
	for (int i = 0; names != NULL && i < job->workloads; i++)
		names[i] = job->workload[i].name;
	const char *near = names == NULL ? NULL : pinion_job_nearest(name, names);
	message_error("--only: %s has no workload '%s'%s%s%s", job->file, name,
	              near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
	free(names);
}

static bool only_is_known(const pinion_job *job, const struct option_list *only)
{
	for (int i = 0; i < only->count; i++)
		if (!job_has(job, only->item[i])) {
			unknown_workload(job, only->item[i]);
			return false;
		}
	return true;
}

static int show_plan(const struct run_options *asked, const pinion_job *job,
                     const struct machine *machine)
{
	struct plan_view view = {machine, &job->config, job, asked->verbose};
	struct sink sink;
	if (!sink_open(&sink, &asked->json))
		return EXIT_USAGE;
	if (asked->json.given)
		plan_write(&view, sink.json.stream);
	else
		plan_print(&view, sink.text);
	return sink_close(&sink, true, EXIT_FINE);
}

/* A job that asks for JSON and names no folder gets it on standard output. */
static struct option_optional json_of(const struct run_options *asked, const pinion_job *job)
{
	if (!asked->json.given && job->output_json && job->output_dir == NULL)
		return (struct option_optional){true, NULL};
	return asked->json;
}

static int run_job(const struct invocation *call, const struct run_options *asked,
                   const pinion_job *job, const struct machine *machine)
{
	if (!only_is_known(job, &asked->only))
		return EXIT_USAGE;
	if (asked->plan)
		return show_plan(asked, job, machine);
	if (!pinion_topology_is_live(machine->topology)) {
		message_error("%s: the topology '%s' is not this machine, so nothing can run on it; "
		              "`pinion plan %s` shows what would happen there",
		              job->file, machine->source, job->file);
		return EXIT_PLACEMENT;
	}
	return session_run(&(struct session_request){.command = "run",
	                                             .job = job,
	                                             .machine = machine,
	                                             .only = &asked->only,
	                                             .json = json_of(asked, job),
	                                             .verbose = asked->verbose,
	                                             .quiet = asked->quiet,
	                                             .start_ns = call->start_ns});
}

static int run_file(const struct invocation *call, const struct run_options *asked,
                    const char *path)
{
	struct machine machine;
	pinion_job *job = NULL;
	int code = jobfile_open(&job, &machine, path, &asked->set);
	if (code == EXIT_FINE)
		code = run_job(call, asked, job, &machine);
	machine_free(&machine);
	pinion_job_destroy(job);
	return code;
}

static int run(const struct invocation *call, const struct command *self, int argc, char **argv)
{
	struct run_options asked = {.plan = false};
	struct option_list rest;
	enum options_verdict verdict = options_parse(self, &asked, &rest, argc, argv);
	int code = options_exit(verdict);
	if (verdict == OPTIONS_GO_ON && rest.count != 1)
		message_error("run: takes one FILE, not %d: pinion run job.yaml", rest.count);
	else if (verdict == OPTIONS_GO_ON)
		code = run_file(call, &asked, rest.item[0]);
	options_free(self, &asked, &rest);
	return code;
}

const struct command command_run = {
    .name = "run",
    .summary = "run the workloads of a job file, pinned, validated and audited",
    .usage = "pinion run FILE [--set KEY=VALUE]... [--only NAME]... [--plan] [--json[=FILE]]",
    .about =
        "Reads and checks FILE ('-' is standard input) whole before anything is started, seats\n"
        "the workers, and runs the workloads in the order of the file. The report shows for each\n"
        "worker what was asked, what the kernel granted and why; for each kernel its times, its\n"
        "rate, whether the result is right, whether the accepted rule of the benchmark is kept,\n"
        "where every page is and how many claims ran at home; for each program its exit status,\n"
        "and its processors, threads and pages as the kernel tells them. A workload that fails\n"
        "does not keep the others from running.\n"
        "\n"
        "Ctrl-C ends the run after the step that runs now, without an output file and with exit\n"
        "code 130; a second one kills. Exit code 4: a result did not validate.",
    .examples = "  pinion run docs/examples/first.yaml\n"
                "  pinion run job.yaml --set workers.count=8 --set workloads.cg.matrix=a.mtx\n"
                "  pinion run job.yaml --only triad --json=triad.json\n"
                "  pinion run job.yaml --plan",
    .options = options,
    .run = run,
};
