/*
 * spsc.roundtrip: how long does one item take through one ring and its answer back
 * through another? Nothing that goes there and back can beat the limit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/proof.h"
#include "bench/versus/questions/all.h"

static const struct setting defaults[] = {{"default", {NULL}}};

static uint64_t expect(const struct load *load)
{
	return proof_items(load->ops, proof_item_sum(load->ops, load->seed), 0);
}

const struct question question_spsc_roundtrip = {
    .name = "spsc.roundtrip",
    .summary = "one item through a ring and its answer through another",
    .unit = "ns",
    .workers = 2,
    .pinion = {"pinion", "versus-spsc_roundtrip-pinion", "gcc", defaults, 1, NULL},
    .limit = &question_round_trip,
    .expect = expect,
};
