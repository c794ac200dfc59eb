/*
 * Facts of the machine, through the library where it knows them, and from the
 * system's own files where it does not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/machine.h"

#include <pinion/placement.h>

#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>

/* The first line of a file; empty when it cannot be read. */
static void first_line(const char *path, char *text, size_t bytes)
{
	FILE *in = fopen(path, "r");

	text[0] = '\0';
	if (in == NULL)
		return;
	if (fgets(text, (int)bytes, in) == NULL)
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	fclose(in);
}

/* "always [madvise] never" says madvise. */
static void chosen_word(char *text)
{
	char *open = strchr(text, '['), *close = open != NULL ? strchr(open, ']') : NULL;

	if (close == NULL)
		return;
	*close = '\0';
	memmove(text, open + 1, strlen(open + 1) + 1);
}

static uint64_t available_bytes(void)
{
	FILE *in = fopen("/proc/meminfo", "r");
	char line[128];
	unsigned long long kib = 0;

	if (in == NULL)
		return 0;
	while (fgets(line, sizeof line, in) != NULL && sscanf(line, "MemAvailable: %llu", &kib) != 1)
		;
	fclose(in);
	return (uint64_t)kib * 1024;
}

static void read_system(struct machine *m)
{
	struct utsname system;
	struct sysinfo memory;
	time_t now = time(NULL);
	struct tm utc;

	if (uname(&system) == 0)
		snprintf(m->kernel, sizeof m->kernel, "%.60s %.60s", system.sysname, system.release);
	if (sysinfo(&memory) == 0)
		m->memory_bytes = (uint64_t)memory.totalram * memory.mem_unit;
	m->free_bytes = available_bytes();
	first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", m->governor,
	           sizeof m->governor);
	first_line("/sys/kernel/mm/transparent_hugepage/enabled", m->huge_pages,
	           sizeof m->huge_pages);
	chosen_word(m->huge_pages);
	if (gmtime_r(&now, &utc) != NULL)
		strftime(m->date, sizeof m->date, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static void read_topology(const pinion_topology *topology, struct machine *m)
{
	pinion_topology_counts counts = pinion_topology_count(topology);

	snprintf(m->model, sizeof m->model, "%s", pinion_topology_model(topology));
	m->cpus_allowed = counts.pus_allowed;
	m->cores_allowed = counts.cores_allowed;
	m->nodes = counts.nodes;
	m->packages = counts.packages;
	m->llc_bytes = pinion_topology_llc_bytes(topology);
	m->quota = pinion_topology_quota(topology);
}

/* One processor per seat of a default placement. */
static int read_seats(const pinion_topology *topology, struct arena *arena, pinion_diag *diag)
{
	pinion_placement *placement = NULL;
	int error = pinion_placement_plan(&placement, topology, NULL, diag);
	if (error != 0)
		return error;
	arena->cpus = 0;
	for (int s = 0; s < pinion_placement_seats(placement) && s < (int)QUESTION_COUNT(arena->cpu); s++)
		arena->cpu[arena->cpus++] = pinion_placement_seat(placement, s).os_cpu;
	pinion_placement_destroy(placement);
	return 0;
}

/* Bind to the processors asked for; what is loaded afterwards sees only them. */
static int restrict_to(const char *cpus, pinion_diag *diag)
{
	pinion_topology *topology = NULL;
	pinion_cpus *set = NULL;
	int error = pinion_topology_load(&topology, NULL, diag);

	if (error == 0)
		error = pinion_cpus_parse(&set, topology, cpus, diag);
	if (error == 0)
		error = pinion_cpus_bind_self(set, diag);
	pinion_cpus_destroy(set);
	pinion_topology_destroy(topology);
	return error;
}

int machine_load(const char *cpus, struct machine *m, struct arena *arena, char *wrong,
                 size_t bytes)
{
	pinion_topology *topology = NULL;
	pinion_diag diag = {.text = ""};
	int error = cpus != NULL ? restrict_to(cpus, &diag) : 0;

	memset(m, 0, sizeof *m);
	if (error == 0)
		error = pinion_topology_load(&topology, NULL, &diag);
	if (error == 0)
		error = read_seats(topology, arena, &diag);
	if (error != 0) {
		snprintf(wrong, bytes, "%s", diag.text[0] != '\0' ? diag.text : pinion_strerror(error));
	} else {
		read_topology(topology, m);
		read_system(m);
	}
	pinion_topology_destroy(topology);
	return error == 0 ? 0 : -1;
}

static void json_cpus(struct json *j, const struct arena *arena)
{
	json_key(j, "cpus_used");
	json_row(j);
	for (int i = 0; i < arena->cpus; i++)
		json_int(j, arena->cpu[i]);
	json_close(j);
}

void machine_json(struct json *j, const struct machine *m, const struct arena *arena)
{
	json_object(j);
	json_put_string(j, "model", m->model);
	json_put_int(j, "cpus", m->cpus_allowed);
	json_put_int(j, "cores", m->cores_allowed);
	json_cpus(j, arena);
	json_put_int(j, "nodes", m->nodes);
	json_put_int(j, "packages", m->packages);
	json_put_uint(j, "llc_bytes", m->llc_bytes);
	json_put_uint(j, "memory_bytes", m->memory_bytes);
	json_put_string(j, "huge_pages", m->huge_pages);
	json_put_string(j, "governor", m->governor[0] != '\0' ? m->governor : NULL);
	json_put_string(j, "kernel", m->kernel);
	json_put_string(j, "compiler", VERSUS_COMPILER);
	json_put_string(j, "pinion", pinion_version());
	json_put_string(j, "date", m->date);
	json_close(j);
}

void machine_text(const struct machine *m, const struct arena *arena)
{
	printf("pinion %s on %s: %d of %d processors, %d memory node%s, %.0f MiB last-level cache\n",
	       pinion_version(), m->model, arena->cpus, m->cpus_allowed, m->nodes,
	       m->nodes == 1 ? "" : "s", (double)m->llc_bytes / 1048576);
	printf("%s, %s, %s\n", m->kernel, VERSUS_COMPILER, m->date);
}
