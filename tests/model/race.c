/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/model/race.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "tests/model/trace.h"

#define GRANULE 8

struct lane {
	clocks read_at;   /* each thread's last plain read, 0: none since the last write */
	int16_t write_at; /* the last plain write */
	uint8_t writer;
	bool dead;
	struct location *location;
};

struct cell {
	uint32_t execution; /* of another one: nothing has happened here */
	uint32_t width;     /* bytes of a lane; lane i stands for bytes from i on */
	struct lane lane[GRANULE];
};

static struct cell *cells;

void race_reset(void)
{
	if (cells != NULL)
		return;
	cells = mmap(NULL, ARENA_BYTES / GRANULE * sizeof *cells, PROT_READ | PROT_WRITE,
	             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (cells == MAP_FAILED)
		abort();
}

static void cell_split(struct cell *cell, unsigned width)
{
	for (unsigned i = 0; i < GRANULE; i += cell->width)
		for (unsigned j = i + width; j < i + cell->width; j += width)
			cell->lane[j] = cell->lane[i];
	cell->width = width;
}

/* The cell of a granule, with lanes that the bytes from..to cut nowhere. */
static struct cell *cell_at(size_t offset, unsigned from, unsigned to)
{
	struct cell *cell = &cells[offset / GRANULE];
	unsigned width = GRANULE;

	if (cell->execution != state.execution) {
		cell->execution = state.execution;
		cell->width = GRANULE;
		cell->lane[0] = (struct lane){.location = NULL};
	}
	while (from % width != 0 || to % width != 0)
		width = width == GRANULE ? GRANULE / 2 : 1;
	if (width < cell->width)
		cell_split(cell, width);
	return cell;
}

static struct location *lane_location(const struct lane *lane)
{
	return lane->location != NULL && !lane->location->retired ? lane->location : NULL;
}

/* Fails: the access at offset against what the lane remembers. */
static _Noreturn void report(size_t offset, bool write, const char *against)
{
	char where[TRACE_WHERE_MAX];

	trace_race(offset);
	trace_where(where, sizeof where, offset);
	state_fail("data race: thread %d %s %s, %s", state.self, write ? "writes" : "reads", where,
	           against);
}

static void lane_check_alive(struct lane *lane, size_t offset, bool write)
{
	char where[TRACE_WHERE_MAX];

	if (!lane->dead)
		return;
	/* A stack grows again over a frame that is gone: its owner begins something new. */
	if (write && state_stack_owner(state.arena + offset) == state.self) {
		lane->dead = false;
		return;
	}
	trace_race(offset);
	trace_where(where, sizeof where, offset);
	state_fail("dead memory: thread %d %s %s", state.self, write ? "writes" : "reads", where);
}

static void lane_plain(struct lane *lane, size_t offset, bool write)
{
	clocks now = state_self()->now;
	struct location *location = lane_location(lane);

	lane_check_alive(lane, offset, write);
	if (lane->write_at > now[lane->writer])
		report(offset, write, "which another one has written");
	if (write && !clocks_before(lane->read_at, now))
		report(offset, write, "which another one has read");
	if (location != NULL) {
		if (!clocks_before(location->written_at, now))
			report(offset, write, "which another one has written atomically");
		if (write && !clocks_before(location->read_at, now))
			report(offset, write, "which another one has read atomically");
		if (write)
			location->retired = true;
	}
	if (write) {
		lane->read_at = (clocks){0};
		lane->write_at = now[state.self];
		lane->writer = (uint8_t)state.self;
	} else {
		lane->read_at[state.self] = now[state.self];
	}
}

void race_plain(const void *address, size_t bytes, bool write, const void *pc)
{
	size_t offset = state_offset(address), end = offset + bytes;

	if (!state_has(address))
		return;
	if (state.tracing)
		trace_plain(offset, bytes, write, pc);
	if (write && state_stack_owner(address) != state.self)
		state_self()->wrote = true;
	while (offset < end) {
		size_t base = offset - offset % GRANULE;
		size_t stop = end < base + GRANULE ? end : base + GRANULE;
		struct cell *cell = cell_at(offset, (unsigned)(offset - base), (unsigned)(stop - base));

		for (; offset < stop; offset += cell->width)
			lane_plain(&cell->lane[offset - base], offset, write);
	}
}

static struct cell *cell_of_atomic(const void *address, unsigned bytes, unsigned *from)
{
	size_t offset = state_offset(address);

	if (!state_has(address))
		state_fail("an atomic operation outside the state and the stacks");
	*from = (unsigned)(offset % GRANULE);
	if (*from + bytes > GRANULE)
		state_fail("an atomic operation across a granule");
	return cell_at(offset, *from, *from + bytes);
}

void race_atomic(const void *address, unsigned bytes, bool write)
{
	clocks now = state_self()->now;
	unsigned from;
	struct cell *cell = cell_of_atomic(address, bytes, &from);

	for (unsigned i = from; i < from + bytes; i += cell->width) {
		struct lane *lane = &cell->lane[i];
		size_t offset = state_offset(address) - from + i;

		lane_check_alive(lane, offset, false);
		if (lane->write_at > now[lane->writer])
			report(offset, write, "which another one has written plainly");
		if (write && !clocks_before(lane->read_at, now))
			report(offset, write, "which another one has read plainly");
	}
}

void race_dead(const void *address, size_t bytes)
{
	/* To free is to write: whoever has not been waited for races with it. */
	race_plain(address, bytes, true, __builtin_return_address(0));
	if (!state_has(address))
		return;
	for (size_t offset = state_offset(address), end = offset + bytes; offset < end; offset++) {
		unsigned i = (unsigned)(offset % GRANULE);
		struct cell *cell = cell_at(offset, i, i + 1);

		cell->lane[i].dead = true;
	}
}

struct location *race_location(const void *address, unsigned bytes)
{
	unsigned from;
	struct cell *cell = cell_of_atomic(address, bytes, &from);
	struct location *location = lane_location(&cell->lane[from]);

	if (cell->lane[from].dead)
		lane_check_alive(&cell->lane[from], state_offset(address), false);
	if (location != NULL && (location->bytes != bytes || location->address != (uintptr_t)address))
		state_fail("one word is accessed atomically in two sizes");
	return location;
}

void race_set_location(const void *address, unsigned bytes, struct location *location)
{
	unsigned from;
	struct cell *cell = cell_of_atomic(address, bytes, &from);

	for (unsigned i = from; i < from + bytes; i += cell->width)
		cell->lane[i].location = location;
}

int race_last_writer(const void *address, unsigned bytes, int16_t *moment)
{
	unsigned from;
	struct cell *cell = cell_of_atomic(address, bytes, &from);

	*moment = cell->lane[from].write_at;
	return cell->lane[from].writer;
}
