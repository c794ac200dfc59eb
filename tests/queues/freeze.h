/*
 * A thread stopped in the middle of an operation. freeze_run() is stress_run()
 * with one more thread, the freezer: again and again it picks a thread, stops it
 * at whatever instruction it happens to execute, and holds it for 1 to 20 ms and
 * for at least as long as the others need to keep the promise of the structure
 * under test. A promise that is not kept in time ends the test with a report.
 *
 *     static void body(void *shared, unsigned me)
 *     {
 *         while (!stress_over(...)) {
 *             push or pop, whatever comes back: OK, FULL, EMPTY, BUSY
 *             freeze_step();          // one operation has returned
 *         }
 *     }
 *     freeze_run(8, body, &shared, FREEZE_EACH, 0);      // wait-free: all go on
 *     freeze_run(8, body, &shared, FREEZE_SOME, 0);      // lock-free: somebody does
 *     freeze_run(8, body, &shared, FREEZE_NONE, 1u << 7) // holds a lock: only thread 7
 *
 * The promise speaks of operations that return. Where BUSY is an answer, a thread
 * that gets BUSY has taken a step: what a claimer holds back shows in what comes
 * out, not in whether it comes out. A thread that sleeps until the frozen one wakes
 * it takes no step: name the victims so that this does not happen, or promise less.
 * Threads whose body has returned promise nothing any more.
 *
 * The stop is a signal whose handler waits on a futex; sleeps of the victim end
 * early, as they may at any time. Under the thread sanitizer the signal is taken at
 * the victim's next atomic operation or call of the C library, so the victim stops
 * between two operations on shared words, which is where it matters.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_QUEUES_FREEZE_H
#define PINION_TESTS_QUEUES_FREEZE_H

#include "tests/queues/stress.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#define FREEZE_SIGNAL SIGUSR2
#define FREEZE_STEPS  64u /* that the others owe together, or each */

#ifndef FREEZE_PATIENCE_NS /* before a promise counts as broken */
#define FREEZE_PATIENCE_NS UINT64_C(30000000000)
#endif

enum freeze_promise {
	FREEZE_NONE, /* the others may all wait for the victim */
	FREEZE_SOME, /* somebody goes on */
	FREEZE_EACH, /* everybody goes on */
};

/*
 *   RUNNING --freezer asks--> ASKED --handler--> FROZEN --freezer--> RUNNING
 *   RUNNING --the body returns--> ENDED
 *
 * [ask] [stop] [thaw]: swaps and stores of `state` are acq_rel, release and acquire.
 * They carry nothing of the test's own, which has to hold by its own edges: the
 * freezer and the victims share only the fields of the seat.
 */
enum freeze_state {
	FREEZE_RUNNING,
	FREEZE_ASKED,
	FREEZE_FROZEN,
	FREEZE_ENDED,
};

struct freeze_seat {
	PINION_ALIGNED(PINION_NOSHARE) atomic_u32 state;
	pthread_t thread;
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 steps; /* written by its thread only */
};

struct freeze {
	struct freeze_seat seats[STRESS_THREADS_MAX];
	unsigned n;
	uint32_t victims;
	enum freeze_promise promise;
	stress_body body;
	void *shared;
	pthread_barrier_t seated;
	uint64_t freezes;
};

static _Thread_local struct freeze_seat *freeze_me;

/* One operation of the calling thread has returned. Nothing outside freeze_run. */
static inline void freeze_step(void)
{
	struct freeze_seat *seat = freeze_me;

	if (seat != NULL) /* relaxed: a count, and ours alone to write */
		u64_store_relaxed(&seat->steps, u64_load_relaxed(&seat->steps) + 1);
}

/* Runs in the victim. Async-signal-safe: atomics and the futex call only. */
static inline void freeze_handler(int signal)
{
	struct freeze_seat *seat = freeze_me;
	uint32_t asked = FREEZE_ASKED;
	int saved = errno;

	(void)signal;
	if (seat != NULL && u32_cas_acq_rel(&seat->state, &asked, FREEZE_FROZEN)) { /* [stop] */
		pinion__futex_wake(u32_futex_word(&seat->state), 1);
		while (u32_load_acquire(&seat->state) == FREEZE_FROZEN) /* [thaw] */
			pinion__futex_wait(u32_futex_word(&seat->state), FREEZE_FROZEN, UINT64_MAX);
	}
	errno = saved;
}

/* The body is over. A signal that is on its way is waited for: it needs the thread. */
static inline void freeze_leave(struct freeze_seat *seat)
{
	uint32_t running = FREEZE_RUNNING;

	while (!u32_cas_acq_rel(&seat->state, &running, FREEZE_ENDED)) {
		pinion__yield();
		running = FREEZE_RUNNING;
	}
	freeze_me = NULL;
}

static inline bool freeze_is_running(const struct freeze *f, unsigned i)
{
	return u32_load_acquire(&f->seats[i].state) != FREEZE_ENDED;
}

/*
 * Have the others, since `before`, taken the steps that they owe? Nobody left counts as yes. Once
 * somebody has ended, the few who have not may all be waiting for the victim's answer: then
 * FREEZE_SOME is owed no more.
 */
