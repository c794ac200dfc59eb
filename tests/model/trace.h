/*
 * The trace of one execution, for people: what each operation did, in the order in
 * which they were executed. Kept only while a failure is replayed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_TRACE_H
#define PINION_TESTS_MODEL_TRACE_H

#include "tests/model/memory.h"

#define TRACE_WHERE_MAX 48

void trace_reset(void);

/* An atomic operation: what it read (or NULL) and what it wrote (or NULL). */
void trace_operation(const struct operation *op, const struct location *location,
	const struct store *read, const struct store *written);

void trace_plain(size_t offset, size_t bytes, bool write, const void *pc);

/* Anything else: a sleep, a wake, a yield. */
void trace_note(const void *pc, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The plain accesses to this byte belong into the trace. */
void trace_race(size_t offset);

/* "state+16", "stack of thread 1 -64". */
void trace_where(char *text, size_t bytes, size_t offset);

/* The same for an address; the text holds until the next call. */
const char *trace_address(uintptr_t address);

void trace_print(void);

#endif
