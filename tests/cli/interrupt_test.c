/*
 * Ctrl-C in every phase. After each, the folder of the output holds nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/cli/command.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDLESS "statistics: {warmup: %s, min_runs: 1000000, max_runs: 1000000}\n"

static const char *out_folder(void)
{
	const char *path = scratch_path("out");
	if (!exists(path))
		CHECK_INT(mkdir(path, 0700), ==, 0);
	CHECK_INT(entries_in(path), ==, 0);
	return path;
}

static struct running start_job(const char *text)
{
	char option[128];
	snprintf(option, sizeof option, "--json=%s/result.json", out_folder());
	return start("run", scratch_file("job.yaml", text), option);
}

static struct running start_kernel(const char *warmup)
{
	char text[512];
	snprintf(text, sizeof text,
	         "pinion: 1\n" ENDLESS "workloads:\n  - {name: endless, kernel: triad, size: 1MiB}\n",
	         warmup);
	return start_job(text);
}

/* The first signal: a message, code 130, no file. */
static void ended_cleanly(struct running *r)
{
	struct answer a = finish(r);
	CHECK_CODE(a, 130);
	CHECK_CONTAINS(a.err, "pinion: interrupted");
	CHECK_INT(entries_in(out_folder()), ==, 0);
}

static void while_reading(void)
{
	struct running r = start_with(&(struct setting){.hold_input = true, .input = "pinion: 1\n"},
	                              (const char *const[]){"run", "-", NULL});
	/* Standard input never ends, so it is reading, or about to. */
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/wchan", (int)r.pid);
	for (int i = 0; i < 1000 && strstr(read_whole(path), "pipe") == NULL; i++)
		usleep(1000);
	CHECK_INT(kill(r.pid, SIGINT), ==, 0);
	struct answer a = finish(&r);
	CHECK_CODE(a, 130);
	CHECK_CONTAINS(a.err, "pinion: interrupted");
}

static void while_measuring(void)
{
	struct running r = start_kernel("0");
	wait_for_text(&r, "[1/1] endless\n");
	CHECK_INT(kill(r.pid, SIGINT), ==, 0);
	ended_cleanly(&r);
}

static void while_warming_up(void)
{
	struct running r = start_kernel("1000000");
	wait_for_text(&r, "endless: warm up ");
	CHECK_INT(kill(r.pid, SIGINT), ==, 0);
	ended_cleanly(&r);
}

static void termination_too(void)
{
	struct running r = start_kernel("0");
	wait_for_text(&r, "endless: measure ");
	CHECK_INT(kill(r.pid, SIGTERM), ==, 0);
	ended_cleanly(&r);
}

/* Preparing takes a while: pages of two GiB are made, or as many as memory has. */
static void while_preparing(void)
{
	struct running r =
	    start_job("pinion: 1\nworkloads:\n  - {name: big, kernel: triad, size: 256MiB}\n");
	wait_for_text(&r, "[1/1] big\n");
	CHECK_INT(kill(r.pid, SIGINT), ==, 0);
	ended_cleanly(&r);
}

#define PROGRAM                                                                                    \
	"pinion: 1\nworkloads:\n  - {name: p, command: [sh, -c, \"%s echo began; sleep 300\"]}\n"

static void while_a_program_runs(void)
{
	char text[256];
	snprintf(text, sizeof text, PROGRAM, "");
	struct running r = start_job(text);
	wait_for_text(&r, "[1/1] p\n");
	usleep(100000);
	CHECK_INT(kill(r.pid, SIGINT), ==, 0);
	ended_cleanly(&r);
}

/* Within a few seconds; one that nobody waits for any more counts as gone. */
static bool is_gone(pid_t pid)
{
	char path[64], state;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	for (int i = 0; i < 3000; i++) {
		const char *text = read_whole(path), *name_end = strrchr(text, ')');
		if (name_end == NULL || sscanf(name_end, ") %c", &state) != 1 || state == 'Z' ||
		    state == 'X')
			return true;
		usleep(1000);
	}
	return false;
}

/* A program that ignores the first signal dies with the second, and so do we, by the signal
 * itself. */
static void second_signal_kills(void)
{
	const char *pid_file = scratch_path("pid");
	char text[512], trap[256];
	snprintf(trap, sizeof trap, "trap '' INT; echo $$ > %s;", pid_file);
	snprintf(text, sizeof text, PROGRAM, trap);
	struct running r = start_job(text);
	for (int i = 0; i < 5000 && atoi(read_whole(pid_file)) == 0; i++)
		usleep(2000);
	pid_t program = (pid_t)atoi(read_whole(pid_file));
	CHECK_INT(program, >, 1);
	CHECK_INT(kill(r.pid, SIGINT), ==, 0);
	wait_for_text(&r, "once more kills");
	CHECK_INT(kill(program, 0), ==, 0);
	CHECK_INT(kill(r.pid, SIGINT), ==, 0);
	struct answer a = finish(&r);
	CHECK_CODE(a, 128 + SIGINT);
	CHECK_INT(entries_in(out_folder()), ==, 0);
	CHECK(is_gone(program));
}

