/*
 * Allocation that fails on demand, through the linker's --wrap.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/fail_alloc.h"

#include <errno.h>
#include <hwloc.h>
#include <stdlib.h>

static _Thread_local int left = -1; /* -1: nothing fails */
static _Thread_local bool failed;

void fail_alloc_after(int n)
{
	left = n;
	failed = false;
}

bool fail_alloc_done(void)
{
	left = -1;
	return failed;
}

static bool fails_now(void)
{
	if (left < 0)
		return false;
	if (left-- > 0)
		return false;
	failed = true;
	errno = ENOMEM;
	return true;
}

void *__real_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes)
{
	return fails_now() ? NULL : __real_calloc(count, bytes);
}

int __real_posix_memalign(void **out, size_t align, size_t bytes);
int __wrap_posix_memalign(void **out, size_t align, size_t bytes);
int __wrap_posix_memalign(void **out, size_t align, size_t bytes)
{
	return fails_now() ? ENOMEM : __real_posix_memalign(out, align, bytes);
}

char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text)
{
	return fails_now() ? NULL : __real_strdup(text);
}

hwloc_bitmap_t __real_hwloc_bitmap_alloc(void);
hwloc_bitmap_t __wrap_hwloc_bitmap_alloc(void);
hwloc_bitmap_t __wrap_hwloc_bitmap_alloc(void)
{
	return fails_now() ? NULL : __real_hwloc_bitmap_alloc();
}

hwloc_bitmap_t __real_hwloc_bitmap_dup(hwloc_const_bitmap_t set);
hwloc_bitmap_t __wrap_hwloc_bitmap_dup(hwloc_const_bitmap_t set);
hwloc_bitmap_t __wrap_hwloc_bitmap_dup(hwloc_const_bitmap_t set)
{
	return fails_now() ? NULL : __real_hwloc_bitmap_dup(set);
}
