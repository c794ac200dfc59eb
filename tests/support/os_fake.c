/*
 * The fake machine: see os_fake.h. One mutex guards everything; a test does
 * not need more, and a race in the house shows in the house's own data.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/os_fake.h"

#include "affinity/text.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NODES_MAX = 1024, FILES_MAX = 64 };
enum { UNSTATED_BYTES = 1 << 30 }; /* memory of a node whose machine states no sizes */

struct policy {
	enum pinion__os_policy policy;
	hwloc_bitmap_t nodes;
};

struct page {
	int node;   /* -1: absent */
	int policy; /* index in fake->policy; 0: the toucher's own */
	int advice; /* -1: none */
};

struct region {
	char *base;
	size_t pages;
	struct page *page;
};

struct thread {
	int tid;
	hwloc_bitmap_t mask;
	struct policy policy;
};

struct file {
	char *path, *text;
};

struct fake_os {
	struct pinion__os os;
	pthread_mutex_t lock;
	size_t page_bytes;
	hwloc_bitmap_t allowed;
	hwloc_bitmap_t node_cpus[NODES_MAX]; /* NULL: no such node */
	size_t free_pages[NODES_MAX];
	struct thread **thread;
	int threads;
	struct policy *policy;
	int policies;
	struct region *region;
	int regions;
	struct file file[FILES_MAX];
	struct { int error, after, times, calls; } op[FAKE_OPS];
};

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static struct fake_os *enter(const struct pinion__os *os)
{
	struct fake_os *fake = os->self;
	pthread_mutex_lock(&fake->lock);
	return fake;
}

static int leave(struct fake_os *fake, int rc)
{
	pthread_mutex_unlock(&fake->lock);
	return rc;
}

/* Count a call; the negative errno when it is to fail. */
static int refused(struct fake_os *fake, enum fake_op op)
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

static struct thread *thread_of(struct fake_os *fake, int tid)
{
	if (tid == 0)
		tid = (int)syscall(SYS_gettid);
	for (int i = 0; i < fake->threads; i++)
		if (fake->thread[i]->tid == tid)
			return fake->thread[i];
	struct thread *thread = must(calloc(1, sizeof *thread));
	thread->tid = tid;
	thread->mask = must(hwloc_bitmap_dup(fake->allowed));
	thread->policy.nodes = must(hwloc_bitmap_alloc());
	fake->thread = must(realloc(fake->thread, (size_t)(fake->threads + 1) * sizeof(struct thread *)));
	fake->thread[fake->threads++] = thread;
	return thread;
}

static int fake_affinity_set(const struct pinion__os *os, int tid, hwloc_const_bitmap_t cpus)
{
	struct fake_os *fake = enter(os);
	int rc = refused(fake, FAKE_AFFINITY_SET);
	if (rc == 0 && !hwloc_bitmap_intersects(cpus, fake->allowed))
		rc = -EINVAL;
	if (rc == 0)
		hwloc_bitmap_and(thread_of(fake, tid)->mask, cpus, fake->allowed);
	return leave(fake, rc);
}

static int fake_affinity_get(const struct pinion__os *os, int tid, hwloc_bitmap_t cpus)
{
	struct fake_os *fake = enter(os);
	int rc = refused(fake, FAKE_AFFINITY_GET);
	if (rc == 0)
		hwloc_bitmap_copy(cpus, thread_of(fake, tid)->mask);
	return leave(fake, rc);
}

static int fake_threads(const struct pinion__os *os, int *tids, int max)
{
	struct fake_os *fake = enter(os);
	int rc = refused(fake, FAKE_THREADS);
	if (rc == 0) {
		thread_of(fake, 0);
		rc = fake->threads;
	}
	for (int i = 0; i < rc && i < max; i++)
		tids[i] = fake->thread[i]->tid;
	return leave(fake, rc);
}

static int cpu_of(struct fake_os *fake)
{
	return hwloc_bitmap_first(thread_of(fake, 0)->mask);
}

static int fake_cpu_now(const struct pinion__os *os)
{
	struct fake_os *fake = enter(os);
	return leave(fake, cpu_of(fake));
}

static size_t fake_page_bytes(const struct pinion__os *os)
{
	return ((struct fake_os *)os->self)->page_bytes;
}

