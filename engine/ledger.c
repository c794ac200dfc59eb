/*
 * Sites and their numbers. Each worker counts on its own pages; a reader adds
 * up. Callers that are no workers share one set of counters, with atomic adds.
 *
 * Ordering
 *   [site]  add_site stores sites (release) -> whoever looks loads sites (acquire)
 *           carries: the names of all sites below that number, which never change.
 *   Counters are relaxed: a snapshot of independent numbers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/worker.h"

#include <stdio.h>
#include <string.h>

#define OTHER (PINION__SITES - 1)

static int find_site(const struct pinion_engine *e, const char *name)
{
	int sites = (int)u32_load_acquire(&e->sites); /* [site] */

	for (int i = 0; i < sites; i++)
		if (strncmp(e->site[i], name, sizeof e->site[i] - 1) == 0)
			return i;
	return PINION_ERR_RANGE;
}

static int add_site(struct pinion_engine *e, const char *name)
{
	pthread_mutex_lock(&e->lock);
	int site = find_site(e, name);
	if (site < 0) {
		site = (int)u32_load_relaxed(&e->sites); /* under the lock */
		if (site == OTHER)
			name = "(other)";
		if (site <= OTHER) {
			snprintf(e->site[site], sizeof e->site[site], "%s", name);
			u32_store_release(&e->sites, (uint32_t)site + 1); /* [site] */
		}
	}
	pthread_mutex_unlock(&e->lock);
	return site <= OTHER ? site : OTHER;
}

static int lookup(struct pinion_engine *e, const char *name)
{
	int site = find_site(e, name);

	return site >= 0 ? site : add_site(e, name);
}

/* The text is compared even when the pointer is known: a caller may build names in one buffer. */
int pinion__site(struct pinion_engine *e, struct pinion__worker *w, const char *name)
{
	if (!name)
		return 0;
	if (!w)
		return lookup(e, name);
	size_t at = ((uintptr_t)name >> 3) % PINION__SITE_CACHE;
	int known = w->site_index[at];
	if (w->site_name[at] != name || strncmp(e->site[known], name, sizeof e->site[known] - 1) != 0) {
		w->site_index[at] = lookup(e, name);
		w->site_name[at] = name;
	}
	return w->site_index[at];
}

struct pinion__counters *pinion__counters_of(struct pinion_engine *e, struct pinion__worker *w,
                                             int site)
{
	return w ? &w->counters[site] : &e->outside[site];
}

static void add_up(pinion_ledger *sum, const struct pinion__counters *c)
{
	uint64_t *const claims[3] = {&sum->claims_home, &sum->claims_near, &sum->claims_remote};
	uint64_t *const indexes[3] = {&sum->indexes_home, &sum->indexes_near, &sum->indexes_remote};
	uint64_t *const bytes[3] = {&sum->bytes_home, &sum->bytes_near, &sum->bytes_remote};

	/* Relaxed: a snapshot of independent numbers. */
	sum->loops += u64_load_relaxed(&c->loops);
	sum->inlined += u64_load_relaxed(&c->inlined);
	for (int i = 0; i < 3; i++) {
		*claims[i] += u64_load_relaxed(&c->claims[i]);
		*indexes[i] += u64_load_relaxed(&c->indexes[i]);
		*bytes[i] += u64_load_relaxed(&c->bytes[i]);
	}
	sum->steals_tried += u64_load_relaxed(&c->tried);
	for (int i = 0; i < PINION_DISTANCES; i++) {
		sum->steals_won_by[i] += u64_load_relaxed(&c->won[i]);
		sum->steals_won += u64_load_relaxed(&c->won[i]);
	}
	sum->run_ns += u64_load_relaxed(&c->run_ns);
	sum->steal_ns += u64_load_relaxed(&c->steal_ns);
}

int pinion_ledger_sites(const pinion_engine *engine)
{
	return (int)u32_load_acquire(&engine->sites); /* [site] */
}

int pinion_ledger_take(const pinion_engine *engine, int index, pinion_ledger *out)
{
	pinion_ledger sum;

	if (index < 0 || index >= pinion_ledger_sites(engine))
		return PINION_ERR_RANGE;
	memset(&sum, 0, sizeof sum);
	memcpy(sum.site, engine->site[index], sizeof sum.site);
	add_up(&sum, &engine->outside[index]);
	for (int i = 0; i < engine->workers; i++)
		add_up(&sum, &engine->worker[i]->counters[index]);
	*out = sum;
	return 0;
}

int pinion_ledger_find(const pinion_engine *engine, const char *site)
{
	return find_site(engine, site);
}

static void set_zero(struct pinion__counters *c)
{
	atomic_u64 *word = (atomic_u64 *)c;

	for (size_t i = 0; i < sizeof *c / sizeof *word; i++)
		u64_store_relaxed(&word[i], 0);
}

void pinion_ledger_reset(pinion_engine *engine)
{
	for (int site = 0; site < PINION__SITES; site++) {
		set_zero(&engine->outside[site]);
		for (int i = 0; i < engine->workers; i++)
			set_zero(&engine->worker[i]->counters[site]);
	}
}
