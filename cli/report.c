/*
 * The text report.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/report.h"

#include "cli/command.h"
#include "cli/jobfile.h"
#include "cli/machine_view.h"

#include <inttypes.h>
#include <string.h>

#define INTERVAL_RUNS 6 /* fewer have no 95 % interval of the median */

/* ---- beginning and seats ---- */

void report_begin(const struct record *record, FILE *to)
{
	const struct machine *machine = record->machine;
	if (record->job->file != NULL)
		fprintf(to, "job: %s%s%s\n", record->job->name == NULL ? "" : record->job->name,
		        record->job->name == NULL ? "" : ", ", record->job->file);
	fprintf(to, "machine: %s [%s]\n         ", pinion_topology_model(machine->topology),
	        machine->source);
	machine_summary(machine, to);
	fprintf(to, "placement: %s\n\n", pinion_placement_note(machine->placement));
}

static int width_of(const struct record *record, bool obtained)
{
	int width = obtained ? 8 : 5;
	for (int i = 0; i < record->engine.workers; i++) {
		const pinion_worker_report *w = &record->engine.worker[i];
		int length = (int)strlen(obtained ? w->obtained : w->asked);
		width = length > width ? length : width;
	}
	return width;
}

void report_seats(const struct record *record, FILE *to)
{
	int asked = width_of(record, false), obtained = width_of(record, true);
	fprintf(to, "worker  %-*s  %-*s  node  now on  why\n", asked, "asked", obtained, "obtained");
	for (int i = 0; i < record->engine.workers; i++) {
		const pinion_worker_report *w = &record->engine.worker[i];
		fprintf(to, "%6d  %-*s  %-*s  %4d  %6d  %s%s\n", w->worker, asked, w->asked, obtained,
		        w->obtained, w->node, w->os_cpu, w->bound ? "" : "NOT AS ASKED: ", w->why);
	}
	fprintf(to, "%d of %d seats as asked\n\n", record->engine.bound, record->engine.workers);
}

/* ---- a kernel ---- */

static void put_times(const struct workload_result *r, FILE *to)
{
	char median[TEXT_NUMBER], min[TEXT_NUMBER], max[TEXT_NUMBER], low[TEXT_NUMBER],
	    high[TEXT_NUMBER];
	fprintf(to, "  time        median %s, min %s, max %s, %d run%s",
	        text_time(median, r->median_ns), text_time(min, r->min_ns), text_time(max, r->max_ns),
	        r->runs, r->runs == 1 ? "" : "s");
	if (r->runs >= INTERVAL_RUNS)
		fprintf(to, ", 95 %% interval of the median %s to %s", text_time(low, r->ci_low_ns),
		        text_time(high, r->ci_high_ns));
	fputc('\n', to);
}

/* Bytes per nanosecond are GB/s, operations per nanosecond are GFLOP/s. */
static void put_rates(const struct workload_result *r, FILE *to)
{
	if (r->median_ns <= 0 || (r->bytes <= 0 && r->flops <= 0))
		return;
	fprintf(to, "  rate        ");
	if (r->bytes > 0)
		fprintf(to, "%.2f GB/s (best run %.2f)", r->bytes / r->median_ns, r->bytes / r->min_ns);
	if (r->flops > 0)
		fprintf(to, "%s%.2f GFLOP/s (best run %.2f)", r->bytes > 0 ? ", " : "",
		        r->flops / r->median_ns, r->flops / r->min_ns);
	fputc('\n', to);
}

static void put_audit(const pinion_audit *a, FILE *to)
{
	fprintf(to, "  pages       %.1f %% at home: %zu at home, %zu elsewhere, %zu absent",
	        a->percent_home, a->at_home, a->away, a->absent);
	if (a->shared > 0)
		fprintf(to, ", %zu shared by two blocks", a->shared);
	if (a->unknown > 0)
		fprintf(to, ", %zu unknown (%s)", a->unknown, a->reason);
	fprintf(to, "; asked in pages of %zu KiB\n", a->page_bytes / 1024);
}

static void put_ledger(const pinion_ledger *l, bool verbose, FILE *to)
{
	fprintf(to, "  ledger      %s: %" PRIu64 " loops", l->site, l->loops);
	if (l->inlined > 0)
		fprintf(to, " (%" PRIu64 " run by the caller alone)", l->inlined);
	fprintf(to,
	        ", claims %" PRIu64 " home, %" PRIu64 " near, %" PRIu64 " remote; steals %" PRIu64
	        " of %" PRIu64 "\n",
	        l->claims_home, l->claims_near, l->claims_remote, l->steals_won, l->steals_tried);
	if (!verbose)
		return;
	char run[TEXT_NUMBER], steal[TEXT_NUMBER];
	fprintf(to,
	        "              %" PRIu64 " indexes home, %" PRIu64 " near, %" PRIu64
	        " remote; own blocks %s, looking for and running others' %s, summed over workers\n",
	        l->indexes_home, l->indexes_near, l->indexes_remote, text_time(run, (double)l->run_ns),
	        text_time(steal, (double)l->steal_ns));
	for (int d = 0; d < PINION_DISTANCES; d++)
		if (l->steals_won_by[d] > 0)
			fprintf(to, "              %" PRIu64 " steals at distance %s\n", l->steals_won_by[d],
			        distance_name((pinion_distance)d));
}