static void *fake_map(const struct pinion__os *os, size_t bytes, size_t align)
{
	struct fake_os *fake = enter(os);
	void *base = refused(fake, FAKE_MAP) ? NULL : pinion__os_linux.map(&pinion__os_linux, bytes, align);
	if (base) {
		size_t pages = (bytes + fake->page_bytes - 1) / fake->page_bytes;
		fake->region = must(realloc(fake->region, (size_t)(fake->regions + 1) * sizeof *fake->region));
		struct region *region = &fake->region[fake->regions++];
		*region = (struct region){base, pages, must(calloc(pages, sizeof(struct page)))};
		for (size_t i = 0; i < pages; i++)
			region->page[i] = (struct page){-1, 0, -1};
	}
	leave(fake, 0);
	return base;
}

static void fake_unmap(const struct pinion__os *os, void *base, size_t bytes)
{
	struct fake_os *fake = enter(os);
	for (int i = 0; i < fake->regions; i++) {
		struct region *region = &fake->region[i];
		if (region->base != base)
			continue;
		for (size_t p = 0; p < region->pages; p++)
			if (region->page[p].node >= 0)
				fake->free_pages[region->page[p].node]++;
		free(region->page);
		*region = fake->region[--fake->regions];
		pinion__os_linux.unmap(&pinion__os_linux, base, bytes);
		break;
	}
	leave(fake, 0);
}

/* The page of an address, and how many pages of its region follow from it; NULL when not mapped. */
static struct page *page_of(struct fake_os *fake, const void *address, size_t *left, size_t *number)
{
	for (int i = 0; i < fake->regions; i++) {
		struct region *region = &fake->region[i];
		size_t offset = (size_t)((const char *)address - region->base);
		if ((const char *)address < region->base || offset >= region->pages * fake->page_bytes)
			continue;
		size_t at = offset / fake->page_bytes;
		if (left)
			*left = region->pages - at;
		if (number)
			*number = at;
		return &region->page[at];
	}
	return NULL;
}

static bool take_page(struct fake_os *fake, struct page *page, int node)
{
	if (node < 0 || node >= NODES_MAX || fake->free_pages[node] == 0)
		return false;
	fake->free_pages[node]--;
	page->node = node;
	return true;
}

/* The first node of the set that has room, beginning at `first`. */
static bool take_from(struct fake_os *fake, struct page *page, hwloc_const_bitmap_t set, int first)
{
	if (first >= 0 && (!set || hwloc_bitmap_isset(set, (unsigned)first)) && take_page(fake, page, first))
		return true;
	for (int node = 0; node < NODES_MAX; node++)
		if ((!set || hwloc_bitmap_isset(set, (unsigned)node)) && take_page(fake, page, node))
			return true;
	return false;
}

static int node_of_cpu(const struct fake_os *fake, int cpu)
{
	for (int node = 0; node < NODES_MAX; node++)
		if (fake->node_cpus[node] && cpu >= 0 && hwloc_bitmap_isset(fake->node_cpus[node], (unsigned)cpu))
			return node;
	return -1;
}

static int nth_node(hwloc_const_bitmap_t set, size_t n)
{
	int node = hwloc_bitmap_first(set);
	for (n %= (size_t)hwloc_bitmap_weight(set); n > 0; n--)
		node = hwloc_bitmap_next(set, node);
	return node;
}

/* An absent page appears, where its policy or the toucher's says. */
static int page_fault(struct fake_os *fake, struct page *page, size_t number)
{
	const struct policy *policy = page->policy ? &fake->policy[page->policy] : &thread_of(fake, 0)->policy;
	int local = node_of_cpu(fake, cpu_of(fake));
	bool ok = false;
	switch (policy->policy) {
	case PINION__OS_DEFAULT:
		ok = take_from(fake, page, NULL, local);
		break;
	case PINION__OS_BIND:
		ok = take_from(fake, page, policy->nodes, local);
		break;
	case PINION__OS_PREFERRED:
		ok = take_from(fake, page, NULL, hwloc_bitmap_first(policy->nodes));
		break;
	case PINION__OS_INTERLEAVE:
		ok = take_from(fake, page, NULL, nth_node(policy->nodes, number));
		break;
	}
	return ok ? 0 : -ENOMEM;
}

