/*
 * Pinion's work-stealing deque. A theft takes as many items as it may at once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/deque.h"

#include <pinion/base.h>
#include <stdlib.h>

#define CAPACITY 1024

struct stack {
	deque items;
};

/* Busy: a thief still reads what lay in this place a whole array ago. */
static inline int stack_push(struct stack *s, uint64_t item)
{
	deque_outcome outcome;

	while ((outcome = deque_push(&s->items, (void *)(uintptr_t)item)) == DEQUE_BUSY)
		pinion__relax();
	return outcome == DEQUE_OK;
}

static inline int stack_pop(struct stack *s, uint64_t *item)
{
	void *pointer;

	if (deque_pop(&s->items, &pointer) != DEQUE_OK)
		return 0;
	*item = (uintptr_t)pointer;
	return 1;
}

#if defined(DEQUE_STOLEN)
static inline unsigned stack_steal(struct stack *s, uint64_t *item, unsigned most)
{
	void *run[CAPACITY];
	uint32_t n;

	if (deque_steal_n(&s->items, run, most < CAPACITY ? most : CAPACITY, &n) != DEQUE_OK)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		item[i] = (uintptr_t)run[i];
	return n;
}
#endif

static struct stack *stack_make(void)
{
	struct stack *s = aligned_alloc(PINION_NOSHARE, sizeof *s);
	void **slots = aligned_alloc(PINION_NOSHARE, CAPACITY * sizeof *slots);

	if (s == NULL || slots == NULL)
		return NULL;
	deque_init(&s->items, slots, CAPACITY, 0);
	return s;
}

#include "bench/versus/contestants/deque.h"

int main(int argc, char **argv)
{
	return deque_main(PINION_VERSION_STRING, argc, argv);
}
