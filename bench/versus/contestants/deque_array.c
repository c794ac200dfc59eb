/*
 * The limit: a plain array as a stack, which nobody can steal from.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>
#include <stdlib.h>

#define CAPACITY 1024

struct stack {
	uint64_t *item;
	uint32_t top, capacity; /* of another type than an item: the compiler knows them apart */
};

static inline int stack_push(struct stack *s, uint64_t item)
{
	if (s->top == s->capacity)
		return 0;
	s->item[s->top++] = item;
	return 1;
}

static inline int stack_pop(struct stack *s, uint64_t *item)
{
	if (s->top == 0)
		return 0;
	*item = s->item[--s->top];
	return 1;
}

static struct stack *stack_make(void)
{
	struct stack *s = malloc(sizeof *s);

	if (s == NULL)
		return NULL;
	s->item = calloc(CAPACITY, sizeof *s->item);
	s->top = 0;
	s->capacity = CAPACITY;
	return s->item != NULL ? s : NULL;
}

#include "bench/versus/contestants/deque.h"

int main(int argc, char **argv)
{
	return deque_main("1", argc, argv);
}
