/*
 * `run` and `bench` with Pinion's own kernels: the report is complete, the numbers
 * agree with each other, and the outputs go where they shall.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/cli/command.h"

#include <dirent.h>
#include <sched.h>

#define HEAD  "pinion: 1\nname: small\nstatistics: {warmup: 1, min_runs: 3, max_runs: 3}\n"
#define TRIAD "  - {kernel: triad, size: 256KiB}\n"
#define FOUR                                                                                       \
	HEAD "workloads:\n" TRIAD "  - {kernel: dot, size: 256KiB}\n"                                  \
	     "  - {kernel: spmv, size: 12x12x12}\n  - {kernel: cg, size: 8x8x8}\n"

static void check_times(const char *json, const char *workload)
{
	char path[96];
	double value[3];
	static const char *const key[] = {"min_ns", "median_ns", "max_ns"};
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s.%s", workload, key[i]);
		value[i] = json_number_at(json, path);
	}
	CHECK(value[0] > 0 && value[0] <= value[1] && value[1] <= value[2]);
	snprintf(path, sizeof path, "%s.sample_ns", workload);
	CHECK_INT(json_length(json, path), ==, 3);
}

/* The four kernels, all validated, every page and every seat accounted for. */
static void four_kernels(void)
{
	struct answer a = pinion("run", scratch_file("four.yaml", FOUR), "--json", "-q");
	CHECK_CODE(a, 0);
	CHECK_JSON(a.out);
	CHECK_AT(a.out, "schema", "1");
	CHECK_AT(a.out, "command", "run");
	CHECK_AT(a.out, "exit_code", "0");
	CHECK_INT(json_length(a.out, "workloads"), ==, 4);
	for (int i = 0; i < 4; i++) {
		char path[64];
		snprintf(path, sizeof path, "workloads.%d", i);
		check_times(a.out, path);
		snprintf(path, sizeof path, "workloads.%d.validation.passed", i);
		CHECK_AT(a.out, path, "true");
		snprintf(path, sizeof path, "workloads.%d.pages.absent", i);
		CHECK_INT(json_number_at(a.out, path), >=, 0);
		snprintf(path, sizeof path, "workloads.%d.ledger", i);
		CHECK_INT(json_length(a.out, path), >=, 1);
	}
	CHECK_AT(a.out, "workloads.3.converged", "true");
	CHECK_INT(json_length(a.out, "workloads.3.residual"), >=, 2);
	CHECK(json_number_at(a.out, "startup_ms") > 0);
	CHECK(json_number_at(a.out, "first_kernel_ms") >= json_number_at(a.out, "startup_ms"));
	CHECK_INT(json_number_at(a.out, "placement.workers"), ==,
	          json_length(a.out, "placement.seats"));
	/* People read along on standard error. */
	CHECK_CONTAINS(a.err, "4 of 4 workloads passed");
}

static void text_report(void)
{
	struct answer a = pinion("run", scratch_file("four.yaml", FOUR), "-v");
	CHECK_CODE(a, 0);
	CHECK_CONTAINS(a.out, "job: small, ");
	CHECK_CONTAINS(a.out, "worker  asked  obtained  node  now on  why\n");
	CHECK_CONTAINS(a.out, "triad: kernel triad, engine pinion, ");
	CHECK_CONTAINS(a.out, "  time        median ");
	CHECK_CONTAINS(a.out, " GB/s (best run ");
	CHECK_CONTAINS(a.out, " GFLOP/s (best run ");
	CHECK_CONTAINS(a.out, "  validation  passed: ");
	CHECK_CONTAINS(a.out, "  rule        STREAM: ");
	CHECK_CONTAINS(a.out, "  pages       ");
	CHECK_CONTAINS(a.out, "  ledger      triad: ");
	CHECK_CONTAINS(a.out, "converged");
	CHECK_CONTAINS(a.out, "start-up: ");
	CHECK_CONTAINS(a.out, "4 of 4 workloads passed\n");
	/* One plain line per workload where there is no terminal. */
	CHECK_CONTAINS(a.err, "[1/4] triad\n");
	CHECK_CONTAINS(a.err, "[4/4] cg\n");
}

