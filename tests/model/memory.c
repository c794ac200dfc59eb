/*
 * Old reads, and which of them are left out when there is no bound on preemptions.
 *
 * A load L that returns an older store than w, executed before it, often shows nothing
 * new: had L been executed just before w, it would have read the same. The trace
 * order decides: a is before b in it when one thread executes a, then b, or when they
 * touch one location, a earlier, and one of them writes. If w is before L for no other
 * reason than that they touch the same location, L can move in front of w, and that
 * execution, with fewer old reads in it, is searched anyhow. Each execution has a
 * form with the fewest of them, so none is lost. The same goes for a store that takes
 * its place in front of a store that was executed earlier.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/model/memory.h"

#include <string.h>

#include "tests/model/explore.h"
#include "tests/model/order.h"
#include "tests/model/race.h"
#include "tests/model/schedule.h"
#include "tests/model/sharing.h"
#include "tests/model/trace.h"

#define LOCATIONS_MAX 4096
#define STORES_MAX (1u << 15)
#define LOCATION_BITS 56
#define OLD_READS_MAX 3

static struct {
	unsigned locations, stores;
	struct location location[LOCATIONS_MAX];
	struct store store[STORES_MAX];
} memory;

void memory_reset(void)
{
	memory.locations = memory.stores = 0;
}

/* ---------------------------------------------------------------- locations */

static uint64_t raw_read(uintptr_t address, unsigned bytes)
{
	uint64_t value = 0;

	memcpy(&value, (const void *)address, bytes);
	return value;
}

static void raw_write(uintptr_t address, unsigned bytes, uint64_t value)
{
	memcpy((void *)address, &value, bytes);
}

static struct store *store_new(struct location *location, uint64_t value)
{
	struct store *s = &memory.store[memory.stores];

	if (++memory.stores == STORES_MAX)
		state_fail("more than %u atomic stores in one execution", STORES_MAX);
	*s = (struct store){.value = value, .location = location};
	s->seen = (clocks){0} + NEVER;
	return s;
}

static struct location *location_new(const void *address, unsigned bytes)
{
	struct location *l = &memory.location[memory.locations];
	struct store *first;
	int16_t moment;
	int writer = race_last_writer(address, bytes, &moment);

	if (memory.locations == LOCATIONS_MAX)
		state_fail("more than %d atomic words in one execution", LOCATIONS_MAX);
	memset(l, 0, sizeof *l);
	l->address = (uintptr_t)address;
	l->bytes = bytes;
	l->index = memory.locations++;
	l->bit = UINT64_C(1) << l->index % LOCATION_BITS;
	first = store_new(l, raw_read(l->address, bytes));
	first->writer = (uint8_t)writer;
	first->seen[writer] = moment;
	l->oldest = l->newest = first;
	race_set_location(address, bytes, l);
	return l;
}

struct location *memory_location(const void *address, unsigned bytes)
{
	struct location *l = race_location(address, bytes);

	return l != NULL ? l : location_new(address, bytes);
}

/* --------------------------------------------------------------- candidates */

static bool acquires(int order)
{
	return order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE;
}

