/*
 * Reading and checking job files.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/jobfile.h"

#include "bench/workload.h"
#include "cli/command.h"

#include <inttypes.h>
#include <stdlib.h>

/* The kernels that this program can run, as the reader wants them. NULL when memory is out. */
static pinion_job_kernel *known_kernels(void)
{
	const struct workload_kind *kind = workload_table();
	size_t count = 0;
	while (kind[count].name != NULL)
		count++;
	pinion_job_kernel *table = calloc(count + 1, sizeof *table);
	for (size_t i = 0; table != NULL && i < count; i++)
		table[i] = (pinion_job_kernel){kind[i].name, kind[i].parameters};
	return table;
}

int jobfile_read(pinion_job **out, const char *path, const struct option_list *set,
                 pinion_log errors, void *ctx)
{
	pinion_job_kernel *kernels = known_kernels();
	int error = kernels == NULL
	                ? PINION_ERR_NOMEM
	                : pinion_job_read(out, path, set->item, set->count, kernels, errors, ctx);
	if (error == PINION_ERR_NOMEM)
		message_error("out of memory");
	free(kernels);
	return exit_of(error);
}

int jobfile_machine(const pinion_job *job, struct machine *machine, pinion_log errors, void *ctx)
{
	int code = machine_load(machine, job->config.topology);
	if (code != EXIT_FINE)
		return code;
	int error = pinion_job_check(job, machine->topology, errors, ctx);
	if (error == PINION_ERR_NOMEM)
		message_error("out of memory");
	return exit_of(error);
}

int jobfile_plan(const pinion_job *job, struct machine *machine)
{
	return machine_plan(machine, &job->config, job->exclude, job->smt_all, job->file);
}

int jobfile_open(pinion_job **out, struct machine *machine, const char *path,
                 const struct option_list *set)
{
	*machine = (struct machine){.topology = NULL};
	int code = jobfile_read(out, path, set, message_line, NULL);
	if (code == EXIT_FINE)
		code = jobfile_machine(*out, machine, message_line, NULL);
	if (code == EXIT_FINE)
		code = jobfile_plan(*out, machine);
	if (code == EXIT_FINE)
		return code;
	machine_free(machine);
	pinion_job_destroy(*out);
	*out = NULL;
	return code;
}

/* ---- words ---- */

static void describe_size(const pinion_job_workload *w, char *to, size_t bytes)
{
	char number[TEXT_NUMBER];
	if (w->matrix != NULL)
		snprintf(to, bytes, ", matrix %s", w->matrix);
	else if (w->grid[0] > 0)
		snprintf(to, bytes, ", grid %" PRIu64 "x%" PRIu64 "x%" PRIu64, w->grid[0], w->grid[1],
		         w->grid[2]);
	else if (w->size_unit == 1)
		snprintf(to, bytes, ", %" PRIu64 " elements per array", w->size);
	else if (w->size_unit == 2)
		snprintf(to, bytes, ", %s per array", text_bytes(number, (double)w->size));
	else if (w->size_unit == 3)
		snprintf(to, bytes, ", %g %% of memory per array", w->size_value);
	else if (w->size_unit == 4)
		snprintf(to, bytes, ", %g x last-level cache per array", w->size_value);
	else
		snprintf(to, bytes, ", automatic size");
}

void workload_describe(const pinion_job_workload *work, char *to, size_t bytes)
{
	char size[160];
	if (work->kernel != NULL) {
		describe_size(work, size, sizeof size);
		snprintf(to, bytes, "kernel %s%s", work->kernel, size);
		return;
	}
	size_t used = (size_t)snprintf(to, bytes, "command");
	for (char **word = work->command; *word != NULL && used < bytes; word++)
		used += (size_t)snprintf(to + used, bytes - used, " %s", *word);
}

const char *schedule_name(const pinion_job *job, const pinion_job_workload *work)
{
	pinion_schedule schedule = work->schedule;
	if (schedule == PINION_SCHEDULE_DEFAULT)
		schedule = job->config.schedule;
	return schedule == PINION_SCHEDULE_OWNER ? "owner" : "steal";
}

const char *home_name(pinion_home home)
{
	static const char *const name[] = {"preferred", "bind", "interleave", "local"};
	return (unsigned)home < 4 ? name[home] : "unknown";
}
