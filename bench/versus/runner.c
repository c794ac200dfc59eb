/*
 * Contestants as processes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_ALIVE  8
#define PATIENCE_MS 60000
#define LIST_BYTES  8192
#define ENV_MOST    (QUESTION_ENV + 10)
#define SHARED_TURN 10 /* a turn is so many times longer where threads share a processor */

/* Process groups of the contestants that live; 0 is a free place. */
static volatile sig_atomic_t alive[MOST_ALIVE];

static void remember(pid_t pid)
{
	for (int i = 0; i < MOST_ALIVE; i++)
		if (alive[i] == 0) {
			alive[i] = (sig_atomic_t)pid;
			return;
		}
}

static void forget(pid_t pid)
{
	for (int i = 0; i < MOST_ALIVE; i++)
		if (alive[i] == (sig_atomic_t)pid)
			alive[i] = 0;
}

void runner_kill_all(void)
{
	for (int i = 0; i < MOST_ALIVE; i++)
		if (alive[i] != 0)
			kill(-(pid_t)alive[i], SIGKILL);
}

bool runner_built(const struct arena *arena, const struct contender *who)
{
	char path[RUNNER_PATH + 80];

	snprintf(path, sizeof path, "%s/%s", arena->folder, who->program);
	return access(path, X_OK) == 0;
}

int runner_workers(const struct arena *arena, const struct question *q)
{
	return q->workers > 0 ? q->workers : arena->cpus;
}

int runner_threads(const struct arena *arena, const struct question *q)
{
	return q->threads > 0 ? q->threads : runner_workers(arena, q);
}

uint64_t runner_turn_ns(const struct arena *arena, const struct question *q)
{
	bool shared = runner_threads(arena, q) > runner_workers(arena, q);

	return arena->turn_ns * (shared ? SHARED_TURN : 1);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the new process ------------------------------------------------------------ */

struct birth {
	char path[RUNNER_PATH + 80], list[LIST_BYTES], elements[24];
	char threads[40], places[2 * LIST_BYTES], home[RUNNER_PATH];
	const char *argv[5], *env[ENV_MOST];
	cpu_set_t set;
};

/* "OMP_PLACES={0},{1}", one place per worker. @return false when they do not fit. */
static bool write_places(struct birth *b, const struct arena *arena, int workers)
{
	size_t used = (size_t)snprintf(b->places, sizeof b->places, "OMP_PLACES=");

	for (int i = 0; i < workers; i++) {
		if (used + 10 > sizeof b->places)
			return false;
		used += (size_t)snprintf(b->places + used, sizeof b->places - used, "%s{%d}",
		                         i > 0 ? "," : "", arena->cpu[i]);
		CPU_SET(arena->cpu[i], &b->set);
	}
	return true;
}

/* "0,1,0,1", the processor of each thread. @return false when they do not fit. */
static bool write_list(struct birth *b, const struct runner *r)
{
	const struct question *q = r->question;
	size_t used = 0;

	for (int i = 0; i < r->threads; i++) {
		int seat = q->threads > 0 ? q->seat[i] : i;

		if (used + 8 > sizeof b->list)
			return false;
		used += (size_t)snprintf(b->list + used, sizeof b->list - used, "%s%d", i > 0 ? "," : "",
		                         r->arena->cpu[seat]);
	}
	return true;
}

/* A clean environment: what the caller's shell says to OpenMP or to Pinion has no influence. */
static void write_env(struct birth *b, const struct setting *setting, int workers)
{
	int n = 0;

	snprintf(b->threads, sizeof b->threads, "OMP_NUM_THREADS=%d", workers);
	snprintf(b->home, sizeof b->home, "HOME=%.4000s", getenv("HOME") ? getenv("HOME") : "/");
	b->env[n++] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	b->env[n++] = "LC_ALL=C";
	b->env[n++] = b->home;
	b->env[n++] = b->threads;
	b->env[n++] = b->places;
	b->env[n++] = "OMP_PROC_BIND=close";
	b->env[n++] = "OMP_DYNAMIC=false";
	for (int i = 0; i < QUESTION_ENV && setting->env[i] != NULL; i++)
		b->env[n++] = setting->env[i];
	b->env[n] = NULL;
}

static struct birth *birth_make(const struct runner *r)
{
	struct birth *b = calloc(1, sizeof *b);

	if (b == NULL)
		return NULL;
	snprintf(b->path, sizeof b->path, "%s/%s", r->arena->folder, r->who->program);
	snprintf(b->elements, sizeof b->elements, "%zu", r->arena->elements);
	if (!write_places(b, r->arena, r->workers) || !write_list(b, r)) {
		free(b);
		return NULL;
	}
	write_env(b, r->setting, r->workers);
	b->argv[0] = b->path;
	b->argv[1] = r->setting->name;
	b->argv[2] = b->list;
	b->argv[3] = b->elements;
	return b;
}

/* In the child: only calls that are safe between fork and exec. */
static void become(struct birth *b, int in, int out)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(126);
	if (sched_setaffinity(0, sizeof b->set, &b->set) != 0)
		_exit(125);
	execve(b->path, (char *const *)b->argv, (char *const *)b->env); /* it changes neither */
	_exit(127);
}

