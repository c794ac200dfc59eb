/*
 * Mutation: is each memory order in a header needed? Each is weakened in turn, by one
 * step, and some model must notice ("kill" the mutant). A mutant that no model can
 * kill is listed in equivalent.txt with the reason why it may live, or its weaker
 * order is adopted.
 *
 *	load     seq_cst -> acquire -> relaxed
 *	store    seq_cst -> release -> relaxed
 *	others   seq_cst -> acq_rel -> acquire, release -> relaxed
 *
 * One step is enough: what an order allows its weaker ones allow as well, so a model
 * that kills a mutant kills all weaker ones. The order of a failed compare-and-swap
 * is weakened like that of a load.
 *
 * A site is one operation in the text of a header. The compiler inlines it into many
 * places; all their return addresses are weakened together.
 *
 *	mutants.c         finds the sites, makes the mutants, says what came out
 *	mutants_run.c     runs the models against each mutant in a process of its own
 *	mutants_text.c    reads the headers' text and the list of equivalent mutants
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_MUTANTS_H
#define PINION_TESTS_MODEL_MUTANTS_H

#include "tests/model/checker.h"

#define SITES_MAX          256
#define MUTANTS_MAX        512
#define SITE_ADDRESSES_MAX 64 /* as many as checker_weaken() knows */
#define MUTANTS_AT_ONCE    2
#define MUTANT_MODELS_MAX  64

struct site {
	const char *header; /* as given on the command line: queues/x.h */
	struct checker_place place;
	enum checker_kind kind;
	int order, failure_order; /* as written */
	int ordinal;              /* among equal operations of one function, from 1 */
	uint64_t models;          /* a bit for each model that comes by here */
	int addresses;            /* how many places it was inlined into */
};

struct mutant {
	const struct site *site;
	int order, failure_order;
	/* What came out. */
	bool killed;
	const char *reason; /* from the list, NULL: not listed */
	char by[64];        /* the model that killed it */
	char how[128];
	uint64_t executions; /* of that model up to there */
	double seconds;      /* of all models */
	bool cut_short;      /* survived, but some search was not complete */
};

/* Everything of one run. Too large for a stack. */
struct mutants {
	const struct model *models;
	size_t models_n;
	struct site site[SITES_MAX];
	size_t sites_n;
	const void **pc; /* each address that was met, */
	size_t *site_of; /* and its site; SITES_MAX: none of ours */
	size_t pcs_n;
	struct mutant mutant[MUTANTS_MAX];
	size_t mutants_n;
};

/* "cas acq_rel#2", and what a mutant makes of it: "acquire", "failure relaxed". */
void site_name(const struct site *site, char *text, size_t bytes);
void mutant_name(const struct mutant *mutant, char *text, size_t bytes);

/* Run all mutants, a few at once, and note what came out. `tell` is called after each. */
void mutants_run(struct mutants *all, void (*tell)(const struct mutant *mutant));

/*
 * Compare the text of a header with the sites: print each atomic operation that no
 * model has executed and that is not listed as "not run". How many there are, or -1
 * when the header cannot be read.
 */
int mutants_not_run(const struct mutants *all, const char *header);

/* Read the list. False, with a message: it cannot be read, or a line has not its five fields. */
bool equivalent_load(const char *file);

/* The reason why this may live, or NULL. It counts as used. */
const char *equivalent_reason(const char *header, const char *function, const char *operation,
                              const char *mutant);

/* Print the entries for this header that were not used. How many. */
int equivalent_stale(const char *header);

#endif
