/*
 * Litmus tests: small programs whose possible outcomes under C11 are known, with
 * exactly these outcomes. An outcome too many would be a false alarm of the checker, one
 * too few a bug that it hides.
 *
 * An outcome is a hexadecimal number, a digit for each value: first what was read, in
 * the order r0, r1, ..., then, where the model ends in final_y or the like, the last
 * value of those places. All places begin with 0. The names are those of the
 * literature (Alglave, Maranget, Tautschnig: "Herding cats").
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/atomic.h"
#include "tests/model/model.h"

struct litmus {
	atomic_u32 x, y, z;
	uint32_t r[4]; /* what was read; each written by one thread */
};

/* A thread; W and R are its writes and reads, F a fence, A and C read-modify-writes. */
#define THREAD(name, ...)          \
	static void name(void *state)  \
	{                              \
		struct litmus *s = state;  \
		__VA_ARGS__                \
	}
#define W(order, place, value) u32_store_##order(&s->place, value);
#define R(order, i, place) s->r[i] = u32_load_##order(&s->place);
#define A(order, i, place) s->r[i] = u32_add_##order(&s->place, 1);
#define S(order, i, place, value) s->r[i] = u32_swap_##order(&s->place, value);
#define C(order, place, from, to)                \
	{                                            \
		uint32_t expected = from;                \
		u32_cas_##order(&s->place, &expected, to); \
	}
#define F(order) atomic_thread_fence(memory_order_##order);

static uint64_t digits(const struct litmus *s, int n)
{
	uint64_t all = 0;

	for (int i = 0; i < n; i++)
		all = all << 4 | s->r[i];
	return all;
}

static void one_read(void *state)
{
	model_outcome(digits(state, 1));
}

static void two_reads(void *state)
{
	model_outcome(digits(state, 2));
}

static void three_reads(void *state)
{
	model_outcome(digits(state, 3));
}

static void four_reads(void *state)
{
	model_outcome(digits(state, 4));
}

static void one_read_final_x(void *state)
{
	struct litmus *s = state;

	model_outcome(digits(s, 1) << 4 | u32_load_relaxed(&s->x));
}

static void one_read_final_y(void *state)
{
	struct litmus *s = state;

	model_outcome(digits(s, 1) << 4 | u32_load_relaxed(&s->y));
}

static void two_reads_final_x(void *state)
{
	struct litmus *s = state;

	model_outcome(digits(s, 2) << 4 | u32_load_relaxed(&s->x));
}

static void final_x(void *state)
{
	struct litmus *s = state;

	model_outcome(u32_load_relaxed(&s->x));
}

static void final_x_y(void *state)
{
	struct litmus *s = state;

	model_outcome(u32_load_relaxed(&s->x) << 4 | u32_load_relaxed(&s->y));
}

/* 1 when two readers have seen two stores to x in opposite orders. */
static void readers_disagree(void *state)
{
	struct litmus *s = state;
	uint64_t read = digits(s, 4);

	model_outcome(read == 0x1221 || read == 0x2112);
}

static void z6_shown(void *state)
{
	model_outcome(digits(state, 3) == 0x130);
}

/* ------------------------------------------- one place: coherence, atomicity */

THREAD(x1_relaxed, W(relaxed, x, 1))
THREAD(x2_relaxed, W(relaxed, x, 2))
THREAD(read_x_twice, R(relaxed, 0, x) R(relaxed, 1, x))
THREAD(read_x_twice_more, R(relaxed, 2, x) R(relaxed, 3, x))
THREAD(x1_read_x, W(relaxed, x, 1) R(relaxed, 0, x))
THREAD(read_x_x1, R(relaxed, 0, x) W(relaxed, x, 1))
THREAD(x1_x2, W(relaxed, x, 1) W(relaxed, x, 2))
THREAD(add_r0, A(relaxed, 0, x))
THREAD(add_r1, A(relaxed, 1, x))
THREAD(win_1, C(relaxed, x, 0, 1))
THREAD(win_2, C(relaxed, x, 0, 2))
THREAD(add_between, A(relaxed, 0, x) R(relaxed, 1, x))

/* ------------------------------------------------------------ store buffering */

