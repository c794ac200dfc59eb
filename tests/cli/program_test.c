/*
 * Programs as workloads: what they inherit, how they end, and what the report
 * proves about them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/cli/command.h"

static struct answer run_program(const char *workload, const char *head)
{
	char text[2048];
	static int number;
	char name[32];
	snprintf(name, sizeof name, "program%d.yaml", number++);
	snprintf(text, sizeof text, "pinion: 1\n%sworkloads:\n  - {name: p, %s}\n", head, workload);
	return pinion("run", scratch_file(name, text), "--json", "-q");
}

static void first_cpu(char first[32])
{
	struct answer a = pinion("plan", "--smt", "--workers", "1", "--json");
	CHECK_CODE(a, 0);
	CHECK(json_at(a.out, "seats.0.cpus", first, 32));
}

/* Asked, obtained before it began, and seen while it ran: three times the same set. */
static void is_bound(void)
{
	char first[32], workload[256];
	first_cpu(first);
	snprintf(workload, sizeof workload,
	         "command: [sh, -c, \"grep Cpus_allowed_list /proc/self/status; sleep 0.3\"], places: "
	         "\"%s\"",
	         first);
	struct answer a = run_program(workload, "");
	CHECK_CODE(a, 0);
	CHECK_JSON(a.out);
	CHECK_AT(a.out, "workloads.0.outcome", "passed");
	CHECK_AT(a.out, "workloads.0.exit_status", "0");
	CHECK_AT(a.out, "workloads.0.asked", first);
	CHECK_AT(a.out, "workloads.0.obtained", first);
	CHECK_AT(a.out, "workloads.0.threads.outside", "0");
	CHECK_AT(a.out, "workloads.0.threads.seen.0.cpus", first);
	CHECK_INT(json_number_at(a.out, "workloads.0.threads.looks"), >=, 1);
	CHECK_INT(json_number_at(a.out, "workloads.0.pages.pages"), >, 0);
	CHECK(json_number_at(a.out, "workloads.0.wall_ns") >= 3e8);
	/* JSON has standard output for itself; the program's text went to the people's side. */
	char want[64];
	snprintf(want, sizeof want, "Cpus_allowed_list:\t%s\n", first);
	CHECK_CONTAINS(a.err, want);
}

static void without_places_all_seats(void)
{
	struct answer a = run_program("command: [\"true\"]", "workers: {count: 1}\n");
	CHECK_CODE(a, 0);
	char seat[64];
	CHECK(json_at(a.out, "placement.seats.0.cpus", seat, sizeof seat));
	CHECK_AT(a.out, "workloads.0.obtained", seat);
	/* However short it lives, it is looked at. */
	CHECK_INT(json_number_at(a.out, "workloads.0.threads.looks"), >=, 1);
	CHECK_AT(a.out, "workloads.0.threads.seen.0.cpus", seat);
}

static void memory_policy(void)
{
	struct answer a = run_program("command: [\"true\"], memory: {policy: interleave}", "");
	CHECK_CODE(a, 0);
	char note[256], policy[128];
	CHECK(json_at(a.out, "workloads.0.note", note, sizeof note));
	if (strcmp(note, "null") != 0)
		LEAVE("the kernel refuses memory policies here");
	CHECK(json_at(a.out, "workloads.0.memory_policy", policy, sizeof policy));
	CHECK_CONTAINS(policy, "interleave, OS nodes ");
}

/* A program that widens its own mask is seen; under strict that is exit code 3. */
static void drift_is_seen(void)
{
	struct answer all = pinion("topo", "--json");
	if (json_number_at(all.out, "counts.pus_allowed") < 2)
		LEAVE("one usable processor only");
	if (pinion("pin", "0", "taskset", "-c", "0", "true").code != 0)
		LEAVE("needs taskset and processor 0");
	const char *workload = "command: [taskset, -c, \"0-1\", sleep, \"0.3\"], places: \"0\"";
	struct answer a = run_program(workload, "");
	CHECK_CODE(a, 0);
	CHECK_AT(a.out, "workloads.0.obtained", "0");
	CHECK_AT(a.out, "workloads.0.threads.outside", "1");
	a = run_program(workload, "workers: {placement: strict}\n");
	CHECK_CODE(a, 3);
}

static void surroundings(void)
{
	char workload[512];
	snprintf(workload, sizeof workload,
	         "command: [sh, -c, \"pwd; echo $GIVEN-$HOME-; cat\"], cwd: \"%s\", "
	         "env: {set: {GIVEN: \"a b\"}, unset: [HOME]}",
	         scratch());
	struct answer a = run_program(workload, "");
	CHECK_CODE(a, 0);
	char want[128];
	snprintf(want, sizeof want, "%s\na b--\n", scratch());
	CHECK_CONTAINS(a.err, want);
}

