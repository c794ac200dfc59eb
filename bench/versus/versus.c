/*
 * versus: Pinion and its peers, one question at a time, side by side in one run.
 *
 * This program only controls: it starts the contestants, lets one of them run at
 * a time, and computes. See docs/benchmarking.md.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/options.h"
#include "bench/versus/output.h"
#include "bench/versus/proof.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

#define PAIRS          15
#define QUICK_PAIRS    5
#define CALIBRATION    5
#define TURN_NS        20000000u
#define QUICK_TURN_NS  5000000u
#define ARRAY_ELEMENTS ((size_t)64 << 20) /* 512 MiB */
#define QUICK_ELEMENTS ((size_t)8 << 20)  /* 64 MiB */
#define MEMORY_SHARE   0.6                /* of what is free, for all contestants alive together */
#define ALIVE_ARRAYS   (2 * 3)

static void on_signal(int number)
{
	runner_kill_all();
	signal(number, SIG_DFL);
	raise(number);
}

static void catch_signals(void)
{
	static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = on_signal};

	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
		sigaction(caught[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN); /* a contestant that died is noticed by the failing write */
}

/* One line that overwrites itself, on a terminal only. */
static void show_progress(const struct question *q, const struct contender *peer, const char *what,
                          int done, int all)
{
	const char *name = peer != NULL ? peer->name : "alone";

	fprintf(stderr, "\r\033[K%s, %s: %s %d/%d\r", q->name, name, what, done + 1, all);
}

static void clear_progress(const struct measure_plan *plan)
{
	if (plan->progress != NULL)
		fprintf(stderr, "\r\033[K");
}

/* versus.d lies beside this program. */
static int find_folder(struct arena *arena)
{
	ssize_t n = readlink("/proc/self/exe", arena->folder, sizeof arena->folder - 16);
	char *slash;

	if (n <= 0)
		return -1;
	arena->folder[n] = '\0';
	slash = strrchr(arena->folder, '/');
	memcpy(slash, "/versus.d", sizeof "/versus.d");
	return 0;
}

/* As large as asked for, or as the free memory allows; a multiple of what every contestant likes. */
static size_t choose_elements(const struct results *r)
{
	size_t want = r->quick ? QUICK_ELEMENTS : ARRAY_ELEMENTS;
	size_t grain = (size_t)PROOF_PERIOD * (size_t)r->arena.cpus;
	double room = MEMORY_SHARE * (double)r->machine.free_bytes / (ALIVE_ARRAYS * sizeof(double));

	if (r->machine.free_bytes > 0 && (double)want > room)
		want = (size_t)room;
	return want < grain ? grain : want / grain * grain;
}

static void skip(struct results *r, const struct question *q, const struct contender *peer)
{
	struct skipped *s = &r->skipped[r->skips++];

	s->question = q;
	s->peer = peer;
	if (peer != NULL)
		snprintf(s->reason, sizeof s->reason, "not built; install %s and configure again",
		         peer->package);
	else
		snprintf(s->reason, sizeof s->reason, "needs %d processors, and there are %d", q->workers,
		         r->arena.cpus);
}

/* Room for every peer of every question asked. */
static int make_room(struct results *r, const struct options *o)
{
	size_t most = 1;

	for (int i = 0; i < o->asked; i++)
		most += (size_t)o->only[i]->peers + 1;
	r->outcome = calloc(most, sizeof *r->outcome);
	r->skipped = calloc(most, sizeof *r->skipped);
	return r->outcome != NULL && r->skipped != NULL ? 0 : -1;
}

static int ask_one(struct results *r, const struct question *q, const struct contender *peer,
                   struct measure_plan *plan)
{
	struct outcome *out = &r->outcome[r->outcomes++];
	int error = measure(&r->arena, q, peer, plan, out);

	clear_progress(plan);
	output_row(out);
	return error;
}

static int ask(struct results *r, const struct options *o, const struct question *q,
               struct measure_plan *plan)
{
	int error = 0;

	if (q->workers > r->arena.cpus) {
		skip(r, q, NULL);
		return 0;
	}
	if (q->peers == 0)
		return ask_one(r, q, NULL, plan);
	for (int i = 0; i < q->peers; i++) {
		if (!options_peer(o, q->peer[i].name))
			continue;
		if (!runner_built(&r->arena, &q->peer[i]))
			skip(r, q, &q->peer[i]);
		else if (ask_one(r, q, &q->peer[i], plan) != 0)
			error = -1;
	}
	return error;
}

static int ask_all(struct results *r, const struct options *o)
{
	struct measure_plan plan = {
	    .pairs = r->pairs,
	    .calibration = CALIBRATION,
	    .steal = MEASURE_STEAL,
	    .dice = {r->seed},
	    .progress = isatty(STDERR_FILENO) ? show_progress : NULL,
	};
	int status = EXIT_FINE;

	output_head(r);
	for (int i = 0; i < o->asked; i++)
		if (ask(r, o, o->only[i], &plan) != 0)
			status = EXIT_FAILED;
	output_foot(r);
	return status;
}

static int complain(const char *text)
{
	fprintf(stderr, "versus: %s\n", text);
	return EXIT_USAGE;
}

static int complain_json(const char *path, int status)
{
	fprintf(stderr, "versus: --json: %s: %s\n", path, strerror(errno));
	return status;
}

static int run(const struct options *o, struct results *r)
{
	int status;

	r->quick = o->quick;
	r->pairs = o->pairs > 0 ? o->pairs : o->quick ? QUICK_PAIRS : PAIRS;
	r->seed = o->seeded ? o->seed : (uint64_t)time(NULL);
	r->arena.turn_ns = o->quick ? QUICK_TURN_NS : TURN_NS;
	r->arena.elements = choose_elements(r);
	if (o->json != NULL && output_json_check(o->json) != 0)
		return complain_json(o->json, EXIT_USAGE);
	if (make_room(r, o) != 0)
		return EXIT_FAILED;
	status = ask_all(r, o);
	if (o->json != NULL && output_json(r, o->json) != 0)
		return complain_json(o->json, EXIT_FAILED);
	return status;
}

static void free_results(struct results *r)
{
	for (int i = 0; i < r->outcomes; i++)
		measure_free(&r->outcome[i]);
	free(r->outcome);
	free(r->skipped);
}

int main(int argc, char **argv)
{
	static struct results results;
	struct options options;
	char wrong[512];
	int status;

	if (options_read(argc, argv, &options, wrong, sizeof wrong) != 0) {
		complain(wrong);
		fputs("versus --help shows how to call it\n", stderr);
		return EXIT_USAGE;
	}
	if (options.help)
		return fputs(options_help, stdout) < 0;
	if (find_folder(&results.arena) != 0)
		return complain("this program does not find itself; is /proc mounted?");
	if (options.list) {
		output_list(&results.arena);
		return EXIT_FINE;
	}
	if (machine_load(options.cpus, &results.machine, &results.arena, wrong, sizeof wrong) != 0)
		return complain(wrong);
	catch_signals();
	status = run(&options, &results);
	free_results(&results);
	return status;
}
