/*
 * A strict JSON reader for tests: is a text one well-formed document (RFC 8259),
 * and what stands at a path in it?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_JSON_CHECK_H
#define PINION_TESTS_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* True when `text` is exactly one JSON value with nothing but white space around it, without
 * duplicate keys; else *offset receives where the fault is. offset may be NULL. */
bool json_valid(const char *text, size_t *offset);

/*
 * Copy the value at `path` ("machine.counts.nodes", "workloads.0.name"; "" is the whole) out of
 * a valid text. A string comes without its quotes but with its escapes; objects and arrays come
 * as they are written.
 *
 * Returns false when there is no such path; value is then empty.
 */
bool json_at(const char *text, const char *path, char *value, size_t bytes);

/* Number of elements of the array, or members of the object, at `path`; -1 when it is neither. */
int json_length(const char *text, const char *path);

#endif
