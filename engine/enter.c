/*
 * How a thread comes into the engine for one call, and goes.
 *
 * A worker is already inside. The thread that started the engine takes seat 0
 * if its standby does not have it just now. Every other thread stays outside:
 * it submits and waits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/worker.h"

_Thread_local struct pinion__worker *pinion__self __attribute__((tls_model("initial-exec")));
_Thread_local struct pinion__open *pinion__innermost __attribute__((tls_model("initial-exec")));

struct pinion__visitor pinion__enter(struct pinion_engine *e)
{
	struct pinion__worker *self = pinion__self, *first = e->worker[0];
	struct pinion__visitor visitor = {NULL, self, false};

	for (struct pinion__worker *w = self; w; w = w->beneath)
		if (w->engine == e) {
			visitor.worker = pinion__self = w;
			return visitor;
		}
	if (e->config.inline_only)
		pthread_mutex_lock(&e->inline_lock);
	else if (!first->adopted || !pthread_equal(pthread_self(), e->main) ||
	         !seat_try_hold(&first->seat))
		return visitor;
	visitor.worker = first;
	visitor.holds = true;
	first->beneath = self;
	pinion__self = first;
	return visitor;
}

/* Whoever pushed while we held the seat relied on us, so a leaver looks once more. */
void pinion__leave(struct pinion_engine *e, const struct pinion__visitor *visitor)
{
	struct pinion__worker *w = visitor->worker;

	if (!visitor->holds) {
		if (w)
			pinion__self = visitor->outer;
		return;
	}
	pinion__serve_backlog(w);
	w->beneath = NULL;
	pinion__self = visitor->outer;
	if (e->config.inline_only) {
		pthread_mutex_unlock(&e->inline_lock);
		return;
	}
	seat_leave(&w->seat);
	if (!inbox_is_empty_seq_cst(&w->inbox) || slot_is_full_seq_cst(&w->slot))
		parker_wake(&w->standby);
}

int pinion_worker_index(void)
{
	return pinion__self ? pinion__self->index : PINION_WORKER_NONE;
}

pinion_engine *pinion_worker_engine(void)
{
	return pinion__self ? pinion__self->engine : NULL;
}
