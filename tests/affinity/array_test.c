/*
 * Arrays on fake machines of 1 to 8 nodes: which policy and page size each
 * block asks for, where its pages go, and what is said when the machine
 * refuses or is full.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/affinity/data_support.h"
#include "tests/support/fail_alloc.h"

#include <stdint.h>

static const char *const machines[] = {
    "synthetic:[numa(memory=4GB)] core:4 pu:1",
    "synthetic:pack:2 [numa(memory=4GB)] core:2 pu:1",
    "synthetic:pack:4 [numa(memory=4GB)] core:2 pu:1",
    "synthetic:pack:2 group:4 [numa(memory=4GB)] core:3 pu:2",
};
enum { MACHINES = sizeof machines / sizeof machines[0] };

/* Every page whose first byte is a block's is on that block's home, whoever touched it. */
static void check_pages_home(struct world *w, const pinion_array *array)
{
	const pinion_partition *partition = pinion_array_partition(array);
	for (size_t at = 0; at < pinion_array_bytes(array); at += PAGE) {
		size_t block = pinion_partition_find(partition, at / pinion_array_elem_bytes(array));
		int home = pinion_partition_at(partition, block).home;
		CHECK_INT(fake_os_node_of(w->fake, byte_at(array, at)), ==,
		          pinion_topology_node(w->topology, home).os_node);
	}
}

static void every_page_at_home(void)
{
	static const size_t elem_sizes[] = {1, 8, 12, 4096, 5000};
	for (int m = 0; m < MACHINES; m++) {
		struct world w = world_boot(machines[m]);
		for (int e = 0; e < 5; e++)
			for (int home = PINION_HOME_PREFERRED; home <= PINION_HOME_BIND; home++) {
				pinion_partition *partition = NULL;
				size_t n = 3 * 1000 * 1000 / elem_sizes[e] + 17;
				CHECK_INT(pinion_partition_block(&partition, w.placement, n, 1), ==, 0);
				pinion_array *array = need_array(partition, elem_sizes[e], (pinion_home)home);
				CHECK_INT((uintptr_t)pinion_array_data(array) % HUGE_PAGE, ==, 0);
				CHECK_INT(pinion_array_bytes(array), ==, n * elem_sizes[e]);
				CHECK_INT(pinion_array_elem_bytes(array), ==, elem_sizes[e]);
				CHECK_INT(audit_of(array).absent, ==, audit_of(array).pages);
				populate_all(array);
				check_pages_home(&w, array);
				CHECK_INT(audit_of(array).at_home, ==, audit_of(array).pages);
				CHECK_INT(pinion_array_seal(array, NULL), ==, 0);
				CHECK_INT(pinion_array_shortfall(array, NULL), ==, 0);
				CHECK_INT(fake_os_policy_of(w.fake, byte_at(array, 0)), ==,
				          home == PINION_HOME_BIND ? PINION__OS_BIND : PINION__OS_PREFERRED);
				pinion_array_destroy(array);
				pinion_partition_destroy(partition);
			}
		world_end(&w);
	}
}

static void weights_move_the_seams(void)
{
	struct world w = world_boot(machines[2]);
	double weights[8] = {0, 1, 5, 0, 0, 0, 2, 3};
	pinion_partition *partition = NULL;
	size_t granule = pinion_array_granule(w.placement, 1 << 20, 8);
	CHECK_INT(pinion_partition_weighted(&partition, w.placement, 1 << 20, granule, weights), ==, 0);
	pinion_array *array = need_array(partition, 8, PINION_HOME_PREFERRED);
	populate_all(array);
	check_pages_home(&w, array);
	CHECK_INT(audit_of(array).shared, ==, 0);
	size_t per_node[4];
	pinion_audit audit;
	CHECK_INT(pinion_array_audit(array, &audit, per_node, 4), ==, 0);
	CHECK_INT(per_node[2], ==, 0);
	CHECK_INT(per_node[0] + per_node[1] + per_node[3], ==, audit.pages);
	CHECK_INT(per_node[1] / 5, ==, per_node[0]);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
	world_end(&w);
}

