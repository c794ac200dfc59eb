/*
 * The machine and its seats as JSON.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/machine_view.h"

#include "cli/command.h"

static void put_index(struct json *j, const char *key, int index)
{
	if (index < 0)
		json_put_null(j, key);
	else
		json_put_int(j, key, index);
}

static void put_counts(struct json *j, const pinion_topology *t)
{
	pinion_topology_counts count = pinion_topology_count(t);
	json_key(j, "counts");
	json_object(j);
	json_put_int(j, "packages", count.packages);
	json_put_int(j, "nodes", count.nodes);
	json_put_int(j, "l3", count.l3s);
	json_put_int(j, "l2", count.l2s);
	json_put_int(j, "cores", count.cores);
	json_put_int(j, "cores_allowed", count.cores_allowed);
	json_put_int(j, "pus", count.pus);
	json_put_int(j, "pus_allowed", count.pus_allowed);
	json_close(j);
}

static void put_limits(struct json *j, const pinion_topology *t)
{
	json_key(j, "limits");
	json_array(j);
	for (int i = 0; i < pinion_topology_limits(t); i++) {
		pinion_limit limit = pinion_topology_limit(t, i);
		json_object(j);
		json_put_string(j, "what", limit.what);
		json_put_string(j, "value", limit.value);
		json_put_string(j, "source", limit.source);
		json_close(j);
	}
	json_close(j);
}

void machine_members(struct json *j, const struct machine *machine)
{
	double quota = pinion_topology_quota(machine->topology);
	json_put_string(j, "source", machine->source);
	json_put_string(j, "model", pinion_topology_model(machine->topology));
	json_put_bool(j, "live", pinion_topology_is_live(machine->topology));
	put_counts(j, machine->topology);
	json_put_uint(j, "llc_bytes", pinion_topology_llc_bytes(machine->topology));
	json_key(j, "quota_cpus");
	if (quota > 0)
		json_number(j, quota);
	else
		json_null(j);
	put_limits(j, machine->topology);
}

void seat_members(struct json *j, const pinion_placement *placement, int seat)
{
	pinion_seat s = pinion_placement_seat(placement, seat);
	json_put_int(j, "worker", seat);
	json_put_string(j, "cpus", s.cpus);
	json_put_int(j, "os_cpu", s.os_cpu);
	put_index(j, "core", s.core);
	put_index(j, "l3", s.l3);
	put_index(j, "node", s.node);
	put_index(j, "package", s.package);
	json_put_string(j, "why", s.reason);
}

static void put_node(struct json *j, const pinion_topology *t, int index)
{
	pinion_node node = pinion_topology_node(t, index);
	json_object(j);
	json_put_int(j, "node", index);
	json_put_int(j, "os_node", node.os_node);
	put_index(j, "package", node.package);
	json_put_uint(j, "memory_bytes", node.memory_bytes);
	json_put_int(j, "pus", node.pus);
	json_put_int(j, "pus_allowed", node.pus_allowed);
	json_put_bool(j, "allowed", node.allowed);
	json_key(j, "distances");
	json_row(j);
	for (int n = 0; n < pinion_topology_count(t).nodes; n++)
		json_int(j, pinion_topology_distance(t, index, n));
	json_close(j);
	json_close(j);
}

static void put_pu(struct json *j, const pinion_topology *t, int index)
{
	pinion_pu pu = pinion_topology_pu(t, index);
	json_object(j);
	json_put_int(j, "pu", index);
	json_put_int(j, "os_cpu", pu.os_cpu);
	put_index(j, "core", pu.core);
	put_index(j, "smt", pu.smt);
	put_index(j, "l2", pu.l2);
	put_index(j, "l3", pu.l3);
	put_index(j, "node", pu.node);
	put_index(j, "package", pu.package);
	json_put_bool(j, "allowed", pu.allowed);
	json_close(j);
}

void topology_write(const struct machine *machine, FILE *to)
{
	pinion_topology_counts count = pinion_topology_count(machine->topology);
	struct json j;
	json_begin(&j, to);
	json_object(&j);
	json_put_int(&j, "schema", 1);
	json_put_string(&j, "command", "topo");
	json_put_string(&j, "version", pinion_version());
	machine_members(&j, machine);
	json_key(&j, "nodes");
	json_array(&j);
	for (int n = 0; n < count.nodes; n++)
		put_node(&j, machine->topology, n);
	json_close(&j);
	json_key(&j, "pus");
	json_array(&j);
	for (int p = 0; p < count.pus; p++)
		put_pu(&j, machine->topology, p);
	json_close(&j);
	json_close(&j);
	json_end(&j);
}