/* Every seat was obtained, and the schedule `owner` moves nothing. */
static void owner_moves_nothing(void)
{
	struct answer a = pinion("bench", "triad", "--schedule", "owner", "--size", "1MiB", "--runs",
	                         "3", "--warmup=0", "--strict", "--json", "-q");
	CHECK_CODE(a, 0);
	CHECK_AT(a.out, "command", "bench");
	CHECK_AT(a.out, "workloads.0.ledger.0.claims.near", "0");
	CHECK_AT(a.out, "workloads.0.ledger.0.claims.remote", "0");
	CHECK_INT(json_number_at(a.out, "placement.as_asked"), ==,
	          json_number_at(a.out, "placement.workers"));
	CHECK_AT(a.out, "placement.seats.0.bound", "true");
}

static void only(void)
{
	const char *job = scratch_file("four.yaml", FOUR);
	struct answer a = pinion("run", job, "--only", "dot", "--only=cg", "--json", "-q");
	CHECK_CODE(a, 0);
	CHECK_INT(json_length(a.out, "workloads"), ==, 2);
	CHECK_AT(a.out, "workloads.0.name", "dot");
	CHECK_AT(a.out, "workloads.1.name", "cg");
	a = pinion("run", job, "--only", "dto");
	CHECK_CODE(a, 2);
	CHECK_CONTAINS(a.err, "has no workload 'dto' (did you mean 'dot'?)");
}

static void overrides(void)
{
	const char *job = scratch_file("four.yaml", FOUR);
	struct answer a = pinion("run", job, "--only", "triad", "--set", "workers.count=1", "--set",
	                         "workloads.triad.size=8192", "--json", "-q");
	CHECK_CODE(a, 0);
	CHECK_AT(a.out, "placement.workers", "1");
	CHECK_AT(a.out, "workloads.0.bytes_per_run", "196608");
	CHECK_CODE(pinion("run", job, "--set", "workers.cuont=1"), 2);
}

/* Two formats, one folder: both complete, and the JSON is that of standard output. */
static void output_folder(void)
{
	char text[1024];
	snprintf(text, sizeof text,
	         HEAD "workloads:\n" TRIAD "output: {dir: \"%s/results/%%h\", formats: [text, json]}\n",
	         scratch());
	struct answer a = pinion("run", scratch_file("folder.yaml", text), "-q");
	CHECK_CODE(a, 0);
	CHECK_CONTAINS(a.err, "pinion: the reports are in ");
	char *at = strstr(a.err, scratch());
	CHECK(at != NULL);
	at[strcspn(at, "\n")] = '\0';
	CHECK_INT(entries_in(at), ==, 2);
	char path[512];
	snprintf(path, sizeof path, "%s/report.json", at);
	char *json = read_whole(path);
	CHECK_JSON(json);
	CHECK_AT(json, "workloads.0.outcome", "passed");
	snprintf(path, sizeof path, "%s/report.txt", at);
	CHECK_CONTAINS(read_whole(path), "1 of 1 workload passed");
}

/* A job that asks for JSON and names no folder. */
static void json_from_the_job(void)
{
	struct answer a =
	    pinion("run", "-q",
	           scratch_file("json.yaml", HEAD "workloads:\n" TRIAD "output: {formats: [json]}\n"));
	CHECK_CODE(a, 0);
	CHECK_JSON(a.out);
}

static void from_standard_input(void)
{
	struct answer a = run_with(&(struct setting){.input = HEAD "workloads:\n" TRIAD},
	                           (const char *const[]){"run", "-", "--json", "-q", NULL});
	CHECK_CODE(a, 0);
	CHECK_AT(a.out, "workloads.0.name", "triad");
}

/* The three engines compute the same thing; only ours has seats and a ledger. */
static void twins(void)
{
#if defined(__SANITIZE_THREAD__)
	LEAVE("the thread sanitizer cannot see into libgomp");
#endif
	struct answer a = pinion("bench", "triad", "dot", "--engine", "pinion,omp,serial", "--size",
	                         "65536", "--runs=3", "--json", "-q");
	CHECK_CODE(a, 0);
	CHECK_INT(json_length(a.out, "workloads"), ==, 6);
	CHECK_AT(a.out, "workloads.0.engine", "pinion");
	CHECK_AT(a.out, "workloads.1.engine", "omp");
	CHECK_AT(a.out, "workloads.2.engine", "serial");
	CHECK_INT(json_length(a.out, "workloads.2.ledger"), ==, 0);
	for (int i = 0; i < 6; i++) {
		char path[64];
		snprintf(path, sizeof path, "workloads.%d.validation.passed", i);
		CHECK_AT(a.out, path, "true");
	}
}

