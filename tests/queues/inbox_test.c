/*
 * Inbox: order, chains, senders and their guesses, stripes, closing.
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
			CHECK_INT(inbox_push(&b, &letters[i].node), ==, INBOX_OK);
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
		CHECK_INT(inbox_push_chain(&b, &letters[0].node, &letters[split - 1].node), ==, INBOX_OK);
		CHECK_INT(inbox_push_chain(&b, &letters[split].node, &letters[7].node), ==, INBOX_OK);
		check_counts_up(inbox_take_all(&b), 8);
	}
}

static void a_chain_mixes_with_single_nodes(void)
{
	inbox b;
	struct letter letters[5];

	inbox_init(&b);
	fill(letters, 5);
	CHECK_INT(inbox_push(&b, &letters[0].node), ==, INBOX_OK);
	letters[1].node.next = &letters[2].node;
	letters[2].node.next = &letters[3].node;
	CHECK_INT(inbox_push_chain(&b, &letters[1].node, &letters[3].node), ==, INBOX_OK);
	CHECK_INT(inbox_push_chain(&b, &letters[4].node, &letters[4].node), ==, INBOX_OK);
	check_counts_up(inbox_take_all(&b), 5);
}

static void a_sender_guesses_right_and_wrong(void)
{
	inbox b, c;
	struct letter letters[6];
	inbox_sender from = {0};

	inbox_init(&b);
	inbox_init(&c);
	fill(letters, 6);
	for (int i = 0; i < 3; i++)
		CHECK_INT(inbox_push_from(&b, &from, &letters[i].node), ==, INBOX_OK);
	CHECK_INT(inbox_push_from(&c, &from, &letters[5].node), ==, INBOX_OK); /* elsewhere */
	CHECK_INT(inbox_push(&b, &letters[3].node), ==, INBOX_OK);             /* somebody else */
	CHECK_INT(inbox_push_from(&b, &from, &letters[4].node), ==, INBOX_OK);
	check_counts_up(inbox_take_all(&b), 5);
	for (int i = 0; i < 3; i++) { /* the same node again, after a take */
		CHECK_INT(inbox_push_from(&b, &from, &letters[0].node), ==, INBOX_OK);
		check_counts_up(inbox_take_all(&b), 1);
	}
}

static void a_take_of_many_is_followed_by_one_of_none(void)
{
	inbox b;
	struct letter letters[4];

	inbox_init(&b);
	fill(letters, 4);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 4; i++)
			CHECK_INT(inbox_push(&b, &letters[i].node), ==, INBOX_OK);
		check_counts_up(inbox_take_all(&b), 4);
		CHECK(inbox_take_all(&b) == NULL);
		CHECK(inbox_take_all(&b) == NULL);
		CHECK(inbox_is_valid(&b));
	}
}

/* Nodes 0, 1 and 3 have their own stripe; 2 shares the owner's. */
static void init_stripes(inbox *b, inbox_stripe *stripes, inbox_stripe **table)
{
	for (int i = 0; i < 4; i++) {
		inbox_stripe_init(&stripes[i]);
		table[i] = &stripes[i];
	}
	table[2] = &b->own;
	inbox_init_striped(b, table, 4, 1);
	CHECK(inbox_is_valid(b));
}

static void stripes_keep_order_each(void)
{
	inbox b;
	inbox_stripe stripes[4], *table[4];
	inbox_sender from[5];
	struct letter letters[5][3];
	int got[5] = {0};

	init_stripes(&b, stripes, table);
	CHECK(inbox_is_empty(&b));
	for (int i = 0; i < 3; i++)
		for (uint32_t s = 0; s < 5; s++) { /* 4 is one stripe with 0 */
			from[s] = i == 0 ? (inbox_sender){.stripe = s} : from[s];
			letters[s][i].number = (int)s * 100 + i;
			CHECK_INT(inbox_push_from(&b, &from[s], &letters[s][i].node), ==, INBOX_OK);
		}
	CHECK(!inbox_is_empty(&b));
	CHECK(!inbox_is_empty_seq_cst(&b));
	for (inbox_node *n = inbox_take_all(&b); n != NULL; n = n->next)
		CHECK_INT(number_of(n) % 100, ==, got[number_of(n) / 100]++);
	for (int s = 0; s < 5; s++)
		CHECK_INT(got[s], ==, 3);
	CHECK(inbox_is_empty(&b));
	CHECK(inbox_take_all(&b) == NULL);
}

static void closing_gives_the_rest_and_refuses(void)
{
	inbox b;
	inbox_stripe stripes[4], *table[4];
	inbox_sender from = {.stripe = 3};
	struct letter letters[4];

	fill(letters, 4);
	inbox_init(&b);
	inbox_push(&b, &letters[0].node);
	inbox_push(&b, &letters[1].node);
	check_counts_up(inbox_close(&b), 2);
	CHECK(inbox_is_empty(&b));
	CHECK(inbox_is_empty_seq_cst(&b));
	CHECK(inbox_is_valid(&b));
	CHECK_INT(inbox_push(&b, &letters[2].node), ==, INBOX_CLOSED);
	CHECK_INT(inbox_push_chain(&b, &letters[2].node, &letters[2].node), ==, INBOX_CLOSED);

	init_stripes(&b, stripes, table);
	inbox_push_from(&b, &from, &letters[0].node);
	inbox_push_from(&b, &from, &letters[1].node);
	check_counts_up(inbox_close(&b), 2);
	CHECK_INT(inbox_push_from(&b, &from, &letters[2].node), ==, INBOX_CLOSED);
	CHECK_INT(inbox_push(&b, &letters[3].node), ==, INBOX_CLOSED);
}

TESTS({"an_empty_inbox_gives_nothing", an_empty_inbox_gives_nothing},
      {"nodes_come_out_oldest_first", nodes_come_out_oldest_first},
      {"a_chain_keeps_its_order", a_chain_keeps_its_order},
      {"a_chain_mixes_with_single_nodes", a_chain_mixes_with_single_nodes},
      {"a_sender_guesses_right_and_wrong", a_sender_guesses_right_and_wrong},
      {"a_take_of_many_is_followed_by_one_of_none", a_take_of_many_is_followed_by_one_of_none},
      {"stripes_keep_order_each", stripes_keep_order_each},
      {"closing_gives_the_rest_and_refuses", closing_gives_the_rest_and_refuses})
