/*
 * The grammar of places: what each dialect means, what every fault says and
 * where it points, and that what is printed reads back as the same.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/machine.h"
#include "tests/support/check.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/os_fake.h"
#include "tests/support/support.h"

#include <pinion/cpus.h>

#include <errno.h>

/* 2 packages x 2 nodes x 3 cores x 2 PUs; OS numbers as on most servers: siblings are 12 apart. */
static const char *const machine = "synthetic:pack:2 numa:2 l3:1 core:3 pu:2(indexes=2*12:1*2)";

static pinion_topology *whole, *partly;

static void machines_load(void)
{
	if (whole)
		return;
	whole = support_load(machine);
	partly = support_load(support_machine("holes"));
}

/* The places of a text as an OMP list. */
static const char *places(const pinion_topology *t, const char *text)
{
	static char out[4096];
	pinion_cpus *cpus = NULL;
	pinion_diag diag = {0};
	if (pinion_cpus_parse(&cpus, t, text, &diag) != PINION_OK) {
		snprintf(out, sizeof out, "%s: %s", text, diag.text);
		return out;
	}
	pinion_cpus_format(cpus, PINION_DIALECT_OMP, out, sizeof out);
	pinion_cpus_destroy(cpus);
	return out;
}

static void reads(const pinion_topology *t, const char *text, const char *want)
{
	CHECK_STR(places(t, text), want);
}

/* `under` is the text that the diagnostic underlines. */
static void fails(const pinion_topology *t, const char *text, int error, const char *under,
                  const char *says)
{
	pinion_cpus *cpus = NULL;
	pinion_diag diag = {0};
	int rc = pinion_cpus_parse(&cpus, t, text, &diag);
	if (rc != error || cpus || strlen(under) != (size_t)diag.length * (*under != 0) ||
	    strncmp(text + diag.offset, under, strlen(under)) != 0) {
		fprintf(stderr, "\"%s\": %d, \"%s\" at %d+%d\n", text, rc, diag.text, diag.offset,
		        diag.length);
		exit(1);
	}
	CHECK_INT(diag.offset + (int)strlen(under), <=, (int)strlen(text));
	CHECK_CONTAINS(diag.text, says);
	CHECK_INT(pinion_cpus_parse(&cpus, t, text, NULL), ==, error);
}

static void lists(void)
{
	machines_load();
	reads(whole, "0-3,8", "{0},{1},{2},{3},{8}");
	reads(whole, "8,0-2", "{8},{0},{1},{2}");
	reads(whole, " 3 , 1 - 2 ", "{3},{1},{2}");
	reads(whole, "0-23:8", "{0},{8},{16}");
	reads(whole, "23", "{23}");
	reads(whole, "!0-20", "{21},{22},{23}");
	reads(whole, "!0-19, 21-22", "{20},{23}");
	reads(whole, "0x10f", "{0},{1},{2},{3},{8}");
	reads(whole, "0X800000", "{23}");
	reads(partly, "all", "{0},{2},{3},{4},{7}");
	reads(partly, "!2-3", "{0},{4},{7}");
	reads(partly, "!1,2", "{0},{3},{4},{7}");
}

static void list_faults(void)
{
	machines_load();
	fails(whole, "", PINION_ERR_SYNTAX, "", "no places");
	fails(whole, "  ", PINION_ERR_SYNTAX, "  ", "no places");
	fails(whole, "0-3,", PINION_ERR_SYNTAX, "", "a CPU number is missing");
	fails(whole, "0-", PINION_ERR_SYNTAX, "", "last CPU number");
	fails(whole, "0,,1", PINION_ERR_SYNTAX, ",", "a CPU number is missing");
	fails(whole, "5-3", PINION_ERR_SYNTAX, "5-3", "backwards");
	fails(whole, "0-8:0", PINION_ERR_SYNTAX, "0-8:0", "stride");
	fails(whole, "0-8:", PINION_ERR_SYNTAX, "", "stride is missing");
	fails(whole, "1,2,1", PINION_ERR_SYNTAX, "1", "listed twice");
	fails(whole, "0-3 x", PINION_ERR_SYNTAX, "x", "does not belong");
	fails(whole, "-1", PINION_ERR_SYNTAX, "-", "a CPU number is missing");
	fails(whole, "0,24", PINION_ERR_RANGE, "24",
	      "CPU 24 does not exist; this machine has CPUs 0-23");
	fails(whole, "20-30", PINION_ERR_RANGE, "20-30", "CPU 24 does not exist");
	fails(whole, "99999999999999999999", PINION_ERR_RANGE, "99999999999999999999", "too large");
	fails(whole, "!24", PINION_ERR_RANGE, "24", "does not exist");
	fails(whole, "!0-23", PINION_ERR_PLACE, "!0-23", "no usable processor");
	fails(whole, "!", PINION_ERR_SYNTAX, "", "a CPU number is missing");
	fails(whole, "0x", PINION_ERR_SYNTAX, "0x", "no digits");
	fails(whole, "0x0", PINION_ERR_SYNTAX, "0x0", "empty");
	fails(whole, "0x1000000", PINION_ERR_RANGE, "0x1000000", "CPU 24 does not exist");
	fails(partly, "0,1", PINION_ERR_PLACE, "1",
	      "CPU 1 may not be used by this process; usable: 0,2-4,7");
}