static bool releases(int order)
{
	return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static bool is_seq_cst(int order)
{
	return order == __ATOMIC_SEQ_CST;
}

/* The newest store that the running thread knows, or has to know by fairness. */
static const struct store *known(const struct location *l)
{
	const struct store *s = l->newest, *floor = l->floor[state.self];
	clocks now = state_self()->now;

	while (s->older != NULL && s != floor && !clocks_touch(s->seen, now))
		s = s->older;
	return s;
}

static bool is_taken(const struct store *s)
{
	return s->newer != NULL && s->newer->reads_older;
}

/* An old store read again and again: it has to end some time. */
static bool is_worn(const struct location *l, const struct store *s)
{
	return l->old_read[state.self] == s && l->old_reads[state.self] >= OLD_READS_MAX
		&& s != l->newest;
}

static struct order_access access_of(const struct store *s, enum order_place place, int order)
{
	clocks now = state_self()->now;
	bool learns = place != ORDER_STORE && acquires(order);

	return (struct order_access){.store = s, .place = place, .seq_cst = is_seq_cst(order),
		.knows = learns ? clocks_join(now, s->carries) : now};
}

/* A read of s. */
static bool may_read(const struct location *l, const struct store *s, int order)
{
	struct order_access access = access_of(s, ORDER_READ, order);

	return !is_worn(l, s) && order_allows(l, &access);
}

/* A store behind s, which reads it if `rmw`. */
static bool may_follow(const struct location *l, const struct store *s, int order, bool rmw)
{
	struct order_access access = access_of(s, rmw ? ORDER_READ : ORDER_STORE, order);

	access.place = ORDER_BEHIND;
	return !is_taken(s) && order_allows(l, &access);
}

struct candidates {
	unsigned n;
	uint64_t allowed;
	uint64_t fails; /* of a compare-and-swap: these are read only */
	struct store *store[CHOICE_ANSWERS_MAX];
};

static bool trace_has(clocks before, const struct store *s)
{
	return before[s->writer] >= s->trace_moment;
}

/* A load of s could as well have been executed in front of something newer. */
static bool old_read_is_idle(const struct store *s)
{
	for (const struct store *w = s->newer; w != NULL; w = w->newer)
		if (!trace_has(state_self()->trace, w) && !trace_has(s->trace_before, w))
			return true;
	return false;
}

/* The same for a store that takes its place behind r: unless that would bring it in
 * front of a store, executed meanwhile, that it has to follow. */
static bool old_place_is_idle(const struct store *r)
{
	const struct store *last_older = r;

	for (const struct store *s = r->older; s != NULL; s = s->older)
		if (s > last_older)
			last_older = s; /* stores lie in the order of execution */
	for (const struct store *w = r->newer; w != NULL; w = w->newer)
		if (w > last_older && !trace_has(state_self()->trace, w))
			return true;
	return false;
}

static void candidates_add(struct candidates *c, struct store *s, bool idle)
{
	if (c->n == CHOICE_ANSWERS_MAX)
		return;
	if (!idle || !state.prunes)
		c->allowed |= UINT64_C(1) << c->n;
	c->store[c->n++] = s;
}

static unsigned candidates_choose(const struct candidates *c, enum choice_kind kind)
{
	if (c->n == 0)
		state_fail("the checker is wrong: no store fits");
	if (c->allowed == 0)
		state_prune();
	return explore_choose(kind, c->n, c->allowed, NULL);
}

/* ------------------------------------------------------------------ effects */

static void tick(struct thread *self)
{
	if (++self->now[state.self] == NEVER)
		state_fail("more than %d operations of one thread", NEVER - 1);
}

static void glance(struct thread *self, struct location *l, const struct store *s)
{
	for (unsigned i = 0; i < self->glances_n; i++)
		if (self->glances[i].location == l) {
			self->glances[i].store = s;
			return;
		}
	if (self->glances_n < GLANCES_MAX)
		self->glances[self->glances_n++] = (struct glance){l, s};
}

static void see(struct store *s, struct thread *self)
{
	if (s->seen[state.self] > self->now[state.self])
		s->seen[state.self] = self->now[state.self];
}

static void wear(struct location *l, const struct store *s)
{
	if (s == l->newest || l->old_read[state.self] != s)
		l->old_reads[state.self] = 0;
	l->old_read[state.self] = s;
	if (s != l->newest)
		l->old_reads[state.self]++;
}

static void trace_read(struct thread *self, struct location *l)
{
	self->trace = clocks_join(self->trace, l->trace_written);
	self->trace[state.self] = self->now[state.self];
	l->trace_touched = clocks_join(l->trace_touched, self->trace);
}

static void read_effects(struct location *l, struct store *s, int order)
{
	struct thread *self = state_self();
	struct order_access access = access_of(s, ORDER_READ, order);

	order_add(l, &access);
	see(s, self);
	wear(l, s);
	glance(self, l, s);
	l->read_at[state.self] = self->now[state.self];
	trace_read(self, l);
	if (acquires(order))
		self->now = clocks_join(self->now, s->carries);
	self->pending_acquire = clocks_join(self->pending_acquire, s->carries);
}

static void link_behind(struct location *l, struct store *older, struct store *s)
{
	s->older = older;
	s->newer = older->newer;
	older->newer = s;
	if (s->newer != NULL)
		s->newer->older = s;
	else
		l->newest = s;
	for (int rank = older->rank + 1; s != NULL; s = s->newer)
		s->rank = rank++;
}

/* A new store behind `older`, which it has read if `rmw`. */
static struct store *write_effects(struct location *l, struct store *older, uint64_t value,
	int order, bool rmw)
{
	struct thread *self = state_self();
	struct store *s = store_new(l, value);
	struct order_access access;

	if (rmw && acquires(order))
		self->now = clocks_join(self->now, older->carries);
	if (rmw)
		self->pending_acquire = clocks_join(self->pending_acquire, older->carries);
	s->writer = (uint8_t)state.self;
	s->number = (uint16_t)++self->number;
	s->reads_older = rmw;
	s->carries = releases(order) ? self->now : self->release_fence;
	if (rmw)
		s->carries = clocks_join(s->carries, older->carries);
	see(s, self);
	link_behind(l, older, s);
	/* By now the thread knows what it has acquired. */
	access = access_of(s, ORDER_STORE, order);
	order_add(l, &access);
	glance(self, l, l->newest);
	l->written_at[state.self] = self->now[state.self];
	if (rmw)
		l->read_at[state.self] = self->now[state.self];
	self->trace = clocks_join(self->trace, l->trace_touched);
	self->trace[state.self] = self->now[state.self];
	s->trace_moment = self->now[state.self];
	s->trace_before = self->trace;
	l->trace_touched = l->trace_written = self->trace;
	if (l->newest == s)
		raw_write(l->address, l->bytes, value);
	self->wrote = true;
	schedule_news();
	return s;
}

/* --------------------------------------------------------------- operations */

/* Wait for our turn, then look the location up: it may be another one by then. */
static struct location *turn(const struct operation *op, bool write)
{
	struct location *l = memory_location(op->address, op->bytes);
	size_t offset = state_offset(op->address);

	state.steps++;
	if (state.self != 0) {
		if (sharing_at(offset, write))
			schedule_operation((struct footprint){
				.reads = write ? 0 : l->bit, .writes = write ? l->bit : 0});
		else
			schedule_quiet();
	}
	race_atomic(op->address, op->bytes, write, op->pc);
	return memory_location(op->address, op->bytes);
}

uint64_t memory_load(const struct operation *op)
{
	struct location *l = turn(op, false);
	const struct store *last = known(l);
	struct candidates c = {0};
	struct store *s = l->newest;

	for (;; s = s->older) {
		if (may_read(l, s, op->order))
			candidates_add(&c, s, old_read_is_idle(s));
		if (s == last)
			break;
	}
	s = c.store[candidates_choose(&c, CHOICE_STORE)];
	read_effects(l, s, op->order);
	if (state.tracing)
		trace_operation(op, l, s, NULL);
	tick(state_self());
	return s->value;
}

static struct store *place_to_write(struct location *l, int order, enum choice_kind kind)
{
	const struct store *last = known(l);
	struct candidates c = {0};

	for (struct store *s = l->newest;; s = s->older) {
		if (may_follow(l, s, order, kind == CHOICE_STORE))
			candidates_add(&c, s, old_place_is_idle(s));
		if (s == last)
			break;
	}
	return c.store[candidates_choose(&c, kind)];
}

void memory_store(const struct operation *op)
{
	struct location *l = turn(op, true);
	struct store *older = place_to_write(l, op->order, CHOICE_PLACE);
	struct store *s = write_effects(l, older, op->operand, op->order, false);

	trace_operation(op, l, NULL, s);
	tick(state_self());
}

static uint64_t truncated(uint64_t value, unsigned bytes)
{
	return bytes == 8 ? value : value & ((UINT64_C(1) << 8 * bytes) - 1);
}

uint64_t memory_rmw(const struct operation *op)
{
	struct location *l = turn(op, true);
	struct store *older = place_to_write(l, op->order, CHOICE_STORE);
	uint64_t value = truncated(op->apply(older->value, op->operand), op->bytes);
	struct store *s = write_effects(l, older, value, op->order, true);

	trace_operation(op, l, older, s);
	tick(state_self());
	return older->value;
}

/* A weak one may fail though it reads what it expects, some times. */
static bool may_fail_for_nothing(const struct operation *op)
{
	return op->weak && state.self != 0
		&& (int)state_self()->weak_failures < state.weak_failures;
}

static void cas_candidates(struct candidates *c, struct location *l, const struct operation *op)
{
	const struct store *last = known(l);

	for (struct store *s = l->newest;; s = s->older) {
		bool expected = s->value == op->expected;

		if (expected && may_follow(l, s, op->order, true))
			candidates_add(c, s, old_place_is_idle(s));
		if ((!expected || may_fail_for_nothing(op)) && may_read(l, s, op->failure_order)) {
			c->fails |= UINT64_C(1) << c->n;
			candidates_add(c, s, old_read_is_idle(s));
		}
		if (s == last)
			return;
	}
}

/*
 * Whether it succeeds is decided by the store that it reads. One with the expected value
 * that another read-modify-write has taken is no reason to fail: a strong one then comes
 * later in the order and reads something newer.
 */
bool memory_cas(struct operation *op)
{
	struct location *l = turn(op, true);
	struct candidates c = {0};
	struct store *s, *written = NULL;
	unsigned i;

	cas_candidates(&c, l, op);
	i = candidates_choose(&c, CHOICE_STORE);
	s = c.store[i];
	if (c.fails >> i & 1) {
		read_effects(l, s, op->failure_order);
		state_self()->weak_failures += s->value == op->expected;
	} else {
		written = write_effects(l, s, op->operand, op->order, true);
	}
	op->expected = s->value;
	if (state.tracing)
		trace_operation(op, l, s, written);
	tick(state_self());
	return written != NULL;
}

/* No other thread notices a fence before its thread's next operation. */
void memory_fence(const struct operation *op)
{
	struct thread *self = state_self();

	state.steps++;
	if (op->order == __ATOMIC_RELAXED)
		return;
	if (acquires(op->order))
		self->now = clocks_join(self->now, self->pending_acquire);
	if (is_seq_cst(op->order))
		order_fence(memory.location, memory.locations);
	if (releases(op->order))
		self->release_fence = self->now;
	trace_operation(op, NULL, NULL, NULL);
	tick(self);
}

/* ------------------------------------------------------------ waiting, futex */

uint64_t memory_glimpse(struct location *l, clocks knows)
{
	struct thread *self = state_self();
	struct candidates c = {0};

	for (struct store *s = l->newest;; s = s->older) {
		candidates_add(&c, s, false);
		if (s->older == NULL || clocks_touch(s->seen, knows))
			break;
	}
	l->read_at[state.self] = self->now[state.self];
	trace_read(self, l);
	tick(self);
	return c.store[candidates_choose(&c, CHOICE_STORE)]->value;
}

void memory_catch_up(struct thread *thread)
{
	for (unsigned i = 0; i < thread->glances_n; i++) {
		struct location *l = thread->glances[i].location;

		l->floor[thread - state.thread] = l->newest;
	}
}

bool memory_has_news(const struct thread *thread)
{
	if (thread->glances_n == 0 || thread->glances_n == GLANCES_MAX)
		return true;
	for (unsigned i = 0; i < thread->glances_n; i++) {
		const struct location *l = thread->glances[i].location;

		if (l->retired || l->newest != thread->glances[i].store)
			return true;
	}
	return false;
}
