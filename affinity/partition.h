/*
 * What the rest of the house may ask of a partition beyond its public face:
 * the machine it was made for, and the blocks of one seat as one run of
 * indexes, so that a loop walks them without looking at the other seats.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_AFFINITY_PARTITION_H
#define PINION_AFFINITY_PARTITION_H

#include "affinity/machine.h"

#include <pinion/partition.h>

/*
 * The blocks of one seat in ascending order. prefix[i] is the number of indexes in the owned blocks
 * before the i-th, so prefix[blocks] is all that the seat owns. Both live as long as the partition.
 */
struct pinion__owned {
	const size_t *block; /* [blocks] */
	size_t blocks;
	const size_t *prefix; /* [blocks + 1] */
};

/* O(1). */
struct pinion__owned pinion__partition_owned(const pinion_partition *partition, int seat);

/* Borrowed; lives as long as the partition. */
const struct pinion__machine *pinion__partition_machine(const pinion_partition *partition);

#endif
