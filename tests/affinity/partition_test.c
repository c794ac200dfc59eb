/*
 * Partitions on synthetic machines: every index in exactly one block, borders
 * on granules, homes from seats, and the same answer by every way of asking.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/partition.h"
#include "tests/support/check.h"
#include "tests/support/fail_alloc.h"

#include <math.h>
#include <stdint.h>

static pinion_placement *plan(const char *machine)
{
	pinion_topology *topology = NULL;
	pinion_placement *placement = NULL;
	CHECK_INT(pinion_topology_load(&topology, machine, NULL), ==, 0);
	CHECK_INT(pinion_placement_plan(&placement, topology, NULL, NULL), ==, 0);
	pinion_topology_destroy(topology);
	return placement;
}

/* All that holds of any partition of n indexes. */
static void check_sound(const pinion_partition *p, const pinion_placement *placement, size_t n)
{
	size_t at = 0, blocks = pinion_partition_blocks(p), owned_blocks = 0, owned_indexes = 0;
	CHECK(pinion_partition_size(p) == n);
	CHECK_INT(pinion_partition_seats(p), ==, pinion_placement_seats(placement));
	for (size_t b = 0; b < blocks; b++) {
		pinion_block block = pinion_partition_at(p, b);
		CHECK(block.begin == at);
		CHECK(block.end >= block.begin);
		CHECK_INT(block.home, ==, pinion_placement_seat(placement, block.owner).node);
		at = block.end;
		if (block.begin < block.end) {
			CHECK_INT(pinion_partition_find(p, block.begin), ==, b);
			CHECK_INT(pinion_partition_find(p, block.end - 1), ==, b);
		}
	}
	CHECK(at == n);
	for (int seat = 0; seat < pinion_partition_seats(p); seat++) {
		struct pinion__owned owned = pinion__partition_owned(p, seat);
		size_t sum = 0;
		for (size_t i = 0; i < owned.blocks; i++) {
			pinion_block block = pinion_partition_at(p, owned.block[i]);
			CHECK_INT(block.owner, ==, seat);
			CHECK(i == 0 || owned.block[i - 1] < owned.block[i]);
			CHECK_INT(owned.prefix[i], ==, sum);
			sum += block.end - block.begin;
		}
		CHECK_INT(owned.prefix[owned.blocks], ==, sum);
		CHECK_INT(pinion_partition_owned(p, seat), ==, sum);
		owned_blocks += owned.blocks;
		owned_indexes += sum;
	}
	CHECK_INT(owned_blocks, ==, blocks);
	CHECK(owned_indexes == n);
}

static const char *const machines[] = {
    "synthetic:pack:1 [numa(memory=1GB)] core:1 pu:1",
    "synthetic:pack:1 [numa(memory=1GB)] core:4 pu:1",
    "synthetic:pack:2 [numa(memory=1GB)] core:3 pu:2",
    "synthetic:pack:4 [numa(memory=1GB)] core:2 pu:1",
    "synthetic:pack:2 group:4 [numa(memory=1GB)] core:2 pu:2",
};
enum { MACHINES = sizeof machines / sizeof machines[0] };

static void block_is_equal_shares(void)
{
	static const size_t sizes[] = {0, 1, 2, 7, 8, 9, 63, 64, 1000, 1 << 20};
	static const size_t granules[] = {0, 1, 3, 8, 4096};
	for (int m = 0; m < MACHINES; m++) {
		pinion_placement *placement = plan(machines[m]);
		size_t seats = (size_t)pinion_placement_seats(placement);
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
			for (size_t g = 0; g < sizeof granules / sizeof granules[0]; g++) {
				pinion_partition *p = NULL;
				size_t granule = granules[g] ? granules[g] : 1;
				CHECK_INT(pinion_partition_block(&p, placement, sizes[i], granules[g]), ==, 0);
				CHECK_INT(pinion_partition_blocks(p), ==, seats);
				check_sound(p, placement, sizes[i]);
				size_t units = (sizes[i] + granule - 1) / granule, least = units, most = 0;
				for (size_t b = 0; b < seats; b++) {
					pinion_block block = pinion_partition_at(p, b);
					size_t has = (block.end - block.begin + granule - 1) / granule;
					CHECK_INT(block.owner, ==, b);
					CHECK(block.end % granule == 0 || block.end == sizes[i]);
					least = has < least ? has : least;
					most = has > most ? has : most;
				}
				CHECK_INT(most - least, <=, 1);
				pinion_partition_destroy(p);
			}
		pinion_placement_destroy(placement);
	}
}

