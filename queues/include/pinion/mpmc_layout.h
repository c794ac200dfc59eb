/*
 * How the ring with any number of producers and consumers lies in memory: positions,
 * marks, words. The algorithm is in <pinion/mpmc_core.h>, the contract in <pinion/mpmc.h>;
 * this file is installed because the code is inline.
 *
 * A position counts places for ever: lap, block, item in block. The words tail and head
 * hold the positions of the next push and the next pop, and below them who sleeps there:
 *
 *     word     │ lap │ block │ item │ closed: 1 │ sleepers: 10 │             64 bits
 *     permits  │ shouts: 20 │ permits, signed: 12 │        a futex word for each side
 *
 * A position comes round after 2^53 places: years, in which a thread would have to stand still
 * between its load and its swap and wake up on the very number. Shouts come round after a million,
 * but count only between a load and the kernel's compare. More than 1023 sleepers of one
 * side do not sleep, but go on looking and yielding.
 *
 * Each place has two marks of one byte, each of them the parity of a lap:
 *
 *     filled   beside the item, so that both arrive in one line. Differs from the lap's
 *              parity once the place was filled in this lap.
 *     drained  apart, 64 of them to a line. Equals the lap's parity once the place was
 *              drained in the lap before.
 *
 *     block    filled × 7 │ item │ item │ item │ item │ item │ item │ item  (8-byte items)
 *
 * Apart, because then consumers write no line of items: these travel one way, and one
 * line of drained marks pays for 64 places on the way back.
 *
 * A block is a cache line if an item fits: it holds 64 / (item + 1) of them. The last block of a
 * lap may be cut short, so the capacity is exact, and no memory is lost to a power of two.
 *
 * Compiles as C11 and as C++17 with GCC's or Clang's __atomic builtins.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_MPMC_LAYOUT_H
#define PINION_MPMC_LAYOUT_H

#include <pinion/ring_base.h>

#include <string.h>

#define PINION_MPMC_CAPACITY_MAX ((size_t)1 << 30)

#if defined(__cplusplus)
#define PINION__MPMC_ASSERT(cond, text) static_assert(cond, text)
#else
#define PINION__MPMC_ASSERT(cond, text) _Static_assert(cond, text)
#endif
#define PINION__MPMC_LINE       __attribute__((aligned(PINION_RING_ALIGN)))
#define PINION__MPMC_RARE(cond) __builtin_expect(!!(cond), 0)
/* The shape of a ring is known when a typed form is compiled; inlining makes it vanish. */
#define PINION__MPMC_INLINE __attribute__((always_inline, unused)) static inline

#define PINION__MPMC_BLOCK    64 /* bytes of a block, if an item fits */
#define PINION__MPMC_LOW      11 /* bits of a word below its position */
#define PINION__MPMC_SLEEPERS ((uint64_t)0x3ff)
#define PINION__MPMC_CLOSED   ((uint64_t)0x400)
#define PINION__MPMC_FLAGS    (PINION__MPMC_SLEEPERS | PINION__MPMC_CLOSED)
#define PINION__MPMC_SHOUT    ((uint32_t)0x1000) /* above the permits, which are signed */
#define PINION__MPMC_PER_BLOCK(item_bytes)                                                         \
	((item_bytes) >= PINION__MPMC_BLOCK ? 1 : PINION__MPMC_BLOCK / ((item_bytes) + 1))

PINION_BEGIN_DECLS

/** Private: how items of one size lie in blocks. */
typedef struct pinion__mpmc_shape {
	size_t item_bytes, per_block, shift; /* 1 << shift >= per_block */
	size_t item_offset, block_bytes;
} pinion__mpmc_shape;

/**
 * A ring. The fields are private; they stand here because the code is inline.
 * Place it anywhere; it occupies four cache-line pairs of its own.
 */
typedef struct pinion_mpmc {
	/* Fixed by init. */
	PINION__MPMC_LINE unsigned char *blocks;
	unsigned char *drained; /* one mark for each place */
	uint64_t place_mask;    /* of a position: block and item */
	uint64_t last;          /* the last place of a lap */
	unsigned lap_shift;
	size_t capacity;
	pinion__mpmc_shape shape;
	/* Swapped by who pushes, and by consumers that go to sleep or leave. */
	PINION__MPMC_LINE uint64_t tail;
	/* Swapped by who pops, and by producers that go to sleep or leave. */
	PINION__MPMC_LINE uint64_t head;
	/* Futex words, touched only when somebody sleeps or cancels. */
	PINION__MPMC_LINE uint32_t pop_permits;
	uint32_t push_permits;
} pinion_mpmc;

