/*
 * The monitor of fifo_monitor.h. The log becomes one `life` per value; the checks
 * are sorts and sweeps over the lives.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/fifo_monitor.h"
#include "tests/support/check.h"

#define NEVER UINT64_MAX

/* A value from its push to its pop, which may never come. */
struct life {
	uint64_t value;
	uint64_t push_begin, push_end;
	uint64_t pop_begin, pop_end;
};

struct moments {
	uint64_t *at;
	size_t n;
};

struct lives {
	struct life *of;
	size_t n;
};

static const struct fifo_verdict fine;

static void *need(size_t n, size_t bytes)
{
	void *memory = malloc(n * bytes + 1); /* a log may be empty */

	CHECK(memory != NULL);
	return memory;
}

void fifo_note(struct fifo_log *log, enum fifo_kind kind, uint64_t value, uint64_t begin,
               uint64_t end)
{
	if (kind == FIFO_EMPTY || kind == FIFO_FULL) {
		if (log->spare == 0)
			return;
		log->spare--;
	}
	CHECK(log->n < log->room);
	log->ops[log->n++] = (struct fifo_op){.begin = begin, .end = end, .value = value, .kind = kind};
}

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_number(const void *a, const void *b)
{
	return compare(*(const uint64_t *)a, *(const uint64_t *)b);
}

static int by_value(const void *a, const void *b)
{
	return compare(((const struct life *)a)->value, ((const struct life *)b)->value);
}

static int by_push_begin(const void *a, const void *b)
{
	return compare(((const struct life *)a)->push_begin, ((const struct life *)b)->push_begin);
}

static int by_push_end(const void *a, const void *b)
{
	return compare(((const struct life *)a)->push_end, ((const struct life *)b)->push_end);
}

static int by_end(const void *a, const void *b)
{
	return compare(((const struct fifo_op *)a)->end, ((const struct fifo_op *)b)->end);
}

static size_t count(const struct fifo_log *logs, size_t n, enum fifo_kind kind)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < logs[i].n; k++)
			found += logs[i].ops[k].kind == kind;
	return found;
}

/* All operations of one kind, in the order of their ends. The caller frees them. */
static struct fifo_log gather(const struct fifo_log *logs, size_t n, enum fifo_kind kind)
{
	struct fifo_log all = {.room = count(logs, n, kind)};

	all.ops = need(all.room, sizeof *all.ops);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < logs[i].n; k++)
			if (logs[i].ops[k].kind == kind)
				all.ops[all.n++] = logs[i].ops[k];
	qsort(all.ops, all.n, sizeof *all.ops, by_end);
	return all;
}

/* ---- invented, twice ---- */

static void begin_lives(struct lives *lives, const struct fifo_log *logs, size_t n)
{
	lives->of = need(count(logs, n, FIFO_PUSH), sizeof *lives->of);
	lives->n = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < logs[i].n; k++) {
			const struct fifo_op *op = &logs[i].ops[k];

			if (op->kind == FIFO_PUSH)
				lives->of[lives->n++] = (struct life){op->value, op->begin, op->end, NEVER, NEVER};
		}
	qsort(lives->of, lives->n, sizeof *lives->of, by_value);
}

static struct fifo_verdict find_ambiguous(const struct lives *lives)
{
	for (size_t i = 1; i < lives->n; i++)
		if (lives->of[i].value == lives->of[i - 1].value)
			return (struct fifo_verdict){.fault = FIFO_AMBIGUOUS, .value = lives->of[i].value};
	return fine;
}

/* The pop that ends a life; each life ends at most once, and not before it began. */
static struct fifo_verdict end_life(struct lives *lives, const struct fifo_op *pop)
{
	struct fifo_verdict bad = {.value = pop->value, .begin = pop->begin, .end = pop->end};
	struct life key = {.value = pop->value}, *life;

	life = bsearch(&key, lives->of, lives->n, sizeof key, by_value);
	if (life == NULL || pop->end < life->push_begin)
		bad.fault = FIFO_INVENTED;
	else if (life->pop_begin != NEVER)
		bad.fault = FIFO_TWICE;
	if (bad.fault != FIFO_FINE)
		return bad;
	life->pop_begin = pop->begin;
	life->pop_end = pop->end;
	return fine;
}