static void block_at_the_end_of_size_t(void)
{
	pinion_placement *placement = plan("synthetic:pack:4 [numa(memory=1GB)] core:2 pu:1");
	static const size_t granules[] = {1, 7, (size_t)1 << 40, SIZE_MAX / 2, SIZE_MAX};
	for (int g = 0; g < 5; g++) {
		pinion_partition *p = NULL;
		CHECK_INT(pinion_partition_block(&p, placement, SIZE_MAX, granules[g]), ==, 0);
		check_sound(p, placement, SIZE_MAX);
		pinion_partition_destroy(p);
	}
	pinion_placement_destroy(placement);
}

static void weighted_is_exact(void)
{
	pinion_placement *placement = plan("synthetic:pack:2 [numa(memory=1GB)] core:2 pu:1");
	pinion_partition *p = NULL;
	const double weights[] = {1, 0, 2, 5};
	CHECK_INT(pinion_partition_weighted(&p, placement, 800, 1, weights), ==, 0);
	check_sound(p, placement, 800);
	CHECK_INT(pinion_partition_owned(p, 0), ==, 100);
	CHECK_INT(pinion_partition_owned(p, 1), ==, 0);
	CHECK_INT(pinion_partition_owned(p, 2), ==, 200);
	CHECK_INT(pinion_partition_owned(p, 3), ==, 500);
	pinion_partition_destroy(p);

	/* Any scale of the same weights cuts the same, and equal weights cut like none. */
	for (int exponent = -1070; exponent <= 1020; exponent += 11) {
		double scaled[4];
		for (int i = 0; i < 4; i++)
			scaled[i] = ldexp(weights[i], exponent);
		CHECK_INT(pinion_partition_weighted(&p, placement, 801, 4, scaled), ==, 0);
		check_sound(p, placement, 801);
		CHECK_INT(pinion_partition_at(p, 0).end, ==, 100);
		CHECK_INT(pinion_partition_at(p, 2).end, ==, 300);
		pinion_partition_destroy(p);
	}
	pinion_placement_destroy(placement);
}

static void equal_weights_cut_like_none(void)
{
	pinion_placement *placement = plan("synthetic:pack:2 [numa(memory=1GB)] core:3 pu:1");
	const double weights[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
	for (size_t n = 0; n < 200; n++) {
		pinion_partition *a = NULL, *b = NULL;
		CHECK_INT(pinion_partition_weighted(&a, placement, n, 3, weights), ==, 0);
		CHECK_INT(pinion_partition_block(&b, placement, n, 3), ==, 0);
		for (size_t i = 0; i < 6; i++)
			CHECK_INT(pinion_partition_at(a, i).end, ==, pinion_partition_at(b, i).end);
		pinion_partition_destroy(a);
		pinion_partition_destroy(b);
	}
	pinion_placement_destroy(placement);
}

static void weights_without_meaning(void)
{
	pinion_placement *placement = plan("synthetic:pack:2 [numa(memory=1GB)] core:1 pu:1");
	static const double bad[][2] = {{0, 0}, {-1, 2}, {NAN, 1}, {1, INFINITY}, {1, -0.5}};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		pinion_partition *p = NULL;
		CHECK_INT(pinion_partition_weighted(&p, placement, 10, 1, bad[i]), ==, PINION_ERR_ARG);
		CHECK(p == NULL);
	}
	pinion_placement_destroy(placement);
}