/* Neighbours with one home are bound with one call. */
static void one_call_per_run(void)
{
	struct world w = world_boot(machines[1]);
	const size_t borders[] = {0, 1024, 1024, 4096, 4100, 9000, 9000};
	const int owners[] = {0, 3, 1, 0, 2, 3};
	pinion_partition *partition = NULL;
	CHECK_INT(pinion_partition_explicit(&partition, w.placement, borders, owners, 6), ==, 0);
	int before = fake_os_calls(w.fake, FAKE_POLICY_SET);
	pinion_array *array = need_array(partition, 8, PINION_HOME_PREFERRED);
	/* Block 3 is smaller than a page and shares its page with block 4: two homes, two runs. */
	CHECK_INT(fake_os_calls(w.fake, FAKE_POLICY_SET) - before, ==, 2);
	populate_all(array);
	check_pages_home(&w, array);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
	world_end(&w);
}

static pinion_partition *equal_blocks(struct world *w, size_t n, size_t granule)
{
	pinion_partition *partition = NULL;
	CHECK_INT(pinion_partition_block(&partition, w->placement, n, granule), ==, 0);
	return partition;
}

static void interleave_is_even(void)
{
	struct world w = world_boot(machines[2]);
	pinion_partition *partition = equal_blocks(&w, 400 * PAGE, 1);
	pinion_array *array = need_array(partition, 1, PINION_HOME_INTERLEAVE);
	size_t per_node[4];
	pinion_audit audit;
	populate_all(array);
	CHECK_INT(pinion_array_audit(array, &audit, per_node, 4), ==, 0);
	for (int node = 0; node < 4; node++)
		CHECK_INT(per_node[node], ==, 100);
	CHECK_INT(pinion_array_shortfall(array, NULL), ==, 0);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
	world_end(&w);
}

static void touch_asks_for_nothing(void)
{
	struct world w = world_boot(machines[1]);
	pinion_partition *partition = equal_blocks(&w, 64 * PAGE, PAGE);
	int before = fake_os_calls(w.fake, FAKE_POLICY_SET);
	pinion_array *array = NULL;
	fake_os_fail(w.fake, FAKE_POLICY_SET, EPERM, 0, 1000);
	CHECK_INT(try_array(partition, 1, PINION_HOME_TOUCH, PINION_PAGES_AUTO, true, &array, NULL), ==,
	          0);
	CHECK_INT(fake_os_calls(w.fake, FAKE_POLICY_SET), ==, before);
	CHECK_INT(pinion_array_shortfall(array, NULL), ==, 0);
	/* The caller is on CPU 0, node 0: half of the blocks are away from home. */
	populate_all(array);
	CHECK_INT(audit_of(array).at_home, ==, 32);
	CHECK_INT(audit_of(array).away, ==, 32);
	CHECK(audit_of(array).percent_home == 50);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
	world_end(&w);
}

/* Advice of the page at `offset`: 'h'uge, 'b'ase, '-' none. */
static char advice_at(struct world *w, const pinion_array *array, size_t offset)
{
	int advice = fake_os_advice_of(w->fake, byte_at(array, offset));
	return advice == PINION__OS_HUGE ? 'h' : advice == PINION__OS_NO_HUGE ? 'b' : '-';
}

/* One letter per MiB, for every page of it. */
static void check_advice(struct world *w, const pinion_array *array, const char *expected)
{
	for (size_t at = 0; at < pinion_array_bytes(array); at += PAGE)
		CHECK_INT(advice_at(w, array, at), ==, expected[at >> 20]);
}

