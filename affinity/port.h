/*
 * What the pure memory algorithms need from the world: cache-line geometry, a
 * futex, a clock, a yield and a pause. Queues include this and nothing else of
 * the system, so a checker can substitute these functions and explore them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_PORT_H
#define PINION_PORT_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Two 64-byte lines: x86 prefetches lines in pairs, some Arm lines are 128 bytes. */
#define PINION_NOSHARE 128
#define PINION_LINE 64

#define PINION_ALIGNED(n) __attribute__((aligned(n)))
#define PINION_LIKELY(x) __builtin_expect(!!(x), 1)
#define PINION_UNLIKELY(x) __builtin_expect(!!(x), 0)

/*
 * PINION_CHECKS: 0 none (release), 1 `Requires:` clauses, 2 also x_is_valid()
 * at entry and exit of operations. A failed check aborts: it is a caller's bug.
 */
#ifndef PINION_CHECKS
#define PINION_CHECKS 0
#endif
#if PINION_CHECKS >= 1
#define PINION_REQUIRE(cond) ((cond) ? (void)0 : pinion__check_failed(#cond, __FILE__, __LINE__))
#else
#define PINION_REQUIRE(cond) ((void)0)
#endif
#if PINION_CHECKS >= 2
#define PINION_VALID(cond) PINION_REQUIRE(cond)
#else
#define PINION_VALID(cond) ((void)0)
#endif

_Noreturn void pinion__check_failed(const char *what, const char *file, int line);

/* The house allocates through these only, so a test can make the n-th one fail. */
void *pinion__alloc(size_t bytes);                  /* zeroed, or NULL */
void *pinion__alloc_aligned(size_t align, size_t bytes); /* zeroed, or NULL; align a power of two */
void pinion__free(void *p);                         /* NULL is fine */
char *pinion__strdup(const char *text);             /* or NULL */

/* How a sleep ended. Only the deadline is 0, so a plain test asks whether it came in time. */
enum pinion__futex_end {
	PINION__FUTEX_TIMEDOUT = 0, /* the deadline has passed */
	PINION__FUTEX_WOKEN,        /* by a wake on this address, which nobody else got */
	PINION__FUTEX_REFUSED,      /* it did not sleep, or not to the end: another value, a signal */
};

/*
 * Sleep while *word == expected, until woken or until the absolute monotonic
 * time deadline_ns (UINT64_MAX: none). May return early for no reason; the
 * caller re-checks. Private to the process.
 */
enum pinion__futex_end pinion__futex_wait(const uint32_t *word, uint32_t expected,
                                          uint64_t deadline_ns);

/* Wake up to `count` sleepers on word. The address is used as a name only: it
 * need not be valid memory any more, so a waiter may free the word at once. */
void pinion__futex_wake(const uint32_t *word, uint32_t count);

/* Add 1 to an eventfd; that it is full already is as good. */
void pinion__eventfd_add(int fd);

/* Monotonic nanoseconds. */
uint64_t pinion__clock_ns(void);

/* Give the processor to another runnable thread. */
void pinion__yield(void);

/* One polite step of a spin loop. */
static inline void pinion__relax(void)
{
#if defined(PINION_MODEL_CHECK)
	pinion__yield();
#elif defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ __volatile__("isb" ::: "memory");
#elif defined(__riscv)
	__asm__ __volatile__(".4byte 0x0100000f" ::: "memory"); /* pause hint */
#endif
}

#endif
