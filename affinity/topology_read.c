/*
 * From hwloc's tree to the tables of a topology.
 *
 * The one question that is not a copy: which memory node is nearest to a PU.
 * A node beside the PU wins, ordinary memory before special memory (HBM, CXL),
 * then the one with the fewest processors (the others are shared by more).
 * A PU whose own node has no memory gets the node at the least distance, and
 * where the machine states no distances the one that shares the smallest part
 * of the machine with it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/port.h"
#include "affinity/topology.h"

#include <hwloc/distances.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { DISTANCE_LOCAL = 10, DISTANCE_REMOTE = 20 };

static int ancestor_index(hwloc_topology_t hwloc, hwloc_obj_type_t type, hwloc_obj_t obj)
{
	hwloc_obj_t found = hwloc_get_ancestor_obj_by_type(hwloc, type, obj);
	return found ? (int)found->logical_index : -1;
}

static int pus_read(pinion_topology *t, hwloc_topology_t hwloc)
{
	t->counts.pus = hwloc_get_nbobjs_by_type(hwloc, HWLOC_OBJ_PU);
	t->os_cpus = hwloc_bitmap_last(hwloc_topology_get_topology_cpuset(hwloc)) + 1;
	t->pu = pinion__alloc((size_t)t->counts.pus * sizeof *t->pu);
	t->pu_of = pinion__alloc((size_t)t->os_cpus * sizeof *t->pu_of);
	if (!t->pu || !t->pu_of)
		return PINION_ERR_NOMEM;
	for (int i = 0; i < t->os_cpus; i++)
		t->pu_of[i] = -1;
	for (int i = 0; i < t->counts.pus; i++) {
		hwloc_obj_t obj = hwloc_get_obj_by_type(hwloc, HWLOC_OBJ_PU, (unsigned)i);
		pinion_pu *pu = &t->pu[i];
		pu->os_cpu = (int)obj->os_index;
		pu->core = ancestor_index(hwloc, HWLOC_OBJ_CORE, obj);
		pu->l2 = ancestor_index(hwloc, HWLOC_OBJ_L2CACHE, obj);
		pu->l3 = ancestor_index(hwloc, HWLOC_OBJ_L3CACHE, obj);
		pu->package = ancestor_index(hwloc, HWLOC_OBJ_PACKAGE, obj);
		pu->smt = i > 0 && pu->core >= 0 && pu[-1].core == pu->core ? pu[-1].smt + 1 : 0;
		t->pu_of[pu->os_cpu] = i;
	}
	return PINION_OK;
}

/*
 * hwloc names what it knows to be special. A node without processors of its own is special too, but
 * hwloc puts it beside the nearest ones, so on the live machine the kernel is asked.
 */
static bool node_is_special(const pinion_topology *t, hwloc_obj_t obj)
{
	const struct pinion__os *os = t->machine->os;
	char path[64], cpus[64];
	if (obj->subtype && strcmp(obj->subtype, "DRAM") != 0)
		return true;
	snprintf(path, sizeof path, "/sys/devices/system/node/node%u/cpulist", obj->os_index);
	int length = t->machine->live ? os->read_file(os, path, cpus, sizeof cpus) : -1;
	return length >= 0 && strspn(cpus, " \n") == (size_t)length;
}

static int nodes_read(pinion_topology *t, hwloc_topology_t hwloc)
{
	int nodes = hwloc_get_nbobjs_by_type(hwloc, HWLOC_OBJ_NUMANODE);
	struct pinion__machine *m = t->machine;
	t->node = pinion__alloc((size_t)nodes * sizeof *t->node);
	t->node_cpus = pinion__alloc((size_t)nodes * sizeof *t->node_cpus);
	t->node_special = pinion__alloc((size_t)nodes * sizeof *t->node_special);
	m->os_node = pinion__alloc((size_t)nodes * sizeof *m->os_node);
	m->node_usable = pinion__alloc((size_t)nodes * sizeof *m->node_usable);
	if (!t->node || !t->node_cpus || !t->node_special || !m->os_node || !m->node_usable)
		return PINION_ERR_NOMEM;
	t->counts.nodes = m->nodes = nodes;
	for (int i = 0; i < nodes; i++) {
		hwloc_obj_t obj = hwloc_get_obj_by_type(hwloc, HWLOC_OBJ_NUMANODE, (unsigned)i);
		t->node[i].os_node = m->os_node[i] = (int)obj->os_index;
		t->node[i].package = ancestor_index(hwloc, HWLOC_OBJ_PACKAGE, obj);
		t->node[i].memory_bytes = obj->attr->numanode.local_memory;
		t->node_special[i] = node_is_special(t, obj);
		t->node_cpus[i] = hwloc_bitmap_dup(obj->cpuset);
		if (!t->node_cpus[i])
			return PINION_ERR_NOMEM;
	}
	return PINION_OK;
}

