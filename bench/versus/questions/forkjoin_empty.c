/*
 * forkjoin.empty: what does it cost to have every worker run an empty function
 * once, and to know that all have?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/questions/all.h"

static const struct setting defaults[] = {{"default", {NULL}}};

static const struct setting libgomp[] = {
    {"default", {NULL}},
    {"active", {"OMP_WAIT_POLICY=active"}},
    {"active, endless spin", {"OMP_WAIT_POLICY=active", "GOMP_SPINCOUNT=infinite"}},
    {"passive", {"OMP_WAIT_POLICY=passive"}},
};

static const struct setting libomp[] = {
    {"default", {NULL}},
    {"active", {"OMP_WAIT_POLICY=active", "KMP_BLOCKTIME=infinite"}},
    {"turnaround", {"KMP_LIBRARY=turnaround", "KMP_BLOCKTIME=infinite"}},
    {"passive", {"OMP_WAIT_POLICY=passive", "KMP_BLOCKTIME=0"}},
};

/* Not the automatic partitioner: it may keep all pieces on one thread, which would wait for itself. */
static const struct setting onetbb[] = {
    {"static", {NULL}},
    {"simple", {NULL}},
    {"affinity", {NULL}},
};

static const struct contender peers[] = {
    {"libgomp", "versus-forkjoin-libgomp", "gcc", libgomp, QUESTION_COUNT(libgomp), NULL},
    {"libomp", "versus-forkjoin-libomp", "libomp-16-dev", libomp, QUESTION_COUNT(libomp), NULL},
    {"onetbb", "versus-forkjoin-onetbb", "libtbb-dev", onetbb, QUESTION_COUNT(onetbb), NULL},
};

const struct question question_forkjoin_empty = {
    .name = "forkjoin.empty",
    .summary = "every worker runs an empty function once; fork, join, nothing between",
    .unit = "ns",
    .pinion = {"pinion", "versus-forkjoin-pinion", "gcc", defaults, 1, NULL},
    .peer = peers,
    .peers = QUESTION_COUNT(peers),
    .limit = &question_round_trip,
    .expect = question_expect_each,
};