static void huge_pages_where_they_fit(void)
{
	struct world w = world_boot(machines[1]);
	/* Nodes 0, 1, 0: the last block is smaller than a huge page. */
	const size_t borders[] = {0, 5 << 20, 13 << 20, 29 << 19};
	const int owners[] = {0, 3, 1};
	pinion_partition *partition = NULL;
	pinion_array *array = NULL;
	CHECK_INT(pinion_partition_explicit(&partition, w.placement, borders, owners, 2), ==, 0);

	array = need_array(partition, 1, PINION_HOME_PREFERRED);
	check_advice(&w, array, "hhhhhhhhhhhhhbb");
	pinion_array_destroy(array);

	/* Not bound: the huge pages that cross a seam must stay base pages. */
	array = need_array(partition, 1, PINION_HOME_TOUCH);
	check_advice(&w, array, "hhhhbbhhhhhhbbb");
	pinion_array_destroy(array);
	fake_os_fail(w.fake, FAKE_POLICY_SET, EPERM, 0, 1000);
	array = need_array(partition, 1, PINION_HOME_PREFERRED);
	check_advice(&w, array, "hhhhbbhhhhhhbbb");
	pinion_array_destroy(array);
	fake_os_fail(w.fake, FAKE_POLICY_SET, 0, 0, 0);

	for (int pages = PINION_PAGES_BASE; pages <= PINION_PAGES_THP; pages++) {
		CHECK_INT(
		    try_array(partition, 1, PINION_HOME_PREFERRED, (pinion_pages)pages, true, &array, NULL),
		    ==, 0);
		check_advice(&w, array, pages == PINION_PAGES_BASE ? "bbbbbbbbbbbbbbb" : "hhhhhhhhhhhhhhh");
		pinion_array_destroy(array);
	}
	pinion_partition_destroy(partition);
	world_end(&w);
}

/* Interleaving huge pages is fair only with many per node. */
static void huge_pages_when_interleaved(void)
{
	struct world w = world_boot(machines[1]);
	static const size_t huge_pages[] = {15, 16};
	for (int i = 0; i < 2; i++) {
		pinion_partition *partition = equal_blocks(&w, huge_pages[i] * HUGE_PAGE, 1);
		pinion_array *array = need_array(partition, 1, PINION_HOME_INTERLEAVE);
		CHECK_INT(advice_at(&w, array, 0), ==, i == 0 ? 'b' : 'h');
		pinion_array_destroy(array);
		pinion_partition_destroy(partition);
	}
	world_end(&w);
}

static void refused_advice_is_no_failure(void)
{
	struct world w = world_boot(machines[1]);
	pinion_partition *partition = equal_blocks(&w, 8 * HUGE_PAGE, 1);
	pinion_array *array = NULL;
	fake_os_fail(w.fake, FAKE_ADVISE, EINVAL, 0, 1000);
	CHECK_INT(try_array(partition, 1, PINION_HOME_PREFERRED, PINION_PAGES_THP, true, &array, NULL),
	          ==, 0);
	CHECK_INT(pinion_array_shortfall(array, NULL), ==, 0);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
	world_end(&w);
}

/* Every refusal: counted per block, with a reason, and an error only under strict. */
static void refusals_are_recorded(void)
{
	static const struct {
		int error;
		const char *says;
	} refusals[] = {
	    {EPERM, "mbind refused (EPERM): pages go where their owner first touches them"},
	    {ENOSYS, "no NUMA support"},
	    {ENOMEM, "vm.max_map_count"},
	    {EINVAL, "does not let"},
	    {EIO, "mbind failed"},
	};
	struct world w = world_boot(machines[2]);
	pinion_partition *partition = equal_blocks(&w, 80 * PAGE, PAGE);
	for (int i = 0; i < 5; i++) {
		pinion_array *array = NULL;
		const char *reason = NULL;
		pinion_diag diag = {0};
		/* Two seats per node, so four calls; the second is node 1 with blocks 2 and 3. */
		fake_os_fail(w.fake, FAKE_POLICY_SET, refusals[i].error, 1, 1);
		CHECK_INT(
		    try_array(partition, 1, PINION_HOME_PREFERRED, PINION_PAGES_AUTO, false, &array, &diag),
		    ==, 0);
		CHECK_INT(pinion_array_shortfall(array, &reason), ==, 2);
		CHECK_CONTAINS(reason, refusals[i].says);
		populate_all(array);
		CHECK_INT(audit_of(array).away, ==, 20);
		pinion_array_destroy(array);

		array = NULL;
		fake_os_fail(w.fake, FAKE_POLICY_SET, refusals[i].error, 1, 1);
		CHECK_INT(
		    try_array(partition, 1, PINION_HOME_PREFERRED, PINION_PAGES_AUTO, true, &array, &diag),
		    ==, PINION_ERR_PLACE);
		CHECK(array == NULL);
		CHECK_CONTAINS(diag.text, "block 2");
		CHECK_CONTAINS(diag.text, refusals[i].says);
		CHECK_INT(diag.offset, ==, -1);
	}
	pinion_partition_destroy(partition);
	world_end(&w);
}

