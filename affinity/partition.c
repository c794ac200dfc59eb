/*
 * Partitions: how an index range is cut, and who owns each piece.
 *
 * All three constructors end in the same two steps: fill in the borders and
 * owners, then derive everything that depends on them (homes, the blocks of
 * each seat). Nothing changes afterwards, so readers need no lock; only the
 * number of holders is shared and written.
 *
 * Cutting by shares is done in whole granules and in integers: the border
 * before seat s is floor(granules * (shares before s) / (all shares)), with a
 * 128-bit product. So a border is never off by a granule or more, equal
 * weights cut like no weights, and the result is the same on every machine.
 *
 * Ordering
 *   [hold] a holder's last use, then release decrement -> acquire decrement of the last holder
 *          carries: every read of the partition, before it is freed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/partition.h"
#include "affinity/port.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

struct pinion_partition {
	/* fixed once made */
	struct pinion__machine *machine;
	size_t n, blocks;
	int seats;
	pinion_block *block; /* [blocks], ascending and without gaps */
	size_t *owned;       /* [blocks] block numbers, grouped by seat, ascending in each group */
	size_t *first;       /* [seats + 1] where the group of a seat starts in owned */
	size_t *prefix;      /* [blocks + seats] the group of seat s starts at first[s] + s */
	/* written by every holder */
	_Atomic(unsigned) holds;
};

/* Weights become integers below 2^WEIGHT_BITS: 65534 of them add up to less than 2^63. */
#define WEIGHT_BITS 46

#if PINION_CHECKS >= 2
static bool partition_is_valid(const pinion_partition *p)
{
	size_t at = 0;
	for (size_t b = 0; b < p->blocks; b++) {
		const pinion_block *block = &p->block[b];
		if (block->begin != at || block->end < at || block->owner < 0 || block->owner >= p->seats)
			return false;
		at = block->end;
	}
	return at == p->n && p->first[0] == 0 && p->first[p->seats] == p->blocks;
}
#endif

static void partition_free(pinion_partition *p)
{
	if (!p)
		return;
	pinion__machine_release(p->machine);
	pinion__free(p->block);
	pinion__free(p->owned);
	pinion__free(p->first);
	pinion__free(p->prefix);
	pinion__free(p);
}

/* Room for `blocks` blocks, all still empty, with one hold. */
static pinion_partition *partition_new(const pinion_placement *placement, size_t blocks)
{
	size_t seats = (size_t)pinion_placement_seats(placement);
	if (blocks > SIZE_MAX / sizeof(pinion_block) - seats)
		return NULL;
	pinion_partition *p = pinion__alloc(sizeof *p);
	if (!p)
		return NULL;
	p->machine = pinion__machine_retain(pinion__placement_machine(placement));
	p->blocks = blocks;
	p->seats = (int)seats;
	p->block = pinion__alloc(blocks * sizeof *p->block);
	p->owned = pinion__alloc(blocks * sizeof *p->owned);
	p->first = pinion__alloc((seats + 1) * sizeof *p->first);
	p->prefix = pinion__alloc((blocks + seats) * sizeof *p->prefix);
	atomic_init(&p->holds, 1u);
	if (p->block && p->owned && p->first && p->prefix)
		return p;
	partition_free(p);
	return NULL;
}

/* A counting sort of the blocks by owner, which keeps their order. */
static void group_by_owner(pinion_partition *p)
{
	for (size_t b = 0; b < p->blocks; b++)
		p->first[p->block[b].owner + 1]++;
	for (int s = 0; s < p->seats; s++)
		p->first[s + 1] += p->first[s];
	/* first[s] walks through its group and ends where the next one starts. */
	for (size_t b = 0; b < p->blocks; b++)
		p->owned[p->first[p->block[b].owner]++] = b;
	memmove(p->first + 1, p->first, (size_t)p->seats * sizeof *p->first);
	p->first[0] = 0;
}

static void sum_owned(pinion_partition *p)
{
	for (int s = 0; s < p->seats; s++) {
		size_t *prefix = p->prefix + p->first[s] + (size_t)s;
		for (size_t i = p->first[s]; i < p->first[s + 1]; i++) {
			const pinion_block *block = &p->block[p->owned[i]];
			prefix[1] = prefix[0] + (block->end - block->begin);
			prefix++;
		}
	}
}

/* Derives the rest from borders and owners, and hands the partition over. */
static void partition_finish(pinion_partition *p, const pinion_placement *placement,
                             pinion_partition **out)
{
	p->n = p->block[p->blocks - 1].end;
	for (size_t b = 0; b < p->blocks; b++)
		p->block[b].home = pinion_placement_seat(placement, p->block[b].owner).node;
	group_by_owner(p);
	sum_owned(p);
	PINION_VALID(partition_is_valid(p));
	*out = p;
}

/* floor(whole * part / parts) without overflow; part <= parts. */
static uint64_t share(uint64_t whole, uint64_t part, uint64_t parts)
{
	return (uint64_t)((wide)whole * part / parts);
}

/* One block per seat, each as many granules as its part of all parts. */
static void cut_by_shares(pinion_partition *p, size_t n, size_t granule, const uint64_t *parts)
{
	size_t units = n / granule + (n % granule != 0);
	uint64_t all = 0, before = 0;
	size_t begin = 0;
	for (int s = 0; s < p->seats; s++)
		all += parts ? parts[s] : 1;
	for (int s = 0; s < p->seats; s++) {
		before += parts ? parts[s] : 1;
		size_t unit = (size_t)share(units, before, all);
		size_t end = unit > n / granule ? n : unit * granule;
		p->block[s] = (pinion_block){begin, end, s, 0};
		begin = end;
	}
	PINION_VALID(begin == n);
}

