/*
 * Atomic memory: what C11 lets an atomic operation read, and where its store goes.
 *
 * A location keeps all its stores in their modification order, the oldest first.
 * A store carries the clock that a reader acquires from it, and `seen`: when each
 * thread first wrote or read it. A thread knows a store when some thread had seen it
 * at a moment that has happened before. From that all of coherence follows:
 *
 *   load    any store from the newest one it knows onwards
 *   store   anywhere behind the newest one it knows, but never between a store and the
 *           read-modify-write that read it
 *   rmw     directly behind the store that it reads, which no other one has read
 *
 * Memory itself holds the last store of the order, so a plain read that has all
 * stores behind it reads right.
 *
 * A release store carries the writer's clock, a relaxed one the clock of the
 * writer's last release fence. A read-modify-write carries on what the store that it
 * read carries: a release sequence. Nothing else does (C++20; C11 also let the
 * thread's own later stores do so).
 *
 * seq_cst adds the conditions of order.h to acquire and release.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_MEMORY_H
#define PINION_TESTS_MODEL_MEMORY_H

#include "tests/model/checker.h"
#include "tests/model/state.h"

struct store {
	clocks carries; /* what a reader acquires */
	clocks seen;    /* NEVER, or the moment of each thread's first sight */
	uint64_t value;
	struct location *location;
	struct store *older, *newer; /* in modification order */
	int rank;                    /* counted along it, from 0 */
	uint8_t writer;
	bool reads_older; /* of a read-modify-write */
	uint16_t number;  /* the writer's n-th, for the trace */
	/* When it was executed, for the pruning of old reads: see candidates.c. */
	int16_t trace_moment;
	clocks trace_before;
};

/* Whom a mark speaks for, or to: a seq_cst access, a fence, or both. */
enum mark_side {
	MARK_ACCESS = 1,
	MARK_FENCE = 2,
};

/* A mark in the order of a location that the order S cares for; see order.h. */
struct mark {
	const struct store *store;
	bool read; /* stands at a read of it */
	uint8_t side;
	uint16_t node;
	struct mark *next;
};

struct location {
	clocks read_at, written_at; /* the last moment of each thread: atomic reads and writes */
	clocks trace_written;       /* all stores and what was before them in the trace */
	clocks trace_touched;       /* the same for loads and stores */
	uintptr_t address;
	unsigned bytes;
	unsigned index;
	uint64_t bit; /* in a footprint */
	bool retired; /* a plain write has begun something new here */
	struct store *oldest, *newest;
	struct mark *sources, *targets;
	/* For fairness: which old store each thread has read, how often in a row, and from
	 * which one on it may read. */
	const struct store *old_read[THREADS];
	uint8_t old_reads[THREADS];
	const struct store *floor[THREADS];
};

/* One atomic operation, as the compiler hands it over. */
struct operation {
	enum checker_kind kind;
	int order, failure_order;
	void *address;
	unsigned bytes;
	const void *pc;
	uint64_t operand;  /* what is stored, added, ...; of a compare-and-swap: desired */
	uint64_t expected; /* of a compare-and-swap; on failure: what was read */
	bool weak;
	uint64_t (*apply)(uint64_t value, uint64_t operand); /* of a read-modify-write */
};

void memory_reset(void);

uint64_t memory_load(const struct operation *op);
void memory_store(const struct operation *op);
uint64_t memory_rmw(const struct operation *op);
bool memory_cas(struct operation *op);
void memory_fence(const struct operation *op);

/* The location behind an address, made when there is none. Fails on dead memory. */
struct location *memory_location(const void *address, unsigned bytes);

/*
 * What the system reads for a futex: one of the stores that a reader with this clock
 * may see. Nothing is learnt from it.
 */
uint64_t memory_glimpse(struct location *location, clocks knows);

/* Only newest stores from now on, of all that the thread has looked at. */
void memory_catch_up(struct thread *thread);

/* Something newer than what the thread saw in all that it has looked at? */
bool memory_has_news(const struct thread *thread);

#endif
