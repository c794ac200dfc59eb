/*
 * Life of an engine: create plans and allocates, start makes threads, stop
 * ends them. A start that fails half-way undoes what it did.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/machine.h"
#include "affinity/node_memory.h"
#include "affinity/placement.h"
#include "affinity/text.h"
#include "engine/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_SPIN_NS 50000 /* about what it costs to wake a sleeping thread */

/* ---- create ------------------------------------------------------------------ */

static int plan_on(pinion_placement **out, const pinion_topology *topology,
                   const pinion_config *config, pinion_diag *diag)
{
	pinion_policy policy = PINION_POLICY_INIT;
	pinion_cpus *places = NULL;

	policy.bind = config->bind;
	policy.workers = config->workers;
	policy.object = config->object;
	policy.per = config->per;
	policy.oversubscribe = config->oversubscribe;
	if (config->places) {
		int error = pinion_cpus_parse(&places, topology, config->places, diag);
		if (error)
			return error;
		policy.places = places;
	}
	int error = pinion_placement_plan(out, topology, &policy, diag);
	pinion_cpus_destroy(places);
	return error;
}

/* Without places of the user's own, the policy's default applies: it may depend on `bind`. */
static int plan(pinion_placement **out, const pinion_config *config, pinion_diag *diag)
{
	pinion_topology *topology;
	int error = pinion_topology_load(&topology, config->topology, diag);

	if (error)
		return error;
	error = plan_on(out, topology, config, diag);
	pinion_topology_destroy(topology);
	return error;
}

/* How many processors the seats have between them; 0 without memory to count. */
static int processors_of(const pinion_placement *placement)
{
	hwloc_bitmap_t all = hwloc_bitmap_alloc();
	int n = 0;

	for (int i = 0; all && i < pinion_placement_seats(placement); i++)
		if (hwloc_bitmap_or(all, all, pinion__placement_cpus(placement, i)) == 0)
			n = hwloc_bitmap_weight(all);
	hwloc_bitmap_free(all);
	return n;
}

/* Spinning steals the processor from whoever has the answer when threads outnumber processors or time is rationed.
 * The processors that are really here count too: a planned machine may be larger. */
static uint64_t choose_spin(const pinion_engine *e)
{
	const struct pinion__machine *machine = pinion__placement_machine(e->placement);
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	if (e->config.spin_ns)
		return e->config.spin_ns;
	if (machine->quota > 0 || e->workers > online || e->workers > processors_of(e->placement))
		return 0;
	return DEFAULT_SPIN_NS;
}

static int worker_fill(struct pinion__worker *w)
{
	const pinion_engine *e = w->engine;
	const int *order = pinion_placement_order(e->placement, w->index);

	w->order = pinion__alloc((size_t)e->workers * sizeof *w->order);
	w->distance = pinion__alloc((size_t)e->workers * sizeof *w->distance);
	if (!w->order || !w->distance)
		return PINION_ERR_NOMEM;
	for (int i = 0; i < e->workers - 1; i++)
		w->order[i] = (uint32_t)order[i];
	for (int i = 0; i < e->workers; i++)
		w->distance[i] = (uint8_t)pinion_placement_distance(e->placement, w->index, i);
	return 0;
}

/* A stripe for each node that somebody sits on; the others' threads use the receiver's own. */
static void inbox_reset(struct pinion__worker *w)
{
	const pinion_engine *e = w->engine;

	if (!w->stripe) {
		inbox_init(&w->inbox);
		return;
	}
	for (uint32_t node = 0; node < e->nodes; node++) {
		w->stripe[node] = e->stripes[node] ? &e->stripes[node][w->index] : &w->inbox.own;
		inbox_stripe_init(w->stripe[node]);
	}
	inbox_init_striped(&w->inbox, w->stripe, e->nodes, (uint32_t)w->node % e->nodes);
}

static void worker_reset(struct pinion__worker *w)
{
	w->stop = w->hint_coming = w->in_slot = w->resting = w->quiet = false;
	w->begun = w->begun_seen = 0;
	w->beneath = NULL;
	w->waits = 0;
	w->backlog = NULL;
	w->ticket = 0;
	w->os_tid = 0;
	deque_init(&w->deque, w->deque_slots, PINION__DEQUE_CAPACITY, 0);
	cursor_init(&w->cursor);
	u32_init(&w->visited, 0);
	inbox_reset(w);
	slot_init(&w->slot);
	parker_init(&w->parker);
	parker_init(&w->standby);
	seat_init(&w->seat);
	w->hint = pinion__hint_job();
	memset(&w->binding, 0, sizeof w->binding);
	w->binding.os_cpu = -1;
}

