/*
 * What the stress tests of the queues share: a seed that is printed and can be
 * given again (PINION_SEED=n), a small generator, threads that start together,
 * and a time box. A stress test does its work until the box is over, then
 * checks that nothing was lost, doubled or reordered.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_QUEUES_STRESS_H
#define PINION_TESTS_QUEUES_STRESS_H

#include "affinity/port.h"
#include "queues/atomic.h"
#include "tests/support/check.h"

#include <pthread.h>
#include <sched.h>

#define STRESS_THREADS_MAX 16u

/* The seed of this run; printed once, so that a failure can be repeated. */
static inline uint64_t stress_seed(void)
{
	static uint64_t seed;

	if (seed == 0) {
		const char *given = getenv("PINION_SEED");

		seed = given != NULL ? strtoull(given, NULL, 0) : pinion__clock_ns();
		seed += seed == 0;
		printf("PINION_SEED=%" PRIu64 "\n", seed);
		fflush(stdout);
	}
	return seed;
}

/* A generator of 64 bits; `state` is any value, each thread has its own. */
static inline uint64_t stress_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* 0 .. n - 1 */
static inline uint32_t stress_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)(stress_random(state) % n);
}

/* The state from which thread `index` of this run draws. */
static inline uint64_t stress_state(unsigned index)
{
	return stress_seed() ^ (uint64_t)(index + 1) << 48;
}

/* Sometimes a pause, sometimes a yield, mostly nothing: shakes the interleaving. */
static inline void stress_jitter(uint64_t *state)
{
	uint32_t dice = stress_below(state, 64);

	if (dice == 0)
		pinion__yield();
	for (uint32_t i = 0; dice < 16 && i < dice; i++)
		pinion__relax();
}

static inline uint64_t stress_box_ms(uint64_t ms)
{
	return pinion__clock_ns() + ms * 1000000u;
}

static inline bool stress_over(uint64_t end_ns)
{
	return pinion__clock_ns() >= end_ns;
}

/* How many processors the threads spread over: all, or one with PINION_ONE_CPU=1. */
static inline unsigned stress_cpus(void)
{
	cpu_set_t allowed;

	CHECK_INT(sched_getaffinity(0, sizeof allowed, &allowed), ==, 0);
	return getenv("PINION_ONE_CPU") != NULL ? 1 : (unsigned)CPU_COUNT(&allowed);
}

/* Bind the calling thread to the index-th processor it may use, round robin. */
static inline void stress_spread(unsigned index)
{
	cpu_set_t allowed, one;
	unsigned skip = index % stress_cpus();

	CHECK_INT(sched_getaffinity(0, sizeof allowed, &allowed), ==, 0);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed) && skip-- == 0) {
			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
			CHECK_INT(sched_setaffinity(0, sizeof one, &one), ==, 0);
			return;
		}
}

typedef void (*stress_body)(void *shared, unsigned index);

struct stress_thread {
	pthread_t thread;
	pthread_barrier_t *gate;
	stress_body body;
	void *shared;
	unsigned index;
};

static inline void *stress_main(void *arg)
{
	struct stress_thread *t = arg;

	pthread_barrier_wait(t->gate);
	t->body(t->shared, t->index);
	return NULL;
}

/* Run body(shared, 0 .. n - 1) on n threads that start together; return when all have. */
static inline void stress_run(unsigned n, stress_body body, void *shared)
{
	struct stress_thread threads[STRESS_THREADS_MAX];
	pthread_barrier_t gate;

	CHECK(n >= 1 && n <= STRESS_THREADS_MAX);
	stress_seed();
	CHECK_INT(pthread_barrier_init(&gate, NULL, n), ==, 0);
	for (unsigned i = 0; i < n; i++) {
		threads[i] =
		    (struct stress_thread){.gate = &gate, .body = body, .shared = shared, .index = i};
		CHECK_INT(pthread_create(&threads[i].thread, NULL, stress_main, &threads[i]), ==, 0);
	}
	for (unsigned i = 0; i < n; i++)
		CHECK_INT(pthread_join(threads[i].thread, NULL), ==, 0);
	pthread_barrier_destroy(&gate);
}

#endif
