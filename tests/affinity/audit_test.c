/*
 * The audit against a shadow page table: it must find every page where the
 * fake machine put it, also where a test moved it, and never guess.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/affinity/data_support.h"

static pinion_partition *cut(struct world *w, const size_t *borders, const int *owners,
                             size_t blocks)
{
	pinion_partition *partition = NULL;
	CHECK_INT(pinion_partition_explicit(&partition, w->placement, borders, owners, blocks), ==, 0);
	return partition;
}

static pinion_audit audit_block(const pinion_array *array, size_t block)
{
	pinion_audit audit;
	CHECK_INT(pinion_array_audit_block(array, block, &audit), ==, 0);
	CHECK_INT(audit.at_home + audit.away + audit.absent + audit.unknown, ==, audit.pages);
	return audit;
}

static void counts_what_moved(void)
{
	struct world w = world_boot("synthetic:pack:4 [numa(memory=4GB)] core:1 pu:1");
	const size_t borders[] = {0, 10000 * PAGE, 20000 * PAGE, 30000 * PAGE, 30001 * PAGE};
	pinion_partition *partition = cut(&w, borders, NULL, 4);
	pinion_array *array = need_array(partition, 1, PINION_HOME_PREFERRED);
	size_t per_node[6] = {9, 9, 9, 9, 9, 9};
	pinion_audit audit;
	for (size_t b = 0; b < 3; b++)
		CHECK_INT(pinion_array_populate(array, b), ==, 0);
	/* One page at each end of a block, and one on both sides of a batch of the audit. */
	static const size_t moved[] = {0, 4095, 4096, 9999, 10000, 29999};
	for (int i = 0; i < 6; i++)
		fake_os_move(w.fake, (void *)(uintptr_t)byte_at(array, moved[i] * PAGE), 3);
	CHECK_INT(pinion_array_audit(array, &audit, per_node, 6), ==, 0);
	CHECK_INT(audit.page_bytes, ==, PAGE);
	CHECK_INT(audit.pages, ==, 30001);
	CHECK_INT(audit.at_home, ==, 29994);
	CHECK_INT(audit.away, ==, 6);
	CHECK_INT(audit.absent, ==, 1);
	CHECK_INT(audit.shared + audit.unknown, ==, 0);
	CHECK(audit.percent_home == 100.0 * 29994 / 30000);
	CHECK_STR(audit.reason, "");
	CHECK_INT(per_node[0], ==, 9996);
	CHECK_INT(per_node[1], ==, 9999);
	CHECK_INT(per_node[2], ==, 9999);
	CHECK_INT(per_node[3], ==, 6);
	CHECK_INT(per_node[4] + per_node[5], ==, 0);
	CHECK_INT(audit_block(array, 0).away, ==, 4);
	CHECK_INT(audit_block(array, 1).away, ==, 1);
	CHECK_INT(audit_block(array, 2).away, ==, 1);
	CHECK_INT(audit_block(array, 3).absent, ==, 1);
	CHECK(audit_block(array, 3).percent_home == 100);

	/* A short list is filled as far as it goes. */
	CHECK_INT(pinion_array_audit(array, &audit, per_node, 2), ==, 0);
	CHECK_INT(per_node[1], ==, 9999);
	CHECK_INT(per_node[2], ==, 9999);
	CHECK_INT(audit.away, ==, 6);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
	world_end(&w);
}

/* Pages with bytes of several homes: counted once, at home with any of them. */
static void shared_pages(void)
{
	struct world w = world_boot("synthetic:pack:4 [numa(memory=4GB)] core:1 pu:1");
	/* Page 0: blocks 0, 1, 3 (2 is empty). Page 1: 3. Page 2: 3 and 4, one home. Page 3: 4, 5. */
	const size_t borders[] = {0, 100, 200, 200, 2 * PAGE + 5, 3 * PAGE + 9, 4 * PAGE};
	const int owners[] = {0, 1, 3, 2, 2, 0};
	pinion_partition *partition = cut(&w, borders, owners, 6);
	pinion_array *array = need_array(partition, 1, PINION_HOME_PREFERRED);
	populate_all(array);
	for (int node = 0; node < 4; node++) {
		fake_os_move(w.fake, (void *)(uintptr_t)byte_at(array, 0), node);
		CHECK_INT(audit_of(array).pages, ==, 4);
		CHECK_INT(audit_of(array).shared, ==, 2);
		CHECK_INT(audit_of(array).at_home, ==, node == 3 ? 3 : 4);
		for (size_t b = 0; b < 2; b++) {
			CHECK_INT(audit_block(array, b).pages, ==, 1);
			CHECK_INT(audit_block(array, b).shared, ==, 1);
			CHECK_INT(audit_block(array, b).at_home, ==, node != 3);
		}
	}
	CHECK_INT(audit_block(array, 2).pages, ==, 0);
	CHECK(audit_block(array, 2).percent_home == 100);
	CHECK_INT(audit_block(array, 3).pages, ==, 3);
	CHECK_INT(audit_block(array, 3).shared, ==, 1);
	CHECK_INT(audit_block(array, 4).pages, ==, 2);
	CHECK_INT(audit_block(array, 5).pages, ==, 1);
	CHECK_INT(audit_block(array, 5).shared, ==, 1);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
	world_end(&w);
}

