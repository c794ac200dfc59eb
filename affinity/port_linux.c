/*
 * port.h on Linux: futex, clock, yield, and allocation that a test can make fail.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/port.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Noreturn void pinion__check_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: pinion check failed: %s\n", file, line, what);
	abort();
}

/* Tests interpose malloc's family, so these stay plain. */
void *pinion__alloc(size_t bytes)
{
	return calloc(1, bytes ? bytes : 1);
}

void *pinion__alloc_aligned(size_t align, size_t bytes)
{
	void *p = NULL;
	if (align < sizeof(void *))
		align = sizeof(void *);
	if (posix_memalign(&p, align, bytes ? bytes : align) != 0)
		return NULL;
	return memset(p, 0, bytes);
}

void pinion__free(void *p)
{
	free(p);
}

char *pinion__strdup(const char *text)
{
	return text ? strdup(text) : NULL;
}

/* FUTEX_WAIT_BITSET takes an absolute monotonic deadline. */
enum pinion__futex_end pinion__futex_wait(const uint32_t *word, uint32_t expected,
                                          uint64_t deadline_ns)
{
	struct timespec at, *limit = NULL;
	if (deadline_ns != UINT64_MAX) {
		at.tv_sec = (time_t)(deadline_ns / 1000000000u);
		at.tv_nsec = (long)(deadline_ns % 1000000000u);
		limit = &at;
	}
	long rc = syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected, limit,
	                  NULL, FUTEX_BITSET_MATCH_ANY);
	if (rc == 0)
		return PINION__FUTEX_WOKEN;
	return errno == ETIMEDOUT ? PINION__FUTEX_TIMEDOUT : PINION__FUTEX_REFUSED;
}

/* An address that is no longer mapped gives EFAULT: nobody sleeps there any more. */
void pinion__futex_wake(const uint32_t *word, uint32_t count)
{
	int saved = errno;
	syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, NULL, NULL, 0);
	errno = saved;
}

void pinion__eventfd_add(int fd)
{
	const uint64_t one = 1;
	int saved = errno;

	while (write(fd, &one, sizeof one) < 0 && errno == EINTR)
		;
	errno = saved;
}

uint64_t pinion__clock_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void pinion__yield(void)
{
	sched_yield();
}