static void explicit_borders(void)
{
	pinion_placement *placement = plan("synthetic:pack:4 [numa(memory=1GB)] core:1 pu:1");
	pinion_partition *p = NULL;
	const size_t borders[] = {0, 0, 3, 3, 10, 10, 11, 11};
	const int owners[] = {3, 1, 2, 1, 0, 3, 3};
	CHECK_INT(pinion_partition_explicit(&p, placement, borders, owners, 7), ==, 0);
	check_sound(p, placement, 11);
	CHECK_INT(pinion_partition_owned(p, 1), ==, 10);
	CHECK_INT(pinion_partition_owned(p, 2), ==, 0);
	CHECK_INT(pinion__partition_owned(p, 3).blocks, ==, 3);
	for (size_t i = 0; i < 11; i++) {
		pinion_block block = pinion_partition_at(p, pinion_partition_find(p, i));
		CHECK(block.begin <= i && i < block.end);
	}
	pinion_partition_destroy(p);

	/* Without owners, blocks go round in order: few blocks, as many, many. */
	for (size_t blocks = 1; blocks <= 7; blocks++) {
		CHECK_INT(pinion_partition_explicit(&p, placement, borders, NULL, blocks), ==, 0);
		for (size_t b = 0; b < blocks; b++)
			CHECK_INT(pinion_partition_at(p, b).owner, ==, b * 4 / blocks);
		check_sound(p, placement, borders[blocks]);
		pinion_partition_destroy(p);
	}
	pinion_placement_destroy(placement);
}

static void explicit_without_meaning(void)
{
	pinion_placement *placement = plan("synthetic:pack:2 [numa(memory=1GB)] core:1 pu:1");
	pinion_partition *p = NULL;
	const size_t late[] = {1, 2}, falling[] = {0, 5, 4}, fine[] = {0, 5};
	const int no_seat[] = {2}, negative[] = {-1};
	CHECK_INT(pinion_partition_explicit(&p, placement, fine, NULL, 0), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_partition_explicit(&p, placement, late, NULL, 1), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_partition_explicit(&p, placement, falling, NULL, 2), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_partition_explicit(&p, placement, fine, no_seat, 1), ==, PINION_ERR_RANGE);
	CHECK_INT(pinion_partition_explicit(&p, placement, fine, negative, 1), ==, PINION_ERR_RANGE);
	CHECK(p == NULL);
	pinion_placement_destroy(placement);
}

static void holders_keep_it_alive(void)
{
	pinion_placement *placement = plan("synthetic:pack:2 [numa(memory=1GB)] core:1 pu:1");
	pinion_partition *p = NULL;
	CHECK_INT(pinion_partition_block(&p, placement, 10, 1), ==, 0);
	CHECK(pinion_partition_retain(p) == p);
	pinion_partition_destroy(p);
	pinion_placement_destroy(placement);
	CHECK_INT(pinion_partition_size(p), ==, 10);
	CHECK_INT(pinion__partition_machine(p)->nodes, ==, 2);
	pinion_partition_destroy(p);
	pinion_partition_destroy(NULL);
}

/* 0 cuts equal blocks, 1 weighted ones, 2 explicit ones. */
static int cut(int how, const pinion_placement *placement, pinion_partition **out)
{
	const double weights[] = {1, 2, 3, 4};
	const size_t borders[] = {0, 4, 9};
	if (how == 0)
		return pinion_partition_block(out, placement, 100, 1);
	if (how == 1)
		return pinion_partition_weighted(out, placement, 100, 1, weights);
	return pinion_partition_explicit(out, placement, borders, NULL, 2);
}

static void memory_runs_out(void)
{
	pinion_placement *placement = plan("synthetic:pack:2 [numa(memory=1GB)] core:2 pu:1");
	for (int how = 0; how < 3; how++) {
		int failures = 0;
		for (;; failures++) {
			pinion_partition *p = NULL;
			fail_alloc_after(failures);
			int rc = cut(how, placement, &p);
			if (!fail_alloc_done()) {
				CHECK_INT(rc, ==, 0);
				pinion_partition_destroy(p);
				break;
			}
			CHECK_INT(rc, ==, PINION_ERR_NOMEM);
			CHECK(p == NULL);
		}
		CHECK_INT(failures, >=, 5);
	}
	pinion_placement_destroy(placement);
}

TESTS({"block_is_equal_shares", block_is_equal_shares},
      {"block_at_the_end_of_size_t", block_at_the_end_of_size_t},
      {"weighted_is_exact", weighted_is_exact},
      {"equal_weights_cut_like_none", equal_weights_cut_like_none},
      {"weights_without_meaning", weights_without_meaning}, {"explicit_borders", explicit_borders},
      {"explicit_without_meaning", explicit_without_meaning},
      {"holders_keep_it_alive", holders_keep_it_alive}, {"memory_runs_out", memory_runs_out})
