/*
 * event.*: what does it cost to tell sleepers of a change when nobody sleeps? The
 * loop around the notify is part of the figure.
 *
 *	notify_idle     after a store that has the strongest order already
 *	notify_fenced   after a store of any order
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/proof.h"
#include "bench/versus/questions/all.h"

static const struct setting defaults[] = {{"default", {NULL}}};

static uint64_t expect(const struct load *load)
{
	return proof_worker(0, load->ops, load->seed);
}

const struct question question_event_notify_idle = {
    .name = "event.notify_idle",
    .summary = "a notify that nobody waits for, after a sequentially consistent store",
    .unit = "ns",
    .workers = 1,
    .pinion = {"pinion", "versus-event_idle-pinion", "gcc", defaults, 1, NULL},
    .expect = expect,
};

const struct question question_event_notify_fenced = {
    .name = "event.notify_fenced",
    .summary = "a notify that nobody waits for, after a store of any order",
    .unit = "ns",
    .workers = 1,
    .pinion = {"pinion", "versus-event_fenced-pinion", "gcc", defaults, 1, NULL},
    .expect = expect,
};