static inline bool freeze_is_kept(const struct freeze *f, unsigned victim, const uint64_t *before)
{
	uint64_t all = 0;
	bool each = true, alone = true, over = false;

	for (unsigned i = 0; i < f->n; i++) {
		if (i == victim)
			continue;
		uint64_t steps = u64_load_relaxed(&f->seats[i].steps) - before[i];
		bool running = freeze_is_running(f, i);

		all += steps;
		alone &= !running;
		over |= !running;
		each &= !running || steps >= FREEZE_STEPS;
	}
	return alone || f->promise == FREEZE_NONE ||
	       (f->promise == FREEZE_SOME ? over || all >= FREEZE_STEPS : each);
}

static inline void freeze_report(const struct freeze *f, unsigned victim, const uint64_t *before)
{
	fprintf(stderr, "thread %u is frozen and the others do not go on:\n", victim);
	for (unsigned i = 0; i < f->n; i++)
		fprintf(stderr, "  thread %u: %" PRIu64 " steps, %" PRIu64 " since the stop%s\n", i,
		        u64_load_relaxed(&f->seats[i].steps),
		        u64_load_relaxed(&f->seats[i].steps) - before[i],
		        freeze_is_running(f, i) ? "" : ", ended");
	exit(1);
}

static inline void freeze_sleep_us(uint32_t us)
{
	struct timespec time = {.tv_nsec = (long)us * 1000};

	nanosleep(&time, NULL);
}

/* The victim stands still. Hold it until the others have kept the promise. */
static inline void freeze_hold(struct freeze *f, unsigned victim, uint64_t *random)
{
	uint64_t before[STRESS_THREADS_MAX], end = pinion__clock_ns() + FREEZE_PATIENCE_NS;

	for (unsigned i = 0; i < f->n; i++)
		before[i] = u64_load_relaxed(&f->seats[i].steps);
	freeze_sleep_us(1000 + stress_below(random, 19000));
	while (!freeze_is_kept(f, victim, before)) {
		if (stress_over(end))
			freeze_report(f, victim, before);
		freeze_sleep_us(200);
	}
	f->freezes++;
}

/* false: its body has returned. */
static inline bool freeze_one(struct freeze *f, unsigned victim, uint64_t *random)
{
	struct freeze_seat *seat = &f->seats[victim];
	const uint32_t *word = u32_futex_word(&seat->state);
	uint32_t running = FREEZE_RUNNING;

	if (!u32_cas_acq_rel(&seat->state, &running, FREEZE_ASKED)) /* [ask] */
		return false;
	CHECK_INT(pthread_kill(seat->thread, FREEZE_SIGNAL), ==, 0);
	while (u32_load_acquire(&seat->state) == FREEZE_ASKED) /* [stop] */
		pinion__futex_wait(word, FREEZE_ASKED, UINT64_MAX);
	freeze_hold(f, victim, random);
	u32_store_release(&seat->state, FREEZE_RUNNING); /* [thaw] */
	pinion__futex_wake(word, 1);
	return true;
}

static inline void freeze_others(struct freeze *f)
{
	uint64_t random = stress_state(f->n);
	bool any = true;

	while (any) {
		unsigned first = stress_below(&random, f->n);

		any = false;
		for (unsigned i = 0; i < f->n && !any; i++) {
			unsigned victim = (first + i) % f->n;

			any = (f->victims >> victim & 1) && freeze_one(f, victim, &random);
		}
		freeze_sleep_us(stress_below(&random, 3000));
	}
}

static inline void freeze_thread(void *shared, unsigned index)
{
	struct freeze *f = shared;
	struct freeze_seat *seat = &f->seats[index];

	if (index < f->n) {
		seat->thread = pthread_self();
		freeze_me = seat;
	}
	pthread_barrier_wait(&f->seated);
	if (index == f->n) {
		freeze_others(f);
		return;
	}
	f->body(f->shared, index);
	freeze_leave(seat);
}

/*
 * Run body(shared, 0 .. n - 1) on n threads while one of `victims` (a bit for each
 * thread, 0: all) at a time stands still. Fails when the others break the promise.
 */
static inline void freeze_run(unsigned n, stress_body body, void *shared,
                              enum freeze_promise promise, uint32_t victims)
{
	struct freeze f = {.n = n, .promise = promise, .body = body, .shared = shared};
	struct sigaction action = {.sa_handler = freeze_handler}, old;

	CHECK(n < STRESS_THREADS_MAX);
	f.victims = victims != 0 ? victims : UINT32_MAX;
	for (unsigned i = 0; i < n; i++) {
		u32_init(&f.seats[i].state, FREEZE_RUNNING);
		u64_init(&f.seats[i].steps, 0);
	}
	/* No SA_RESTART: a sleep ends early, so that a deferred handler gets its turn. */
	CHECK_INT(sigaction(FREEZE_SIGNAL, &action, &old), ==, 0);
	CHECK_INT(pthread_barrier_init(&f.seated, NULL, n + 1), ==, 0);
	stress_run(n + 1, freeze_thread, &f);
	pthread_barrier_destroy(&f.seated);
	CHECK_INT(sigaction(FREEZE_SIGNAL, &old, NULL), ==, 0);
	printf("  %" PRIu64 " times a thread stood still\n", f.freezes);
}

#endif
