/*
 * Loops over partitioned data.
 *
 * A seat's blocks form one line of indexes, cut into claims of `grain`. With
 * schedule steal each claim comes from the seat's cursor, which others may
 * advance too; a worker drains its own first and then visits the others,
 * nearest first. With schedule owner nobody else ever looks.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/partition.h"
#include "engine/worker.h"

#include <pinion/loop.h>

/* of an automatic grain: small enough to balance, large enough to be cheap */
#define CLAIMS_PER_SEAT 16

struct loop {
	struct pinion__fork fork; /* first */
	pinion_engine *engine;
	const pinion_partition *partition;
	pinion_body body;
	void *ctx;
	size_t grain;
	size_t elem_bytes;
	int site;
	bool steal;
	PINION_ALIGNED(PINION_NOSHARE) atomic_u32 error; /* first non-zero of a body */
};

/* ---- one claim -------------------------------------------------------------- */

enum nearness { HOME, NEAR, REMOTE };

static enum nearness nearness(const struct pinion__worker *w, const struct pinion__worker *owner)
{
	if (w == owner)
		return HOME;
	return w->node == owner->node ? NEAR : REMOTE;
}

static void account(const struct loop *l, struct pinion__worker *w,
                    const struct pinion__worker *owner, size_t n)
{
	struct pinion__counters *c = &w->counters[l->site];
	enum nearness near = nearness(w, owner);

	pinion__count(&c->claims[near], 1);
	pinion__count(&c->indexes[near], n);
	pinion__count(&c->bytes[near], n * l->elem_bytes);
}

/* Relaxed: an error ends the loop soon, and its edge to the caller is the join. */
static bool has_failed(const struct loop *l)
{
	return u32_load_relaxed(&l->error) != 0;
}

static void run_body(struct loop *l, size_t begin, size_t end)
{
	uint32_t none = 0;
	int error = pinion__call_body(l->engine, l->body, begin, end, l->ctx);

	if (PINION_UNLIKELY(error != 0))
		u32_cas_relaxed(&l->error, &none, (uint32_t)error);
}

/* Indexes from .. to - 1 of the line of owned indexes; a claim may span blocks. */
static void run_claim(struct loop *l, struct pinion__worker *w, const struct pinion__owned *owned,
                      size_t from, size_t to)
{
	size_t i = 0, high = owned->blocks;

	while (high - i > 1) { /* the last block that starts at or before `from` */
		size_t middle = i + (high - i) / 2;
		if (owned->prefix[middle] <= from)
			i = middle;
		else
			high = middle;
	}
	for (; from < to && !has_failed(l); i++) {
		if (owned->prefix[i + 1] == from)
			continue; /* an empty block */
		pinion_block block = pinion_partition_at(l->partition, owned->block[i]);
		size_t end = to < owned->prefix[i + 1] ? to : owned->prefix[i + 1];
		size_t shift = block.begin - owned->prefix[i];
		run_body(l, from + shift, end + shift);
		account(l, w, l->engine->worker[block.owner], end - from);
		from = end;
	}
}

/* ---- a visit ----------------------------------------------------------------- */

static uint64_t claims_of(const struct loop *l, const struct pinion__owned *owned)
{
	size_t n = owned->prefix[owned->blocks];

	return n / l->grain + (n % l->grain != 0);
}

static void run_claim_number(struct loop *l, struct pinion__worker *w,
                             const struct pinion__owned *owned, uint64_t number)
{
	size_t n = owned->prefix[owned->blocks], from = (size_t)number * l->grain;

	run_claim(l, w, owned, from, n - from < l->grain ? n : from + l->grain);
}

/* All of a seat's claims in order, without its cursor: nobody else takes any. */
static void run_all_of(struct loop *l, struct pinion__worker *w, int seat)
{
	struct pinion__owned owned = pinion__partition_owned(l->partition, seat);
	uint64_t claims = claims_of(l, &owned);

	for (uint64_t i = 0; i < claims && !has_failed(l); i++)
		run_claim_number(l, w, &owned, i);
}

