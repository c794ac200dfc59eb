/*
 * Bugs of others in array queues, re-planted, each beside its repaired twin: the
 * checker must find the bug, and nothing in the twin.
 *
 * One ring serves them all: free-running indices, two producers at most.
 *
 *     head  claimed by producers     tail  published by them, in order of claim
 *     read  given back by the consumer
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/port.h"
#include "queues/atomic.h"
#include "tests/model/model.h"

#define CAPACITY_MAX 2

enum mistake {
	NO_MISTAKE = 0,
	RELAXED_HEAD,
	NO_CLAMP,
	RELAXED_READ,
	FLAG_FIRST,
	NARROW_CURSOR,
};

struct ring {
	enum mistake mistake;
	bool clamps; /* the repair of NO_CLAMP instead of that of RELAXED_HEAD */
	uint64_t capacity, index_mask;
	atomic_u64 head, tail, read;
	atomic_u32 closed;
	uint32_t slot[CAPACITY_MAX]; /* plain: raced for when the ring is wrong */
	uint32_t pushed[3], popped;  /* by thread; the consumer's */
};

static void setup(struct ring *r, enum mistake mistake)
{
	r->mistake = mistake;
	r->capacity = 1;
	r->index_mask = UINT64_MAX;
	u64_init(&r->head, 0);
	u64_init(&r->tail, 0);
	u64_init(&r->read, 0);
	u32_init(&r->closed, 0);
}

static void setup_right(void *state)
{
	setup(state, NO_MISTAKE);
}

static uint32_t *slot(struct ring *r, uint64_t index)
{
	return &r->slot[index % r->capacity];
}

/* ---- many producers ------------------------------------------------------------ */

/*
 * A snapshot of two indices. A producer reads its own head, moved by another
 * producer, and then the consumer's index. Read relaxed, the head brings nothing
 * along: the consumer's index may be older than what that other producer had seen,
 * so more seems used than there is room, the difference wraps below zero, and what
 * is full counts as nearly endless room. In DPDK's ring from 2017 to 2025, in
 * OpenDataPlane; only processors with weaker acquire loads show it. Repair: the head
 * is loaded acquire and moved release.
 *
 * The same in IREE's ring: there the repair was to treat "used more than there is"
 * as a torn snapshot and look again.
 */
static void setup_relaxed_head(void *state)
{
	setup(state, RELAXED_HEAD);
}

static void setup_no_clamp(void *state)
{
	setup(state, NO_CLAMP);
}

static void setup_clamp(void *state)
{
	setup(state, NO_CLAMP);
	((struct ring *)state)->clamps = true;
}

static bool claim(struct ring *r, uint64_t *index)
{
	bool right = r->mistake == NO_MISTAKE, moved;
	uint64_t head, used;

	do {
		head = right ? u64_load_acquire(&r->head) : u64_load_relaxed(&r->head);
		used = head - u64_load_acquire(&r->read);
		if (r->clamps && used > r->capacity)
			return false; /* torn: the caller may look again */
		if (r->capacity - used == 0)
			return false;
		*index = head;
		moved = right ? u64_cas_release(&r->head, &head, head + 1)
		              : u64_cas_relaxed(&r->head, &head, head + 1);
	} while (!moved);
	return true;
}

static void push(struct ring *r)
{
	uint64_t index;

	if (!claim(r, &index))
		return;
	*slot(r, index) = 1;
	while (u64_load_acquire(&r->tail) != index)
		pinion__relax();
	u64_store_release(&r->tail, index + 1);
	r->pushed[model_self()]++;
}

static void push_twice(void *state)
{
	push(state);
	push(state);
}

static void push_once(void *state)
{
	push(state);
}

/* Waits for one item and takes it. */
static void pop_one(void *state)
{
	struct ring *r = state;

	while (u64_load_acquire(&r->tail) == 0)
		pinion__relax();
	r->popped += *slot(r, 0);
	u64_store_release(&r->read, 1);
}

static void check_room(void *state)
{
	const struct ring *r = state;
	uint64_t inside = u64_load_relaxed(&r->tail) - u64_load_relaxed(&r->read);

	MODEL_CHECK(inside <= r->capacity);
	MODEL_CHECK(inside + r->popped == r->pushed[0] + r->pushed[1]);
}

/* ---- one producer, one consumer -------------------------------------------------- */

/*
 * The consumer gives a slot back before it has read it. Its index is stored behind a
 * barrier that orders stores, but what must come first is the load from the slot. In
 * CK's ring until 2026. Repair: a release store, which orders the loads before it too.
 */
static void setup_relaxed_read(void *state)
{
	setup(state, RELAXED_READ);
}

static void produce_two(void *state)
{
	struct ring *r = state;

	for (uint64_t index = 0; index < 2; index++) {
		while (index - u64_load_acquire(&r->read) == r->capacity)
			pinion__relax();
		*slot(r, index) = (uint32_t)index + 1;
		u64_store_release(&r->tail, index + 1);
	}
}

