/*
 * Load a topology and answer questions about it. hwloc finds the machine; its
 * tree is copied into tables and dropped at once.
 *
 * Disallowed processors stay visible, so that logical indexes mean the same
 * inside and outside a container and a limit can be named. hwloc's discovery
 * through the cpuid instruction is off: it would move the calling thread over
 * all processors, for nothing that sysfs does not say.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/topology.h"

#include "affinity/port.h"
#include "affinity/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A description may ask for any number of objects; building them must end. */
enum { SYNTHETIC_PUS_MAX = 1 << 16 };

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Numbers after a colon outside parentheses are arities; their product is the number of PUs. */
static bool synthetic_is_small(const char *description)
{
	unsigned long product = 1;
	int depth = 0;
	for (const char *at = description; *at; at++) {
		depth += (*at == '(' || *at == '[') - (*at == ')' || *at == ']');
		if (*at != ':' || depth > 0 || !isdigit((unsigned char)at[1]))
			continue;
		unsigned long arity = strtoul(at + 1, NULL, 10);
		if (arity > SYNTHETIC_PUS_MAX)
			return false;
		product *= arity ? arity : 1;
		if (product > SYNTHETIC_PUS_MAX)
			return false;
	}
	return true;
}

static int source_synthetic(hwloc_topology_t hwloc, const char *source, pinion_diag *diag)
{
	const char *description = strchr(source, ':') + 1;
	int offset = (int)(description - source), length = (int)strlen(description);
	if (!synthetic_is_small(description)) {
		pinion__diag_set(diag, offset, length, "this description has more than %d processing units",
		                 SYNTHETIC_PUS_MAX);
		return PINION_ERR_SYNTAX;
	}
	if (hwloc_topology_set_synthetic(hwloc, description) < 0) {
		pinion__diag_set(diag, offset, length, "not a synthetic machine; an example that is one: "
		                 "\"synthetic:pack:2 numa:2 core:4 pu:2\"");
		return PINION_ERR_SYNTAX;
	}
	return PINION_OK;
}

static int not_xml(const char *source, pinion_diag *diag)
{
	const char *path = source + strlen("xml:");
	pinion__diag_set(diag, (int)(path - source), (int)strlen(path),
	                 "\"%s\" is not an hwloc XML file; \"lstopo machine.xml\" writes one", path);
	return PINION_ERR_SYNTAX;
}

static int source_xml(hwloc_topology_t hwloc, const char *source, pinion_diag *diag)
{
	const char *path = source + strlen("xml:");
	int offset = (int)(path - source), length = (int)strlen(path);
	char byte[2];
	int rc = pinion__os_linux.read_file(&pinion__os_linux, path, byte, sizeof byte);
	if (rc < 0) {
		pinion__diag_set(diag, offset, length, "cannot read \"%s\": %s", path, strerror(-rc));
		return PINION_ERR_IO;
	}
	return rc > 0 && hwloc_topology_set_xml(hwloc, path) == 0 ? PINION_OK : not_xml(source, diag);
}

static int source_set(hwloc_topology_t hwloc, const char *source, pinion_diag *diag)
{
	if (strcmp(source, "live") == 0)
		return PINION_OK;
	if (starts_with(source, "synthetic:"))
		return source_synthetic(hwloc, source, diag);
	if (starts_with(source, "xml:"))
		return source_xml(hwloc, source, diag);
	pinion__diag_set(diag, 0, (int)strlen(source),
	                 "unknown topology \"%s\"; write \"live\", \"xml:PATH\" or "
	                 "\"synthetic:DESCRIPTION\"", source);
	return PINION_ERR_SYNTAX;
}

/* Only what the tables hold is discovered. Groups stay: some nodes belong to no other object. */
static void hwloc_configure(hwloc_topology_t hwloc)
{
	static const hwloc_obj_type_t wanted[] = {
		HWLOC_OBJ_PACKAGE, HWLOC_OBJ_CORE, HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE,
		HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L4CACHE, HWLOC_OBJ_L5CACHE,
	};
	hwloc_topology_set_all_types_filter(hwloc, HWLOC_TYPE_FILTER_KEEP_NONE);
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		hwloc_topology_set_type_filter(hwloc, wanted[i], HWLOC_TYPE_FILTER_KEEP_ALL);
	hwloc_topology_set_type_filter(hwloc, HWLOC_OBJ_GROUP, HWLOC_TYPE_FILTER_KEEP_STRUCTURE);
	hwloc_topology_set_flags(hwloc,
		HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED | HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING |
		HWLOC_TOPOLOGY_FLAG_NO_MEMATTRS | HWLOC_TOPOLOGY_FLAG_NO_CPUKINDS);
}

static size_t huge_bytes_read(const struct pinion__os *os)
{
	char text[32];
	if (os->read_file(os, "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", text,
	                  sizeof text) <= 0)
		return 0;
	size_t bytes = (size_t)strtoull(text, NULL, 10);
	return (bytes & (bytes - 1)) == 0 ? bytes : 0;
}

static pinion_topology *topology_new(const struct pinion__os *os, bool live)
{
	pinion_topology *t = pinion__alloc(sizeof *t);
	if (!t)
		return NULL;
	t->machine = pinion__alloc(sizeof *t->machine);
	if (!t->machine) {
		pinion__free(t);
		return NULL;
	}
	atomic_init(&t->machine->holds, 1);
	t->machine->os = os;
	t->machine->live = live;
	t->machine->page_bytes = os->page_bytes(os);
	t->machine->huge_bytes = huge_bytes_read(os);
	return t;
}

