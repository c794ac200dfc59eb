/*
 * What a contestant hands over to prove that it did the work, and what the
 * controller expects: both sides use these formulas, the contestant on the data
 * that its threads left behind, the controller on the numbers alone.
 *
 * Header only, C11 and C++17, so that every contestant can have it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_PROOF_H
#define PINION_BENCH_VERSUS_PROOF_H

#include <stddef.h>
#include <stdint.h>

/* Scatter a word, so that two errors do not cancel each other in a sum. */
static inline uint64_t proof_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* Worker `worker` of a team ran `runs` times. The team's proof is the sum over its workers. */
static inline uint64_t proof_worker(int worker, uint64_t runs, uint64_t seed)
{
	return proof_mix(proof_mix(runs + seed) + (uint64_t)worker);
}

/* `items` items arrived, their sum is `sum`, and `wrong` is 0 when each was the one expected. */
static inline uint64_t proof_items(uint64_t items, uint64_t sum, uint64_t wrong)
{
	return proof_mix(items) + proof_mix(sum) + (wrong != 0 ? proof_mix(~wrong) | 1 : 0);
}

/* Item number `index` of a turn, and the sum of the first `items` of them. */
static inline uint64_t proof_item(uint64_t index, uint64_t seed)
{
	return seed + index;
}

static inline uint64_t proof_item_sum(uint64_t items, uint64_t seed)
{
	uint64_t pairs = items % 2 == 0 ? items / 2 * (items - 1) : (items - 1) / 2 * items;

	return items * seed + pairs;
}

/*
 * Several producers: the items of each carry its number from this bit upwards, and each sends
 * its share of all items.
 */
#define PROOF_PRODUCER 56

static inline uint64_t proof_share(uint64_t items, int producers, int producer)
{
	uint64_t n = (uint64_t)producers;

	return items / n + ((uint64_t)producer < items % n ? 1 : 0);
}

static inline uint64_t proof_shares_sum(uint64_t items, int producers, uint64_t seed)
{
	uint64_t sum = 0;

	for (int p = 0; p < producers; p++) {
		uint64_t share = proof_share(items, producers, p);

		sum += share * ((uint64_t)p << PROOF_PRODUCER) + proof_item_sum(share, seed);
	}
	return sum;
}

/*
 * Triad: inputs repeat after PROOF_PERIOD elements and are small whole numbers,
 * so that a = b + s c is exact in doubles and the sum over all elements, each
 * weighted by its place in the period, is known without an array.
 */
#define PROOF_PERIOD 1024

static inline double proof_b(size_t i)
{
	return (double)(1 + i % PROOF_PERIOD);
}

static inline double proof_c(size_t i)
{
	return (double)(3 + i * 7 % PROOF_PERIOD);
}

/* The factor of round `op` of a turn; it changes, so a round that did nothing shows. */
static inline double proof_s(uint64_t op, uint64_t seed)
{
	return (double)(1 + (seed + op) % 1021);
}

static inline uint64_t proof_element(size_t i, double a)
{
	return (uint64_t)(int64_t)a * (1 + i % PROOF_PERIOD * 5);
}

/* Sum over n elements, n a multiple of PROOF_PERIOD, after the last of `ops` rounds. */
static inline uint64_t proof_triad(size_t n, uint64_t ops, uint64_t seed)
{
	double s = proof_s(ops - 1, seed);
	uint64_t sum = 0;

	for (size_t i = 0; i < PROOF_PERIOD; i++)
		sum += proof_element(i, proof_b(i) + s * proof_c(i));
	return sum * (n / PROOF_PERIOD);
}

#endif
