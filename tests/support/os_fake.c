/*
 * The fake machine: threads, files, refusals. See os_fake.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/text.h"
#include "tests/support/os_fake_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void *fake__must(void *p)
{
	if (!p)
		abort();
	return p;
}

void *fake__zeroed(size_t bytes)
{
	return memset(fake__must(malloc(bytes)), 0, bytes);
}

hwloc_bitmap_t fake__set(hwloc_const_bitmap_t from)
{
	hwloc_bitmap_t set = fake__must(hwloc_bitmap_alloc_full());
	hwloc_bitmap_zero(set);
	if (from && hwloc_bitmap_copy(set, from) < 0)
		abort();
	return set;
}

static char *text_copy(const char *text)
{
	return memcpy(fake__must(malloc(strlen(text) + 1)), text, strlen(text) + 1);
}

struct fake_os *fake__enter(const struct pinion__os *os)
{
	struct fake_os *fake = os->self;
	pthread_mutex_lock(&fake->lock);
	return fake;
}

int fake__leave(struct fake_os *fake, int rc)
{
	pthread_mutex_unlock(&fake->lock);
	return rc;
}

int fake__refused(struct fake_os *fake, enum fake_op op)
{
	fake->op[op].calls++;
	if (fake->op[op].times == 0)
		return 0;
	if (fake->op[op].after > 0) {
		fake->op[op].after--;
		return 0;
	}
	fake->op[op].times--;
	return -fake->op[op].error;
}

struct thread *fake__thread(struct fake_os *fake, int tid)
{
	if (tid == 0)
		tid = (int)syscall(SYS_gettid);
	for (int i = 0; i < fake->threads; i++)
		if (fake->thread[i]->tid == tid)
			return fake->thread[i];
	struct thread *thread = fake__zeroed(sizeof *thread);
	thread->tid = tid;
	thread->mask = fake__set(fake->allowed);
	thread->policy.nodes = fake__set(NULL);
	fake->thread =
	    fake__must(realloc(fake->thread, (size_t)(fake->threads + 1) * sizeof(struct thread *)));
	fake->thread[fake->threads++] = thread;
	return thread;
}

static int fake_affinity_set(const struct pinion__os *os, int tid, hwloc_const_bitmap_t cpus)
{
	struct fake_os *fake = fake__enter(os);
	int rc = fake__refused(fake, FAKE_AFFINITY_SET);
	if (rc == 0 && !hwloc_bitmap_intersects(cpus, fake->allowed))
		rc = -EINVAL;
	if (rc == 0)
		hwloc_bitmap_and(fake__thread(fake, tid)->mask, cpus, fake->allowed);
	return fake__leave(fake, rc);
}

static int fake_affinity_get(const struct pinion__os *os, int tid, hwloc_bitmap_t cpus)
{
	struct fake_os *fake = fake__enter(os);
	int rc = fake__refused(fake, FAKE_AFFINITY_GET);
	if (rc == 0)
		hwloc_bitmap_copy(cpus, fake__thread(fake, tid)->mask);
	return fake__leave(fake, rc);
}

static int fake_threads(const struct pinion__os *os, int *tids, int max)
{
	struct fake_os *fake = fake__enter(os);
	int rc = fake__refused(fake, FAKE_THREADS);
	if (rc == 0) {
		fake__thread(fake, 0);
		rc = fake->threads;
	}
	for (int i = 0; i < rc && i < max; i++)
		tids[i] = fake->thread[i]->tid;
	return fake__leave(fake, rc);
}

int fake__cpu(struct fake_os *fake)
{
	return hwloc_bitmap_first(fake__thread(fake, 0)->mask);
}

static int fake_cpu_now(const struct pinion__os *os)
{
	struct fake_os *fake = fake__enter(os);
	return fake__leave(fake, fake__cpu(fake));
}

static int fake_read_file(const struct pinion__os *os, const char *path, char *text, size_t bytes)
{
	struct fake_os *fake = fake__enter(os);
	int rc = fake__refused(fake, FAKE_READ_FILE);
	const char *content = NULL;
	for (int i = 0; i < FILES_MAX; i++)
		if (fake->file[i].path && strcmp(fake->file[i].path, path) == 0)
			content = fake->file[i].text;
	if (rc == 0 && !content)
		rc = -ENOENT;
	if (rc == 0) {
		snprintf(text, bytes, "%s", content);
		rc = (int)strlen(text);
	}
	return fake__leave(fake, rc);
}

struct fake_os *fake_os_create(void)
{
	struct fake_os *fake = fake__zeroed(sizeof *fake);
	fake->os = (struct pinion__os){
		.affinity_set = fake_affinity_set,
		.affinity_get = fake_affinity_get,
		.cpu_now = fake_cpu_now,
		.threads = fake_threads,
		.map = fake__map,
		.unmap = fake__unmap,
		.advise = fake__advise,
		.policy_set = fake__policy_set,
		.page_nodes = fake__page_nodes,
		.page_bytes = fake__page_bytes,
		.read_file = fake_read_file,
		.self = fake,
	};
	pthread_mutex_init(&fake->lock, NULL);
	fake->page_bytes = pinion__os_linux.page_bytes(&pinion__os_linux);
	fake->allowed = fake__must(hwloc_bitmap_alloc_full());
	fake->policies = 1; /* number 0 means none */
	fake->policy = fake__zeroed(sizeof *fake->policy);
	return fake;
}

