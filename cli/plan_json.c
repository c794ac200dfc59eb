/*
 * A plan as JSON.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/plan_view.h"

#include "cli/jobfile.h"
#include "cli/machine_view.h"

#include <stdlib.h>

/* [{"distance": "L3", "workers": [1, 2]}, ...], nearest first. */
static void put_order(struct json *j, const pinion_placement *placement, int seat)
{
	const int *order = pinion_placement_order(placement, seat);
	int others = pinion_placement_seats(placement) - 1;
	json_key(j, "steal_order");
	json_array(j);
	for (int i = 0; i < others;) {
		pinion_distance distance = pinion_placement_distance(placement, seat, order[i]);
		json_object(j);
		json_put_string(j, "distance", distance_name(distance));
		json_key(j, "workers");
		json_row(j);
		for (; i < others; i++) {
			if (pinion_placement_distance(placement, seat, order[i]) != distance)
				break;
			json_int(j, order[i]);
		}
		json_close(j);
		json_close(j);
	}
	json_close(j);
}

static void put_seats(struct json *j, const pinion_placement *placement)
{
	json_key(j, "seats");
	json_array(j);
	for (int s = 0; s < pinion_placement_seats(placement); s++) {
		json_object(j);
		seat_members(j, placement, s);
		put_order(j, placement, s);
		json_close(j);
	}
	json_close(j);
}

static void put_homes(struct json *j, const pinion_placement *placement)
{
	int *worker = calloc((size_t)pinion_placement_seats(placement), sizeof *worker), workers;
	json_key(j, "homes");
	json_array(j);
	for (int n = 0; worker != NULL && n < pinion_placement_nodes(placement); n++) {
		json_object(j);
		json_put_int(j, "node", n);
		json_put_number(j, "share", plan_home(placement, n, worker, &workers));
		json_key(j, "workers");
		json_row(j);
		for (int i = 0; i < workers; i++)
			json_int(j, worker[i]);
		json_close(j);
		json_close(j);
	}
	json_close(j);
	free(worker);
}

static void put_workload(struct json *j, const pinion_job *job, const pinion_job_workload *work)
{
	char what[256];
	workload_describe(work, what, sizeof what);
	json_object(j);
	json_put_string(j, "name", work->name);
	json_put_string(j, "what", what);
	json_put_string(j, "kernel", work->kernel);
	if (work->kernel != NULL) {
		json_put_string(j, "engine", work->engine == NULL ? "pinion" : work->engine);
		json_put_string(j, "schedule", schedule_name(job, work));
		json_put_string(j, "memory", home_name(work->memory.home));
		json_put_bool(j, "prefault", work->memory.prefault);
		json_put_int(j, "min_runs", work->statistics.min_runs);
		json_put_int(j, "max_runs", work->statistics.max_runs);
	} else {
		json_put_string(j, "places", work->places);
	}
	json_close(j);
}

void plan_write(const struct plan_view *plan, FILE *to)
{
	struct json j;
	json_begin(&j, to);
	json_object(&j);
	json_put_int(&j, "schema", 1);
	json_put_string(&j, "command", "plan");
	json_put_string(&j, "version", pinion_version());
	json_put_string(&j, "file", plan->job == NULL ? NULL : plan->job->file);
	json_key(&j, "machine");
	json_object(&j);
	machine_members(&j, plan->machine);
	json_close(&j);
	json_put_int(&j, "workers", pinion_placement_seats(plan->machine->placement));
	json_put_string(&j, "bind", bind_name(plan->config->bind));
	json_put_string(&j, "note", pinion_placement_note(plan->machine->placement));
	put_seats(&j, plan->machine->placement);
	put_homes(&j, plan->machine->placement);
	json_key(&j, "workloads");
	json_array(&j);
	for (int i = 0; plan->job != NULL && i < plan->job->workloads; i++)
		put_workload(&j, plan->job, &plan->job->workload[i]);
	json_close(&j);
	json_close(&j);
	json_end(&j);
}
