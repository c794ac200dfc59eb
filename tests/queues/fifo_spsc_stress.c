/*
 * The ring of one producer and one consumer before the monitor: single pops and
 * bursts, capacities 1, 2, 4 and 64, and with one side standing still now and then.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/spsc.h>

#include "tests/queues/fifo_drive.h"

#define BURST        3u
#define MEMORY_BYTES 8192

PINION_SPSC_DEFINE(numbers, uint64_t);

static enum drive_outcome push(void *queue, unsigned producer, uint64_t value)
{
	(void)producer;
	return numbers_push(queue, value) == PINION_RING_OK ? DRIVE_OK : DRIVE_FULL;
}

static enum drive_outcome pop(void *queue, struct fifo_log *log)
{
	uint64_t values[BURST], begin = fifo_now(), end;
	size_t moved = 1;
	pinion_ring_outcome outcome;

	if (begin % 2 == 0)
		outcome = numbers_pop(queue, values);
	else
		outcome = numbers_pop_n(queue, values, BURST, &moved);
	end = fifo_now();
	if (outcome != PINION_RING_OK) {
		fifo_note(log, FIFO_EMPTY, 0, begin, end);
		return DRIVE_EMPTY;
	}
	for (size_t i = 0; i < moved; i++)
		fifo_note(log, FIFO_POP, values[i], begin, end);
	return DRIVE_OK;
}

/* From 16 on a ring has room for up to a batch more than it was asked for. */
static void run_with(size_t capacity, bool freeze)
{
	static alignas(PINION_RING_ALIGN) unsigned char memory[MEMORY_BYTES];
	static struct drive d;
	static numbers ring;
	size_t most = capacity < 16 ? capacity : capacity + PINION_SPSC_BATCH_MAX - 1;

	CHECK(numbers_bytes(capacity) <= MEMORY_BYTES);
	CHECK_INT(numbers_init(&ring, memory, capacity), ==, 0);
	memset(&d, 0, sizeof d);
	d.push = push;
	d.pop = pop;
	d.queue = &ring;
	d.producers = d.consumers = 1;
	d.bounds = (struct fifo_bounds){capacity, most};
	d.freeze = freeze;
	drive_run(&d);
}

static void small_and_large(void)
{
	static const size_t capacities[] = {1, 2, 4, 64};

	for (unsigned i = 0; i < 4; i++)
		run_with(capacities[i], false);
}

static void one_side_stands_still(void)
{
	run_with(4, true);
}

TESTS({"small_and_large", small_and_large}, {"one_side_stands_still", one_side_stands_still})
