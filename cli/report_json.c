/*
 * The JSON report, schema 1. Times are in nanoseconds where the key ends in _ns,
 * rates follow from bytes, flops and the samples, which are all kept.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/report.h"

#include "cli/command.h"
#include "cli/jobfile.h"
#include "cli/machine_view.h"

/* ---- seats ---- */

static void put_worker(struct json *j, const pinion_worker_report *w)
{
	json_object(j);
	json_put_int(j, "worker", w->worker);
	json_put_string(j, "asked", w->asked);
	json_put_string(j, "obtained", w->obtained);
	json_put_bool(j, "bound", w->bound);
	json_put_int(j, "node", w->node);
	json_put_int(j, "os_cpu", w->os_cpu);
	json_put_int(j, "os_tid", w->os_tid);
	json_put_bool(j, "adopted", w->adopted);
	json_put_string(j, "why", w->why);
	json_put_uint(j, "tasks", w->tasks);
	json_put_uint(j, "tasks_stolen", w->tasks_stolen);
	json_put_uint(j, "parks", w->parks);
	json_put_uint(j, "run_ns", w->run_ns);
	json_put_uint(j, "park_ns", w->park_ns);
	json_close(j);
}

/* What the kernel granted where the engine ran, else only what was planned. */
static void put_seats(struct json *j, const struct record *record)
{
	const pinion_placement *placement = record->machine->placement;
	json_key(j, "seats");
	json_array(j);
	for (int i = 0; record->seated && i < record->engine.workers; i++)
		put_worker(j, &record->engine.worker[i]);
	for (int i = 0; !record->seated && i < pinion_placement_seats(placement); i++) {
		json_object(j);
		seat_members(j, placement, i);
		json_close(j);
	}
	json_close(j);
}

static void put_placement(struct json *j, const struct record *record)
{
	json_key(j, "placement");
	json_object(j);
	json_put_string(j, "bind", bind_name(record->job->config.bind));
	json_put_string(j, "note", pinion_placement_note(record->machine->placement));
	json_put_int(j, "workers", pinion_placement_seats(record->machine->placement));
	json_key(j, "as_asked");
	if (record->seated)
		json_int(j, record->engine.bound);
	else
		json_null(j);
	json_put_int(j, "drifted", record->drifted);
	put_seats(j, record);
	json_close(j);
}

/* ---- a kernel ---- */

static void put_time(struct json *j, const struct workload_result *r)
{
	json_put_int(j, "runs", r->runs);
	json_put_number(j, "median_ns", r->median_ns);
	json_put_number(j, "min_ns", r->min_ns);
	json_put_number(j, "max_ns", r->max_ns);
	json_key(j, "median_ci95_ns");
	json_row(j);
	json_number(j, r->ci_low_ns);
	json_number(j, r->ci_high_ns);
	json_close(j);
	json_key(j, "sample_ns");
	json_numbers(j, r->sample_ns, (size_t)r->runs);
	json_put_number(j, "bytes_per_run", r->bytes);
	json_put_number(j, "flops_per_run", r->flops);
	json_key(j, "gb_per_s");
	json_number(j, r->bytes > 0 && r->median_ns > 0 ? r->bytes / r->median_ns : 0.0);
	json_key(j, "gflop_per_s");
	json_number(j, r->flops > 0 && r->median_ns > 0 ? r->flops / r->median_ns : 0.0);
}

static void put_validation(struct json *j, const struct workload_result *r)
{
	json_key(j, "validation");
	json_object(j);
	json_put_bool(j, "passed", r->valid);
	json_put_string(j, "text", r->validation);
	json_close(j);
	json_key(j, "rule");
	if (r->rule[0] == '\0') {
		json_null(j);
		return;
	}
	json_object(j);
	json_put_string(j, "name", r->rule);
	json_put_bool(j, "conforming", r->conforming);
	json_put_string(j, "verdict", r->verdict);
	json_close(j);
}

static void put_audit(struct json *j, const struct workload_result *r)
{
	json_key(j, "pages");
	if (!r->audited) {
		json_null(j);
		return;
	}
	json_object(j);
	json_put_number(j, "percent_home", r->audit.percent_home);
	json_put_uint(j, "pages", r->audit.pages);
	json_put_uint(j, "at_home", r->audit.at_home);
	json_put_uint(j, "away", r->audit.away);
	json_put_uint(j, "absent", r->audit.absent);
	json_put_uint(j, "unknown", r->audit.unknown);
	json_put_uint(j, "shared", r->audit.shared);
	json_put_uint(j, "page_bytes", r->audit.page_bytes);
	json_put_string(j, "reason", r->audit.reason[0] == '\0' ? NULL : r->audit.reason);
	json_close(j);
}

static void put_three(struct json *j, const char *key, uint64_t home, uint64_t near,
                      uint64_t remote)
{
	json_key(j, key);
	json_object(j);
	json_put_uint(j, "home", home);
	json_put_uint(j, "near", near);
	json_put_uint(j, "remote", remote);
	json_close(j);
}

static void put_ledger(struct json *j, const pinion_ledger *l)
{
	json_object(j);
	json_put_string(j, "site", l->site);
	json_put_uint(j, "loops", l->loops);
	json_put_uint(j, "inlined", l->inlined);
	put_three(j, "claims", l->claims_home, l->claims_near, l->claims_remote);
	put_three(j, "indexes", l->indexes_home, l->indexes_near, l->indexes_remote);
	put_three(j, "bytes", l->bytes_home, l->bytes_near, l->bytes_remote);
	json_put_uint(j, "steals_tried", l->steals_tried);
	json_put_uint(j, "steals_won", l->steals_won);
	json_key(j, "steals_won_by");
	json_object(j);
	for (int d = 1; d < PINION_DISTANCES; d++)
		json_put_uint(j, distance_name((pinion_distance)d), l->steals_won_by[d]);
	json_close(j);
	json_put_uint(j, "run_ns", l->run_ns);
	json_put_uint(j, "steal_ns", l->steal_ns);
	json_close(j);
}

