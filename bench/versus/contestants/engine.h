/*
 * The engine of every Pinion contestant: default settings, on the processors
 * that the contestant was given, each seat proved before the first turn.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_ENGINE_H
#define PINION_BENCH_VERSUS_ENGINE_H

#include "bench/versus/contestant.h"

#include <pinion/engine.h>

/** Create and start. @return NULL, or what is wrong: also when a seat is not what the task asks. */
const char *engine_start(pinion_engine **out, const struct contestant_task *task);

#endif
