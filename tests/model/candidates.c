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
#include "tests/model/candidates.h"

#include "tests/model/order.h"

#define OLD_READS_MAX 3

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
	return l->old_read[state.self] == s && l->old_reads[state.self] >= OLD_READS_MAX &&
	       s != l->newest;
}

/* A read of s. */
static bool may_read(const struct location *l, const struct store *s, int order)
{
	struct order_access access = order_access_of(s, ORDER_READ, order);

	return !is_worn(l, s) && order_allows(l, &access);
}

/* A store behind s, which reads it if `rmw`. */
static bool may_follow(const struct location *l, const struct store *s, int order, bool rmw)
{
	struct order_access access = order_access_of(s, rmw ? ORDER_READ : ORDER_STORE, order);

	access.place = ORDER_BEHIND;
	return !is_taken(s) && order_allows(l, &access);
}

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

unsigned candidates_choose(const struct candidates *c, enum choice_kind kind)
{
	if (c->n == 0)
		state_fail("the checker is wrong: no store fits");
	if (c->allowed == 0)
		state_prune();
	return explore_choose(kind, c->n, c->allowed, NULL);
}

struct candidates candidates_to_read(const struct location *l, int order)
{
	const struct store *last = known(l);
	struct candidates c = {0};

	for (struct store *s = l->newest;; s = s->older) {
		if (may_read(l, s, order))
			candidates_add(&c, s, old_read_is_idle(s));
		if (s == last)
			return c;
	}
}

struct candidates candidates_known(const struct location *l, clocks knows)
{
	struct candidates c = {0};

	for (struct store *s = l->newest;; s = s->older) {
		candidates_add(&c, s, false);
		if (s->older == NULL || clocks_touch(s->seen, knows))
			return c;
	}
}

struct store *candidates_place(const struct location *l, int order, bool rmw)
{
	const struct store *last = known(l);
	struct candidates c = {0};

	for (struct store *s = l->newest;; s = s->older) {
		if (may_follow(l, s, order, rmw))
			candidates_add(&c, s, old_place_is_idle(s));
		if (s == last)
			break;
	}
	return c.store[candidates_choose(&c, rmw ? CHOICE_STORE : CHOICE_PLACE)];
}

/* A weak one may fail though it reads what it expects, some times. */
static bool may_fail_for_nothing(const struct operation *op)
{
	return op->weak && state.self != 0 && (int)state_self()->weak_failures < state.weak_failures;
}

struct candidates candidates_to_swap(const struct location *l, const struct operation *op)
{
	const struct store *last = known(l);
	struct candidates c = {0};

	for (struct store *s = l->newest;; s = s->older) {
		bool expected = s->value == op->expected;

		if (expected && may_follow(l, s, op->order, true))
			candidates_add(&c, s, old_place_is_idle(s));
		if ((!expected || may_fail_for_nothing(op)) && may_read(l, s, op->failure_order)) {
			c.fails |= UINT64_C(1) << c.n;
			candidates_add(&c, s, old_read_is_idle(s));
		}
		if (s == last)
			return c;
	}
}
