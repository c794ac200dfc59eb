/*
 * One name per file of this folder.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_QUESTIONS_ALL_H
#define PINION_BENCH_VERSUS_QUESTIONS_ALL_H

#include "bench/versus/question.h"

extern const struct question question_forkjoin_empty;
extern const struct question question_stream_triad;
extern const struct question question_spsc_single;
extern const struct question question_task_run_on;

#endif
