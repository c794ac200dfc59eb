/*
 * mpmc.*: what does one item cost through a bounded queue for 1024 items of 8 bytes
 * that any number of threads push to and pop from?
 *
 *	try    forms that never wait; who finds no room or no item looks again
 *	wait   forms that sleep; a peer that has none plays as in try
 *	burst  32 items at a time
 *	1p1c   one producer and one consumer, each with a processor of its own
 *	2p2c   four threads on two processors, a producer and a consumer on each
 *
 * moodycamel's queue keeps the order of each producer only, so it answers less than
 * the others; its figure stands beside theirs with that in mind.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/proof.h"
#include "bench/versus/questions/all.h"

static const struct setting defaults[] = {{"default", {NULL}}};

/* Alone on a processor, and sharing it with others. */
static const struct setting alone[] = {
    {"pause", {NULL}},
    {"spin", {NULL}},
    {"yield", {NULL}},
    {"pause, yield", {NULL}},
};
static const struct setting shared[] = {{"pause, yield", {NULL}}, {"yield", {NULL}}};

static const struct setting rte_alone[] = {
    {"MP/MC, pause", {NULL}}, {"MP/MC, spin", {NULL}}, {"MP/MC, yield", {NULL}},
    {"RTS, pause", {NULL}},   {"RTS, spin", {NULL}},   {"RTS, yield", {NULL}},
    {"HTS, pause", {NULL}},   {"HTS, yield", {NULL}},
};
static const struct setting rte_shared[] = {
    {"MP/MC, pause, yield", {NULL}}, {"MP/MC, yield", {NULL}},    {"RTS, pause, yield", {NULL}},
    {"RTS, yield", {NULL}},          {"HTS, pause, yield", {NULL}}, {"HTS, yield", {NULL}},
};

static const struct setting moodycamel[] = {
    {"1024, tokens, pause, yield", {NULL}}, {"1024, tokens, yield", {NULL}},
    {"4096, tokens, pause, yield", {NULL}}, {"4096, tokens, yield", {NULL}},
    {"1024, pause, yield", {NULL}},         {"1024, yield", {NULL}},
    {"4096, pause, yield", {NULL}},         {"4096, yield", {NULL}},
};

/* Half of the threads produce. */
static uint64_t expect(const struct load *load)
{
	return proof_items(load->ops, proof_shares_sum(load->ops, load->threads / 2, load->seed), 0);
}

#define CK(set)    {"ck_ring", "versus-mpmc-ck_ring", "libck-dev", set, QUESTION_COUNT(set), NULL}
#define RTE(set)   {"rte_ring", "versus-mpmc-rte_ring", "libdpdk-dev", set, QUESTION_COUNT(set), NULL}
#define BOOST(set) {"boost", "versus-mpmc-boost", "libboost-dev", set, QUESTION_COUNT(set), NULL}
#define MOODYCAMEL                                                                               \
	{"moodycamel", "versus-mpmc-moodycamel", "libconcurrentqueue-dev", moodycamel,               \
	 QUESTION_COUNT(moodycamel), NULL}

static const struct contender try_1p1c[] = {RTE(rte_alone), CK(alone), BOOST(alone)};
static const struct contender try_2p2c[] = {RTE(rte_shared), CK(shared), BOOST(shared)};
static const struct contender wait_1p1c[] = {RTE(rte_alone), CK(alone), BOOST(alone), MOODYCAMEL};
static const struct contender wait_2p2c[] = {RTE(rte_shared), CK(shared), BOOST(shared), MOODYCAMEL};
static const struct contender burst32[] = {
    {"rte_ring", "versus-burst-rte_ring", "libdpdk-dev", rte_alone, QUESTION_COUNT(rte_alone), NULL},
};

const struct question question_mpmc_try_1p1c = {
    .name = "mpmc.try.1p1c",
    .summary = "one item of 8 bytes through a queue for 1024, one producer, one consumer",
    .unit = "ns",
    .workers = 2,
    .pinion = {"pinion", "versus-mpmc_try-pinion", "gcc", defaults, 1, NULL},
    .peer = try_1p1c,
    .peers = QUESTION_COUNT(try_1p1c),
    .expect = expect,
};

const struct question question_mpmc_try_2p2c = {
    .name = "mpmc.try.2p2c",
    .summary = "the same with two producers and two consumers on two processors",
    .unit = "ns",
    .workers = 2,
    .threads = 4,
    .seat = {0, 1, 0, 1},
    .pinion = {"pinion", "versus-mpmc_try-pinion", "gcc", defaults, 1, NULL},
    .peer = try_2p2c,
    .peers = QUESTION_COUNT(try_2p2c),
    .expect = expect,
};

const struct question question_mpmc_wait_1p1c = {
    .name = "mpmc.wait.1p1c",
    .summary = "the same in the form that sleeps, one producer, one consumer",
    .unit = "ns",
    .workers = 2,
    .pinion = {"pinion", "versus-mpmc_wait-pinion", "gcc", defaults, 1, NULL},
    .peer = wait_1p1c,
    .peers = QUESTION_COUNT(wait_1p1c),
    .expect = expect,
};

const struct question question_mpmc_wait_2p2c = {
    .name = "mpmc.wait.2p2c",
    .summary = "the form that sleeps, two producers and two consumers on two processors",
    .unit = "ns",
    .workers = 2,
    .threads = 4,
    .seat = {0, 1, 0, 1},
    .pinion = {"pinion", "versus-mpmc_wait-pinion", "gcc", defaults, 1, NULL},
    .peer = wait_2p2c,
    .peers = QUESTION_COUNT(wait_2p2c),
    .expect = expect,
};

const struct question question_mpmc_burst32 = {
    .name = "mpmc.burst32",
    .summary = "one item when 32 are pushed and popped at a time, one producer, one consumer",
    .unit = "ns",
    .workers = 2,
    .pinion = {"pinion", "versus-mpmc_burst-pinion", "gcc", defaults, 1, NULL},
    .peer = burst32,
    .peers = QUESTION_COUNT(burst32),
    .expect = expect,
};