/* A block without elements has nothing to bind, so nothing can be refused. */
static void empty_blocks_are_not_refused(void)
{
	struct world w = world_boot(machines[1]);
	const size_t borders[] = {0, 0, 10, 10, 20, 20};
	pinion_partition *partition = NULL;
	CHECK_INT(pinion_partition_explicit(&partition, w.placement, borders, NULL, 5), ==, 0);
	fake_os_fail(w.fake, FAKE_POLICY_SET, EPERM, 0, 1000);
	pinion_array *array = need_array(partition, PAGE, PINION_HOME_PREFERRED);
	CHECK_INT(pinion_array_shortfall(array, NULL), ==, 2);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
	world_end(&w);
}

static void another_machine_is_usable(void)
{
	struct fake_os *fake = fake_os_create();
	pinion_topology *topology = NULL;
	pinion_placement *placement = NULL;
	pinion_partition *partition = NULL;
	pinion_array *array = NULL;
	const char *reason = NULL;
	pinion_diag diag = {0};
	CHECK_INT(pinion__topology_load_on(&topology, machines[1], fake_os_ops(fake), false, NULL), ==,
	          0);
	fake_os_learn(fake, topology);
	CHECK_INT(pinion_placement_plan(&placement, topology, NULL, NULL), ==, 0);
	CHECK_INT(pinion_partition_block(&partition, placement, 64 * PAGE, PAGE), ==, 0);
	CHECK_INT(try_array(partition, 1, PINION_HOME_BIND, PINION_PAGES_AUTO, true, &array, &diag), ==,
	          PINION_ERR_PLACE);
	CHECK_CONTAINS(diag.text, "another machine");
	array = need_array(partition, 1, PINION_HOME_BIND);
	CHECK_INT(pinion_array_shortfall(array, &reason), ==, 4);
	CHECK_CONTAINS(reason, "another machine");
	populate_all(array);
	memset(pinion_array_data(array), 7, 64 * PAGE);
	CHECK_INT(audit_of(array).unknown, ==, 64);
	CHECK_CONTAINS(audit_of(array).reason, "another machine");
	CHECK_INT(pinion_array_seal(array, NULL), ==, 0);
	CHECK_INT(fake_os_calls(fake, FAKE_POLICY_SET), ==, 0);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
	pinion_placement_destroy(placement);
	pinion_topology_destroy(topology);
	fake_os_destroy(fake);
}

static void full_node_prefers_elsewhere(void)
{
	struct world w = world_boot(machines[2]);
	pinion_partition *partition = equal_blocks(&w, 80 * PAGE, PAGE);
	pinion_array *array = need_array(partition, 1, PINION_HOME_PREFERRED);
	fake_os_pages(w.fake, 2, 7);
	populate_all(array);
	CHECK_INT(audit_of(array).away, ==, 13);
	CHECK_INT(fake_os_pages_free(w.fake, 2), ==, 0);
	CHECK_INT(pinion_array_seal(array, NULL), ==, 0);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
	world_end(&w);
}

static void full_node_fails_the_seal(void)
{
	struct world w = world_boot(machines[2]);
	pinion_partition *partition = equal_blocks(&w, 80 * PAGE, PAGE);
	pinion_array *array = need_array(partition, 1, PINION_HOME_BIND);
	pinion_diag diag = {0};
	fake_os_pages(w.fake, 2, 7);
	CHECK_INT(pinion_array_seal(array, &diag), ==, PINION_ERR_STATE);
	CHECK_CONTAINS(diag.text, "blocks 0 to 1: 20 of 20 pages are not present");
	populate_all(array);
	CHECK_INT(pinion_array_seal(array, &diag), ==, PINION_ERR_NOMEM);
	CHECK_CONTAINS(diag.text, "blocks 4 to 5: 13 of 20 pages found no room on node 2 (OS node 2)");
	/* The others are bound, this one is not: a fault there must not wake the OOM killer. */
	CHECK_INT(fake_os_policy_of(w.fake, byte_at(array, 0)), ==, PINION__OS_BIND);
	CHECK_INT(fake_os_policy_of(w.fake, byte_at(array, 79 * PAGE)), ==, PINION__OS_BIND);
	CHECK_INT(fake_os_policy_of(w.fake, byte_at(array, 45 * PAGE)), ==, PINION__OS_PREFERRED);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
	world_end(&w);
}

