/*
 * inbox.*: what does one item cost from any thread to one owner?
 *
 *	1p   one producer, each with a processor of its own
 *	3p   three producers share one processor, the owner has the other to itself
 *
 * Queues that link nodes get 1024 of them per producer; a ring has 1024 places or
 * more for all.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/proof.h"
#include "bench/versus/questions/all.h"

static const struct setting defaults[] = {{"default", {NULL}}};

static const struct setting ck_alone[] = {
    {"mpmc, pause", {NULL}},   {"mpmc, spin", {NULL}},   {"mpmc, yield", {NULL}},
    {"locked, pause", {NULL}}, {"locked, spin", {NULL}}, {"locked, yield", {NULL}},
};
static const struct setting ck_shared[] = {
    {"mpmc, pause, yield", {NULL}},
    {"mpmc, yield", {NULL}},
    {"locked, pause, yield", {NULL}},
    {"locked, yield", {NULL}},
};

static const struct setting urcu_alone[] = {
    {"dequeue, pause", {NULL}}, {"dequeue, spin", {NULL}}, {"dequeue, yield", {NULL}},
    {"splice, pause", {NULL}},  {"splice, spin", {NULL}},  {"splice, yield", {NULL}},
};
static const struct setting urcu_shared[] = {
    {"dequeue, pause, yield", {NULL}},
    {"dequeue, yield", {NULL}},
    {"splice, pause, yield", {NULL}},
    {"splice, yield", {NULL}},
};

static const struct setting rte_alone[] = {
    {"MP/SC, 1024, pause", {NULL}}, {"MP/SC, 2048, pause", {NULL}},
    {"MP/SC, 2048, spin", {NULL}},  {"MP/SC, 2048, yield", {NULL}},
    {"RTS, 2048, pause", {NULL}},   {"HTS, 2048, pause", {NULL}},
};
static const struct setting rte_shared[] = {
    {"MP/SC, 2048, pause, yield", {NULL}}, {"MP/SC, 4096, yield", {NULL}},
    {"RTS, 4096, pause, yield", {NULL}},   {"RTS, 4096, yield", {NULL}},
    {"HTS, 4096, pause, yield", {NULL}},   {"HTS, 4096, yield", {NULL}},
};

/* All threads but the owner produce. */
static uint64_t expect(const struct load *load)
{
	return proof_items(load->ops, proof_shares_sum(load->ops, load->threads - 1, load->seed), 0);
}

#define CK(set)   {"ck_fifo", "versus-inbox-ck_fifo", "libck-dev", set, QUESTION_COUNT(set), NULL}
#define URCU(set) {"liburcu", "versus-inbox-liburcu", "liburcu-dev", set, QUESTION_COUNT(set), NULL}
#define RTE(set)  {"rte_ring", "versus-inbox-rte_ring", "libdpdk-dev", set, QUESTION_COUNT(set), NULL}

static const struct contender one[] = {CK(ck_alone), URCU(urcu_alone), RTE(rte_alone)};
static const struct contender three[] = {CK(ck_shared), URCU(urcu_shared), RTE(rte_shared)};

const struct question question_inbox_1p = {
    .name = "inbox.1p",
    .summary = "one item of 8 bytes handed to one owner by one producer",
    .unit = "ns",
    .workers = 2,
    .pinion = {"pinion", "versus-inbox-pinion", "gcc", defaults, 1, NULL},
    .peer = one,
    .peers = QUESTION_COUNT(one),
    .expect = expect,
};

const struct question question_inbox_3p = {
    .name = "inbox.3p",
    .summary = "the same by three producers that share the other processor",
    .unit = "ns",
    .workers = 2,
    .threads = 4,
    .seat = {0, 1, 1, 1},
    .pinion = {"pinion", "versus-inbox-pinion", "gcc", defaults, 1, NULL},
    .peer = three,
    .peers = QUESTION_COUNT(three),
    .expect = expect,
};
