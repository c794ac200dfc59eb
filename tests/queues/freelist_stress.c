/*
 * Free-list under load: eight threads get and put, few things, so that the same index
 * goes round all the time. Each thing has a plain owner field: two owners at once are
 * seen, and are a race for the thread sanitizer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/freelist.h"
#include "tests/queues/stress.h"

#define THREADS 8u
#define THINGS  4u
#define HELD    3u

struct pool {
	freelist list;
	atomic_u32 next[THINGS];
	uint32_t owner[THINGS]; /* plain: [put] carries it; 0: nobody */
	uint64_t uses[THINGS], used[THREADS], end;
};

static void take_and_use(struct pool *p, unsigned me, uint32_t *held, uint32_t *n)
{
	uint32_t i;

	if (freelist_get(&p->list, &i) != FREELIST_OK)
		return;
	CHECK_INT(i, <, p->list.count);
	CHECK_INT(p->owner[i], ==, 0);
	p->owner[i] = me + 1;
	p->uses[i]++;
	p->used[me]++;
	held[(*n)++] = i;
}

static void give(struct pool *p, unsigned me, uint32_t i)
{
	CHECK_INT(p->owner[i], ==, me + 1);
	p->owner[i] = 0;
	freelist_put(&p->list, i);
}

static void get_and_put(void *shared, unsigned me)
{
	struct pool *p = shared;
	uint64_t random = stress_state(me);
	uint32_t held[HELD], n = 0;

	while (!stress_over(p->end))
		for (int i = 0; i < 100; i++) {
			if (n < HELD && stress_below(&random, 2) == 0)
				take_and_use(p, me, held, &n);
			else if (n > 0)
				give(p, me, held[--n]);
			stress_jitter(&random);
		}
	while (n > 0)
		give(p, me, held[--n]);
}

static void each_thing_has_one_owner(void)
{
	static struct pool p;

	for (uint32_t count = 1; count <= THINGS; count *= 2) {
		uint64_t uses = 0, used = 0;
		uint32_t i;

		memset(&p, 0, sizeof p);
		freelist_init(&p.list, p.next, count, UINT32_MAX - 1000);
		p.end = stress_box_ms(700);
		stress_run(THREADS, get_and_put, &p);
		for (uint32_t t = 0; t < THREADS; t++)
			used += p.used[t];
		for (uint32_t t = 0; t < count; t++) {
			uses += p.uses[t];
			CHECK_INT(freelist_get(&p.list, &i), ==, FREELIST_OK);
		}
		CHECK_INT(freelist_get(&p.list, &i), ==, FREELIST_EMPTY);
		CHECK_INT(uses, ==, used);
		CHECK_INT(uses, >, 0);
	}
}

TESTS({"each_thing_has_one_owner", each_thing_has_one_owner})