PINION__MPMC_ASSERT(sizeof(pinion_mpmc) == 4 * PINION_RING_ALIGN, "one line group per writer");
PINION__MPMC_ASSERT(offsetof(pinion_mpmc, tail) == PINION_RING_ALIGN, "tail has its own lines");
PINION__MPMC_ASSERT(offsetof(pinion_mpmc, head) == 2 * PINION_RING_ALIGN, "head has its own lines");

/* ---- shape and memory ---------------------------------------------------------- */

PINION__MPMC_INLINE pinion__mpmc_shape pinion__mpmc_plain(size_t item_bytes)
{
	pinion__mpmc_shape s;
	size_t align = item_bytes % 8 == 0 ? 8 : item_bytes % 4 == 0 ? 4 : item_bytes % 2 == 0 ? 2 : 1;

	s.item_bytes = item_bytes;
	s.per_block = PINION__MPMC_PER_BLOCK(item_bytes);
	s.shift = s.per_block > 16  ? 5
	          : s.per_block > 8 ? 4
	          : s.per_block > 4 ? 3
	          : s.per_block > 2 ? 2
	                            : s.per_block - 1;
	s.item_offset = (s.per_block + align - 1) / align * align;
	s.block_bytes = 0; /* no memory is large enough */
	if (item_bytes != 0 && item_bytes < SIZE_MAX / 2)
		s.block_bytes = (s.item_offset + s.per_block * item_bytes + PINION__MPMC_BLOCK - 1) /
		                PINION__MPMC_BLOCK * PINION__MPMC_BLOCK;
	return s;
}

static inline size_t pinion__mpmc_blocks(size_t capacity, pinion__mpmc_shape s)
{
	return (capacity + s.per_block - 1) / s.per_block;
}

static inline size_t pinion__mpmc_bytes(size_t capacity, pinion__mpmc_shape s)
{
	if (capacity == 0 || capacity > PINION_MPMC_CAPACITY_MAX || s.block_bytes == 0)
		return 0;
	size_t blocks = pinion__mpmc_blocks(capacity, s), each = s.block_bytes + ((size_t)1 << s.shift);
	return blocks > SIZE_MAX / each ? 0 : blocks * each;
}

/* start: the number of the first lap, so that tests can begin close to a wrap. */
static inline int pinion__mpmc_init(pinion_mpmc *r, void *memory, size_t capacity,
                                    pinion__mpmc_shape s, uint64_t start)
{
	if (r == NULL || memory == NULL || (uintptr_t)memory % PINION_RING_ALIGN != 0)
		return PINION_ERR_ARG;
	if (pinion__mpmc_bytes(capacity, s) == 0)
		return PINION_ERR_RANGE;
	size_t blocks = pinion__mpmc_blocks(capacity, s);
	r->blocks = (unsigned char *)memory;
	r->drained = r->blocks + blocks * s.block_bytes;
	r->last = (uint64_t)(blocks - 1) << s.shift | (capacity - 1) % s.per_block;
	for (r->lap_shift = (unsigned)s.shift; r->last >> r->lap_shift != 0;)
		r->lap_shift++;
	r->place_mask = ((uint64_t)1 << r->lap_shift) - 1;
	r->capacity = capacity;
	r->shape = s;
	r->tail = r->head = start << r->lap_shift << PINION__MPMC_LOW;
	r->pop_permits = r->push_permits = 0;
	memset(r->blocks, (int)(start & 1), blocks * s.block_bytes);
	memset(r->drained, (int)(start & 1), blocks << s.shift);
	return PINION_OK;
}

/* ---- positions ----------------------------------------------------------------- */

PINION__MPMC_INLINE uint64_t pinion__mpmc_position(uint64_t word)
{
	return word >> PINION__MPMC_LOW;
}

PINION__MPMC_INLINE unsigned char pinion__mpmc_parity(const pinion_mpmc *r, uint64_t pos)
{
	return (unsigned char)(pos >> r->lap_shift & 1);
}