static void bench_lists_kernels(void)
{
	struct answer a = pinion("bench"), b = pinion("bench", "--json");
	CHECK_CODE(a, 0);
	CHECK_CONTAINS(a.out, "  triad ");
	CHECK_CONTAINS(a.out, "  cg ");
	CHECK_CODE(b, 0);
	CHECK_JSON(b.out);
	CHECK_INT(json_length(b.out, "kernels"), >=, 8);
}

static void plan_runs_nothing(void)
{
	struct answer a = pinion("run", scratch_file("four.yaml", FOUR), "--plan", "--json");
	CHECK_CODE(a, 0);
	CHECK_AT(a.out, "command", "plan");
	CHECK_INT(json_length(a.out, "workloads"), ==, 4);
	CHECK_STR(a.err, "");
}

static void check_verdicts(void)
{
	struct answer a = pinion("check", scratch_file("four.yaml", FOUR));
	CHECK_CODE(a, 0);
	CHECK_CONTAINS(a.out, "four.yaml: fine: 4 workloads, ");
	a = pinion("check", scratch_file("bad.yaml", HEAD "workloads:\n  - {kernel: tirad}\n"),
	           "--json");
	CHECK_CODE(a, 2);
	CHECK_JSON(a.out);
	CHECK_AT(a.out, "ok", "false");
	CHECK_INT(json_length(a.out, "messages"), >=, 2);
	CHECK_CONTAINS(a.err, "triad");
}

static void inline_workers(void)
{
	struct answer a = pinion("bench", "dot", "--size", "65536", "--runs=2", "--json", "-q",
	                         "--workers", "inline");
	CHECK_CODE(a, 0);
	CHECK_AT(a.out, "placement.workers", "1");
	CHECK_AT(a.out, "workloads.0.validation.passed", "true");
}

/* Move the newest thread of a process to processor 0, as an outsider would. */
static void move_a_worker(pid_t pid)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	int newest = 0;
	DIR *folder = opendir(path);
	CHECK(folder != NULL);
	for (struct dirent *e; (e = readdir(folder)) != NULL;)
		newest = atoi(e->d_name) > newest ? atoi(e->d_name) : newest;
	closedir(folder);
	cpu_set_t zero;
	CPU_ZERO(&zero);
	CPU_SET(0, &zero);
	CHECK_INT(newest, !=, pid);
	CHECK_INT(sched_setaffinity(newest, sizeof zero, &zero), ==, 0);
}

/* A seat that is lost while the run goes on is found at the end. Under strict that is exit
 * code 3. */
static void drift_of_a_worker(void)
{
	struct answer all = pinion("plan", "--json");
	if (json_number_at(all.out, "workers") < 2)
		LEAVE("one worker only");
	const char *job = scratch_file(
	    "drift.yaml", "pinion: 1\nworkers: {placement: strict, main: separate}\n"
	                  "statistics: {warmup: 0, min_runs: 1, max_runs: 1000000, min_time: 1200ms}\n"
	                  "workloads:\n  - {kernel: dot, size: 1MiB}\n");
	struct running r = start("run", job);
	wait_for_text(&r, "[1/1] dot\n");
	wait_for_text(&r, "dot: measure ");
	move_a_worker(r.pid);
	struct answer a = finish(&r);
	CHECK_CODE(a, 3);
	CHECK_CONTAINS(a.out, "1 worker LOST the seat after the start");
	CHECK_CONTAINS(a.out, "NOT AS ASKED: ");
}

/* Conjugate gradients: the same history, bit for bit, on one worker and on all. */
static void same_residuals(void)
{
	static const char *const workers[] = {"1", "auto"};
	char history[2][65536];
	for (int i = 0; i < 2; i++) {
		struct answer a = pinion("bench", "cg", "--size", "10x11x12", "--runs=2", "--json", "-q",
		                         "--workers", workers[i]);
		CHECK_CODE(a, 0);
		CHECK(json_at(a.out, "workloads.0.residual", history[i], sizeof history[i]));
	}
	CHECK_STR(history[0], history[1]);
}

TESTS({"four_kernels", four_kernels}, {"text_report", text_report},
      {"owner_moves_nothing", owner_moves_nothing}, {"only", only}, {"overrides", overrides},
      {"output_folder", output_folder}, {"json_from_the_job", json_from_the_job},
      {"from_standard_input", from_standard_input}, {"twins", twins},
      {"bench_lists_kernels", bench_lists_kernels}, {"plan_runs_nothing", plan_runs_nothing},
      {"inline_workers", inline_workers}, {"drift_of_a_worker", drift_of_a_worker},
      {"check_verdicts", check_verdicts}, {"same_residuals", same_residuals})