static void consume_two(void *state)
{
	struct ring *r = state;

	for (uint64_t index = 0; index < 2; index++) {
		while (u64_load_acquire(&r->tail) == index)
			pinion__relax();
		MODEL_CHECK(*slot(r, index) == index + 1);
		if (r->mistake == RELAXED_READ)
			u64_store_relaxed(&r->read, index + 1);
		else
			u64_store_release(&r->read, index + 1);
	}
}

/*
 * Two fields published in the wrong order. The producer closes the segment and then
 * moves the tail over its last item; a consumer between the two finds the segment
 * closed and empty, and leaves it with an item inside. In a port of .NET's concurrent
 * queue to QuestDB in 2026. Repair: the tail first; and who sees "closed" looks at the
 * tail once more.
 */
static void setup_flag_first(void *state)
{
	setup(state, FLAG_FIRST);
}

static void push_and_close(void *state)
{
	struct ring *r = state;

	*slot(r, 0) = 1;
	if (r->mistake == FLAG_FIRST)
		u32_store_release(&r->closed, 1);
	u64_store_release(&r->tail, 1);
	if (r->mistake != FLAG_FIRST)
		u32_store_release(&r->closed, 1);
}

static void drain_until_closed(void *state)
{
	struct ring *r = state;

	for (;;) {
		bool closed = u32_load_acquire(&r->closed) != 0; /* before the tail */

		if (u64_load_acquire(&r->tail) == 1) {
			r->popped = *slot(r, 0);
			break;
		}
		if (closed)
			break;
		pinion__relax();
	}
	MODEL_CHECK(r->popped == 1);
}

/*
 * Cursors as wide as the capacity. With 256 slots and cursors of 8 bits "full" and
 * "empty" are the same difference, so a full queue takes one more item and forgets
 * all. In tokio's run queue in 2020, unseen because its own checker had a bug. Here 2
 * slots and cursors of one bit. Repair: at least one bit more.
 */
static void setup_narrow_cursor(void *state)
{
	struct ring *r = state;

	setup(r, NARROW_CURSOR);
	r->capacity = 2;
	r->index_mask = 1;
}

static void setup_wide_cursor(void *state)
{
	struct ring *r = state;

	setup_narrow_cursor(r);
	r->index_mask = 3;
}

static void push_three_narrow(void *state)
{
	struct ring *r = state;

	for (uint32_t i = 0; i < 3; i++) {
		uint64_t tail = u64_load_relaxed(&r->tail);

		if (((tail - u64_load_acquire(&r->read)) & r->index_mask) == r->capacity)
			return;
		*slot(r, tail) = i + 1;
		u64_store_release(&r->tail, (tail + 1) & r->index_mask);
		r->pushed[0]++;
	}
}

static void pop_one_narrow(void *state)
{
	struct ring *r = state;
	uint64_t read = u64_load_relaxed(&r->read);

	if (u64_load_acquire(&r->tail) == read)
		return;
	MODEL_CHECK(*slot(r, read) == read + 1);
	u64_store_release(&r->read, (read + 1) & r->index_mask);
	r->popped++;
}

static void check_narrow(void *state)
{
	const struct ring *r = state;
	uint64_t inside = u64_load_relaxed(&r->tail) - u64_load_relaxed(&r->read);

	MODEL_CHECK((inside & r->index_mask) + r->popped == r->pushed[0]);
}

#define BUG      .bytes = sizeof(struct ring), .must_fail = true
#define TWIN     .bytes = sizeof(struct ring)
#define SNAPSHOT .check = check_room, .thread = {push_twice, push_once, pop_one}
#define NARROW   .check = check_narrow, .thread = {push_three_narrow, pop_one_narrow}

MODELS({.name = "relaxed_head_snapshot", BUG, .setup = setup_relaxed_head, SNAPSHOT},
       {.name = "acquired_head_snapshot", TWIN, .setup = setup_right, SNAPSHOT},
       {.name = "torn_snapshot_not_clamped", BUG, .setup = setup_no_clamp, SNAPSHOT},
       {.name = "torn_snapshot_clamped", TWIN, .setup = setup_clamp, SNAPSHOT},
       {.name = "slot_given_back_unread",
        BUG,
        .setup = setup_relaxed_read,
        .thread = {produce_two, consume_two}},
       {.name = "slot_given_back_read",
        TWIN,
        .setup = setup_right,
        .thread = {produce_two, consume_two}},
       {.name = "closed_before_the_tail",
        BUG,
        .setup = setup_flag_first,
        .thread = {push_and_close, drain_until_closed}},
       {.name = "closed_after_the_tail",
        TWIN,
        .setup = setup_right,
        .thread = {push_and_close, drain_until_closed}},
       {.name = "cursor_as_wide_as_the_capacity", BUG, .setup = setup_narrow_cursor, NARROW},
       {.name = "cursor_one_bit_wider", TWIN, .setup = setup_wide_cursor, NARROW})
