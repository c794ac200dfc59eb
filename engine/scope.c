/*
 * Tasks, the scopes that own them, and calls on one worker.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/machine.h"
#include "engine/worker.h"

#include <pinion/partition.h>
#include <pinion/scope.h>

enum place_kind { PLACE_ANYWHERE = 0, PLACE_WORKER = 1, PLACE_NODE = 2 };

struct scope {
	struct pinion__open open; /* first */
	atomic_u32 error;         /* first non-zero of a task */
	atomic_u32 canceled;
	join join; /* tasks, and 1 for the scope itself */
};

static_assert(sizeof(struct scope) <= sizeof(pinion_scope), "pinion_scope has room");
static_assert(_Alignof(struct scope) <= _Alignof(pinion_scope), "pinion_scope is aligned");

struct task {
	struct pinion__job job; /* first; job.scope is the scope */
	pinion_task fn;
	void *ctx;
};

pinion_place pinion_on_block(const pinion_partition *partition, size_t block)
{
	if (block >= pinion_partition_blocks(partition))
		return pinion_on_worker(PINION_WORKER_NONE);
	return pinion_on_worker(pinion_partition_at(partition, block).owner);
}

/* ---- running a task --------------------------------------------------------- */

static void scope_fail(struct scope *s, int error)
{
	uint32_t none = 0;

	/* Relaxed: the first to come wins, and the join carries the value. */
	u32_cas_relaxed(&s->error, &none, (uint32_t)error);
	u32_store_relaxed(&s->canceled, 1);
}

static void run_task(struct pinion__job *job, struct pinion__worker *w)
{
	struct task *t = (struct task *)job;
	struct scope *s = (struct scope *)t->job.scope;
	pinion_task fn = t->fn;
	void *ctx = t->ctx;

	pinion__free(t);
	w->begun++;
	if (!u32_load_relaxed(&s->canceled)) { /* a late look costs one task more */
		pinion__count(&w->tasks, 1);
		int error = pinion__call_task(w->engine, fn, ctx);
		if (PINION_UNLIKELY(error != 0))
			scope_fail(s, error);
	}
	join_done(&s->join);
}

/* ---- where a task goes -------------------------------------------------------- */

static int node_distance(const pinion_engine *e, int from, int to)
{
	const struct pinion__machine *machine = pinion__placement_machine(e->placement);

	return machine->distance[from * machine->nodes + to];
}

/* The seats whose node is nearest to `node` take turns. */
static int seat_near_node(pinion_engine *e, int node)
{
	uint32_t turn = u32_add_relaxed(&e->turn, 1); /* any fair number will do */
	int best = 0, best_distance = INT32_MAX;

	for (int i = 0; i < e->workers; i++) {
		int seat = (int)((turn + (uint32_t)i) % (uint32_t)e->workers);
		int distance = node_distance(e, node, e->worker[seat]->node);
		if (distance < best_distance) {
			best = seat;
			best_distance = distance;
		}
	}
	return best;
}

static bool place_exists(const pinion_engine *e, pinion_place place)
{
	int end = place.kind == PLACE_NODE ? pinion_placement_nodes(e->placement) : e->workers;

	if (place.kind == PLACE_ANYWHERE)
		return true;
	return (place.kind == PLACE_WORKER || place.kind == PLACE_NODE) && place.index >= 0 &&
	       place.index < end;
}

/* Some other worker that will take it soon, else whoever's turn it is. */
static struct pinion__worker *somebody(pinion_engine *e, struct pinion__worker *w)
{
	const struct pinion__worker *from = w ? w : e->worker[0];
	uint32_t seat;

	if (!w && idle_is_set(&e->idle, 0))
		return e->worker[0];
	for (int i = 0; i < e->workers - 1; i++)
		if (idle_is_set(&e->idle, from->order[i]))
			return e->worker[from->order[i]];
	if (w)
		return w;
	seat = u32_add_relaxed(&e->turn, 1) % (uint32_t)e->workers;
	return e->worker[seat];
}

/*
 * The own deque keeps a promise to those who wait on this thread's stack: children of the scope they wait for, or of
 * one begun later, lie on top. A task of an older scope would hide them, so it travels by inbox.
 */
static bool may_push_own(const struct pinion_engine *e, const struct scope *s)
{
	const struct pinion__open *open = pinion__innermost;

	while (open && open->engine != e)
		open = open->outer;
	return !open || open == &s->open;
}

static void place_anywhere(pinion_engine *e, struct pinion__worker *w, struct task *t)
{
	t->job.movable = true;
	if (!w || !may_push_own(e, (struct scope *)t->job.scope)) {
		pinion__post(somebody(e, w), &t->job);
		return;
	}
	if (!pinion__offer(w, &t->job))
		run_task(&t->job, w);
}

static void place_task(pinion_engine *e, struct pinion__worker *w, pinion_place place,
                       struct task *t)
{
	if (e->config.inline_only) {
		pinion__self = e->worker[place.kind == PLACE_WORKER ? place.index : 0];
		run_task(&t->job, pinion__self);
		pinion__self = w;
	} else if (place.kind == PLACE_WORKER) {
		pinion__post(e->worker[place.index], &t->job);
	} else if (place.kind == PLACE_NODE) {
		pinion__post(e->worker[seat_near_node(e, place.index)], &t->job);
	} else {
		place_anywhere(e, w, t);
	}
}