static void abstract_names(void)
{
	machines_load();
	reads(whole, "sockets", "{0:6,12:6},{6:6,18:6}");
	reads(whole, "numa_domains", "{0:3,12:3},{3:3,15:3},{6:3,18:3},{9:3,21:3}");
	reads(whole, "ll_caches(2)", "{0:3,12:3},{3:3,15:3}");
	reads(whole, "cores(3)", "{0,12},{1,13},{2,14}");
	reads(whole, "Threads ( 3 )", "{0},{12},{1}");
	reads(partly, "cores", "{0},{2,3},{4},{7}");
	reads(partly, "sockets", "{0,2,3},{4,7}");
	reads(partly, "threads", "{0},{2},{3},{4},{7}");
	fails(whole, "cores(13)", PINION_ERR_RANGE, "13", "this process can use 12 cores");
	fails(whole, "cores(0)", PINION_ERR_RANGE, "0", "12 cores");
	fails(whole, "cores(-1)", PINION_ERR_SYNTAX, "-", "number of places");
	fails(whole, "cores(2", PINION_ERR_SYNTAX, "", "closing parenthesis");
	fails(whole, "cores 2", PINION_ERR_SYNTAX, "2", "does not belong");
	fails(whole, "coresx", PINION_ERR_SYNTAX, "coresx", "unknown object");
}

/* Levels that a machine lacks: the next smaller cache, the whole machine, a PU as its own core. */
static void abstract_names_without_the_level(void)
{
	pinion_topology *t = support_load("synthetic:l2:2 core:1 pu:2");
	reads(t, "ll_caches", "{0,1},{2,3}");
	reads(t, "sockets", "{0:4}");
	pinion_topology_destroy(t);
	t = support_load("synthetic:pu:3");
	reads(t, "ll_caches", "{0},{1},{2}");
	reads(t, "cores", "{0},{1},{2}");
	reads(t, "numa_domains", "{0:3}");
	pinion_topology_destroy(t);
}

static void omp_lists(void)
{
	machines_load();
	reads(whole, "{0:4}:2:4", "{0:4},{4:4}");
	reads(whole, "{0,1},{2,3}", "{0,1},{2,3}");
	reads(whole, "{0:4:6}", "{0,6,12,18}");
	reads(whole, "{ 0 , 4 : 2 } , { 7 }", "{0,4,5},{7}");
	reads(whole, "{0}:3", "{0},{1},{2}");
	reads(whole, "{23}:3:-8", "{23},{15},{7}");
	reads(whole, "{0:8,!3,!5}", "{0:3,4,6,7}");
	reads(whole, "{0}:4,!{2}", "{0},{1},{3}");
	reads(whole, "{3:3:-1}", "{1:3}");
}

