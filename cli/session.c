/*
 * The order of a run: open the outputs, then per workload start or stop the
 * engine as it needs, measure, record, print; then close the outputs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/session.h"

#include "cli/command.h"
#include "cli/folder.h"
#include "cli/params.h"
#include "cli/report.h"
#include "cli/signals.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct session {
	const struct session_request *request;
	struct record record;
	struct sink sink;
	struct folder folder;
	struct progress progress;
	pinion_engine *engine;
	uint64_t memory_bytes;
	int bound_at_start;
};

/* ---- the engine ---- */

static void log_line(void *ctx, const char *line)
{
	progress_clear(ctx);
	fprintf(stderr, "pinion: %s\n", line);
}

static int create_engine(struct session *s)
{
	pinion_config config = s->request->job->config;
	pinion_diag diag = {.offset = -1};
	config.log = log_line;
	config.log_ctx = &s->progress;
	int error = pinion_engine_create(&s->engine, s->request->machine->placement, &config, &diag);
	if (error != 0)
		message_diag("engine", NULL, &diag);
	return exit_of(error);
}

/* Look at the seats once more; the newest look stays in the record. */
static void look_at_seats(struct session *s)
{
	pinion_report now;
	if (!pinion_engine_running(s->engine) || pinion_report_take(s->engine, &now) != 0)
		return;
	if (s->record.seated) {
		int lost = s->bound_at_start - now.bound;
		s->record.drifted = lost > s->record.drifted ? lost : s->record.drifted;
		pinion_report_free(&s->record.engine);
	} else {
		s->bound_at_start = now.bound;
	}
	s->record.engine = now;
	s->record.seated = true;
}

static int start_engine(struct session *s)
{
	pinion_diag diag = {.offset = -1};
	int code = s->engine == NULL ? create_engine(s) : EXIT_FINE;
	if (code != EXIT_FINE || pinion_engine_running(s->engine))
		return code;
	int error = pinion_engine_start(s->engine, &diag);
	if (error != 0) {
		progress_clear(&s->progress);
		message_diag("engine", NULL, &diag);
		return exit_of(error);
	}
	bool first = !s->record.seated;
	look_at_seats(s);
	if (first && s->record.seated) {
		progress_clear(&s->progress);
		report_seats(&s->record, s->sink.text);
	}
	return EXIT_FINE;
}

static void stop_engine(struct session *s)
{
	if (s->engine == NULL || !pinion_engine_running(s->engine))
		return;
	look_at_seats(s);
	pinion_engine_stop(s->engine);
}

/* ---- a kernel ---- */

/* The sites that were used since the ledgers were last set to zero. */
static void take_ledgers(const struct session *s, struct outcome *o)
{
	int sites = pinion_ledger_sites(s->engine);
	o->ledger = calloc((size_t)sites + 1, sizeof *o->ledger);
	for (int i = 0; o->ledger != NULL && i < sites; i++) {
		pinion_ledger *to = &o->ledger[o->ledgers];
		if (pinion_ledger_take(s->engine, i, to) == 0 && to->loops > 0)
			o->ledgers++;
	}
}

/* The exit code for what workload_measure returned: a wrong input file is a file error. */
static int exit_of_workload(int error)
{
	return error == PINION_ERR_RANGE ? EXIT_USAGE : exit_of(error);
}

static int prepare_engine(struct session *s, enum workload_engine engine)
{
	if (engine != WORKLOAD_PINION) {
		stop_engine(s);
		return s->engine == NULL ? create_engine(s) : EXIT_FINE;
	}
	int code = start_engine(s);
	if (code == EXIT_FINE)
		pinion_ledger_reset(s->engine);
	return code;
}

static void run_kernel(struct session *s, struct outcome *o)
{
	const pinion_job_statistics *t = &o->work->statistics;
	struct workload_params params =
	    params_of(o->work, s->request->job, s->request->machine, s->memory_bytes);
	struct workload_stats_options stats = {t->warmup, t->min_runs, t->max_runs, t->half_width,
	                                       t->min_time_ns};
	o->exit_code = prepare_engine(s, params.engine);
	if (o->exit_code != EXIT_FINE) {
		o->error = PINION_ERR_STATE;
		snprintf(o->diag.text, sizeof o->diag.text, "the engine could not be started");
		return;
	}
	if (s->record.startup_ms <= 0)
		s->record.startup_ms = (double)(clock_now() - s->request->start_ns) / 1e6;
	o->error = workload_measure(s->engine, &params, &stats, progress_step, &s->progress,
	                            signals_stop(), &o->result, &o->diag);
	o->exit_code = exit_of_workload(o->error);
	if (o->error == 0 && (!o->result.valid || !o->result.converged))
		o->exit_code = EXIT_INVALID; /* a solver that did not solve has no result to accept */
	if (params.engine == WORKLOAD_PINION)
		take_ledgers(s, o);
}

