/*
 * Lossy ring under load: one writer that is interrupted by its own signals, which write
 * too, and seven readers. Each item is seven words made from its count; a reader that is
 * given a torn one sees it. What a reader got and what it lost come to all that was
 * written.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/lossy.h"
#include "tests/queues/stress.h"

#include <signal.h>

#define READERS      7u
#define WORDS        7u
#define CAPACITY_MAX 64u

struct trace {
	lossy ring;
	atomic_u64 memory[CAPACITY_MAX * (1 + WORDS)];
	pthread_t writer;
	atomic_u32 writing, reading;
	bool signals;
	uint64_t written, end;
	uint64_t got[READERS], lost[READERS];
};

static struct trace t;
static uint64_t source; /* the writer's, and its handler's */

/* Items that a handler interrupts may carry the same count; all words agree all the same. */
static void put_one(void)
{
	uint64_t item[WORDS], n = source++;

	for (uint32_t w = 0; w < WORDS; w++)
		item[w] = n * (2 * w + 1);
	lossy_put(&t.ring, item);
}

static void interrupt(int number)
{
	(void)number;
	put_one();
}

static void write_all(void)
{
	uint64_t random = stress_state(READERS);

	t.writer = pthread_self();
	u32_store_release(&t.writing, 1);
	while (!stress_over(t.end))
		for (int i = 0; i < 100; i++) {
			put_one();
			stress_jitter(&random);
		}
	while (u32_load_acquire(&t.reading) > 0 && t.signals)
		pinion__yield(); /* the one who sends signals still knows this thread */
	lossy_close(&t.ring);
}

static void check_item(const uint64_t *item)
{
	for (uint32_t w = 1; w < WORDS; w++)
		CHECK(item[w] == item[0] * (2 * w + 1));
}

/* Reader 0 also sends the writer signals, while there is time. */
static void shake(unsigned me, uint64_t *random)
{
	if (me == 0 && t.signals && !stress_over(t.end) && stress_below(random, 16) == 0)
		CHECK_INT(pthread_kill(t.writer, SIGUSR1), ==, 0);
	stress_jitter(random);
}

static void read_all(unsigned me)
{
	uint64_t random = stress_state(me), item[WORDS], left = 0;
	lossy_cursor c = {t.ring.start, 0};
	enum lossy_outcome outcome;

	while (u32_load_acquire(&t.writing) == 0)
		pinion__yield();
	while ((outcome = lossy_read(&t.ring, &c, item)) != LOSSY_CLOSED) {
		if (outcome == LOSSY_OK) {
			check_item(item);
			t.got[me]++;
		} else if (outcome != LOSSY_LOST) {
			pinion__yield();
		}
		CHECK(lossy_length(&t.ring, &c) <= t.ring.mask + 1);
		shake(me, &random);
		if (me == 0 && left == 0 && stress_over(t.end)) {
			left = 1;
			u32_store_release(&t.reading, 0);
		}
	}
	t.lost[me] = c.lost;
	CHECK_INT(t.got[me] + c.lost, ==, c.next - t.ring.start);
}

static void write_or_read(void *shared, unsigned index)
{
	(void)shared;
	if (index == READERS)
		write_all();
	else
		read_all(index);
}

static void run(uint64_t capacity, bool signals)
{
	memset(&t, 0, sizeof t);
	lossy_init(&t.ring, t.memory, capacity, WORDS, UINT64_MAX / 2 - 1000);
	t.signals = signals;
	u32_init(&t.reading, 1);
	t.end = stress_box_ms(400);
	stress_run(READERS + 1, write_or_read, &t);
	for (uint32_t r = 0; r < READERS; r++)
		CHECK_INT(t.got[r] + t.lost[r], ==, u64_load_relaxed(&t.ring.next) - t.ring.start);
}

static void nothing_is_torn_and_losses_are_exact(void)
{
	for (uint64_t capacity = 1; capacity <= 4; capacity *= 2)
		run(capacity, false);
}

static void nor_with_a_handler_that_writes(void)
{
	struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESTART};

	CHECK_INT(sigaction(SIGUSR1, &action, NULL), ==, 0);
	run(CAPACITY_MAX, true);
}

TESTS({"nothing_is_torn_and_losses_are_exact", nothing_is_torn_and_losses_are_exact},
      {"nor_with_a_handler_that_writes", nor_with_a_handler_that_writes})