static void put_kernel(struct json *j, const struct outcome *o)
{
	const struct workload_result *r = &o->result;
	json_put_string(j, "kernel", r->kernel);
	json_put_string(j, "engine", r->engine);
	json_put_string(j, "variant", r->variant);
	json_put_string(j, "problem", r->problem);
	put_time(j, r);
	put_validation(j, r);
	put_audit(j, r);
	json_key(j, "ledger");
	json_array(j);
	for (int i = 0; i < o->ledgers; i++)
		put_ledger(j, &o->ledger[i]);
	json_close(j);
	if (r->residuals > 0) {
		json_put_bool(j, "converged", r->converged);
		json_key(j, "residual");
		json_numbers(j, r->residual, (size_t)r->residuals);
	}
	json_put_string(j, "note", r->note[0] == '\0' ? NULL : r->note);
}

/* ---- a program ---- */

static void put_threads(struct json *j, const struct observation *seen)
{
	json_key(j, "threads");
	json_object(j);
	json_put_int(j, "looks", seen->samples);
	json_put_int(j, "most", seen->threads_most);
	json_put_int(j, "outside", seen->threads_outside);
	json_key(j, "seen");
	json_array(j);
	for (int i = 0; i < seen->threads; i++) {
		json_object(j);
		json_put_int(j, "os_tid", seen->thread[i].tid);
		json_put_string(j, "name", seen->thread[i].name);
		json_put_string(j, "cpus", seen->thread[i].cpus);
		json_put_int(j, "os_cpu", seen->thread[i].last_cpu);
		json_put_bool(j, "inside", seen->thread[i].inside);
		json_close(j);
	}
	json_close(j);
	json_close(j);
}

static void put_pages(struct json *j, const struct observation *seen)
{
	json_key(j, "pages");
	json_object(j);
	json_put_uint(j, "pages", seen->pages);
	json_put_uint(j, "page_bytes", seen->page_bytes);
	json_key(j, "by_os_node");
	json_object(j);
	for (int n = 0; n < OBSERVE_NODES; n++) {
		char name[12];
		snprintf(name, sizeof name, "%d", n);
		if (seen->node_pages[n] > 0)
			json_put_uint(j, name, seen->node_pages[n]);
	}
	json_close(j);
	json_close(j);
}

static void put_program(struct json *j, const struct outcome *o)
{
	const struct process_report *p = &o->process;
	json_key(j, "argv");
	json_array(j);
	for (char **word = o->work->command; *word != NULL; word++)
		json_string(j, *word);
	json_close(j);
	json_put_int(j, "pid", p->pid);
	json_key(j, "exit_status");
	if (p->signal == 0)
		json_int(j, p->exit_status);
	else
		json_null(j);
	json_key(j, "signal");
	if (p->signal != 0)
		json_int(j, p->signal);
	else
		json_null(j);
	json_put_bool(j, "timed_out", p->timed_out);
	json_put_number(j, "wall_ns", p->wall_ns);
	json_put_number(j, "user_ns", p->user_ns);
	json_put_number(j, "system_ns", p->system_ns);
	json_put_uint(j, "peak_bytes", p->peak_bytes);
	json_put_string(j, "asked", p->asked[0] == '\0' ? NULL : p->asked);
	json_put_string(j, "obtained", p->obtained.cpus);
	json_put_string(j, "memory_policy", p->obtained.memory);
	put_threads(j, &p->seen);
	put_pages(j, &p->seen);
	json_put_string(j, "note", p->note[0] == '\0' ? NULL : p->note);
}

/* ---- the document ---- */

static void put_outcome(struct json *j, const struct outcome *o)
{
	json_object(j);
	json_put_string(j, "name", o->work->name);
	json_put_string(j, "outcome", outcome_word(o));
	json_put_int(j, "exit_code", o->exit_code);
	if (o->error != 0)
		json_put_string(j, "error",
		                o->diag.text[0] == '\0' ? pinion_strerror(o->error) : o->diag.text);
	else if (o->program)
		put_program(j, o);
	else
		put_kernel(j, o);
	json_close(j);
}

static void put_milliseconds(struct json *j, const char *key, double ms)
{
	json_key(j, key);
	if (ms > 0)
		json_number(j, ms);
	else
		json_null(j);
}

void report_write(const struct record *record, FILE *to)
{
	struct json j;
	json_begin(&j, to);
	json_object(&j);
	json_put_int(&j, "schema", 1);
	json_put_string(&j, "command", record->command);
	json_put_string(&j, "version", pinion_version());
	json_put_string(&j, "host", record->host);
	json_put_string(&j, "started", record->started);
	json_put_string(&j, "name", record->job->name);
	json_put_string(&j, "file", record->job->file);
	put_milliseconds(&j, "startup_ms", record->startup_ms);
	put_milliseconds(&j, "first_kernel_ms", record->first_kernel_ms);
	json_key(&j, "machine");
	json_object(&j);
	machine_members(&j, record->machine);
	json_close(&j);
	put_placement(&j, record);
	json_key(&j, "workloads");
	json_array(&j);
	for (int i = 0; i < record->outcomes; i++)
		put_outcome(&j, &record->outcome[i]);
	json_close(&j);
	json_put_int(&j, "exit_code", record->exit_code);
	json_close(&j);
	json_end(&j);
}
