/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/model/explore.h"

#include <string.h>

#include "tests/model/state.h"

#define ANSWERS_MAX (1u << 16)

/* One answer given, and those which are still to be tried at this point. */
struct answer {
	uint8_t kind, n, chosen;
	uint64_t left;
	uint64_t done;
};

static struct {
	enum explore_mode mode;
	uint64_t random;
	const char *choices;
	size_t choices_n;
	unsigned asked; /* in this execution */
	unsigned known; /* the row from which it begins */
	struct answer row[ANSWERS_MAX];
} search;

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/";

void explore_begin(enum explore_mode mode, uint64_t seed, const char *choices)
{
	search.mode = mode;
	search.random = seed * 0x9e3779b97f4a7c15u + 1;
	search.choices = choices;
	search.choices_n = choices == NULL ? 0 : strlen(choices);
	search.asked = search.known = 0;
}

void explore_restart(void)
{
	search.asked = 0;
	if (search.mode != EXPLORE_ALL)
		search.known = 0;
}

uint32_t explore_random(uint32_t n)
{
	uint64_t x = search.random += 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	x ^= x >> 31;
	return (uint32_t)(((x >> 32) * n) >> 32);
}

static unsigned nth_bit(uint64_t mask, unsigned i)
{
	for (; i > 0; i--)
		mask &= mask - 1;
	return (unsigned)__builtin_ctzll(mask);
}

/* Half of the time what a search tries first, so that executions get somewhere. */
static unsigned random_answer(uint64_t allowed)
{
	if (explore_random(2) == 0)
		return (unsigned)__builtin_ctzll(allowed);
	return nth_bit(allowed, explore_random((uint32_t)__builtin_popcountll(allowed)));
}

/* Behind the end of the string all answers are the first one. */
static unsigned written_answer(unsigned n)
{
	const char *digit;

	if (search.asked >= search.choices_n)
		return 0;
	digit = strchr(digits, search.choices[search.asked]);
	if (digit == NULL || (unsigned)(digit - digits) >= n)
		state_fail("answer %u of the replay does not fit: not this model, or not this program",
		           search.asked);
	return (unsigned)(digit - digits);
}

static unsigned new_answer(unsigned n, uint64_t allowed)
{
	switch (search.mode) {
	case EXPLORE_RANDOM:
		return random_answer(allowed);
	case EXPLORE_REPLAY:
		return written_answer(n);
	default:
		return (unsigned)__builtin_ctzll(allowed);
	}
}

unsigned explore_choose(enum choice_kind kind, unsigned n, uint64_t allowed, uint64_t *done)
{
	struct answer *answer = &search.row[search.asked];

	if (done != NULL)
		*done = 0;
	if (n == 1)
		return 0;
	if (search.asked == ANSWERS_MAX)
		state_fail("more than %u choices in one execution", ANSWERS_MAX);
	if (search.asked < search.known) {
		if (answer->kind != kind || answer->n != n)
			state_fail("the model is not deterministic: choice %u was another one before",
			           search.asked);
	} else {
		answer->kind = (uint8_t)kind;
		answer->n = (uint8_t)n;
		answer->done = 0;
		answer->chosen = (uint8_t)new_answer(n, allowed);
		answer->left = allowed & ~(UINT64_C(1) << answer->chosen);
		search.known = search.asked + 1;
	}
	search.asked++;
	if (done != NULL)
		*done = answer->done;
	return answer->chosen;
}

bool explore_next(void)
{
	if (search.mode != EXPLORE_ALL)
		return search.mode == EXPLORE_RANDOM;
	for (search.known = search.asked; search.known > 0; search.known--) {
		struct answer *answer = &search.row[search.known - 1];

		if (answer->left == 0)
			continue;
		answer->done |= UINT64_C(1) << answer->chosen;
		answer->chosen = (uint8_t)__builtin_ctzll(answer->left);
		answer->left &= answer->left - 1;
		return true;
	}
	return false;
}

bool explore_print(char *text, size_t bytes)
{
	unsigned n = search.asked;

	while (n > 0 && search.row[n - 1].chosen == 0)
		n--;
	if (n + 2 > bytes)
		return false;
	for (unsigned i = 0; i < n; i++)
		text[i] = digits[search.row[i].chosen];
	if (n == 0)
		text[n++] = '0';
	text[n] = '\0';
	return true;
}