/* A program does not outlive the command, even when that has no chance to say anything. */
static void killed_outright(void)
{
	const char *pid_file = scratch_path("orphan");
	char text[256], command[128];
	snprintf(command, sizeof command, "echo $$ > %s; exec sleep 300;", pid_file);
	snprintf(text, sizeof text, PROGRAM, command);
	scratch_file("orphan", "");
	struct running r = start("run", scratch_file("orphan.yaml", text));
	for (int i = 0; i < 5000 && atoi(read_whole(pid_file)) == 0; i++)
		usleep(2000);
	pid_t program = (pid_t)atoi(read_whole(pid_file));
	CHECK_INT(program, >, 1);
	CHECK_INT(kill(r.pid, SIGKILL), ==, 0);
	CHECK_CODE(finish(&r), 128 + SIGKILL);
	CHECK(is_gone(program));
}

/* The second signal in a kernel: the unfinished file goes too. */
static void second_signal_in_a_kernel(void)
{
	struct running r = start_job("pinion: 1\n"
	                             "statistics: {warmup: 0, min_runs: 1000000, max_runs: 1000000}\n"
	                             "workloads:\n  - {name: slow, kernel: cg, size: 96x96x96}\n");
	wait_for_text(&r, "[1/1] slow\n");
	CHECK_INT(kill(r.pid, SIGINT), ==, 0);
	CHECK_INT(kill(r.pid, SIGINT), ==, 0);
	struct answer a = finish(&r);
	CHECK(a.code == 128 + SIGINT || a.code == 130);
	CHECK_INT(entries_in(out_folder()), ==, 0);
}

/* Results of workloads that were finished before are shown, and still no file looks complete. */
static void after_a_finished_workload(void)
{
	struct running r = start_job(
	    "pinion: 1\nworkloads:\n"
	    "  - {name: first, command: [\"true\"]}\n  - {name: second, command: [sleep, \"300\"]}\n");
	wait_for_text(&r, "[2/2] second\n");
	usleep(50000);
	CHECK_INT(kill(r.pid, SIGINT), ==, 0);
	struct answer a = finish(&r);
	CHECK_CODE(a, 130);
	CHECK_CONTAINS(a.out, "first: command true");
	CHECK_CONTAINS(a.err, "1 of 2 workloads were finished; no output file was written");
	CHECK_INT(entries_in(out_folder()), ==, 0);
}

/*
 * The report goes into a pipe that is full, so writing it lasts until somebody reads, and that
 * is never. The reports of the folder are open by then and must vanish.
 */
static void while_writing(void)
{
	const char *fifo = scratch_path("fifo");
	char text[512], option[128];
	CHECK_INT(mkfifo(fifo, 0600), ==, 0);
	int reader = open(fifo, O_RDONLY | O_NONBLOCK);
	CHECK_INT(reader, >=, 0);
	snprintf(text, sizeof text,
	         "pinion: 1\n"
	         "statistics: {warmup: 0, min_runs: 20000, max_runs: 20000}\n"
	         "workloads:\n  - {kernel: dot, size: 64B}\n"
	         "output: {dir: \"%s\", formats: [text, json]}\n",
	         out_folder());
	snprintf(option, sizeof option, "--json=%s", fifo);
	struct running r = start("run", scratch_file("job.yaml", text), option, "-q");
	for (int i = 0; i < 6000 && strstr(read_whole(r.out_path), "1 of 1 workload passed") == NULL;
	     i++)
		usleep(5000);
	CHECK_INT(entries_in(scratch_path("out")), ==, 2);
	CHECK_INT(kill(r.pid, SIGINT), ==, 0);
	ended_cleanly(&r);
	close(reader);
}

/* A reader that goes away ends the command as it ends any other, and nothing is left behind. */
static void broken_pipe(void)
{
	struct setting broken = {.broken_output = true};
	struct answer a = run_with(&broken, (const char *const[]){"topo", NULL});
	CHECK_CODE(a, 128 + SIGPIPE);
	char option[128];
	snprintf(option, sizeof option, "--json=%s/result.json", out_folder());
	a = run_with(&broken, (const char *const[]){"bench", "dot", "--size", "4KiB", "--runs=1", "-q",
	                                            option, NULL});
	CHECK_CODE(a, 128 + SIGPIPE);
	CHECK_INT(entries_in(out_folder()), ==, 0);
}

TESTS({"while_reading", while_reading}, {"while_measuring", while_measuring},
      {"while_warming_up", while_warming_up}, {"termination_too", termination_too},
      {"while_preparing", while_preparing}, {"while_a_program_runs", while_a_program_runs},
      {"second_signal_kills", second_signal_kills}, {"killed_outright", killed_outright},
      {"second_signal_in_a_kernel", second_signal_in_a_kernel},
      {"after_a_finished_workload", after_a_finished_workload}, {"while_writing", while_writing},
      {"broken_pipe", broken_pipe})
