/*
 * The one object that drives allocation, loops, reductions and audit: a map
 * from an index range to blocks, each with an owner seat and a home node.
 *
 * The split comes from the partition, never from the number of threads that
 * happen to run, so two loops over the same data visit the same homes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_PARTITION_H
#define PINION_PARTITION_H

#include <pinion/placement.h>

PINION_BEGIN_DECLS

typedef struct pinion_partition pinion_partition;

/* Indexes begin .. end - 1 belong to seat `owner`; their memory is at logical node `home`. */
typedef struct pinion_block {
	size_t begin, end;
	int owner;
	int home;
} pinion_block;

/**
 * Cut 0 .. n - 1 into one block per seat, as equal as the granule allows.
 *
 * @param out        receives the partition; untouched on failure.
 * @param placement  whose seats own the blocks. Not kept.
 * @param n          number of indexes; 0 is legal and gives only empty blocks.
 * @param granule    borders are multiples of it (except n): elements per page, for instance. 0 means 1.
 *
 * @return 0, or PINION_ERR_NOMEM.
 *
 * Threads:   any.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_partition_block(pinion_partition **out,
                                                        const pinion_placement *placement, size_t n,
                                                        size_t granule);

/**
 * The same with unequal shares: seat s gets weights[s] / sum of weights of the indexes.
 *
 * @param weights  one number >= 0 per seat, finite, with a positive sum.
 *
 * @return 0, PINION_ERR_ARG (a weight is negative or not finite, or all are 0), PINION_ERR_NOMEM.
 *
 * Threads:   any.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_partition_weighted(pinion_partition **out,
                                                           const pinion_placement *placement,
                                                           size_t n, size_t granule,
                                                           const double *weights);

/**
 * Borders chosen by the caller: block b is borders[b] .. borders[b + 1] - 1 and belongs to owners[b].
 *
 * @param borders  blocks + 1 numbers that never decrease, the first 0; the last is n.
 * @param owners   a seat per block; NULL: block b belongs to seat b * seats / blocks.
 * @param blocks   at least 1.
 *
 * @return 0, PINION_ERR_ARG (borders decrease or do not start at 0, blocks is 0),
 *         PINION_ERR_RANGE (an owner is no seat), PINION_ERR_NOMEM.
 *
 * Threads:   any.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_partition_explicit(pinion_partition **out,
                                                           const pinion_placement *placement,
                                                           const size_t *borders, const int *owners,
                                                           size_t blocks);

/** Share ownership: the partition lives until every holder has destroyed it. Returns its argument. */
PINION_API pinion_partition *pinion_partition_retain(const pinion_partition *partition);

/** Give up one hold. Arrays keep their own hold. NULL is fine. */
PINION_API void pinion_partition_destroy(pinion_partition *partition);

/** Number of indexes, of blocks, of seats that it was made for. */
PINION_API size_t pinion_partition_size(const pinion_partition *partition);
PINION_API size_t pinion_partition_blocks(const pinion_partition *partition);
PINION_API int pinion_partition_seats(const pinion_partition *partition);

/** Block `block`, 0 .. blocks - 1. */
PINION_API pinion_block pinion_partition_at(const pinion_partition *partition, size_t block);

/** The block that holds `index`, 0 .. size - 1. O(log blocks). */
PINION_API size_t pinion_partition_find(const pinion_partition *partition, size_t index);

/** How many indexes seat `seat` owns. */
PINION_API size_t pinion_partition_owned(const pinion_partition *partition, int seat);

PINION_END_DECLS

#endif