THREAD(sb0_relaxed, W(relaxed, x, 1) R(relaxed, 0, y))
THREAD(sb1_relaxed, W(relaxed, y, 1) R(relaxed, 1, x))
THREAD(sb0_rel_acq, W(release, x, 1) R(acquire, 0, y))
THREAD(sb1_rel_acq, W(release, y, 1) R(acquire, 1, x))
THREAD(sb0_seq_cst, W(seq_cst, x, 1) R(seq_cst, 0, y))
THREAD(sb1_seq_cst, W(seq_cst, y, 1) R(seq_cst, 1, x))
THREAD(sb1_seq_cst_store_only, W(seq_cst, y, 1) R(acquire, 1, x))
THREAD(sb0_fence, W(relaxed, x, 1) F(seq_cst) R(relaxed, 0, y))
THREAD(sb1_fence, W(relaxed, y, 1) F(seq_cst) R(relaxed, 1, x))
THREAD(sb0_weak_fence, W(relaxed, x, 1) F(acq_rel) R(relaxed, 0, y))
THREAD(sb0_swap, S(seq_cst, 2, x, 1) R(acquire, 0, y))
THREAD(sb1_swap, S(seq_cst, 3, y, 1) R(acquire, 1, x))

/* ------------------------------------------------------------ message passing */

THREAD(mp0_relaxed, W(relaxed, x, 1) W(relaxed, y, 1))
THREAD(mp1_relaxed, R(relaxed, 0, y) R(relaxed, 1, x))
THREAD(mp0_release, W(relaxed, x, 1) W(release, y, 1))
THREAD(mp1_acquire, R(acquire, 0, y) R(relaxed, 1, x))
THREAD(mp0_fence, W(relaxed, x, 1) F(release) W(relaxed, y, 1))
THREAD(mp1_fence, R(relaxed, 0, y) F(acquire) R(relaxed, 1, x))
THREAD(mp0_seq_cst, W(seq_cst, x, 1) W(seq_cst, y, 1))
THREAD(mp1_seq_cst, R(seq_cst, 0, y) R(seq_cst, 1, x))
/* Two seq_cst accesses to x: the relaxed flag orders them nowhere. */
THREAD(mp0_seq_cst_data, W(seq_cst, x, 1) W(relaxed, y, 1))
THREAD(mp1_seq_cst_data, R(acquire, 0, y) R(seq_cst, 1, x))

/* ---------------------------------------------------------- release sequences */

THREAD(cas_y_1_to_2, C(relaxed, y, 1, 2))
THREAD(cas_y_2_to_3, C(relaxed, y, 2, 3))
THREAD(y2_relaxed, W(relaxed, y, 2))
THREAD(mp0_release_then_relaxed, W(relaxed, x, 1) W(release, y, 1) W(relaxed, y, 2))
/* What is acquired by a relaxed read-modify-write is passed on, but not taken. */
THREAD(add_y_read_x, A(relaxed, 0, y) R(relaxed, 1, x))
THREAD(add_y_acquire_read_x, A(acquire, 0, y) R(relaxed, 1, x))

/* ------------------------------------------------- two places, final values */

THREAD(w22_0_relaxed, W(relaxed, x, 1) W(relaxed, y, 2))
THREAD(w22_1_relaxed, W(relaxed, y, 1) W(relaxed, x, 2))
THREAD(w22_0_release, W(release, x, 1) W(release, y, 2))
THREAD(w22_1_release, W(release, y, 1) W(release, x, 2))
THREAD(w22_0_seq_cst, W(seq_cst, x, 1) W(seq_cst, y, 2))
THREAD(w22_1_seq_cst, W(seq_cst, y, 1) W(seq_cst, x, 2))
THREAD(w22_0_fence, W(relaxed, x, 1) F(seq_cst) W(relaxed, y, 2))
THREAD(w22_1_fence, W(relaxed, y, 1) F(seq_cst) W(relaxed, x, 2))
THREAD(s0_relaxed, W(relaxed, x, 2) W(relaxed, y, 1))
THREAD(s1_relaxed, R(relaxed, 0, y) W(relaxed, x, 1))
THREAD(s0_release, W(relaxed, x, 2) W(release, y, 1))
THREAD(s1_acquire, R(acquire, 0, y) W(relaxed, x, 1))
THREAD(r0_rel_acq, W(release, x, 1) W(release, y, 1))
THREAD(r1_rel_acq, W(release, y, 2) R(acquire, 0, x))
THREAD(r1_seq_cst, W(seq_cst, y, 2) R(seq_cst, 0, x))
THREAD(lb0, R(relaxed, 0, x) W(relaxed, y, 1))
THREAD(lb1, R(relaxed, 1, y) W(relaxed, x, 1))

