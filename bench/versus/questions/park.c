/*
 * park.roundtrip: how long do two pinned threads take to wake each other in turn when
 * each sleeps while the other runs?
 *
 * The peer is two bare futex words, waited for and woken without looking whether
 * anybody sleeps: the least that the kernel can be asked to do.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/questions/all.h"

static const struct setting defaults[] = {{"default", {NULL}}};

static const struct contender peers[] = {
    {"futex", "versus-run_on-futex", "gcc", defaults, 1, NULL},
};

const struct question question_park_roundtrip = {
    .name = "park.roundtrip",
    .summary = "one thread wakes another and sleeps until that one wakes it",
    .unit = "ns",
    .workers = 2,
    .pinion = {"pinion", "versus-park-pinion", "gcc", defaults, 1, NULL},
    .peer = peers,
    .peers = QUESTION_COUNT(peers),
    .expect = question_expect_one,
};
