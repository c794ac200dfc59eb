/*
 * `pinion plan`: who would sit where, without starting anything.
 *
 * With a job file the seat options become overrides of that file, so that they
 * pass the same validator as everything else in it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/plan_view.h"

#include "cli/command.h"
#include "cli/jobfile.h"
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

struct plan_options {
	struct seats_request seats;
	struct option_list set;
	struct option_optional json;
	bool verbose;
};

static const struct option_spec options[] = {
    {"topology", 't', OPTION_TEXT, offsetof(struct plan_options, seats.topology), "SOURCE",
     "live (default), an hwloc XML file, or synthetic:DESCRIPTION", 0, 0},
    SEATS_OPTIONS(struct plan_options, seats),
    {"set", 's', OPTION_LIST, offsetof(struct plan_options, set), "KEY=VALUE",
     "override a key of the job file; may be repeated", 0, 0},
    {"verbose", 'v', OPTION_FLAG, offsetof(struct plan_options, verbose), NULL,
     "show the steal order of every worker", 0, 0},
    {"json", 'j', OPTION_OPTIONAL, offsetof(struct plan_options, json), "[=FILE]",
     "everything as JSON, to standard output or FILE", 0, 0},
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL, 0, 0}};

static int show(const struct plan_view *plan, const struct option_optional *json)
{
	struct sink sink;
	if (!sink_open(&sink, json))
		return EXIT_USAGE;
	if (json->given)
		plan_write(plan, sink.json.stream);
	else
		plan_print(plan, sink.text);
	return sink_close(&sink, true, EXIT_FINE);
}

static int plan_options_only(const struct plan_options *asked)
{
	pinion_config config = PINION_CONFIG_INIT;
	struct machine machine = {.topology = NULL};
	if (asked->set.count > 0) {
		message_error("plan: --set overrides keys of a job file, and there is none");
		return EXIT_USAGE;
	}
	int code = seats_config(&asked->seats, &config);
	if (code == EXIT_FINE)
		code = machine_load(&machine, config.topology);
	if (code == EXIT_FINE)
		code = machine_plan(&machine, &config, asked->seats.exclude, asked->seats.smt, NULL);
	if (code == EXIT_FINE)
		code = show(&(struct plan_view){&machine, &config, NULL, asked->verbose}, &asked->json);
	machine_free(&machine);
	return code;
}

/* ---- seat options as overrides of a job file ---- */

#define OVERRIDES 7

struct overrides {
	struct option_list list; /* what the user set, then ours */
	char *made[OVERRIDES];   /* to be freed */
	int count;
	bool failed;
};

/* KEY="VALUE" with what YAML's double quotes ask for. A whole number stays bare: it is typed. */
static char *override_text(const char *key, const char *value)
{
	size_t length = strlen(key) + 2 * strlen(value) + 4;
	char *text = calloc(length, 1), *to = text;
	bool bare = value[strspn(value, "0123456789-")] == '\0' || strcmp(value, "true") == 0;
	if (text == NULL)
		return NULL;
	to += sprintf(to, bare ? "%s=" : "%s=\"", key);
	for (; *value != '\0'; value++) {
		if (!bare && (*value == '"' || *value == '\\'))
			*to++ = '\\';
		*to++ = *value;
	}
	if (!bare)
		*to++ = '"';
	return text;
}

static void override(struct overrides *o, const char *key, const char *value)
{
	if (value == NULL || o->failed)
		return;
	char *text = override_text(key, value);
	o->failed = text == NULL;
	if (o->failed)
		return;
	o->made[o->count++] = text;
	o->list.item[o->list.count++] = text;
}

static void overrides_init(struct overrides *o, const struct plan_options *asked)
{
	const struct seats_request *seats = &asked->seats;
	*o = (struct overrides){.count = 0};
	o->list.item = calloc((size_t)asked->set.count + OVERRIDES, sizeof *o->list.item);
	o->failed = o->list.item == NULL;
	for (int i = 0; !o->failed && i < asked->set.count; i++)
		o->list.item[o->list.count++] = asked->set.item[i];
	override(o, "topology.source", seats->topology);
	override(o, "topology.exclude", seats->exclude);
	override(o, "topology.smt", seats->smt ? "all" : NULL);
	override(o, "workers.count", seats->workers);
	override(o, "workers.places", seats->places);
	override(o, "workers.bind", seats->bind);
	override(o, "workers.oversubscribe", seats->oversubscribe ? "true" : NULL);
}

static void overrides_fini(struct overrides *o)
{
	for (int i = 0; i < o->count; i++)
		free(o->made[i]);
	free(o->list.item);
}

static int plan_file(const char *path, const struct plan_options *asked)
{
	struct overrides overrides;
	struct machine machine = {.topology = NULL};
	pinion_job *job = NULL;
	overrides_init(&overrides, asked);
	int code = EXIT_RUN_FAILED;
	if (overrides.failed)
		message_error("out of memory");
	else
		code = jobfile_open(&job, &machine, path, &overrides.list);
	if (code == EXIT_FINE)
		code = show(&(struct plan_view){&machine, &job->config, job, asked->verbose}, &asked->json);
	machine_free(&machine);
	pinion_job_destroy(job);
	overrides_fini(&overrides);
	return code;
}

static int run(const struct invocation *call, const struct command *self, int argc, char **argv)
{
	(void)call;
	struct plan_options asked = {.verbose = false};
	struct option_list rest;
	enum options_verdict verdict = options_parse(self, &asked, &rest, argc, argv);
	int code = options_exit(verdict);
	if (verdict == OPTIONS_GO_ON && rest.count > 1)
		message_error("plan: takes one FILE; '%s' is one too many", rest.item[1]);
	else if (verdict == OPTIONS_GO_ON)
		code = rest.count == 1 ? plan_file(rest.item[0], &asked) : plan_options_only(&asked);
	options_free(self, &asked, &rest);
	return code;
}

const struct command command_plan = {
    .name = "plan",
    .summary = "dry run: who would sit where, on this machine or any other",
    .usage = "pinion plan [OPTION...]\npinion plan FILE [--set KEY=VALUE]... [OPTION...]",
    .about =
        "Shows the seat of every worker and why it is there, the home of every part of an\n"
        "array, and the order in which idle workers look for work. Nothing is started. With\n"
        "--topology the machine may be one that you do not have. With FILE the options override\n"
        "that file. Exit code 3: the placement is impossible.",
    .examples = "  pinion plan\n"
                "  pinion plan --workers \"2 per node\"\n"
                "  pinion plan --topology \"synthetic:package:2 numa:2 l3:1 core:8 pu:2\" --bind "
                "spread -w 8\n"
                "  pinion plan job.yaml --topology node.xml --json=plan.json",
    .options = options,
    .run = run,
};