static int hwloc_load(hwloc_topology_t hwloc, const char *source, pinion_diag *diag)
{
	errno = 0;
	if (hwloc_topology_load(hwloc) == 0)
		return PINION_OK;
	if (errno == ENOMEM)
		return PINION_ERR_NOMEM;
	if (starts_with(source, "xml:"))
		return not_xml(source, diag);
	pinion__diag_set(diag, -1, 0, "hwloc cannot read this machine: %s", strerror(errno));
	return PINION_ERR_SYSTEM;
}

static int topology_fill(pinion_topology *t, const char *source, hwloc_topology_t hwloc)
{
	int rc = pinion__topology_read(t, hwloc);
	if (rc == PINION_OK)
		rc = pinion__limits_find(t, source, hwloc_topology_get_allowed_cpuset(hwloc),
		                         hwloc_topology_get_allowed_nodeset(hwloc));
	return rc ? rc : pinion__topology_settle(t, hwloc);
}

int pinion__topology_load_on(pinion_topology **out, const char *source, const struct pinion__os *os,
                             bool live, pinion_diag *diag)
{
	hwloc_topology_t hwloc = NULL;
	pinion_topology *t = NULL;
	int rc = PINION_ERR_NOMEM;
	if (!source)
		source = "live";
	if (hwloc_topology_init(&hwloc) < 0)
		goto out;
	rc = source_set(hwloc, source, diag);
	if (rc)
		goto out;
	hwloc_configure(hwloc);
	rc = hwloc_load(hwloc, source, diag);
	if (rc)
		goto out;
	/* hwloc obeys HWLOC_XMLFILE and its like: then "live" is another machine, too. */
	if (strcmp(source, "live") == 0)
		live = live && hwloc_topology_is_thissystem(hwloc);
	t = topology_new(os, live);
	rc = t ? topology_fill(t, source, hwloc) : PINION_ERR_NOMEM;
out:
	if (hwloc)
		hwloc_topology_destroy(hwloc);
	if (rc) {
		pinion_topology_destroy(t);
		if (rc == PINION_ERR_NOMEM)
			pinion__diag_set(diag, -1, 0, "out of memory while reading the machine");
		return rc;
	}
	*out = t;
	return PINION_OK;
}

int pinion_topology_load(pinion_topology **out, const char *source, pinion_diag *diag)
{
	PINION_REQUIRE(out != NULL);
	return pinion__topology_load_on(out, source, &pinion__os_linux,
	                                !source || strcmp(source, "live") == 0, diag);
}

void pinion_topology_destroy(pinion_topology *t)
{
	if (!t)
		return;
	for (int i = 0; i < t->limits; i++) {
		pinion__free(t->limit[i].source);
		pinion__free(t->limit[i].value);
		hwloc_bitmap_free(t->limit[i].cpus);
	}
	for (int i = 0; t->node_cpus && i < t->counts.nodes; i++)
		hwloc_bitmap_free(t->node_cpus[i]);
	pinion__free(t->node_cpus);
	pinion__free(t->node_special);
	hwloc_bitmap_free(t->cpus);
	hwloc_bitmap_free(t->allowed);
	hwloc_bitmap_free(t->offline);
	hwloc_bitmap_free(t->nodes_allowed);
	pinion__free(t->pu);
	pinion__free(t->node);
	pinion__free(t->pu_of);
	pinion__free(t->model);
	pinion__machine_release(t->machine);
	pinion__free(t);
}

bool pinion_topology_is_live(const pinion_topology *t)
{
	return t->machine->live;
}

pinion_topology_counts pinion_topology_count(const pinion_topology *t)
{
	return t->counts;
}

pinion_pu pinion_topology_pu(const pinion_topology *t, int index)
{
	PINION_REQUIRE(index >= 0 && index < t->counts.pus);
	return t->pu[index];
}

pinion_node pinion_topology_node(const pinion_topology *t, int index)
{
	PINION_REQUIRE(index >= 0 && index < t->counts.nodes);
	return t->node[index];
}

int pinion_topology_distance(const pinion_topology *t, int from, int to)
{
	PINION_REQUIRE(from >= 0 && from < t->counts.nodes && to >= 0 && to < t->counts.nodes);
	return t->machine->distance[from * t->counts.nodes + to];
}

uint64_t pinion_topology_llc_bytes(const pinion_topology *t)
{
	return t->llc_bytes;
}

double pinion_topology_quota(const pinion_topology *t)
{
	return t->quota;
}

int pinion_topology_limits(const pinion_topology *t)
{
	return t->limits;
}

pinion_limit pinion_topology_limit(const pinion_topology *t, int index)
{
	PINION_REQUIRE(index >= 0 && index < t->limits);
	const struct pinion__limit *limit = &t->limit[index];
	return (pinion_limit){limit->what, limit->source, limit->value};
}

const char *pinion_topology_model(const pinion_topology *t)
{
	return t->model;
}

int pinion__pu_level(const pinion_topology *t, int pu, pinion_object object)
{
	const pinion_pu *p = &t->pu[pu];
	switch (object) {
	case PINION_OBJECT_CORE:
		return p->core;
	case PINION_OBJECT_PU:
		return pu;
	case PINION_OBJECT_L2:
		return p->l2;
	case PINION_OBJECT_L3:
		return p->l3;
	case PINION_OBJECT_NODE:
		return p->node;
	case PINION_OBJECT_PACKAGE:
		return p->package;
	}
	return -1;
}
