/*
 * What all parts of the checker share: the arena in which a model lives, its
 * threads, and the way out of an execution.
 *
 * The arena is one piece of memory: the model's state, then one stack for each
 * thread. What lies outside is nobody's business: a model shares nothing there.
 *
 * Parts, from the ground up: clocks.h (what happened before what), fiber.h,
 * explore.h (choices), race.h (plain memory), order.h (the order S of seq_cst),
 * candidates.h and memory.h (atomic operations), sharing.h, options.h and schedule.h
 * (who goes on), world.c (the system), sites.h and tsan.c (what the compiler calls),
 * trace.h, places.c, run.c (executions), main.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_STATE_H
#define PINION_TESTS_MODEL_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/model/clocks.h"
#include "tests/model/fiber.h"
#include "tests/model/model.h"

#define STATE_BYTES_MAX (1u << 20)
#define STACK_BYTES (64u << 10)
#define ARENA_BYTES (STATE_BYTES_MAX + THREADS * STACK_BYTES)

/* What an operation touches, as sets of places; a place is a bit, several places may
 * share one. Two operations commute when neither writes what the other touches. */
struct footprint {
	uint64_t reads, writes;
};

enum thread_status {
	THREAD_NONE,      /* this model has fewer threads */
	THREAD_RUNNING,   /* begun or woken; has not said what it does next */
	THREAD_READY,     /* stands before an operation */
	THREAD_YIELDING,  /* stands in pinion__yield() */
	THREAD_SLEEPING,  /* in pinion__futex_wait() */
	THREAD_DONE,
};

/* Why a sleep ended. */
enum wake_reason {
	WAKE_CALLED,
	WAKE_DEADLINE,
	WAKE_SPURIOUS,
};

struct location;
struct store;

/* What a thread has read since its last yield. */
struct glance {
	struct location *location;
	const struct store *store;
};

#define GLANCES_MAX 16

struct thread {
	/* The memory model's. */
	clocks now;             /* what has happened before its next operation */
	clocks pending_acquire; /* what its relaxed loads have met, for an acquire fence */
	clocks trace;           /* what is before it in the order of the trace: see candidates.c */
	clocks release_fence;   /* what its relaxed stores publish: up to its last release fence */
	/* The scheduler's. */
	struct fiber fiber;
	enum thread_status status;
	struct footprint next;  /* of the operation it stands before */
	unsigned operations;
	/* pinion__yield(). */
	unsigned glances_n;
	struct glance glances[GLANCES_MAX];
	unsigned busy_yields;   /* in a row, although something new was there to be read */
	unsigned idle_yields;   /* went on although nothing new was there */
	uint64_t at_yield;      /* a hash of its registers and stack at its last yield */
	bool wrote;             /* since then */
	unsigned looks;         /* loads since then */
	unsigned idle_looks;    /* how many loads more are likely to see nothing new */
	bool holds;             /* stands before such a load: nobody else goes on meanwhile */
	/* pinion__futex_wait(). */
	uintptr_t sleeps_at;
	uint64_t deadline, clock_ns;
	enum wake_reason wake;
	unsigned weak_failures;
	unsigned number; /* of stores, for the trace */
};

struct state {
	const struct model *model;
	char *arena;
	uint32_t execution; /* a stamp: what carries another one is of an earlier execution */
	int self;           /* the running thread */
	int threads;        /* of this model, without thread 0 */
	bool tracing;
	bool prunes;        /* leave out old reads that show nothing new: see candidates.c */
	bool skips_turns;   /* give up at a turn of a spin that shows nothing: see world.c */
	int timeouts, spurious;         /* what is left of the model's bounds */
	int idle_yields, weak_failures; /* the bounds for each thread */
	uint64_t steps;
	struct thread thread[THREADS];
};

extern struct state state;

static inline struct thread *state_self(void)
{
	return &state.thread[state.self];
}

static inline bool state_has(const void *address)
{
	return (uintptr_t)address - (uintptr_t)state.arena < ARENA_BYTES;
}

static inline size_t state_offset(const void *address)
{
	return (uintptr_t)address - (uintptr_t)state.arena;
}

static inline char *state_stack(int thread)
{
	return state.arena + STATE_BYTES_MAX + (size_t)thread * STACK_BYTES;
}

/* Which thread's stack that is, or -1. */
static inline int state_stack_owner(const void *address)
{
	size_t offset = state_offset(address);

	return offset < STATE_BYTES_MAX || offset >= ARENA_BYTES
		? -1 : (int)((offset - STATE_BYTES_MAX) / STACK_BYTES);
}

/* End this execution as a failure. */
_Noreturn void state_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* End it since it shows nothing that another one does not. */
_Noreturn void state_prune(void);

#endif
