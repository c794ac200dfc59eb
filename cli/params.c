/*
 * What a job says about a kernel, in the words of the measuring library.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/params.h"

#include <string.h>

static size_t elements_of(const pinion_job_workload *w, uint64_t llc_bytes, uint64_t memory_bytes)
{
	double bytes = 0;
	if (w->size_unit == 1)
		return (size_t)w->size;
	if (w->size_unit == 2)
		bytes = (double)w->size;
	else if (w->size_unit == 3)
		bytes = w->size_value / 100 * (double)memory_bytes;
	else if (w->size_unit == 4)
		bytes = w->size_value * (double)llc_bytes;
	else
		return 0;
	return bytes < 16 ? 1 : (size_t)(bytes / sizeof(double));
}

static enum workload_engine engine_of(const pinion_job_workload *w)
{
	if (w->engine == NULL || strcmp(w->engine, "pinion") == 0)
		return WORKLOAD_PINION;
	return strcmp(w->engine, "omp") == 0 ? WORKLOAD_OMP : WORKLOAD_SERIAL;
}

static enum workload_stores stores_of(const pinion_job_workload *w)
{
	if (w->stores == NULL || strcmp(w->stores, "auto") == 0)
		return WORKLOAD_STORES_AUTO;
	return strcmp(w->stores, "plain") == 0 ? WORKLOAD_STORES_PLAIN : WORKLOAD_STORES_STREAMING;
}

struct workload_params params_of(const pinion_job_workload *work, const pinion_job *job,
                                 const struct machine *machine, uint64_t memory_bytes)
{
	const pinion_job_workload *w = work;
	bool strict = job->config.placement == PINION_PLACE_STRICT;
	uint64_t llc_bytes = pinion_topology_llc_bytes(machine->topology);
	struct workload_params p = {
	    .kernel = w->kernel,
	    .engine = engine_of(w),
	    .elements = elements_of(w, llc_bytes, memory_bytes),
	    .matrix = w->matrix,
	    .stores = stores_of(w),
	    .max_iterations = w->max_iterations,
	    .tolerance = w->tolerance,
	    .schedule = w->schedule,
	    .grain = w->grain,
	    .memory = {sizeof p.memory, w->memory.home, w->memory.pages, strict},
	    .prefault = w->memory.prefault,
	    .audit = w->memory.audit,
	    .seed = w->statistics.seed,
	    .llc_bytes = llc_bytes,
	    .memory_bytes = memory_bytes};
	for (int i = 0; i < 3; i++)
		p.grid[i] = (size_t)w->grid[i];
	return p;
}
