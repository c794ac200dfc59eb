/*
 * The monitor is checked against the definition: a search through all orders of a
 * small log. On tens of thousands of random logs both must give the same answer,
 * for queues with a bound the monitor must at least find no fault in a run that has
 * an order. Then each fault by hand, and a long run of an honest queue.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/queues/stress.h"
#include "tests/support/fifo_monitor.h"

#define OPS_MAX 8u

static const struct fifo_bounds unbounded;

static struct fifo_op op(enum fifo_kind kind, uint64_t value, uint64_t begin, uint64_t end)
{
	return (struct fifo_op){.kind = kind, .value = value, .begin = begin, .end = end};
}

static enum fifo_fault judge(struct fifo_op *ops, size_t n, uint64_t capacity)
{
	struct fifo_log log = {.ops = ops, .n = n, .room = n};

	return fifo_check(&log, 1, (struct fifo_bounds){capacity, capacity}).fault;
}

/* ---- the definition ---- */

struct search {
	const struct fifo_op *ops;
	unsigned n;
	uint64_t capacity; /* 0: none */
	uint64_t queue[OPS_MAX];
	unsigned head, tail;
};

/* May ops[i] come next, when those in `done` have come? */
static bool may_come(const struct search *s, unsigned done, unsigned i)
{
	for (unsigned k = 0; k < s->n; k++)
		if (!(done >> k & 1) && s->ops[k].end < s->ops[i].begin)
			return false;
	return !(done >> i & 1);
}

/* Would a plain queue give this answer now? If so, it has. */
static bool apply(struct search *s, const struct fifo_op *o)
{
	unsigned inside = s->tail - s->head;

	switch (o->kind) {
	case FIFO_PUSH:
		if (s->capacity != 0 && inside >= s->capacity)
			return false;
		s->queue[s->tail++] = o->value;
		return true;
	case FIFO_POP:
		if (inside == 0 || s->queue[s->head] != o->value)
			return false;
		s->head++;
		return true;
	case FIFO_EMPTY:
		return inside == 0;
	case FIFO_FULL:
		return s->capacity != 0 && inside >= s->capacity;
	}
	return false;
}

static bool has_order(struct search *s, unsigned done)
{
	unsigned head = s->head, tail = s->tail;

	if (done == (1u << s->n) - 1)
		return true;
	for (unsigned i = 0; i < s->n; i++) {
		if (may_come(s, done, i) && apply(s, &s->ops[i]) && has_order(s, done | 1u << i))
			return true;
		s->head = head;
		s->tail = tail;
	}
	return false;
}

static bool is_linearizable(const struct fifo_op *ops, unsigned n, uint64_t capacity)
{
	struct search s = {.ops = ops, .n = n, .capacity = capacity};

	return has_order(&s, 0);
}

/* ---- random logs ---- */

/* Pushes of distinct values, pops of some of them, mostly once, and empty-handed calls. */
static unsigned draw_kinds(struct fifo_op *ops, bool bounded, uint64_t *random)
{
	unsigned n = 2 + stress_below(random, OPS_MAX - 1), pushes = 0, pops = 0;

	for (unsigned i = 0; i < n; i++) {
		uint32_t dice = stress_below(random, 16);

		if (dice < 7)
			ops[i] = op(FIFO_PUSH, pushes++, 0, 0);
		else if (dice < 12 && pops < pushes)
			ops[i] = op(FIFO_POP, pops++, 0, 0);
		else if (dice == 12)
			ops[i] = op(FIFO_POP, stress_below(random, 4), 0, 0);
		else
			ops[i] = op(bounded && dice > 13 ? FIFO_FULL : FIFO_EMPTY, 0, 0, 0);
	}
	return n;
}

/* Times around the place in the row, so that about half of the logs have an order. */
static void draw_times(struct fifo_op *ops, unsigned n, uint64_t *random)
{
	uint32_t spread = 1 + stress_below(random, 12);

	for (unsigned i = 0; i < n; i++) {
		uint64_t middle = 20 + 4 * i;

		ops[i].begin = middle - stress_below(random, spread);
		ops[i].end = middle + stress_below(random, spread);
	}
}

static void agrees_with_the_definition(void)
{
	uint64_t random = 1;
	struct fifo_op ops[OPS_MAX];
	unsigned yes = 0, no = 0;

	for (int round = 0; round < 60000; round++) {
		unsigned n = draw_kinds(ops, false, &random);
		bool linearizable;

		draw_times(ops, n, &random);
		linearizable = is_linearizable(ops, n, 0);
		CHECK_INT(judge(ops, n, 0) == FIFO_FINE, ==, linearizable);
		yes += linearizable;
		no += !linearizable;
	}
	printf("  %u linearizable, %u not\n", yes, no);
	CHECK_INT(yes, >, 10000);
	CHECK_INT(no, >, 10000);
}

static void finds_no_fault_where_a_bounded_queue_has_none(void)
{
	uint64_t random = 2;
	struct fifo_op ops[OPS_MAX];
	unsigned yes = 0, found = 0, missed = 0;

	for (int round = 0; round < 60000; round++) {
		uint64_t capacity = 1 + stress_below(&random, 3);
		unsigned n = draw_kinds(ops, true, &random);
		bool fault;

		draw_times(ops, n, &random);
		fault = judge(ops, n, capacity) != FIFO_FINE;
		if (is_linearizable(ops, n, capacity)) {
			CHECK(!fault);
			yes++;
		} else {
			found += fault;
			missed += !fault;
		}
	}
	printf("  %u linearizable, %u faults found, %u not\n", yes, found, missed);
	CHECK_INT(yes, >, 5000);
	CHECK_INT(found, >, 20 * missed);
}

