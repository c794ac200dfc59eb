/*
 * Node memory is mapped, not taken from malloc: two owners never share a page.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/node_memory.h"

#include "affinity/machine.h"

static size_t whole_pages(const struct pinion__machine *machine, size_t bytes)
{
	size_t page = machine->page_bytes;
	return bytes > SIZE_MAX - page ? 0 : (bytes + page - 1) / page * page;
}

void *pinion__node_alloc(const pinion_placement *placement, int node, size_t bytes)
{
	const struct pinion__machine *machine = pinion__placement_machine(placement);
	const struct pinion__os *os = machine->os;
	size_t length = whole_pages(machine, bytes);
	void *memory = length ? os->map(os, length, machine->page_bytes) : NULL;

	if (memory && machine->live && machine->nodes > 1 && node >= 0 && node < machine->nodes) {
		hwloc_bitmap_t nodes = hwloc_bitmap_alloc();
		if (nodes) {
			hwloc_bitmap_only(nodes, (unsigned)machine->os_node[node]);
			os->policy_set(os, memory, length, PINION__OS_PREFERRED, nodes);
			hwloc_bitmap_free(nodes);
		}
	}
	return memory;
}

void pinion__node_free(const pinion_placement *placement, void *memory, size_t bytes)
{
	const struct pinion__machine *machine = pinion__placement_machine(placement);

	if (memory)
		machine->os->unmap(machine->os, memory, whole_pages(machine, bytes));
}
