/*
 * Cursor: each chunk is claimed exactly once, whatever the claimers do meanwhile.
 * Every access is relaxed, so there is no order to weaken; what is shown here is
 * that atomicity alone is enough.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/cursor.h"
#include "tests/model/model.h"

#define LOOP     2
#define OLD_LOOP 1
#define CHUNKS   3

struct loop {
	cursor seat;
	uint64_t chunks;
	uint32_t claims[3][CHUNKS]; /* by thread and chunk */
};

static void setup(void *state)
{
	struct loop *l = state;

	cursor_init(&l->seat);
	l->chunks = CHUNKS;
}

/* The loop before left the cursor at its end. */
static void setup_stale(void *state)
{
	struct loop *l = state;
	uint64_t pos;

	setup(state);
	for (int i = 0; i < CHUNKS; i++)
		cursor_claim(&l->seat, OLD_LOOP, CHUNKS, &pos);
	MODEL_CHECK(!cursor_probe(&l->seat, OLD_LOOP, CHUNKS));
	MODEL_CHECK(cursor_probe(&l->seat, LOOP, CHUNKS));
}

/* The tags start over: what the cursor says of a later loop must be forgotten. */
static void setup_reset(void *state)
{
	struct loop *l = state;
	uint64_t pos;

	setup(state);
	l->chunks = 1;
	MODEL_CHECK(cursor_claim(&l->seat, LOOP, CHUNKS, &pos));
	cursor_reset(&l->seat);
}

static void claim_one_by_one(void *state)
{
	struct loop *l = state;
	uint64_t pos;

	while (cursor_claim(&l->seat, LOOP, l->chunks, &pos)) {
		MODEL_CHECK(pos < l->chunks);
		l->claims[model_self()][pos]++;
	}
}

static void claim_in_a_row(void *state)
{
	struct loop *l = state;
	uint64_t pos, got;

	while (cursor_claim_many(&l->seat, LOOP, l->chunks, 2, &pos, &got)) {
		MODEL_CHECK(got >= 1 && got <= 2 && pos + got <= l->chunks);
		for (uint64_t i = 0; i < got; i++)
			l->claims[model_self()][pos + i]++;
	}
}

static void check(void *state)
{
	const struct loop *l = state;

	for (uint64_t i = 0; i < l->chunks; i++)
		MODEL_CHECK(l->claims[0][i] + l->claims[1][i] + l->claims[2][i] == 1);
	MODEL_CHECK(cursor_is_valid(&l->seat) && !cursor_probe(&l->seat, LOOP, l->chunks));
	/* At most one step too far for each thread. */
	MODEL_CHECK(cursor_pos(u64_load_relaxed(&l->seat.word)) <= l->chunks + 3);
}

#define LOOP_STATE .bytes = sizeof(struct loop), .check = check

MODELS({.name = "a_fresh_cursor",
        LOOP_STATE,
        .setup = setup,
        .thread = {claim_one_by_one, claim_one_by_one}},
       {.name = "a_stale_tag",
        LOOP_STATE,
        .setup = setup_stale,
        .thread = {claim_one_by_one, claim_one_by_one}},
       {.name = "a_reset_cursor",
        LOOP_STATE,
        .setup = setup_reset,
        .thread = {claim_one_by_one, claim_one_by_one, claim_in_a_row}},
       {.name = "rows_and_single_chunks",
        LOOP_STATE,
        .setup = setup_stale,
        .thread = {claim_one_by_one, claim_in_a_row}},
       {.name = "three_claimers",
        LOOP_STATE,
        .setup = setup_stale,
        .thread = {claim_one_by_one, claim_in_a_row, claim_one_by_one}})
