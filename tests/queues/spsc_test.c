/*
 * Ring: both forms, capacities small and odd, indices that wrap, lazy pushes, work in
 * place, waits that end at once, closing, and every refusal of init.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/spsc.h>

#include "affinity/port.h"
#include "tests/support/check.h"

#include <sys/eventfd.h>
#include <unistd.h>

typedef struct point {
	double x;
	char name[3];
} point;

PINION_SPSC_DEFINE(numbers, uint64_t);
PINION_SPSC_DEFINE(points, point);
PINION_SPSC_DEFINE(bytes, unsigned char);

#define MEMORY_BYTES 65536
static alignas(PINION_RING_ALIGN) unsigned char memory[MEMORY_BYTES];

static const size_t capacities[] = {1, 2, 3, 4, 7, 15, 16, 17, 100, 1024};
#define CAPACITIES (sizeof capacities / sizeof capacities[0])
/* Block numbers: positions wrap at once, soon, and become "negative". */
static const size_t starts[] = {0, UINT32_MAX - 5, SIZE_MAX, SIZE_MAX - 9, SIZE_MAX / 16};
#define STARTS (sizeof starts / sizeof starts[0])

/* A ring that begins at block number `start`, as if as many had gone through. */
static void begin_at(numbers *r, size_t capacity, size_t start)
{
	CHECK(numbers_bytes(capacity) != 0 && numbers_bytes(capacity) <= MEMORY_BYTES);
	CHECK_INT(pinion__spsc_init(&r->ring, memory, capacity, numbers_shape(), start), ==, 0);
}

static void on_each_shape(void (*check)(numbers *r, size_t capacity))
{
	for (size_t c = 0; c < CAPACITIES; c++)
		for (size_t s = 0; s < STARTS; s++) {
			numbers r;

			begin_at(&r, capacities[c], starts[s]);
			check(&r, capacities[c]);
			CHECK(pinion__spsc_is_valid(&r.ring));
		}
}

static size_t fill(numbers *r, uint64_t first)
{
	size_t n = 0;

	while (numbers_push(r, first + n) == PINION_RING_OK)
		n++;
	CHECK_INT(numbers_push(r, 0), ==, PINION_RING_FULL);
	return n;
}

static void drain(numbers *r, uint64_t first, size_t n)
{
	uint64_t got;

	for (size_t i = 0; i < n; i++) {
		CHECK_INT(numbers_pop(r, &got), ==, PINION_RING_OK);
		CHECK_INT(got, ==, first + i);
	}
	got = 99;
	CHECK_INT(numbers_pop(r, &got), ==, PINION_RING_EMPTY);
	CHECK_INT(got, ==, 99);
}

static void check_full_and_empty(numbers *r, size_t capacity)
{
	for (uint64_t round = 0; round < 4; round++) {
		CHECK_INT(numbers_length(r), ==, 0);
		size_t n = fill(r, round << 32);
		CHECK_INT(n, >=, capacity);
		CHECK_INT(n, <=, capacity + capacity / 8);
		CHECK_INT(numbers_length(r), ==, n);
		drain(r, round << 32, n);
	}
}

/* Whatever was popped how, `capacity` items fit: FULL never comes early. */
static void check_never_full_below_capacity(numbers *r, size_t capacity)
{
	uint64_t pushed = 0, popped = 0, got;

	for (int step = 0; step < 500; step++) {
		while (pushed - popped < capacity) {
			CHECK_INT(numbers_push(r, pushed), ==, PINION_RING_OK);
			pushed++;
		}
		for (int i = 0; i <= step % 5 && popped < pushed; i++) {
			CHECK_INT(numbers_pop(r, &got), ==, PINION_RING_OK);
			CHECK_INT(got, ==, popped);
			popped++;
		}
	}
}

