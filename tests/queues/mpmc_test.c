/*
 * The ring of many producers and consumers, by one thread: order, capacity, bursts,
 * BUSY (by a claim that is made by hand), close, deadlines, cancel; item sizes from 1 to
 * more than a line, both forms, capacities from 1 on, words that wrap on the way.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/mpmc.h>

#include "affinity/port.h"
#include "tests/support/check.h"

#include <stdalign.h>

#define MEMORY_BYTES 65536
#define NEAR_WRAP    (UINT64_MAX - 1) /* a lap's number; the word keeps its low bits */

typedef struct big {
	unsigned char byte[100];
} big;

PINION_MPMC_DEFINE(letters, unsigned char);
PINION_MPMC_DEFINE(numbers, uint64_t);
PINION_MPMC_DEFINE(bigs, big);

static alignas(PINION_RING_ALIGN) unsigned char memory[MEMORY_BYTES];

static pinion_mpmc make(size_t capacity, size_t item_bytes, uint64_t start)
{
	pinion_mpmc r;

	memset(memory, 0xa5, sizeof memory);
	CHECK(pinion_mpmc_bytes(capacity, item_bytes) <= MEMORY_BYTES);
	CHECK_INT(pinion__mpmc_init(&r, memory, capacity, pinion__mpmc_plain(item_bytes), start), ==,
	          0);
	CHECK(pinion__mpmc_is_valid(&r));
	return r;
}

static void memory_is_checked(void)
{
	pinion_mpmc r;

	CHECK_INT(pinion_mpmc_bytes(0, 8), ==, 0);
	CHECK_INT(pinion_mpmc_bytes(8, 0), ==, 0);
	CHECK_INT(pinion_mpmc_bytes(PINION_MPMC_CAPACITY_MAX + 1, 8), ==, 0);
	CHECK_INT(pinion_mpmc_bytes(1, SIZE_MAX), ==, 0);
	CHECK_INT(pinion_mpmc_bytes(1 << 20, SIZE_MAX / 4), ==, 0);
	CHECK_INT(pinion_mpmc_bytes(1, 8), ==, 64 + 8);
	CHECK_INT(pinion_mpmc_bytes(8, 8), ==, 2 * (64 + 8));
	CHECK_INT(pinion_mpmc_bytes(2, 56), ==, 2 * (64 + 1));
	CHECK_INT(pinion_mpmc_init(NULL, memory, 4, 8), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_mpmc_init(&r, NULL, 4, 8), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_mpmc_init(&r, memory + 8, 4, 8), ==, PINION_ERR_ARG);
	CHECK_INT(pinion_mpmc_init(&r, memory, 0, 8), ==, PINION_ERR_RANGE);
}

/* Each item has its number in each of its bytes. */
static void push_number(pinion_mpmc *r, unsigned number, pinion_ring_outcome want)
{
	unsigned char item[128];

	memset(item, (int)(number & 0xff), sizeof item);
	CHECK_INT(pinion_mpmc_push(r, item), ==, want);
}

static void pop_number(pinion_mpmc *r, unsigned number)
{
	unsigned char item[129];

	memset(item, 0x77, sizeof item);
	CHECK_INT(pinion_mpmc_pop(r, item), ==, PINION_RING_OK);
	for (size_t i = 0; i < r->shape.item_bytes; i++)
		CHECK_INT(item[i], ==, number & 0xff);
	CHECK_INT(item[r->shape.item_bytes], ==, 0x77);
}

static void fill_and_drain(size_t capacity, size_t item_bytes, uint64_t start)
{
	pinion_mpmc r = make(capacity, item_bytes, start);
	unsigned sent = 0, got = 0;
	unsigned char item[128];

	for (int lap = 0; lap < 5; lap++) {
		while (sent - got < capacity)
			push_number(&r, sent++, PINION_RING_OK);
		CHECK_INT(pinion_mpmc_length(&r), ==, capacity);
		push_number(&r, sent, PINION_RING_FULL);
		for (size_t i = 0; i < capacity / 2 + 1; i++)
			pop_number(&r, got++);
		CHECK_INT(pinion_mpmc_length(&r), ==, sent - got);
		CHECK(pinion__mpmc_is_valid(&r));
	}
	while (got < sent)
		pop_number(&r, got++);
	CHECK_INT(pinion_mpmc_pop(&r, item), ==, PINION_RING_EMPTY);
	CHECK_INT(pinion_mpmc_length(&r), ==, 0);
}