/* What is left of a seat's claims. Returns whether there was any. */
static bool run_left_of(struct loop *l, struct pinion__worker *w, int seat)
{
	struct pinion__owned owned = pinion__partition_owned(l->partition, seat);
	uint64_t claims = claims_of(l, &owned), number;
	cursor *line = &l->engine->worker[seat]->cursor;
	bool any = false;

	while (!has_failed(l) && cursor_claim(line, l->fork.tag, claims, &number)) {
		run_claim_number(l, w, &owned, number);
		any = true;
	}
	return any;
}

static bool is_left(const struct loop *l, int seat)
{
	struct pinion__owned owned = pinion__partition_owned(l->partition, seat);

	return cursor_probe(&l->engine->worker[seat]->cursor, l->fork.tag, claims_of(l, &owned));
}

/* The look comes before the claim, so drained cursors stay shared in every cache. */
static void steal_around(struct loop *l, struct pinion__worker *w)
{
	struct pinion__counters *c = &w->counters[l->site];

	for (int i = 0; i < l->engine->workers - 1 && !has_failed(l); i++) {
		int victim = (int)w->order[i];
		if (!is_left(l, victim))
			continue;
		pinion__count(&c->tried, 1);
		if (run_left_of(l, w, victim))
			pinion__count(&c->won[w->distance[victim]], 1);
	}
}

static void visit_alone(struct loop *l, struct pinion__worker *w)
{
	for (int seat = 0; seat < l->engine->workers; seat++)
		run_all_of(l, w, seat);
}

static void visit_loop(struct pinion__fork *fork, struct pinion__worker *w, const uint64_t *cargo)
{
	struct loop *l = (struct loop *)fork;
	struct pinion__counters *c = &w->counters[l->site];
	uint64_t begin = pinion__clock_ns(), middle;

	if (!l->steal)
		run_all_of(l, w, w->index);
	else if (fork->shared)
		run_left_of(l, w, w->index);
	else
		visit_alone(l, w);
	middle = pinion__clock_ns();
	pinion__count(&c->run_ns, middle - begin);
	if (l->steal && fork->shared) {
		steal_around(l, w);
		pinion__count(&c->steal_ns, pinion__clock_ns() - middle);
	}
}

/* ---- the call ------------------------------------------------------------------ */

/* Callers that are no workers share their counters, so these add atomically. */
static void count_call(struct loop *l, struct pinion__worker *w, bool inlined)
{
	struct pinion__counters *c = pinion__counters_of(l->engine, w, l->site);

	if (w) {
		pinion__count(&c->loops, 1);
		pinion__count(&c->inlined, inlined);
	} else {
		u64_add_relaxed(&c->loops, 1);
		u64_add_relaxed(&c->inlined, inlined);
	}
}

static size_t choose_grain(const pinion_engine *e, const pinion_loop_options *options, size_t n)
{
	size_t claims = (size_t)e->workers * CLAIMS_PER_SEAT;

	size_t grain = n / claims + (n % claims != 0);

	if (options && options->grain)
		grain = options->grain;
	else if (e->config.grain)
		grain = e->config.grain;
	while (n / grain >= CURSOR_LIMIT_MAX)
		grain *= 2;
	return grain;
}

static void loop_fill(struct loop *l, pinion_engine *e, struct pinion__worker *w,
                      const pinion_loop_options *options)
{
	pinion_schedule schedule = options ? options->schedule : PINION_SCHEDULE_DEFAULT;

	if (schedule == PINION_SCHEDULE_DEFAULT)
		schedule = e->config.schedule;
	l->steal = schedule == PINION_SCHEDULE_STEAL;
	l->fork.visit = visit_loop;
	l->fork.reach = l->steal ? PINION__REACH_ANY : PINION__REACH_EVERY;
	l->grain = choose_grain(e, options, pinion_partition_size(l->partition));
	l->elem_bytes = options ? options->elem_bytes : 0;
	l->site = pinion__site(e, w, options && options->site ? options->site : "loop");
	u32_init(&l->error, 0);
}