/* Ctrl-C must not come between the fork and its note in the list of the living. */
static pid_t fork_noted(void)
{
	sigset_t all, old;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid = fork();
	if (pid > 0) {
		setpgid(pid, pid);
		remember(pid);
	}
	if (pid == 0) {
		signal(SIGINT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		signal(SIGHUP, SIG_DFL);
		signal(SIGPIPE, SIG_DFL);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return pid;
}

static int spawn(struct runner *r, struct birth *b)
{
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) != 0)
		return -1;
	if (pipe2(from, O_CLOEXEC) != 0) {
		close(to[0]);
		close(to[1]);
		return -1;
	}
	r->pid = fork_noted();
	if (r->pid == 0)
		become(b, to[0], from[1]);
	close(to[0]);
	close(from[1]);
	if (r->pid < 0) {
		r->pid = 0;
		close(to[1]);
		close(from[0]);
		return -1;
	}
	r->to = to[1];
	r->from = from[0];
	return 0;
}

/* ---- talking to it ---------------------------------------------------------------- */

static int failed(struct runner *r, const char *why)
{
	snprintf(r->error, sizeof r->error, "%.390s", why);
	runner_end(r);
	return -1;
}

/* The pipe ended: say how the process did. */
static int died(struct runner *r)
{
	int status = 0;
	char why[120] = "it ended without an answer";

	kill(-r->pid, SIGCONT);
	if (waitpid(r->pid, &status, 0) == r->pid) {
		forget(r->pid);
		if (WIFSIGNALED(status))
			snprintf(why, sizeof why, "it was ended by signal %d (%s)", WTERMSIG(status),
			         strsignal(WTERMSIG(status)));
		else
			snprintf(why, sizeof why, "it ended with exit code %d instead of an answer",
			         WEXITSTATUS(status));
		kill(-r->pid, SIGKILL); /* what it may have started */
		close(r->to);
		close(r->from);
		r->pid = 0;
	}
	return failed(r, why);
}

static int late(struct runner *r, int patience)
{
	char why[80];

	snprintf(why, sizeof why, "no answer within %.1f s", patience / 1000.0);
	return failed(r, why);
}