static void items_of_any_size(void)
{
	static const size_t capacities[] = {1, 2, 3, 4, 6, 7, 8, 14, 15, 33, 100};

	for (size_t bytes = 1; bytes <= 128; bytes++)
		for (size_t i = 0; i < sizeof capacities / sizeof capacities[0]; i++) {
			fill_and_drain(capacities[i], bytes, 0);
			fill_and_drain(capacities[i], bytes, NEAR_WRAP);
		}
}

/* Bursts of each length against a plain count of what is inside. */
static void bursts(size_t capacity, uint64_t start)
{
	pinion_mpmc r = make(capacity, 8, start);
	uint64_t items[40], sent = 0, got = 0;
	size_t moved;

	for (size_t n = 0; n < 40; n++)
		for (size_t m = 0; m < 40; m++) {
			size_t room = capacity - (size_t)(sent - got), want = n < room ? n : room;

			for (size_t i = 0; i < n; i++)
				items[i] = sent + i;
			CHECK_INT(pinion_mpmc_push_n(&r, items, n, &moved), ==,
			          want > 0 || n == 0 ? PINION_RING_OK : PINION_RING_FULL);
			CHECK_INT(moved, ==, want);
			sent += moved;
			want = m < sent - got ? m : (size_t)(sent - got);
			CHECK_INT(pinion_mpmc_pop_n(&r, items, m, &moved), ==,
			          want > 0 || m == 0 ? PINION_RING_OK : PINION_RING_EMPTY);
			CHECK_INT(moved, ==, want);
			for (size_t i = 0; i < moved; i++)
				CHECK_INT(items[i], ==, got++);
			CHECK_INT(pinion_mpmc_length(&r), ==, sent - got);
		}
}

static void bursts_of_any_length(void)
{
	static const size_t capacities[] = {1, 2, 4, 7, 8, 20, 21, 64};

	for (size_t i = 0; i < sizeof capacities / sizeof capacities[0]; i++) {
		bursts(capacities[i], 0);
		bursts(capacities[i], NEAR_WRAP);
	}
}

static void a_word_wraps(void)
{
	pinion_mpmc r = make(2, 8, NEAR_WRAP);
	uint64_t first = r.tail, item = 0;

	for (uint64_t i = 0; i < 8; i++) {
		CHECK_INT(pinion_mpmc_push(&r, &i), ==, PINION_RING_OK);
		CHECK_INT(pinion_mpmc_length(&r), ==, 1);
		CHECK_INT(pinion_mpmc_pop(&r, &item), ==, PINION_RING_OK);
		CHECK_INT(item, ==, i);
	}
	CHECK(r.tail < first);
}

/* A thread between its claim and its mark, made by hand. */
static void a_busy_place_is_no_end(void)
{
	pinion_mpmc r = make(2, 8, 0);
	uint64_t item = 5, tail = r.tail, head = r.head;
	uint32_t taken;

	CHECK(pinion__mpmc_claim(&r.tail, tail, 1, 1, &taken));
	CHECK_INT(pinion_mpmc_push(&r, &item), ==, PINION_RING_OK); /* the place behind */
	CHECK_INT(pinion_mpmc_push(&r, &item), ==, PINION_RING_FULL);
	CHECK_INT(pinion_mpmc_pop(&r, &item), ==, PINION_RING_BUSY);
	*pinion__mpmc_filled(&r, r.shape, 0) ^= 1;
	CHECK_INT(pinion_mpmc_pop(&r, &item), ==, PINION_RING_OK);
	CHECK_INT(pinion_mpmc_push(&r, &item), ==, PINION_RING_OK);
	head = r.head;
	CHECK(pinion__mpmc_claim(&r.head, head, pinion__mpmc_next(&r, r.shape, 1), 1, &taken));
	CHECK_INT(pinion_mpmc_push(&r, &item), ==, PINION_RING_BUSY);
	CHECK_INT(pinion_mpmc_pop(&r, &item), ==, PINION_RING_OK);
	CHECK_INT(pinion_mpmc_pop(&r, &item), ==, PINION_RING_EMPTY);
	CHECK_INT(pinion_mpmc_push(&r, &item), ==, PINION_RING_BUSY);
	*pinion__mpmc_drained(&r, 1) ^= 1;
	CHECK_INT(pinion_mpmc_push(&r, &item), ==, PINION_RING_OK);
}

static void claims_take_sleepers_off(void)
{
	uint64_t word = 5 << PINION__MPMC_LOW | 3;
	uint32_t taken;

	CHECK(!pinion__mpmc_claim(&word, word - 1, 6, 1, &taken));
	CHECK(pinion__mpmc_claim(&word, word, 7, 2, &taken));
	CHECK_INT(taken, ==, 2);
	CHECK_INT(word, ==, 7 << PINION__MPMC_LOW | 1);
	word |= PINION__MPMC_CLOSED;
	CHECK(pinion__mpmc_claim(&word, word, 9, 2, &taken));
	CHECK_INT(taken, ==, 1);
	CHECK(word == (9 << PINION__MPMC_LOW | PINION__MPMC_CLOSED));
}

