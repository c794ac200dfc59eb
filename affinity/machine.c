/*
 * The shared, immutable description of the machine, counted by its holders.
 *
 * Ordering
 *   [drop] a holder's last use (release) -> the last holder frees (acquire)
 *          carries: every read of the machine happens before it is freed.
 * Taking one more hold needs no order: the taker already has the machine.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/machine.h"

#include "affinity/port.h"

#include <stdatomic.h>

struct pinion__machine *pinion__machine_retain(const struct pinion__machine *machine)
{
	struct pinion__machine *m = (struct pinion__machine *)(uintptr_t)machine;
	atomic_fetch_add_explicit(&m->holds, 1, memory_order_relaxed);
	return m;
}

void pinion__machine_release(struct pinion__machine *machine)
{
	if (!machine || atomic_fetch_sub_explicit(&machine->holds, 1, memory_order_acq_rel) != 1)
		return; /* [drop] */
	pinion__free(machine->os_node);
	pinion__free(machine->node_usable);
	pinion__free(machine->distance);
	pinion__free(machine);
}
