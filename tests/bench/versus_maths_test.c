/*
 * The arithmetic of versus: ratios and their interval, chance, proofs, steal time,
 * names and the command line.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/measure.h"
#include "bench/versus/options.h"
#include "bench/versus/proof.h"
#include "bench/versus/question.h"
#include "bench/versus/ratio.h"
#include "bench/versus/steal.h"

#include "tests/support/check.h"

#include <math.h>

static void test_ratio_of_equal_values(void)
{
	const double same[] = {2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5};
	struct dice dice = {1};
	struct ratio r;

	CHECK_INT(ratio_of(same, 7, &dice, &r), ==, 0);
	CHECK(r.median == 2.5 && r.low == 2.5 && r.high == 2.5);
}

/*
 * The bootstrap of a median of n values has the distribution of an order statistic: the median of
 * 11 draws is at most the k-th smallest value with probability P(B(11, k / 11) >= 6). That is 0.007
 * for k = 2 and 0.051 for k = 3, so 2.5 % is reached at the 3rd smallest, and by symmetry 97.5 % at
 * the 3rd largest.
 */
static void test_ratio_interval(void)
{
	const double value[] = {9, 3, 1, 7, 5, 11, 2, 8, 4, 6, 10};
	struct ratio r, again;

	for (uint64_t seed = 0; seed < 5; seed++) {
		struct dice dice = {seed}, same = {seed};

		CHECK_INT(ratio_of(value, 11, &dice, &r), ==, 0);
		CHECK(r.median == 6 && r.low == 3 && r.high == 9);
		CHECK_INT(ratio_of(value, 11, &same, &again), ==, 0);
		CHECK(again.low == r.low && again.high == r.high);
	}
	CHECK(value[0] == 9 && value[10] == 10); /* the caller's order stays */
}

/* An interval of the true median holds it in 19 of 20 cases, more or less. */
static void test_ratio_coverage(void)
{
	struct dice dice = {7};
	int holds = 0;

	for (int trial = 0; trial < 30; trial++) {
		double value[21];
		struct ratio r;

		for (int i = 0; i < 21; i++)
			value[i] = dice_below(&dice, 1000001) / 1000000.0;
		CHECK_INT(ratio_of(value, 21, &dice, &r), ==, 0);
		holds += r.low <= 0.5 && 0.5 <= r.high;
	}
	CHECK_INT(holds, >=, 25);
}

static void test_dice(void)
{
	struct dice dice = {42};
	int count[3] = {0}, first[3] = {0}, order[3];

	for (int i = 0; i < 3000; i++) {
		int seen = 0;

		count[dice_below(&dice, 3)]++;
		dice_order(&dice, order, 3);
		for (int k = 0; k < 3; k++)
			seen |= 1 << order[k];
		CHECK_INT(seen, ==, 7);
		first[order[0]]++;
	}
	for (int k = 0; k < 3; k++) {
		CHECK_INT(count[k], >, 850);
		CHECK_INT(first[k], >, 850);
	}
	CHECK_INT(dice_below(&dice, 1), ==, 0);
}

static void test_value_and_ratio(void)
{
	const struct question *time = question_find("forkjoin.empty", 14);
	const struct question *rate = question_find("stream.triad", 12);

	CHECK(time != NULL && rate != NULL);
	CHECK(question_value(time, 5, 100, 25000) == 250);
	CHECK(question_value(rate, 1000, 10, 24000) == 10); /* 240,000 bytes in 24 us */
	CHECK(question_ratio(time, 200, 300) == 1.5);       /* the peer takes longer */
	CHECK(question_ratio(rate, 300, 200) == 1.5);       /* Pinion moves more */
}

/* Sums in closed form are those of the loops that contestants run. */
static void test_proofs(void)
{
	enum { N = 4 * PROOF_PERIOD };
	const uint64_t seed = 77, ops = 3;
	uint64_t sum = 0, triad = 0;

	for (uint64_t items = 0; items < 70; items++) {
		CHECK(proof_item_sum(items, seed) == sum);
		sum += proof_item(items, seed);
	}
	for (size_t i = 0; i < N; i++)
		triad += proof_element(i, proof_b(i) + proof_s(ops - 1, seed) * proof_c(i));
	CHECK(proof_triad(N, ops, seed) == triad);
	CHECK(proof_triad(N, ops - 1, seed) != triad);
	CHECK(proof_worker(0, 5, 1) != proof_worker(1, 5, 1));
	CHECK(proof_worker(0, 5, 1) + proof_worker(1, 7, 1) !=
	      proof_worker(0, 6, 1) + proof_worker(1, 6, 1));
	CHECK(proof_items(10, 45, 0) != proof_items(10, 45, 8));
}

/* Several producers: the shares are all items, and their sum is that of what they send. */
static void test_shares(void)
{
	const uint64_t seed = 77;

	for (int producers = 1; producers <= 3; producers++)
		for (uint64_t items = 0; items < 40; items++) {
			uint64_t sent = 0, sum = 0;

			for (int p = 0; p < producers; p++) {
				uint64_t share = proof_share(items, producers, p);

				for (uint64_t i = 0; i < share; i++)
					sum += ((uint64_t)p << PROOF_PRODUCER) + proof_item(i, seed);
				sent += share;
			}
			CHECK(sent == items);
			CHECK(proof_shares_sum(items, producers, seed) == sum);
		}
	CHECK(proof_shares_sum(9, 1, seed) == proof_item_sum(9, seed));
}

