/*
 * The door to the rings: bounded queues on memory of the caller.
 *
 *   <pinion/spsc.h>  one producer, one consumer: the fastest way from thread to thread
 *   <pinion/mpmc.h>  any number of both
 *
 * Both share their outcomes and ways to wait (<pinion/ring_base.h>) and come in two
 * forms: PINION_…_DEFINE(name, type) makes typed inline functions, and pinion_spsc_*,
 * pinion_mpmc_* take the item size at run time. Operations that never wait are inline.
 * Those that wait or wake call libpinion; the SPSC ring's try forms need no library.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_RING_H
#define PINION_RING_H

#include <pinion/mpmc.h>
#include <pinion/spsc.h>

#endif
