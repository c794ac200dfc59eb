/*
 * A watchdog: a count that stands still for half a minute means that somebody sleeps
 * for whom nobody cares any more. It says so, and who it was, and ends the test, where
 * a plain hang would only run into the time limit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_QUEUES_WATCH_H
#define PINION_TESTS_QUEUES_WATCH_H

#include "tests/queues/stress.h"

#include <time.h>

#define WATCH_PATIENCE_S 30

struct watch {
	const char *what;
	const atomic_u64 *count;   /* grows as long as all is well */
	void (*report)(void *ctx); /* prints what is known; may be NULL */
	void *ctx;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended; /* on the monotonic clock */
	bool over;
};

/* true: the watch is over; false: the patience is. */
static inline bool watch_sleep(struct watch *w)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += WATCH_PATIENCE_S;
	while (!w->over)
		if (pthread_cond_timedwait(&w->ended, &w->lock, &end) != 0)
			return w->over;
	return true;
}

static inline void *watch_main(void *arg)
{
	struct watch *w = arg;
	uint64_t before = UINT64_MAX;

	pthread_mutex_lock(&w->lock);
	while (!watch_sleep(w)) {
		uint64_t count = u64_load_relaxed(w->count);

		if (count == before) {
			fprintf(stderr, "lost wake-up: %s stands still at %" PRIu64 "\n", w->what, count);
			if (w->report != NULL)
				w->report(w->ctx);
			exit(1);
		}
		before = count;
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* Watch until watch_end(). The caller has set what and count, and report if it likes. */
static inline void watch_begin(struct watch *w)
{
	pthread_condattr_t monotonic;

	w->over = false;
	CHECK_INT(pthread_condattr_init(&monotonic), ==, 0);
	CHECK_INT(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC), ==, 0);
	CHECK_INT(pthread_cond_init(&w->ended, &monotonic), ==, 0);
	CHECK_INT(pthread_mutex_init(&w->lock, NULL), ==, 0);
	pthread_condattr_destroy(&monotonic);
	CHECK_INT(pthread_create(&w->thread, NULL, watch_main, w), ==, 0);
}

static inline void watch_end(struct watch *w)
{
	pthread_mutex_lock(&w->lock);
	w->over = true;
	pthread_cond_signal(&w->ended);
	pthread_mutex_unlock(&w->lock);
	CHECK_INT(pthread_join(w->thread, NULL), ==, 0);
	pthread_cond_destroy(&w->ended);
	pthread_mutex_destroy(&w->lock);
}

#endif
