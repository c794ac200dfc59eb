/*
 * Reading a job: file and overrides to tree, tree through the schema to job.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/draft.h"

#include "affinity/port.h"

#include <string.h>

static const char smallest_job[] = "{pinion: 1, workloads: [{kernel: triad}]}";

static const pinion_job_memory default_memory = {PINION_HOME_PREFERRED, PINION_PAGES_AUTO, true,
                                                 true};
static const pinion_job_statistics default_statistics = {2, 10, 100, 0.01, 0, 1};

static struct draft *draft_create(const pinion_job_kernel *kernels, int overrides)
{
	struct draft *draft = pinion__alloc(sizeof *draft);
	if (!draft)
		return NULL;
	draft->faults.arena = &draft->arena;
	draft->reader.arena = &draft->arena;
	draft->reader.faults = &draft->faults;
	draft->reader.kernels = kernels;
	draft->reader.memory = default_memory;
	draft->reader.statistics = default_statistics;
	draft->job.config = (pinion_config)PINION_CONFIG_INIT;
	draft->job.output_text = true;
	draft->source =
		pinion__arena_take(&draft->arena, ((size_t)overrides + 1) * sizeof *draft->source);
	return draft;
}

static void draft_destroy(struct draft *draft)
{
	if (!draft)
		return;
	pinion__arena_fini(&draft->arena);
	pinion__free(draft);
}

/* A caret at the first thing in the file. */
static struct span file_begin(const struct draft *draft)
{
	return (struct span){&draft->source[0], draft->root->span.offset, 0};
}

static void check_root(struct draft *draft)
{
	const struct node *root = draft->root;
	struct faults *faults = &draft->faults;
	if (root->kind != NODE_MAP) {
		pinion__fault(faults, root->span,
		              "a job file is a map of sections (workers:, workloads:, ...); this is %s",
		              pinion__node_called(root));
		return;
	}
	draft->reader.root = root;
	pinion__section_read(&draft->reader, &pinion__schema, root, draft);
	if (!pinion__node_pair(root, "pinion"))
		pinion__fault(
			faults, file_begin(draft),
			"the file does not say which schema it is written for; begin it with pinion: 1");
	if (!pinion__node_pair(root, "workloads"))
		pinion__fault(faults, file_begin(draft), "there is nothing to run; add a list workloads:");
}

/* The file's text is in draft->source[0]. */
static void read_draft(struct draft *draft, const char *const *set, int count)
{
	const struct source *file = &draft->source[0];
	struct faults *faults = &draft->faults;
	size_t bad = pinion__source_first_bad(file);
	unsigned char byte = bad == SOURCE_NO_OFFSET ? 0 : (unsigned char)file->text[bad];
	if (bad == SOURCE_NO_OFFSET)
		draft->root = pinion__tree_load(&draft->arena, file, 0, faults);
	else
		pinion__fault(faults, (struct span){file, bad, 1},
		              byte < 0x80 ? "control character 0x%02x; YAML text has none"
		                          : "byte 0x%02x is not UTF-8 here; save the file as UTF-8",
		              byte);
	bool empty = faults->count == 0 && (!draft->root || pinion__node_is_null(draft->root));
	if (empty)
		pinion__fault(faults, (struct span){file, SOURCE_NO_OFFSET, 0},
		              "is empty; the smallest job is: %s", smallest_job);
	for (int i = 1; i <= count && !draft->arena.failed; i++)
		if (pinion__source_init(&draft->source[i], &draft->arena, "--set", i, set[i - 1],
		                        strlen(set[i - 1])))
			pinion__override(draft, &draft->source[i]);
	if (draft->root && !empty && !draft->arena.failed)
		check_root(draft);
	draft->job.file = file->name;
}

/* Hand the draft over as a job, or say what is wrong and drop it. */
static int finish(pinion_job **out, struct draft *draft, pinion_log errors, void *ctx)
{
	int rc = 0;
	if (draft->faults.count > 0)
		rc = pinion__faults_tell(&draft->faults, true, errors, ctx) ? PINION_ERR_SYNTAX
		                                                            : PINION_ERR_NOMEM;
	else if (draft->arena.failed)
		rc = PINION_ERR_NOMEM;
	if (rc == 0)
		*out = &draft->job;
	else
		draft_destroy(draft);
	return rc;
}

int pinion__job_read_text(pinion_job **out, const char *name, const char *text, size_t bytes,
                          const char *const *set, int count, const pinion_job_kernel *kernels,
                          pinion_log errors, void *ctx)
{
	struct draft *draft = draft_create(kernels, count);
	if (!draft)
		return PINION_ERR_NOMEM;
	if (draft->source &&
		pinion__source_init(&draft->source[0], &draft->arena, name, 0, text, bytes))
		read_draft(draft, set, count);
	return finish(out, draft, errors, ctx);
}

int pinion_job_read(pinion_job **out, const char *path, const char *const *set, int count,
                    const pinion_job_kernel *kernels, pinion_log errors, void *ctx)
{
	PINION_REQUIRE(out && path && kernels && errors);
	struct draft *draft = draft_create(kernels, count);
	const char *problem = NULL;
	if (!draft)
		return PINION_ERR_NOMEM;
	if (draft->source)
		problem = pinion__source_load(&draft->source[0], &draft->arena, path);
	if (!problem && !draft->arena.failed)
		read_draft(draft, set, count);
	if (!problem || draft->arena.failed)
		return finish(out, draft, errors, ctx);
	struct source unread = {.name = path};
	pinion__fault(&draft->faults, (struct span){&unread, SOURCE_NO_OFFSET, 0}, "%s", problem);
	int rc =
		pinion__faults_tell(&draft->faults, false, errors, ctx) ? PINION_ERR_IO : PINION_ERR_NOMEM;
	draft_destroy(draft);
	return rc;
}

void pinion_job_destroy(pinion_job *job)
{
	draft_destroy((struct draft *)job);
}
