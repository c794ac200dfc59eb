/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/model/fiber.h"

#include <stdint.h>
#include <stdlib.h>

#if defined(__x86_64__)

/* void swap_stacks(void **save, void *load): the six registers that the System V
 * convention preserves lie on the stack that is left. */
__asm__(".text\n"
		".type pinion_model_swap_stacks, @function\n"
		"pinion_model_swap_stacks:\n"
		"	pushq %rbp\n"
		"	pushq %rbx\n"
		"	pushq %r12\n"
		"	pushq %r13\n"
		"	pushq %r14\n"
		"	pushq %r15\n"
		"	movq %rsp, (%rdi)\n"
		"	movq %rsi, %rsp\n"
		"	popq %r15\n"
		"	popq %r14\n"
		"	popq %r13\n"
		"	popq %r12\n"
		"	popq %rbx\n"
		"	popq %rbp\n"
		"	ret\n"
		".size pinion_model_swap_stacks, . - pinion_model_swap_stacks\n");

void pinion_model_swap_stacks(void **save, void *load);

#define SAVED_REGISTERS 6

void fiber_prepare(struct fiber *fiber, void *stack, size_t bytes, void (*entry)(void))
{
	uintptr_t *top = (uintptr_t *)((char *)stack + bytes);

	*--top = 0; /* where a return address would be: entry() begins as if called */
	*--top = (uintptr_t)entry;
	for (int i = 0; i < SAVED_REGISTERS; i++)
		*--top = 0;
	fiber->stack_pointer = top;
}

void fiber_switch(struct fiber *from, struct fiber *to)
{
	pinion_model_swap_stacks(&from->stack_pointer, to->stack_pointer);
}

#else

void fiber_prepare(struct fiber *fiber, void *stack, size_t bytes, void (*entry)(void))
{
	if (getcontext(&fiber->context) != 0)
		abort();
	fiber->context.uc_stack.ss_sp = stack;
	fiber->context.uc_stack.ss_size = bytes;
	fiber->context.uc_link = NULL;
	makecontext(&fiber->context, entry, 0);
}

void fiber_switch(struct fiber *from, struct fiber *to)
{
	if (swapcontext(&from->context, &to->context) != 0)
		abort();
}

#endif
