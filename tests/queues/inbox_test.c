/*
 * Inbox: order, the was-empty result, chains.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/inbox.h"
#include "tests/support/check.h"

struct letter {
	inbox_node node;
	int number;
};

static int number_of(const inbox_node *node)
{
	return ((const struct letter *)(const void *)node)->number;
}

static void fill(struct letter *letters, int n)
{
	for (int i = 0; i < n; i++)
		letters[i].number = i;
}

/* The list holds 0, 1, … n - 1 in this order. */
static void check_counts_up(const inbox_node *node, int n)
{
	for (int i = 0; i < n; i++) {
		CHECK(node != NULL);
		CHECK_INT(number_of(node), ==, i);
		node = node->next;
	}
	CHECK(node == NULL);
}

static void an_empty_inbox_gives_nothing(void)
{
	inbox b;

	inbox_init(&b);
	CHECK(inbox_is_valid(&b));
	CHECK(inbox_is_empty(&b));
	CHECK(inbox_is_empty_seq_cst(&b));
	CHECK(inbox_take_all(&b) == NULL);
}

static void nodes_come_out_oldest_first(void)
{
	inbox b;
	struct letter letters[5];

	inbox_init(&b);
	for (int round = 0; round < 3; round++) {
		fill(letters, 5);
		for (int i = 0; i < 5; i++)
			CHECK_INT(inbox_push(&b, &letters[i].node), ==, i == 0);
		CHECK(!inbox_is_empty(&b));
		CHECK(!inbox_is_empty_seq_cst(&b));
		check_counts_up(inbox_take_all(&b), 5);
		CHECK(inbox_is_empty(&b));
	}
}

static void a_chain_keeps_its_order(void)
{
	inbox b;
	struct letter letters[8];

	for (int split = 1; split < 8; split++) {
		inbox_init(&b);
		fill(letters, 8);
		for (int i = 0; i + 1 < 8; i++)
			letters[i].node.next = &letters[i + 1].node;
		CHECK(inbox_push_chain(&b, &letters[0].node, &letters[split - 1].node));
		CHECK(!inbox_push_chain(&b, &letters[split].node, &letters[7].node));
		check_counts_up(inbox_take_all(&b), 8);
	}
}

static void a_chain_mixes_with_single_nodes(void)
{
	inbox b;
	struct letter letters[5];

	inbox_init(&b);
	fill(letters, 5);
	CHECK(inbox_push(&b, &letters[0].node));
	letters[1].node.next = &letters[2].node;
	letters[2].node.next = &letters[3].node;
	CHECK(!inbox_push_chain(&b, &letters[1].node, &letters[3].node));
	CHECK(!inbox_push_chain(&b, &letters[4].node, &letters[4].node));
	check_counts_up(inbox_take_all(&b), 5);
}

TESTS({"an_empty_inbox_gives_nothing", an_empty_inbox_gives_nothing},
      {"nodes_come_out_oldest_first", nodes_come_out_oldest_first},
      {"a_chain_keeps_its_order", a_chain_keeps_its_order},
      {"a_chain_mixes_with_single_nodes", a_chain_mixes_with_single_nodes})
