/*
 * Calibration, pairs and what they come to.
 *
 * A round has one turn of each: Pinion, the peer and, where the question has one,
 * the limit, in random order. What the machine does meanwhile, a frequency that
 * drifts or a neighbour that wakes, so meets all of them alike.
 *
 * Where in physical memory its lines lie decides up to a factor of two of what a
 * contestant pays for handing them over, and a process keeps them as long as it
 * lives. So contestants are born again all the time, and the interval of the
 * result includes that luck. Only those with large arrays live through: their
 * start takes longer than their turns, and one line among millions decides nothing.
 *
 * Each setting of the calibration is a process that is started, measured and ended, because large
 * arrays of all settings would not fit into memory together.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/measure.h"

#include "bench/versus/steal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLAYERS 3 /* of a round at most */
#define ROUNDS_OF_A_LIFE 3 /* between two births */
#define LEAST_LEFT 3 /* pairs that must be left when steal time takes the others */

struct round {
	struct runner runner[PLAYERS];
	struct series *series[PLAYERS];
	int players;
};

static void tell(const struct measure_plan *plan, const struct outcome *out, const char *what,
                 int done, int all)
{
	if (plan->progress != NULL)
		plan->progress(out->question, out->peer.who, what, done, all);
}

static int broken(struct outcome *out, const struct contender *who, const struct setting *setting,
                  const char *why)
{
	snprintf(out->error, sizeof out->error, "%s (%s): %.390s", who->name, setting->name, why);
	return -1;
}

/* End a contestant and start it anew, unless its start is dear. */
static int renew(struct runner *r, const struct arena *arena)
{
	const struct contender *who = r->who;
	const struct setting *setting = r->setting;
	const struct question *q = r->question;

	if (q->sized)
		return 0;
	runner_end(r);
	return runner_start(r, arena, q, who, setting);
}

/* ---- calibration ------------------------------------------------------------------ */

static void calibrate_one(const struct arena *arena, struct measure_plan *plan,
                          struct outcome *out, struct calibrated *c)
{
	double *turn = calloc((size_t)plan->calibration, sizeof *turn);
	struct runner runner = {.unfit = false};
	int error = turn == NULL ? -1 : 0, turns = 0;

	if (error == 0)
		error = runner_start(&runner, arena, out->question, out->peer.who, c->setting);
	while (error == 0 && turns < plan->calibration) {
		error = turns > 0 ? renew(&runner, arena) : 0;
		if (error == 0)
			error = runner_turn(&runner, dice_roll(&plan->dice), &turn[turns++]);
	}
	if (error == 0) {
		c->turns = turns;
		c->median = ratio_median(turn, turns);
		runner_end(&runner);
	} else {
		snprintf(c->error, sizeof c->error, "%s", turn == NULL ? "out of memory" : runner.error);
	}
	c->unfit = runner.unfit;
	free(turn);
}

/* The best setting of the peer. A setting that fails makes the peer fail: it is ours to mend. */
static int calibrate(const struct arena *arena, struct measure_plan *plan, struct outcome *out)
{
	const struct contender *who = out->peer.who;
	const struct calibrated *best = NULL;

	for (int i = 0; i < who->settings && i < MEASURE_SETTINGS; i++) {
		struct calibrated *c = &out->calibrated[out->settings++];

		tell(plan, out, who->setting[i].name, i, who->settings);
		c->setting = &who->setting[i];
		calibrate_one(arena, plan, out, c);
		if (c->unfit)
			continue;
		if (c->turns == 0)
			return broken(out, who, c->setting, c->error);
		if (best == NULL || question_ratio(out->question, c->median, best->median) > 1)
			best = c;
	}
	if (best == NULL)
		return broken(out, who, out->calibrated[0].setting, out->calibrated[0].error);
	out->peer.setting = best->setting;
	return 0;
}

/* ---- rounds ----------------------------------------------------------------------- */

static int join(struct round *round, const struct arena *arena, struct outcome *out,
                struct series *series, int pairs)
{
	struct runner *runner = &round->runner[round->players];

	if (series->who == NULL)
		return 0;
	series->sample = calloc((size_t)pairs, sizeof *series->sample);
	if (series->sample == NULL)
		return broken(out, series->who, series->setting, "out of memory");
	if (runner_start(runner, arena, out->question, series->who, series->setting) != 0)
		return broken(out, series->who, series->setting, runner->error);
	memcpy(series->version, runner->version, sizeof series->version);
	round->series[round->players++] = series;
	return 0;
}

