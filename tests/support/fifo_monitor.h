/*
 * A monitor of first-in-first-out queues: was a logged run linearizable? Each
 * thread logs what it did, from when to when, and with which value; afterwards
 * fifo_check() says whether one order of all operations exists that respects real
 * time (an operation that ended before another began comes first) and in which a
 * plain queue would have answered the same.
 *
 * Values are unique. That makes the question easy: such a log is linearizable
 * exactly if it has none of four faults [1], each of which is a pattern of at most
 * two values but the last. `a -> b` means that a ended before b began.
 *
 *   invented   a pop of a value that was not pushed, or that ended before its push began
 *   twice      two pops of one value
 *   overtaken  push(a) -> push(b), and pop(b) -> pop(a) or a was never popped
 *   not empty  a pop found nothing, yet at each moment of it some value was inside for
 *              certain. A value is so from the end of its push to the begin of its
 *              pop. Several values may relay each other: none of them need be inside
 *              all the time.
 *
 * The first three take a sort and a sweep in the order of the pushes; the last is a
 * sweep over time that counts the values inside and remembers the last moment without
 * any: O(n log n), as the monitors of [2] and [3]. A queue with a bound adds two
 * checks. They find only faults, but not all of them: for bounds no such list of
 * patterns is known.
 *
 *   not full   a push found no room, yet at no moment of it could `least` values be
 *              inside; a value can be from the begin of its push to the end of its pop
 *   too full   more than `most` values were inside for certain
 *
 * The log is complete: every operation has ended. Answers like BUSY and pops that
 * found nothing may be left out; pushes and pops of values may not.
 *
 * Time is the monotonic clock, read between two full barriers: a store that still
 * waits in its processor's buffer when the operation returns has reached nobody yet,
 * so the operation lasts until it has. Equal times count as overlap.
 *
 * [1] Henzinger, Sezgin, Vafeiadis: Aspect-oriented linearizability proofs, CONCUR 2013
 * [2] Abdulla, Grahn, Jonsson, Krishna, Mishra: Efficient linearizability monitoring, PLDI 2025
 * [3] Lee, Mathur: Efficient decrease-and-conquer linearizability monitoring, OOPSLA 2025
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_FIFO_MONITOR_H
#define PINION_TESTS_FIFO_MONITOR_H

#include "affinity/port.h"
#include "queues/atomic.h"

enum fifo_kind {
	FIFO_PUSH,  /* value went in */
	FIFO_POP,   /* value came out */
	FIFO_EMPTY, /* a pop found nothing; no value */
	FIFO_FULL,  /* a push found no room; no value */
};

struct fifo_op {
	uint64_t begin, end; /* fifo_now(); begin <= end */
	uint64_t value;
	enum fifo_kind kind;
};

/* What one thread did, in any order. */
struct fifo_log {
	struct fifo_op *ops;
	size_t n, room;
	size_t spare; /* so many EMPTY and FULL are logged, further ones are left out */
};

/* A push finds room while there are fewer than `least` values; there are never more
 * than `most`. Zero: unknown. */
struct fifo_bounds {
	uint64_t least, most;
};

enum fifo_fault {
	FIFO_FINE,
	FIFO_AMBIGUOUS, /* a value was pushed twice: the log says nothing */
	FIFO_INVENTED,
	FIFO_TWICE,
	FIFO_OVERTAKEN,
	FIFO_NOT_EMPTY,
	FIFO_NOT_FULL,
	FIFO_TOO_FULL,
};

struct fifo_verdict {
	enum fifo_fault fault;
	uint64_t value, other; /* whom it concerns: overtaken: `other` overtook `value` */
	uint64_t begin, end;   /* when: the operation that is at fault */
};

/* Now, with everything before it done and nothing behind it begun. */
static inline uint64_t fifo_now(void)
{
	atomic_u64 barrier;
	uint64_t now;

	u64_init(&barrier, 0);
	u64_swap_seq_cst(&barrier, 1); /* empties the store buffer */
	now = pinion__clock_ns();
	u64_swap_seq_cst(&barrier, now); /* needs the clock's answer: what follows waits for it */
	return now;
}

/* Log an operation. Its times are fifo_now() before and after it. */
void fifo_note(struct fifo_log *log, enum fifo_kind kind, uint64_t value, uint64_t begin,
               uint64_t end);

/* Judge the logs of all threads together. */
struct fifo_verdict fifo_check(const struct fifo_log *logs, size_t n, struct fifo_bounds bounds);

/* One line that tells the fault. */
const char *fifo_fault_text(enum fifo_fault fault);

#endif
