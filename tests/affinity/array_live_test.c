/*
 * Arrays on the machine that runs the test, whatever it is, and on the same
 * kernel made poorer: seccomp filters take single system calls away, as a
 * container or an old kernel does.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/check.h"

#include <pinion/array.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POPULATE_WRITE = 23, ELEMENTS = 600 * 1000 };

static pinion_placement *plan_live(void)
{
	pinion_topology *topology = NULL;
	pinion_placement *placement = NULL;
	CHECK_INT(pinion_topology_load(&topology, NULL, NULL), ==, 0);
	CHECK_INT(pinion_placement_plan(&placement, topology, NULL, NULL), ==, 0);
	pinion_topology_destroy(topology);
	return placement;
}

static pinion_array *make(pinion_home home, pinion_pages pages, bool strict, int want,
                          pinion_diag *diag)
{
	pinion_placement *placement = plan_live();
	pinion_array_options options = {sizeof options, home, pages, strict};
	pinion_partition *partition = NULL;
	pinion_array *array = NULL;
	size_t granule = pinion_array_granule(placement, ELEMENTS, sizeof(double));
	CHECK_INT(pinion_partition_block(&partition, placement, ELEMENTS, granule), ==, 0);
	CHECK_INT(pinion_array_create(&array, partition, sizeof(double), &options, diag), ==, want);
	CHECK((array != NULL) == (want == 0));
	pinion_partition_destroy(partition);
	pinion_placement_destroy(placement);
	return array;
}

/* Zero at first, holds what is written, and populating again keeps it. */
static void use(pinion_array *array)
{
	const pinion_partition *partition = pinion_array_partition(array);
	double *x = pinion_array_data(array);
	pinion_audit audit;
	CHECK_INT((uintptr_t)x % ((size_t)2 << 20), ==, 0);
	CHECK_INT(pinion_array_audit(array, &audit, NULL, 0), ==, 0);
	CHECK_INT(audit.pages, ==,
	          (ELEMENTS * sizeof(double) + audit.page_bytes - 1) / audit.page_bytes);
	for (size_t b = 0; b < pinion_partition_blocks(partition); b++)
		CHECK_INT(pinion_array_populate(array, b), ==, 0);
	for (size_t i = 0; i < ELEMENTS; i++) {
		CHECK(x[i] == 0);
		x[i] = (double)i;
	}
	for (size_t b = 0; b < pinion_partition_blocks(partition); b++)
		CHECK_INT(pinion_array_populate(array, b), ==, 0);
	for (size_t i = 0; i < ELEMENTS; i++)
		CHECK(x[i] == (double)i);
}

static void every_home_and_page_size(void)
{
	for (int home = PINION_HOME_PREFERRED; home <= PINION_HOME_TOUCH; home++)
		for (int pages = PINION_PAGES_AUTO; pages <= PINION_PAGES_THP; pages++) {
			pinion_array *array = make((pinion_home)home, (pinion_pages)pages, false, 0, NULL);
			use(array);
			pinion_audit audit;
			CHECK_INT(pinion_array_audit(array, &audit, NULL, 0), ==, 0);
			CHECK_INT(audit.absent, ==, 0);
			CHECK(audit.unknown == 0 || audit.reason[0] != '\0');
			CHECK_INT(audit.at_home + audit.away + audit.unknown, ==, audit.pages);
			pinion_array_destroy(array);
		}
}

/* Populating makes every page present, and nothing else does. */
static void populate_makes_present(void)
{
	pinion_array *array = make(PINION_HOME_PREFERRED, PINION_PAGES_BASE, false, 0, NULL);
	pinion_audit audit;
	CHECK_INT(pinion_array_audit(array, &audit, NULL, 0), ==, 0);
	if (audit.unknown > 0)
		SKIP(audit.reason);
	CHECK_INT(audit.absent, ==, audit.pages);
	CHECK_INT(pinion_array_populate(array, 0), ==, 0);
	CHECK_INT(pinion_array_audit_block(array, 0, &audit), ==, 0);
	CHECK_INT(audit.pages, >, 0);
	CHECK_INT(audit.absent, ==, 0);
	pinion_array_destroy(array);
}