void fake_os_destroy(struct fake_os *fake)
{
	while (fake->regions > 0)
		fake__unmap(&fake->os, fake->region[0].base, fake->region[0].pages * fake->page_bytes);
	for (int i = 0; i < fake->threads; i++) {
		hwloc_bitmap_free(fake->thread[i]->mask);
		hwloc_bitmap_free(fake->thread[i]->policy.nodes);
		free(fake->thread[i]);
	}
	for (int i = 0; i < fake->policies; i++)
		hwloc_bitmap_free(fake->policy[i].nodes);
	for (int i = 0; i < NODES_MAX; i++)
		hwloc_bitmap_free(fake->node_cpus[i]);
	for (int i = 0; i < FILES_MAX; i++) {
		free(fake->file[i].path);
		free(fake->file[i].text);
	}
	hwloc_bitmap_free(fake->allowed);
	free(fake->thread);
	free(fake->policy);
	free(fake->region);
	pthread_mutex_destroy(&fake->lock);
	free(fake);
}

const struct pinion__os *fake_os_ops(const struct fake_os *fake)
{
	return &fake->os;
}

void fake_os_learn(struct fake_os *fake, const pinion_topology *topology)
{
	pinion_topology_counts counts = pinion_topology_count(topology);
	pthread_mutex_lock(&fake->lock);
	for (int i = 0; i < counts.nodes; i++) {
		pinion_node node = pinion_topology_node(topology, i);
		fake->node_cpus[node.os_node] = fake__set(NULL);
		uint64_t bytes =
		    node.memory_bytes == 0 && node.allowed ? UNSTATED_BYTES : node.memory_bytes;
		fake->free_pages[node.os_node] = (size_t)(bytes / fake->page_bytes);
	}
	for (int i = 0; i < counts.pus; i++) {
		pinion_pu pu = pinion_topology_pu(topology, i);
		int os_node = pinion_topology_node(topology, pu.node).os_node;
		hwloc_bitmap_set(fake->node_cpus[os_node], (unsigned)pu.os_cpu);
	}
	pthread_mutex_unlock(&fake->lock);
}

struct fake_os *fake_os_boot(const char *source, pinion_topology **topology)
{
	pinion_diag diag = {0};
	struct fake_os *fake = fake_os_create();
	if (pinion__topology_load_on(topology, source, &fake->os, true, &diag) != PINION_OK) {
		fprintf(stderr, "fake_os_boot(\"%s\"): %s\n", source, diag.text);
		abort();
	}
	fake_os_learn(fake, *topology);
	return fake;
}

void fake_os_file(struct fake_os *fake, const char *path, const char *text)
{
	pthread_mutex_lock(&fake->lock);
	struct file *slot = NULL;
	for (int i = FILES_MAX - 1; i >= 0; i--)
		if (!fake->file[i].path || strcmp(fake->file[i].path, path) == 0)
			if (!slot || fake->file[i].path)
				slot = &fake->file[i];
	fake__must(slot);
	free(slot->path);
	free(slot->text);
	slot->path = text ? text_copy(path) : NULL;
	slot->text = text ? text_copy(text) : NULL;
	pthread_mutex_unlock(&fake->lock);
}

void fake_os_allow(struct fake_os *fake, const char *cpus)
{
	pthread_mutex_lock(&fake->lock);
	if (pinion__list_read(cpus, fake->allowed) != PINION_OK)
		abort();
	pthread_mutex_unlock(&fake->lock);
}

void fake_os_thread(struct fake_os *fake, int tid, const char *cpus)
{
	pthread_mutex_lock(&fake->lock);
	if (pinion__list_read(cpus, fake__thread(fake, tid)->mask) != PINION_OK)
		abort();
	pthread_mutex_unlock(&fake->lock);
}

void fake_os_fail(struct fake_os *fake, enum fake_op op, int error, int after, int times)
{
	pthread_mutex_lock(&fake->lock);
	fake->op[op].error = error;
	fake->op[op].after = after;
	fake->op[op].times = times;
	pthread_mutex_unlock(&fake->lock);
}

int fake_os_calls(struct fake_os *fake, enum fake_op op)
{
	pthread_mutex_lock(&fake->lock);
	return fake__leave(fake, fake->op[op].calls);
}

enum pinion__os_policy fake_os_thread_policy(struct fake_os *fake)
{
	pthread_mutex_lock(&fake->lock);
	return (enum pinion__os_policy)fake__leave(fake, (int)fake__thread(fake, 0)->policy.policy);
}
