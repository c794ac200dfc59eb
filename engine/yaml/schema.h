/*
 * The schema of a job file, as tables: one per section, one row per key.
 *
 * A row says how its value is read, where it goes, which words or range it
 * may have, and what it means. Messages, the reader and the reference in
 * docs/configuration.md come from these rows; a test compares the last.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_YAML_SCHEMA_H
#define PINION_YAML_SCHEMA_H

#include "engine/yaml/tree.h"

#include <pinion/job.h>

#define SCHEMA_MAX_WORDS     64 /* keys in a section, words of a key */
#define SCHEMA_MAX_WORKLOADS 4096

/* What the reader works on. */
struct reader {
	struct arena *arena;
	struct faults *faults;
	const struct node *root; /* of the file, overrides applied */
	const pinion_job_kernel *kernels;
	pinion_job_memory memory; /* that each workload starts from */
	pinion_job_statistics statistics;
};

/* A word that a value may be; a refused one is known, and the text says why it cannot be used. */
struct word {
	const char *name;
	int value;
	const char *refused;
};

struct key {
	const char *name;
	void (*read)(struct reader *reader, const struct key *key, const struct node *node,
	             void *field);
	size_t offset;                 /* of the field in what the section fills */
	const struct word *words;      /* NULL, or up to a NULL name */
	uint64_t least, most;          /* of a number */
	const struct section *section; /* of a key that is a map */
	unsigned use;                  /* in a workload: enum key_use */
	const char *wants; /* "a whole number from 1 to 100"; follows "must be" in messages */
	const char *usual; /* the default as one writes it, NULL where there is none */
	const char *help;  /* what it means; for a refused key: why */
};

/* Which workloads may have a key. */
enum key_use {
	USE_ANY = 0,
	USE_KERNEL = 1,    /* every kernel */
	USE_PARAMETER = 2, /* kernels that name it as their parameter */
	USE_COMMAND = 4,
};

struct section {
	const char *title;      /* as messages name it: "workers", "a workload" */
	const struct key *keys; /* up to a NULL name */
};

/* The whole file; it fills a pinion_job. */
extern const struct section pinion__schema;

/* Read all keys of a section, in the order of the table. Says which keys are unknown or refused. */
void pinion__section_read(struct reader *reader, const struct section *section,
                          const struct node *map, void *target);

/* The row of a key, or NULL. */
const struct key *pinion__schema_key(const struct section *section, const char *name);

/* Say that a value is not what its key wants. */
void pinion__fault_wants(struct reader *reader, const struct key *key, const struct node *node);

/* Say why a number with a unit cannot be used, as pinion__number_time and _size put it. */
void pinion__fault_number(struct reader *reader, const struct key *key, const struct node *node,
                          const char *problem);

/* " (did you mean ...?)" or the list of all legal words: what ends a message on an unknown word. */
struct proposal {
	char text[400];
};
struct proposal pinion__propose(const char *word, const char *const *words);

/* The text of a scalar; NULL after a fault for anything else, and silently for a faulty node. */
const char *pinion__value_text(struct reader *reader, const struct key *key,
                               const struct node *node);

/* How each kind of value is read; `field` has the type in the comment. */
typedef void key_reader(struct reader *reader, const struct key *key, const struct node *node,
                        void *field);
key_reader pinion__read_text;      /* const char * */
key_reader pinion__read_name;      /* const char *: short, printable, usable in a path of --set */
key_reader pinion__read_word;      /* an enum of the words' values */
key_reader pinion__read_choice;    /* const char *: the word itself */
key_reader pinion__read_bool;      /* bool */
key_reader pinion__read_int;       /* int */
key_reader pinion__read_u64;       /* uint64_t */
key_reader pinion__read_time;      /* uint64_t, nanoseconds */
key_reader pinion__read_share;     /* double, 0.01 for "1%" */
key_reader pinion__read_real;      /* double, above 0 and below 1 */
key_reader pinion__read_section;   /* what key->section fills */
key_reader pinion__read_refused;   /* nothing: the key is known and refused */
key_reader pinion__read_schema;    /* nothing: checks the version */
key_reader pinion__read_source;    /* const char *: a topology source */
key_reader pinion__read_smt;      /* bool: all hardware threads */
key_reader pinion__read_count;     /* pinion_config: workers, bind, per, object, inline_only */
key_reader pinion__read_bind;      /* pinion_bind; a count per object decides it instead */
key_reader pinion__read_grain;     /* size_t */
key_reader pinion__read_spin;      /* uint64_t, nanoseconds; never 0 */
key_reader pinion__read_then;      /* uint64_t: UINT64_MAX for "spin" */
key_reader pinion__read_interval;  /* nothing: only 95% is computed */
key_reader pinion__read_size;      /* pinion_job_workload: size, size_unit, size_value, grid */
key_reader pinion__read_argv;      /* char ** */
key_reader pinion__read_env_set;   /* char ** of NAME=value */
key_reader pinion__read_names;     /* char ** of environment variables */
key_reader pinion__read_formats;   /* pinion_job: output_text, output_json */
key_reader pinion__read_dir;       /* const char * with %t and %h */
key_reader pinion__read_workloads; /* pinion_job: workloads, workload */

/* The name of a workload, given or by default, as its nodes say; NULL when they say none. */
const char *pinion__workload_name(struct arena *arena, const struct node *workload);

/* Numbers as people write them; false when the text is something else. See numbers.c. */
struct number {
	double value;   /* rounded when it has a fraction or is large */
	uint64_t whole; /* its exact value when `exact` */
	bool exact;     /* a whole number that fits */
	bool negative;
	const char *end; /* first character behind it */
};
bool pinion__number(const char *text, struct number *number);

/* A whole decimal number and nothing behind it, within 64 bits. */
bool pinion__number_whole(const char *text, uint64_t *value);

/* What the next two return for a text that does not even begin as one. */
extern const char pinion__no_number[];

/* "20us", "1.5 s", "0" as nanoseconds; NULL, or what is wrong with it. */
const char *pinion__number_time(const char *text, uint64_t *ns);

/* A size: size, size_unit, size_value and grid of a workload. NULL, or what is wrong with it. */
const char *pinion__number_size(const char *text, pinion_job_workload *out);

#endif