static void check_many_at_once(numbers *r, size_t capacity)
{
	uint64_t in[16], out[16], pushed = 0, popped = 0;
	size_t moved;

	for (size_t step = 0; step < 300; step++) {
		size_t n = step % 16;

		for (size_t i = 0; i < n; i++)
			in[i] = pushed + i;
		pinion_ring_outcome put = numbers_push_n(r, in, n, &moved);
		CHECK_INT(put, ==, n > 0 && moved == 0 ? PINION_RING_FULL : PINION_RING_OK);
		CHECK(moved == n || pushed + moved - popped >= capacity);
		pushed += moved;
		CHECK_INT(numbers_length(r), ==, pushed - popped);
		n = (step * 7) % 17;
		pinion_ring_outcome got = numbers_pop_n(r, out, n < 16 ? n : 16, &moved);
		CHECK_INT(got, ==, n > 0 && pushed == popped ? PINION_RING_EMPTY : PINION_RING_OK);
		for (size_t i = 0; i < moved; i++)
			CHECK_INT(out[i], ==, popped + i);
		popped += moved;
	}
	CHECK_INT(popped, >, 0);
}

static void check_close(numbers *r, size_t capacity)
{
	uint64_t got = 0;
	size_t moved = 7;

	CHECK_INT(numbers_push(r, 5), ==, PINION_RING_OK);
	numbers_close(r);
	numbers_close(r);
	CHECK_INT(numbers_push(r, 6), ==, PINION_RING_CLOSED);
	CHECK_INT(numbers_push_n(r, &got, 1, &moved), ==, PINION_RING_CLOSED);
	CHECK_INT(moved, ==, 0);
	CHECK_INT(numbers_pop(r, &got), ==, PINION_RING_OK);
	CHECK_INT(got, ==, 5);
	CHECK_INT(numbers_pop(r, &got), ==, PINION_RING_CLOSED);
	CHECK_INT(numbers_pop_n(r, &got, 1, &moved), ==, PINION_RING_CLOSED);
	CHECK_INT(numbers_length(r), ==, 0);
}

/* Nothing is seen before its line is full, or before somebody makes it so. */
static void check_lazy(numbers *r, size_t capacity)
{
	uint64_t pushed = 0, popped = 0, got;

	for (int round = 0; round < 60; round++) {
		size_t n = 0;

		while (n < (size_t)round && numbers_push_lazy(r, pushed) == PINION_RING_OK) {
			n++;
			pushed++;
		}
		CHECK_INT(numbers_length(r), ==, pushed - popped);
		size_t seen = 0;
		while (numbers_pop(r, &got) == PINION_RING_OK) {
			CHECK_INT(got, ==, popped++);
			seen++;
		}
		CHECK_INT(seen + 7, >, n); /* at most a line is held back */
		if (round % 3 == 0 && numbers_push(r, pushed) == PINION_RING_OK)
			pushed++;
		else
			numbers_flush(r);
		numbers_flush(r);
		drain(r, popped, pushed - popped);
		popped = pushed;
	}
	CHECK_INT(pushed, >=, capacity);
}

/* FULL and close leave nothing behind that the consumer cannot see. */
static void check_lazy_ends(numbers *r, size_t capacity)
{
	uint64_t pushed = 0, got;

	while (numbers_push_lazy(r, pushed) == PINION_RING_OK)
		pushed++;
	CHECK_INT(pushed, >=, capacity);
	drain(r, 0, pushed);
	CHECK_INT(numbers_push_lazy(r, 77), ==, PINION_RING_OK);
	numbers_close(r);
	CHECK_INT(numbers_push_lazy(r, 78), ==, PINION_RING_CLOSED);
	CHECK_INT(numbers_pop(r, &got), ==, PINION_RING_OK);
	CHECK_INT(got, ==, 77);
	CHECK_INT(numbers_pop(r, &got), ==, PINION_RING_CLOSED);
}

