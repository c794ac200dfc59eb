/*
 * `pinion bench`: kernels by name, without a job file. The options make the same
 * job that a file would, and the same code runs it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/json.h"
#include "bench/workload.h"
#include "cli/command.h"
#include "cli/session.h"
#include "cli/size.h"

#include <stdlib.h>
#include <string.h>

struct bench_options {
	struct seats_request seats;
	const char *engine, *size, *matrix, *stores, *schedule;
	int runs, warmup, iterations;
	struct option_optional json;
	bool no_prefault, strict, verbose, quiet;
};

static const struct option_spec options[] = {
    {"engine", 'e', OPTION_TEXT, offsetof(struct bench_options, engine), "NAME",
     "pinion (default), omp (the OpenMP twin) or serial (the plain loop); or a list: pinion,omp", 0,
     0},
    {"size", 'n', OPTION_TEXT, offsetof(struct bench_options, size), "SIZE",
     "per array: 64MiB, 2^26 (elements), \"4 x llc\", \"10% ram\"; for spmv and cg 64x64x64", 0, 0},
    {"matrix", 'm', OPTION_TEXT, offsetof(struct bench_options, matrix), "FILE",
     "a Matrix Market file for spmv and cg", 0, 0},
    SEATS_OPTIONS(struct bench_options, seats),
    {"schedule", 0, OPTION_TEXT, offsetof(struct bench_options, schedule), "HOW",
     "steal (default) or owner (nothing moves)", 0, 0},
    {"stores", 0, OPTION_TEXT, offsetof(struct bench_options, stores), "KIND",
     "auto (default, measured), plain or streaming", 0, 0},
    {"runs", 'r', OPTION_COUNT, offsetof(struct bench_options, runs), "N",
     "exactly N measured runs instead of stopping when the median is certain", 1, 1000000},
    {"warmup", 0, OPTION_COUNT, offsetof(struct bench_options, warmup), "N",
     "runs before measuring, 2 by default", 0, 1000000},
    {"iterations", 0, OPTION_COUNT, offsetof(struct bench_options, iterations), "N",
     "at most this many iterations of cg", 1, 1000000000},
    {"no-prefault", 0, OPTION_FLAG, offsetof(struct bench_options, no_prefault), NULL,
     "let pages appear at first use instead of before", 0, 0},
    {"strict", 0, OPTION_FLAG, offsetof(struct bench_options, strict), NULL,
     "a seat or a binding that is not granted is an error", 0, 0},
    {"json", 'j', OPTION_OPTIONAL, offsetof(struct bench_options, json), "[=FILE]",
     "the report as JSON, to FILE or to standard output (the text then goes to stderr)", 0, 0},
    {"verbose", 'v', OPTION_FLAG, offsetof(struct bench_options, verbose), NULL, "more detail", 0,
     0},
    {"quiet", 'q', OPTION_FLAG, offsetof(struct bench_options, quiet), NULL,
     "no progress on standard error", 0, 0},
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL, 0, 0}};

static void print_kernels(FILE *to)
{
	fprintf(to, "kernels (pinion bench NAME...):\n");
	for (const struct workload_kind *k = workload_table(); k->name != NULL; k++)
		fprintf(to, "  %-8s %s\n", k->name, k->summary);
}

static void write_kernels(FILE *to)
{
	struct json j;
	json_begin(&j, to);
	json_object(&j);
	json_put_int(&j, "schema", 1);
	json_put_string(&j, "command", "bench");
	json_key(&j, "kernels");
	json_object(&j);
	for (const struct workload_kind *k = workload_table(); k->name != NULL; k++)
		json_put_string(&j, k->name, k->summary);
	json_close(&j);
	json_close(&j);
	json_end(&j);
}

static int list_kernels(const struct bench_options *asked)
{
	struct sink sink;
	if (!sink_open(&sink, &asked->json))
		return EXIT_USAGE;
	if (asked->json.given)
		write_kernels(sink.json.stream);
	else
		print_kernels(sink.text);
	return sink_close(&sink, true, EXIT_FINE);
}

/* ---- words ---- */

static bool word_in(const char *option, const char *word, size_t length, const char *const *words)
{
	char text[32];
	snprintf(text, sizeof text, "%.*s", (int)(length < 30 ? length : 30), word);
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	const char *near = pinion_job_nearest(text, words);
	message_error("--%s: unknown word '%s'%s%s%s", option, text, near ? " (did you mean '" : "",
	              near ? near : "", near ? "'?)" : "");
	return false;
}

