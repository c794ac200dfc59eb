/*
 * The contestant's side of the protocol: warm up, time one batch, hand over.
 *
 * The warm-up grows a batch until it fills a quarter of the turn, which also tells
 * how many operations fill all of it. Shorter batches tell nothing where threads share a
 * processor: they end before anybody is interrupted. A timed batch that turns out
 * shorter than was asked is repeated longer: what is reported is one batch, never a sum.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/contestant.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define HUGE_PAGE ((size_t)2 << 20)
#define REPLY_FD 9 /* standard output as it was; the runtime's own goes to standard error */

static unsigned patience_s; /* 0: none */

uint64_t contestant_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void reply(const char *line)
{
	size_t left = strlen(line);

	while (left > 0) {
		ssize_t n = write(REPLY_FD, line, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(1); /* the controller is gone */
		line += n;
		left -= (size_t)n;
	}
}

static void end_with(const char *word, const char *text)
{
	char line[320];

	snprintf(line, sizeof line, "%s %.300s\n", word, text);
	reply(line);
	_exit(1);
}

void contestant_fail(const char *text)
{
	end_with("fail", text);
}

void contestant_unfit(const char *text)
{
	end_with("unfit", text);
}

int contestant_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof set, &set) == 0 && sched_getcpu() == cpu ? 0 : -1;
}

struct start {
	int cpu;
	void *(*fn)(void *ctx);
	void *ctx;
};

static void *pinned(void *arg)
{
	struct start start = *(struct start *)arg;

	free(arg);
	if (contestant_pin(start.cpu) != 0)
		contestant_fail("a thread cannot be bound to its processor");
	return start.fn(start.ctx);
}

int contestant_thread(int cpu, void *(*fn)(void *ctx), void *ctx)
{
	struct start *start = malloc(sizeof *start);
	pthread_t thread;

	if (start == NULL)
		return -1;
	*start = (struct start){cpu, fn, ctx};
	if (pthread_create(&thread, NULL, pinned, start) != 0) {
		free(start);
		return -1;
	}
	pthread_detach(thread);
	return 0;
}

double *contestant_doubles(size_t n)
{
	size_t bytes = (n * sizeof(double) + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	char *base = mmap(NULL, bytes + HUGE_PAGE, PROT_READ | PROT_WRITE,
	                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		return NULL;
	base += (HUGE_PAGE - (uintptr_t)base % HUGE_PAGE) % HUGE_PAGE;
	madvise(base, bytes, MADV_HUGEPAGE); /* a system without huge pages does without */
	return (double *)(void *)base;
}

/* Threads that hold each other up for their time slices may need hours for a turn. */
static void give_up(int number)
{
	static const char line[] = "unfit a turn takes longer than it may: its threads stand in "
	                           "each other's way\n";

	(void)number;
	(void)!write(REPLY_FD, line, sizeof line - 1);
	_exit(1);
}

void contestant_patience(unsigned seconds)
{
	patience_s = seconds;
	signal(SIGALRM, give_up);
}

/* One batch; its nanoseconds, never 0. */
static uint64_t timed(struct contestant *self, uint64_t ops, uint64_t seed)
{
	uint64_t begin, own, end;

	if (self->prepare != NULL)
		self->prepare(self);
	begin = contestant_now_ns();
	own = self->batch(self, ops, seed);
	end = contestant_now_ns();
	if (own == 0)
		own = end - begin;
	return own > 0 ? own : 1;
}

/* Operations that take a little more than `want` nanoseconds at `best` nanoseconds each. */
static uint64_t filling(const struct contestant *self, double want, double best)
{
	uint64_t least = self->min_ops > 0 ? self->min_ops : 1;
	uint64_t ops = (uint64_t)(1.1 * want / best) + 1;

	return ops > least ? ops : least;
}

/*
 * The best rate of the long batches decides. One that lost its processor for a moment seems
 * slow; then the timed batch is too short, is repeated, and corrects it.
 */
static void turn(struct contestant *self, uint64_t want, uint64_t seed)
{
	uint64_t ops = self->min_ops > 0 ? self->min_ops : 1, took;
	double best;
	char line[128];

	alarm(patience_s);
	while ((took = timed(self, ops, seed + 1)) < want / 4)
		ops *= 8;
	best = (double)took / (double)ops;
	ops = filling(self, (double)want, best);
	while ((took = timed(self, ops, seed)) < want) {
		if ((double)took / (double)ops < best)
			best = (double)took / (double)ops;
		ops = filling(self, (double)want, best);
	}
	alarm(0);
	snprintf(line, sizeof line, "done %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", ops, took,
	         self->checksum(self, ops, seed));
	reply(line);
}

static int read_cpus(struct contestant_task *task, const char *text)
{
	task->workers = 0;
	while (*text != '\0' && task->workers < CONTESTANT_CPUS) {
		char *end;
		long cpu = strtol(text, &end, 10);

		if (end == text || cpu < 0 || cpu >= CPU_SETSIZE)
			return -1;
		task->cpu[task->workers++] = (int)cpu;
		text = *end == ',' ? end + 1 : end;
	}
	return *text == '\0' && task->workers > 0 ? 0 : -1;
}

static void announce(struct contestant *self)
{
	char line[160];

	snprintf(line, sizeof line, "ready %s\n", self->version != NULL ? self->version : "unknown");
	reply(line);
}

int contestant_main(struct contestant *self, int argc, char **argv)
{
	static struct contestant_task task;
	char line[128];
	const char *wrong;

	if (argc != 4 || read_cpus(&task, argv[2]) != 0) {
		fprintf(stderr, "usage: %s SETTING CPU[,CPU...] ELEMENTS; versus runs this program\n",
		        argv[0]);
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(STDOUT_FILENO, REPLY_FD) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return 1;
	task.setting = argv[1];
	task.elements = strtoull(argv[3], NULL, 10);
	wrong = self->setup(self, &task);
	if (wrong != NULL)
		contestant_fail(wrong);
	announce(self);
	while (fgets(line, sizeof line, stdin) != NULL) {
		uint64_t want, seed;

		if (sscanf(line, "turn %" SCNu64 " %" SCNu64, &want, &seed) != 2)
			contestant_fail("not a command");
		turn(self, want, seed);
	}
	_exit(0); /* threads of the runtime may still spin */
}
