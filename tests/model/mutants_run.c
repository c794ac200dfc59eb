/*
 * Running mutants. Each has a process of its own, so that a mutant which crashes or
 * hangs harms nobody: both count as killed. The process weakens its site and runs the
 * models that come by it: at random for a moment, since most die at once; then
 * exhaustively, first all of them briefly, then all to the end.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/model/mutants.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HANG_SECONDS 60 /* beyond what all searches of one mutant may take */

/* What a child says of its mutant, in one write. */
struct obituary {
	bool killed, cut_short;
	uint64_t executions;
	char by[64], how[128];
};

struct child {
	pid_t pid; /* 0: none */
	int pipe;
	struct mutant *mutant;
	struct timespec begin;
};

static const struct checker_limits rounds[] = {
    {.search = CHECKER_RANDOM, .seconds = 0.15, .seed = 1},
    {.search = CHECKER_EXHAUSTIVE, .seconds = 0.5},
    {.search = CHECKER_EXHAUSTIVE, .seconds = 10},
};
#define ROUNDS (sizeof rounds / sizeof rounds[0])

/* ---- in the child -------------------------------------------------------------- */

static void weaken(const struct mutants *all, const struct mutant *m)
{
	for (size_t i = 0; i < all->pcs_n; i++)
		if (all->site_of[i] < SITES_MAX && &all->site[all->site_of[i]] == m->site)
			checker_weaken(all->pc[i], m->order, m->failure_order);
}

/* What a model has to say about a mutant, a crash included. Anything else is the checker's own
 * trouble, its tables too small for example, and kills nothing. */
static bool is_verdict(const char *what)
{
	static const char *const verdicts[] = {
	    "data race",    "dead memory", "check failed",        "deadlock",
	    "endless spin", "outcome",     "endless loop",        "Segmentation fault",
	    "Bus error",    "Aborted",     "Illegal instruction", "Floating point exception",
	};

	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++)
		if (strncmp(what, verdicts[i], strlen(verdicts[i])) == 0)
			return true;
	return false;
}

/* One search; false: it found the mutant out. */
static bool survives(const struct model *model, const struct checker_limits *limits,
                     struct obituary *o, bool *complete)
{
	static struct checker_result result;

	checker_run(model, limits, &result);
	*complete = result.verdict == CHECKER_PASSED;
	if (result.verdict != CHECKER_FAILED)
		return true;
	snprintf(o->by, sizeof o->by, "%s", model->name);
	snprintf(o->how, sizeof o->how, "%.*s", (int)sizeof o->how - 1, result.what);
	o->executions = result.executions;
	o->killed = is_verdict(result.what);
	if (!o->killed)
		return true;
	return false;
}

static void try_to_kill(const struct mutants *all, const struct mutant *m, struct obituary *o)
{
	uint64_t open = m->site->models; /* a bit for each model not searched to its end */

	for (size_t r = 0; r < ROUNDS; r++)
		for (size_t i = 0; i < all->models_n; i++) {
			bool complete;

			if (!(open >> i & 1))
				continue;
			if (!survives(&all->models[i], &rounds[r], o, &complete))
				return;
			if (complete && rounds[r].search == CHECKER_EXHAUSTIVE)
				open &= ~(UINT64_C(1) << i);
		}
	o->cut_short = open != 0;
}

/* More than all rounds may take: then it hangs. */
static unsigned longest_life(const struct mutants *all)
{
	double seconds = 0;

	for (size_t r = 0; r < ROUNDS; r++)
		seconds += rounds[r].seconds * (double)all->models_n;
	return (unsigned)seconds + HANG_SECONDS;
}

static _Noreturn void live(const struct mutants *all, const struct mutant *m, int out)
{
	struct obituary o = {0};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(longest_life(all));
	weaken(all, m);
	try_to_kill(all, m, &o);
	_exit(write(out, &o, sizeof o) == sizeof o ? 0 : 1);
}

/* ---- in the parent --------------------------------------------------------------- */

static void give_birth(const struct mutants *all, struct child *c, struct mutant *m)
{
	int ends[2];

	fflush(stdout);
	if (pipe(ends) != 0 || (c->pid = fork()) < 0) {
		perror("mutants");
		exit(1);
	}
	if (c->pid == 0) {
		close(ends[0]);
		live(all, m, ends[1]);
	}
	close(ends[1]);
	c->pipe = ends[0];
	c->mutant = m;
	clock_gettime(CLOCK_MONOTONIC, &c->begin);
}

static double seconds_since(const struct timespec *begin)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - begin->tv_sec) + (double)(now.tv_nsec - begin->tv_nsec) * 1e-9;
}

static void bury(struct child *c, int status)
{
	struct obituary o = {0};
	struct mutant *m = c->mutant;

	if (read(c->pipe, &o, sizeof o) != sizeof o) {
		o.killed = true;
		snprintf(o.by, sizeof o.by, "the process");
		snprintf(o.how, sizeof o.how, "%s",
		         WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "no answer");
	}
	close(c->pipe);
	c->pid = 0;
	m->killed = o.killed;
	m->cut_short = o.cut_short;
	m->executions = o.executions;
	m->seconds = seconds_since(&c->begin);
	memcpy(m->by, o.by, sizeof m->by);
	memcpy(m->how, o.how, sizeof m->how);
}

static struct child *with_pid(struct child *children, pid_t pid)
{
	for (int i = 0; i < MUTANTS_AT_ONCE; i++)
		if (children[i].pid == pid)
			return &children[i];
	return NULL;
}

void mutants_run(struct mutants *all, void (*tell)(const struct mutant *mutant))
{
	struct child children[MUTANTS_AT_ONCE] = {{0}}, *c;
	size_t next = 0, buried = 0;
	int status;

	while (buried < all->mutants_n) {
		while (next < all->mutants_n && (c = with_pid(children, 0)) != NULL)
			give_birth(all, c, &all->mutant[next++]);
		c = with_pid(children, wait(&status));
		if (c == NULL)
			continue;
		struct mutant *m = c->mutant;
		bury(c, status);
		buried++;
		tell(m);
	}
}