static void check_in_place(numbers *r, size_t capacity)
{
	uint64_t pushed = 0, popped = 0, *place;

	for (size_t step = 0; step < 300; step++) {
		size_t asked = 1 + step % 9, n = asked;
		pinion_ring_outcome outcome = numbers_reserve(r, &place, &n);

		CHECK_INT(outcome, ==, n > 0 ? PINION_RING_OK : PINION_RING_FULL);
		CHECK(n <= asked && (n > 0 || pushed - popped >= capacity));
		size_t written = n - n / 3;
		for (size_t i = 0; i < written; i++)
			place[i] = pushed + i;
		numbers_commit(r, written);
		pushed += written;
		CHECK_INT(numbers_length(r), ==, pushed - popped);
		asked = n = 1 + step % 5;
		outcome = numbers_peek(r, &place, &n);
		CHECK_INT(outcome, ==, pushed > popped ? PINION_RING_OK : PINION_RING_EMPTY);
		CHECK(n <= asked && n <= pushed - popped && (n > 0 || pushed == popped));
		for (size_t i = 0; i < n; i++)
			CHECK_INT(place[i], ==, popped + i);
		numbers_release(r, n - n / 4);
		popped += n - n / 4;
	}
	CHECK_INT(popped, >, 50);
}

/* What can be had at once is had; what cannot ends by the deadline or the token. */
static void check_waits_that_end(numbers *r, size_t capacity)
{
	pinion_ring_cancel token = {0};
	pinion_ring_wait late = {.deadline_ns = 1, .cancel = NULL}, cancelled = {.cancel = &token};
	uint64_t got = 99;
	size_t n = 0;

	pinion_spsc_cancel(&r->ring, &token);
	CHECK(pinion_ring_cancelled(&token));
	CHECK_INT(numbers_pop_wait(r, &got, &late), ==, PINION_RING_TIMEDOUT);
	CHECK_INT(numbers_pop_wait(r, &got, &cancelled), ==, PINION_RING_CANCELLED);
	CHECK_INT(got, ==, 99);
	while (numbers_push_wait(r, n, &late) == PINION_RING_OK)
		n++;
	CHECK_INT(n, >=, capacity);
	CHECK_INT(numbers_push_wait(r, n, &late), ==, PINION_RING_TIMEDOUT);
	CHECK_INT(numbers_push_wait(r, n, &cancelled), ==, PINION_RING_CANCELLED);
	for (size_t i = 0; i < n; i++) {
		CHECK_INT(numbers_pop_wait(r, &got, i % 2 ? &cancelled : NULL), ==, PINION_RING_OK);
		CHECK_INT(got, ==, i);
	}
	CHECK_INT(numbers_push_wait(r, 5, NULL), ==, PINION_RING_OK);
	numbers_close(r);
	CHECK_INT(numbers_push_wait(r, 6, NULL), ==, PINION_RING_CLOSED);
	CHECK_INT(numbers_pop_wait(r, &got, NULL), ==, PINION_RING_OK);
	CHECK_INT(numbers_pop_wait(r, &got, NULL), ==, PINION_RING_CLOSED);
	CHECK(r->ring.items.word == 0 && r->ring.space.word == 0); /* nobody was asleep */
}

static void check_file(numbers *r, size_t capacity)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	uint64_t count = 0, got;

	CHECK(fd >= 0 && capacity > 0);
	CHECK_INT(numbers_arm(r, fd), ==, PINION_RING_EMPTY);
	CHECK_INT(numbers_push(r, 1), ==, PINION_RING_OK); /* no wait, no wake */
	CHECK_INT(read(fd, &count, sizeof count), ==, -1);
	numbers_notify(r);
	CHECK_INT(read(fd, &count, sizeof count), ==, sizeof count);
	CHECK(!numbers_disarm(r));
	CHECK_INT(numbers_arm(r, fd), ==, PINION_RING_OK);
	CHECK(numbers_disarm(r));
	CHECK_INT(numbers_pop(r, &got), ==, PINION_RING_OK);
	CHECK_INT(numbers_arm(r, fd), ==, PINION_RING_EMPTY);
	CHECK_INT(numbers_push_wait(r, 2, NULL), ==, PINION_RING_OK);
	CHECK_INT(read(fd, &count, sizeof count), ==, sizeof count);
	CHECK_INT(numbers_pop(r, &got), ==, PINION_RING_OK);
	numbers_close(r);
	CHECK_INT(numbers_arm(r, fd), ==, PINION_RING_CLOSED);
	close(fd);
}