static void seal_that_is_refused(void)
{
	struct world w = world_boot(machines[1]);
	pinion_partition *partition = equal_blocks(&w, 64 * PAGE, PAGE);
	pinion_array *array = NULL;
	const char *reason = NULL;
	pinion_diag diag = {0};
	for (int strict = 0; strict <= 1; strict++) {
		CHECK_INT(
		    try_array(partition, 1, PINION_HOME_BIND, PINION_PAGES_AUTO, strict, &array, NULL), ==,
		    0);
		populate_all(array);
		fake_os_fail(w.fake, FAKE_POLICY_SET, EPERM, 1, 1);
		CHECK_INT(pinion_array_seal(array, &diag), ==, strict ? PINION_ERR_PLACE : 0);
		CHECK_INT(pinion_array_shortfall(array, &reason), ==, 2);
		CHECK_CONTAINS(reason, "EPERM");
		CHECK_INT(pinion_array_seal(array, &diag), ==, 0);
		CHECK_INT(pinion_array_shortfall(array, &reason), ==, 0);
		CHECK(reason == NULL);
		fake_os_fail(w.fake, FAKE_PAGE_NODES, EPERM, 0, 1);
		CHECK_INT(pinion_array_seal(array, &diag), ==, strict ? PINION_ERR_PLACE : 0);
		CHECK_INT(pinion_array_shortfall(array, &reason), ==, 2);
		CHECK_CONTAINS(reason, "move_pages refused");
		pinion_array_destroy(array);
	}
	pinion_partition_destroy(partition);
	world_end(&w);
}

static void all_memory_is_gone(void)
{
	struct world w = world_boot(machines[1]);
	pinion_partition *partition = equal_blocks(&w, 64 * PAGE, PAGE);
	pinion_array *array = need_array(partition, 1, PINION_HOME_PREFERRED);
	fake_os_pages(w.fake, 0, 20);
	fake_os_pages(w.fake, 1, 20);
	CHECK_INT(pinion_array_populate(array, 0), ==, 0);
	CHECK_INT(pinion_array_populate(array, 1), ==, 0);
	CHECK_INT(pinion_array_populate(array, 2), ==, PINION_ERR_NOMEM);
	fake_os_fail(w.fake, FAKE_POPULATE, EFAULT, 0, 1);
	CHECK_INT(pinion_array_populate(array, 3), ==, PINION_ERR_SYSTEM);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
	world_end(&w);
}

/* Without the system call each page is written, with what it holds. */
static void populate_by_touch_keeps_content(void)
{
	static const int errors[] = {EINVAL, ENOSYS, EPERM};
	struct world w = world_boot(machines[1]);
	pinion_partition *partition = equal_blocks(&w, 9 * PAGE + 1, 1);
	pinion_array *array = need_array(partition, 1, PINION_HOME_PREFERRED);
	unsigned char *bytes = pinion_array_data(array);
	for (size_t i = 0; i < 9 * PAGE + 1; i++)
		bytes[i] = (unsigned char)(i % 251 + 1);
	for (int i = 0; i < 3; i++) {
		fake_os_fail(w.fake, FAKE_POPULATE, errors[i], 0, 4);
		populate_all(array);
	}
	for (size_t i = 0; i < 9 * PAGE + 1; i++)
		CHECK_INT(bytes[i], ==, (unsigned char)(i % 251 + 1));
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
	world_end(&w);
}

static void tiny_arrays(void)
{
	struct world w = world_boot(machines[2]);
	for (size_t n = 0; n <= 9; n++) {
		pinion_partition *partition = equal_blocks(&w, n, 1);
		pinion_array *array = need_array(partition, 8, PINION_HOME_BIND);
		CHECK((pinion_array_data(array) == NULL) == (n == 0));
		CHECK_INT(pinion_array_bytes(array), ==, 8 * n);
		populate_all(array);
		CHECK_INT(audit_of(array).pages, ==, n > 0);
		CHECK_INT(audit_of(array).at_home, ==, n > 0);
		CHECK(audit_of(array).percent_home == 100);
		CHECK_INT(pinion_array_seal(array, NULL), ==, 0);
		pinion_array_destroy(array);
		pinion_partition_destroy(partition);
	}
	pinion_array_destroy(NULL);
	world_end(&w);
}

