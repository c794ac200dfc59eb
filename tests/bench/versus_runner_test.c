/*
 * Contestants that behave, die, hang and lie: real processes, small shell programs
 * in the place of the built ones. And a measurement whose result is known, because
 * its contestants say what they were told to say.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/measure.h"

#include "tests/support/check.h"

#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;

static uint64_t fixed_proof(const struct load *load)
{
	return load->ops * 10 + (uint64_t)load->workers;
}

static const struct setting plain[] = {{"default", {NULL}}};
static const struct setting two[] = {{"slow", {"NS=40000000"}}, {"quick", {"NS=20000000"}}};

/* Contestants here: 1000 operations, proof 10001 for one worker. */
static const struct contender good = {"good", "good", "none", two, 2, NULL};
static const struct question question = {
    .name = "test.question",
    .unit = "ns",
    .workers = 1,
    .pinion = {"pinion", "pinion", "none", plain, 1, NULL},
    .expect = fixed_proof,
};

static void write_program(const char *name, const char *body)
{
	char path[RUNNER_PATH + 80];
	FILE *to;

	snprintf(path, sizeof path, "%s/%s", arena.folder, name);
	to = fopen(path, "w");
	CHECK(to != NULL);
	fprintf(to, "#!/bin/sh\n%s\n", body);
	CHECK_INT(fclose(to), ==, 0);
	CHECK_INT(chmod(path, 0755), ==, 0);
}

#define SERVE "echo ready 1.2.3; while read -r word ns seed; do "

static void prepare(void)
{
	cpu_set_t set;

	if (arena.cpus > 0)
		return;
	CHECK_INT(sched_getaffinity(0, sizeof set, &set), ==, 0);
	while (!CPU_ISSET(arena.cpu[0], &set))
		arena.cpu[0]++;
	arena.cpus = 1;
	arena.turn_ns = 5000000;
	arena.patience_ms = 5000;
	snprintf(arena.folder, sizeof arena.folder, "/tmp/versus-test-XXXXXX");
	CHECK(mkdtemp(arena.folder) != NULL);
	write_program("good", SERVE "echo done 1000 $NS 10001; done");
	write_program("pinion", SERVE "echo done 1000 10000000 10001; done");
}

static void make_odd(struct contender *who, const char *body)
{
	prepare();
	*who = (struct contender){"odd", "odd", "none", plain, 1, NULL};
	write_program("odd", body);
}

static void check_start_fails(const char *body, const char *why)
{
	struct contender who;
	struct runner r;

	make_odd(&who, body);
	CHECK_INT(runner_start(&r, &arena, &question, &who, plain), ==, -1);
	CHECK_CONTAINS(r.error, why);
	CHECK_INT(r.pid, ==, 0);
}

static void check_turn_fails(const char *body, const char *why)
{
	struct contender who;
	struct runner r;
	double value = -1;

	make_odd(&who, body);
	CHECK_INT(runner_start(&r, &arena, &question, &who, plain), ==, 0);
	CHECK_INT(runner_turn(&r, 1, &value), ==, -1);
	CHECK_CONTAINS(r.error, why);
	CHECK(value == -1);
	CHECK_INT(r.pid, ==, 0);
}

static void test_start_fails(void)
{
	check_start_fails("exit 3", "exit code 3");
	check_start_fails("kill -SEGV $$", "signal 11");
	check_start_fails("echo fail no memory; exit 1", "no memory");
	check_start_fails("echo hello", "protocol");
	prepare();
	arena.patience_ms = 200;
	check_start_fails("sleep 30", "no answer within 0.2 s");
	arena.patience_ms = 5000;
}

static void test_turn_fails(void)
{
	check_turn_fails(SERVE "exit 4; done", "exit code 4");
	check_turn_fails(SERVE "kill -ABRT $$; done", "signal 6");
	check_turn_fails(SERVE "echo done 1000 9999999 10002; done", "proof");
	check_turn_fails(SERVE "echo done 999 9999999 10001; done", "proof");
	check_turn_fails(SERVE "echo done 1000 4999999 10001; done", "4999999 ns");
	check_turn_fails(SERVE "echo done 0 9999999 1; done", "batch");
	check_turn_fails(SERVE "echo well; done", "protocol");
	check_turn_fails(SERVE "echo fail item 7 was lost; done", "item 7 was lost");
	arena.patience_ms = 200;
	check_turn_fails(SERVE "sleep 30; done", "no answer within 0.2 s");
	arena.patience_ms = 5000;
}

static char state_of(pid_t pid)
{
	char path[64], state = '?';
	FILE *in;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	in = fopen(path, "r");
	CHECK(in != NULL);
	CHECK_INT(fscanf(in, "%*d (%*[^)]) %c", &state), ==, 1);
	fclose(in);
	return state;
}

static void test_stopped_between_turns(void)
{
	struct contender who;
	struct runner r;
	double value;

	make_odd(&who, SERVE "echo done 1000 10000000 10001; done");
	CHECK_INT(runner_start(&r, &arena, &question, &who, plain), ==, 0);
	CHECK_STR(r.version, "1.2.3");
	for (int i = 0; i < 3; i++) {
		CHECK_INT(state_of(r.pid), ==, 'T');
		CHECK_INT(runner_turn(&r, (uint64_t)i, &value), ==, 0);
		CHECK(value == 10000);
	}
	pid_t pid = r.pid;
	runner_end(&r);
	CHECK_INT(kill(pid, 0), ==, -1);
	runner_end(&r); /* a second time does nothing */
}