/* hwloc may hold several matrices; the one that the firmware states as latency is wanted. */
static void distances_copy(struct pinion__machine *m, const struct hwloc_distances_s *given)
{
	hwloc_uint64_t local = given->values[0];
	for (unsigned i = 1; i < given->nbobjs; i++)
		if (given->values[i * given->nbobjs + i] < local)
			local = given->values[i * given->nbobjs + i];
	if (local == 0 || (int)given->nbobjs != m->nodes)
		return;
	for (unsigned i = 0; i < given->nbobjs; i++)
		for (unsigned j = 0; j < given->nbobjs; j++) {
			int from = (int)given->objs[i]->logical_index, to = (int)given->objs[j]->logical_index;
			hwloc_uint64_t value = given->values[i * given->nbobjs + j] * DISTANCE_LOCAL / local;
			m->distance[from * m->nodes + to] = value < INT_MAX ? (int)value : INT_MAX;
		}
}

static int distances_read(pinion_topology *t, hwloc_topology_t hwloc)
{
	struct pinion__machine *m = t->machine;
	m->distance = pinion__alloc((size_t)m->nodes * (size_t)m->nodes * sizeof *m->distance);
	if (!m->distance)
		return PINION_ERR_NOMEM;
	for (int i = 0; i < m->nodes * m->nodes; i++)
		m->distance[i] = i / m->nodes == i % m->nodes ? DISTANCE_LOCAL : DISTANCE_REMOTE;
	struct hwloc_distances_s *given = NULL;
	unsigned count = 1;
	if (hwloc_distances_get_by_type(hwloc, HWLOC_OBJ_NUMANODE, &count, &given,
	                                HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0) < 0 || count == 0)
		return PINION_OK;
	distances_copy(m, given);
	hwloc_distances_release(hwloc, given);
	return PINION_OK;
}

/* The largest cache level that the machine has, summed over its instances. */
static uint64_t llc_bytes(hwloc_topology_t hwloc)
{
	static const hwloc_obj_type_t level[] = {
		HWLOC_OBJ_L5CACHE, HWLOC_OBJ_L4CACHE, HWLOC_OBJ_L3CACHE,
		HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L1CACHE,
	};
	uint64_t bytes = 0;
	for (size_t i = 0; bytes == 0 && i < sizeof level / sizeof level[0]; i++)
		for (hwloc_obj_t at = NULL; (at = hwloc_get_next_obj_by_type(hwloc, level[i], at)) != NULL;)
			bytes += at->attr->cache.size;
	return bytes;
}

static char *model_read(hwloc_topology_t hwloc)
{
	hwloc_obj_t package = hwloc_get_obj_by_type(hwloc, HWLOC_OBJ_PACKAGE, 0);
	const char *model = package ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;
	if (!model)
		model = hwloc_obj_get_info_by_name(hwloc_get_root_obj(hwloc), "CPUModel");
	return pinion__strdup(model ? model : "unknown processor");
}

/* A machine without any memory does not exist: where no node has some, sizes are not known. */
static bool memory_is_stated(const pinion_topology *t)
{
	for (int i = 0; i < t->counts.nodes; i++)
		if (t->node[i].memory_bytes > 0)
			return true;
	return false;
}

/* All processors and all nodes with memory are allowed until a limit says otherwise. */
static int sets_read(pinion_topology *t, hwloc_topology_t hwloc)
{
	t->cpus = hwloc_bitmap_dup(hwloc_topology_get_topology_cpuset(hwloc));
	t->allowed = hwloc_bitmap_dup(hwloc_topology_get_topology_cpuset(hwloc));
	t->offline = hwloc_bitmap_dup(hwloc_topology_get_complete_cpuset(hwloc));
	t->nodes_allowed = hwloc_bitmap_dup(hwloc_topology_get_topology_nodeset(hwloc));
	if (!t->cpus || !t->allowed || !t->offline || !t->nodes_allowed)
		return PINION_ERR_NOMEM;
	hwloc_bitmap_andnot(t->offline, t->offline, t->cpus);
	for (int i = 0; i < t->counts.nodes; i++)
		if (t->node[i].memory_bytes == 0 && memory_is_stated(t))
			hwloc_bitmap_clr(t->nodes_allowed, (unsigned)t->node[i].os_node);
	return PINION_OK;
}

