/*
 * Plain memory: who has read and written which byte, and when.
 *
 * Two accesses to one byte race when one of them writes, one of them is plain and
 * neither has happened before the other. For each byte the last plain write and each
 * thread's last plain read are kept; the first race of an execution is always seen,
 * whatever the order in which its two sides run.
 *
 * The bytes of a granule (eight) are kept together as long as all accesses treat
 * them as one: a cell has one lane of eight bytes, two of four, or eight of one.
 *
 * A plain write to an atomic location (its initialisation) ends that location: the
 * next atomic operation there begins a new one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_RACE_H
#define PINION_TESTS_MODEL_RACE_H

#include "tests/model/memory.h"

void race_reset(void);

/* A plain access of the running thread. Memory outside the arena is not looked at. */
void race_plain(const void *address, size_t bytes, bool write, const void *pc);

/* An atomic one; what it is to plain ones. */
void race_atomic(const void *address, unsigned bytes, bool write);

/* These bytes are free from now on. */
void race_dead(const void *address, size_t bytes);

/* The location that lies there, or NULL. Fails when another size does. */
struct location *race_location(const void *address, unsigned bytes);
void race_set_location(const void *address, unsigned bytes, struct location *location);

/* The last plain write to a byte: its thread, and its moment. */
int race_last_writer(const void *address, unsigned bytes, int16_t *moment);

#endif
