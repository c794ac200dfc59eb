/*
 * Memory that lives and dies together: everything one job file needs.
 *
 * Each piece is an allocation of its own, so a sanitizer sees every overrun.
 * Running out of memory is remembered here: a caller that gets NULL simply
 * returns, and the reader looks at `failed` once, at the end.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_YAML_ARENA_H
#define PINION_YAML_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_piece;

struct arena {
	struct arena_piece *pieces; /* newest first */
	bool failed;                /* an allocation failed */
};

/* Zeroed bytes, or NULL with `failed` set. */
void *pinion__arena_take(struct arena *arena, size_t bytes);

/* A copy of `length` bytes of text, ended by a zero; or NULL with `failed` set. */
char *pinion__arena_copy(struct arena *arena, const char *text, size_t length);

/* Free every piece. The arena is empty and usable afterwards. */
void pinion__arena_fini(struct arena *arena);

#endif