/* What a shell of the user says to a runtime does not reach a contestant. */
static void test_clean_environment(void)
{
	struct contender who;
	struct runner r;

	CHECK_INT(setenv("OMP_WAIT_POLICY", "passive", 1), ==, 0);
	make_odd(&who, "echo ready $OMP_WAIT_POLICY:$OMP_NUM_THREADS:$1:$3; read -r line");
	CHECK_INT(runner_start(&r, &arena, &question, &who, plain), ==, 0);
	CHECK_STR(r.version, ":1:default:0");
	runner_end(&r);
	CHECK_INT(unsetenv("OMP_WAIT_POLICY"), ==, 0);
}

/* Four threads on two workers: each is told its processor, and the turn is ten times longer. */
static void test_seats(void)
{
	struct question crowded = question;
	struct contender who;
	struct runner r;
	char want[64];
	double value;

	make_odd(&who, "echo ready $2:$OMP_NUM_THREADS; "
	               "while read -r word ns seed; do echo done 1000 $ns 10002; done");
	arena.cpu[1] = arena.cpu[0]; /* any that exists */
	crowded.workers = 2;
	crowded.threads = 4;
	memcpy(crowded.seat, (const int[]){0, 1, 1, 0}, 4 * sizeof(int));
	CHECK_INT(runner_start(&r, &arena, &crowded, &who, plain), ==, 0);
	snprintf(want, sizeof want, "%d,%d,%d,%d:2", arena.cpu[0], arena.cpu[1], arena.cpu[1],
	         arena.cpu[0]);
	CHECK_STR(r.version, want);
	CHECK(runner_turn_ns(&arena, &question) == arena.turn_ns);
	CHECK(runner_turn_ns(&arena, &crowded) == 10 * arena.turn_ns);
	CHECK_INT(runner_turn(&r, 1, &value), ==, 0);
	CHECK(value == 10 * (double)arena.turn_ns / 1000);
	runner_end(&r);
}

static void test_measure(void)
{
	struct measure_plan plan = {.pairs = 5, .calibration = 3, .steal = 1, .dice = {3}};
	struct outcome out;

	prepare();
	CHECK_INT(measure(&arena, &question, &good, &plan, &out), ==, 0);
	CHECK_INT(out.settings, ==, 2);
	CHECK(out.calibrated[0].median == 40000 && out.calibrated[1].median == 20000);
	CHECK_STR(out.peer.setting->name, "quick");
	CHECK_INT(out.pairs, ==, 5);
	CHECK(out.pinion.median == 10000 && out.peer.median == 20000);
	CHECK(out.speed.median == 2 && out.speed.low == 2 && out.speed.high == 2);
	measure_free(&out);
}

static void test_measure_alone(void)
{
	struct measure_plan plan = {.pairs = 3, .calibration = 3, .steal = 1, .dice = {3}};
	struct outcome out;

	prepare();
	CHECK_INT(measure(&arena, &question, NULL, &plan, &out), ==, 0);
	CHECK(out.pinion.median == 10000 && out.peer.who == NULL);
	measure_free(&out);
}

static void test_measure_fails(void)
{
	struct measure_plan plan = {.pairs = 3, .calibration = 3, .steal = 1, .dice = {3}};
	struct contender liar = {"liar", "odd", "none", plain, 1, NULL};
	struct outcome out;

	prepare();
	write_program("odd", SERVE "echo done 1000 9999999 7; done");
	CHECK_INT(measure(&arena, &question, &liar, &plan, &out), ==, -1);
	CHECK_CONTAINS(out.error, "liar (default): the proof");
	measure_free(&out);
}

/* A setting that the machine cannot do is left out; a peer without any other is an error. */
static void test_measure_unfit(void)
{
	static const struct setting both[] = {{"no", {"FIT=no"}}, {"yes", {"FIT=yes"}}};
	struct measure_plan plan = {.pairs = 3, .calibration = 3, .steal = 1, .dice = {3}};
	struct contender picky = {"picky", "odd", "none", both, 2, NULL};
	struct outcome out;

	prepare();
	write_program("odd", "[ $FIT = yes ] || { echo unfit too old; exit 1; }\n" SERVE
	                     "echo done 1000 5000000 10001; done");
	CHECK_INT(measure(&arena, &question, &picky, &plan, &out), ==, 0);
	CHECK(out.calibrated[0].unfit && !out.calibrated[1].unfit);
	CHECK_STR(out.peer.setting->name, "yes");
	CHECK(out.speed.median == 0.5);
	measure_free(&out);
	picky.settings = 1;
	CHECK_INT(measure(&arena, &question, &picky, &plan, &out), ==, -1);
	CHECK_CONTAINS(out.error, "picky (no): too old");
	measure_free(&out);
}

/* No share is below 0, so everything is dropped. */
static void test_measure_drops(void)
{
	struct measure_plan plan = {.pairs = 3, .calibration = 3, .steal = -1, .dice = {3}};
	struct outcome out;

	prepare();
	CHECK_INT(measure(&arena, &question, NULL, &plan, &out), ==, -1);
	CHECK_INT(out.dropped, ==, 9);
	CHECK_CONTAINS(out.error, "hypervisor");
	measure_free(&out);
}

static void test_clean_up(void)
{
	static const char *const name[] = {"good", "pinion", "odd"};
	char path[RUNNER_PATH + 80];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", arena.folder, name[i]);
		unlink(path);
	}
	if (arena.cpus > 0)
		CHECK_INT(rmdir(arena.folder), ==, 0);
}

TESTS({"start_fails", test_start_fails}, {"turn_fails", test_turn_fails},
      {"stopped_between_turns", test_stopped_between_turns},
      {"clean_environment", test_clean_environment}, {"seats", test_seats},
      {"measure", test_measure},
      {"measure_alone", test_measure_alone}, {"measure_fails", test_measure_fails},
      {"measure_unfit", test_measure_unfit},
      {"measure_drops", test_measure_drops}, {"clean_up", test_clean_up})
