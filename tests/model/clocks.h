/*
 * Vector clocks: for each thread, up to which of its moments something has
 * happened before. Thread 0 is setup and check; the threads of a model are 1 to 4.
 *
 * A thread's own entry moves on after each of its atomic operations, so what it
 * does between two of them shares one moment with the second, which publishes it.
 * Moment 0 is before everything. Sixteen bits and eight lanes make a clock one
 * register.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_CLOCKS_H
#define PINION_TESTS_MODEL_CLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/model/model.h"

#define THREADS (MODEL_THREADS_MAX + 1)
#define NEVER INT16_MAX

typedef int16_t clocks __attribute__((vector_size(16)));

static inline bool clocks_any(clocks mask)
{
	typedef int64_t halves __attribute__((vector_size(16)));
	halves h = (halves)mask;

	return (h[0] | h[1]) != 0;
}

static inline clocks clocks_join(clocks a, clocks b)
{
	clocks later = a > b;

	return (a & later) | (b & ~later);
}

/* Everything in `a` has happened before who has `b`. */
static inline bool clocks_before(clocks a, clocks b)
{
	return !clocks_any(a > b);
}

/* Something in `a` has. */
static inline bool clocks_touch(clocks a, clocks b)
{
	return clocks_any(a <= b);
}

#endif
