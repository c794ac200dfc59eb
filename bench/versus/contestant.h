/*
 * A contestant: one process that does one question's work with one runtime at
 * one setting, turn by turn, as its controller says.
 *
 *	PROGRAM SETTING CPU[,CPU...] ELEMENTS
 *
 * It reads commands from standard input and answers on standard output, one line
 * each. Whatever a runtime prints itself goes to standard error.
 *
 *	(start)          ready VERSION
 *	turn NS SEED     done OPERATIONS NS CHECKSUM
 *	(any)            fail TEXT, and it ends
 *	(any)            unfit TEXT, and it ends: the setting is nothing for this machine
 *
 * Each program supplies a struct contestant and calls contestant_main(). This
 * part is compiled with each program's own compiler, as C11.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_CONTESTANT_H
#define PINION_BENCH_VERSUS_CONTESTANT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CONTESTANT_CPUS 1024
#define CONTESTANT_LINE 128 /* apart enough that two threads share no pair of cache lines */

/* What the controller asks for. */
struct contestant_task {
	const char *setting;
	int workers;              /* threads; several may have the same processor */
	int cpu[CONTESTANT_CPUS]; /* thread i runs on cpu[i] */
	size_t elements;          /* size of the problem; 0 where the question has none */
};

struct contestant {
	const char *version; /* of the runtime; setup may set it */

	/* Make everything ready and check it. @return NULL, or what is wrong. */
	const char *(*setup)(struct contestant *self, const struct contestant_task *task);

	/* Untimed, before each batch. May be NULL. */
	void (*prepare)(struct contestant *self);

	/* Do the operation `ops` times. @return 0, or the nanoseconds by the runtime's own clock. */
	uint64_t (*batch)(struct contestant *self, uint64_t ops, uint64_t seed);

	/* What the last batch left behind, see proof.h. Untimed. */
	uint64_t (*checksum)(struct contestant *self, uint64_t ops, uint64_t seed);

	uint64_t min_ops; /* of a batch; 0 is 1 */
	void *state;
};

/** Serve the controller until it closes standard input. @return the exit code. */
int contestant_main(struct contestant *self, int argc, char **argv);

/** Bind the calling thread to one processor, and check it. @return 0 or -1. */
int contestant_pin(int cpu);

/** Start a thread bound to one processor. @return 0 or -1. */
int contestant_thread(int cpu, void *(*fn)(void *ctx), void *ctx);

/** Zero-filled memory for n doubles on huge pages where the system has them, or NULL. */
double *contestant_doubles(size_t n);

/** The clock of the turns, in nanoseconds. */
uint64_t contestant_now_ns(void);

/** Answer "fail TEXT" and end the process. */
void contestant_fail(const char *text);

/** Answer "unfit TEXT" and end the process: the setting is left out, and the others play. */
void contestant_unfit(const char *text);

/** Answer "unfit" when a turn takes longer than so many seconds. Until it is called: any time. */
void contestant_patience(unsigned seconds);

/** Tell the processor that the calling thread spins. */
static inline void contestant_pause(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("isb" ::: "memory");
#endif
}

#ifdef __cplusplus
}
#endif

#endif
