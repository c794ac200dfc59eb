/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/model/memory.h"

#include <string.h>

#include "tests/model/candidates.h"
#include "tests/model/order.h"
#include "tests/model/race.h"
#include "tests/model/schedule.h"
#include "tests/model/sharing.h"
#include "tests/model/trace.h"

#define LOCATIONS_MAX 4096
#define STORES_MAX    (1u << 15)
#define LOCATION_BITS 56

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
	struct order_access access = order_access_of(s, ORDER_READ, order);

	order_add(l, &access);
	see(s, self);
	wear(l, s);
	glance(self, l, s);
	l->read_at[state.self] = self->now[state.self];
	trace_read(self, l);
	if (order_acquires(order))
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

	if (rmw && order_acquires(order))
		self->now = clocks_join(self->now, older->carries);
	if (rmw)
		self->pending_acquire = clocks_join(self->pending_acquire, older->carries);
	s->writer = (uint8_t)state.self;
	s->number = (uint16_t)++self->number;
	s->reads_older = rmw;
	s->carries = order_releases(order) ? self->now : self->release_fence;
	if (rmw)
		s->carries = clocks_join(s->carries, older->carries);
	see(s, self);
	link_behind(l, older, s);
	/* By now the thread knows what it has acquired. */
	access = order_access_of(s, ORDER_STORE, order);
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
			schedule_operation(
			    (struct footprint){.reads = write ? 0 : l->bit, .writes = write ? l->bit : 0});
		else
			schedule_quiet();
	}
	race_atomic(op->address, op->bytes, write);
	return memory_location(op->address, op->bytes);
}

uint64_t memory_load(const struct operation *op)
{
	struct location *l = turn(op, false);
	struct candidates c = candidates_to_read(l, op->order);
	struct store *s;

	s = c.store[candidates_choose(&c, CHOICE_STORE)];
	read_effects(l, s, op->order);
	if (state.tracing)
		trace_operation(op, l, s, NULL);
	tick(state_self());
	return s->value;
}

void memory_store(const struct operation *op)
{
	struct location *l = turn(op, true);
	struct store *older = candidates_place(l, op->order, false);
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
	struct store *older = candidates_place(l, op->order, true);
	uint64_t value = truncated(op->apply(older->value, op->operand), op->bytes);
	struct store *s = write_effects(l, older, value, op->order, true);

	trace_operation(op, l, older, s);
	tick(state_self());
	return older->value;
}

/*
 * Whether it succeeds is decided by the store that it reads. One with the expected value
 * that another read-modify-write has taken is no reason to fail: a strong one then comes
 * later in the order and reads something newer.
 */
bool memory_cas(struct operation *op)
{
	struct location *l = turn(op, true);
	struct candidates c = candidates_to_swap(l, op);
	struct store *s, *written = NULL;
	unsigned i;

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
	if (order_acquires(op->order))
		self->now = clocks_join(self->now, self->pending_acquire);
	if (order_is_seq_cst(op->order))
		order_fence(memory.location, memory.locations);
	if (order_releases(op->order))
		self->release_fence = self->now;
	trace_operation(op, NULL, NULL, NULL);
	tick(self);
}

/* ------------------------------------------------------------ waiting, futex */

uint64_t memory_glimpse(struct location *l, clocks knows)
{
	struct thread *self = state_self();
	struct candidates c = candidates_known(l, knows);

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
