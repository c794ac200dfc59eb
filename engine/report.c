/*
 * The snapshot. While the engine runs, each worker reads its own affinity back
 * on its seat: what the kernel says now, not what it said at the start.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/worker.h"

#include <pinion/loop.h>

#include <stdio.h>
#include <string.h>

static int check_binding(int worker, void *ctx)
{
	(void)worker;
	struct pinion__worker *w = pinion__self;
	pinion_engine *e = ctx;

	if (e->config.placement == PINION_PLACE_OFF || e->config.inline_only)
		return 0;
	pthread_mutex_lock(&e->lock); /* another report may be reading it */
	pinion__bind_check(e->placement, w->index, &w->binding);
	pthread_mutex_unlock(&e->lock);
	return 0;
}

static const char *why(const struct pinion__worker *w, const pinion_seat *seat)
{
	return w->binding.bound || w->binding.reason[0] == '\0' ? seat->reason : w->binding.reason;
}

static void fill_worker(pinion_worker_report *out, const struct pinion__worker *w)
{
	pinion_seat seat = pinion_placement_seat(w->engine->placement, w->index);

	out->worker = w->index;
	out->os_tid = w->os_tid;
	out->node = w->node;
	out->os_cpu = w->binding.os_cpu;
	out->bound = w->binding.bound;
	out->adopted = w->adopted;
	snprintf(out->asked, sizeof out->asked, "%s", seat.cpus);
	snprintf(out->obtained, sizeof out->obtained, "%s", w->binding.obtained);
	snprintf(out->why, sizeof out->why, "%s", why(w, &seat));
	/* Relaxed: independent numbers. */
	out->tasks = u64_load_relaxed(&w->tasks);
	out->tasks_stolen = u64_load_relaxed(&w->stolen);
	out->parks = u64_load_relaxed(&w->parks);
	out->park_ns = u64_load_relaxed(&w->park_ns);
	out->run_ns = u64_load_relaxed(&w->run_ns);
	for (int i = 0; i < pinion_ledger_sites(w->engine); i++)
		out->run_ns +=
		    u64_load_relaxed(&w->counters[i].run_ns) + u64_load_relaxed(&w->counters[i].steal_ns);
}

int pinion_report_take(pinion_engine *engine, pinion_report *out)
{
	PINION_REQUIRE(engine && out);
	int sites = pinion_ledger_sites(engine);
	pinion_report r = {.workers = engine->workers, .sites = sites};

	r.worker = pinion__alloc((size_t)engine->workers * sizeof *r.worker);
	r.ledger = pinion__alloc((size_t)sites * sizeof *r.ledger);
	if (!r.worker || !r.ledger) {
		pinion_report_free(&r);
		return PINION_ERR_NOMEM;
	}
	pinion_each_worker(engine, check_binding,
	                   engine); /* when it is not running, what was last seen stands */
	for (int i = 0; i < engine->workers; i++) {
		pthread_mutex_lock(&engine->lock);
		fill_worker(&r.worker[i], engine->worker[i]);
		pthread_mutex_unlock(&engine->lock);
		r.bound += r.worker[i].bound;
	}
	for (int i = 0; i < sites; i++)
		pinion_ledger_take(engine, i, &r.ledger[i]);
	*out = r;
	return 0;
}

void pinion_report_free(pinion_report *report)
{
	pinion__free(report->worker);
	pinion__free(report->ledger);
	memset(report, 0, sizeof *report);
}
