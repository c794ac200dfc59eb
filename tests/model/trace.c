/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/model/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MAX 20000
#define TEXT_MAX   160
#define NO_OFFSET  ((size_t)-1)

struct event {
	int thread;
	const void *pc;
	bool plain; /* printed only if it touches the byte of a race */
	size_t offset, bytes;
	char text[TEXT_MAX];
};

static struct {
	unsigned n;
	size_t race;
	struct event event[EVENTS_MAX];
} trace;

void trace_reset(void)
{
	trace.n = 0;
	trace.race = NO_OFFSET;
}

void trace_race(size_t offset)
{
	trace.race = offset;
}

void trace_where(char *text, size_t bytes, size_t offset)
{
	int owner = state_stack_owner(state.arena + offset);

	if (offset >= ARENA_BYTES)
		snprintf(text, bytes, "%p", (void *)(state.arena + offset));
	else if (owner >= 0)
		snprintf(text, bytes, "stack%d-%zu", owner,
		         (size_t)(state_stack(owner) - state.arena) + STACK_BYTES - offset);
	else
		snprintf(text, bytes, "state+%zu", offset);
}

const char *trace_address(uintptr_t address)
{
	static char text[TRACE_WHERE_MAX];

	trace_where(text, sizeof text, address - (uintptr_t)state.arena);
	return text;
}

static struct event *event_new(const void *pc)
{
	struct event *e = &trace.event[trace.n];

	if (!state.tracing || trace.n == EVENTS_MAX)
		return NULL;
	trace.n++;
	e->thread = state.self;
	e->pc = pc;
	e->plain = false;
	e->offset = e->bytes = 0;
	return e;
}

void trace_note(const void *pc, const char *format, ...)
{
	struct event *e = event_new(pc);
	va_list args;

	if (e == NULL)
		return;
	va_start(args, format);
	vsnprintf(e->text, sizeof e->text, format, args);
	va_end(args);
}

void trace_plain(size_t offset, size_t bytes, bool write, const void *pc)
{
	struct event *e = event_new(pc);
	char where[TRACE_WHERE_MAX];

	if (e == NULL)
		return;
	trace_where(where, sizeof where, offset);
	e->plain = true;
	e->offset = offset;
	e->bytes = bytes;
	snprintf(e->text, sizeof e->text, "plain %s of %s, %zu bytes", write ? "write" : "read", where,
	         bytes);
}

static void value_text(char *text, size_t bytes, uint64_t value)
{
	if (state_has((const void *)(uintptr_t)value))
		snprintf(text, bytes, "&%s", trace_address((uintptr_t)value));
	else
		snprintf(text, bytes, value < 65536 ? "%llu" : "0x%llx", (unsigned long long)value);
}

/* Where the value comes from, and how far behind the newest that is. */
static void origin_text(char *text, size_t bytes, const struct location *l, const struct store *s)
{
	int behind = l->newest->rank - s->rank;
	int used = s->number == 0 ? snprintf(text, bytes, "the initial value")
	                          : snprintf(text, bytes, "store #%u of %s%d", s->number,
	                                     s->writer == 0 ? "setup, thread " : "thread ", s->writer);

	if (behind > 0)
		snprintf(text + used, bytes - (size_t)used, " (stale: %d newer)", behind);
}

static void operation_text(char *text, size_t bytes, const struct operation *op,
                           const struct location *l, const struct store *read,
                           const struct store *written)
{
	char where[TRACE_WHERE_MAX], old[TRACE_WHERE_MAX + 2] = "", new[TRACE_WHERE_MAX + 2] = "",
	                                                   origin[64] = "";
	const char *order = checker_order_name(op->order);

	if (op->kind == CHECKER_FENCE) {
		snprintf(text, bytes, "fence %s", order);
		return;
	}
	trace_where(where, sizeof where, l->address - (uintptr_t)state.arena);
	if (read != NULL) {
		value_text(old, sizeof old, read->value);
		/* A read-modify-write has put its own store behind what it read. */
		origin_text(origin, sizeof origin, l, written != NULL ? written : read);
		if (written != NULL)
			origin_text(origin, sizeof origin, &(struct location){.newest = (struct store *)read},
			            read);
	}
	if (written != NULL)
		value_text(new, sizeof new, written->value);
	if (op->kind == CHECKER_LOAD)
		snprintf(text, bytes, "load %s %s -> %s, %s", order, where, old, origin);
	else if (op->kind == CHECKER_STORE)
		snprintf(text, bytes, "store %s %s = %s, its #%u%s", order, where, new, written->number,
		         written->newer != NULL ? ", in front of an older one" : "");
	else if (op->kind == CHECKER_RMW)
		snprintf(text, bytes, "rmw %s %s: %s -> %s, its #%u, after %s", order, where, old, new,
		         written->number, origin);
	else if (written != NULL)
		snprintf(text, bytes, "cas %s %s: %s -> %s, its #%u, after %s", order, where, old, new,
		         written->number, origin);
	else
		snprintf(text, bytes, "cas %s %s fails (%s): %s, %s", order, where,
		         checker_order_name(op->failure_order), old, origin);
}

void trace_operation(const struct operation *op, const struct location *location,
                     const struct store *read, const struct store *written)
{
	struct event *e = event_new(op->pc);

	if (e != NULL)
		operation_text(e->text, sizeof e->text, op, location, read, written);
}

static bool is_printed(const struct event *e)
{
	return !e->plain || (trace.race - e->offset < e->bytes && trace.race != NO_OFFSET);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

void trace_print(void)
{
	const void **pc = calloc(trace.n + 1, sizeof *pc);
	struct checker_place *places = calloc(trace.n + 1, sizeof *places);
	unsigned n = 0;

	if (pc == NULL || places == NULL)
		abort();
	for (unsigned i = 0; i < trace.n; i++)
		if (is_printed(&trace.event[i]))
			pc[n++] = trace.event[i].pc;
	checker_places(pc, n, places);
	n = 0;
	for (unsigned i = 0; i < trace.n; i++) {
		const struct event *e = &trace.event[i];
		char at[256];

		if (!is_printed(e))
			continue;
		snprintf(at, sizeof at, "%s %s:%d", places[n].function, base_name(places[n].file),
		         places[n].line);
		printf("%5u  %*s%s%d  %-40s %s\n", n + 1, 2 * e->thread, "", e->thread == 0 ? "-" : "T",
		       e->thread, at, e->text);
		n++;
	}
	free(pc);
	free(places);
}
