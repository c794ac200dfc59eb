/*
 * deque.*: what does an item cost the owner of a work-stealing deque that pushes
 * bursts of 256 and pops what is left of them, with no other work? One operation is
 * one item: its push and its pop, or its loss.
 *
 *	owner      nobody steals; the limit is a plain array
 *	stolenN    a thief on the other processor takes N % of the items, paced by what
 *	           the owner has pushed; the limit is what Pinion's owner needs alone
 *
 * The owner's time is what counts. A turn whose share is off by more than a tenth of
 * it is played again, and fails when that does not help.
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

static const struct contender array = {
    "plain array stack", "versus-deque-array", "gcc", defaults, 1, NULL,
};

static const struct contender owner = {
    "deque.owner", "versus-deque_owner-pinion", "gcc", defaults, 1, NULL,
};

const struct question question_deque_owner = {
    .name = "deque.owner",
    .summary = "one item pushed and popped by a deque's owner, in bursts of 256, no thief",
    .unit = "ns",
    .workers = 1,
    .pinion = {"pinion", "versus-deque_owner-pinion", "gcc", defaults, 1, NULL},
    .limit = &array,
    .expect = expect,
};

const struct question question_deque_stolen1 = {
    .name = "deque.stolen1",
    .summary = "the owner's time per item when a thief takes 1 % of them",
    .unit = "ns",
    .workers = 2,
    .pinion = {"pinion", "versus-deque_stolen1-pinion", "gcc", defaults, 1, NULL},
    .limit = &owner,
    .expect = expect,
};

const struct question question_deque_stolen10 = {
    .name = "deque.stolen10",
    .summary = "the owner's time per item when a thief takes 10 % of them",
    .unit = "ns",
    .workers = 2,
    .pinion = {"pinion", "versus-deque_stolen10-pinion", "gcc", defaults, 1, NULL},
    .limit = &owner,
    .expect = expect,
};
