/*
 * The program around the models of one file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/model/checker.h"
#include "tests/model/trace.h"

/* A failure found by chance or without a bound is looked for again, in a shorter form. */
#define SHORTER_EXECUTIONS 50000

struct arguments {
	double random;
	uint64_t seed;
	const char *preemptions, *only, *replay, *mutants, *headers;
	bool list;
};

static const char *const program_usage =
    "usage: X_model [--only NAME] [--random SECONDS] [--seed N] [--preemptions N]\n"
    "               [--replay CHOICES] [--list] [--mutants FILE [--headers A:B]]\n";

static bool parse(int argc, char **argv, struct arguments *a)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(argv[i], "--list") == 0) {
			a->list = true;
			continue;
		}
		if (value == NULL)
			return false;
		if (strcmp(argv[i], "--random") == 0)
			a->random = atof(value);
		else if (strcmp(argv[i], "--seed") == 0)
			a->seed = strtoull(value, NULL, 0);
		else if (strcmp(argv[i], "--preemptions") == 0)
			a->preemptions = value;
		else if (strcmp(argv[i], "--only") == 0)
			a->only = value;
		else if (strcmp(argv[i], "--replay") == 0)
			a->replay = value;
		else if (strcmp(argv[i], "--mutants") == 0)
			a->mutants = value;
		else if (strcmp(argv[i], "--headers") == 0)
			a->headers = value;
		else
			return false;
		i++;
	}
	return true;
}

static void print_statistics(const struct model *m, const struct checker_result *r)
{
	char bound[64] = "cut short";

	if (r->verdict == CHECKER_FAILED)
		snprintf(bound, sizeof bound, "failed");
	else if (r->bound == MODEL_UNBOUNDED)
		snprintf(bound, sizeof bound, "complete");
	else if (r->bound >= 0)
		snprintf(bound, sizeof bound, "complete for %d preemptions%s", r->bound,
		         r->verdict == CHECKER_CUT_SHORT ? ", then cut short" : "");
	printf("%-28s %9" PRIu64 " executions (%" PRIu64 " pruned), %10" PRIu64 " steps, %.2f s, %s\n",
	       m->name, r->executions, r->pruned, r->steps, r->seconds, bound);
}

/* The same failure with few preemptions is easier to read. */
static void shorten(const struct model *m, struct checker_result *r)
{
	struct model bounded = *m;
	struct checker_limits limits = {.executions = SHORTER_EXECUTIONS};
	struct checker_result other;

	bounded.preemptions = 3;
	bounded.outcomes = m->outcomes;
	checker_run(&bounded, &limits, &other);
	if (other.verdict == CHECKER_FAILED && other.choices[0] != '\0')
		memcpy(r, &other, sizeof other);
}

static void print_failure(const struct model *m, const struct checker_result *r,
                          const char *program)
{
	struct checker_limits limits = {.search = CHECKER_REPLAY, .choices = r->choices, .trace = true};
	struct checker_result again;

	if (r->choices[0] != '\0') {
		checker_run(m, &limits, &again);
		trace_print();
		if (strcmp(again.what, r->what) != 0)
			printf("the replay came to something else: %s\n",
			       again.what[0] == '\0' ? "no failure" : again.what);
	}
	printf("%s: FAILED: %s\n", m->name, r->what);
	if (r->choices[0] != '\0')
		printf("replay: %s --only %s --replay %s\n", program, m->name, r->choices);
}

/* One model: true when it came out as it has to. */
static bool check(const struct model *m, const struct arguments *a, const char *program)
{
	struct checker_limits limits = {.search = a->random > 0 ? CHECKER_RANDOM : CHECKER_EXHAUSTIVE,
	                                .seconds = a->random,
	                                .seed = a->seed};
	struct checker_result r;

	checker_run(m, &limits, &r);
	print_statistics(m, &r);
	if (m->must_fail && r.verdict == CHECKER_FAILED) {
		printf("    as it must: %s\n", r.what);
		return true;
	}
	if (m->must_fail) {
		printf("%s: FAILED: the bug in it has not been found\n", m->name);
		return false;
	}
	if (r.verdict != CHECKER_FAILED)
		return true;
	if (r.bound < 1 || a->random > 0)
		shorten(m, &r);
	print_failure(m, &r, program);
	return false;
}

static int replay(const struct model *m, const struct arguments *a)
{
	struct checker_limits limits = {.search = CHECKER_REPLAY, .choices = a->replay, .trace = true};
	struct checker_result r;

	checker_run(m, &limits, &r);
	trace_print();
	printf("%s: %s\n", m->name, r.verdict == CHECKER_FAILED ? r.what : "no failure");
	return r.verdict == CHECKER_FAILED;
}

__attribute__((weak)) int mutants_main(const struct model *models, size_t n, const char *file,
                                       const char *headers)
{
	(void)models, (void)n, (void)file, (void)headers;
	fprintf(stderr, "this program has no mutation driver\n");
	return 2;
}

static int each(const struct arguments *a, const char *program, const struct model *models,
                size_t n)
{
	int status = 0;
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		struct model m = models[i];

		if (a->only != NULL && strcmp(a->only, m.name) != 0)
			continue;
		if (a->preemptions != NULL)
			m.preemptions = atoi(a->preemptions);
		any = true;
		if (a->list)
			printf("%s\n", m.name);
		else if (a->replay != NULL)
			return replay(&m, a);
		else if (!check(&m, a, program))
			status = 1;
		fflush(stdout);
	}
	if (!any)
		fprintf(stderr, "no model of that name\n");
	return any ? status : 2;
}

int model_main(int argc, char **argv, const struct model *models, size_t n)
{
	struct arguments a = {.seed = 0};

	if (!parse(argc, argv, &a) || (a.replay != NULL && a.only == NULL)) {
		fputs(program_usage, stderr);
		return 2;
	}
	if (a.mutants != NULL)
		return mutants_main(models, n, a.mutants, a.headers);
	if (a.random > 0) {
		if (a.seed == 0)
			a.seed = (uint64_t)time(NULL);
		printf("seed %" PRIu64 "\n", a.seed);
	}
	return each(&a, argv[0], models, n);
}