static void sizes_without_meaning(void)
{
	struct world w = world_boot(machines[1]);
	pinion_partition *huge = equal_blocks(&w, SIZE_MAX / 2, 1), *small = equal_blocks(&w, 10, 1);
	pinion_array *array = NULL;
	pinion_diag diag = {0};
	static const size_t elem_sizes[] = {1, 2, 3, 8, SIZE_MAX};
	for (int i = 0; i < 5; i++) {
		CHECK_INT(pinion_array_create(&array, huge, elem_sizes[i], NULL, &diag), ==,
		          PINION_ERR_RANGE);
		CHECK_CONTAINS(diag.text, "do not fit the address space");
	}
	CHECK_INT(pinion_array_create(&array, small, SIZE_MAX / 4, NULL, NULL), ==, PINION_ERR_RANGE);
	CHECK_INT(pinion_array_create(&array, small, 0, NULL, &diag), ==, PINION_ERR_ARG);
	/* A terabyte of terabytes fits a size_t, but no machine. */
	CHECK_INT(pinion_array_create(&array, small, (size_t)1 << 58, NULL, &diag), ==,
	          PINION_ERR_NOMEM);
	CHECK_CONTAINS(diag.text, "no address space or memory");
	CHECK(array == NULL);
	pinion_partition_destroy(huge);
	pinion_partition_destroy(small);
	world_end(&w);
}

static void options_without_meaning(void)
{
	struct world w = world_boot(machines[1]);
	pinion_partition *partition = equal_blocks(&w, 10, 1);
	pinion_array *array = NULL;
	pinion_diag diag = {0};
	pinion_array_options bad[] = {
	    PINION_ARRAY_OPTIONS_INIT,
	    PINION_ARRAY_OPTIONS_INIT,
	    PINION_ARRAY_OPTIONS_INIT,
	};
	bad[0].size = 0;
	bad[1].home = (pinion_home)9;
	bad[2].pages = (pinion_pages)-1;
	for (int i = 0; i < 3; i++) {
		CHECK_INT(pinion_array_create(&array, partition, 8, &bad[i], &diag), ==, PINION_ERR_ARG);
		CHECK_CONTAINS(diag.text, "array options");
	}
	CHECK(array == NULL);
	pinion_partition_destroy(partition);
	world_end(&w);
}

/* The array holds its partition and the machine, so everything else may go first. */
static void destroyed_in_any_order(void)
{
	struct world w = world_boot(machines[1]);
	pinion_partition *partition = equal_blocks(&w, 64 * PAGE, PAGE);
	pinion_array *array = need_array(partition, 1, PINION_HOME_PREFERRED);
	pinion_partition_destroy(partition);
	pinion_placement_destroy(w.placement);
	pinion_topology_destroy(w.topology);
	populate_all(array);
	CHECK_INT(audit_of(array).at_home, ==, 64);
	CHECK_INT(pinion_partition_size(pinion_array_partition(array)), ==, 64 * PAGE);
	pinion_array_destroy(array);
	CHECK_INT(fake_os_mapped(w.fake), ==, 0);
	fake_os_destroy(w.fake);
}

/* On the real system: the fake one cannot go on when one of its own allocations fails. */
static void memory_runs_out(void)
{
	pinion_topology *topology = NULL;
	pinion_placement *placement = NULL;
	pinion_partition *partition = NULL;
	int failures = 0;
	CHECK_INT(pinion_topology_load(&topology, machines[1], NULL), ==, 0);
	CHECK_INT(pinion_placement_plan(&placement, topology, NULL, NULL), ==, 0);
	CHECK_INT(pinion_partition_block(&partition, placement, 64 * PAGE, PAGE), ==, 0);
	for (;; failures++) {
		pinion_array *array = NULL;
		pinion_audit audit = {.pages = 77};
		fail_alloc_after(failures);
		int rc = pinion_array_create(&array, partition, 1, NULL, NULL);
		if (rc == 0)
			rc = pinion_array_audit(array, &audit, NULL, 0);
		bool failed = fail_alloc_done();
		pinion_array_destroy(array);
		CHECK_INT(rc, ==, failed ? PINION_ERR_NOMEM : 0);
		CHECK_INT(audit.pages, ==, failed ? 77 : 64);
		if (!failed)
			break;
	}
	CHECK_INT(failures, ==, 4);
	pinion_partition_destroy(partition);
	pinion_placement_destroy(placement);
	pinion_topology_destroy(topology);
}

