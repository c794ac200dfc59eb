/*
 * The lossy ring: copies are whole, losses are counted exactly, CLOSED comes last.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/lossy.h"
#include "tests/model/model.h"

#define WORDS        2u
#define CAPACITY_MAX 2u
#define TRIES        4
#define START        (UINT64_MAX / 2 - 1) /* stamps come round at once */

struct trace {
	lossy ring;
	atomic_u64 memory[CAPACITY_MAX * (1 + WORDS)];
	lossy_cursor cursor[2];
	uint64_t got[2];
};

static void setup_capacity(void *state, uint64_t capacity)
{
	struct trace *t = state;

	lossy_init(&t->ring, t->memory, capacity, WORDS, START);
	for (int r = 0; r < 2; r++)
		t->cursor[r] = lossy_follow(&t->ring);
}

static void setup_one(void *state)
{
	setup_capacity(state, 1);
}

static void setup_two(void *state)
{
	setup_capacity(state, 2);
}

/* Item n is n + 1 in each word. */
static void put(struct trace *t, uint64_t n)
{
	const uint64_t item[WORDS] = {n + 1, n + 1};

	lossy_put(&t->ring, item);
}

static void write_one_and_close(void *state)
{
	struct trace *t = state;

	put(t, 0);
	lossy_close(&t->ring);
}

static void write_two(void *state)
{
	put(state, 0);
	put(state, 1);
}

static void write_three(void *state)
{
	write_two(state);
	put(state, 2);
}

/* Whatever is read is the item of that number; got and lost come to the way made. */
static enum lossy_outcome read_once(struct trace *t, int reader)
{
	lossy_cursor *c = &t->cursor[reader];
	uint64_t item[WORDS];
	enum lossy_outcome outcome = lossy_read(&t->ring, c, item);

	if (outcome == LOSSY_OK) {
		for (uint32_t w = 0; w < WORDS; w++)
			MODEL_CHECK(item[w] == c->next - START);
		t->got[reader]++;
	}
	MODEL_CHECK(t->got[reader] + c->lost == c->next - START);
	return outcome;
}

static void read_some(void *state)
{
	for (int i = 0; i < TRIES; i++)
		read_once(state, model_self() - 1);
}

static void read_thrice(void *state)
{
	for (int i = 0; i < 3; i++)
		read_once(state, model_self() - 1);
}

static void read_to_the_end(void *state)
{
	struct trace *t = state;

	for (int i = 0; i < TRIES; i++)
		if (read_once(t, 0) == LOSSY_CLOSED)
			MODEL_CHECK(t->cursor[0].next == START + 1);
}

/* Alone now: what is left can be read, and everything has been counted. */
static void check(void *state)
{
	struct trace *t = state;
	uint64_t written = u64_load_relaxed(&t->ring.next) - START;
	enum lossy_outcome outcome;

	MODEL_CHECK(lossy_is_valid(&t->ring));
	MODEL_CHECK(lossy_length(&t->ring, &t->cursor[0]) <= t->ring.mask + 1);
	MODEL_CHECK(lossy_rewind(&t->ring).next - START <= written);
	do {
		outcome = read_once(t, 0);
		MODEL_CHECK(outcome != LOSSY_BUSY);
	} while (outcome == LOSSY_OK || outcome == LOSSY_LOST);
	MODEL_CHECK(t->got[0] + t->cursor[0].lost == written);
}

#define TRACE(name_, setup_, ...)                                                         \
	{                                                                                     \
		.name = name_, .bytes = sizeof(struct trace), .setup = setup_,                    \
		.thread = {__VA_ARGS__}, .check = check                                           \
	}

MODELS(TRACE("closed", setup_one, write_one_and_close, read_to_the_end),
       TRACE("overwritten", setup_one, write_two, read_thrice),
       TRACE("overwritten_twice", setup_one, write_three, read_some),
       TRACE("two_places", setup_two, write_three, read_some),
       TRACE("two_readers", setup_one, write_two, read_thrice, read_thrice))