/* Elements larger than a page, and blocks of one element. */
static void large_elements(void)
{
	struct world w = world_boot("synthetic:pack:2 [numa(memory=4GB)] core:1 pu:1");
	const size_t borders[] = {0, 1, 2, 3, 4};
	const int owners[] = {0, 1, 0, 1};
	pinion_partition *partition = cut(&w, borders, owners, 4);
	pinion_array *array = need_array(partition, 3 * PAGE / 2, PINION_HOME_PREFERRED);
	populate_all(array);
	/* Six pages: 0 | 0 and 1 | 1 | 2 | 2 and 3 | 3. */
	CHECK_INT(audit_of(array).pages, ==, 6);
	CHECK_INT(audit_of(array).shared, ==, 2);
	CHECK_INT(audit_of(array).at_home, ==, 6);
	static const int node[] = {0, 0, 1, 0, 0, 1};
	for (size_t page = 0; page < 6; page++)
		CHECK_INT(fake_os_node_of(w.fake, byte_at(array, page * PAGE)), ==, node[page]);
	CHECK_INT(audit_block(array, 1).pages, ==, 2);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
	world_end(&w);
}

static void refusals_are_unknown(void)
{
	static const struct {
		int error;
		const char *says;
	} refusals[] = {
	    {EPERM, "move_pages refused (EPERM)"},
	    {ENOSYS, "no move_pages"},
	    {ENOMEM, "move_pages failed"},
	    /* Errors of the whole call that would mean "absent" for one page. */
	    {ENOENT, "move_pages failed"},
	    {EFAULT, "move_pages failed"},
	};
	struct world w = world_boot("synthetic:pack:2 [numa(memory=4GB)] core:1 pu:1");
	const size_t borders[] = {0, 5000 * PAGE, 10000 * PAGE};
	pinion_partition *partition = cut(&w, borders, NULL, 2);
	pinion_array *array = need_array(partition, 1, PINION_HOME_PREFERRED);
	populate_all(array);
	for (int i = 0; i < 5; i++) {
		fake_os_fail(w.fake, FAKE_PAGE_NODES, refusals[i].error, 1, 1);
		pinion_audit audit = audit_of(array);
		CHECK_INT(audit.pages, ==, 10000);
		CHECK_INT(audit.unknown, >, 0);
		CHECK_INT(audit.unknown, <, 10000);
		CHECK_INT(audit.at_home, ==, 10000 - audit.unknown);
		CHECK_CONTAINS(audit.reason, refusals[i].says);
		CHECK(audit.percent_home == 100.0 * (double)audit.at_home / 10000);
	}
	CHECK_STR(audit_of(array).reason, "");
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
	world_end(&w);
}

static const struct pinion__os *honest;

/* Every second page is hidden, the first one of them is the zero page. */
static int hiding_page_nodes(const struct pinion__os *os, void *const *pages, size_t count,
                             int *nodes)
{
	int rc = honest->page_nodes(os, pages, count, nodes);
	for (size_t i = 1; i < count; i += 2)
		nodes[i] = i == 1 ? -EFAULT : -EBUSY;
	return rc;
}

static void hidden_is_not_absent(void)
{
	struct world w = {.fake = fake_os_create()};
	honest = fake_os_ops(w.fake);
	struct pinion__os hiding = *honest;
	hiding.page_nodes = hiding_page_nodes;
	CHECK_INT(pinion__topology_load_on(&w.topology,
	                                   "synthetic:pack:2 [numa(memory=1GB)] core:1 pu:1", &hiding,
	                                   true, NULL),
	          ==, 0);
	fake_os_learn(w.fake, w.topology);
	CHECK_INT(pinion_placement_plan(&w.placement, w.topology, NULL, NULL), ==, 0);
	const size_t borders[] = {0, 50 * PAGE, 100 * PAGE};
	pinion_partition *partition = cut(&w, borders, NULL, 2);
	pinion_array *array = need_array(partition, 1, PINION_HOME_BIND);
	populate_all(array);
	CHECK_INT(audit_of(array).at_home, ==, 50);
	CHECK_INT(audit_of(array).absent, ==, 1);
	CHECK_INT(audit_of(array).unknown, ==, 49);
	CHECK_CONTAINS(audit_of(array).reason, "NUMA balancing");
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
	world_end(&w);
}

/* A node that came after the machine was loaded is nobody's home. */
static void node_that_nobody_knows(void)
{
	struct world w = world_boot("synthetic:pack:2 [numa(memory=4GB)] core:1 pu:1");
	const size_t borders[] = {0, 2 * PAGE, 4 * PAGE};
	pinion_partition *partition = cut(&w, borders, NULL, 2);
	pinion_array *array = need_array(partition, 1, PINION_HOME_PREFERRED);
	size_t per_node[2];
	pinion_audit audit;
	populate_all(array);
	fake_os_pages(w.fake, 9, 1);
	fake_os_move(w.fake, (void *)(uintptr_t)byte_at(array, 0), 9);
	CHECK_INT(pinion_array_audit(array, &audit, per_node, 2), ==, 0);
	CHECK_INT(audit.away, ==, 1);
	CHECK_INT(per_node[0], ==, 1);
	CHECK_INT(per_node[1], ==, 2);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
	world_end(&w);
}

TESTS({"counts_what_moved", counts_what_moved}, {"shared_pages", shared_pages},
      {"large_elements", large_elements}, {"refusals_are_unknown", refusals_are_unknown},
      {"hidden_is_not_absent", hidden_is_not_absent},
      {"node_that_nobody_knows", node_that_nobody_knows})