static void lazy_pushes(void)
{
	on_each_shape(check_lazy);
	on_each_shape(check_lazy_ends);
}

static void items_in_place(void)
{
	on_each_shape(check_in_place);
}

static void waits_that_end_at_once(void)
{
	on_each_shape(check_waits_that_end);
}

static void a_file_for_poll(void)
{
	on_each_shape(check_file);
}

static void full_and_empty(void)
{
	on_each_shape(check_full_and_empty);
}

static void never_full_below_capacity(void)
{
	on_each_shape(check_never_full_below_capacity);
}

static void many_at_once(void)
{
	on_each_shape(check_many_at_once);
}

static void closing(void)
{
	on_each_shape(check_close);
}

static void any_value_may_be_sent(void)
{
	static const uint64_t values[] = {0, UINT64_MAX, 1, 0, 0};
	numbers r;
	uint64_t got;

	CHECK_INT(numbers_init(&r, memory, 4), ==, PINION_OK);
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		CHECK_INT(numbers_push(&r, values[i]), ==, PINION_RING_OK);
		CHECK_INT(numbers_pop(&r, &got), ==, PINION_RING_OK);
		CHECK(got == values[i]);
	}
}

static void types_of_any_size(void)
{
	points p;
	bytes b;
	point in = {.x = 1.5, .name = "ab"}, out;
	unsigned char byte;

	CHECK_INT(points_init(&p, memory, 3), ==, PINION_OK);
	CHECK_INT(points_push(&p, in), ==, PINION_RING_OK);
	CHECK_INT(points_pop(&p, &out), ==, PINION_RING_OK);
	CHECK(out.x == in.x);
	CHECK_STR(out.name, "ab");
	CHECK_INT(bytes_init(&b, memory, 300), ==, PINION_OK);
	for (int i = 0; i < 300; i++)
		CHECK_INT(bytes_push(&b, (unsigned char)i), ==, PINION_RING_OK);
	for (int i = 0; i < 300; i++) {
		CHECK_INT(bytes_pop(&b, &byte), ==, PINION_RING_OK);
		CHECK_INT(byte, ==, (unsigned char)i);
	}
}

static void generic_in_place(pinion_spsc *r, size_t item_bytes)
{
	unsigned char item[64] = {7}, *places;
	void *at;
	size_t n = 1;

	CHECK_INT(pinion_spsc_push_lazy(r, item), ==, PINION_RING_OK);
	pinion_spsc_flush(r);
	CHECK_INT(pinion_spsc_reserve(r, &at, &n), ==, PINION_RING_OK);
	CHECK_INT(n, ==, 1);
	places = at;
	memset(places, 9, item_bytes);
	pinion_spsc_commit(r, n);
	CHECK_INT(pinion_spsc_push_wait(r, item, NULL), ==, PINION_RING_OK);
	CHECK_INT(pinion_spsc_pop_wait(r, item, NULL), ==, PINION_RING_OK);
	CHECK_INT(item[0], ==, 7);
	n = 1;
	CHECK_INT(pinion_spsc_peek(r, &at, &n), ==, PINION_RING_OK);
	places = at;
	CHECK_INT(places[item_bytes - 1], ==, 9);
	pinion_spsc_release(r, n);
	CHECK_INT(pinion_spsc_pop(r, item), ==, PINION_RING_OK);
	CHECK_INT(item[0], ==, 7);
}

