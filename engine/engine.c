/*
 * Life of an engine: create plans and allocates, start makes threads, stop
 * ends them. A start that fails half-way undoes what it did.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/machine.h"
#include "affinity/node_memory.h"
#include "engine/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_SPIN_NS 50000 /* about what it costs to wake a sleeping thread */

static int fault(pinion_diag *diag, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

static int fault(pinion_diag *diag, int error, const char *format, ...)
{
	va_list args;

	if (diag) {
		memset(diag, 0, sizeof *diag);
		diag->offset = -1;
		va_start(args, format);
		vsnprintf(diag->text, sizeof diag->text, format, args);
		va_end(args);
	}
	return error;
}

/* ---- create ------------------------------------------------------------------ */

static int plan_on(pinion_placement **out, const pinion_topology *topology, const pinion_config *config,
                   bool places_given, pinion_diag *diag)
{
	pinion_policy policy = PINION_POLICY_INIT;
	pinion_cpus *places = NULL;

	policy.bind = config->bind;
	policy.workers = config->workers;
	policy.object = config->object;
	policy.per = config->per;
	policy.oversubscribe = config->oversubscribe;
	if (places_given) {
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
static int plan(pinion_placement **out, const pinion_config *config, bool places_given, pinion_diag *diag)
{
	pinion_topology *topology;
	int error = pinion_topology_load(&topology, config->topology, diag);

	if (error)
		return error;
	error = plan_on(out, topology, config, places_given, diag);
	pinion_topology_destroy(topology);
	return error;
}

static bool is_oversubscribed(const pinion_placement *placement, int workers)
{
	for (int a = 0; a < workers; a++)
		for (int b = a + 1; b < workers; b++)
			if (pinion_placement_seat(placement, a).pus == 1 && pinion_placement_seat(placement, b).pus == 1 &&
			    pinion_placement_seat(placement, a).os_cpu == pinion_placement_seat(placement, b).os_cpu)
				return true;
	return false;
}

/* Spinning steals the processor from whoever has the answer when threads outnumber processors or time is rationed. */
static uint64_t choose_spin(const pinion_engine *e)
{
	const struct pinion__machine *machine = pinion__placement_machine(e->placement);
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	if (e->config.spin_ns)
		return e->config.spin_ns;
	if (machine->quota > 0 || e->workers > online || is_oversubscribed(e->placement, e->workers))
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

static void worker_reset(struct pinion__worker *w)
{
	w->stop = w->hint_coming = w->in_slot = w->resting = false;
	w->waits = 0;
	w->backlog = NULL;
	w->ticket = 0;
	w->os_tid = 0;
	deque_init(&w->deque, w->deque_slots, PINION__DEQUE_CAPACITY, 0);
	cursor_init(&w->cursor);
	u32_init(&w->visited, 0);
	inbox_init(&w->inbox);
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

static int shared_create(pinion_engine *e)
{
	const struct pinion__os *os = pinion__placement_machine(e->placement)->os;
	uint32_t words = idle_words((uint32_t)e->workers);

	e->idle_words = pinion__alloc_aligned(PINION_NOSHARE, words * sizeof *e->idle_words);
	e->asleep_words = pinion__alloc_aligned(PINION_NOSHARE, words * sizeof *e->asleep_words);
	e->alive = os->map(os, os->page_bytes(os), os->page_bytes(os));
	if (!e->idle_words || !e->asleep_words || !e->alive)
		return PINION_ERR_NOMEM;
	os->advise(os, e->alive, os->page_bytes(os), PINION__OS_WIPE_ON_FORK); /* before 4.14: forks go unseen */
	snprintf(e->site[0], sizeof e->site[0], "engine");
	u32_init(&e->sites, 1);
	return 0;
}

int pinion_engine_create(pinion_engine **out, const pinion_placement *placement, const pinion_config *config,
                         pinion_diag *diag)
{
	PINION_REQUIRE(out);
	pinion_engine *e = pinion__alloc_aligned(PINION_NOSHARE, sizeof *e);
	int error;

	if (!e)
		return fault(diag, PINION_ERR_NOMEM, "out of memory");
	pthread_mutex_init(&e->lock, NULL);
	pthread_mutex_init(&e->inline_lock, NULL);
	error = pinion__config_resolve(&e->config, config, diag);
	if (error)
		goto out;
	if (placement)
		e->placement = pinion__placement_retain(placement);
	else
		error = plan(&e->placement, &e->config, config && config->places, diag);
	if (error)
		goto out;
	e->workers = pinion_placement_seats(e->placement);
	if (shared_create(e) || workers_create(e)) {
		error = fault(diag, PINION_ERR_NOMEM, "out of memory for %d workers", e->workers);
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

static int thread_create(struct pinion__worker *w, void *(*body)(void *))
{
	pthread_attr_t attributes;
	sigset_t all, before;

	if (pthread_attr_init(&attributes) != 0)
		return PINION_ERR_NOMEM;
	pthread_attr_setstacksize(&attributes, w->engine->config.stack_bytes);
	pthread_attr_setguardsize(&attributes, (size_t)sysconf(_SC_PAGESIZE));
	sigfillset(&all); /* signals are the caller's: a worker inherits them all blocked */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&w->thread, &attributes, body, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	w->has_thread = rc == 0;
	return rc == 0 ? 0 : rc == EAGAIN ? PINION_ERR_NOMEM : PINION_ERR_SYSTEM;
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
		error = thread_create(w, w->adopted ? pinion__standby_main : pinion__worker_main);
		if (error) {
			join_done(&e->ready); /* nobody will report for it */
			fault(diag, error, "cannot create the thread of worker %d of %d: %s (limits: ulimit -u, memory)", i,
			      e->workers, strerror(error == PINION_ERR_NOMEM ? EAGAIN : EINVAL));
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
		pinion__log(e, "worker %d: asked for CPU %s, obtained %s: %s", i, b->asked, b->obtained, b->reason);
		if (e->config.placement == PINION_PLACE_STRICT)
			return fault(diag, PINION_ERR_PLACE, "worker %d did not get CPU %.40s: %.120s", i, b->asked, b->reason);
	}
	return 0;
}

static void stop_job_run(struct pinion__job *job, struct pinion__worker *w)
{
	(void)job;
	w->stop = true;
}

/* Inboxes are first in, first out per sender, so what was submitted before is finished. */
static void threads_end(pinion_engine *e)
{
	struct pinion__job *stop = e->stop;

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

static void release_main(pinion_engine *e)
{
	pinion__mask_restore(e->placement, e->main_mask);
	e->main_mask = NULL;
}

int pinion_engine_start(pinion_engine *engine, pinion_diag *diag)
{
	PINION_REQUIRE(engine);
	if (pinion__engine_alive(engine))
		return fault(diag, PINION_ERR_STATE, "the engine is already running");
	if (pinion__self)
		return fault(diag, PINION_ERR_STATE, "this thread is inside a task or loop");
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
	u32_store_relaxed(engine->alive, 1);
	return 0;
}

/* ---- stop ---------------------------------------------------------------------- */

/* The child of a fork has the memory of the workers but not their threads. */
static void forget_threads(pinion_engine *e)
{
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
	u32_store_relaxed(engine->alive, 0);
	engine->started = false;
	return 0;
}

static void worker_destroy(const pinion_engine *e, struct pinion__worker *w)
{
	if (!w)
		return;
	pinion__free(w->order);
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