static void close_lets_consumers_drain(void)
{
	pinion_mpmc r = make(4, 8, NEAR_WRAP);
	uint64_t item = 1, many[4];
	size_t moved;

	CHECK_INT(pinion_mpmc_push(&r, &item), ==, PINION_RING_OK);
	CHECK_INT(pinion_mpmc_push(&r, &item), ==, PINION_RING_OK);
	pinion_mpmc_close(&r);
	pinion_mpmc_close(&r);
	CHECK_INT(pinion_mpmc_push(&r, &item), ==, PINION_RING_CLOSED);
	CHECK_INT(pinion_mpmc_push_n(&r, many, 2, &moved), ==, PINION_RING_CLOSED);
	CHECK_INT(moved, ==, 0);
	CHECK_INT(pinion_mpmc_push_wait(&r, &item, NULL), ==, PINION_RING_CLOSED);
	CHECK_INT(pinion_mpmc_pop(&r, &item), ==, PINION_RING_OK);
	CHECK_INT(pinion_mpmc_pop_wait(&r, &item, NULL), ==, PINION_RING_OK);
	CHECK_INT(pinion_mpmc_pop(&r, &item), ==, PINION_RING_CLOSED);
	CHECK_INT(pinion_mpmc_pop_n(&r, many, 2, &moved), ==, PINION_RING_CLOSED);
	CHECK_INT(pinion_mpmc_pop_wait(&r, &item, NULL), ==, PINION_RING_CLOSED);
	CHECK_INT(pinion_mpmc_length(&r), ==, 0);
}

static void a_full_ring_closes(void)
{
	pinion_mpmc r = make(1, 8, 0);
	uint64_t item = 1;

	CHECK_INT(pinion_mpmc_push(&r, &item), ==, PINION_RING_OK);
	pinion_mpmc_close(&r);
	CHECK_INT(pinion_mpmc_push(&r, &item), ==, PINION_RING_CLOSED);
	CHECK_INT(pinion_mpmc_length(&r), ==, 1);
	CHECK_INT(pinion_mpmc_pop(&r, &item), ==, PINION_RING_OK);
	CHECK_INT(pinion_mpmc_pop(&r, &item), ==, PINION_RING_CLOSED);
}

static void waits_end_at_the_deadline(void)
{
	pinion_mpmc r = make(1, 8, 0);
	pinion_ring_wait past = {.deadline_ns = 1}, soon = {0};
	uint64_t item = 7, got = 0;

	CHECK_INT(pinion_mpmc_pop_wait(&r, &got, &past), ==, PINION_RING_TIMEDOUT);
	soon.deadline_ns = pinion__clock_ns() + 2000000;
	CHECK_INT(pinion_mpmc_pop_wait(&r, &got, &soon), ==, PINION_RING_TIMEDOUT);
	CHECK(pinion__clock_ns() >= soon.deadline_ns);
	CHECK_INT(pinion_mpmc_push_wait(&r, &item, &past), ==, PINION_RING_OK);
	CHECK_INT(pinion_mpmc_push_wait(&r, &item, &past), ==, PINION_RING_TIMEDOUT);
	soon.deadline_ns = pinion__clock_ns() + 2000000;
	CHECK_INT(pinion_mpmc_push_wait(&r, &item, &soon), ==, PINION_RING_TIMEDOUT);
	CHECK_INT(pinion_mpmc_pop_wait(&r, &got, &past), ==, PINION_RING_OK);
	CHECK_INT(got, ==, 7);
	CHECK_INT(r.tail & PINION__MPMC_FLAGS, ==, 0);
	CHECK_INT(r.head & PINION__MPMC_FLAGS, ==, 0);
	CHECK_INT(r.pop_permits, ==, 0);
	CHECK_INT(r.push_permits, ==, 0);
}

static void a_token_ends_waits(void)
{
	pinion_mpmc r = make(1, 8, 0);
	pinion_ring_cancel token = {0};
	pinion_ring_wait wait = {.cancel = &token};
	uint64_t item = 7;

	pinion_mpmc_cancel(&r, &token);
	CHECK_INT(pinion_mpmc_pop_wait(&r, &item, &wait), ==, PINION_RING_CANCELLED);
	CHECK_INT(pinion_mpmc_push_wait(&r, &item, &wait), ==, PINION_RING_OK);
	CHECK_INT(pinion_mpmc_push_wait(&r, &item, &wait), ==, PINION_RING_CANCELLED);
	CHECK_INT(pinion_mpmc_pop_wait(&r, &item, &wait), ==, PINION_RING_OK);
}

