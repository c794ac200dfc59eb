/*
 * Fibers: the threads of a model, all on one thread of the system. A switch saves
 * the registers that a call preserves and takes the other stack; nothing else of
 * the machine is switched, so a fiber may be left for good at any time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_FIBER_H
#define PINION_TESTS_MODEL_FIBER_H

#include <stddef.h>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

struct fiber {
#if defined(__x86_64__)
	void *stack_pointer;
#else
	ucontext_t context;
#endif
};

/* The next switch to it calls entry(), which never returns. */
void fiber_prepare(struct fiber *fiber, void *stack, size_t bytes, void (*entry)(void));

/* Leaves `from`, goes on with `to`; returns when somebody switches to `from`. */
void fiber_switch(struct fiber *from, struct fiber *to);

#endif