static int range_touch(struct fake_os *fake, char *base, size_t bytes)
{
	int rc = 0;
	for (size_t at = 0; rc == 0 && at < bytes; at += fake->page_bytes) {
		size_t number;
		struct page *page = page_of(fake, base + at, NULL, &number);
		if (!page)
			return -ENOMEM;
		if (page->node < 0)
			rc = page_fault(fake, page, number);
	}
	return rc;
}

/* The pages of an aligned range inside one mapping, or NULL with *rc set. */
static struct page *range_pages(struct fake_os *fake, void *base, size_t bytes, size_t *pages, int *rc)
{
	size_t left;
	struct page *page = page_of(fake, base, &left, NULL);
	*pages = (bytes + fake->page_bytes - 1) / fake->page_bytes;
	*rc = (uintptr_t)base % fake->page_bytes ? -EINVAL : !page || *pages > left ? -ENOMEM : 0;
	return *rc ? NULL : page;
}

static int fake_advise(const struct pinion__os *os, void *base, size_t bytes,
                       enum pinion__os_advice advice)
{
	struct fake_os *fake = enter(os);
	size_t pages;
	int rc, no = refused(fake, advice == PINION__OS_POPULATE ? FAKE_POPULATE : FAKE_ADVISE);
	struct page *page = range_pages(fake, base, bytes, &pages, &rc);
	rc = no ? no : rc;
	if (rc == 0 && advice == PINION__OS_POPULATE)
		rc = range_touch(fake, base, bytes);
	else
		for (size_t i = 0; rc == 0 && i < pages; i++)
			page[i].advice = (int)advice;
	return leave(fake, rc);
}

static bool nodes_exist(const struct fake_os *fake, hwloc_const_bitmap_t nodes)
{
	for (int node = hwloc_bitmap_first(nodes); node >= 0; node = hwloc_bitmap_next(nodes, node))
		if (node >= NODES_MAX || !fake->node_cpus[node])
			return false;
	return !hwloc_bitmap_iszero(nodes);
}

static int policy_add(struct fake_os *fake, enum pinion__os_policy policy, hwloc_const_bitmap_t nodes)
{
	if (policy == PINION__OS_DEFAULT)
		return 0;
	fake->policy = must(realloc(fake->policy, (size_t)(fake->policies + 1) * sizeof *fake->policy));
	fake->policy[fake->policies] = (struct policy){policy, must(hwloc_bitmap_dup(nodes))};
	return fake->policies++;
}

static int fake_policy_set(const struct pinion__os *os, void *base, size_t bytes,
                           enum pinion__os_policy policy, hwloc_const_bitmap_t nodes)
{
	struct fake_os *fake = enter(os);
	int rc = refused(fake, FAKE_POLICY_SET);
	size_t pages = 0;
	struct page *page = NULL;
	if (rc == 0 && policy != PINION__OS_DEFAULT && !nodes_exist(fake, nodes))
		rc = -EINVAL;
	if (rc == 0 && base) {
		page = range_pages(fake, base, bytes, &pages, &rc);
		rc = rc == -ENOMEM ? -EFAULT : rc;
	}
	if (rc == 0 && base) {
		int index = policy_add(fake, policy, nodes);
		for (size_t i = 0; i < pages; i++)
			page[i].policy = index;
	} else if (rc == 0) {
		struct policy *own = &thread_of(fake, 0)->policy;
		own->policy = policy;
		if (policy != PINION__OS_DEFAULT)
			hwloc_bitmap_copy(own->nodes, nodes);
	}
	return leave(fake, rc);
}

static int fake_page_nodes(const struct pinion__os *os, void *const *pages, size_t count, int *nodes_out)
{
	struct fake_os *fake = enter(os);
	int rc = refused(fake, FAKE_PAGE_NODES);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct page *page = page_of(fake, pages[i], NULL, NULL);
		nodes_out[i] = !page ? -EFAULT : page->node < 0 ? -ENOENT : page->node;
	}
	return leave(fake, rc);
}

static int fake_read_file(const struct pinion__os *os, const char *path, char *text, size_t bytes)
{
	struct fake_os *fake = enter(os);
	int rc = refused(fake, FAKE_READ_FILE);
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
	return leave(fake, rc);
}

