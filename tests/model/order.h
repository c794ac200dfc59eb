/*
 * The order S of all seq_cst operations and fences, as a graph.
 *
 * C11 asks for one total order S of them that agrees with what happens before what
 * and with the order of each location. S is not the order in which the checker
 * executes: a seq_cst load may come earlier in S than a store that was executed long
 * before it. So nothing is decided early; each operation adds the edges that it
 * forces, and an answer that would close a circle is not offered. Without a circle
 * some total order exists.
 *
 * The edges are those of RC11 (Lahav, Vafeiadis, Kang, Hur, Dreyer, PLDI 2017), which
 * mended C11's rules, with C11's condition that S agrees with happens before. A store is
 * in front of each later one of its location; a read is in front of the stores behind
 * the one that it reads. Then, for A in front of B:
 *
 *   A, B seq_cst                                      A -> B
 *   A seq_cst, B happens before the fence Y           A -> Y
 *   the fence X happens before A, B seq_cst           X -> B
 *   X happens before A, B happens before Y            X -> Y
 *
 * and the last one also when B is a read of something behind A. So seq_cst loads of
 * stores that are not seq_cst themselves have no order among each other, as in C11;
 * C++20 gives them one. A `source` is what stands left of such an arrow because of an
 * access, a `target` what stands right; each location keeps both.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_ORDER_H
#define PINION_TESTS_MODEL_ORDER_H

#include "tests/model/memory.h"

/* Where an access stands in the order of its location. */
enum order_place {
	ORDER_STORE,  /* is the store */
	ORDER_READ,   /* reads it */
	ORDER_BEHIND, /* would be a new store directly behind it */
};

void order_reset(void);

/* An access of the running thread. */
struct order_access {
	const struct store *store;
	enum order_place place;
	bool seq_cst;
	clocks knows; /* what happens before it, with what it acquires itself */
};

static inline bool order_acquires(int order)
{
	return order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE;
}

static inline bool order_releases(int order)
{
	return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static inline bool order_is_seq_cst(int order)
{
	return order == __ATOMIC_SEQ_CST;
}

/* What it reads it acquires first. */
static inline struct order_access order_access_of(const struct store *s, enum order_place place,
                                                  int order)
{
	clocks now = state_self()->now;
	bool learns = place != ORDER_STORE && order_acquires(order);

	return (struct order_access){.store = s,
	                             .place = place,
	                             .seq_cst = order_is_seq_cst(order),
	                             .knows = learns ? clocks_join(now, s->carries) : now};
}

bool order_allows(const struct location *location, const struct order_access *access);

/* It has been made; ORDER_STORE or ORDER_READ. */
void order_add(struct location *location, const struct order_access *access);

/* A seq_cst fence of the running thread; `locations` are all there are. */
void order_fence(struct location *locations, unsigned n);

#endif
