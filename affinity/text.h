/*
 * Small text helpers of this folder: diagnostics, formatted copies, and lists
 * of numbers as the kernel and people write them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_AFFINITY_TEXT_H
#define PINION_AFFINITY_TEXT_H

#include <hwloc.h>
#include <pinion/base.h>

/* Fill *diag (NULL is fine) and clear its note. offset -1 means no place in the text. */
__attribute__((format(printf, 4, 5)))
void pinion__diag_set(pinion_diag *diag, int offset, int length, const char *format, ...);

/* Set the second line of *diag (NULL is fine). */
__attribute__((format(printf, 2, 3)))
void pinion__diag_note(pinion_diag *diag, const char *format, ...);

/* Like asprintf, from pinion__alloc. NULL when out of memory. */
__attribute__((format(printf, 1, 2)))
char *pinion__textf(const char *format, ...);

/* A set as "0-3,8" from pinion__alloc; "none" for the empty set. NULL when out of memory. */
char *pinion__list_text(hwloc_const_bitmap_t set);

/* The same into a buffer, cut with ".." when it does not fit. */
void pinion__list_write(hwloc_const_bitmap_t set, char *buffer, size_t bytes);

/*
 * Read "0-3,8" (an empty text is the empty set, a final newline is fine) into set.
 *
 * @return 0, PINION_ERR_SYNTAX with set undefined, or PINION_ERR_NOMEM.
 */
int pinion__list_read(const char *text, hwloc_bitmap_t set);

#endif
