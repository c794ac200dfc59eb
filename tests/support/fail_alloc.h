/*
 * Make the n-th allocation of the house fail. A test that links
 * pinion-fail-alloc has calloc, posix_memalign, strdup and the allocating
 * functions of hwloc's bitmaps wrapped by the linker, in the house's code and
 * its own; what hwloc and libc allocate inside is not touched.
 *
 *     for (int n = 0; ; n++) {
 *         fail_alloc_after(n);
 *         int rc = ...;
 *         if (!fail_alloc_done()) { CHECK_INT(rc, ==, 0); break; }   no allocation was left to fail
 *         CHECK_INT(rc, ==, PINION_ERR_NOMEM);
 *     }
 *
 * Counts in the calling thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_FAIL_ALLOC_H
#define PINION_TESTS_FAIL_ALLOC_H

#include <stdbool.h>

/* After n more successful allocations of this thread, one fails. */
void fail_alloc_after(int n);

/* Stop failing. True when one has failed since fail_alloc_after. */
bool fail_alloc_done(void);

#endif
