/*
 * Join under load: four waiters put joins and their children's tasks on the
 * stack, hand the tasks to four runners, wait in one of three ways, and scribble
 * over the frame the moment the wait returns. A child that touches the join too
 * late breaks the scribble, or is a race for the thread sanitizer. A second run
 * stops one thread at a time in the middle: between the last child's release and
 * its wake, for one, while the frame dies.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/inbox.h"
#include "queues/join.h"
#include "tests/queues/freeze.h"

#define WAITERS 4u
#define RUNNERS 4u
#define CHILDREN_MAX 5u
#define SCRIBBLE 0xa5

struct child {
	inbox_node node;
	join *parent;
	uint64_t *result, number;
	bool splits; /* first adds and finishes one more child */
};

struct house {
	inbox inboxes[RUNNERS];
	parker runners[RUNNERS], waiters[WAITERS];
	atomic_u32 waiting;
	uint64_t joins[WAITERS], end;
};

static void run_child(struct child *c)
{
	join *parent = c->parent; /* the child's own memory dies with the join */

	if (c->splits) {
		join_add(parent, 1);
		join_done(parent);
	}
	*c->result = c->number;
	join_done(parent);
}

static void run_children(struct house *h, unsigned me)
{
	uint64_t random = stress_state(WAITERS + me);

	for (;;) {
		for (inbox_node *n = inbox_take_all(&h->inboxes[me]); n != NULL;) {
			inbox_node *next = n->next;

			run_child((struct child *)(void *)n);
			n = next;
			stress_jitter(&random);
		}
		parker_announce(&h->runners[me]);
		if (!inbox_is_empty_seq_cst(&h->inboxes[me])) {
			parker_retract(&h->runners[me]);
		} else if (u32_load_seq_cst(&h->waiting) == 0) {
			parker_retract(&h->runners[me]);
			return;
		} else {
			parker_sleep(&h->runners[me], UINT64_MAX);
		}
	}
}

static void wait_in_parker(join *j, parker *p)
{
	if (join_register(j, p))
		return;
	for (;;) {
		parker_announce(p);
		if (join_released(j))
			break;
		parker_sleep(p, UINT64_MAX);
	}
	parker_retract(p);
}

static void wait_by(join *j, parker *p, uint32_t manner)
{
	if (manner == 0)
		while (!join_is_done(j))
			pinion__yield();
	else if (manner == 1)
		wait_in_parker(j, p);
	else if (!join_register(j, NULL))
		join_sleep(j);
}

/* The frame that dies: a join and its children. */
struct frame {
	join j;
	struct child children[CHILDREN_MAX];
	uint64_t results[CHILDREN_MAX];
};

static void check_scribble(const struct frame *f)
{
	const volatile unsigned char *byte = (const volatile unsigned char *)&f->j;

	for (size_t i = 0; i < sizeof f->j; i++)
		CHECK_INT(byte[i], ==, SCRIBBLE);
}

static void one_join(struct house *h, unsigned me, uint64_t *random)
{
	struct frame f;
	uint32_t n = 1 + stress_below(random, CHILDREN_MAX);

	join_init(&f.j, n);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t runner = stress_below(random, RUNNERS);

		f.results[i] = 0;
		f.children[i] = (struct child){.parent = &f.j, .result = &f.results[i],
			.number = h->joins[me] + i + 1, .splits = stress_below(random, 2)};
		inbox_push(&h->inboxes[runner], &f.children[i].node);
		parker_wake(&h->runners[runner]);
	}
	stress_jitter(random);
	wait_by(&f.j, &h->waiters[me], stress_below(random, 3));
	for (uint32_t i = 0; i < n; i++)
		CHECK_INT(f.results[i], ==, h->joins[me] + i + 1);
	memset(&f, SCRIBBLE, sizeof f);
	__asm__ volatile("" ::"r"(&f) : "memory"); /* the scribble is really written */
	stress_jitter(random);
	check_scribble(&f);
	h->joins[me]++;
}

static void house_thread(void *shared, unsigned index)
{
	struct house *h = shared;
	uint64_t random = stress_state(index);

	if (index >= WAITERS) {
		run_children(h, index - WAITERS);
		return;
	}
	while (!stress_over(h->end))
		one_join(h, index, &random);
	u32_add_seq_cst(&h->waiting, UINT32_MAX);
	for (unsigned i = 0; i < RUNNERS; i++)
		parker_wake(&h->runners[i]);
}

static void joins_die(bool freeze)
{
	static struct house h;

	for (unsigned i = 0; i < RUNNERS; i++) {
		inbox_init(&h.inboxes[i]);
		parker_init(&h.runners[i]);
	}
	for (unsigned i = 0; i < WAITERS; i++)
		parker_init(&h.waiters[i]);
	u32_init(&h.waiting, WAITERS);
	memset(h.joins, 0, sizeof h.joins);
	h.end = stress_box_ms(1300);
	if (freeze)
		freeze_run(WAITERS + RUNNERS, house_thread, &h, FREEZE_NONE, 0);
	else
		stress_run(WAITERS + RUNNERS, house_thread, &h);
	for (unsigned i = 0; i < WAITERS; i++)
		CHECK_INT(h.joins[i], >, 0);
}

static void joins_die_with_their_frame(void)
{
	joins_die(false);
}

static void joins_die_while_one_is_frozen(void)
{
	joins_die(true);
}

TESTS({"joins_die_with_their_frame", joins_die_with_their_frame},
      {"joins_die_while_one_is_frozen", joins_die_while_one_is_frozen})