/* One claim is not worth waking anybody, unless its owner must run it. */
static bool is_small(const struct loop *l, const struct pinion__worker *w)
{
	if (!w)
		return false;
	if (l->engine->workers == 1)
		return true;
	return l->steal && pinion_partition_size(l->partition) <= l->grain;
}

static int run_loop(struct loop *l, struct pinion__worker *w)
{
	bool small = is_small(l, w);

	if (small)
		visit_alone(l, w);
	else
		pinion__fork_run(l->engine, w, &l->fork);
	count_call(l, w, small);
	return (int)u32_load_relaxed(&l->error); /* ordered by the join */
}

static bool options_make_sense(const pinion_loop_options *options)
{
	return !options || (options->size == sizeof *options &&
	                    (unsigned)options->schedule <= PINION_SCHEDULE_OWNER);
}

int pinion_for(pinion_engine *engine, const pinion_partition *partition,
               const pinion_loop_options *options, pinion_body body, void *ctx)
{
	struct loop l = {.engine = engine, .partition = partition, .body = body, .ctx = ctx};

	PINION_REQUIRE(engine && partition && body);
	if (!pinion__engine_alive(engine))
		return PINION_ERR_STATE;
	if (pinion_partition_seats(partition) != engine->workers || !options_make_sense(options))
		return PINION_ERR_ARG;
	if (pinion_partition_size(partition) == 0)
		return 0;
	struct pinion__visitor visitor = pinion__enter(engine);
	loop_fill(&l, engine, visitor.worker, options);
	int error = run_loop(&l, visitor.worker);
	pinion__leave(engine, &visitor);
	return error;
}

/* ---- once on every worker --------------------------------------------------------- */

/* fn and ctx ride as cargo: a member needs no line of the caller's stack to run them. */
struct everywhere {
	struct pinion__fork fork; /* first */
	/* worker : 32 | value : 32 of the lowest worker that failed */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 error;
};

#define NO_ERROR UINT64_MAX

static void note_failure(struct everywhere *all, const struct pinion__worker *w, int error)
{
	uint64_t mine = (uint64_t)w->index << 32 | (uint32_t)error;
	uint64_t lowest = u64_load_relaxed(&all->error); /* ordered by the join */

	while (mine < lowest)
		if (u64_cas_relaxed(&all->error, &lowest, mine))
			break;
}

static void visit_worker(struct pinion__fork *fork, struct pinion__worker *w, const uint64_t *cargo)
{
	pinion_worker_fn fn = (pinion_worker_fn)(uintptr_t)cargo[0];
	int error = pinion__call_worker(w->engine, fn, w->index, (void *)(uintptr_t)cargo[1]);

	if (PINION_UNLIKELY(error != 0))
		note_failure((struct everywhere *)fork, w, error);
}

int pinion_each_worker(pinion_engine *engine, pinion_worker_fn fn, void *ctx)
{
	struct everywhere all = {.fork = {.visit = visit_worker,
	                                  .reach = PINION__REACH_EVERY,
	                                  .cargo = {(uintptr_t)fn, (uintptr_t)ctx}}};

	PINION_REQUIRE(engine && fn);
	if (!pinion__engine_alive(engine))
		return PINION_ERR_STATE;
	u64_init(&all.error, NO_ERROR);
	struct pinion__visitor visitor = pinion__enter(engine);
	pinion__fork_run(engine, visitor.worker, &all.fork);
	pinion__leave(engine, &visitor);
	uint64_t lowest = u64_load_relaxed(&all.error);
	return lowest == NO_ERROR ? 0 : (int)(uint32_t)lowest;
}
