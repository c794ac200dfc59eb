/*
 * Progress lines.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/progress.h"

#include "cli/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REDRAW_NS 100000000u           /* a terminal is redrawn at most this often inside a phase */
#define FIRST_NS  1000000000u          /* elsewhere the first line of a phase waits this long */
#define AGAIN_NS  UINT64_C(5000000000) /* and the next ones this long */

void progress_init(struct progress *progress, bool quiet, int items)
{
	const char *term = getenv("TERM");
	bool dumb = term == NULL || strcmp(term, "dumb") == 0;
	*progress = (struct progress){
	    .quiet = quiet, .terminal = isatty(STDERR_FILENO) && !dumb, .items = items};
}

/* "[2/4] cg: measure 12 of at most 100, 3.2 s" */
static void describe(const struct progress *p, int done, int total, char *line, size_t bytes)
{
	int used = snprintf(line, bytes, "[%d/%d] %.40s: %s", p->item, p->items, p->name, p->phase);
	size_t at = used < 0 ? 0 : (size_t)used;
	if (total > 0 && at < bytes)
		at += (size_t)snprintf(line + at, bytes - at, " %d of at most %d", done, total);
	if (at < bytes)
		snprintf(line + at, bytes - at, ", %.1f s", (double)(clock_now() - p->item_ns) / 1e9);
}

static void print(struct progress *p, int done, int total)
{
	char line[160];
	describe(p, done, total, line, sizeof line);
	fprintf(stderr, p->terminal ? "\r\033[K%s" : "%s\n", line);
	fflush(stderr);
	p->printed_ns = clock_now();
	p->phase_printed = true;
}

void progress_item(struct progress *progress, const char *name)
{
	progress->item++;
	progress->name = name;
	progress->item_ns = clock_now();
	snprintf(progress->phase, sizeof progress->phase, "begins");
	progress->phase_printed = false;
	if (progress->quiet)
		return;
	if (progress->terminal)
		print(progress, 0, 0);
	else
		fprintf(stderr, "[%d/%d] %s\n", progress->item, progress->items, name);
	progress->printed_ns = clock_now();
}

static bool is_run(const char *phase)
{
	return strcmp(phase, "warm up") == 0 || strcmp(phase, "measure") == 0;
}

/* How long after the last line the next one may come. */
static uint64_t gap_of(const struct progress *p)
{
	if (p->terminal)
		return p->phase_printed ? REDRAW_NS : 0;
	return p->phase_printed ? AGAIN_NS : FIRST_NS;
}

void progress_step(void *ctx, const char *phase, int done, int total)
{
	struct progress *p = ctx;
	uint64_t now = clock_now();
	if (p->first_kernel_ns == 0 && is_run(phase))
		p->first_kernel_ns = now;
	if (strcmp(p->phase, phase) != 0) {
		snprintf(p->phase, sizeof p->phase, "%s", phase);
		p->phase_printed = false;
	}
	if (!p->quiet && now - p->printed_ns >= gap_of(p))
		print(p, done, total);
}

void progress_clear(struct progress *progress)
{
	if (!progress->quiet && progress->terminal)
		fputs("\r\033[K", stderr);
}
