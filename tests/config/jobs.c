/*
 * Shared helpers of the job-file tests.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/config/jobs.h"

#include "engine/yaml/draft.h"
#include "tests/support/check.h"

static const char *const stream[] = {"size", "stores", NULL};
static const char *const reduce[] = {"size", NULL};
static const char *const sparse[] = {"size", "matrix", NULL};
static const char *const solver[] = {"size", "matrix", "max_iterations", "tolerance", NULL};

const pinion_job_kernel jobs_kernels[] = {{"copy", stream}, {"triad", stream}, {"sum", reduce},
                                          {"dot", reduce},  {"spmv", sparse},  {"cg", solver},
                                          {NULL, NULL}};

void lines_add(void *ctx, const char *line)
{
	struct lines *lines = ctx;
	size_t bytes = strlen(line);
	CHECK(strchr(line, '\n') == NULL);
	lines->text = realloc(lines->text, lines->bytes + bytes + 2);
	CHECK(lines->text != NULL);
	memcpy(lines->text + lines->bytes, line, bytes);
	memcpy(lines->text + lines->bytes + bytes, "\n", 2);
	lines->bytes += bytes + 1;
	lines->count++;
}

void lines_free(struct lines *lines)
{
	free(lines->text);
	*lines = (struct lines){NULL, 0, 0};
}

char *jobs_slurp(const char *path, size_t *bytes)
{
	FILE *file = fopen(path, "rb");
	if (!file) {
		fprintf(stderr, "%s cannot be opened\n", path);
		exit(1);
	}
	CHECK(fseek(file, 0, SEEK_END) == 0);
	long size = ftell(file);
	CHECK(size >= 0);
	rewind(file);
	char *text = malloc((size_t)size + 1);
	CHECK(text != NULL);
	CHECK(fread(text, 1, (size_t)size, file) == (size_t)size);
	text[size] = 0;
	fclose(file);
	if (bytes)
		*bytes = (size_t)size;
	return text;
}

pinion_job *jobs_read_good(const char *text, size_t bytes, const char *const *set, int count)
{
	struct lines lines = {NULL, 0, 0};
	pinion_job *job = NULL;
	int rc = pinion__job_read_text(&job, "job.yaml", text, bytes, set, count, jobs_kernels,
	                               lines_add, &lines);
	if (rc != 0 || lines.count > 0) {
		fprintf(stderr, "%.*s\nis refused (%d):\n%s", (int)bytes, text, rc,
		        lines.text ? lines.text : "");
		exit(1);
	}
	CHECK(job != NULL);
	return job;
}

char *jobs_read_bad(const char *text, const char *const *set, int count)
{
	struct lines lines = {NULL, 0, 0};
	pinion_job *untouched = (pinion_job *)&lines, *job = untouched;
	int rc = pinion__job_read_text(&job, "job.yaml", text, strlen(text), set, count, jobs_kernels,
	                               lines_add, &lines);
	if (rc != PINION_ERR_SYNTAX)
		fprintf(stderr, "accepted:\n%s\n", text);
	CHECK_INT(rc, ==, PINION_ERR_SYNTAX);
	CHECK(job == untouched);
	return lines.text;
}

static void dump_list(FILE *out, const char *key, char *const *list)
{
	fprintf(out, "%s", key);
	for (; list && *list; list++)
		fprintf(out, " [%s]", *list);
	fprintf(out, "\n");
}

static const char *or_none(const char *text)
{
	return text ? text : "(none)";
}

static void dump_workload(FILE *out, const pinion_job_workload *w)
{
	fprintf(out, "workload %s line %d kernel %s engine %s matrix %s\n", or_none(w->name), w->line,
	        or_none(w->kernel), w->engine, or_none(w->matrix));
	fprintf(out, "size %" PRIu64 " unit %d value %g grid %" PRIu64 "x%" PRIu64 "x%" PRIu64 "\n",
	        w->size, w->size_unit, w->size_value, w->grid[0], w->grid[1], w->grid[2]);
	fprintf(out, "iterations %d tolerance %g stores %s schedule %d grain %zu\n", w->max_iterations,
	        w->tolerance, w->stores, (int)w->schedule, w->grain);
	fprintf(out, "memory %d %d %d %d\n", (int)w->memory.home, (int)w->memory.pages,
	        w->memory.prefault, w->memory.audit);
	fprintf(out, "statistics %d %d %d %g %" PRIu64 " %" PRIu64 "\n", w->statistics.warmup,
	        w->statistics.min_runs, w->statistics.max_runs, w->statistics.half_width,
	        w->statistics.min_time_ns, w->statistics.seed);
	dump_list(out, "command", w->command);
	dump_list(out, "set", w->env_set);
	dump_list(out, "unset", w->env_unset);
	fprintf(out, "cwd %s places %s timeout %" PRIu64 "\n", or_none(w->cwd), or_none(w->places),
	        w->timeout_ns);
}

char *jobs_dump(const pinion_job *job)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	const pinion_config *c = &job->config;
	CHECK(out != NULL);
	fprintf(out, "name %s file %s exclude %s smt %d\n", or_none(job->name), job->file,
	        or_none(job->exclude), job->smt_all);
	fprintf(out, "topology %s workers %d places %s bind %d object %d per %d oversubscribe %d\n",
	        or_none(c->topology), c->workers, or_none(c->places), (int)c->bind, (int)c->object,
	        c->per, c->oversubscribe);
	fprintf(out,
	        "placement %d main %d stack %zu inline %d schedule %d grain %zu spin %" PRIu64 "\n",
	        (int)c->placement, (int)c->main, c->stack_bytes, c->inline_only, (int)c->schedule,
	        c->grain, c->spin_ns);
	fprintf(out, "output %s text %d json %d\n", or_none(job->output_dir), job->output_text,
	        job->output_json);
	for (int i = 0; i < job->workloads; i++)
		dump_workload(out, &job->workload[i]);
	fclose(out);
	return text;
}