int pinion_partition_block(pinion_partition **out, const pinion_placement *placement, size_t n,
                           size_t granule)
{
	PINION_REQUIRE(out && placement);
	pinion_partition *p = partition_new(placement, (size_t)pinion_placement_seats(placement));
	if (!p)
		return PINION_ERR_NOMEM;
	cut_by_shares(p, n, granule ? granule : 1, NULL);
	partition_finish(p, placement, out);
	return 0;
}

/*
 * Weights as integers. All are scaled by the same power of two, chosen so that the largest just
 * fits; that loses nothing of weights that are small integers or any fractions of 46 bits.
 */
static int weights_to_parts(const double *weights, int seats, uint64_t *parts)
{
	double most = 0;
	int exponent;
	for (int s = 0; s < seats; s++) {
		if (!isfinite(weights[s]) || weights[s] < 0)
			return PINION_ERR_ARG;
		most = fmax(most, weights[s]);
	}
	if (most == 0)
		return PINION_ERR_ARG;
	frexp(most, &exponent);
	for (int s = 0; s < seats; s++)
		parts[s] = (uint64_t)ldexp(weights[s], WEIGHT_BITS - exponent);
	return 0;
}

int pinion_partition_weighted(pinion_partition **out, const pinion_placement *placement, size_t n,
                              size_t granule, const double *weights)
{
	PINION_REQUIRE(out && placement && weights);
	int seats = pinion_placement_seats(placement);
	pinion_partition *p = NULL;
	uint64_t *parts = pinion__alloc((size_t)seats * sizeof *parts);
	if (!parts)
		return PINION_ERR_NOMEM;
	int rc = weights_to_parts(weights, seats, parts);
	if (rc == 0 && !(p = partition_new(placement, (size_t)seats)))
		rc = PINION_ERR_NOMEM;
	if (rc == 0) {
		cut_by_shares(p, n, granule ? granule : 1, parts);
		partition_finish(p, placement, out);
	}
	pinion__free(parts);
	return rc;
}

static int explicit_check(const size_t *borders, const int *owners, size_t blocks, int seats)
{
	if (blocks == 0 || borders[0] != 0)
		return PINION_ERR_ARG;
	for (size_t b = 0; b < blocks; b++)
		if (borders[b + 1] < borders[b])
			return PINION_ERR_ARG;
	for (size_t b = 0; owners && b < blocks; b++)
		if (owners[b] < 0 || owners[b] >= seats)
			return PINION_ERR_RANGE;
	return 0;
}

int pinion_partition_explicit(pinion_partition **out, const pinion_placement *placement,
                              const size_t *borders, const int *owners, size_t blocks)
{
	PINION_REQUIRE(out && placement && borders);
	int seats = pinion_placement_seats(placement);
	int rc = explicit_check(borders, owners, blocks, seats);
	if (rc != 0)
		return rc;
	pinion_partition *p = partition_new(placement, blocks);
	if (!p)
		return PINION_ERR_NOMEM;
	for (size_t b = 0; b < blocks; b++) {
		int owner = owners ? owners[b] : (int)share((uint64_t)seats, b, blocks);
		p->block[b] = (pinion_block){borders[b], borders[b + 1], owner, 0};
	}
	partition_finish(p, placement, out);
	return 0;
}

pinion_partition *pinion_partition_retain(const pinion_partition *partition)
{
	PINION_REQUIRE(partition);
	/* Objects are always made on the heap as non-const; the hold count is the one field that moves.
	 */
	pinion_partition *p = (pinion_partition *)(uintptr_t)partition;
	/* Relaxed: the caller holds it already, so it cannot be freed meanwhile. */
	atomic_fetch_add_explicit(&p->holds, 1u, memory_order_relaxed);
	return p;
}

void pinion_partition_destroy(pinion_partition *partition)
{
	if (partition && atomic_fetch_sub_explicit(&partition->holds, 1u, memory_order_acq_rel) == 1u)
		partition_free(partition); /* [hold] */
}

size_t pinion_partition_size(const pinion_partition *partition)
{
	return partition->n;
}

size_t pinion_partition_blocks(const pinion_partition *partition)
{
	return partition->blocks;
}

int pinion_partition_seats(const pinion_partition *partition)
{
	return partition->seats;
}

pinion_block pinion_partition_at(const pinion_partition *partition, size_t block)
{
	PINION_REQUIRE(block < partition->blocks);
	return partition->block[block];
}

/* The last block that begins at or before the index is not empty, so it holds the index. */
size_t pinion_partition_find(const pinion_partition *partition, size_t index)
{
	PINION_REQUIRE(index < partition->n);
	size_t low = 0, high = partition->blocks;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (partition->block[middle].begin <= index)
			low = middle;
		else
			high = middle;
	}
	return low;
}

size_t pinion_partition_owned(const pinion_partition *partition, int seat)
{
	struct pinion__owned owned = pinion__partition_owned(partition, seat);
	return owned.prefix[owned.blocks];
}

struct pinion__owned pinion__partition_owned(const pinion_partition *partition, int seat)
{
	PINION_REQUIRE(seat >= 0 && seat < partition->seats);
	size_t first = partition->first[seat];
	return (struct pinion__owned){partition->owned + first, partition->first[seat + 1] - first,
	                              partition->prefix + first + (size_t)seat};
}

const struct pinion__machine *pinion__partition_machine(const pinion_partition *partition)
{
	return partition->machine;
}
