/*
 * The slow half of the event count: to sleep, and to wake who sleeps. Its edges and
 * its story stand in <pinion/event.h>.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/event.h>

#include "affinity/port.h"

/* A futex wakes a signed number of sleepers. */
#define EVERYBODY ((uint32_t)INT32_MAX)

pinion_event_outcome pinion_event_wait(pinion_event *e, uint64_t key, uint64_t deadline_ns)
{
	for (;;) {
		uint32_t word = __atomic_load_n(&e->word, __ATOMIC_ACQUIRE);   /* [word] */
		uint64_t state = __atomic_load_n(&e->state, __ATOMIC_ACQUIRE); /* [wake] */

		if (state / PINION__EVENT_EPOCH != key / PINION__EVENT_EPOCH)
			return PINION_EVENT_NOTIFIED;
		switch (pinion__futex_wait(&e->word, word, deadline_ns)) {
		case PINION__FUTEX_WOKEN:
			/* Perhaps in place of an older one, which then keeps our registration. The newest
			 * word, so that it is the one of whoever woke us: the kernel orders nothing. */
			__atomic_fetch_add(&e->word, 0, __ATOMIC_ACQUIRE); /* [word] */
			return PINION_EVENT_NOTIFIED;
		case PINION__FUTEX_TIMEDOUT:
			if (pinion_event_cancel(e, key))
				return PINION_EVENT_TIMEDOUT;
			break;
		case PINION__FUTEX_REFUSED:
			break;
		}
	}
}

void pinion_event_wake(pinion_event *e, bool all)
{
	uint64_t state = __atomic_load_n(&e->state, __ATOMIC_ACQUIRE), next; /* [arm] */
	uint32_t count;
	int fd;

	do {
		uint64_t waiters = state & PINION__EVENT_MANY;

		if ((state & PINION__EVENT_PRESENT) == 0)
			return; /* somebody else woke them, after our change: they will see it */
		count = all || waiters == PINION__EVENT_MANY ? EVERYBODY : waiters > 0;
		next = (state & ~PINION__EVENT_PRESENT) + PINION__EVENT_EPOCH;
		if (count == 1)
			next += waiters - 1;
		fd = __atomic_load_n(&e->fd, __ATOMIC_RELAXED); /* [arm] carries it */
	} while (!__atomic_compare_exchange_n(&e->state, &state, next, true, __ATOMIC_RELEASE,
	                                      __ATOMIC_ACQUIRE)); /* [wake], [arm] */
	if (state & PINION__EVENT_MANY) {
		__atomic_fetch_add(&e->word, 1, __ATOMIC_RELEASE); /* [word] */
		pinion__futex_wake(&e->word, count);
	}
	if (state & PINION__EVENT_ARMED)
		pinion__eventfd_add(fd);
}
