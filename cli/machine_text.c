/*
 * The machine as a tree of text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/machine_view.h"

#include "cli/command.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH 100

/* ---- lists of numbers ---- */

void list_format(char *to, size_t bytes, const int *value, int count)
{
	size_t used = 0;
	to[0] = '\0';
	for (int i = 0; i < count;) {
		int last = i;
		while (last + 1 < count && value[last + 1] == value[last] + 1)
			last++;
		char part[32];
		snprintf(part, sizeof part, last > i ? "%s%d-%d" : "%s%d", i > 0 ? "," : "", value[i],
		         value[last]);
		if (used + strlen(part) + 4 > bytes) {
			snprintf(to + used, bytes - used, "...");
			return;
		}
		used += (size_t)snprintf(to + used, bytes - used, "%s", part);
		i = last + 1;
	}
}

/* ---- the tree ---- */

/* Where the line of cores stands. */
struct cursor {
	FILE *to;
	int column, indent;
};

static void put_item(struct cursor *c, const char *text)
{
	int length = (int)strlen(text);
	if (c->column > c->indent && c->column + length + 2 > WIDTH) {
		fputc('\n', c->to);
		c->column = 0;
	}
	if (c->column < c->indent)
		c->column += fprintf(c->to, "%*s", c->indent - c->column, "");
	else
		c->column += fprintf(c->to, "  ");
	c->column += fprintf(c->to, "%s", text);
}

/* "core 3: 3 (67)": the processors of one core, from PU `first` on; returns the first PU
 * behind it. */
static int put_core(const pinion_topology *t, int first, int pus, struct cursor *c)
{
	pinion_pu head = pinion_topology_pu(t, first);
	char item[256];
	int used = snprintf(item, sizeof item, "core %d:", head.core), p = first;
	for (; p < pus; p++) {
		pinion_pu pu = pinion_topology_pu(t, p);
		if (pu.core != head.core || (head.core < 0 && p > first))
			break;
		if (used < (int)sizeof item - 16)
			used += snprintf(item + used, sizeof item - (size_t)used, pu.allowed ? " %d" : " (%d)",
			                 pu.os_cpu);
	}
	put_item(c, item);
	return p;
}

/* The cores from PU `first` on that share its group; returns the first PU behind them. */
static int put_group(const pinion_topology *t, int first, int pus, FILE *to)
{
	pinion_pu head = pinion_topology_pu(t, first);
	struct cursor c = {.to = to, .indent = 14};
	c.column = head.l3 >= 0 ? fprintf(to, "    L3 %d", head.l3) : fprintf(to, "    cores");
	int p = first;
	while (p < pus) {
		pinion_pu pu = pinion_topology_pu(t, p);
		if (pu.l3 != head.l3 || pu.node != head.node || pu.package != head.package)
			break;
		p = put_core(t, p, pus, &c);
	}
	fputc('\n', to);
	return p;
}

static void put_node(const pinion_topology *t, int index, FILE *to)
{
	pinion_node node = pinion_topology_node(t, index);
	char size[TEXT_NUMBER];
	fprintf(to, "  node %d", index);
	if (node.os_node != index)
		fprintf(to, " (OS node %d)", node.os_node);
	fprintf(to, ": %s",
	        node.memory_bytes > 0 ? text_bytes(size, (double)node.memory_bytes) : "no memory");
	if (node.pus == 0)
		fprintf(to, ", no processors");
	fprintf(to, "%s\n", node.allowed ? "" : " (not usable here)");
}

/* All groups whose nearest node and package are these; PUs of a group stand together. */
static bool put_groups_of(const pinion_topology *t, int package, int node, FILE *to)
{
	int pus = pinion_topology_count(t).pus;
	bool any = false;
	for (int p = 0; p < pus;) {
		pinion_pu pu = pinion_topology_pu(t, p);
		bool here = pu.package == package && pu.node == node;
		any |= here;
		p = here ? put_group(t, p, pus, to) : p + 1;
	}
	return any;
}