static struct fifo_verdict find_lives(struct lives *lives, const struct fifo_log *logs, size_t n)
{
	struct fifo_verdict verdict;

	begin_lives(lives, logs, n);
	verdict = find_ambiguous(lives);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < logs[i].n && verdict.fault == FIFO_FINE; k++)
			if (logs[i].ops[k].kind == FIFO_POP)
				verdict = end_life(lives, &logs[i].ops[k]);
	return verdict;
}

/* ---- overtaken ---- */

/*
 * b in the order in which pushes began; before it come all a whose push had ended.
 * Of those only the one that was popped last counts: if it was not overtaken by b,
 * none was.
 */
static struct fifo_verdict find_overtaken(struct lives *lives)
{
	struct life *ended = need(lives->n, sizeof *ended);
	const struct life *last = NULL;
	struct fifo_verdict verdict = fine;

	memcpy(ended, lives->of, lives->n * sizeof *ended);
	qsort(ended, lives->n, sizeof *ended, by_push_end);
	qsort(lives->of, lives->n, sizeof *lives->of, by_push_begin);
	for (size_t b = 0, a = 0; b < lives->n; b++) {
		const struct life *later = &lives->of[b];

		for (; a < lives->n && ended[a].push_end < later->push_begin; a++)
			if (last == NULL || ended[a].pop_begin > last->pop_begin)
				last = &ended[a];
		if (last != NULL && later->pop_end < last->pop_begin) {
			verdict = (struct fifo_verdict){FIFO_OVERTAKEN, last->value, later->value,
			                                later->pop_begin, later->pop_end};
			break;
		}
	}
	free(ended);
	return verdict;
}

/* ---- not empty, too full ---- */

/* The values that are inside for certain: from `ups` to `downs`, both ends excluded. */
struct certain {
	struct moments ups, downs;
	size_t up, down;
	uint64_t last_empty; /* the latest moment so far without any */
	uint64_t most, most_at;
};

static uint64_t next_moment(const struct moments *m, size_t i)
{
	return i < m->n ? m->at[i] : NEVER;
}

/* Go on to the moment `until`, itself included. A value ends before another begins. */
static void sweep_certain(struct certain *c, uint64_t until)
{
	for (;;) {
		uint64_t up = next_moment(&c->ups, c->up), down = next_moment(&c->downs, c->down);
		uint64_t now = up < down ? up : down;

		if (now == NEVER || now > until)
			break;
		while (next_moment(&c->downs, c->down) == now)
			c->down++;
		if (c->up == c->down)
			c->last_empty = now;
		while (next_moment(&c->ups, c->up) == now)
			c->up++;
		if (c->up - c->down > c->most) {
			c->most = c->up - c->down;
			c->most_at = now;
		}
	}
	if (c->up == c->down)
		c->last_empty = until;
}

/* A value that is popped while it is being pushed is never inside for certain. */
static struct certain begin_certain(const struct lives *lives)
{
	struct certain c = {.up = 0};

	c.ups.at = need(lives->n, sizeof *c.ups.at);
	c.downs.at = need(lives->n, sizeof *c.downs.at);
	for (size_t i = 0; i < lives->n; i++)
		if (lives->of[i].push_end < lives->of[i].pop_begin) {
			c.ups.at[c.ups.n++] = lives->of[i].push_end;
			c.downs.at[c.downs.n++] = lives->of[i].pop_begin;
		}
	qsort(c.ups.at, c.ups.n, sizeof *c.ups.at, by_number);
	qsort(c.downs.at, c.downs.n, sizeof *c.downs.at, by_number);
	return c;
}

static struct fifo_verdict find_not_empty(const struct lives *lives, const struct fifo_log *logs,
                                          size_t n, uint64_t most)
{
	struct fifo_log empties = gather(logs, n, FIFO_EMPTY);
	struct certain c = begin_certain(lives);
	struct fifo_verdict verdict = fine;

	for (size_t i = 0; i < empties.n && verdict.fault == FIFO_FINE; i++) {
		const struct fifo_op *op = &empties.ops[i];

		sweep_certain(&c, op->end);
		if (c.last_empty < op->begin)
			verdict = (struct fifo_verdict){FIFO_NOT_EMPTY, 0, 0, op->begin, op->end};
	}
	sweep_certain(&c, NEVER - 1);
	if (verdict.fault == FIFO_FINE && most != 0 && c.most > most)
		verdict = (struct fifo_verdict){FIFO_TOO_FULL, c.most, 0, c.most_at, c.most_at};
	free(c.ups.at);
	free(c.downs.at);
	free(empties.ops);
	return verdict;
}