static int workers_create(pinion_engine *e)
{
	e->worker = pinion__alloc((size_t)e->workers * sizeof *e->worker);
	e->stop = pinion__alloc((size_t)e->workers * sizeof *e->stop);
	if (!e->worker || !e->stop)
		return PINION_ERR_NOMEM;
	for (int i = 0; i < e->workers; i++) {
		pinion_seat seat = pinion_placement_seat(e->placement, i);
		struct pinion__worker *w = pinion__node_alloc(e->placement, seat.node, sizeof *w);
		if (!w)
			return PINION_ERR_NOMEM;
		e->worker[i] = w;
		w->engine = e;
		w->index = i;
		w->node = seat.node;
		w->adopted = i == 0 && e->config.main == PINION_MAIN_WORKER && !e->config.inline_only;
		if (worker_fill(w))
			return PINION_ERR_NOMEM;
	}
	return 0;
}

static size_t stripes_bytes(const pinion_engine *e)
{
	return (size_t)e->workers * sizeof(inbox_stripe);
}

/* What posts from one node share no line with what posts from another. */
static int stripes_create(pinion_engine *e)
{
	int nodes = pinion_placement_nodes(e->placement);

	e->nodes = (uint32_t)nodes < INBOX_STRIPES_MAX ? (uint32_t)nodes : INBOX_STRIPES_MAX;
	if (e->nodes <= 1)
		return 0;
	e->stripes = pinion__alloc(e->nodes * sizeof *e->stripes);
	for (int i = 0; e->stripes && i < e->workers; i++) {
		struct pinion__worker *w = e->worker[i];
		inbox_stripe **stripes = &e->stripes[(uint32_t)w->node % e->nodes];
		if (!*stripes)
			*stripes = pinion__node_alloc(e->placement, w->node, stripes_bytes(e));
		w->stripe = pinion__alloc(e->nodes * sizeof *w->stripe);
		if (!*stripes || !w->stripe)
			return PINION_ERR_NOMEM;
	}
	return e->stripes ? 0 : PINION_ERR_NOMEM;
}

static void stripes_destroy(pinion_engine *e)
{
	for (uint32_t node = 0; e->stripes && node < e->nodes; node++)
		pinion__node_free(e->placement, e->stripes[node], stripes_bytes(e));
	pinion__free(e->stripes);
}

static int shared_create(pinion_engine *e)
{
	const struct pinion__os *os = pinion__placement_machine(e->placement)->os;
	uint32_t words = idle_words((uint32_t)e->workers);

	e->idle_words = pinion__alloc_aligned(PINION_NOSHARE, words * sizeof *e->idle_words);
	e->asleep_words = pinion__alloc_aligned(PINION_NOSHARE, words * sizeof *e->asleep_words);
	e->alive = os->map(os, os->page_bytes(os), os->page_bytes(os));
	if (!e->idle_words || !e->asleep_words || !e->alive)
		return PINION_ERR_NOMEM;
	os->advise(os, e->alive, os->page_bytes(os),
	           PINION__OS_WIPE_ON_FORK); /* before 4.14: forks go unseen */
	snprintf(e->site[0], sizeof e->site[0], "engine");
	u32_init(&e->sites, 1);
	return 0;
}

int pinion_engine_create(pinion_engine **out, const pinion_placement *placement,
                         const pinion_config *config, pinion_diag *diag)
{
	PINION_REQUIRE(out);
	pinion_engine *e = pinion__alloc_aligned(PINION_NOSHARE, sizeof *e);
	int error;

	if (!e) {
		pinion__diag_set(diag, -1, 0, "out of memory");
		return PINION_ERR_NOMEM;
	}
	pthread_mutex_init(&e->lock, NULL);
	pthread_mutex_init(&e->inline_lock, NULL);
	error = pinion__config_resolve(&e->config, config, diag);
	if (error)
		goto out;
	if (placement)
		e->placement = pinion__placement_retain(placement);
	else
		error = plan(&e->placement, &e->config, diag);
	if (error)
		goto out;
	e->workers = pinion_placement_seats(e->placement);
	if (shared_create(e) || workers_create(e) || stripes_create(e)) {
		pinion__diag_set(diag, -1, 0, "out of memory for %d workers", e->workers);
		error = PINION_ERR_NOMEM;
		goto out;
	}
	e->spin_ns = choose_spin(e);
	*out = e;
out:
	if (error)
		pinion_engine_destroy(e);
	return error;
}