static void test_steal(void)
{
	static char before[] = "cpu  9 9 9 9 9 9 9 9 0 0\n"
	                       "cpu0 100 0 50 800 10 0 0 40 5 0\n"
	                       "cpu1 0 0 0 1000 0 0 0 0 0 0\n"
	                       "cpu12 7 7 7 7 7 7 7 7 7 7\nintr 5\n";
	static char after[] = "cpu0 150 0 60 820 10 0 0 60 9 0\ncpu1 100 0 0 1000 0 0 0 0 0 0\n";
	const int both[] = {1, 0}, second[] = {1};
	struct steal a, b;
	FILE *in = fmemopen(before, sizeof before - 1, "r");

	CHECK(in != NULL);
	steal_parse(in, both, 2, &a);
	fclose(in);
	CHECK_INT(a.stolen, ==, 40);
	CHECK_INT(a.total, ==, 2000);
	in = fmemopen(after, sizeof after - 1, "r");
	CHECK(in != NULL);
	steal_parse(in, both, 2, &b);
	CHECK(fabs(steal_share(&a, &b) - 0.1) < 1e-12); /* 20 of 200 */
	CHECK(steal_share(&b, &a) == 0);
	rewind(in);
	steal_parse(in, second, 1, &b);
	CHECK_INT(b.total, ==, 1100);
	fclose(in);
}

static void check_nearest(const char *typed, const char *want)
{
	const char *got = question_nearest(typed, strlen(typed));

	CHECK_STR(got != NULL ? got : "", want);
}

/* Threads sit on workers that the question has, and on all of them. */
static void check_seats(const struct question *q)
{
	uint64_t taken = 0;

	CHECK_INT(q->threads, <=, QUESTION_THREADS);
	for (int i = 0; i < q->threads; i++) {
		CHECK(q->seat[i] >= 0 && q->seat[i] < q->workers);
		taken |= UINT64_C(1) << q->seat[i];
	}
	if (q->threads > 0)
		CHECK(taken == (UINT64_C(1) << q->workers) - 1);
}

static void test_names(void)
{
	for (const struct question *const *q = questions_all(); *q != NULL; q++) {
		CHECK(question_find((*q)->name, strlen((*q)->name)) == *q);
		CHECK_INT((*q)->pinion.settings, ==, 1);
		CHECK((*q)->expect != NULL);
		check_seats(*q);
		for (int i = 0; i < (*q)->peers; i++) {
			CHECK((*q)->peer[i].package != NULL && (*q)->peer[i].settings > 0);
			CHECK_INT((*q)->peer[i].settings, <=, MEASURE_SETTINGS);
		}
	}
	check_nearest("forkjoin.emty", "forkjoin.empty");
	check_nearest("spcs.single", "spsc.single");
	check_nearest("stream", "stream.triad");
	check_nearest("zzzzzzzzzzzzzzzzzz", "");
}

static int read_line(struct options *o, char *wrong, const char *a, const char *b)
{
	const char *argv[] = {"versus", a, b, NULL};

	return options_read(b != NULL ? 3 : 2, (char **)argv, o, wrong, 256);
}

static void test_options(void)
{
	struct options o;
	char wrong[256];

	CHECK_INT(read_line(&o, wrong, "--only", "task.run_on,spsc.single,task.run_on"), ==, 0);
	CHECK_INT(o.asked, ==, 2);
	CHECK_STR(o.only[0]->name, "task.run_on");
	CHECK(options_peer(&o, "go") && options_peer(&o, "libgomp"));
	CHECK_INT(read_line(&o, wrong, "--peers=go,ck_ring", NULL), ==, 0);
	CHECK(options_peer(&o, "go") && options_peer(&o, "ck_ring"));
	CHECK(!options_peer(&o, "ck") && !options_peer(&o, "go,ck_ring") && !options_peer(&o, ""));
	CHECK_INT(read_line(&o, wrong, "--peers", "go,rust"), ==, -1);
	CHECK_CONTAINS(wrong, "'rust'");
	CHECK_INT(read_line(&o, wrong, "--peers", "go,"), ==, -1);
	CHECK_INT(read_line(&o, wrong, "--quick", "--pairs=7"), ==, 0);
	CHECK(o.quick && o.pairs == 7 && o.asked > 2);
	CHECK_INT(read_line(&o, wrong, "--pairs", "0"), ==, -1);
	CHECK_CONTAINS(wrong, "3 to 1000");
	CHECK_INT(read_line(&o, wrong, "--pairs", "7x"), ==, -1);
	CHECK_INT(read_line(&o, wrong, "--pairs", NULL), ==, -1);
	CHECK_CONTAINS(wrong, "--pairs");
	CHECK_INT(read_line(&o, wrong, "--only", "forkjoin.empy"), ==, -1);
	CHECK_CONTAINS(wrong, "forkjoin.empty");
	CHECK_INT(read_line(&o, wrong, "--only=", NULL), ==, -1);
	CHECK_INT(read_line(&o, wrong, "--only", "spsc.single,"), ==, -1);
	CHECK_INT(read_line(&o, wrong, "--fast", NULL), ==, -1);
	CHECK_CONTAINS(wrong, "--fast");
	CHECK_INT(read_line(&o, wrong, "stray", NULL), ==, -1);
}

TESTS({"ratio_of_equal_values", test_ratio_of_equal_values}, {"ratio_interval", test_ratio_interval},
      {"ratio_coverage", test_ratio_coverage}, {"dice", test_dice},
      {"value_and_ratio", test_value_and_ratio}, {"proofs", test_proofs}, {"shares", test_shares},
      {"steal", test_steal},
      {"names", test_names}, {"options", test_options})
