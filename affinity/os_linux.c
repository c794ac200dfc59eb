/*
 * os.h on Linux.
 *
 * Processor masks are dynamic: the kernel takes any length, so machines beyond
 * the 1024 processors of cpu_set_t work. Node masks carry one spare word,
 * because the kernel and libnuma disagree on whether `maxnode` counts a bit
 * more than it says. Constants that the headers of Debian 12 lack are defined
 * here with the kernel that brought them; an older kernel answers EINVAL.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/os.h"
#include "affinity/port.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <numaif.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

enum {
	WORD_BITS = sizeof(unsigned long) * CHAR_BIT,
	MASK_WORDS_MAX = 1 << 14, /* a million processors: no kernel has that many */
	PAGES_PER_CALL = 1 << 14,
};

/* A bitmap as the kernel wants it, with one spare zero word at the end. */
struct words {
	unsigned long *word;
	size_t count; /* without the spare */
};

static int words_from(struct words *words, hwloc_const_bitmap_t set)
{
	int count = hwloc_bitmap_nr_ulongs(set);
	if (count < 0)
		return -EINVAL; /* an infinite set names no processor or node in particular */
	words->count = count ? (size_t)count : 1;
	words->word = pinion__alloc((words->count + 1) * sizeof *words->word);
	if (!words->word)
		return -ENOMEM;
	hwloc_bitmap_to_ulongs(set, (unsigned)words->count, words->word);
	return 0;
}

static int linux_affinity_set(const struct pinion__os *os, int tid, hwloc_const_bitmap_t cpus)
{
	struct words words;
	int rc = words_from(&words, cpus);
	if (rc < 0)
		return rc;
	rc = syscall(SYS_sched_setaffinity, tid, words.count * sizeof *words.word, words.word) < 0
		? -errno : 0;
	pinion__free(words.word);
	return rc;
}

/* The kernel refuses a buffer shorter than its own masks with EINVAL and does not say how long they
 * are. */
static int linux_affinity_get(const struct pinion__os *os, int tid, hwloc_bitmap_t cpus)
{
	int rc = -EINVAL;
	for (size_t count = 16; rc == -EINVAL && count <= MASK_WORDS_MAX; count *= 2) {
		unsigned long *word = pinion__alloc(count * sizeof *word);
		if (!word)
			return -ENOMEM;
		long bytes = syscall(SYS_sched_getaffinity, tid, count * sizeof *word, word);
		rc = bytes < 0 ? -errno : 0;
		if (rc == 0 && hwloc_bitmap_from_ulongs(cpus, (unsigned)count, word) < 0)
			rc = -ENOMEM;
		pinion__free(word);
	}
	return rc;
}

static int linux_cpu_now(const struct pinion__os *os)
{
	int cpu = sched_getcpu();
	return cpu < 0 ? -errno : cpu;
}

static int linux_threads(const struct pinion__os *os, int *tids, int max)
{
	DIR *tasks = opendir("/proc/self/task");
	if (!tasks)
		return -errno;
	int count = 0;
	for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		if (count < max)
			tids[count] = atoi(entry->d_name);
		count++;
	}
	closedir(tasks);
	return count;
}