/* What a sleeper leaves in the word and on the permits, whatever order things come in. */
static void the_books_of_sleepers_balance(void)
{
	pinion_mpmc r = make(4, 8, 0);
	uint64_t items[4] = {1, 2, 3, 4};
	size_t moved;

	r.tail += 3; /* three consumers sleep */
	CHECK_INT(pinion_mpmc_push(&r, items), ==, PINION_RING_OK);
	CHECK_INT(r.pop_permits, ==, 1);
	CHECK_INT(pinion_mpmc_push_n(&r, items, 3, &moved), ==, PINION_RING_OK);
	CHECK_INT(r.pop_permits, ==, 3);
	CHECK_INT(r.tail & PINION__MPMC_FLAGS, ==, 0);
	r.head += 2; /* two producers sleep */
	CHECK_INT(pinion_mpmc_pop_n(&r, items, 4, &moved), ==, PINION_RING_OK);
	CHECK_INT(r.push_permits, ==, 2);
	r.head += 2;
	r.tail += 1;
	pinion_mpmc_close(&r);
	CHECK_INT(r.push_permits, ==, 4);
	CHECK_INT(r.pop_permits, ==, 4);
	CHECK_INT(r.tail & PINION__MPMC_SLEEPERS, ==, 0);
	CHECK_INT(r.head & PINION__MPMC_SLEEPERS, ==, 0);
}

static void typed_forms(void)
{
	static letters b;
	static bigs g;
	static numbers n;
	static alignas(PINION_RING_ALIGN) unsigned char more[2][16384];
	big sent = {.byte = {[99] = 9}}, got;
	unsigned char c;
	uint64_t some[3] = {10, 11, 12}, v;
	size_t moved;
	pinion_ring_cancel token = {0};

	CHECK_INT(letters_init(&b, memory, 40), ==, 0);
	CHECK_INT(bigs_init(&g, more[0], 2), ==, 0);
	CHECK_INT(numbers_init(&n, more[1], 3), ==, 0);
	for (unsigned i = 0; i < 40; i++)
		CHECK_INT(letters_push(&b, (unsigned char)i), ==, PINION_RING_OK);
	CHECK_INT(letters_push(&b, 0), ==, PINION_RING_FULL);
	for (unsigned i = 0; i < 40; i++) {
		CHECK_INT(letters_pop(&b, &c), ==, PINION_RING_OK);
		CHECK_INT(c, ==, i);
	}
	CHECK_INT(bigs_push_wait(&g, sent, NULL), ==, PINION_RING_OK);
	CHECK_INT(bigs_pop_wait(&g, &got, NULL), ==, PINION_RING_OK);
	CHECK_INT(got.byte[99], ==, 9);
	CHECK_INT(numbers_push_n(&n, some, 3, &moved), ==, PINION_RING_OK);
	CHECK_INT(numbers_length(&n), ==, 3);
	CHECK_INT(pinion_mpmc_capacity(&n.ring), ==, 3);
	CHECK_INT(numbers_pop(&n, &v), ==, PINION_RING_OK);
	CHECK_INT(v, ==, 10);
	numbers_cancel(&n, &token);
	CHECK(pinion_ring_cancelled(&token));
	numbers_close(&n);
	CHECK_INT(numbers_pop_n(&n, some, 3, &moved), ==, PINION_RING_OK);
	CHECK_INT(moved, ==, 2);
	CHECK_INT(some[1], ==, 12);
	CHECK_INT(letters_bytes(40), ==, pinion_mpmc_bytes(40, 1));
}

TESTS({"memory_is_checked", memory_is_checked}, {"items_of_any_size", items_of_any_size},
      {"bursts_of_any_length", bursts_of_any_length}, {"a_word_wraps", a_word_wraps},
      {"a_busy_place_is_no_end", a_busy_place_is_no_end},
      {"claims_take_sleepers_off", claims_take_sleepers_off},
      {"close_lets_consumers_drain", close_lets_consumers_drain},
      {"a_full_ring_closes", a_full_ring_closes},
      {"waits_end_at_the_deadline", waits_end_at_the_deadline},
      {"a_token_ends_waits", a_token_ends_waits},
      {"the_books_of_sleepers_balance", the_books_of_sleepers_balance},
      {"typed_forms", typed_forms})