static void omp_faults(void)
{
	machines_load();
	fails(whole, "{0:4", PINION_ERR_SYNTAX, "{0:4", "not closed");
	fails(whole, "{}", PINION_ERR_SYNTAX, "}", "a CPU number is missing");
	fails(whole, "{0},", PINION_ERR_SYNTAX, "", "place in braces");
	fails(whole, "{0}{1}", PINION_ERR_SYNTAX, "{", "does not belong");
	fails(whole, "{0},3", PINION_ERR_SYNTAX, "3", "place in braces");
	fails(whole, "{0:0}", PINION_ERR_RANGE, "0", "count must be");
	fails(whole, "{0}:0", PINION_ERR_RANGE, "0", "count must be");
	fails(whole, "{0}:70000", PINION_ERR_RANGE, "70000", "count must be");
	fails(whole, "{22:4}", PINION_ERR_RANGE, "22:4", "CPU 24 does not exist");
	fails(whole, "{0:4}:9:4", PINION_ERR_RANGE, "{0:4}:9:4", "CPU 24 does not exist");
	fails(whole, "{1}:3:-1", PINION_ERR_RANGE, "{1}:3:-1", "CPU -1 does not exist");
	fails(whole, "{0,!0}", PINION_ERR_SYNTAX, "{0,!0}", "empty");
	fails(whole, "{0,!1}", PINION_ERR_SYNTAX, "1", "not in this place");
	fails(whole, "{0},!{1}", PINION_ERR_SYNTAX, "!{1}", "no place so far");
	fails(whole, "!{0}", PINION_ERR_SYNTAX, "!{0}", "no place so far");
	fails(whole, "{0},!{0}", PINION_ERR_PLACE, "{0},!{0}", "no usable processor");
	fails(partly, "{0:2}", PINION_ERR_PLACE, "0:2", "CPU 1 may not be used");
}

static void tuples(void)
{
	machines_load();
	reads(whole, "package:0.core:0-3", "{0,12},{1,13},{2,14},{3,15}");
	reads(whole, "socket:1.CORE:5", "{11,23}");
	reads(whole, "numa:1.core:all.pu:0", "{3},{4},{5}");
	reads(whole, "node:3", "{9:3,21:3}");
	reads(whole, "core:odd", "{1,13},{3,15},{5,17},{7,19},{9,21},{11,23}");
	reads(whole, "package:all.core:even.pu:1", "{12},{14},{16},{18},{20},{22}");
	reads(whole, "core:2:3", "{2,14},{3,15},{4,16}");
	reads(whole, "core:0,2,9-10", "{0,12},{2,14},{9,21},{10,22}");
	reads(whole, "l3:1.pu:0", "{3}");
	reads(whole, "llc:3.core:2", "{11,23}");
	reads(whole, "pu:1", "{12}"); /* logical, not OS */
	reads(whole, "core:0 numa:3.core:0", "{0,12},{9,21}");
	reads(whole, "core:0,core:1 , pu:4", "{0,12},{1,13},{2}");
	reads(whole, "core:1.numa:0", "{1,13}");
	reads(partly, "core:0-1", "{0},{2,3}");
	reads(partly, "package:1.pu:all", "{4},{7}");
	reads(partly, "core:all.pu:even", "{0},{2},{4}");
}

static void tuple_faults(void)
{
	machines_load();
	fails(whole, "numa:0.core:12", PINION_ERR_RANGE, "12", "numa:0 has cores 0-2");
	fails(whole, "core:12", PINION_ERR_RANGE, "12", "this machine has cores 0-11");
	fails(whole, "core:10-12", PINION_ERR_RANGE, "10-12", "cores 0-11");
	fails(whole, "core:10:3", PINION_ERR_RANGE, "10:3", "cores 0-11");
	fails(whole, "core:0.pu:2", PINION_ERR_RANGE, "2", "core:0 has pus 0-1");
	fails(whole, "numa:0.l3:1", PINION_ERR_RANGE, "1", "numa:0 has l3 0 only");
	fails(whole, "l2:0", PINION_ERR_RANGE, "0", "this machine has no l2");
	fails(whole, "l2:all", PINION_ERR_RANGE, "all", "this machine has no l2");
	fails(whole, "banana:0", PINION_ERR_SYNTAX, "banana", "unknown object");
	fails(whole, "core:0.banana:1", PINION_ERR_SYNTAX, "banana", "unknown object");
	fails(whole, "core", PINION_ERR_SYNTAX, "core", "core:all");
	fails(whole, "core:", PINION_ERR_SYNTAX, "", "an index is missing");
	fails(whole, "core:some", PINION_ERR_SYNTAX, "some", "not an index");
	fails(whole, "core:allx", PINION_ERR_SYNTAX, "allx", "not an index");
	fails(whole, "core:3-1", PINION_ERR_SYNTAX, "3-1", "backwards");
	fails(whole, "core:1:0", PINION_ERR_RANGE, "0", "at least 1");
	fails(whole, "core:0.", PINION_ERR_SYNTAX, "", "unknown object");
	fails(whole, "core:0;", PINION_ERR_SYNTAX, ";", "unknown object");
	fails(whole, "core:0,", PINION_ERR_SYNTAX, "", "an index is missing");
	fails(partly, "core:0.pu:1", PINION_ERR_PLACE, "core:0.pu:1", "CPU 1 may not be used");
	fails(whole, "pu:all.pu:odd", PINION_ERR_PLACE, "pu:all.pu:odd", "selects no processor");
}

