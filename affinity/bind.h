/*
 * Put a thread on its seat and read back what the kernel granted.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_AFFINITY_BIND_H
#define PINION_AFFINITY_BIND_H

#include <pinion/placement.h>

/* What was asked of the kernel for one thread and what it granted. */
struct pinion__binding {
	bool bound;          /* the granted set is exactly the asked set */
	int os_cpu;          /* CPU that ran the thread right after */
	char asked[64];      /* OS CPU list, cut with ".." when longer */
	char obtained[64];
	char reason[128];    /* empty when bound; otherwise why not, with the fix */
};

/* A saved affinity mask, so that an adopted thread gets its own back. */
struct pinion__mask;

/*
 * Bind the calling thread to seat `seat`. Never fails hard: the binding says what happened.
 * With `saved` not NULL, *saved receives the mask from before (NULL when it cannot be read).
 */
void pinion__bind_self(const pinion_placement *placement, int seat, struct pinion__mask **saved,
                       struct pinion__binding *out);

/* Read the calling thread's affinity back again and compare with its seat: has someone changed it? */
void pinion__bind_check(const pinion_placement *placement, int seat, struct pinion__binding *out);

/* Give thread `tid` (0: the calling one) its mask back and free it. NULL is fine. */
void pinion__mask_restore(const pinion_placement *placement, int tid, struct pinion__mask *saved);

#endif