/* ---- not full ---- */

/* The values that may be inside: from `ups` to `downs`, both ends included. */
struct possible {
	struct moments ups, downs;
	size_t up, down;
	uint64_t least;
	bool was_full;
	uint64_t last_full; /* the latest moment so far with `least` of them */
};

/* Go on to the moment `until`, itself included. A value begins before another ends. */
static void sweep_possible(struct possible *p, uint64_t until)
{
	for (;;) {
		uint64_t up = next_moment(&p->ups, p->up), down = next_moment(&p->downs, p->down);
		uint64_t now = up < down ? up : down;

		if (now == NEVER || now > until)
			break;
		while (next_moment(&p->ups, p->up) == now)
			p->up++;
		if (p->up - p->down >= p->least) {
			p->last_full = now;
			p->was_full = true;
		}
		while (next_moment(&p->downs, p->down) == now)
			p->down++;
	}
	if (p->up - p->down >= p->least) {
		p->last_full = until;
		p->was_full = true;
	}
}

static struct possible begin_possible(const struct lives *lives, uint64_t least)
{
	struct possible p = {.least = least};

	p.ups.n = p.downs.n = lives->n;
	p.ups.at = need(lives->n, sizeof *p.ups.at);
	p.downs.at = need(lives->n, sizeof *p.downs.at);
	for (size_t i = 0; i < lives->n; i++) {
		p.ups.at[i] = lives->of[i].push_begin;
		p.downs.at[i] = lives->of[i].pop_end;
	}
	qsort(p.ups.at, p.ups.n, sizeof *p.ups.at, by_number);
	qsort(p.downs.at, p.downs.n, sizeof *p.downs.at, by_number);
	return p;
}

static struct fifo_verdict find_not_full(const struct lives *lives, const struct fifo_log *logs,
                                         size_t n, uint64_t least)
{
	struct fifo_log fulls = gather(logs, n, FIFO_FULL);
	struct possible p = begin_possible(lives, least);
	struct fifo_verdict verdict = fine;

	for (size_t i = 0; i < fulls.n && verdict.fault == FIFO_FINE; i++) {
		const struct fifo_op *op = &fulls.ops[i];

		sweep_possible(&p, op->end);
		if (!p.was_full || p.last_full < op->begin)
			verdict = (struct fifo_verdict){FIFO_NOT_FULL, 0, 0, op->begin, op->end};
	}
	free(p.ups.at);
	free(p.downs.at);
	free(fulls.ops);
	return verdict;
}

/* ---- all ---- */

struct fifo_verdict fifo_check(const struct fifo_log *logs, size_t n, struct fifo_bounds bounds)
{
	struct lives lives;
	struct fifo_verdict verdict = find_lives(&lives, logs, n);

	if (verdict.fault == FIFO_FINE)
		verdict = find_overtaken(&lives);
	if (verdict.fault == FIFO_FINE)
		verdict = find_not_empty(&lives, logs, n, bounds.most);
	if (verdict.fault == FIFO_FINE && bounds.least != 0)
		verdict = find_not_full(&lives, logs, n, bounds.least);
	free(lives.of);
	return verdict;
}

const char *fifo_fault_text(enum fifo_fault fault)
{
	static const char *const texts[] = {
	    [FIFO_FINE] = "no fault",
	    [FIFO_AMBIGUOUS] = "a value was pushed twice",
	    [FIFO_INVENTED] = "a value came out before it went in",
	    [FIFO_TWICE] = "a value came out twice",
	    [FIFO_OVERTAKEN] = "a value was overtaken",
	    [FIFO_NOT_EMPTY] = "a pop found nothing though something was inside",
	    [FIFO_NOT_FULL] = "a push found no room though there was some",
	    [FIFO_TOO_FULL] = "more values inside than the capacity",
	};

	return texts[fault];
}