/* A page that was only read is the kernel's page of zeros: nothing of the array is there yet. */
static void reading_is_not_writing(void)
{
	pinion_array *array = make(PINION_HOME_PREFERRED, PINION_PAGES_AUTO, false, 0, NULL);
	const volatile double *x = pinion_array_data(array);
	pinion_audit audit;
	double sum = 0;
	for (size_t i = 0; i < ELEMENTS; i += 100)
		sum += x[i];
	CHECK(sum == 0);
	CHECK_INT(pinion_array_audit(array, &audit, NULL, 0), ==, 0);
	if (audit.unknown > 0)
		SKIP(audit.reason);
	CHECK_INT(audit.absent, ==, audit.pages);
	pinion_array_destroy(array);
}

/* From here on `call` fails with `error`; only where its third argument is `third`, unless that is
 * -1. */
static void forbid(long call, int third, int error)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 3),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
	    BPF_JUMP(BPF_JMP | (third < 0 ? BPF_JGE : BPF_JEQ) | BPF_K, third < 0 ? 0 : (unsigned)third,
	             0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof code / sizeof code[0], code};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		SKIP("this kernel has no seccomp filters");
}

/* Runs fn in a child, where a filter hurts nobody else. */
static void in_child(void (*fn)(void))
{
	int status;
	fflush(NULL);
	pid_t child = fork();
	CHECK_INT(child, >=, 0);
	if (child == 0) {
		fn();
		exit(0);
	}
	CHECK_INT(waitpid(child, &status, 0), ==, child);
	CHECK(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		exit(77);
	CHECK_INT(WEXITSTATUS(status), ==, 0);
}

static void without_mbind(void)
{
	const char *reason = NULL;
	pinion_diag diag = {0};
	forbid(SYS_mbind, -1, EPERM);
	pinion_array *array = make(PINION_HOME_PREFERRED, PINION_PAGES_AUTO, false, 0, &diag);
	CHECK_INT(pinion_array_shortfall(array, &reason), ==,
	          pinion_partition_blocks(pinion_array_partition(array)));
	CHECK_CONTAINS(reason, "mbind refused (EPERM)");
	use(array);
	pinion_array_destroy(array);
	make(PINION_HOME_PREFERRED, PINION_PAGES_AUTO, true, PINION_ERR_PLACE, &diag);
	CHECK_CONTAINS(diag.text, "EPERM");
	array = make(PINION_HOME_TOUCH, PINION_PAGES_AUTO, true, 0, &diag);
	CHECK_INT(pinion_array_shortfall(array, &reason), ==, 0);
	CHECK(reason == NULL);
	pinion_array_destroy(array);
}

static void without_move_pages(void)
{
	pinion_audit audit;
	pinion_diag diag = {0};
	forbid(SYS_move_pages, -1, EPERM);
	pinion_array *array = make(PINION_HOME_BIND, PINION_PAGES_AUTO, false, 0, &diag);
	use(array);
	CHECK_INT(pinion_array_audit(array, &audit, NULL, 0), ==, 0);
	CHECK_INT(audit.unknown, ==, audit.pages);
	CHECK_CONTAINS(audit.reason, "EPERM");
	CHECK(audit.percent_home == 0);
	CHECK_INT(pinion_array_seal(array, &diag), ==, 0);
	CHECK_INT(pinion_array_shortfall(array, NULL), >, 0);
	pinion_array_destroy(array);
}

static void without_populate(void)
{
	pinion_audit audit;
	forbid(SYS_madvise, POPULATE_WRITE, EINVAL);
	pinion_array *array = make(PINION_HOME_PREFERRED, PINION_PAGES_BASE, false, 0, NULL);
	use(array);
	pinion_array_destroy(array);
	array = make(PINION_HOME_PREFERRED, PINION_PAGES_BASE, false, 0, NULL);
	CHECK_INT(pinion_array_populate(array, 0), ==, 0);
	CHECK_INT(pinion_array_audit_block(array, 0, &audit), ==, 0);
	CHECK_INT(audit.absent, ==, 0);
	pinion_array_destroy(array);
}

static void container_refuses_mbind(void)
{
	in_child(without_mbind);
}

static void container_refuses_move_pages(void)
{
	in_child(without_move_pages);
}

static void old_kernel_cannot_populate(void)
{
	in_child(without_populate);
}

TESTS({"every_home_and_page_size", every_home_and_page_size},
      {"populate_makes_present", populate_makes_present},
      {"reading_is_not_writing", reading_is_not_writing},
      {"container_refuses_mbind", container_refuses_mbind},
      {"container_refuses_move_pages", container_refuses_move_pages},
      {"old_kernel_cannot_populate", old_kernel_cannot_populate})
