/*
 * The border to the caller's functions.
 *
 * A C++ exception, pthread_exit or pthread_cancel would unwind through the
 * engine and leave other threads waiting for a part that never ends. There is
 * no sane way on, so the unwinding stops here: one line that says what
 * happened, then abort(), as leaving a noexcept function does in C++. The guard
 * costs two stores on the way in and out.
 *
 * This file is compiled with -fexceptions, so that the guard's cleanup runs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/worker.h"

#include <stdio.h>
#include <stdlib.h>

struct guard {
	const struct pinion_engine *engine;
	bool armed;
};

/* Also to standard error: the process ends here, and a log callback may keep its lines for later. */
static void guard_end(struct guard *guard)
{
	static const char line[] =
	    "a callback of Pinion was left by an exception or by the end of its thread; "
	    "catch it inside and return an error";

	if (PINION_LIKELY(!guard->armed))
		return;
	pinion__log(guard->engine, "%s", line);
	fprintf(stderr, "pinion: fatal: %s\n", line);
	abort();
}

#define GUARDED __attribute__((cleanup(guard_end)))

int pinion__call_task(struct pinion_engine *e, int (*fn)(void *), void *ctx)
{
	struct guard guard GUARDED = {e, true};
	int result = fn(ctx);

	guard.armed = false;
	return result;
}

int pinion__call_body(struct pinion_engine *e, int (*body)(size_t, size_t, void *), size_t begin,
                      size_t end, void *ctx)
{
	struct guard guard GUARDED = {e, true};
	int result = body(begin, end, ctx);

	guard.armed = false;
	return result;
}

int pinion__call_worker(struct pinion_engine *e, int (*fn)(int, void *), int worker, void *ctx)
{
	struct guard guard GUARDED = {e, true};
	int result = fn(worker, ctx);

	guard.armed = false;
	return result;
}