/* ---- a program ---- */

/* The nodes of the processors that a program gets serve its pages as the homes of blocks serve
 * an array. */
static pinion_memory_policy policy_of(const struct session *s, const pinion_job_workload *w,
                                      const pinion_cpus *cpus)
{
	if (w->memory.home == PINION_HOME_BIND)
		return PINION_MEMORY_BIND;
	if (w->memory.home == PINION_HOME_INTERLEAVE)
		return PINION_MEMORY_INTERLEAVE;
	/* Preferred names one node; over several, the kernel's local first touch is what is meant. */
	bool one = cpus != NULL && machine_nodes_of(s->request->machine, cpus) == 1;
	return w->memory.home == PINION_HOME_PREFERRED && one ? PINION_MEMORY_PREFERRED
	                                                      : PINION_MEMORY_DEFAULT;
}

/* NULL in *cpus: the program is not to be bound. */
static int program_cpus(const struct session *s, const pinion_job_workload *w, pinion_cpus **cpus)
{
	const pinion_config *config = &s->request->job->config;
	pinion_diag diag = {.offset = -1};
	*cpus = NULL;
	if (config->placement == PINION_PLACE_OFF)
		return EXIT_FINE;
	if (w->places == NULL) {
		if (config->bind != PINION_BIND_NONE)
			*cpus = machine_seats_union(s->request->machine);
		return *cpus != NULL || config->bind == PINION_BIND_NONE ? EXIT_FINE : EXIT_RUN_FAILED;
	}
	int error = pinion_cpus_parse(cpus, s->request->machine->topology, w->places, &diag);
	if (error != 0)
		message_diag(w->name, w->places, &diag);
	return exit_of(error);
}

static int exit_of_program(const struct session *s, const struct outcome *o)
{
	if (o->error == PINION_ERR_CANCELED)
		return EXIT_INTERRUPTED;
	if (o->error == PINION_ERR_PLACE || o->error == PINION_ERR_PERM || o->error == PINION_ERR_RANGE)
		return EXIT_PLACEMENT;
	if (o->error != 0 || o->process.exit_status != 0)
		return EXIT_RUN_FAILED;
	bool strict = s->request->job->config.placement == PINION_PLACE_STRICT;
	return strict && o->process.seen.threads_outside > 0 ? EXIT_PLACEMENT : EXIT_FINE;
}

static void run_program(struct session *s, struct outcome *o)
{
	const pinion_job_workload *w = o->work;
	pinion_cpus *cpus;
	stop_engine(s);
	o->program = true;
	o->exit_code = program_cpus(s, w, &cpus);
	if (o->exit_code != EXIT_FINE) {
		o->error = PINION_ERR_PLACE;
		snprintf(o->diag.text, sizeof o->diag.text, "its places cannot be had");
		return;
	}
	struct process_request request = {.argv = w->command,
	                                  .cwd = w->cwd,
	                                  .env_set = w->env_set,
	                                  .env_unset = w->env_unset,
	                                  .topology = s->request->machine->topology,
	                                  .cpus = cpus,
	                                  .policy = policy_of(s, w, cpus),
	                                  .strict =
	                                      s->request->job->config.placement == PINION_PLACE_STRICT,
	                                  .timeout_ns = w->timeout_ns,
	                                  .output_to_stderr = s->sink.text == stderr};
	progress_clear(&s->progress);
	o->error = process_run(&request, signals_stop(), &o->process, &o->diag);
	o->exit_code = exit_of_program(s, o);
	pinion_cpus_destroy(cpus);
}

/* ---- the run ---- */

static bool is_wanted(const struct session_request *request, const char *name)
{
	bool wanted = request->only->count == 0;
	for (int i = 0; i < request->only->count; i++)
		wanted |= strcmp(request->only->item[i], name) == 0;
	return wanted;
}