struct fake_os *fake_os_create(void)
{
	struct fake_os *fake = must(calloc(1, sizeof *fake));
	fake->os = (struct pinion__os){
		.affinity_set = fake_affinity_set,
		.affinity_get = fake_affinity_get,
		.cpu_now = fake_cpu_now,
		.threads = fake_threads,
		.map = fake_map,
		.unmap = fake_unmap,
		.advise = fake_advise,
		.policy_set = fake_policy_set,
		.page_nodes = fake_page_nodes,
		.page_bytes = fake_page_bytes,
		.read_file = fake_read_file,
		.self = fake,
	};
	pthread_mutex_init(&fake->lock, NULL);
	fake->page_bytes = pinion__os_linux.page_bytes(&pinion__os_linux);
	fake->allowed = must(hwloc_bitmap_alloc_full());
	fake->policies = 1; /* number 0 means none */
	fake->policy = must(calloc(1, sizeof *fake->policy));
	return fake;
}

void fake_os_destroy(struct fake_os *fake)
{
	while (fake->regions > 0)
		fake_unmap(&fake->os, fake->region[0].base, fake->region[0].pages * fake->page_bytes);
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
		fake->node_cpus[node.os_node] = must(hwloc_bitmap_alloc());
		uint64_t bytes = node.memory_bytes == 0 && node.allowed ? UNSTATED_BYTES : node.memory_bytes;
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
	must(slot);
	free(slot->path);
	free(slot->text);
	slot->path = text ? must(strdup(path)) : NULL;
	slot->text = text ? must(strdup(text)) : NULL;
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
	if (pinion__list_read(cpus, thread_of(fake, tid)->mask) != PINION_OK)
		abort();
	pthread_mutex_unlock(&fake->lock);
}

void fake_os_pages(struct fake_os *fake, int node, size_t free_pages)
{
	pthread_mutex_lock(&fake->lock);
	fake->free_pages[node] = free_pages;
	pthread_mutex_unlock(&fake->lock);
}

size_t fake_os_pages_free(struct fake_os *fake, int node)
{
	pthread_mutex_lock(&fake->lock);
	size_t pages = fake->free_pages[node];
	pthread_mutex_unlock(&fake->lock);
	return pages;
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
	return leave(fake, fake->op[op].calls);
}

int fake_os_touch(struct fake_os *fake, void *base, size_t bytes)
{
	size_t head = (uintptr_t)base % fake->page_bytes;
	pthread_mutex_lock(&fake->lock);
	return leave(fake, range_touch(fake, (char *)base - head, bytes + head));
}

void fake_os_move(struct fake_os *fake, void *address, int node)
{
	pthread_mutex_lock(&fake->lock);
	struct page *page = must(page_of(fake, address, NULL, NULL));
	if (page->node >= 0)
		fake->free_pages[page->node]++;
	if (!take_page(fake, page, node))
		abort();
	pthread_mutex_unlock(&fake->lock);
}

int fake_os_node_of(struct fake_os *fake, const void *address)
{
	pthread_mutex_lock(&fake->lock);
	int node = ((struct page *)must(page_of(fake, address, NULL, NULL)))->node;
	return leave(fake, node < 0 ? -ENOENT : node);
}

enum pinion__os_policy fake_os_policy_of(struct fake_os *fake, const void *address)
{
	pthread_mutex_lock(&fake->lock);
	int index = ((struct page *)must(page_of(fake, address, NULL, NULL)))->policy;
	return (enum pinion__os_policy)leave(fake, (int)(index ? fake->policy[index].policy : PINION__OS_DEFAULT));
}

int fake_os_advice_of(struct fake_os *fake, const void *address)
{
	pthread_mutex_lock(&fake->lock);
	return leave(fake, ((struct page *)must(page_of(fake, address, NULL, NULL)))->advice);
}

enum pinion__os_policy fake_os_thread_policy(struct fake_os *fake)
{
	pthread_mutex_lock(&fake->lock);
	return (enum pinion__os_policy)leave(fake, (int)thread_of(fake, 0)->policy.policy);
}

size_t fake_os_mapped(struct fake_os *fake)
{
	size_t bytes = 0;
	pthread_mutex_lock(&fake->lock);
	for (int i = 0; i < fake->regions; i++)
		bytes += fake->region[i].pages * fake->page_bytes;
	pthread_mutex_unlock(&fake->lock);
	return bytes;
}
