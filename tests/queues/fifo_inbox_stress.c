/*
 * The inbox before the monitor. It promises first in, first out for each producer, so
 * each producer is judged alone, with all takes that found nothing. What one take
 * brings has one time for the monitor; its order is checked here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/inbox.h"

#include "tests/queues/fifo_drive.h"

#define PRODUCERS_MAX 7u

struct letter {
	inbox_node node;
	uint64_t value;
};

struct office {
	inbox inbox;
	struct letter *letters;             /* each is sent once */
	uint64_t each, next[PRODUCERS_MAX]; /* next: the number that must come now */
};

static enum drive_outcome push(void *queue, unsigned producer, uint64_t value)
{
	struct office *o = queue;
	struct letter *l = &o->letters[producer * o->each + drive_number(value)];

	l->value = value;
	inbox_push(&o->inbox, &l->node);
	return DRIVE_OK;
}

static enum drive_outcome pop(void *queue, struct fifo_log *log)
{
	struct office *o = queue;
	uint64_t begin = fifo_now();
	inbox_node *node = inbox_take_all(&o->inbox);
	uint64_t end = fifo_now();

	if (node == NULL) {
		fifo_note(log, FIFO_EMPTY, 0, begin, end);
		return DRIVE_EMPTY;
	}
	for (; node != NULL; node = node->next) {
		uint64_t value = ((struct letter *)(void *)node)->value;

		CHECK_INT(drive_number(value), ==, o->next[drive_producer(value)]++);
		fifo_note(log, FIFO_POP, value, begin, end);
	}
	return DRIVE_OK;
}

static void run_with(unsigned producers, bool freeze)
{
	static struct drive d;
	static struct office o;

	memset(&o, 0, sizeof o);
	inbox_init(&o.inbox);
	o.each = drive_pushes() / producers;
	o.letters = malloc(producers * o.each * sizeof *o.letters);
	CHECK(o.letters != NULL);
	memset(&d, 0, sizeof d);
	d.push = push;
	d.pop = pop;
	d.queue = &o;
	d.producers = producers;
	d.consumers = 1;
	d.per_producer = true;
	d.freeze = freeze;
	drive_run(&d);
	free(o.letters);
}

static void one_and_three_producers(void)
{
	run_with(1, false);
	run_with(3, false);
}

static void seven_producers(void)
{
	run_with(PRODUCERS_MAX, false);
}

static void one_thread_stands_still(void)
{
	run_with(PRODUCERS_MAX, true);
}

TESTS({"one_and_three_producers", one_and_three_producers}, {"seven_producers", seven_producers},
      {"one_thread_stands_still", one_thread_stands_still})
