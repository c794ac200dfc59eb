/*
 * Everything that can be wrong with what the user hands in: a clear message, the
 * right exit code, and nothing run or written.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/cli/command.h"

#define HEAD "pinion: 1\nstatistics: {warmup: 0, min_runs: 1, max_runs: 1}\n"

static struct answer run_text(const char *text)
{
	return pinion("run", scratch_file("bad.yaml", text), "--json", "-q");
}

/* All three commands that read a file refuse it with the same code. */
static void refused_everywhere(const char *path, int code, const char *message)
{
	static const char *const commands[] = {"run", "check", "plan"};
	for (int i = 0; i < 3; i++) {
		struct answer a = pinion(commands[i], path);
		CHECK_CODE(a, code);
		CHECK_STR(a.out, "");
		CHECK_CONTAINS(a.err, message);
	}
}

static void files(void)
{
	refused_everywhere("/no/such/job.yaml", 2, "/no/such/job.yaml");
	refused_everywhere(scratch(), 2, "directory");
	refused_everywhere(scratch_file("empty.yaml", ""), 2, "empty");
	refused_everywhere("/proc/self/exe", 2, "not text");
	refused_everywhere(scratch_file("plain.txt", "just some words\n"), 2, "error");
}

static void fifty_faults(void)
{
	char text[8192] = "pinion: 1\nworkloads:\n";
	for (int i = 0; i < 50; i++) {
		size_t used = strlen(text);
		snprintf(text + used, sizeof text - used, "  - {name: w%d, kernel: nonsense%d}\n", i, i);
	}
	struct answer a = pinion("run", scratch_file("fifty.yaml", text));
	CHECK_CODE(a, 2);
	CHECK_STR(a.out, "");
	CHECK_CONTAINS(a.err, "fifty.yaml:3:");
	CHECK_CONTAINS(a.err, "fifty.yaml:52:");
	CHECK_CONTAINS(a.err, "50 errors; nothing was started");
}

static void unknown_kernel(void)
{
	struct answer a = run_text(HEAD "workloads:\n  - {kernel: tirad}\n");
	CHECK_CODE(a, 2);
	CHECK_STR(a.out, "");
	CHECK_CONTAINS(a.err, "triad");
}

/* The file is right and the machine is too small: the workload fails with both numbers. */
static void larger_than_memory(void)
{
	struct answer a = run_text(HEAD "workloads:\n  - {kernel: triad, size: 100TiB}\n");
	CHECK_CODE(a, 1);
	CHECK_JSON(a.out);
	CHECK_AT(a.out, "workloads.0.outcome", "not run");
	CHECK_CONTAINS(a.err, "triad: NOT RUN: ");
	CHECK_CONTAINS(a.err, "TiB");
	CHECK_CONTAINS(a.err, "GiB");
	CHECK_CODE(pinion("bench", "triad", "--size", "2^50", "-q"), 1);
}

static void worker_counts(void)
{
	CHECK_CODE(run_text("pinion: 1\nworkers: {count: 0}\nworkloads: [{kernel: dot}]\n"), 2);
	CHECK_CODE(run_text("pinion: 1\nworkers: {count: -1}\nworkloads: [{kernel: dot}]\n"), 2);
	CHECK_CODE(run_text("pinion: 1\nworkers: {count: 10000}\nworkloads: [{kernel: dot}]\n"), 3);
	CHECK_CODE(run_text("pinion: 1\nworkers: {count: 100000}\nworkloads: [{kernel: dot}]\n"), 2);
}

static void places(void)
{
	struct answer a =
	    run_text("pinion: 1\nworkers: {places: \"0,999999\"}\nworkloads: [{kernel: dot}]\n");
	CHECK_CODE(a, 3);
	CHECK_CONTAINS(a.err, "bad.yaml:2:");
	CHECK_CONTAINS(a.err, "999999");
	CHECK_CODE(
	    run_text("pinion: 1\nworkers: {places: \"numa:77.core:0\"}\nworkloads: [{kernel: dot}]\n"),
	    3);
	CHECK_CODE(run_text("pinion: 1\nworkers: {places: \"0-x\"}\nworkloads: [{kernel: dot}]\n"), 2);
}

static void outside_the_allowed_set(void)
{
	struct answer all = pinion("topo", "--json");
	if (json_number_at(all.out, "counts.pus_allowed") < 2)
		LEAVE("one usable processor only");
	const char *job = scratch_file(
	    "out.yaml", "pinion: 1\nworkers: {places: \"1\"}\nworkloads: [{kernel: dot}]\n");
	struct answer a =
	    run_with(&(struct setting){.only_cpu0 = true}, (const char *const[]){"run", job, NULL});
	CHECK_CODE(a, 3);
	CHECK_STR(a.out, "");
	CHECK_CONTAINS(a.err, "out.yaml:2:");
}

/* `run` refuses a machine that is not this one and names the command that does not. */
static void not_this_machine(void)
{
	struct answer a = run_text(HEAD "topology: {source: 'synthetic:\"numa:4 core:2 pu:1\"'}\n"
	                                "workloads: [{kernel: dot}]\n");
	CHECK_CODE(a, 3);
	CHECK_STR(a.out, "");
	CHECK_CONTAINS(a.err, "is not this machine");
	CHECK_CONTAINS(a.err, "`pinion plan ");
}