PINION__MPMC_INLINE size_t pinion__mpmc_item(pinion__mpmc_shape s, uint64_t pos)
{
	return (size_t)pos & (((size_t)1 << s.shift) - 1);
}

PINION__MPMC_INLINE unsigned char *pinion__mpmc_block(const pinion_mpmc *r, pinion__mpmc_shape s,
                                                      uint64_t pos)
{
	return r->blocks + (size_t)((pos & r->place_mask) >> s.shift) * s.block_bytes;
}

PINION__MPMC_INLINE unsigned char *pinion__mpmc_filled(const pinion_mpmc *r, pinion__mpmc_shape s,
                                                       uint64_t pos)
{
	return pinion__mpmc_block(r, s, pos) + pinion__mpmc_item(s, pos);
}

PINION__MPMC_INLINE unsigned char *pinion__mpmc_drained(const pinion_mpmc *r, uint64_t pos)
{
	return r->drained + (size_t)(pos & r->place_mask);
}

PINION__MPMC_INLINE unsigned char *pinion__mpmc_place(const pinion_mpmc *r, pinion__mpmc_shape s,
                                                      uint64_t pos)
{
	return pinion__mpmc_block(r, s, pos) + s.item_offset + pinion__mpmc_item(s, pos) * s.item_bytes;
}

/* The position behind pos. A lap may end within a block. */
PINION__MPMC_INLINE uint64_t pinion__mpmc_next(const pinion_mpmc *r, pinion__mpmc_shape s,
                                               uint64_t pos)
{
	if (PINION__MPMC_RARE((pos & r->place_mask) == r->last))
		return (pos | r->place_mask) + 1;
	if (PINION__MPMC_RARE(pinion__mpmc_item(s, pos) == s.per_block - 1))
		pos += ((uint64_t)1 << s.shift) - s.per_block;
	return pos + 1;
}

/* How many places follow each other from pos on, within its block; at most `most`. */
PINION__MPMC_INLINE size_t pinion__mpmc_run(const pinion_mpmc *r, pinion__mpmc_shape s,
                                            uint64_t pos, size_t most)
{
	uint64_t place = pos & r->place_mask;
	size_t run = s.per_block - pinion__mpmc_item(s, pos);

	if (PINION__MPMC_RARE(place >> s.shift == r->last >> s.shift))
		run = (size_t)(r->last - place) + 1;
	return run < most ? run : most;
}

/* How many places of a lap lie before this one. */
static inline size_t pinion__mpmc_before(const pinion_mpmc *r, pinion__mpmc_shape s, uint64_t pos)
{
	return (size_t)((pos & r->place_mask) >> s.shift) * s.per_block + pinion__mpmc_item(s, pos);
}

/* Items between two words that were not read together: 0 .. capacity. */
static inline size_t pinion__mpmc_between(const pinion_mpmc *r, uint64_t head, uint64_t tail)
{
	unsigned lap = r->lap_shift + PINION__MPMC_LOW;
	int64_t laps = (int64_t)((tail >> lap << lap) - (head >> lap << lap)) >> lap;
	int64_t items = laps * (int64_t)r->capacity +
	                (int64_t)pinion__mpmc_before(r, r->shape, pinion__mpmc_position(tail)) -
	                (int64_t)pinion__mpmc_before(r, r->shape, pinion__mpmc_position(head));

	if (items <= 0)
		return 0;
	return items < (int64_t)r->capacity ? (size_t)items : r->capacity;
}

static inline int pinion__mpmc_is_valid(const pinion_mpmc *r)
{
	uint64_t head = __atomic_load_n(&r->head, __ATOMIC_ACQUIRE); /* [turn] */
	uint64_t tail = __atomic_load_n(&r->tail, __ATOMIC_RELAXED);

	/* A tail read after head may be ahead of it by any number of laps, never behind. */
	return (int64_t)((tail & ~PINION__MPMC_FLAGS) - (head & ~PINION__MPMC_FLAGS)) >= 0 &&
	       (pinion__mpmc_position(head) & r->place_mask) <= r->last &&
	       (pinion__mpmc_position(tail) & r->place_mask) <= r->last;
}

PINION__MPMC_INLINE int32_t pinion__mpmc_permits(uint32_t word)
{
	return ((int32_t)(word % PINION__MPMC_SHOUT) ^ 0x800) - 0x800;
}

PINION_END_DECLS

#endif
