/*
 * The arena: a list of allocations.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/arena.h"

#include "affinity/port.h"

#include <stdalign.h>
#include <string.h>

struct arena_piece {
	alignas(max_align_t) struct arena_piece *next;
};

void *pinion__arena_take(struct arena *arena, size_t bytes)
{
	struct arena_piece *piece = NULL;
	if (bytes <= SIZE_MAX - sizeof *piece)
		piece = pinion__alloc(sizeof *piece + bytes);
	if (!piece) {
		arena->failed = true;
		return NULL;
	}
	piece->next = arena->pieces;
	arena->pieces = piece;
	return piece + 1;
}

char *pinion__arena_copy(struct arena *arena, const char *text, size_t length)
{
	char *copy = pinion__arena_take(arena, length + 1);
	if (copy)
		memcpy(copy, text, length);
	return copy;
}

void pinion__arena_fini(struct arena *arena)
{
	while (arena->pieces) {
		struct arena_piece *piece = arena->pieces;
		arena->pieces = piece->next;
		pinion__free(piece);
	}
	arena->failed = false;
}
