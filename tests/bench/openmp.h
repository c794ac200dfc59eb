/*
 * Where OpenMP can be tested: the thread sanitizer does not see the barriers of
 * an OpenMP runtime that was not compiled for it, and reports races that are none.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_BENCH_OPENMP_H
#define PINION_TESTS_BENCH_OPENMP_H

#if defined(__SANITIZE_THREAD__)
#define OPENMP_TESTED 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define OPENMP_TESTED 0
#endif
#endif
#ifndef OPENMP_TESTED
#define OPENMP_TESTED 1
#endif

#endif
