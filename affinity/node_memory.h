/*
 * Whole pages near one seat, for what a worker owns: its own structure, its
 * local values. Preferred on the seat's node; a refusal is no error, because
 * the owner is also the first to touch most of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_AFFINITY_NODE_MEMORY_H
#define PINION_AFFINITY_NODE_MEMORY_H

#include <pinion/placement.h>

/* Zero-filled, page-aligned, at least `bytes` long; NULL when memory is exhausted. */
void *pinion__node_alloc(const pinion_placement *placement, int node, size_t bytes);

/* The same bytes as at the allocation. NULL is fine. */
void pinion__node_free(const pinion_placement *placement, void *memory, size_t bytes);

#endif