int pinion__topology_read(pinion_topology *t, hwloc_topology_t hwloc)
{
	int rc = pus_read(t, hwloc);
	if (rc == PINION_OK)
		rc = nodes_read(t, hwloc);
	if (rc == PINION_OK)
		rc = distances_read(t, hwloc);
	if (rc)
		return rc;
	t->counts.cores = hwloc_get_nbobjs_by_type(hwloc, HWLOC_OBJ_CORE);
	t->counts.l2s = hwloc_get_nbobjs_by_type(hwloc, HWLOC_OBJ_L2CACHE);
	t->counts.l3s = hwloc_get_nbobjs_by_type(hwloc, HWLOC_OBJ_L3CACHE);
	t->counts.packages = hwloc_get_nbobjs_by_type(hwloc, HWLOC_OBJ_PACKAGE);
	t->llc_bytes = llc_bytes(hwloc);
	t->model = model_read(hwloc);
	if (!t->model)
		return PINION_ERR_NOMEM;
	return sets_read(t, hwloc);
}

/* Processors of the smallest part of the machine that holds both the PU and the node. */
static int shared_cpus(hwloc_obj_t pu, int os_node)
{
	hwloc_obj_t at = pu;
	while (at->parent && !hwloc_bitmap_isset(at->nodeset, (unsigned)os_node))
		at = at->parent;
	return hwloc_bitmap_weight(at->cpuset);
}

/* The node that the PU belongs to, with memory or without; -1 when no node has this PU. */
static int own_node(const pinion_topology *t, int os_cpu)
{
	int best = -1, best_weight = INT_MAX;
	for (int i = 0; i < t->counts.nodes; i++) {
		if (!hwloc_bitmap_isset(t->node_cpus[i], (unsigned)os_cpu))
			continue;
		int weight = hwloc_bitmap_weight(t->node_cpus[i]);
		if (weight < best_weight) {
			best = i;
			best_weight = weight;
		}
	}
	return best;
}

/* How far a node is from a PU: compared field by field, smaller is nearer. */
struct nearness {
	int distance; /* as stated from the PU's own node, 0 for memory beside the PU */
	int special;  /* HBM, CXL and their like come after ordinary memory */
	int shared;   /* processors of the smallest common part */
};

static bool is_nearer(struct nearness a, struct nearness b)
{
	if (a.distance != b.distance)
		return a.distance < b.distance;
	if (a.special != b.special)
		return a.special < b.special;
	return a.shared < b.shared;
}

static int nearest_node(const pinion_topology *t, hwloc_topology_t hwloc, hwloc_obj_t pu)
{
	int own = own_node(t, (int)pu->os_index), best = 0;
	bool found = false;
	struct nearness nearest = {INT_MAX, 1, INT_MAX};
	for (int i = 0; i < t->counts.nodes; i++) {
		if (!t->machine->node_usable[i])
			continue;
		bool beside = hwloc_bitmap_isset(t->node_cpus[i], pu->os_index);
		struct nearness it = {
			.distance = beside || own < 0 ? 0 : t->machine->distance[own * t->counts.nodes + i],
			.special = t->node_special[i],
			.shared = shared_cpus(pu, t->node[i].os_node),
		};
		if (!found || is_nearer(it, nearest)) {
			best = i;
			nearest = it;
			found = true;
		}
	}
	return best;
}

static void nodes_settle(pinion_topology *t)
{
	for (int i = 0; i < t->counts.nodes; i++) {
		t->node[i].allowed = hwloc_bitmap_isset(t->nodes_allowed, (unsigned)t->node[i].os_node);
		t->machine->node_usable[i] = t->node[i].allowed;
	}
}

int pinion__topology_settle(pinion_topology *t, hwloc_topology_t hwloc)
{
	bool *core_seen = pinion__alloc((size_t)t->counts.cores);
	if (!core_seen)
		return PINION_ERR_NOMEM;
	nodes_settle(t);
	for (int i = 0; i < t->counts.pus; i++) {
		pinion_pu *pu = &t->pu[i];
		pu->allowed = hwloc_bitmap_isset(t->allowed, (unsigned)pu->os_cpu);
		pu->node = nearest_node(t, hwloc, hwloc_get_obj_by_type(hwloc, HWLOC_OBJ_PU, (unsigned)i));
		t->node[pu->node].pus++;
		t->node[pu->node].pus_allowed += pu->allowed;
		t->counts.pus_allowed += pu->allowed;
		if (pu->allowed && pu->core >= 0 && !core_seen[pu->core]) {
			core_seen[pu->core] = true;
			t->counts.cores_allowed++;
		}
	}
	pinion__free(core_seen);
	return PINION_OK;
}