static void put_kernel(const struct outcome *o, bool verbose, FILE *to)
{
	const struct workload_result *r = &o->result;
	fprintf(to, "%s: kernel %s, engine %s%s%s\n", o->work->name, r->kernel, r->engine,
	        r->variant[0] == '\0' ? "" : ", ", r->variant);
	fprintf(to, "  problem     %s\n", r->problem);
	put_times(r, to);
	put_rates(r, to);
	fprintf(to, "  validation  %s: %s\n", r->valid ? "passed" : "FAILED", r->validation);
	if (r->residuals > 0)
		fprintf(to, "  residual    %.3e after %d iterations, %s\n", r->residual[r->residuals - 1],
		        r->residuals - 1, r->converged ? "converged" : "NOT CONVERGED");
	if (r->rule[0] != '\0')
		fprintf(to, "  rule        %s: %s\n", r->rule, r->verdict);
	if (r->audited)
		put_audit(&r->audit, to);
	for (int i = 0; i < o->ledgers; i++)
		put_ledger(&o->ledger[i], verbose, to);
	if (r->note[0] != '\0')
		fprintf(to, "  note        %s\n", r->note);
}

/* ---- a program ---- */

static void put_end(const struct process_report *p, FILE *to)
{
	char wall[TEXT_NUMBER], user[TEXT_NUMBER], system[TEXT_NUMBER], peak[TEXT_NUMBER];
	if (p->timed_out)
		fprintf(to, "  end         TIMED OUT and was stopped\n");
	else if (p->signal != 0)
		fprintf(to, "  end         KILLED by signal %d (%s)\n", p->signal, strsignal(p->signal));
	else
		fprintf(to, "  end         exit status %d%s\n", p->exit_status,
		        p->exit_status == 0 ? "" : ": FAILED");
	fprintf(to, "  time        %s, processor time %s user and %s system, at most %s resident\n",
	        text_time(wall, p->wall_ns), text_time(user, p->user_ns),
	        text_time(system, p->system_ns), text_bytes(peak, (double)p->peak_bytes));
}

static void put_threads(const struct process_report *p, bool verbose, FILE *to)
{
	const struct observation *seen = &p->seen;
	if (seen->samples == 0) {
		fprintf(to, "  threads     the kernel did not show them\n");
		return;
	}
	fprintf(to,
	        "  threads     at most %d at a time, %d outside the processors asked for (%d looks)\n",
	        seen->threads_most, seen->threads_outside, seen->samples);
	for (int i = 0; i < seen->threads; i++) {
		const struct observed_thread *t = &seen->thread[i];
		if (verbose || !t->inside)
			fprintf(to, "              %d %s: allowed on %s, last on %d\n", t->tid, t->name,
			        t->cpus, t->last_cpu);
	}
}

static void put_pages(const struct observation *seen, FILE *to)
{
	if (seen->pages == 0)
		return;
	fprintf(to, "  pages       %zu of %zu KiB when last looked at:", seen->pages,
	        seen->page_bytes / 1024);
	for (int n = 0; n < OBSERVE_NODES; n++)
		if (seen->node_pages[n] > 0)
			fprintf(to, " OS node %d: %.1f %%", n,
			        100 * (double)seen->node_pages[n] / (double)seen->pages);
	fputc('\n', to);
}

static void put_program(const struct outcome *o, bool verbose, FILE *to)
{
	const struct process_report *p = &o->process;
	char what[256];
	workload_describe(o->work, what, sizeof what);
	fprintf(to, "%s: %s\n", o->work->name, what);
	put_end(p, to);
	fprintf(to, "  processors  asked %s, obtained %s\n", p->asked[0] == '\0' ? "nothing" : p->asked,
	        p->obtained.cpus);
	fprintf(to, "  memory      policy %s\n", p->obtained.memory);
	put_threads(p, verbose, to);
	put_pages(&p->seen, to);
	if (p->note[0] != '\0')
		fprintf(to, "  note        not granted: %s\n", p->note);
}

/* ---- outcomes and the end ---- */

const char *outcome_word(const struct outcome *outcome)
{
	if (outcome->error != 0)
		return "not run";
	return outcome->exit_code == EXIT_FINE ? "passed" : "failed";
}

void report_outcome(const struct record *record, const struct outcome *outcome, bool verbose,
                    FILE *to)
{
	(void)record;
	if (outcome->error != 0) {
		fprintf(to, "%s: NOT RUN: %s\n", outcome->work->name,
		        outcome->diag.text[0] == '\0' ? pinion_strerror(outcome->error)
		                                      : outcome->diag.text);
		if (outcome->diag.note[0] != '\0')
			fprintf(to, "  note        %s\n", outcome->diag.note);
	} else if (outcome->program) {
		put_program(outcome, verbose, to);
	} else {
		put_kernel(outcome, verbose, to);
	}
	fputc('\n', to);
}

static void put_drift(const struct record *record, FILE *to)
{
	if (record->drifted == 0)
		return;
	fprintf(to, "%d worker%s LOST the seat after the start; at the last look:\n", record->drifted,
	        record->drifted == 1 ? "" : "s");
	report_seats(record, to);
}

void report_end(const struct record *record, bool verbose, FILE *to)
{
	int passed = 0;
	for (int i = 0; i < record->outcomes; i++)
		passed += record->outcome[i].exit_code == EXIT_FINE;
	put_drift(record, to);
	if (verbose && record->startup_ms > 0)
		fprintf(to,
		        "start-up: %.1f ms from the start of the process to the first workload, "
		        "%.1f ms to its first run\n",
		        record->startup_ms, record->first_kernel_ms);
	fprintf(to, "%d of %d workload%s passed\n", passed, record->planned,
	        record->planned == 1 ? "" : "s");
}

void report_all(const struct record *record, FILE *to)
{
	fprintf(to, "pinion %s %s on %s at %s\n", pinion_version(), record->command, record->host,
	        record->started);
	report_begin(record, to);
	if (record->seated)
		report_seats(record, to);
	for (int i = 0; i < record->outcomes; i++)
		report_outcome(record, &record->outcome[i], true, to);
	report_end(record, true, to);
}