static void no_address_space(void)
{
	struct world w = world_boot(machines[1]);
	pinion_partition *partition = equal_blocks(&w, 64 * PAGE, PAGE);
	pinion_array *array = NULL;
	fake_os_fail(w.fake, FAKE_MAP, ENOMEM, 0, 1);
	CHECK_INT(pinion_array_create(&array, partition, 1, NULL, NULL), ==, PINION_ERR_NOMEM);
	CHECK(array == NULL);
	pinion_partition_destroy(partition);
	world_end(&w);
}

static void granules(void)
{
	struct world w = world_boot(machines[1]); /* 4 seats */
	/* 8 MiB per block or more: 2 MiB. */
	CHECK_INT(pinion_array_granule(w.placement, (size_t)4 << 20, 8), ==, HUGE_PAGE / 8);
	CHECK_INT(pinion_array_granule(w.placement, ((size_t)4 << 20) - 1, 8), ==, PAGE / 8);
	CHECK_INT(pinion_array_granule(w.placement, (size_t)4 << 20, 12), ==, HUGE_PAGE / 4);
	CHECK_INT(pinion_array_granule(w.placement, (size_t)4 << 20, 3 * HUGE_PAGE), ==, 1);
	/* Four pages or more: a page. Less: a line. */
	CHECK_INT(pinion_array_granule(w.placement, 4 * 2048, 8), ==, PAGE / 8);
	CHECK_INT(pinion_array_granule(w.placement, 4 * 2047, 8), ==, 8);
	CHECK_INT(pinion_array_granule(w.placement, 0, 1), ==, 64);
	CHECK_INT(pinion_array_granule(w.placement, 5, 7), ==, 64);
	CHECK_INT(pinion_array_granule(w.placement, 3, 640), ==, 1);
	for (size_t elem = 1; elem < 100; elem++) {
		pinion_partition *p = NULL;
		size_t n = ((size_t)40 << 20) / elem;
		CHECK_INT(
		    pinion_partition_block(&p, w.placement, n, pinion_array_granule(w.placement, n, elem)),
		    ==, 0);
		for (size_t b = 0; b + 1 < pinion_partition_blocks(p); b++)
			CHECK_INT(pinion_partition_at(p, b).end * elem % HUGE_PAGE, ==, 0);
		pinion_partition_destroy(p);
	}
	world_end(&w);
}

TESTS({"every_page_at_home", every_page_at_home},
      {"weights_move_the_seams", weights_move_the_seams}, {"one_call_per_run", one_call_per_run},
      {"interleave_is_even", interleave_is_even},
      {"touch_asks_for_nothing", touch_asks_for_nothing},
      {"huge_pages_where_they_fit", huge_pages_where_they_fit},
      {"huge_pages_when_interleaved", huge_pages_when_interleaved},
      {"refused_advice_is_no_failure", refused_advice_is_no_failure},
      {"refusals_are_recorded", refusals_are_recorded},
      {"empty_blocks_are_not_refused", empty_blocks_are_not_refused},
      {"another_machine_is_usable", another_machine_is_usable},
      {"full_node_prefers_elsewhere", full_node_prefers_elsewhere},
      {"full_node_fails_the_seal", full_node_fails_the_seal},
      {"seal_that_is_refused", seal_that_is_refused}, {"all_memory_is_gone", all_memory_is_gone},
      {"populate_by_touch_keeps_content", populate_by_touch_keeps_content},
      {"tiny_arrays", tiny_arrays}, {"sizes_without_meaning", sizes_without_meaning},
      {"options_without_meaning", options_without_meaning},
      {"destroyed_in_any_order", destroyed_in_any_order}, {"memory_runs_out", memory_runs_out},
      {"no_address_space", no_address_space}, {"granules", granules})
