/*
 * task.run_on with bare futexes: what two pinned threads pay to hand a call over
 * and back when the one that waits sleeps. Each side has a word of its own.
 *
 * Ordering
 *   [call]    caller stores call (release) -> partner loads call (acquire)
 *   [answer]  partner stores answer (release) -> caller loads answer (acquire)
 *             carries: the partner's count.
 *   A sleeper gives the kernel the value that it has seen, so a store between
 *   its look and its sleep makes the sleep end at once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/contestant.h"
#include "bench/versus/proof.h"

#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

struct desk {
	_Alignas(CONTESTANT_LINE) uint32_t call;   /* written by the caller */
	_Alignas(CONTESTANT_LINE) uint32_t answer; /* written by the partner */
	uint64_t runs;
	_Alignas(CONTESTANT_LINE) uint64_t before; /* the caller's own */
};

static void post(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE); /* [call] [answer] */
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void await(uint32_t *word, uint32_t value)
{
	uint32_t seen;

	while ((seen = __atomic_load_n(word, __ATOMIC_ACQUIRE)) != value) /* [call] [answer] */
		syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void *partner(void *ctx)
{
	struct desk *d = ctx;

	for (uint32_t round = 1;; round++) {
		await(&d->call, round);
		d->runs++;
		post(&d->answer, round);
	}
	return NULL;
}

static const char *setup(struct contestant *self, const struct contestant_task *task)
{
	struct desk *d = aligned_alloc(CONTESTANT_LINE, sizeof *d);
	static char version[80];
	struct utsname system;

	if (d == NULL || uname(&system) != 0)
		return "out of memory";
	snprintf(version, sizeof version, "%.70s", system.release);
	*d = (struct desk){0};
	self->version = version;
	self->state = d;
	if (task->workers < 2)
		return "caller and partner need two processors";
	if (contestant_pin(task->cpu[0]) != 0 || contestant_thread(task->cpu[1], partner, d) != 0)
		return "a thread cannot be started on its processor";
	return NULL;
}

static void prepare(struct contestant *self)
{
	struct desk *d = self->state;

	d->before = d->runs; /* the partner waits for the next call */
}

static uint64_t batch(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct desk *d = self->state;
	uint32_t round = d->call;

	for (uint64_t i = 0; i < ops; i++) {
		post(&d->call, ++round);
		await(&d->answer, round);
	}
	return 0;
}

static uint64_t checksum(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct desk *d = self->state;

	return proof_worker(1, d->runs - d->before, seed);
}

int main(int argc, char **argv)
{
	struct contestant self = {NULL, setup, prepare, batch, checksum, 0, NULL};

	return contestant_main(&self, argc, argv);
}