static void nodes_without_processors(void)
{
	pinion_topology *t = support_load(support_machine("memory-only-first"));
	reads(t, "numa:0.core:1", "{2,3}");
	fails(t, "numa:1", PINION_ERR_RANGE, "numa:1", "no processors, only memory");
	fails(t, "numa:1.core:0", PINION_ERR_RANGE, "0", "numa:1 has no core");
	reads(t, "numa_domains", "{0:4}");
	pinion_topology_destroy(t);
	t = support_load(support_machine("memoryless"));
	reads(t, "numa:1.core:0", "{4,5}"); /* a node of processors, though its memory is elsewhere */
	pinion_topology_destroy(t);
}

static void questions(void)
{
	machines_load();
	pinion_cpus *cpus;
	CHECK_INT(pinion_cpus_parse(&cpus, whole, "{8,0,20},{1}", NULL), ==, 0);
	CHECK_INT(pinion_cpus_places(cpus), ==, 2);
	CHECK_INT(pinion_cpus_count(cpus, 0), ==, 3);
	CHECK_INT(pinion_cpus_count(cpus, 1), ==, 1);
	CHECK_INT(pinion_cpus_count(cpus, -1), ==, 4);
	CHECK_INT(pinion_cpus_next(cpus, 0, -1), ==, 0);
	CHECK_INT(pinion_cpus_next(cpus, 0, 0), ==, 8);
	CHECK_INT(pinion_cpus_next(cpus, 0, 20), ==, -1);
	CHECK_INT(pinion_cpus_next(cpus, -1, 0), ==, 1);
	char text[64];
	CHECK_INT(pinion_cpus_format(cpus, PINION_DIALECT_LIST, text, sizeof text), ==,
	          strlen("0-1,8,20"));
	CHECK_STR(text, "0-1,8,20");
	CHECK_INT(pinion_cpus_format(cpus, PINION_DIALECT_MASK, text, sizeof text), ==, 8);
	CHECK_STR(text, "0x100103");
	CHECK_INT(pinion_cpus_format(cpus, PINION_DIALECT_OMP, NULL, 0), ==, strlen("{0,8,20},{1}"));
	CHECK_INT(pinion_cpus_format(cpus, PINION_DIALECT_OMP, text, 6), ==, strlen("{0,8,20},{1}"));
	CHECK_STR(text, "{0,8,");
	CHECK_INT(pinion_cpus_format(cpus, PINION_DIALECT_LIST, text, 4), ==, strlen("0-1,8,20"));
	CHECK_STR(text, "0-1");
	pinion_cpus_destroy(cpus);
	pinion_cpus_destroy(NULL);
}

/* Each dialect reads back what it prints: the places, or their union. */
static void printed_reads_back(void)
{
	static const char *const texts[] = {"cores",  "core:odd", "0-22:3", "{0:4}:3:4",
	                                    "numa:2", "sockets",  "pu:7"};
	machines_load();
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char omp[512], mask[64], list[128], again[128];
		pinion_cpus *cpus, *back;
		CHECK_INT(pinion_cpus_parse(&cpus, whole, texts[i], NULL), ==, 0);
		pinion_cpus_format(cpus, PINION_DIALECT_OMP, omp, sizeof omp);
		pinion_cpus_format(cpus, PINION_DIALECT_MASK, mask, sizeof mask);
		pinion_cpus_format(cpus, PINION_DIALECT_LIST, list, sizeof list);
		reads(whole, omp, omp);
		CHECK_INT(pinion_cpus_parse(&back, whole, mask, NULL), ==, 0);
		pinion_cpus_format(back, PINION_DIALECT_LIST, again, sizeof again);
		CHECK_STR(again, list);
		pinion_cpus_destroy(back);
		pinion_cpus_destroy(cpus);
	}
}

