/*
 * Choices between variants, made by the clock. Trials are rare, so they go
 * under the engine's lock; a settled choice is one load.
 *
 * Ordering
 *   [choice]  add_choice stores choices (release) -> find_choice loads it (acquire)
 *             carries: site, class and variants of all choices below that number, which never change.
 *   [settled] settle stores the variant (release) -> a pick loads it (acquire)
 *             carries nothing more; acquire keeps the pick's work behind it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/worker.h"

#include <stdio.h>
#include <string.h>

#define ROUNDS 4 /* the first warms up */

static int find_choice(const pinion_engine *e, const char *site, unsigned size_class)
{
	int choices = (int)u32_load_acquire(&e->choices); /* [choice] */

	for (int i = 0; i < choices; i++)
		if (e->choice[i].size_class == size_class &&
		    strncmp(e->choice[i].site, site, sizeof e->choice[i].site - 1) == 0)
			return i;
	return PINION_ERR_RANGE;
}

static int add_choice(pinion_engine *e, const char *site, unsigned size_class, int variants)
{
	int slot = find_choice(e, site, size_class);
	int choices = (int)u32_load_relaxed(&e->choices); /* under the lock */

	if (slot >= 0 || choices == PINION__CHOICES)
		return slot;
	struct pinion__choice *c = &e->choice[choices];
	snprintf(c->site, sizeof c->site, "%s", site);
	c->size_class = size_class;
	c->variants = variants;
	for (int i = 0; i < variants; i++)
		c->best_ns[i] = UINT64_MAX;
	u32_store_release(&e->choices, (uint32_t)choices + 1); /* [choice] */
	return choices;
}

/* The variant that was tried least so far. */
static int least_tried(const struct pinion__choice *c)
{
	int least = 0;

	for (int i = 1; i < c->variants; i++)
		if (c->picked[i] < c->picked[least])
			least = i;
	return least;
}

static pinion_trial try_one(pinion_engine *e, int slot)
{
	struct pinion__choice *c = &e->choice[slot];
	int variant = least_tried(c);

	c->picked[variant]++;
	return (pinion_trial){.variant = variant, .slot = slot};
}

pinion_trial pinion_tune_pick(pinion_engine *engine, const char *site, unsigned size_class,
                              int variants)
{
	PINION_REQUIRE(engine && site && variants >= 1 && variants <= PINION_TUNE_VARIANTS);
	int slot = find_choice(engine, site, size_class);
	uint32_t settled = slot >= 0 ? u32_load_acquire(&engine->choice[slot].settled) : 0; /* [settled] */

	if (settled)
		return (pinion_trial){.variant = (int)settled - 1, .settled = 1, .slot = slot};
	pthread_mutex_lock(&engine->lock);
	slot = add_choice(engine, site, size_class, variants);
	pinion_trial trial = {.settled = 1, .slot = slot};
	if (slot >= 0)
		trial = try_one(engine, slot);
	pthread_mutex_unlock(&engine->lock);
	trial.begin_ns = pinion__clock_ns();
	return trial;
}

static void settle(struct pinion__choice *c)
{
	uint32_t best = 0;

	for (int i = 0; i < c->variants; i++) {
		if (c->timed[i] < ROUNDS)
			return;
		if (c->best_ns[i] < c->best_ns[best])
			best = (uint32_t)i;
	}
	u32_store_release(&c->settled, best + 1); /* [settled] */
}

void pinion_tune_done(pinion_engine *engine, const pinion_trial *trial)
{
	uint64_t elapsed = pinion__clock_ns() - trial->begin_ns;

	if (trial->settled)
		return;
	struct pinion__choice *c = &engine->choice[trial->slot];
	pthread_mutex_lock(&engine->lock);
	if (c->timed[trial->variant]++ > 0 && elapsed < c->best_ns[trial->variant])
		c->best_ns[trial->variant] = elapsed;
	settle(c);
	pthread_mutex_unlock(&engine->lock);
}

int pinion_tune_choice(const pinion_engine *engine, const char *site, unsigned size_class)
{
	int slot = find_choice(engine, site, size_class);

	return slot < 0 ? -1 : (int)u32_load_acquire(&engine->choice[slot].settled) - 1; /* [settled] */
}