/* ---- each fault by hand ---- */

static void each_fault_has_its_name(void)
{
	struct fifo_op unknown[] = {op(FIFO_POP, 1, 1, 2)};
	struct fifo_op early[] = {op(FIFO_POP, 1, 1, 2), op(FIFO_PUSH, 1, 3, 4)};
	struct fifo_op twice[] = {op(FIFO_PUSH, 1, 1, 2), op(FIFO_POP, 1, 3, 4), op(FIFO_POP, 1, 3, 4)};
	struct fifo_op again[] = {op(FIFO_PUSH, 1, 1, 2), op(FIFO_PUSH, 1, 3, 4)};
	struct fifo_op overtaken[] = {op(FIFO_PUSH, 1, 1, 2), op(FIFO_PUSH, 2, 3, 4),
	                              op(FIFO_POP, 2, 5, 6), op(FIFO_POP, 1, 7, 8)};
	struct fifo_op forgotten[] = {op(FIFO_PUSH, 1, 1, 2), op(FIFO_PUSH, 2, 3, 4),
	                              op(FIFO_POP, 2, 5, 6)};

	CHECK_INT(judge(unknown, 1, 0), ==, FIFO_INVENTED);
	CHECK_INT(judge(early, 2, 0), ==, FIFO_INVENTED);
	CHECK_INT(judge(twice, 3, 0), ==, FIFO_TWICE);
	CHECK_INT(judge(again, 2, 0), ==, FIFO_AMBIGUOUS);
	CHECK_INT(judge(overtaken, 4, 0), ==, FIFO_OVERTAKEN);
	CHECK_INT(judge(forgotten, 3, 0), ==, FIFO_OVERTAKEN);
	overtaken[1].begin = 2; /* the pushes overlap: either order */
	CHECK_INT(judge(overtaken, 4, 0), ==, FIFO_FINE);
}

/* 1 is inside from 2 to 7, 2 from 6 to 9: nobody all the time, somebody at each moment. */
static void values_that_relay_each_other_are_something(void)
{
	struct fifo_op ops[] = {op(FIFO_PUSH, 1, 1, 2), op(FIFO_PUSH, 2, 5, 6), op(FIFO_POP, 1, 7, 10),
	                        op(FIFO_POP, 2, 9, 12), op(FIFO_EMPTY, 0, 3, 8)};

	CHECK_INT(judge(ops, 5, 0), ==, FIFO_NOT_EMPTY);
	ops[1].end = 7; /* now there is a moment between them */
	CHECK_INT(judge(ops, 5, 0), ==, FIFO_FINE);
	ops[1].end = 6;
	ops[4].end = 9; /* or at the end */
	CHECK_INT(judge(ops, 5, 0), ==, FIFO_FINE);
}

static void bounds_are_looked_at(void)
{
	struct fifo_op ops[] = {op(FIFO_PUSH, 1, 1, 2), op(FIFO_PUSH, 2, 3, 4), op(FIFO_FULL, 0, 5, 6),
	                        op(FIFO_POP, 1, 7, 8)};

	CHECK_INT(judge(ops, 4, 2), ==, FIFO_FINE);
	CHECK_INT(judge(ops, 4, 3), ==, FIFO_NOT_FULL);
	CHECK_INT(judge(ops, 4, 1), ==, FIFO_TOO_FULL);
}

/* ---- a long log ---- */

#define LONG 20000u

/* An honest queue: each operation takes place somewhere between its begin and its end. */
static void fill_honestly(struct fifo_log *log, uint64_t *random)
{
	uint64_t pushed = 0, popped = 0;

	for (uint64_t now = 1000; log->n < log->room; now += stress_below(random, 5)) {
		struct fifo_op *o = &log->ops[log->n++];

		*o = op(FIFO_EMPTY, 0, now - stress_below(random, 50), now + stress_below(random, 50));
		if (stress_below(random, 2)) {
			o->kind = FIFO_PUSH;
			o->value = pushed++;
		} else if (popped < pushed) {
			o->kind = FIFO_POP;
			o->value = popped++;
		}
	}
}

static void a_fault_in_a_long_log_is_found(void)
{
	struct fifo_op *ops = malloc(LONG * sizeof *ops);
	struct fifo_log log = {.ops = ops, .room = LONG};
	uint64_t random = 3;
	size_t i = LONG / 2, k;

	CHECK(ops != NULL);
	fill_honestly(&log, &random);
	CHECK_INT(fifo_check(&log, 1, unbounded).fault, ==, FIFO_FINE);
	while (ops[i].kind != FIFO_POP)
		i++;
	for (k = i + 1; ops[k].kind != FIFO_POP || ops[k].begin <= ops[i].end + 100; k++)
		;
	uint64_t value = ops[i].value;

	ops[i].value = ops[k].value; /* two pops change their values */
	ops[k].value = value;
	CHECK_INT(fifo_check(&log, 1, unbounded).fault, !=, FIFO_FINE);
	ops[i].value = value;
	ops[k].value = value;
	CHECK_INT(fifo_check(&log, 1, unbounded).fault, ==, FIFO_TWICE);
	free(ops);
}

TESTS({"agrees_with_the_definition", agrees_with_the_definition},
      {"finds_no_fault_where_a_bounded_queue_has_none",
       finds_no_fault_where_a_bounded_queue_has_none},
      {"each_fault_has_its_name", each_fault_has_its_name},
      {"values_that_relay_each_other_are_something", values_that_relay_each_other_are_something},
      {"bounds_are_looked_at", bounds_are_looked_at},
      {"a_fault_in_a_long_log_is_found", a_fault_in_a_long_log_is_found})