/* ---- start ------------------------------------------------------------------- */

/* Returns 0 or an errno. */
static int thread_create(struct pinion__worker *w, void *(*body)(void *))
{
	pthread_attr_t attributes;
	sigset_t all, before;

	if (pthread_attr_init(&attributes) != 0)
		return ENOMEM;
	pthread_attr_setstacksize(&attributes, w->engine->config.stack_bytes);
	pthread_attr_setguardsize(&attributes, (size_t)sysconf(_SC_PAGESIZE));
	sigfillset(&all); /* signals are the caller's: a worker inherits them all blocked */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&w->thread, &attributes, body, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	w->has_thread = rc == 0;
	return rc;
}

static void reset_shared(pinion_engine *e)
{
	epoch_init(&e->epoch);
	e->tag = 0;
	idle_init(&e->idle, e->idle_words, (uint32_t)e->workers);
	idle_init(&e->asleep, e->asleep_words, (uint32_t)e->workers);
	u32_init(&e->turn, 0);
	join_init(&e->ready, 1);
	for (int i = 0; i < e->workers; i++)
		worker_reset(e->worker[i]);
}

static void adopt_main(pinion_engine *e)
{
	struct pinion__worker *first = e->worker[0];

	if (!first->adopted)
		return;
	e->main = pthread_self();
	first->os_tid = (int)gettid();
	if (e->config.placement != PINION_PLACE_OFF)
		pinion__bind_self(e->placement, 0, &e->main_mask, &first->binding);
}

static int threads_create(pinion_engine *e, pinion_diag *diag)
{
	int error = 0;

	for (int i = 0; i < e->workers && !error; i++) {
		struct pinion__worker *w = e->worker[i];
		join_add(&e->ready, 1);
		int rc = thread_create(w, w->adopted ? pinion__standby_main : pinion__worker_main);
		if (rc) {
			join_done(&e->ready); /* nobody will report for it */
			error = rc == EAGAIN || rc == ENOMEM ? PINION_ERR_NOMEM : PINION_ERR_SYSTEM;
			pinion__diag_set(
			    diag, -1, 0,
			    "cannot create the thread of worker %d of %d: %s (limits: ulimit -u, memory)", i,
			    e->workers, strerror(rc));
		}
	}
	join_done(&e->ready);
	pinion__wait_join(e, NULL, &e->ready, NULL);
	return error;
}

/* Under strict, every seat must have been obtained as asked. */
static int check_seats(pinion_engine *e, pinion_diag *diag)
{
	if (e->config.placement == PINION_PLACE_OFF)
		return 0;
	for (int i = 0; i < e->workers; i++) {
		const struct pinion__binding *b = &e->worker[i]->binding;
		if (b->bound)
			continue;
		pinion__log(e, "worker %d: asked for CPU %s, obtained %s: %s", i, b->asked, b->obtained,
		            b->reason);
		if (e->config.placement != PINION_PLACE_STRICT)
			continue;
		pinion__diag_set(diag, -1, 0, "worker %d did not get CPU %.40s: %.120s", i, b->asked,
		                 b->reason);
		return PINION_ERR_PLACE;
	}
	return 0;
}

static void stop_job_run(struct pinion__job *job, struct pinion__worker *w)
{
	(void)job;
	w->stop = true;
}

/*
 * Has this worker begun anything since the round before, or something left to begin? The inbox
 * counts: what was posted from another node before this job may come out of it later.
 */
static void quiet_job_run(struct pinion__job *job, struct pinion__worker *w)
{
	(void)job;
	w->quiet = w->waits == 0 && w->begun == w->begun_seen && deque_length(&w->deque) == 0 &&
	           !w->backlog && inbox_is_empty(&w->inbox);
	w->begun_seen = w->begun;
	join_done(&w->engine->ready);
}

/*
 * Rounds until one in which nobody had run anything since the round before. Only what runs can post, so then nothing
 * is left that a worker might still call another one for, and the threads may end.
 */
static void wait_until_quiet(pinion_engine *e)
{
	for (bool quiet = false; !quiet; pinion__yield()) {
		quiet = true;
		join_init(&e->ready, 1);
		for (int i = 0; i < e->workers; i++)
			if (e->worker[i]->has_thread) {
				e->stop[i] = (struct pinion__job){.run = quiet_job_run};
				join_add(&e->ready, 1);
				pinion__post(e->worker[i], &e->stop[i]);
			}
		join_done(&e->ready);
		pinion__wait_join(e, NULL, &e->ready, NULL);
		for (int i = 0; i < e->workers; i++)
			quiet &= !e->worker[i]->has_thread || e->worker[i]->quiet;
	}
}