static bool has_groups(const pinion_topology *t, int package, int node)
{
	for (int p = 0; p < pinion_topology_count(t).pus; p++) {
		pinion_pu pu = pinion_topology_pu(t, p);
		if (pu.package == package && pu.node == node)
			return true;
	}
	return false;
}

/* A node stands under its own package; under another one only when processors there have no
 * nearer. */
static void put_package(const pinion_topology *t, int package, FILE *to)
{
	pinion_topology_counts count = pinion_topology_count(t);
	for (int n = 0; n < count.nodes; n++) {
		if (pinion_topology_node(t, n).package != package && !has_groups(t, package, n))
			continue;
		put_node(t, n, to);
		put_groups_of(t, package, n, to);
	}
	put_groups_of(t, package, -1, to);
}

static void put_tree(const pinion_topology *t, FILE *to)
{
	pinion_topology_counts count = pinion_topology_count(t);
	for (int p = 0; p < count.packages; p++) {
		fprintf(to, "package %d\n", p);
		put_package(t, p, to);
	}
	bool outside = has_groups(t, -1, -1);
	for (int n = 0; n < count.nodes; n++)
		outside |= pinion_topology_node(t, n).package < 0 || has_groups(t, -1, n);
	if (!outside)
		return;
	if (count.packages > 0)
		fprintf(to, "outside any package\n");
	put_package(t, -1, to);
}

static void put_distances(const pinion_topology *t, FILE *to)
{
	int nodes = pinion_topology_count(t).nodes;
	if (nodes < 2)
		return;
	fprintf(to, "distances between nodes (10 is local)\n      ");
	for (int n = 0; n < nodes; n++)
		fprintf(to, "%5d", n);
	fputc('\n', to);
	for (int from = 0; from < nodes; from++) {
		fprintf(to, "  %3d:", from);
		for (int n = 0; n < nodes; n++)
			fprintf(to, "%5d", pinion_topology_distance(t, from, n));
		fputc('\n', to);
	}
}

/* ---- the rest ---- */

static void put_count(FILE *to, const char *glue, int count, const char *one)
{
	fprintf(to, "%s%d %s%s", glue, count, one, count == 1 ? "" : "s");
}

void machine_summary(const struct machine *machine, FILE *to)
{
	pinion_topology_counts count = pinion_topology_count(machine->topology);
	if (count.packages > 0)
		put_count(to, "", count.packages, "package");
	put_count(to, count.packages > 0 ? ", " : "", count.nodes, "node");
	if (count.l3s > 0)
		put_count(to, ", ", count.l3s, "L3 group");
	put_count(to, ", ", count.cores, "core");
	put_count(to, ", ", count.pus, "processor");
	if (count.pus_allowed < count.pus)
		fprintf(to, " (%d usable)", count.pus_allowed);
	fputc('\n', to);
}

void limits_print(const struct machine *machine, FILE *to)
{
	int limits = pinion_topology_limits(machine->topology);
	for (int i = 0; i < limits; i++) {
		pinion_limit limit = pinion_topology_limit(machine->topology, i);
		fprintf(to, "  %s: %s (%s)\n", limit.what, limit.value, limit.source);
	}
	if (limits == 0)
		fprintf(to, "  none: all of it is usable\n");
}

void topology_print(const struct machine *machine, FILE *to)
{
	char size[TEXT_NUMBER];
	uint64_t llc = pinion_topology_llc_bytes(machine->topology);
	fprintf(to, "%s [%s]\n", pinion_topology_model(machine->topology), machine->source);
	machine_summary(machine, to);
	if (llc > 0)
		fprintf(to, "last-level caches: %s in all\n", text_bytes(size, (double)llc));
	put_tree(machine->topology, to);
	put_distances(machine->topology, to);
	fprintf(to, "limits\n");
	limits_print(machine, to);
}