/* One turn of each, in random order; value[i] is player i's. */
static int play(struct round *round, struct measure_plan *plan, struct outcome *out, double *value)
{
	uint64_t seed = dice_roll(&plan->dice);
	int order[PLAYERS];

	dice_order(&plan->dice, order, round->players);
	for (int i = 0; i < round->players; i++) {
		struct runner *runner = &round->runner[order[i]];

		if (runner_turn(runner, seed, &value[order[i]]) != 0)
			return broken(out, runner->who, runner->setting, runner->error);
	}
	return 0;
}

static int renew_all(struct round *round, const struct arena *arena, struct outcome *out)
{
	for (int i = 0; i < round->players; i++) {
		struct runner *r = &round->runner[i];

		if (renew(r, arena) != 0)
			return broken(out, r->who, r->setting, r->error);
	}
	return 0;
}

/* Until enough pairs count, or three times as many have been tried. */
static int play_all(struct round *round, const struct arena *arena, struct measure_plan *plan,
                    struct outcome *out)
{
	for (int tried = 0; out->pairs < plan->pairs && tried < 3 * plan->pairs; tried++) {
		struct steal before, after;
		double value[PLAYERS];

		tell(plan, out, "pairs", out->pairs, plan->pairs);
		if (tried > 0 && tried % ROUNDS_OF_A_LIFE == 0 && renew_all(round, arena, out) != 0)
			return -1;
		steal_read(arena->cpu, out->workers, &before);
		if (play(round, plan, out, value) != 0)
			return -1;
		steal_read(arena->cpu, out->workers, &after);
		if (steal_share(&before, &after) > plan->steal) {
			out->dropped++;
			continue;
		}
		for (int i = 0; i < round->players; i++)
			round->series[i]->sample[out->pairs] = value[i];
		out->pairs++;
	}
	if (out->pairs >= plan->pairs || out->pairs >= LEAST_LEFT)
		return 0;
	snprintf(out->error, sizeof out->error,
	         "the hypervisor took more than %.0f %% of the time of %d pairs; only %d are left",
	         100 * plan->steal, out->dropped, out->pairs);
	return -1;
}

/* ---- what it comes to ---------------------------------------------------------------- */

/* `invert`: the ratio is Pinion's time over the other's, not its speed. */
static int conclude(struct outcome *out, struct measure_plan *plan, struct series *other,
                    bool invert, struct ratio *to)
{
	double *ratio = calloc((size_t)out->pairs, sizeof *ratio);
	int error = -1;

	if (ratio == NULL)
		return -1;
	for (int i = 0; i < out->pairs; i++) {
		ratio[i] = question_ratio(out->question, out->pinion.sample[i], other->sample[i]);
		ratio[i] = invert ? 1 / ratio[i] : ratio[i];
	}
	error = ratio_of(ratio, out->pairs, &plan->dice, to);
	free(ratio);
	other->median = ratio_median(other->sample, out->pairs);
	return error;
}

static int evaluate(struct outcome *out, struct measure_plan *plan)
{
	int error = 0;

	out->pinion.median = ratio_median(out->pinion.sample, out->pairs);
	if (out->peer.who != NULL)
		error = conclude(out, plan, &out->peer, false, &out->speed);
	if (error == 0 && out->limit.who != NULL)
		error = conclude(out, plan, &out->limit, true, &out->over_limit);
	if (error != 0)
		snprintf(out->error, sizeof out->error, "out of memory");
	return error;
}

int measure(const struct arena *arena, const struct question *q, const struct contender *peer,
            struct measure_plan *plan, struct outcome *out)
{
	struct round round = {.players = 0};
	int error;

	*out = (struct outcome){.question = q,
	                        .workers = runner_workers(arena, q),
	                        .threads = runner_threads(arena, q)};
	out->pinion.who = &q->pinion;
	out->pinion.setting = q->pinion.setting;
	out->peer.who = peer;
	out->limit.who = q->limit;
	out->limit.setting = q->limit != NULL ? q->limit->setting : NULL;
	error = peer != NULL ? calibrate(arena, plan, out) : 0;
	if (error == 0)
		error = join(&round, arena, out, &out->pinion, plan->pairs);
	if (error == 0)
		error = join(&round, arena, out, &out->peer, plan->pairs);
	if (error == 0)
		error = join(&round, arena, out, &out->limit, plan->pairs);
	if (error == 0)
		error = play_all(&round, arena, plan, out);
	for (int i = 0; i < round.players; i++)
		runner_end(&round.runner[i]);
	return error == 0 ? evaluate(out, plan) : error;
}

void measure_free(struct outcome *out)
{
	free(out->pinion.sample);
	free(out->peer.sample);
	free(out->limit.sample);
}