/* ------------------------------------------------------------- three threads */

THREAD(x1_release, W(release, x, 1))
THREAD(y1_release, W(release, y, 1))
THREAD(x1_seq_cst, W(seq_cst, x, 1))
THREAD(y1_seq_cst, W(seq_cst, y, 1))
THREAD(y1_relaxed, W(relaxed, y, 1))
THREAD(wrc1_relaxed, R(relaxed, 0, x) W(relaxed, y, 1))
THREAD(wrc1_release, R(relaxed, 0, x) W(release, y, 1))
THREAD(wrc2_relaxed, R(relaxed, 1, y) R(relaxed, 2, x))
THREAD(wrc2_acquire, R(acquire, 1, y) R(relaxed, 2, x))
THREAD(isa1_relaxed, R(relaxed, 0, y) W(relaxed, z, 1))
THREAD(isa1_rel_acq, R(acquire, 0, y) W(release, z, 1))
THREAD(isa2_relaxed, R(relaxed, 1, z) R(relaxed, 2, x))
THREAD(isa2_acquire, R(acquire, 1, z) R(relaxed, 2, x))
THREAD(rwc1_acquire, R(acquire, 0, x) R(acquire, 1, y))
THREAD(rwc2_rel_acq, W(release, y, 1) R(acquire, 2, x))
THREAD(rwc1_seq_cst, R(seq_cst, 0, x) R(seq_cst, 1, y))
THREAD(rwc2_seq_cst, W(seq_cst, y, 1) R(seq_cst, 2, x))
THREAD(iriw2_relaxed, R(relaxed, 0, x) R(relaxed, 1, y))
THREAD(iriw3_relaxed, R(relaxed, 2, y) R(relaxed, 3, x))
THREAD(iriw2_acquire, R(acquire, 0, x) R(acquire, 1, y))
THREAD(iriw3_acquire, R(acquire, 2, y) R(acquire, 3, x))
THREAD(iriw2_seq_cst, R(seq_cst, 0, x) R(seq_cst, 1, y))
THREAD(iriw3_seq_cst, R(seq_cst, 2, y) R(seq_cst, 3, x))
THREAD(iriw2_fence, R(relaxed, 0, x) F(seq_cst) R(relaxed, 1, y))
THREAD(iriw3_fence, R(relaxed, 2, y) F(seq_cst) R(relaxed, 3, x))
THREAD(y1_x1_seq_cst, W(seq_cst, y, 1) W(seq_cst, x, 1))
THREAD(x_fence_y, R(relaxed, 0, x) F(seq_cst) R(relaxed, 1, y))
THREAD(z6_0, W(seq_cst, x, 1) W(release, y, 1))
THREAD(z6_1, A(seq_cst, 0, y) R(relaxed, 1, y))
THREAD(z6_2, W(seq_cst, y, 3) R(seq_cst, 2, x))

#define SET(name, ...) static const uint64_t name[] = {__VA_ARGS__};

SET(all_2, 0x00, 0x01, 0x10, 0x11)
SET(not_00, 0x01, 0x10, 0x11)
SET(not_10, 0x00, 0x01, 0x11)
SET(not_11, 0x00, 0x01, 0x10)
SET(all_3, 0x000, 0x001, 0x010, 0x011, 0x100, 0x101, 0x110, 0x111)
SET(not_110, 0x000, 0x001, 0x010, 0x011, 0x100, 0x101, 0x111)
SET(not_100, 0x000, 0x001, 0x010, 0x011, 0x101, 0x110, 0x111)
SET(all_4, 0x0000, 0x0001, 0x0010, 0x0011, 0x0100, 0x0101, 0x0110, 0x0111, 0x1000, 0x1001, 0x1010,
	0x1011, 0x1100, 0x1101, 0x1110, 0x1111)
SET(not_1010, 0x0000, 0x0001, 0x0010, 0x0011, 0x0100, 0x0101, 0x0110, 0x0111, 0x1000, 0x1001,
	0x1011, 0x1100, 0x1101, 0x1110, 0x1111)