static void threads_end(pinion_engine *e)
{
	struct pinion__job *stop = e->stop;

	wait_until_quiet(e);
	for (int i = 0; i < e->workers; i++)
		if (e->worker[i]->has_thread) {
			stop[i] = (struct pinion__job){.run = stop_job_run};
			pinion__post(e->worker[i], &stop[i]);
		}
	for (int i = 0; i < e->workers; i++)
		if (e->worker[i]->has_thread) {
			pthread_join(e->worker[i]->thread, NULL);
			e->worker[i]->has_thread = false;
		}
}

/* Whoever stops the engine, the mask belongs to the thread that started it. In the child of a fork that thread has
 * another number, and is the calling one if it is there at all. */
static void release_main(pinion_engine *e)
{
	bool self = e->main_mask && pthread_equal(pthread_self(), e->main);

	pinion__mask_restore(e->placement, self ? 0 : e->worker[0]->os_tid, e->main_mask);
	e->main_mask = NULL;
}

int pinion_engine_start(pinion_engine *engine, pinion_diag *diag)
{
	PINION_REQUIRE(engine);
	if (pinion__engine_alive(engine) || pinion__self) {
		pinion__diag_set(diag, -1, 0, "%s",
		                 pinion__self ? "this thread is inside a task or loop"
		                              : "the engine is already running");
		return PINION_ERR_STATE;
	}
	if (engine->started)
		pinion_engine_stop(engine); /* in the child of a fork: forget the parent's workers */
	reset_shared(engine);
	if (!engine->config.inline_only) {
		adopt_main(engine);
		int error = threads_create(engine, diag);
		if (!error)
			error = check_seats(engine, diag);
		if (error) {
			threads_end(engine);
			release_main(engine);
			return error;
		}
	}
	engine->started = true;
	u32_store_relaxed(engine->alive, 1); /* relaxed: see pinion__engine_alive */
	return 0;
}

/* ---- stop ---------------------------------------------------------------------- */

/* The child of a fork has the memory of the workers but not their threads. */
static void forget_threads(pinion_engine *e)
{
	pthread_mutex_init(&e->lock, NULL); /* another thread may have held them at the fork */
	pthread_mutex_init(&e->inline_lock, NULL);
	for (int i = 0; i < e->workers; i++)
		e->worker[i]->has_thread = false;
}

int pinion_engine_stop(pinion_engine *engine)
{
	PINION_REQUIRE(engine);
	if (!engine->started)
		return 0;
	if (pinion__self && pinion__self->engine == engine && pinion__engine_alive(engine))
		return PINION_ERR_STATE;
	if (pinion__engine_alive(engine))
		threads_end(engine);
	else
		forget_threads(engine);
	release_main(engine);
	u32_store_relaxed(engine->alive, 0); /* relaxed: see pinion__engine_alive */
	engine->started = false;
	return 0;
}

static void worker_destroy(const pinion_engine *e, struct pinion__worker *w)
{
	if (!w)
		return;
	pinion__free(w->order);
	pinion__free(w->stripe);
	pinion__free(w->distance);
	pinion__node_free(e->placement, w, sizeof *w);
}

void pinion_engine_destroy(pinion_engine *engine)
{
	if (!engine)
		return;
	pinion_engine_stop(engine);
	for (int i = 0; engine->worker && i < engine->workers; i++)
		worker_destroy(engine, engine->worker[i]);
	if (engine->alive) {
		const struct pinion__os *os = pinion__placement_machine(engine->placement)->os;
		os->unmap(os, engine->alive, os->page_bytes(os));
	}
	stripes_destroy(engine);
	pinion__free(engine->stop);
	pinion__free(engine->worker);
	pinion__free(engine->idle_words);
	pinion__free(engine->asleep_words);
	pinion_placement_destroy(engine->placement);
	pinion__config_free(&engine->config);
	pthread_mutex_destroy(&engine->lock);
	pthread_mutex_destroy(&engine->inline_lock);
	pinion__free(engine);
}

/* ---- questions ------------------------------------------------------------------- */

int pinion_engine_workers(const pinion_engine *engine)
{
	return engine->workers;
}

const pinion_placement *pinion_engine_placement(const pinion_engine *engine)
{
	return engine->placement;
}

bool pinion_engine_running(const pinion_engine *engine)
{
	return pinion__engine_alive(engine);
}
