/*
 * The ring of many producers and consumers before the monitor: one and two of each on
 * two processors, eight threads on two processors, capacities from the smallest on, and
 * with one thread standing still now and then. BUSY is an answer that the monitor does
 * not see; while somebody stands still in the middle of an operation the others get it,
 * or whatever else is true, but they get an answer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/mpmc.h>

#include "tests/queues/fifo_drive.h"

#define MEMORY_BYTES 8192

PINION_MPMC_DEFINE(numbers, uint64_t);

static enum drive_outcome outcome_of(pinion_ring_outcome outcome)
{
	switch (outcome) {
	case PINION_RING_OK:
		return DRIVE_OK;
	case PINION_RING_EMPTY:
		return DRIVE_EMPTY;
	case PINION_RING_FULL:
		return DRIVE_FULL;
	default:
		CHECK_INT(outcome, ==, PINION_RING_BUSY);
		return DRIVE_BUSY;
	}
}

static enum drive_outcome push(void *queue, unsigned producer, uint64_t value)
{
	(void)producer;
	return outcome_of(numbers_push(queue, value));
}

static enum drive_outcome pop(void *queue, struct fifo_log *log)
{
	uint64_t value = 0, begin = fifo_now();
	enum drive_outcome outcome = outcome_of(numbers_pop(queue, &value));
	uint64_t end = fifo_now();

	if (outcome == DRIVE_OK)
		fifo_note(log, FIFO_POP, value, begin, end);
	else if (outcome == DRIVE_EMPTY)
		fifo_note(log, FIFO_EMPTY, 0, begin, end);
	return outcome;
}

static void run_with(unsigned pairs, size_t capacity, bool freeze)
{
	static PINION_ALIGNED(PINION_RING_ALIGN) unsigned char memory[MEMORY_BYTES];
	static struct drive d;
	static numbers ring;

	CHECK(numbers_bytes(capacity) <= MEMORY_BYTES);
	CHECK_INT(numbers_init(&ring, memory, capacity), ==, 0);
	memset(&d, 0, sizeof d);
	d.push = push;
	d.pop = pop;
	d.queue = &ring;
	d.producers = d.consumers = pairs;
	d.bounds = (struct fifo_bounds){capacity, capacity};
	d.freeze = freeze;
	drive_run(&d);
}

static void one_of_each(void)
{
	run_with(1, 1, false);
	run_with(1, 64, false);
}

static void two_of_each(void)
{
	run_with(2, 2, false);
	run_with(2, 64, false);
}

static void four_of_each(void)
{
	run_with(4, 4, false);
}

static void one_thread_stands_still(void)
{
	run_with(4, 4, true);
}

TESTS({"one_of_each", one_of_each}, {"two_of_each", two_of_each}, {"four_of_each", four_of_each},
      {"one_thread_stands_still", one_thread_stands_still})
