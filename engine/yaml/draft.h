/*
 * A job as the reader builds it, and all that stays with it: the caller gets
 * the address of its first member.
 *
 * The texts and the tree are kept as long as the job, because a later check
 * against the machine points into them again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_YAML_DRAFT_H
#define PINION_YAML_DRAFT_H

#include "engine/yaml/schema.h"

struct draft {
	pinion_job job; /* first: a pinion_job * is a struct draft * */
	struct reader reader;
	struct arena arena;
	struct faults faults;
	struct source *source; /* [0] the file, [k] the k-th override */
	struct node *root;     /* overrides applied */
};

/* What pinion_job_read does, on a text instead of a file. */
int pinion__job_read_text(pinion_job **out, const char *name, const char *text, size_t bytes,
                          const char *const *set, int count, const pinion_job_kernel *kernels,
                          pinion_log errors, void *ctx);

/* Apply one override, "workers.count=8", to the tree; adds faults. Without a tree only its syntax
 * is checked. */
void pinion__override(struct draft *draft, const struct source *source);

#endif
