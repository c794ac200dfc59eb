/*
 * Little programs made at random, for tests that compare two ways of looking at the
 * same one: a generator, a set of outcomes, and atomic operations whose order is known
 * only at run time (a compiler takes such an order for seq_cst, so these are the
 * functions that it would call).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_RANDOM_PROGRAMS_H
#define PINION_TESTS_MODEL_RANDOM_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint32_t __tsan_atomic32_load(const volatile uint32_t *, int);
void __tsan_atomic32_store(volatile uint32_t *, uint32_t, int);
uint32_t __tsan_atomic32_exchange(volatile uint32_t *, uint32_t, int);
uint32_t __tsan_atomic32_fetch_add(volatile uint32_t *, uint32_t, int);
bool __tsan_atomic32_compare_exchange_weak(volatile uint32_t *, uint32_t *, uint32_t, int, int);
bool __tsan_atomic32_compare_exchange_strong(volatile uint32_t *, uint32_t *, uint32_t, int, int);
void __tsan_atomic_thread_fence(int);

struct random {
	uint64_t state;
};

static inline struct random random_from(uint64_t seed)
{
	return (struct random){(seed + 1) * 0x9e3779b97f4a7c15u};
}

/* Below n. */
static inline uint32_t random_below(struct random *r, uint32_t n)
{
	uint64_t x = r->state += 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((x >> 33) % n);
}

#define RANDOM_OF(r, list) ((list)[random_below(r, sizeof(list) / sizeof((list)[0]))])

/* Splits n operations among threads 1 .. threads, each at least one. Needs n >= threads. */
static inline void random_split(struct random *r, int n, int threads, int count[])
{
	for (int t = 1; t <= threads; t++)
		count[t] = 1;
	for (n -= threads; n > 0; n--)
		count[1 + random_below(r, (uint32_t)threads)]++;
}

#define OUTCOMES_MAX (1u << 14)

/* A hash set; zero stands for nothing, so each outcome is kept plus one. */
struct outcomes {
	size_t n;
	uint64_t slot[OUTCOMES_MAX];
};

static inline void outcomes_clear(struct outcomes *o)
{
	o->n = 0;
	for (size_t i = 0; i < OUTCOMES_MAX; i++)
		o->slot[i] = 0;
}

/* The slot that holds the outcome, or would. */
static inline uint64_t *outcomes_slot(struct outcomes *o, uint64_t outcome)
{
	size_t i = (outcome * 0x9e3779b97f4a7c15u) >> 50;

	while (o->slot[i] != 0 && o->slot[i] != outcome + 1)
		i = (i + 1) % OUTCOMES_MAX;
	return &o->slot[i];
}

static inline void outcomes_add(struct outcomes *o, uint64_t outcome)
{
	uint64_t *slot = outcomes_slot(o, outcome);

	if (*slot == 0 && o->n < OUTCOMES_MAX / 2) {
		*slot = outcome + 1;
		o->n++;
	}
}

static inline bool outcomes_equal(struct outcomes *a, struct outcomes *b)
{
	for (size_t i = 0; i < OUTCOMES_MAX; i++)
		if (a->slot[i] != 0 && *outcomes_slot(b, a->slot[i] - 1) == 0)
			return false;
	return a->n == b->n;
}

#endif