/* Read one line into r->line. */
static int hear(struct runner *r)
{
	int patience = r->arena->patience_ms > 0 ? r->arena->patience_ms : PATIENCE_MS;
	int64_t end = now_ms() + patience;
	size_t length = 0;

	for (;;) {
		struct pollfd ready = {r->from, POLLIN, 0};
		int64_t left = end - now_ms();
		int n = left > 0 ? poll(&ready, 1, (int)left) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return late(r, patience);
		ssize_t got = read(r->from, r->line + length, sizeof r->line - 1 - length);
		if (got <= 0)
			return died(r);
		length += (size_t)got;
		r->line[length] = '\0';
		if (r->line[length - 1] == '\n')
			break;
		if (length == sizeof r->line - 1)
			return failed(r, "its answer is not one line");
	}
	r->line[length - 1] = '\0';
	r->unfit = strncmp(r->line, "unfit ", 6) == 0;
	if (r->unfit)
		return failed(r, r->line + 6);
	return strncmp(r->line, "fail ", 5) == 0 ? failed(r, r->line + 5) : 0;
}

static int say(struct runner *r, const char *text)
{
	size_t length = strlen(text);

	return write(r->to, text, length) == (ssize_t)length ? 0 : died(r);
}

static int halt(struct runner *r)
{
	int status;

	if (kill(-r->pid, SIGSTOP) != 0)
		return died(r);
	while (waitpid(r->pid, &status, WUNTRACED) < 0)
		if (errno != EINTR)
			return failed(r, "it cannot be waited for");
	if (WIFSTOPPED(status))
		return 0;
	forget(r->pid);
	close(r->to);
	close(r->from);
	r->pid = 0;
	return failed(r, "it ended when it should have stopped");
}

int runner_start(struct runner *r, const struct arena *arena, const struct question *q,
                 const struct contender *who, const struct setting *setting)
{
	struct birth *b;

	*r = (struct runner){.question = q, .who = who, .setting = setting, .arena = arena};
	r->workers = runner_workers(arena, q);
	r->threads = runner_threads(arena, q);
	b = birth_make(r);
	if (b == NULL || spawn(r, b) != 0) {
		free(b);
		return failed(r, "it cannot be started");
	}
	free(b);
	if (hear(r) != 0)
		return -1;
	if (sscanf(r->line, "ready %79[^\n]", r->version) != 1)
		return failed(r, "it does not follow the protocol");
	return halt(r);
}

/* Did the contestant do what it says, and as much as was asked? */
static int verify(struct runner *r, const struct load *load, uint64_t ns, uint64_t checksum)
{
	uint64_t (*expect)(const struct load *) =
	    r->who->expect != NULL ? r->who->expect : r->question->expect;
	uint64_t want = runner_turn_ns(r->arena, r->question);
	char why[160];

	if (load->ops == 0 || ns < want) {
		snprintf(why, sizeof why, "its batch took %" PRIu64 " ns, and %" PRIu64 " were asked", ns,
		         want);
		return failed(r, why);
	}
	if (checksum != expect(load)) {
		snprintf(why, sizeof why,
		         "the proof of its %" PRIu64 " operations is wrong: %016" PRIx64
		         " instead of %016" PRIx64,
		         load->ops, checksum, expect(load));
		return failed(r, why);
	}
	return 0;
}

int runner_turn(struct runner *r, uint64_t seed, double *value)
{
	struct load load = {r->workers, r->threads, r->arena->elements, 0, seed % 1000003};
	uint64_t ns, checksum;
	char command[80];

	if (kill(-r->pid, SIGCONT) != 0)
		return died(r);
	snprintf(command, sizeof command, "turn %" PRIu64 " %" PRIu64 "\n",
	         runner_turn_ns(r->arena, r->question), load.seed);
	if (say(r, command) != 0 || hear(r) != 0)
		return -1;
	if (sscanf(r->line, "done %" SCNu64 " %" SCNu64 " %" SCNu64, &load.ops, &ns, &checksum) != 3)
		return failed(r, "it does not follow the protocol");
	if (verify(r, &load, ns, checksum) != 0 || halt(r) != 0)
		return -1;
	*value = question_value(r->question, load.elements, load.ops, ns);
	return 0;
}

void runner_end(struct runner *r)
{
	if (r->pid == 0)
		return;
	kill(-r->pid, SIGKILL);
	while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
		;
	forget(r->pid);
	close(r->to);
	close(r->from);
	r->pid = 0;
}
