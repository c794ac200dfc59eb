/*
 * `pinion pin`: the program inherits what was asked for, and the kernel says so.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/cli/command.h"

#define SHOW "grep Cpus_allowed_list /proc/self/status"

/* The first usable processor, and all of them, as this machine has them. */
static void usable(char first[32], char all[256])
{
	struct answer a = pinion("plan", "--smt", "--workers", "1", "--json");
	CHECK_CODE(a, 0);
	CHECK(json_at(a.out, "seats.0.cpus", first, 32));
	a = pinion("pin", "threads", "--", "sh", "-c", SHOW);
	CHECK_CODE(a, 0);
	CHECK(sscanf(a.out, "Cpus_allowed_list: %255s", all) == 1);
}

static void binds(void)
{
	char first[32], all[256], want[64];
	usable(first, all);
	struct answer a = pinion("pin", first, "--", "sh", "-c", SHOW);
	CHECK_CODE(a, 0);
	snprintf(want, sizeof want, "Cpus_allowed_list:\t%s\n", first);
	CHECK_STR(a.out, want);
	CHECK_STR(a.err, "");
	/* The two dashes may be left out; what follows the program's name is not ours. */
	CHECK_STR(pinion("pin", first, "sh", "-c", SHOW).out, want);
	a = pinion("pin", "core:0", "echo", "--help", "-v");
	CHECK_STR(a.out, "--help -v\n");
}

static void tells(void)
{
	char first[32], all[256], want[96];
	usable(first, all);
	struct answer a = pinion("pin", first, "-v", "--", "true");
	CHECK_CODE(a, 0);
	snprintf(want, sizeof want, "pinion: processors %s; memory default\n", first);
	CHECK_STR(a.err, want);
}

/* The policy is that of the program, not only of us: the program's own maps show it. */
static void memory_policies(void)
{
	struct answer a = pinion("pin", "threads", "--memory", "bind:0", "-v", "--", "grep", "-m1",
	                         "bind:", "/proc/self/numa_maps");
	if (strstr(a.err, "PERM") != NULL || strstr(a.err, "permitted") != NULL)
		LEAVE("the kernel refuses memory policies here");
	CHECK_CODE(a, 0);
	CHECK_CONTAINS(a.out, "bind:");
	CHECK_CONTAINS(a.err, "memory bind, OS nodes 0");
	a = pinion("pin", "threads", "-m", "interleave:0", "-v", "true");
	CHECK_CODE(a, 0);
	CHECK_CONTAINS(a.err, "memory interleave, OS nodes 0");
	a = pinion("pin", "threads", "-m", "preferred", "-v", "true");
	CHECK_CODE(a, 0);
	CHECK_CONTAINS(a.err, "memory preferred, OS nodes ");
	CHECK_CODE(pinion("pin", "threads", "-m", "default", "true"), 0);
}

static void codes(void)
{
	CHECK_CODE(pinion("pin", "threads", "--", "sh", "-c", "exit 42"), 42);
	struct answer a = pinion("pin", "threads", "--", "/no/such/program");
	CHECK_CODE(a, 127);
	CHECK_STR(a.err, "pinion: the command '/no/such/program' does not exist\n");
	a = pinion("pin", "threads", "--", "/etc/passwd");
	CHECK_CODE(a, 126);
	CHECK_STR(a.err, "pinion: the command '/etc/passwd' cannot be run: Permission denied\n");
}

/* Nothing runs when a place or a node cannot be had. */
static void refuses(void)
{
	struct answer a = pinion("pin", "99999", "--", "echo", "ran");
	CHECK_CODE(a, 3);
	CHECK_STR(a.out, "");
	CHECK_CONTAINS(a.err, "pinion: PLACES: ");
	a = pinion("pin", "0-x", "--", "echo", "ran");
	CHECK_CODE(a, 2);
	CHECK_STR(a.out, "");
	CHECK_CONTAINS(a.err, "\n          ^");
	a = pinion("pin", "threads", "--memory", "bind:77", "--", "echo", "ran");
	CHECK_CODE(a, 3);
	CHECK_STR(a.out, "");
	CHECK_CONTAINS(a.err, "pinion: --memory: ");
	a = pinion("pin", "threads", "--memory", "bind:x", "--", "echo", "ran");
	CHECK_CODE(a, 2);
}

static void outside_the_allowed_set(void)
{
	char first[32], all[256];
	usable(first, all);
	if (strcmp(first, all) == 0 || strcmp(first, "0") != 0)
		LEAVE("needs processor 0 and another");
	struct answer a = run_with(&(struct setting){.only_cpu0 = true},
	                           (const char *const[]){"pin", "1", "--", "echo", "ran", NULL});
	CHECK_CODE(a, 3);
	CHECK_STR(a.out, "");
	CHECK_CONTAINS(a.err, "  note: ");
}

TESTS({"binds", binds}, {"tells", tells}, {"memory_policies", memory_policies}, {"codes", codes},
      {"refuses", refuses}, {"outside_the_allowed_set", outside_the_allowed_set})