/* A matrix file that is wrong is a wrong file: exit code 2, with the line. */
static void matrices(void)
{
	static const struct {
		const char *name, *text, *message;
	} table[] = {
	    {"header.mtx", "%%MatrixMarkt matrix coordinate real general\n1 1 1\n1 1 1\n",
	     "header.mtx:1"},
	    {"range.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 1\n3 1 1.0\n",
	     "range.mtx:3"},
	    {"short.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1.0\n",
	     "short.mtx"},
	    {"nan.mtx", "%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 nan\n", "nan.mtx:3"},
	    {"empty.mtx", "", "empty.mtx"}};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const char *path = scratch_file(table[i].name, table[i].text);
		struct answer a = pinion("bench", "spmv", "--matrix", path, "-q", "--runs=1");
		CHECK_CODE(a, 2);
		CHECK_CONTAINS(a.out, "spmv: NOT RUN: ");
		CHECK_CONTAINS(a.out, table[i].message);
		CHECK_CONTAINS(a.err, table[i].message);
	}
	CHECK_CODE(pinion("bench", "spmv", "--matrix", "/no/such.mtx", "-q"), 2);
	CHECK_CODE(pinion("bench", "spmv", "--matrix", scratch(), "-q"), 2);
}

/* Sums that leave the range of doubles: the run ends, and its result is said to be wrong. */
static void invalid_result(void)
{
	const char *path =
	    scratch_file("overflow.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 4\n"
	                                 "1 1 1.7e308\n1 2 1.7e308\n2 1 1.7e308\n2 2 1.7e308\n");
	struct answer a = pinion("bench", "cg", "--matrix", path, "--runs=1", "-q", "--json");
	CHECK_CODE(a, 4);
	CHECK_JSON(a.out);
	CHECK_AT(a.out, "exit_code", "4");
	CHECK_AT(a.out, "workloads.0.outcome", "failed");
	CHECK_AT(a.out, "workloads.0.validation.passed", "false");
	CHECK_AT(a.out, "workloads.0.converged", "false");
	CHECK_CONTAINS(a.err, "  validation  FAILED: ");
	CHECK_CONTAINS(a.err, "NOT CONVERGED");
}

/* A solver that does not converge says so, and its run has not passed. */
static void no_solution(void)
{
	const char *path = scratch_file("unsymmetric.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 3\n"
	                                                   "1 1 1\n2 2 2\n1 2 5\n");
	struct answer a = pinion("bench", "cg", "--matrix", path, "--runs=1", "-q");
	CHECK_CODE(a, 4);
	CHECK_CONTAINS(a.out, "NOT CONVERGED");
	const char *job = scratch_file("limits.yaml", "pinion: 1\nstatistics: {min_runs: 10, max_runs: 5}\n"
	                                                   "workloads: [{kernel: dot, size: 4KiB}]\n");
	a = pinion("check", job);
	CHECK_CODE(a, 2);
	CHECK_CONTAINS(a.err, "min_runs: 10 is more than max_runs: 5");
}

/* A place for the output that cannot be written is found out before anything runs. */
static void outputs(void)
{
	const char *job = scratch_file("good.yaml", HEAD "workloads: [{kernel: dot, size: 4KiB}]\n");
	char option[256];
	snprintf(option, sizeof option, "--json=%s/no/such/folder/out.json", scratch());
	struct answer a = pinion("run", job, option);
	CHECK_CODE(a, 2);
	CHECK_STR(a.out, "");
	CHECK_CONTAINS(a.err, "cannot be written: No such file or directory");
	snprintf(option, sizeof option, "--json=%s", scratch());
	CHECK_CODE(pinion("run", job, option), 2);
	CHECK_CODE(pinion("topo", option), 2);
	CHECK_CODE(pinion("run", job, "--json=/dev/full", "-q"), 1);
}

/* A run that fails still writes a whole document; one that never starts writes none. */
static void no_file_without_a_run(void)
{
	const char *path = scratch_path("result.json");
	char option[256];
	snprintf(option, sizeof option, "--json=%s", path);
	CHECK_CODE(pinion("run", scratch_file("k.yaml", HEAD "workloads: [{kernel: nix}]\n"), option),
	           2);
	CHECK(!exists(path));
	CHECK_CODE(pinion("bench", "triad", "--size", "100TiB", "-q", option), 1);
	CHECK_JSON(read_whole(path));
	CHECK_AT(read_whole(path), "exit_code", "1");
}

TESTS({"files", files}, {"fifty_faults", fifty_faults}, {"unknown_kernel", unknown_kernel},
      {"larger_than_memory", larger_than_memory}, {"worker_counts", worker_counts},
      {"places", places}, {"outside_the_allowed_set", outside_the_allowed_set},
      {"not_this_machine", not_this_machine}, {"matrices", matrices},
      {"invalid_result", invalid_result}, {"no_solution", no_solution}, {"outputs", outputs},
      {"no_file_without_a_run", no_file_without_a_run})
