/*
 * A plan as text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/plan_view.h"

#include "cli/command.h"
#include "cli/jobfile.h"
#include "cli/machine_view.h"

#include <pinion/partition.h>

#include <stdlib.h>
#include <string.h>

#define STEAL_SHOWN 12 /* seats of one distance in a line of text */

double plan_home(const pinion_placement *placement, int node, int *worker, int *workers)
{
	int seats = pinion_placement_seats(placement);
	size_t size = (size_t)seats * 4096, owned = 0;
	pinion_partition *partition;
	*workers = 0;
	if (pinion_partition_block(&partition, placement, size, 0) != 0)
		return 0;
	for (size_t b = 0; b < pinion_partition_blocks(partition); b++) {
		pinion_block block = pinion_partition_at(partition, b);
		if (block.home != node)
			continue;
		owned += block.end - block.begin;
		worker[(*workers)++] = block.owner;
	}
	pinion_partition_destroy(partition);
	return (double)owned / (double)size;
}

static int cpus_width(const pinion_placement *placement)
{
	int width = 4;
	for (int s = 0; s < pinion_placement_seats(placement); s++) {
		int length = (int)strlen(pinion_placement_seat(placement, s).cpus);
		width = length > width ? length : width;
	}
	return width;
}

static void put_index(FILE *to, int width, int index)
{
	if (index < 0)
		fprintf(to, "  %*s", width, "-");
	else
		fprintf(to, "  %*d", width, index);
}

static void print_seats(const pinion_placement *placement, FILE *to)
{
	int width = cpus_width(placement);
	fprintf(to, "worker  %-*s  core   L3  node  package  why\n", width, "cpus");
	for (int i = 0; i < pinion_placement_seats(placement); i++) {
		pinion_seat seat = pinion_placement_seat(placement, i);
		fprintf(to, "%6d  %-*s", i, width, seat.cpus);
		put_index(to, 4, seat.core);
		put_index(to, 3, seat.l3);
		put_index(to, 4, seat.node);
		put_index(to, 7, seat.package);
		fprintf(to, "  %s\n", seat.reason);
	}
}

static void print_homes(const struct machine *machine, FILE *to)
{
	int seats = pinion_placement_seats(machine->placement), workers;
	int *worker = calloc((size_t)seats, sizeof *worker);
	if (worker == NULL)
		return;
	fprintf(to, "memory homes: each array is cut into %d equal block%s, one per worker\n", seats,
	        seats == 1 ? "" : "s");
	for (int n = 0; n < pinion_placement_nodes(machine->placement); n++) {
		char list[64], size[TEXT_NUMBER];
		double share = plan_home(machine->placement, n, worker, &workers);
		if (workers == 0)
			continue;
		list_format(list, sizeof list, worker, workers);
		fprintf(to, "  node %d (%s): %.1f %%, blocks of worker%s %s\n", n,
		        text_bytes(size, (double)pinion_topology_node(machine->topology, n).memory_bytes),
		        100 * share, workers == 1 ? "" : "s", list);
	}
	free(worker);
}

/* "1 2 3 (L3)": the seats from order[at] on that are equally far; returns the first behind
 * them. */
static int print_ring(const pinion_placement *placement, int seat, int at, FILE *to)
{
	const int *order = pinion_placement_order(placement, seat);
	int others = pinion_placement_seats(placement) - 1, shown = 0;
	pinion_distance distance = pinion_placement_distance(placement, seat, order[at]);
	for (; at < others; at++) {
		if (pinion_placement_distance(placement, seat, order[at]) != distance)
			break;
		if (shown++ < STEAL_SHOWN)
			fprintf(to, " %d", order[at]);
	}
	fprintf(to, "%s (%s)", shown > STEAL_SHOWN ? " ..." : "", distance_name(distance));
	return at;
}

static void print_order_of(const pinion_placement *placement, int seat, FILE *to)
{
	fprintf(to, "  worker %d:", seat);
	for (int at = 0; at < pinion_placement_seats(placement) - 1;)
		at = print_ring(placement, seat, at, to);
	fputc('\n', to);
}

static void print_order(const struct plan_view *plan, FILE *to)
{
	int seats = pinion_placement_seats(plan->machine->placement);
	if (seats < 2)
		return;
	fprintf(to, "steal order: where an idle worker looks, nearest first%s\n",
	        plan->verbose || seats == 2 ? "" : " (all workers: --verbose)");
	for (int s = 0; s < seats && (s == 0 || plan->verbose || seats == 2); s++)
		print_order_of(plan->machine->placement, s, to);
}

static void print_workload(const pinion_job *job, const pinion_job_workload *work, FILE *to)
{
	char what[256];
	workload_describe(work, what, sizeof what);
	fprintf(to, "  %s: %s", work->name, what);
	if (work->kernel != NULL)
		fprintf(to, ", engine %s, schedule %s, memory %s, %d to %d runs",
		        work->engine == NULL ? "pinion" : work->engine, schedule_name(job, work),
		        home_name(work->memory.home), work->statistics.min_runs, work->statistics.max_runs);
	else
		fprintf(to, ", on %s", work->places == NULL ? "the processors of all seats" : work->places);
	fputc('\n', to);
}

void plan_print(const struct plan_view *plan, FILE *to)
{
	const struct machine *machine = plan->machine;
	fprintf(to, "machine: %s [%s]\n         ", pinion_topology_model(machine->topology),
	        machine->source);
	machine_summary(machine, to);
	fprintf(to, "plan: %s\n", pinion_placement_note(machine->placement));
	print_seats(machine->placement, to);
	print_homes(machine, to);
	print_order(plan, to);
	fprintf(to, "limits\n");
	limits_print(machine, to);
	if (plan->job != NULL)
		fprintf(to, "workloads, in this order\n");
	for (int i = 0; plan->job != NULL && i < plan->job->workloads; i++)
		print_workload(plan->job, &plan->job->workload[i], to);
}
