/*
 * Run a program from a test and keep what it writes to standard output.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_BENCH_RUN_PROGRAM_H
#define PINION_TESTS_BENCH_RUN_PROGRAM_H

/**
 * Run argv (NULL at the end). @return its exit status, or -1 when it was killed; *output is freed
 * by the caller.
 */
int run_program(const char *const *argv, char **output);

#endif