SET(zero, 0)
SET(one_one, 1)
SET(two, 2)
SET(one_or_two, 1, 2)
SET(cowr, 0x11, 0x12, 0x22)
SET(corw, 0x01, 0x02, 0x21)
SET(increments, 0x012, 0x102)
SET(own_increment, 0x01, 0x02, 0x23)
SET(kept, 0x00, 0x01, 0x11, 0x21)
SET(kept_twice, 0x00, 0x01, 0x11, 0x21, 0x31)
SET(broken, 0x00, 0x01, 0x11, 0x20, 0x21)
SET(w22_all, 0x11, 0x12, 0x21, 0x22)
SET(w22_not_11, 0x12, 0x21, 0x22)
SET(s_all, 0x01, 0x02, 0x11, 0x12)
SET(s_not_12, 0x01, 0x02, 0x11)
SET(r_not_02, 0x01, 0x11, 0x12)

SET(fence_behind, 0x001, 0x002, 0x011, 0x012, 0x111, 0x112, 0x201, 0x202, 0x211, 0x212)

/* A test, and the outcomes that it has to have, no more and no fewer. */
#define LITMUS(test, ends, expected, ...)                                          \
	{                                                                              \
		.name = test, .bytes = sizeof(struct litmus), .thread = {__VA_ARGS__},     \
		.check = ends, .outcomes = expected,                                       \
		.outcomes_n = sizeof(expected) / sizeof((expected)[0])                     \
	}

