/*
 * Bugs of others in linked lists, re-planted, each beside its repaired twin: the
 * checker must find the bug, and nothing in the twin.
 *
 * Nodes are named by their index from 1; 0 is "none".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/port.h"
#include "queues/atomic.h"
#include "tests/model/model.h"

#define NODES   3
#define NONE    0
#define STUB    1 /* where the queue's consumer begins */
#define TAG_ONE (UINT64_C(1) << 32)

enum mistake {
	NO_MISTAKE = 0,
	NO_TAG,
	SWAP_WITHOUT_ACQUIRE,
	BUSY_IS_EMPTY,
};

struct list {
	enum mistake mistake;
	atomic_u64 top;             /* of the stack: tag : 32 | node : 32 */
	atomic_u64 tail;            /* of the queue: the node pushed last */
	atomic_u64 next[NODES + 1]; /* by node */
	uint32_t owners[NODES + 1]; /* plain: written by who took the node */
	atomic_u32 pushed;
};

static void setup(struct list *l, enum mistake mistake)
{
	l->mistake = mistake;
	u64_init(&l->top, NONE);
	u64_init(&l->tail, STUB);
	for (int node = NONE; node <= NODES; node++)
		u64_init(&l->next[node], NONE);
	u32_init(&l->pushed, 0);
}

/*
 * ABA in a Treiber stack. A pop reads top = A and A's next = B and is held up;
 * meanwhile others take A and B and put A back. The swap finds A on top, succeeds,
 * and makes B the top: B is on the stack and in somebody's hands. In CK's stack
 * (batch pop) for ten years, in free lists of message queues, in textbooks. Repair: a
 * tag beside the node that each change advances.
 */
static uint64_t stack_tag(const struct list *l, uint64_t top)
{
	return l->mistake == NO_TAG ? 0 : top - (uint32_t)top + TAG_ONE;
}

static uint32_t stack_pop(struct list *l)
{
	uint64_t top = u64_load_acquire(&l->top), next;
	uint32_t node;

	for (;;) {
		node = (uint32_t)top;
		if (node == NONE)
			return NONE;
		next = u64_load_relaxed(&l->next[node]);
		if (u64_cas_acq_rel(&l->top, &top, stack_tag(l, top) | next))
			return node;
		top = u64_load_acquire(&l->top);
	}
}

static void stack_push(struct list *l, uint32_t node)
{
	uint64_t top = u64_load_relaxed(&l->top);

	do
		u64_store_relaxed(&l->next[node], (uint32_t)top);
	while (!u64_cas_acq_rel(&l->top, &top, stack_tag(l, top) | node));
}

static void setup_stack(struct list *l, enum mistake mistake)
{
	setup(l, mistake);
	for (uint32_t node = NODES; node != NONE; node--)
		stack_push(l, node);
}

static void setup_no_tag(void *state)
{
	setup_stack(state, NO_TAG);
}

static void setup_tag(void *state)
{
	setup_stack(state, NO_MISTAKE);
}

static void pop_one(void *state)
{
	struct list *l = state;

	l->owners[stack_pop(l)]++;
}

static void pop_two_return_one(void *state)
{
	struct list *l = state;
	uint32_t first = stack_pop(l), second = stack_pop(l);

	l->owners[second]++;
	if (first != NONE)
		stack_push(l, first);
}

/* Each node is in one hand or on the stack, once. */
static void check_stack(void *state)
{
	struct list *l = state;

	for (int i = 0; i < NODES; i++)
		l->owners[stack_pop(l)]++;
	for (int node = 1; node <= NODES; node++)
		MODEL_CHECK(l->owners[node] == 1);
}

/*
 * A queue of many producers that says "empty" for ever. A producer clears its node's
 * link and swaps itself in as the tail; the next one swaps and sets that link. If
 * the swap does not acquire, nothing orders the two stores to the link, and the
 * clearing may come second: the rest of the list is cut off. In Pony's message queue
 * until 2017. Repair: the swap is acq_rel.
 */
static void queue_push(struct list *l, uint64_t node)
{
	uint64_t before;

	u64_store_relaxed(&l->next[node], NONE);
	if (l->mistake == SWAP_WITHOUT_ACQUIRE)
		before = u64_swap_release(&l->tail, node);
	else
		before = u64_swap_acq_rel(&l->tail, node);
	u64_store_release(&l->next[before], node);
}

static void setup_swap_without_acquire(void *state)
{
	setup(state, SWAP_WITHOUT_ACQUIRE);
}

static void setup_queue(void *state)
{
	setup(state, NO_MISTAKE);
}

static void push_node_2(void *state)
{
	queue_push(state, 2);
}

static void push_node_3(void *state)
{
	struct list *l = state;

	queue_push(l, 3);
	u32_store_release(&l->pushed, 1);
}

static void check_queue(void *state)
{
	struct list *l = state;
	int length = 0;

	for (uint64_t node = STUB; (node = u64_load_acquire(&l->next[node])) != NONE;)
		length++;
	MODEL_CHECK(length == 2);
}

/*
 * "Empty" and "somebody is in the middle" are two answers. A producer has finished
 * its push and said so, yet the consumer finds no link, because the producer before
 * it has swapped and not linked. Taken for empty, the item is lost to whoever closes
 * the queue on that. In many ports of this queue. Repair: it is empty only if the
 * tail is where the consumer stands, else busy: look again.
 */
static void setup_busy_is_empty(void *state)
{
	setup(state, BUSY_IS_EMPTY);
}

static bool queue_is_empty(struct list *l, uint64_t head)
{
	return l->mistake == BUSY_IS_EMPTY || u64_load_acquire(&l->tail) == head;
}

static void drain_after_push(void *state)
{
	struct list *l = state;
	uint64_t head = STUB, next;
	bool taken = false;

	while (u32_load_acquire(&l->pushed) == 0)
		pinion__relax();
	for (;;) {
		next = u64_load_acquire(&l->next[head]);
		if (next != NONE) {
			head = next;
			taken |= head == 3;
		} else if (queue_is_empty(l, head)) {
			break;
		} else {
			pinion__relax();
		}
	}
	MODEL_CHECK(taken);
}

#define BUG  .bytes = sizeof(struct list), .must_fail = true
#define TWIN .bytes = sizeof(struct list)

MODELS({.name = "treiber_aba",
        BUG,
        .setup = setup_no_tag,
        .check = check_stack,
        .thread = {pop_one, pop_two_return_one}},
       {.name = "treiber_with_tag",
        TWIN,
        .setup = setup_tag,
        .check = check_stack,
        .thread = {pop_one, pop_two_return_one}},
       {.name = "tail_swap_without_acquire",
        BUG,
        .setup = setup_swap_without_acquire,
        .check = check_queue,
        .thread = {push_node_2, push_node_3}},
       {.name = "tail_swap_with_acquire",
        TWIN,
        .setup = setup_queue,
        .check = check_queue,
        .thread = {push_node_2, push_node_3}},
       {.name = "busy_taken_for_empty",
        BUG,
        .setup = setup_busy_is_empty,
        .thread = {drain_after_push, push_node_2, push_node_3}},
       {.name = "busy_is_not_empty",
        TWIN,
        .setup = setup_queue,
        .thread = {drain_after_push, push_node_2, push_node_3}})