/* Prefixes and single-byte changes of valid texts are read, or refused with a place. */
static void mangled_texts(void)
{
	static const char *const texts[] = {"cores(3)",
	                                    "0-3,8",
	                                    "0-23:8",
	                                    "!0-20",
	                                    "{0:4}:2:4,!{4:4}",
	                                    "0x10f",
	                                    "package:0.core:0-3 numa:1.pu:all",
	                                    "core:2:3,5",
	                                    "core:0,2,core:odd"};
	static const char bytes[] = "{}!:.,-x0 9a(\377";
	machines_load();
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		for (size_t at = 0; at < strlen(texts[i]); at++)
			for (size_t b = 0; b < sizeof bytes; b++) {
				char text[64];
				pinion_cpus *cpus = NULL;
				pinion_diag diag = {.offset = -7};
				strcpy(text, texts[i]);
				text[at] = bytes[b];
				int rc = pinion_cpus_parse(&cpus, whole, text, &diag);
				CHECK((rc == 0) == (cpus != NULL));
				if (rc) {
					CHECK_INT(diag.offset, >=, 0);
					CHECK_INT(diag.offset, <=, (int)strlen(text));
					CHECK_INT(diag.length, >=, 1);
					CHECK(diag.text[0] != '\0');
				} else {
					CHECK_INT(pinion_cpus_places(cpus), >=, 1);
					CHECK_INT(pinion_cpus_count(cpus, -1), >=, 1);
				}
				pinion_cpus_destroy(cpus);
			}
}

static void no_memory(void)
{
	static const char *const texts[] = {"cores", "0-20", "!0-3", "{0:4}:5:4,!{4:4}", "0xffffff",
	                                    "package:all.core:0-3.pu:all numa:1"};
	machines_load();
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		for (int n = 0;; n++) {
			pinion_cpus *cpus = NULL;
			pinion_diag diag = {0};
			fail_alloc_after(n);
			int rc = pinion_cpus_parse(&cpus, whole, texts[i], &diag);
			if (!fail_alloc_done()) {
				CHECK_INT(rc, ==, 0);
				CHECK_INT(n, >=, 5);
				pinion_cpus_destroy(cpus);
				break;
			}
			CHECK_INT(rc, ==, PINION_ERR_NOMEM);
			CHECK_INT(diag.offset, ==, -1);
			CHECK_CONTAINS(diag.text, "memory");
			CHECK(cpus == NULL);
		}
}

static void bind_self(void)
{
	pinion_topology *t;
	pinion_cpus *cpus;
	pinion_diag diag;
	struct fake_os *fake = fake_os_boot("synthetic:pack:2 [numa] core:2 pu:1", &t);
	CHECK_INT(pinion_cpus_parse(&cpus, t, "1-2", NULL), ==, 0);
	CHECK_INT(pinion_cpus_bind_self(cpus, &diag), ==, 0);
	CHECK_INT(fake_os_ops(fake)->cpu_now(fake_os_ops(fake)), ==, 1);
	fake_os_allow(fake, "2-3");
	CHECK_INT(pinion_cpus_bind_self(cpus, &diag), ==, PINION_ERR_PLACE);
	CHECK_STR(diag.text, "asked for CPUs 1-2, the kernel granted 2");
	fake_os_allow(fake, "3");
	CHECK_INT(pinion_cpus_bind_self(cpus, &diag), ==, PINION_ERR_PLACE);
	fake_os_fail(fake, FAKE_AFFINITY_SET, EPERM, 0, 1);
	CHECK_INT(pinion_cpus_bind_self(cpus, &diag), ==, PINION_ERR_PERM);
	CHECK_CONTAINS(diag.note, "seccomp");
	fake_os_fail(fake, FAKE_AFFINITY_SET, ENOSYS, 0, 1);
	CHECK_INT(pinion_cpus_bind_self(cpus, NULL), ==, PINION_ERR_SYSTEM);
	pinion_cpus_destroy(cpus);
	pinion_topology_destroy(t);
	fake_os_destroy(fake);
	machines_load();
	CHECK_INT(pinion_cpus_parse(&cpus, whole, "0", NULL), ==, 0);
	CHECK_INT(pinion_cpus_bind_self(cpus, &diag), ==, PINION_ERR_PLACE);
	CHECK_CONTAINS(diag.text, "another machine");
	pinion_cpus_destroy(cpus);
}

/* Where a page lands shows which policy the thread has. */
static int node_of_new_page(struct fake_os *fake)
{
	const struct pinion__os *os = fake_os_ops(fake);
	void *page = os->map(os, os->page_bytes(os), 1);
	CHECK_INT(fake_os_touch(fake, page, 1), ==, 0);
	int node = fake_os_node_of(fake, page);
	os->unmap(os, page, os->page_bytes(os));
	return node;
}

