/*
 * What the tests of the data layer share: a planned fake machine, and arrays on it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_DATA_SUPPORT_H
#define PINION_TESTS_DATA_SUPPORT_H

#include "affinity/array.h"
#include "tests/support/check.h"
#include "tests/support/os_fake.h"

#include <errno.h>

enum { PAGE = 4096, HUGE_PAGE = 2 << 20 };

struct world {
	struct fake_os *fake;
	pinion_topology *topology;
	pinion_placement *placement;
};

/* A live fake machine with transparent huge pages of 2 MiB and one seat per core. */
static inline struct world world_boot(const char *machine)
{
	struct world w = {.fake = fake_os_create()};
	if (fake_os_ops(w.fake)->page_bytes(fake_os_ops(w.fake)) != PAGE)
		SKIP("these tests count pages of 4096 bytes");
	fake_os_file(w.fake, "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "2097152\n");
	CHECK_INT(pinion__topology_load_on(&w.topology, machine, fake_os_ops(w.fake), true, NULL), ==,
	          0);
	fake_os_learn(w.fake, w.topology);
	CHECK_INT(pinion_placement_plan(&w.placement, w.topology, NULL, NULL), ==, 0);
	return w;
}

/* Everything must have been given back by now. */
static inline void world_end(struct world *w)
{
	CHECK_INT(fake_os_mapped(w->fake), ==, 0);
	pinion_placement_destroy(w->placement);
	pinion_topology_destroy(w->topology);
	fake_os_destroy(w->fake);
}

static inline int try_array(const pinion_partition *partition, size_t elem_bytes, pinion_home home,
                            pinion_pages pages, bool strict, pinion_array **out, pinion_diag *diag)
{
	pinion_array_options options = {sizeof options, home, pages, strict};
	return pinion_array_create(out, partition, elem_bytes, &options, diag);
}

static inline pinion_array *need_array(const pinion_partition *partition, size_t elem_bytes,
                                       pinion_home home)
{
	pinion_array *array = NULL;
	CHECK_INT(try_array(partition, elem_bytes, home, PINION_PAGES_AUTO, false, &array, NULL), ==,
	          0);
	return array;
}

static inline void populate_all(pinion_array *array)
{
	for (size_t b = 0; b < pinion_partition_blocks(pinion_array_partition(array)); b++)
		CHECK_INT(pinion_array_populate(array, b), ==, 0);
}

static inline pinion_audit audit_of(const pinion_array *array)
{
	pinion_audit audit;
	CHECK_INT(pinion_array_audit(array, &audit, NULL, 0), ==, 0);
	CHECK_INT(audit.at_home + audit.away + audit.absent + audit.unknown, ==, audit.pages);
	return audit;
}

static inline const char *byte_at(const pinion_array *array, size_t offset)
{
	return (const char *)pinion_array_data(array) + offset;
}

#endif
