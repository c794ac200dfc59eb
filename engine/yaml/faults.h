/*
 * What is wrong with a job, collected first and told in one go.
 *
 * A fault is a span of a source, a text that says what is wrong and how to
 * mend it, and at times a note. They are found in any order and reported by
 * position.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_YAML_FAULTS_H
#define PINION_YAML_FAULTS_H

#include "engine/yaml/source.h"

#include <pinion/config.h>

/* How many are told in full; the rest is only counted. */
#define FAULTS_SHOWN 1000

struct fault {
	struct span span;
	char *text;
	char *note; /* NULL: none */
	int order;  /* of discovery, so that sorting is stable */
	struct fault *next;
};

struct faults {
	struct arena *arena;
	struct fault *first, *last;
	int kept;  /* in the list */
	int count; /* found */
};

/* Add one. The text is shortened to one line of a few hundred bytes. */
__attribute__((format(printf, 3, 4))) void pinion__fault(struct faults *faults, struct span span,
                                                         const char *format, ...);

/* Give the fault added last a note. */
__attribute__((format(printf, 2, 3))) void pinion__fault_note(struct faults *faults,
                                                              const char *format, ...);

/*
 * Tell all faults by position, each once, and with `sum` end with how many there are. One call of
 * `log` per line. False when memory is exhausted before anything was told.
 */
bool pinion__faults_tell(const struct faults *faults, bool sum, pinion_log log, void *ctx);

#endif
