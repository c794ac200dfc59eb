/*
 * Benchmarks whose results are known, one per corner of the shim. gbench_test
 * runs this program and looks at what Google Benchmark reports of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/gbench.h"

#include <string.h>

static void plain(gbench_state *state, void *ctx)
{
	double sum = 0;

	while (gbench_next(state)) {
		sum += 1;
		gbench_use(sum);
		gbench_clobber();
	}
	gbench_counter(state, "counted", sum, GBENCH_PER_ITERATION);
	gbench_counter(state, "given",
	               (double)gbench_argument(state, 0) + 10.0 * (double)gbench_argument(state, 1),
	               GBENCH_PLAIN);
	gbench_label(state, ctx);
}

static void batches(gbench_state *state, void *ctx)
{
	int64_t made = 0;

	(void)ctx;
	while (gbench_next_batch(state, 10))
		made += 10;
	gbench_counter(state, "exact", made == gbench_iterations(state), GBENCH_PLAIN);
}

/* One millisecond per iteration by its own account. */
static void manual(gbench_state *state, void *ctx)
{
	(void)ctx;
	while (gbench_next(state)) {
		gbench_pause(state);
		gbench_resume(state);
		gbench_set_time(state, 1e-3);
	}
	gbench_bytes(state, gbench_iterations(state) * 1000);
	gbench_items(state, gbench_iterations(state) * 5);
	gbench_counter(state, "rate", 7, GBENCH_RATE | GBENCH_EACH_ITERATION);
	gbench_counter(state, "inverse", 4, GBENCH_INVERT);
}

static void threads(gbench_state *state, void *ctx)
{
	(void)ctx;
	while (gbench_next(state))
		gbench_clobber();
	gbench_counter(state, "sum", gbench_thread(state) + 1, GBENCH_PLAIN);
	gbench_counter(state, "mean", gbench_thread_count(state), GBENCH_AVERAGE_THREADS);
}

static void fails(gbench_state *state, void *ctx)
{
	(void)ctx;
	while (gbench_next(state))
		gbench_error(state, "broken on purpose");
}

int main(int argc, char **argv)
{
	static const char *const names[] = {"low", "high"};
	static char label[] = "a label";
	static const int64_t argument[] = {3, 4};
	gbench_case *c = gbench_register("plain", plain, label);

	gbench_args(c, argument, 2);
	gbench_arg_names(c, names, 2);
	gbench_repetitions(c, 2);
	gbench_register("batches", batches, NULL);
	c = gbench_register("manual", manual, NULL);
	gbench_use_manual_time(c);
	gbench_fixed_iterations(c, 20);
	gbench_set_unit(c, GBENCH_US);
	c = gbench_register("threads", threads, NULL);
	gbench_thread_range(c, 1, 2);
	gbench_use_wall_clock(c);
	if (argc > 1 && strcmp(argv[1], "--fail") == 0) {
		gbench_register("fails", fails, NULL);
		argv[1] = argv[0];
		argc--;
		argv++;
	}
	gbench_context("colour", "green");
	return gbench_main(argc, argv);
}
