/*
 * All questions, file by file of this folder.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_QUESTIONS_ALL_H
#define PINION_BENCH_VERSUS_QUESTIONS_ALL_H

#include "bench/versus/question.h"

extern const struct question question_forkjoin_empty;
extern const struct question question_stream_triad;
extern const struct question question_spsc_single;
extern const struct question question_spsc_lazy;
extern const struct question question_spsc_burst32;
extern const struct question question_spsc_roundtrip;
extern const struct question question_mpmc_try_1p1c;
extern const struct question question_mpmc_try_2p2c;
extern const struct question question_mpmc_wait_1p1c;
extern const struct question question_mpmc_wait_2p2c;
extern const struct question question_mpmc_burst32;
extern const struct question question_inbox_1p;
extern const struct question question_inbox_3p;
extern const struct question question_deque_owner;
extern const struct question question_deque_stolen1;
extern const struct question question_deque_stolen10;
extern const struct question question_event_notify_idle;
extern const struct question question_event_notify_fenced;
extern const struct question question_park_roundtrip;
extern const struct question question_task_run_on;

#endif
