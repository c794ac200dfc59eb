/*
 * The memory of the fake machine: real memory with a shadow page table, where
 * pages appear as the kernel would place them. See os_fake.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/os_fake_state.h"

#include <errno.h>
#include <stdlib.h>

size_t fake__page_bytes(const struct pinion__os *os)
{
	return ((struct fake_os *)os->self)->page_bytes;
}

void *fake__map(const struct pinion__os *os, size_t bytes, size_t align)
{
	struct fake_os *fake = fake__enter(os);
	void *base = fake__refused(fake, FAKE_MAP)
	                 ? NULL
	                 : pinion__os_linux.map(&pinion__os_linux, bytes, align);
	if (base) {
		size_t pages = (bytes + fake->page_bytes - 1) / fake->page_bytes;
		fake->region =
		    fake__must(realloc(fake->region, (size_t)(fake->regions + 1) * sizeof *fake->region));
		struct region *region = &fake->region[fake->regions++];
		*region = (struct region){base, pages, fake__zeroed(pages * sizeof(struct page))};
		for (size_t i = 0; i < pages; i++)
			region->page[i] = (struct page){-1, 0, -1};
	}
	fake__leave(fake, 0);
	return base;
}

void fake__unmap(const struct pinion__os *os, void *base, size_t bytes)
{
	struct fake_os *fake = fake__enter(os);
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
	fake__leave(fake, 0);
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
	if (first >= 0 && (!set || hwloc_bitmap_isset(set, (unsigned)first)) &&
	    take_page(fake, page, first))
		return true;
	for (int node = 0; node < NODES_MAX; node++)
		if ((!set || hwloc_bitmap_isset(set, (unsigned)node)) && take_page(fake, page, node))
			return true;
	return false;
}

static int node_of_cpu(const struct fake_os *fake, int cpu)
{
	for (int node = 0; node < NODES_MAX; node++)
		if (fake->node_cpus[node] && cpu >= 0 &&
		    hwloc_bitmap_isset(fake->node_cpus[node], (unsigned)cpu))
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
	const struct policy *policy =
	    page->policy ? &fake->policy[page->policy] : &fake__thread(fake, 0)->policy;
	int local = node_of_cpu(fake, fake__cpu(fake));
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
static struct page *range_pages(struct fake_os *fake, void *base, size_t bytes, size_t *pages,
                                int *rc)
{
	size_t left = 0;
	struct page *page = page_of(fake, base, &left, NULL);
	*pages = (bytes + fake->page_bytes - 1) / fake->page_bytes;
	*rc = (uintptr_t)base % fake->page_bytes ? -EINVAL : !page || *pages > left ? -ENOMEM : 0;
	return *rc ? NULL : page;
}

int fake__advise(const struct pinion__os *os, void *base, size_t bytes,
                       enum pinion__os_advice advice)
{
	struct fake_os *fake = fake__enter(os);
	size_t pages;
	int rc, no = fake__refused(fake, advice == PINION__OS_POPULATE ? FAKE_POPULATE : FAKE_ADVISE);
	struct page *page = range_pages(fake, base, bytes, &pages, &rc);
	rc = no ? no : rc;
	if (rc == 0 && advice == PINION__OS_POPULATE)
		rc = range_touch(fake, base, bytes);
	else
		for (size_t i = 0; rc == 0 && i < pages; i++)
			page[i].advice = (int)advice;
	return fake__leave(fake, rc);
}

static bool nodes_exist(const struct fake_os *fake, hwloc_const_bitmap_t nodes)
{
	for (int node = hwloc_bitmap_first(nodes); node >= 0; node = hwloc_bitmap_next(nodes, node))
		if (node >= NODES_MAX || !fake->node_cpus[node])
			return false;
	return !hwloc_bitmap_iszero(nodes);
}

static int policy_add(struct fake_os *fake, enum pinion__os_policy policy,
                      hwloc_const_bitmap_t nodes)
{
	if (policy == PINION__OS_DEFAULT)
		return 0;
	fake->policy =
	    fake__must(realloc(fake->policy, (size_t)(fake->policies + 1) * sizeof *fake->policy));
	fake->policy[fake->policies] = (struct policy){policy, fake__set(nodes)};
	return fake->policies++;
}

int fake__policy_set(const struct pinion__os *os, void *base, size_t bytes,
                           enum pinion__os_policy policy, hwloc_const_bitmap_t nodes)
{
	struct fake_os *fake = fake__enter(os);
	int rc = fake__refused(fake, FAKE_POLICY_SET);
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
		struct policy *own = &fake__thread(fake, 0)->policy;
		own->policy = policy;
		if (policy != PINION__OS_DEFAULT)
			hwloc_bitmap_copy(own->nodes, nodes);
	}
	return fake__leave(fake, rc);
}

int fake__page_nodes(const struct pinion__os *os, void *const *pages, size_t count,
                           int *nodes_out)
{
	struct fake_os *fake = fake__enter(os);
	int rc = fake__refused(fake, FAKE_PAGE_NODES);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct page *page = page_of(fake, pages[i], NULL, NULL);
		nodes_out[i] = !page ? -EFAULT : page->node < 0 ? -ENOENT : page->node;
	}
	return fake__leave(fake, rc);
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

int fake_os_touch(struct fake_os *fake, void *base, size_t bytes)
{
	size_t head = (uintptr_t)base % fake->page_bytes;
	pthread_mutex_lock(&fake->lock);
	return fake__leave(fake, range_touch(fake, (char *)base - head, bytes + head));
}

void fake_os_move(struct fake_os *fake, void *address, int node)
{
	pthread_mutex_lock(&fake->lock);
	struct page *page = fake__must(page_of(fake, address, NULL, NULL));
	if (page->node >= 0)
		fake->free_pages[page->node]++;
	if (!take_page(fake, page, node))
		abort();
	pthread_mutex_unlock(&fake->lock);
}

int fake_os_node_of(struct fake_os *fake, const void *address)
{
	pthread_mutex_lock(&fake->lock);
	int node = ((struct page *)fake__must(page_of(fake, address, NULL, NULL)))->node;
	return fake__leave(fake, node < 0 ? -ENOENT : node);
}

enum pinion__os_policy fake_os_policy_of(struct fake_os *fake, const void *address)
{
	pthread_mutex_lock(&fake->lock);
	int index = ((struct page *)fake__must(page_of(fake, address, NULL, NULL)))->policy;
	return (enum pinion__os_policy)fake__leave(
	    fake, (int)(index ? fake->policy[index].policy : PINION__OS_DEFAULT));
}

int fake_os_advice_of(struct fake_os *fake, const void *address)
{
	pthread_mutex_lock(&fake->lock);
	return fake__leave(fake,
	                   ((struct page *)fake__must(page_of(fake, address, NULL, NULL)))->advice);
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