static void record_init(struct session *s)
{
	struct record *r = &s->record;
	time_t now = time(NULL);
	struct tm local;
	r->command = s->request->command;
	r->job = s->request->job;
	r->machine = s->request->machine;
	for (int i = 0; i < r->job->workloads; i++)
		r->planned += is_wanted(s->request, r->job->workload[i].name);
	if (localtime_r(&now, &local) == NULL ||
	    strftime(r->started, sizeof r->started, "%Y-%m-%dT%H:%M:%S%z", &local) == 0)
		snprintf(r->started, sizeof r->started, "unknown");
	if (gethostname(r->host, sizeof r->host - 1) != 0)
		snprintf(r->host, sizeof r->host, "unknown");
}

/* Where the report is not in front of the user, an error must still be. */
static void tell_error(const struct session *s, const struct outcome *o)
{
	if (o->error != 0 && s->sink.text == stdout && !isatty(STDOUT_FILENO))
		message_error("%s: %s", o->work->name,
		              o->diag.text[0] == '\0' ? pinion_strerror(o->error) : o->diag.text);
}

static void run_one(struct session *s, const pinion_job_workload *work)
{
	struct record *r = &s->record;
	struct outcome *o = &r->outcome[r->outcomes];
	*o = (struct outcome){.work = work, .diag = {.offset = -1}};
	progress_item(&s->progress, work->name);
	if (work->kernel != NULL)
		run_kernel(s, o);
	else
		run_program(s, o);
	progress_clear(&s->progress);
	if (o->exit_code == EXIT_INTERRUPTED) {
		r->exit_code = EXIT_INTERRUPTED;
		workload_result_free(&o->result);
		free(o->ledger);
		return;
	}
	r->outcomes++;
	if (r->exit_code == EXIT_FINE)
		r->exit_code = o->exit_code;
	report_outcome(r, o, s->request->verbose, s->sink.text);
	fflush(s->sink.text);
	tell_error(s, o);
}

static void run_all(struct session *s)
{
	const pinion_job *job = s->request->job;
	signals_graceful(true);
	for (int i = 0; i < job->workloads && s->record.exit_code != EXIT_INTERRUPTED; i++) {
		if (*signals_stop() != 0)
			s->record.exit_code = EXIT_INTERRUPTED;
		else if (is_wanted(s->request, job->workload[i].name))
			run_one(s, &job->workload[i]);
	}
	stop_engine(s);
	/* A signal that came after the last workload has nothing left to end. */
	signals_graceful(false);
	if (s->progress.first_kernel_ns != 0)
		s->record.first_kernel_ms =
		    (double)(s->progress.first_kernel_ns - s->request->start_ns) / 1e6;
}

static void judge_placement(struct session *s)
{
	struct record *r = &s->record;
	if (r->drifted == 0 || r->exit_code != EXIT_FINE)
		return;
	if (r->job->config.placement == PINION_PLACE_STRICT)
		r->exit_code = EXIT_PLACEMENT;
}

static void record_fini(struct record *r)
{
	for (int i = 0; i < r->outcomes; i++) {
		workload_result_free(&r->outcome[i].result);
		free(r->outcome[i].ledger);
	}
	free(r->outcome);
	if (r->seated)
		pinion_report_free(&r->engine);
}

static int finish(struct session *s)
{
	struct record *r = &s->record;
	bool complete = r->exit_code != EXIT_INTERRUPTED;
	if (!complete)
		message_error("interrupted: %d of %d workloads were finished; no output file was written",
		              r->outcomes, r->planned);
	else
		report_end(r, s->request->verbose, s->sink.text);
	fflush(s->sink.text);
	if (complete && s->sink.json_wanted)
		report_write(r, s->sink.json.stream);
	int code = folder_close(&s->folder, r, complete);
	return sink_close(&s->sink, complete && code == r->exit_code, code);
}

int session_run(const struct session_request *request)
{
	struct session s = {.request = request};
	int code = EXIT_RUN_FAILED;
	record_init(&s);
	if (!sink_open(&s.sink, &request->json))
		return EXIT_USAGE;
	if (!folder_open(&s.folder, &s.record)) {
		code = sink_close(&s.sink, false, EXIT_USAGE);
		return code;
	}
	progress_init(&s.progress, request->quiet, s.record.planned);
	s.memory_bytes = machine_memory(request->machine->topology);
	s.record.outcome = calloc((size_t)s.record.planned + 1, sizeof *s.record.outcome);
	if (s.record.outcome != NULL) {
		report_begin(&s.record, s.sink.text);
		run_all(&s);
		judge_placement(&s);
	} else {
		message_error("out of memory");
		s.record.exit_code = EXIT_RUN_FAILED;
	}
	code = finish(&s);
	pinion_engine_destroy(s.engine);
	record_fini(&s.record);
	return code;
}