MODELS(
	LITMUS("CoRR", two_reads, not_10, x1_relaxed, read_x_twice),
	LITMUS("CoRR2", readers_disagree, zero, x1_relaxed, x2_relaxed, read_x_twice,
		read_x_twice_more),
	LITMUS("CoWR", one_read_final_x, cowr, x1_read_x, x2_relaxed),
	LITMUS("CoRW", one_read_final_x, corw, read_x_x1, x2_relaxed),
	LITMUS("CoRW1", one_read, zero, read_x_x1),
	LITMUS("CoWW", final_x, two, x1_x2),
	LITMUS("increments", two_reads_final_x, increments, add_r0, add_r1),
	LITMUS("increment_beside_a_store", two_reads, own_increment, add_between, x2_relaxed),
	LITMUS("one_winner", final_x, one_or_two, win_1, win_2),
	LITMUS("SB", two_reads, all_2, sb0_relaxed, sb1_relaxed),
	LITMUS("SB+rel_acq", two_reads, all_2, sb0_rel_acq, sb1_rel_acq),
	LITMUS("SB+seq_cst", two_reads, not_00, sb0_seq_cst, sb1_seq_cst),
	LITMUS("SB+seq_cst+rel_acq", two_reads, all_2, sb0_seq_cst, sb1_rel_acq),
	LITMUS("SB+three_seq_cst", two_reads, all_2, sb0_seq_cst, sb1_seq_cst_store_only),
	LITMUS("SB+fences", two_reads, not_00, sb0_fence, sb1_fence),
	LITMUS("SB+fence", two_reads, all_2, sb0_fence, sb1_relaxed),
	LITMUS("SB+fence+weak_fence", two_reads, all_2, sb0_weak_fence, sb1_fence),
	LITMUS("SB+fence+seq_cst", two_reads, not_00, sb0_fence, sb1_seq_cst),
	LITMUS("SB+swaps", two_reads, all_2, sb0_swap, sb1_swap),
	LITMUS("MP", two_reads, all_2, mp0_relaxed, mp1_relaxed),
	LITMUS("MP+rel_acq", two_reads, not_10, mp0_release, mp1_acquire),
	LITMUS("MP+rel", two_reads, all_2, mp0_release, mp1_relaxed),
	LITMUS("MP+acq", two_reads, all_2, mp0_relaxed, mp1_acquire),
	LITMUS("MP+fences", two_reads, not_10, mp0_fence, mp1_fence),
	LITMUS("MP+fence+acq", two_reads, not_10, mp0_fence, mp1_acquire),
	LITMUS("MP+rel+fence", two_reads, not_10, mp0_release, mp1_fence),
	LITMUS("MP+fence", two_reads, all_2, mp0_fence, mp1_relaxed),
	LITMUS("MP+relaxed+fence", two_reads, all_2, mp0_relaxed, mp1_fence),
	LITMUS("MP+seq_cst", two_reads, not_10, mp0_seq_cst, mp1_seq_cst),
	LITMUS("MP+seq_cst_data", two_reads, all_2, mp0_seq_cst_data, mp1_seq_cst_data),
	LITMUS("sequence_kept_by_rmw", two_reads, kept, mp0_release, cas_y_1_to_2, mp1_acquire),
	LITMUS("sequence_kept_by_two", two_reads, kept_twice, mp0_release, cas_y_1_to_2,
		cas_y_2_to_3, mp1_acquire),
	LITMUS("sequence_broken_by_store", two_reads, broken, mp0_release, y2_relaxed, mp1_acquire),
	LITMUS("sequence_broken_by_own_store", two_reads, broken, mp0_release_then_relaxed,
		mp1_acquire),
	LITMUS("rmw_acquires_not", two_reads, all_2, mp0_release, add_y_read_x),
	LITMUS("rmw_acquires", two_reads, not_10, mp0_release, add_y_acquire_read_x),
	LITMUS("2+2W", final_x_y, w22_all, w22_0_relaxed, w22_1_relaxed),
	LITMUS("2+2W+rel", final_x_y, w22_all, w22_0_release, w22_1_release),
	LITMUS("2+2W+seq_cst", final_x_y, w22_not_11, w22_0_seq_cst, w22_1_seq_cst),
	LITMUS("2+2W+fences", final_x_y, w22_not_11, w22_0_fence, w22_1_fence),
	LITMUS("S", one_read_final_x, s_all, s0_relaxed, s1_relaxed),
	LITMUS("S+rel_acq", one_read_final_x, s_not_12, s0_release, s1_acquire),
	LITMUS("R+rel_acq", one_read_final_y, s_all, r0_rel_acq, r1_rel_acq),
	LITMUS("R+seq_cst", one_read_final_y, r_not_02, mp0_seq_cst, r1_seq_cst),
	LITMUS("WRC", three_reads, all_3, x1_relaxed, wrc1_relaxed, wrc2_relaxed),
	LITMUS("WRC+rel_acq", three_reads, not_110, x1_relaxed, wrc1_release, wrc2_acquire),
	LITMUS("ISA2", three_reads, all_3, mp0_relaxed, isa1_relaxed, isa2_relaxed),
	LITMUS("ISA2+rel_acq", three_reads, not_110, mp0_release, isa1_rel_acq, isa2_acquire),
	LITMUS("RWC+rel_acq", three_reads, all_3, x1_release, rwc1_acquire, rwc2_rel_acq),
	LITMUS("RWC+seq_cst", three_reads, not_100, x1_seq_cst, rwc1_seq_cst, rwc2_seq_cst),
	LITMUS("IRIW", four_reads, all_4, x1_relaxed, y1_relaxed, iriw2_relaxed, iriw3_relaxed),
	LITMUS("IRIW+rel_acq", four_reads, all_4, x1_release, y1_release, iriw2_acquire,
		iriw3_acquire),
	LITMUS("IRIW+rel+seq_cst", four_reads, all_4, x1_release, y1_release, iriw2_seq_cst,
		iriw3_seq_cst),
	LITMUS("IRIW+seq_cst+acq", four_reads, all_4, x1_seq_cst, y1_seq_cst, iriw2_acquire,
		iriw3_acquire),
	LITMUS("IRIW+seq_cst", four_reads, not_1010, x1_seq_cst, y1_seq_cst, iriw2_seq_cst,
		iriw3_seq_cst),
	LITMUS("IRIW+fences", four_reads, not_1010, x1_relaxed, y1_relaxed, iriw2_fence, iriw3_fence),
	/* 202: the store that is read stands behind a seq_cst one, which is not before the fence
	 * for that. */
	LITMUS("fence_behind_a_read", two_reads_final_x, fence_behind, y1_x1_seq_cst, x2_relaxed,
		x_fence_y),
	/* Limits, said in model.h: C11 allows 11. */
	LITMUS("LB_not_shown", two_reads, not_11, lb0, lb1),
	/* C11 forbids 130, C++20 allows it for Power's sake. */
	LITMUS("Z6.U_not_shown", z6_shown, zero, z6_0, z6_1, z6_2),
	/* The model's own. */
	LITMUS("alone", final_x, one_one, x1_relaxed))
