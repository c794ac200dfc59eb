/*
 * spsc.single: what does one item cost from one producer to one consumer, one at
 * a time, through a ring for 1024 items of 8 bytes?
 *
 * spsc.lazy: the same if an item need not be visible when its push returns. The
 * peers have no such form and play as before.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/proof.h"
#include "bench/versus/questions/all.h"

static const struct setting defaults[] = {{"default", {NULL}}};

/* What a side that must wait does between two looks; and, where a power of two of slots
 * holds one item less, both sizes around 1024. */
static const struct setting fixed[] = {{"pause", {NULL}}, {"spin", {NULL}}, {"yield", {NULL}}};

static const struct setting slots[] = {
    {"2048 slots, pause", {NULL}},
    {"2048 slots, spin", {NULL}},
    {"2048 slots, yield", {NULL}},
    {"1024 slots, pause", {NULL}},
    {"1024 slots, spin", {NULL}},
    {"1024 slots, yield", {NULL}},
};

static uint64_t expect(const struct load *load)
{
	return proof_items(load->ops, proof_item_sum(load->ops, load->seed), 0);
}

static const struct contender peers[] = {
    {"ck_ring", "versus-spsc-ck_ring", "libck-dev", slots, QUESTION_COUNT(slots), NULL},
    {"rte_ring", "versus-spsc-rte_ring", "libdpdk-dev", slots, QUESTION_COUNT(slots), NULL},
    {"moodycamel", "versus-spsc-moodycamel", "libconcurrentqueue-dev", fixed, QUESTION_COUNT(fixed),
     NULL},
    {"boost", "versus-spsc-boost", "libboost-dev", fixed, QUESTION_COUNT(fixed), NULL},
};

const struct question question_spsc_single = {
    .name = "spsc.single",
    .summary = "one item of 8 bytes through a ring for 1024, one producer, one consumer",
    .unit = "ns",
    .workers = 2,
    .pinion = {"pinion", "versus-spsc-pinion", "gcc", defaults, 1, NULL},
    .peer = peers,
    .peers = QUESTION_COUNT(peers),
    .expect = expect,
};

const struct question question_spsc_lazy = {
    .name = "spsc.lazy",
    .summary = "the same if the ring may publish an item later than its push",
    .unit = "ns",
    .workers = 2,
    .pinion = {"pinion", "versus-spsc_lazy-pinion", "gcc", defaults, 1, NULL},
    .peer = peers,
    .peers = QUESTION_COUNT(peers),
    .expect = expect,
};
