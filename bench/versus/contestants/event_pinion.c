/*
 * event.notify_*: what a notify of <pinion/event.h> costs when nobody waits. The
 * loop around it is part of the figure. EVENT_NOTIFY names the form.
 *
 * After each turn one notify is put to the proof: a wait that was prepared before it
 * must end at once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/contestant.h"
#include "bench/versus/proof.h"

#include <pinion/event.h>

#include <stdlib.h>

struct bell {
	_Alignas(CONTESTANT_LINE) pinion_event event;
	_Alignas(CONTESTANT_LINE) uint64_t rung;
};

static const char *setup(struct contestant *self, const struct contestant_task *task)
{
	struct bell *b = aligned_alloc(CONTESTANT_LINE, sizeof *b);

	if (b == NULL)
		return "out of memory";
	pinion_event_init(&b->event);
	self->state = b;
	return contestant_pin(task->cpu[0]) == 0 ? NULL : "cannot be bound to its processor";
}

static uint64_t batch(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct bell *b = self->state;
	uint64_t i = 0;

	for (; i < ops; i++) {
		EVENT_NOTIFY(&b->event);
		__asm__ volatile("" ::: "memory"); /* one by one: the compiler must not merge them */
	}
	b->rung = i;
	return 0;
}

static uint64_t checksum(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct bell *b = self->state;
	uint64_t key = pinion_event_prepare(&b->event);

	EVENT_NOTIFY(&b->event);
	if (pinion_event_wait(&b->event, key, 1) != PINION_EVENT_NOTIFIED)
		contestant_fail("a notify after prepare did not end the wait");
	return proof_worker(0, b->rung, seed);
}

int main(int argc, char **argv)
{
	struct contestant self = {PINION_VERSION_STRING, setup, NULL, batch, checksum, 0, NULL};

	return contestant_main(&self, argc, argv);
}
