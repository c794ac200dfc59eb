/*
 * spsc.single with Concurrency Kit's ring. It holds one item less than it has
 * slots, so a ring for 1024 items has 2048; the setting may ask for 1024 slots.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ck_ring.h>

#define MOST_SLOTS 2048

struct ring {
	ck_ring_t queue;
	ck_ring_buffer_t slot[MOST_SLOTS];
};

/* The item travels in the pointer. */
static inline int ring_push(struct ring *r, uint64_t item)
{
	return ck_ring_enqueue_spsc(&r->queue, r->slot, (void *)(uintptr_t)item);
}

static inline int ring_pop(struct ring *r, uint64_t *item)
{
	void *pointer;

	if (!ck_ring_dequeue_spsc(&r->queue, r->slot, &pointer))
		return 0;
	*item = (uintptr_t)pointer;
	return 1;
}

static struct ring *ring_make(const char *setting)
{
	struct ring *r = aligned_alloc(128, (sizeof *r + 127) / 128 * 128);

	if (r == NULL)
		return NULL;
	memset(r, 0, sizeof *r);
	ck_ring_init(&r->queue, strstr(setting, "1024") != NULL ? 1024 : MOST_SLOTS);
	return r;
}

#include "bench/versus/contestants/spsc.h"

int main(int argc, char **argv)
{
	return spsc_main(CK_VERSION, argc, argv);
}