/* ---- the calls ------------------------------------------------------------------ */

int pinion_scope_init(pinion_scope *scope, pinion_engine *engine)
{
	struct scope *s = (struct scope *)(void *)scope;

	PINION_REQUIRE(scope && engine);
	if (!pinion__engine_alive(engine))
		return PINION_ERR_STATE;
	u32_init(&s->error, 0);
	u32_init(&s->canceled, 0);
	join_init(&s->join, 1);
	s->open.engine = engine;
	s->open.outer = pinion__innermost;
	pinion__innermost = &s->open;
	return 0;
}

int pinion_go(pinion_scope *scope, pinion_place place, pinion_task fn, void *ctx)
{
	struct scope *s = (struct scope *)(void *)scope;
	pinion_engine *e = s->open.engine;

	PINION_REQUIRE(fn);
	if (!pinion__engine_alive(e))
		return PINION_ERR_STATE;
	if (!place_exists(e, place))
		return PINION_ERR_RANGE;
	if (u32_load_relaxed(&s->canceled)) /* a late look costs one task more */
		return PINION_ERR_CANCELED;
	struct task *t = pinion__alloc(sizeof *t);
	if (!t)
		return PINION_ERR_NOMEM;
	t->job.run = run_task;
	t->job.scope = &s->open;
	t->fn = fn;
	t->ctx = ctx;
	join_add(&s->join, 1);
	struct pinion__visitor visitor = pinion__enter(e);
	place_task(e, visitor.worker, place, t);
	pinion__leave(e, &visitor);
	return 0;
}

/* Usually the innermost; a caller may join an outer one first. */
static void scope_close(struct scope *s)
{
	struct pinion__open **link = &pinion__innermost;

	while (*link && *link != &s->open)
		link = &(*link)->outer;
	if (*link)
		*link = s->open.outer;
}

int pinion_scope_join(pinion_scope *scope)
{
	struct scope *s = (struct scope *)(void *)scope;
	pinion_engine *e = s->open.engine;

	if (!pinion__engine_alive(e)) {
		scope_close(s);
		return PINION_ERR_STATE;
	}
	struct pinion__visitor visitor = pinion__enter(e);
	join_done(&s->join);
	pinion__wait_join(e, visitor.worker, &s->join, &s->open);
	scope_close(s);
	int error = (int)u32_load_relaxed(&s->error); /* carried by the join */
	if (!error && u32_load_relaxed(&s->canceled))
		error = PINION_ERR_CANCELED;
	pinion__leave(e, &visitor);
	return error;
}

/* Relaxed: cancellation is a wish, and carries nothing. */
void pinion_scope_cancel(pinion_scope *scope)
{
	struct scope *s = (struct scope *)(void *)scope;

	u32_store_relaxed(&s->canceled, 1);
}

bool pinion_scope_canceled(const pinion_scope *scope)
{
	const struct scope *s = (const struct scope *)(const void *)scope;

	return u32_load_relaxed(&s->canceled) != 0; /* as in pinion_scope_cancel */
}

/* ---- a call on one worker --------------------------------------------------------- */

/* For a worker whose slot is taken: the same through the inbox, on the caller's stack. */
struct call_job {
	struct pinion__job job; /* first */
	pinion_task fn;
	void *ctx;
	int result;
	join join;
};

static void run_call(struct pinion__job *job, struct pinion__worker *w)
{
	struct call_job *call = (struct call_job *)job;

	w->begun++;
	pinion__count(&w->tasks, 1);
	call->result = pinion__call_task(w->engine, call->fn, call->ctx);
	join_done(&call->join);
}

static int call_by_inbox(pinion_engine *e, struct pinion__worker *caller, struct pinion__worker *to,
                         pinion_task fn, void *ctx)
{
	struct call_job call = {.job = {.run = run_call}, .fn = fn, .ctx = ctx};

	join_init(&call.join, 1);
	pinion__post(to, &call.job);
	pinion__wait_join(e, caller, &call.join, NULL);
	return call.result;
}

static int call_inline(pinion_engine *e, struct pinion__worker *caller, struct pinion__worker *to,
                       pinion_task fn, void *ctx)
{
	pinion__self = to;
	int result = pinion__call_task(e, fn, ctx);
	pinion__self = caller;
	return result;
}

static int call_on(pinion_engine *e, struct pinion__worker *caller, struct pinion__worker *to,
                   pinion_task fn, void *ctx)
{
	if (caller == to || e->config.inline_only)
		return call_inline(e, caller, to, fn, ctx);
	if (!slot_try_claim(&to->slot))
		return call_by_inbox(e, caller, to, fn, ctx);
	slot_post(&to->slot, fn, ctx);
	pinion__wake(to);
	return pinion__wait_slot(e, caller, &to->slot);
}

int pinion_run_on(pinion_engine *engine, int worker, pinion_task fn, void *ctx)
{
	PINION_REQUIRE(engine && fn);
	if (!pinion__engine_alive(engine))
		return PINION_ERR_STATE;
	if (worker < 0 || worker >= engine->workers)
		return PINION_ERR_RANGE;
	struct pinion__visitor visitor = pinion__enter(engine);
	int result = call_on(engine, visitor.worker, engine->worker[worker], fn, ctx);
	pinion__leave(engine, &visitor);
	return result;
}
