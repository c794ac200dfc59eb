/*
 * Busy waiting with a budget of time. The first looks follow each other without
 * a pause: a fork that comes within microseconds is seen at once. Later looks
 * are polite to the other hardware thread of the core.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_ENGINE_SPIN_H
#define PINION_ENGINE_SPIN_H

#include "affinity/port.h"

#define SPIN_HOT 2048  /* looks without a pause, a few microseconds */
#define SPIN_CLOCK 32  /* polite looks between two readings of the clock */

struct spin {
	uint64_t budget_ns; /* 0: none; UINT64_MAX: for ever */
	uint64_t until_ns;  /* 0: the clock has not been read */
	uint32_t looks;
};

static inline struct spin spin_begin(uint64_t budget_ns)
{
	struct spin s = {budget_ns, 0, 0};
	return s;
}

static inline bool spin_polite(struct spin *s)
{
	pinion__relax();
	if (s->looks++ % SPIN_CLOCK != 0 || s->budget_ns == UINT64_MAX)
		return true;
	uint64_t now = pinion__clock_ns();
	if (s->until_ns == 0)
		s->until_ns = now + s->budget_ns;
	return now < s->until_ns;
}

/* After a look in vain: false when the budget is spent. */
static inline bool spin_step(struct spin *s)
{
	if (PINION_UNLIKELY(s->budget_ns == 0))
		return false;
	if (PINION_LIKELY(s->looks < SPIN_HOT)) {
		s->looks++;
		return true;
	}
	return spin_polite(s);
}

#endif