/* Every way to end, each with its own words. */
static void ends(void)
{
	struct answer a = run_program("command: [sh, -c, \"exit 7\"]", "");
	CHECK_CODE(a, 1);
	CHECK_AT(a.out, "workloads.0.exit_status", "7");
	CHECK_AT(a.out, "workloads.0.outcome", "failed");
	CHECK_CONTAINS(a.err, "exit status 7: FAILED");
	a = run_program("command: [sh, -c, \"kill -SEGV $$\"]", "");
	CHECK_CODE(a, 1);
	CHECK_AT(a.out, "workloads.0.exit_status", "null");
	CHECK_AT(a.out, "workloads.0.signal", "11");
	a = run_program("command: [/no/such/program]", "");
	CHECK_CODE(a, 1);
	CHECK_AT(a.out, "workloads.0.outcome", "not run");
	CHECK_CONTAINS(a.err, "p: NOT RUN: the command '/no/such/program' does not exist");
	a = run_program("command: [/etc/passwd]", "");
	CHECK_CODE(a, 1);
	CHECK_CONTAINS(a.err, "the command '/etc/passwd' cannot be run: Permission denied");
	a = run_program("command: [\"true\"], cwd: /no/such/folder", "");
	CHECK_CODE(a, 2);
	CHECK_CONTAINS(a.err, "there is no directory '/no/such/folder'");
}

/* The whole group ends, also what the program has started itself. */
static void timeout_ends_the_group(void)
{
	const char *pid_file = scratch_path("grandchild");
	char workload[256];
	snprintf(workload, sizeof workload,
	         "command: [sh, -c, \"sleep 300 & echo $! > %s; wait\"], timeout: 300ms", pid_file);
	struct answer a = run_program(workload, "");
	CHECK_CODE(a, 1);
	CHECK_AT(a.out, "workloads.0.timed_out", "true");
	CHECK_CONTAINS(a.err, "TIMED OUT");
	pid_t grandchild = (pid_t)atoi(read_whole(pid_file));
	CHECK_INT(grandchild, >, 1);
	char path[64], state = 'Z';
	snprintf(path, sizeof path, "/proc/%d/stat", (int)grandchild);
	sscanf(read_whole(path), "%*d (sleep) %c", &state);
	CHECK(state == 'Z' || state == 'X');
}

/* One that fails does not keep the next from running; the first failure gives the exit code. */
static void the_next_one_runs(void)
{
	const char *job =
	    scratch_file("two.yaml", "pinion: 1\nworkloads:\n  - {name: bad, command: [\"false\"]}\n"
	                             "  - {name: good, command: [\"true\"]}\n");
	struct answer a = pinion("run", job, "--json", "-q");
	CHECK_CODE(a, 1);
	CHECK_AT(a.out, "workloads.0.outcome", "failed");
	CHECK_AT(a.out, "workloads.1.outcome", "passed");
	CHECK_AT(a.out, "exit_code", "1");
	CHECK_CONTAINS(a.err, "1 of 2 workloads passed");
}

/* A kernel before and behind a program: the engine stops and starts again in between. */
static void between_kernels(void)
{
	const char *job = scratch_file(
	    "mixed.yaml", "pinion: 1\nstatistics: {warmup: 0, min_runs: 2, max_runs: 2}\nworkloads:\n"
	                  "  - {name: a, kernel: triad, size: 64KiB}\n"
	                  "  - {name: b, command: [\"true\"]}\n"
	                  "  - {name: c, kernel: dot, size: 64KiB}\n");
	struct answer a = pinion("run", job, "--json", "-q");
	CHECK_CODE(a, 0);
	CHECK_AT(a.out, "workloads.2.validation.passed", "true");
	CHECK_INT(json_number_at(a.out, "placement.as_asked"), ==,
	          json_number_at(a.out, "placement.workers"));
	/* The second kernel's ledger does not hold the first one's loops. */
	CHECK_INT(json_length(a.out, "workloads.0.ledger"), >=, 1);
	CHECK(strstr(a.out, "\"site\": \"dot\"") != NULL);
}

TESTS({"is_bound", is_bound}, {"without_places_all_seats", without_places_all_seats},
      {"memory_policy", memory_policy}, {"drift_is_seen", drift_is_seen},
      {"surroundings", surroundings}, {"ends", ends},
      {"timeout_ends_the_group", timeout_ends_the_group}, {"the_next_one_runs", the_next_one_runs},
      {"between_kernels", between_kernels})
