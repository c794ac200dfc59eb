/*
 * Comes before the first line of a model, by -include. It makes two things visible that
 * the compiler would hide: gcc takes atomic_init() for a relaxed store, though it is no
 * atomic operation, and calls memcpy() and its family by their own names.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_INSTRUMENTED_H
#define PINION_TESTS_MODEL_INSTRUMENTED_H

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

void *model_memcpy(void *to, const void *from, size_t bytes);
void *model_memmove(void *to, const void *from, size_t bytes);
void *model_memset(void *to, int value, size_t bytes);

#define memcpy model_memcpy
#define memmove model_memmove
#define memset model_memset

#if !defined(__clang__)
#undef atomic_init
#define atomic_init(object, value) \
	((void)(*(__typeof__((void)0, *(object)) volatile *)(object) = (value)))
#endif

#endif