static bool kernel_is_known(const char *name)
{
	const char *names[64];
	int count = 0;
	for (const struct workload_kind *k = workload_table(); k->name != NULL && count < 63; k++) {
		if (strcmp(k->name, name) == 0)
			return true;
		names[count++] = k->name;
	}
	names[count] = NULL;
	const char *near = pinion_job_nearest(name, names);
	message_error("bench: unknown kernel '%s'%s%s%s; `pinion bench` lists them", name,
	              near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
	return false;
}

static bool words_are_known(const struct bench_options *asked, const struct option_list *kernels)
{
	static const char *const stores[] = {"auto", "plain", "streaming", NULL};
	static const char *const schedules[] = {"steal", "owner", NULL};
	for (int i = 0; i < kernels->count; i++)
		if (!kernel_is_known(kernels->item[i]))
			return false;
	if (asked->stores != NULL && !word_in("stores", asked->stores, strlen(asked->stores), stores))
		return false;
	return asked->schedule == NULL ||
	       word_in("schedule", asked->schedule, strlen(asked->schedule), schedules);
}

/* ---- the job ---- */

#define MOST_ENGINES 3

/* The engines asked for, in order; 0 with a message when a word is unknown. */
static int read_engines(const char *text, const char *engine[MOST_ENGINES])
{
	static const char *const words[] = {"pinion", "omp", "serial", NULL};
	int count = 0;
	for (text = text == NULL ? "pinion" : text; *text != '\0' && count < MOST_ENGINES;) {
		size_t length = strcspn(text, ",");
		if (!word_in("engine", text, length, words))
			return 0;
		for (int i = 0; words[i] != NULL; i++)
			if (strlen(words[i]) == length && strncmp(words[i], text, length) == 0)
				engine[count++] = words[i];
		text += length + (text[length] == ',');
	}
	if (*text != '\0')
		message_error("--engine: at most %d engines", MOST_ENGINES);
	return *text == '\0' ? count : 0;
}

static bool fill_workload(const struct bench_options *asked, const char *kernel, const char *engine,
                          pinion_job_workload *w)
{
	*w = (pinion_job_workload){.name = kernel,
	                           .kernel = kernel,
	                           .engine = engine,
	                           .matrix = asked->matrix,
	                           .stores = asked->stores,
	                           .max_iterations = asked->iterations,
	                           .memory = {.prefault = !asked->no_prefault, .audit = true},
	                           .statistics = {.warmup = asked->warmup,
	                                          .min_runs = asked->runs > 0 ? asked->runs : 10,
	                                          .max_runs = asked->runs > 0 ? asked->runs : 100,
	                                          .half_width = 0.01,
	                                          .seed = 1}};
	if (asked->schedule != NULL)
		w->schedule =
		    strcmp(asked->schedule, "owner") == 0 ? PINION_SCHEDULE_OWNER : PINION_SCHEDULE_STEAL;
	if (asked->size == NULL || size_read(asked->size, w))
		return true;
	message_error(
	    "--size: '%s' is none of 1000000, 2^28, 64MiB, \"10%% ram\", \"4 x llc\", 64x64x64",
	    asked->size);
	return false;
}

static bool make_job(const struct bench_options *asked, const struct option_list *kernels,
                     pinion_job *job)
{
	const char *engine[MOST_ENGINES];
	int engines = read_engines(asked->engine, engine);
	job->workload = calloc((size_t)kernels->count * MOST_ENGINES, sizeof *job->workload);
	if (engines == 0 || job->workload == NULL)
		return false;
	for (int k = 0; k < kernels->count; k++)
		for (int e = 0; e < engines; e++)
			if (!fill_workload(asked, kernels->item[k], engine[e],
			                   &job->workload[job->workloads++]))
				return false;
	return true;
}

/* The environment decides what no option does. */
static int make_config(const struct bench_options *asked, pinion_config *config)
{
	pinion_diag diag = {.offset = -1};
	if (pinion_config_from_env(config, &diag) != 0) {
		message_diag("environment", NULL, &diag);
		return EXIT_USAGE;
	}
	if (asked->strict)
		config->placement = PINION_PLACE_STRICT;
	return seats_config(&asked->seats, config);
}

static int bench(const struct invocation *call, const struct bench_options *asked,
                 const struct option_list *kernels)
{
	pinion_job job = {.config = PINION_CONFIG_INIT};
	struct machine machine = {.topology = NULL};
	struct option_list all = {0, NULL};
	int code = EXIT_USAGE;
	if (words_are_known(asked, kernels) && make_job(asked, kernels, &job))
		code = make_config(asked, &job.config);
	if (code == EXIT_FINE)
		code = machine_load(&machine, NULL);
	if (code == EXIT_FINE)
		code = machine_plan(&machine, &job.config, asked->seats.exclude, asked->seats.smt, NULL);
	if (code == EXIT_FINE)
		code = session_run(&(struct session_request){.command = "bench",
		                                             .job = &job,
		                                             .machine = &machine,
		                                             .only = &all,
		                                             .json = asked->json,
		                                             .verbose = asked->verbose,
		                                             .quiet = asked->quiet,
		                                             .start_ns = call->start_ns});
	machine_free(&machine);
	free(job.workload);
	return code;
}

static int run(const struct invocation *call, const struct command *self, int argc, char **argv)
{
	struct bench_options asked = {.warmup = 2};
	struct option_list rest;
	enum options_verdict verdict = options_parse(self, &asked, &rest, argc, argv);
	int code = options_exit(verdict);
	if (verdict == OPTIONS_GO_ON)
		code = rest.count == 0 ? list_kernels(&asked) : bench(call, &asked, &rest);
	options_free(self, &asked, &rest);
	return code;
}

const struct command command_bench = {
    .name = "bench",
    .summary = "measure kernels by name, with Pinion or with a twin",
    .usage = "pinion bench                        list the kernels\n"
             "pinion bench KERNEL... [OPTION...]",
    .about =
        "Measures, validates and audits each KERNEL like a job file would. Without --size the\n"
        "size is that of the benchmark's accepted rule as far as memory allows; the report says\n"
        "whether the rule is kept. Measuring stops when the 95 % interval of the median is within\n"
        "1 %, after 10 to 100 runs.\n"
        "\n"
        "The environment (PINION_WORKERS, PINION_PLACES, PINION_BIND, PINION_PLACEMENT,\n"
        "PINION_SCHEDULE, PINION_SPIN_US) decides what no option does.",
    .examples = "  pinion bench triad dot --size 256MiB\n"
                "  pinion bench triad --engine pinion,omp,serial --json=triad.json\n"
                "  pinion bench cg --matrix bcsstk13.mtx --workers 1",
    .options = options,
    .run = run,
};