static void generic_items(size_t item_bytes)
{
	pinion_spsc r;
	unsigned char in[5][64], out[5][64];
	size_t moved;

	CHECK(pinion_spsc_bytes(5, item_bytes) <= MEMORY_BYTES);
	CHECK_INT(pinion_spsc_init(&r, memory, 5, item_bytes), ==, PINION_OK);
	for (unsigned round = 0; round < 20; round++) {
		memset(in, (int)round + 1, sizeof in);
		memset(out, 0, sizeof out);
		CHECK_INT(pinion_spsc_push_n(&r, in, 4, &moved), ==, PINION_RING_OK);
		CHECK_INT(moved, ==, 4);
		CHECK_INT(pinion_spsc_push(&r, in), ==, PINION_RING_OK);
		CHECK_INT(pinion_spsc_push(&r, in), ==, PINION_RING_FULL);
		CHECK_INT(pinion_spsc_length(&r), ==, 5);
		CHECK_INT(pinion_spsc_pop(&r, out), ==, PINION_RING_OK);
		CHECK_INT(pinion_spsc_pop_n(&r, (unsigned char *)out + item_bytes, 9, &moved), ==,
		          PINION_RING_OK);
		CHECK_INT(moved, ==, 4);
		CHECK(memcmp(in, out, 5 * item_bytes) == 0);
		CHECK(item_bytes == 64 || ((unsigned char *)out)[5 * item_bytes] == 0);
	}
	generic_in_place(&r, item_bytes);
	pinion_spsc_close(&r);
	CHECK_INT(pinion_spsc_pop(&r, out), ==, PINION_RING_CLOSED);
}

static void items_sized_at_run_time(void)
{
	static const size_t sizes[] = {1, 2, 3, 4, 5, 8, 12, 16, 31, 64};

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		generic_items(sizes[i]);
}

static void init_refuses_what_it_cannot_do(void)
{
	pinion_spsc r;
	numbers n;

	CHECK_INT(pinion_spsc_init(NULL, memory, 4, 8), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_spsc_init(&r, NULL, 4, 8), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_spsc_init(&r, memory + 64, 4, 8), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_spsc_init(&r, memory, 0, 8), ==, PINION_ERR_RANGE);
	CHECK_INT(pinion_spsc_init(&r, memory, 4, 0), ==, PINION_ERR_RANGE);
	CHECK_INT(pinion_spsc_init(&r, memory, 4, SIZE_MAX), ==, PINION_ERR_RANGE);
	CHECK_INT(pinion_spsc_init(&r, memory, SIZE_MAX, 8), ==, PINION_ERR_RANGE);
	CHECK_INT(pinion_spsc_init(&r, memory, PINION_SPSC_CAPACITY_MAX + 1, 8), ==, PINION_ERR_RANGE);
	CHECK_INT(pinion_spsc_bytes(0, 8), ==, 0);
	CHECK_INT(pinion_spsc_bytes(8, 0), ==, 0);
	CHECK_INT(pinion_spsc_bytes(8, SIZE_MAX - 3), ==, 0);
	CHECK_INT(pinion_spsc_bytes(PINION_SPSC_CAPACITY_MAX, SIZE_MAX / 4), ==, 0);
	CHECK_INT(numbers_init(NULL, memory, 4), ==, PINION_ERR_ARG);
	CHECK_INT(numbers_init(&n, memory, 0), ==, PINION_ERR_RANGE);
	CHECK_INT(numbers_bytes(SIZE_MAX), ==, 0);
}

TESTS({"full_and_empty", full_and_empty}, {"never_full_below_capacity", never_full_below_capacity},
      {"many_at_once", many_at_once}, {"closing", closing},
      {"any_value_may_be_sent", any_value_may_be_sent}, {"types_of_any_size", types_of_any_size},
      {"items_sized_at_run_time", items_sized_at_run_time}, {"lazy_pushes", lazy_pushes},
      {"items_in_place", items_in_place}, {"waits_that_end_at_once", waits_that_end_at_once},
      {"a_file_for_poll", a_file_for_poll},
      {"init_refuses_what_it_cannot_do", init_refuses_what_it_cannot_do})