static void memory_bind_self(void)
{
	pinion_topology *t;
	pinion_cpus *cpus;
	pinion_diag diag;
	struct fake_os *fake = fake_os_boot("synthetic:pack:3 [numa] core:2 pu:1", &t);
	CHECK_INT(pinion_cpus_parse(&cpus, t, "4-5", NULL), ==, 0);
	fake_os_thread(fake, 0, "0");
	CHECK_INT(node_of_new_page(fake), ==, 0);
	CHECK_INT(pinion_memory_bind_self(t, PINION_MEMORY_BIND, "same", cpus, &diag), ==, 0);
	CHECK_INT(node_of_new_page(fake), ==, 2);
	CHECK_INT(pinion_memory_bind_self(t, PINION_MEMORY_PREFERRED, "1,0", NULL, &diag), ==, 0);
	CHECK_INT(node_of_new_page(fake), ==, 1);
	fake_os_pages(fake, 1, 0);
	CHECK_INT(node_of_new_page(fake), ==, 0);
	CHECK_INT(pinion_memory_bind_self(t, PINION_MEMORY_INTERLEAVE, "0-2", NULL, &diag), ==, 0);
	CHECK_INT(fake_os_thread_policy(fake), ==, PINION__OS_INTERLEAVE);
	CHECK_INT(pinion_memory_bind_self(t, PINION_MEMORY_DEFAULT, NULL, NULL, &diag), ==, 0);
	CHECK_INT(fake_os_thread_policy(fake), ==, PINION__OS_DEFAULT);

	CHECK_INT(pinion_memory_bind_self(t, PINION_MEMORY_BIND, NULL, NULL, &diag), ==,
	          PINION_ERR_SYNTAX);
	CHECK_INT(pinion_memory_bind_self(t, PINION_MEMORY_BIND, "", NULL, &diag), ==,
	          PINION_ERR_SYNTAX);
	CHECK_INT(pinion_memory_bind_self(t, PINION_MEMORY_BIND, "zero", NULL, &diag), ==,
	          PINION_ERR_SYNTAX);
	CHECK_INT(pinion_memory_bind_self(t, PINION_MEMORY_BIND, "same", NULL, &diag), ==,
	          PINION_ERR_SYNTAX);
	CHECK_INT(pinion_memory_bind_self(t, PINION_MEMORY_BIND, "0-3", NULL, &diag), ==,
	          PINION_ERR_RANGE);
	CHECK_STR(diag.text, "node 3 does not exist; this machine has nodes 0-2");
	fake_os_fail(fake, FAKE_POLICY_SET, EPERM, 0, 1);
	CHECK_INT(pinion_memory_bind_self(t, PINION_MEMORY_BIND, "0", NULL, &diag), ==,
	          PINION_ERR_PERM);
	CHECK_CONTAINS(diag.note, "CAP_SYS_NICE");
	fake_os_fail(fake, FAKE_POLICY_SET, ENOSYS, 0, 1);
	CHECK_INT(pinion_memory_bind_self(t, PINION_MEMORY_BIND, "0", NULL, &diag), ==,
	          PINION_ERR_SYSTEM);
	CHECK_INT(fake_os_thread_policy(fake), ==, PINION__OS_DEFAULT);
	pinion_cpus_destroy(cpus);
	pinion_topology_destroy(t);
	fake_os_destroy(fake);

	fake = fake_os_boot(support_machine("memoryless"), &t);
	CHECK_INT(pinion_memory_bind_self(t, PINION_MEMORY_BIND, "1", NULL, &diag), ==,
	          PINION_ERR_RANGE);
	CHECK_STR(diag.text, "node 1 has no memory");
	pinion_topology_destroy(t);
	fake_os_destroy(fake);
	machines_load();
	CHECK_INT(pinion_memory_bind_self(whole, PINION_MEMORY_BIND, "0", NULL, &diag), ==,
	          PINION_ERR_PLACE);
}

static void machines_free(void)
{
	pinion_topology_destroy(whole);
	pinion_topology_destroy(partly);
	whole = partly = NULL;
}

TESTS({"lists", lists},
      {"list_faults", list_faults},
      {"abstract_names", abstract_names},
      {"abstract_names_without_the_level", abstract_names_without_the_level},
      {"omp_lists", omp_lists},
      {"omp_faults", omp_faults},
      {"tuples", tuples},
      {"tuple_faults", tuple_faults},
      {"nodes_without_processors", nodes_without_processors},
      {"questions", questions},
      {"printed_reads_back", printed_reads_back},
      {"mangled_texts", mangled_texts},
      {"no_memory", no_memory},
      {"bind_self", bind_self},
      {"memory_bind_self", memory_bind_self},
      {"machines_free", machines_free})