/* mmap aligns to pages only: reserve more than asked and give both ends back. */
static void *linux_map(const struct pinion__os *os, size_t bytes, size_t align)
{
	size_t page = os->page_bytes(os);
	size_t extra = align > page ? align - page : 0;
	bytes = (bytes + page - 1) / page * page;
	if (bytes == 0 || bytes > SIZE_MAX - extra)
		return NULL;
	char *base = mmap(NULL, bytes + extra, PROT_READ | PROT_WRITE,
	                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return NULL;
	size_t head = extra ? -(uintptr_t)base & (align - 1) : 0;
	if (head)
		munmap(base, head);
	if (extra > head)
		munmap(base + head + bytes, extra - head);
	return base + head;
}

static void linux_unmap(const struct pinion__os *os, void *base, size_t bytes)
{
	size_t page = os->page_bytes(os);
	if (base)
		munmap(base, (bytes + page - 1) / page * page);
}

static int linux_advise(const struct pinion__os *os, void *base, size_t bytes,
                        enum pinion__os_advice advice)
{
	static const int value[] = {
		[PINION__OS_HUGE] = MADV_HUGEPAGE,
		[PINION__OS_NO_HUGE] = MADV_NOHUGEPAGE,
		[PINION__OS_WIPE_ON_FORK] = MADV_WIPEONFORK,
		[PINION__OS_POPULATE] = MADV_POPULATE_WRITE,
	};
	int rc;
	do
		rc = madvise(base, bytes, value[advice]) < 0 ? -errno : 0;
	while (rc == -EINTR); /* populating stops for a signal and goes on where it stopped */
	return rc;
}

static int linux_policy_set(const struct pinion__os *os, void *base, size_t bytes,
                            enum pinion__os_policy policy, hwloc_const_bitmap_t nodes)
{
	static const int mode[] = {
		[PINION__OS_DEFAULT] = MPOL_DEFAULT,
		[PINION__OS_PREFERRED] = MPOL_PREFERRED,
		[PINION__OS_BIND] = MPOL_BIND,
		[PINION__OS_INTERLEAVE] = MPOL_INTERLEAVE,
	};
	struct words words = {NULL, 0};
	int rc = policy == PINION__OS_DEFAULT ? 0 : words_from(&words, nodes);
	if (rc < 0)
		return rc;
	unsigned long bits = words.word ? words.count * WORD_BITS + 1 : 0;
	long done = base ? mbind(base, bytes, mode[policy], words.word, bits, 0)
	                 : set_mempolicy(mode[policy], words.word, bits);
	rc = done < 0 ? -errno : 0;
	pinion__free(words.word);
	return rc;
}

/* Entries of /proc/self/pagemap for some pages in a row. */
struct pagemap {
	int fd;
	uint64_t entry[256];
	size_t first, count;
};

/* Mapped, and by this process alone, so it is not the kernel's page of zeros. */
static bool page_is_ours(struct pagemap *map, const void *page, size_t page_bytes)
{
	const uint64_t present_exclusive = (uint64_t)1 << 63 | (uint64_t)1 << 56;
	size_t number = (uintptr_t)page / page_bytes;
	if (number - map->first >= map->count) {
		ssize_t got =
		    pread(map->fd, map->entry, sizeof map->entry, (off_t)(number * sizeof(uint64_t)));
		map->first = number;
		map->count = got > 0 ? (size_t)got / sizeof(uint64_t) : 0;
	}
	return map->count > 0 &&
	       (map->entry[number - map->first] & present_exclusive) == present_exclusive;
}

/*
 * Linux 6.1 to 6.5 call a page absent while NUMA balancing samples it, because its mapping then denies
 * access. The page map sees through that: the page gets -EBUSY, it is somewhere and the kernel hides
 * where. Without /proc the answer stays as it is.
 */
static void unhide_sampled(void *const *pages, size_t count, int *nodes, size_t page_bytes)
{
	struct pagemap map = {.fd = -1};
	for (size_t i = 0; i < count; i++) {
		if (nodes[i] != -ENOENT && nodes[i] != -EFAULT)
			continue;
		if (map.fd < 0 && (map.fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)) < 0)
			return;
		if (page_is_ours(&map, pages[i], page_bytes))
			nodes[i] = -EBUSY;
	}
	if (map.fd >= 0)
		close(map.fd);
}

/* In batches: the kernel copies the address list, and other threads fault pages in meanwhile. */
static int linux_page_nodes(const struct pinion__os *os, void *const *pages, size_t count,
                            int *nodes_out)
{
	for (size_t at = 0; at < count; at += PAGES_PER_CALL) {
		size_t n = count - at < PAGES_PER_CALL ? count - at : PAGES_PER_CALL;
		if (move_pages(0, n, (void **)(uintptr_t)(pages + at), NULL, nodes_out + at, 0) < 0)
			return -errno;
		unhide_sampled(pages + at, n, nodes_out + at, os->page_bytes(os));
	}
	return 0;
}

static size_t linux_page_bytes(const struct pinion__os *os)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static int linux_read_file(const struct pinion__os *os, const char *path, char *text, size_t bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	size_t length = 0;
	ssize_t got = 1;
	while (got != 0 && length + 1 < bytes) {
		got = read(fd, text + length, bytes - 1 - length);
		if (got < 0 && errno != EINTR)
			break;
		length += got > 0 ? (size_t)got : 0;
	}
	int rc = got < 0 ? -errno : (int)length;
	close(fd);
	if (rc >= 0)
		text[length] = '\0';
	return rc;
}

const struct pinion__os pinion__os_linux = {
	.affinity_set = linux_affinity_set,
	.affinity_get = linux_affinity_get,
	.cpu_now = linux_cpu_now,
	.threads = linux_threads,
	.map = linux_map,
	.unmap = linux_unmap,
	.advise = linux_advise,
	.policy_set = linux_policy_set,
	.page_nodes = linux_page_nodes,
	.page_bytes = linux_page_bytes,
	.read_file = linux_read_file,
	.self = NULL,
};
