/*
 * The free-list: no index has two owners, none is lost, and what its last owner wrote
 * is there for the next.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/freelist.h"
#include "tests/model/model.h"

#define THINGS 3u

struct pool {
	freelist list;
	atomic_u32 next[THINGS];
	uint32_t uses[THINGS]; /* plain: the owner's */
	uint32_t used[3];      /* by thread */
};

static void setup(void *state)
{
	struct pool *p = state;

	freelist_init(&p->list, p->next, 1, UINT32_MAX);
}

static void setup_two(void *state)
{
	struct pool *p = state;

	freelist_init(&p->list, p->next, 2, UINT32_MAX);
}

static void setup_three(void *state)
{
	struct pool *p = state;

	freelist_init(&p->list, p->next, 3, UINT32_MAX);
}

static uint32_t get_and_use(struct pool *p)
{
	uint32_t i;

	if (freelist_get(&p->list, &i) != FREELIST_OK)
		return FREELIST_NONE;
	MODEL_CHECK(i < p->list.count);
	p->uses[i]++;
	p->used[model_self()]++;
	return i;
}

static void use_once(void *state)
{
	struct pool *p = state;
	uint32_t i = get_and_use(p);

	if (i != FREELIST_NONE)
		freelist_put(&p->list, i);
}

static void use_twice(void *state)
{
	use_once(state);
	use_once(state);
}

/* What makes a swap without a tag go wrong: the upper two away, the first back alone. */
static void get_two_put_first(void *state)
{
	struct pool *p = state;
	uint32_t first = get_and_use(p), second = get_and_use(p);

	if (first != FREELIST_NONE)
		freelist_put(&p->list, first);
	if (second != FREELIST_NONE)
		p->uses[second]++, p->used[model_self()]++; /* still ours */
	if (second != FREELIST_NONE)
		freelist_put(&p->list, second);
}

/* Everything is free again, once; uses were not lost. */
static void check(void *state)
{
	struct pool *p = state;
	uint32_t uses = 0, free = 0, i;

	MODEL_CHECK(freelist_is_valid(&p->list));
	for (uint32_t t = 0; t < THINGS; t++)
		uses += p->uses[t];
	MODEL_CHECK(uses == p->used[0] + p->used[1] + p->used[2]);
	for (; freelist_get(&p->list, &i) == FREELIST_OK; free++)
		MODEL_CHECK(free < p->list.count);
	MODEL_CHECK(free == p->list.count && freelist_is_empty(&p->list));
}

#define POOL(name_, setup_, ...)                                                          \
	{                                                                                     \
		.name = name_, .bytes = sizeof(struct pool), .setup = setup_,                     \
		.thread = {__VA_ARGS__}, .check = check                                           \
	}

MODELS(POOL("one_thing", setup, use_twice, use_twice),
       POOL("one_thing_three_threads", setup, use_once, use_once, use_once),
       POOL("two_things", setup_two, use_twice, use_twice),
       POOL("aba", setup_three, use_once, get_two_put_first),
       POOL("aba_of_two", setup_two, use_once, get_two_put_first))
