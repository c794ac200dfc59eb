/*
 * spsc.burst32: what does one item cost when 32 are pushed and popped at a time? A
 * burst that does not fit whole moves as many as fit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/proof.h"
#include "bench/versus/questions/all.h"

static const struct setting defaults[] = {{"default", {NULL}}};

static const struct setting slots[] = {
    {"SP/SC, 2048, pause", {NULL}}, {"SP/SC, 2048, spin", {NULL}},
    {"SP/SC, 2048, yield", {NULL}}, {"SP/SC, 1024, pause", {NULL}},
    {"SP/SC, 1024, spin", {NULL}},
};

static uint64_t expect(const struct load *load)
{
	return proof_items(load->ops, proof_item_sum(load->ops, load->seed), 0);
}

static const struct contender peers[] = {
    {"rte_ring", "versus-burst-rte_ring", "libdpdk-dev", slots, QUESTION_COUNT(slots), NULL},
};

const struct question question_spsc_burst32 = {
    .name = "spsc.burst32",
    .summary = "one item when 32 are pushed and popped at a time, one producer, one consumer",
    .unit = "ns",
    .workers = 2,
    .pinion = {"pinion", "versus-spsc_burst-pinion", "gcc", defaults, 1, NULL},
    .peer = peers,
    .peers = QUESTION_COUNT(peers),
    .expect = expect,
};
