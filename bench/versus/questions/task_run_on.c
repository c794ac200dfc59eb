/*
 * task.run_on: what does it cost to have one other, named worker run an empty
 * function, and to wait for it?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/questions/all.h"

static const struct setting defaults[] = {{"default", {NULL}}};

static const struct setting channels[] = {{"unbuffered", {NULL}}, {"buffered", {NULL}}};

static const struct contender peers[] = {
    {"futex", "versus-run_on-futex", "gcc", defaults, 1, NULL},
    {"go", "versus-run_on-go", "golang-go", channels, QUESTION_COUNT(channels), NULL},
};

const struct question question_task_run_on = {
    .name = "task.run_on",
    .summary = "one named worker runs an empty function while the caller waits",
    .unit = "ns",
    .workers = 2,
    .pinion = {"pinion", "versus-run_on-pinion", "gcc", defaults, 1, NULL},
    .peer = peers,
    .peers = QUESTION_COUNT(peers),
    .limit = &question_round_trip,
    .expect = question_expect_one,
};
