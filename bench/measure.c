/*
 * What every family needs while it is measured: diagnostics, notes, progress,
 * and the refusal of parameters that a kernel does not have.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/measure.h"

#include "bench/size.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int measure_fail(struct measure *m, int error, const char *format, ...)
{
	va_list args;

	*m->diag = (pinion_diag){.offset = -1};
	va_start(args, format);
	vsnprintf(m->diag->text, sizeof m->diag->text, format, args);
	va_end(args);
	return error;
}

void measure_note(struct measure *m, const char *format, ...)
{
	char *note = m->result->note;
	size_t room = sizeof m->result->note, used = strlen(note);
	const char *separator = used == 0 ? "" : "; ";
	char text[sizeof m->result->note];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (used + strlen(separator) + strlen(text) < room)
		snprintf(note + used, room - used, "%s%s", separator, text);
}

void measure_note_cached(struct measure *m, double bytes)
{
	double llc = (double)m->params->llc_bytes;

	if (llc > 0 && bytes <= llc)
		measure_note(m, "the operands fit in the last-level cache (%s): the rate is not memory's",
		             size_text(llc).text);
}

bool measure_stopped(const struct measure *m, const char *phase, int done, int total)
{
	if (m->progress != NULL)
		m->progress(m->ctx, phase, done, total);
	return m->stop != NULL && *m->stop != 0;
}

pinion_kernel_options measure_options(const struct measure *m)
{
	pinion_kernel_options options = PINION_KERNEL_OPTIONS_INIT;

	options.schedule = m->params->schedule;
	options.grain = m->params->grain;
	if (m->params->stores == WORKLOAD_STORES_PLAIN)
		options.stores = PINION_STORES_PLAIN;
	if (m->params->stores == WORKLOAD_STORES_STREAMING)
		options.stores = PINION_STORES_STREAMING;
	return options;
}

double measure_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int measure_refuse_size(struct measure *m)
{
	if (m->params->elements == 0)
		return 0;
	return measure_fail(m, PINION_ERR_ARG,
	                    "%s has no number of elements; its size is a grid (64x64x64) or a matrix",
	                    m->steps->name);
}

int measure_refuse_matrix(struct measure *m)
{
	const size_t *grid = m->params->grid;

	if (m->params->matrix != NULL)
		return measure_fail(m, PINION_ERR_ARG, "%s takes no matrix", m->steps->name);
	if (grid[0] != 0 || grid[1] != 0 || grid[2] != 0)
		return measure_fail(m, PINION_ERR_ARG,
		                    "%s takes no grid; its size is a number of elements or bytes",
		                    m->steps->name);
	return 0;
}

int measure_refuse_stores(struct measure *m)
{
	if (m->params->stores == WORKLOAD_STORES_AUTO)
		return 0;
	return measure_fail(m, PINION_ERR_ARG,
	                    "%s has no choice of stores; only copy, scale, add, triad and stream do",
	                    m->steps->name);
}

int measure_refuse_solver(struct measure *m)
{
	if (m->params->max_iterations == 0 && m->params->tolerance == 0.0)
		return 0;
	return measure_fail(m, PINION_ERR_ARG,
	                    "%s does not iterate; max_iterations and tolerance belong to cg",
	                    m->steps->name);
}
