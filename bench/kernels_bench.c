/*
 * Triad, dot and sparse matrix times vector over sizes from cache to memory, on
 * one engine that is configured by the PINION_* environment.
 *
 *	PINION_WORKERS=2 kernels_bench --benchmark_filter=triad --benchmark_format=json
 *
 * Bytes and flops come from the kernels' cards; "home" (share of the indexes
 * that ran on their owner) and "steals" (per call) come from the ledger of the
 * loop. A wrong result is reported as an error.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/gbench.h"

#include <pinion/pinion.h>
#include <pinion/sparse.h>

#include <stdio.h>

/* Calls before the clock starts: enough for the engine to choose between variants. */
#define WARM_CALLS 9

/* Three vectors laid out alike. */
struct vectors {
	pinion_partition *partition;
	pinion_array *array[3];
	double *data[3];
};

static void vectors_fini(struct vectors *v)
{
	for (int k = 0; k < 3; k++)
		pinion_array_destroy(v->array[k]);
	pinion_partition_destroy(v->partition);
}

static int fill(size_t begin, size_t end, void *ctx)
{
	const struct vectors *v = ctx;

	for (size_t i = begin; i < end; i++) {
		v->data[0][i] = 0.0;
		v->data[1][i] = 1.0 + (double)(i % 7);
		v->data[2][i] = 2.0 - (double)(i % 5);
	}
	return 0;
}

static int vectors_init(struct vectors *v, pinion_engine *engine, size_t n)
{
	pinion_loop_options options = PINION_LOOP_OPTIONS_INIT;
	int error = pinion_partition_block(&v->partition, pinion_engine_placement(engine), n, 512);

	options.site = "fill";
	options.schedule = PINION_SCHEDULE_OWNER;
	for (int k = 0; k < 3 && error == 0; k++) {
		error = pinion_array_create(&v->array[k], v->partition, sizeof(double), NULL, NULL);
		v->data[k] = error == 0 ? pinion_array_data(v->array[k]) : NULL;
	}
	return error != 0 ? error : pinion_for(engine, v->partition, &options, fill, v);
}

/* What the ledger of `site` holds since the reset before the first measured call. */
static void report_ledger(gbench_state *state, pinion_engine *engine, const char *site)
{
	pinion_ledger ledger;
	int index = pinion_ledger_find(engine, site);

	if (index < 0 || pinion_ledger_take(engine, index, &ledger) != 0)
		return;

	double home = (double)ledger.indexes_home;
	double all = home + (double)ledger.indexes_near + (double)ledger.indexes_remote;

	gbench_counter(state, "home", all > 0 ? home / all : 1.0, GBENCH_PLAIN);
	gbench_counter(state, "steals", (double)ledger.steals_won, GBENCH_PER_ITERATION);
	gbench_counter(state, "workers", pinion_engine_workers(engine), GBENCH_PLAIN);
}

static void report(gbench_state *state, pinion_engine *engine, const char *kernel, double elements)
{
	const pinion_card *card = pinion_card_find(kernel);
	double calls = (double)gbench_iterations(state);

	if (card != NULL) {
		gbench_bytes(state, (int64_t)(card->bytes * elements * calls));
		gbench_counter(state, "flops", card->flops * elements, GBENCH_RATE | GBENCH_EACH_ITERATION);
	}
	gbench_label(state, pinion_kernels_isa());
	report_ledger(state, engine, kernel);
}

static int triad(pinion_engine *engine, const struct vectors *v)
{
	return pinion_triad(engine, v->partition, v->data[1], 3.0, v->data[2], v->data[0], NULL);
}

static bool triad_right(const struct vectors *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v->data[0][i] != v->data[1][i] + 3.0 * v->data[2][i])
			return false;
	return true;
}

static void bench_triad(gbench_state *state, void *ctx)
{
	pinion_engine *engine = ctx;
	size_t n = (size_t)gbench_argument(state, 0);
	struct vectors v = {0};
	int error = vectors_init(&v, engine, n);

	for (int i = 0; i < WARM_CALLS && error == 0; i++)
		error = triad(engine, &v);
	if (error == 0)
		pinion_ledger_reset(engine);
	else
		gbench_error(state, pinion_strerror(error));
	while (gbench_next(state))
		if ((error = triad(engine, &v)) != 0)
			gbench_error(state, pinion_strerror(error));
	report(state, engine, "triad", (double)n);
	if (error == 0 && !triad_right(&v, n))
		gbench_error(state, "wrong result");
	vectors_fini(&v);
}

static void bench_dot(gbench_state *state, void *ctx)
{
	pinion_engine *engine = ctx;
	size_t n = (size_t)gbench_argument(state, 0);
	struct vectors v = {0};
	double result = 0.0, expected = 0.0;
	int error = vectors_init(&v, engine, n);

	for (int i = 0; i < WARM_CALLS && error == 0; i++)
		error = pinion_dot(engine, v.partition, v.data[1], v.data[2], &result, NULL);
	if (error == 0)
		pinion_ledger_reset(engine);
	else
		gbench_error(state, pinion_strerror(error));
	while (gbench_next(state))
		if ((error = pinion_dot(engine, v.partition, v.data[1], v.data[2], &result, NULL)) != 0)
			gbench_error(state, pinion_strerror(error));
	report(state, engine, "dot", (double)n);
	for (size_t i = 0; error == 0 && i < n; i++)
		expected += v.data[1][i] * v.data[2][i]; /* small integers: exact in any order */
	if (error == 0 && result != expected)
		gbench_error(state, "wrong result");
	vectors_fini(&v);
}

/* A 27-point problem laid out by its rows. */
struct problem {
	pinion_matrix *matrix;
	pinion_partition *rows;
	pinion_placed_csr *placed;
	pinion_array *array[2];
	pinion_csr a;
	double *x, *y;
};

static void problem_fini(struct problem *p)
{
	pinion_array_destroy(p->array[0]);
	pinion_array_destroy(p->array[1]);
	pinion_placed_csr_destroy(p->placed);
	pinion_partition_destroy(p->rows);
	pinion_matrix_destroy(p->matrix);
}

static int ones(size_t begin, size_t end, void *ctx)
{
	const struct problem *p = ctx;

	for (size_t i = begin; i < end; i++)
		p->x[i] = 1.0;
	return 0;
}

static int problem_init(struct problem *p, pinion_engine *engine, size_t side)
{
	int error = pinion_matrix_27point(&p->matrix, side, side, side);

	if (error != 0)
		return error;
	p->a = pinion_matrix_csr(p->matrix);
	error = pinion_csr_partition(&p->rows, pinion_engine_placement(engine), &p->a);
	if (error == 0)
		error = pinion_placed_csr_create(&p->placed, engine, p->rows, &p->a, NULL, NULL);
	for (int k = 0; k < 2 && error == 0; k++)
		error = pinion_array_create(&p->array[k], p->rows, sizeof(double), NULL, NULL);
	if (error != 0)
		return error;
	p->a = pinion_placed_csr_view(p->placed);
	p->x = pinion_array_data(p->array[0]);
	p->y = pinion_array_data(p->array[1]);
	return pinion_for(engine, p->rows, NULL, ones, p);
}

/* With x = 1, row i of the 27-point problem gives 27 minus its number of entries. */
static bool spmv_right(const struct problem *p)
{
	for (size_t i = 0; i < p->a.rows; i++)
		if (p->y[i] != 27.0 - (double)(p->a.row_start[i + 1] - p->a.row_start[i]))
			return false;
	return true;
}

static void bench_spmv(gbench_state *state, void *ctx)
{
	pinion_engine *engine = ctx;
	struct problem p = {0};
	int error = problem_init(&p, engine, (size_t)gbench_argument(state, 0));

	if (error == 0)
		error = pinion_spmv(engine, p.rows, &p.a, p.x, p.y, NULL);
	if (error == 0)
		pinion_ledger_reset(engine);
	else
		gbench_error(state, pinion_strerror(error));
	while (gbench_next(state))
		if ((error = pinion_spmv(engine, p.rows, &p.a, p.x, p.y, NULL)) != 0)
			gbench_error(state, pinion_strerror(error));
	report(state, engine, "spmv", (double)p.a.entries);
	if (error == 0 && !spmv_right(&p))
		gbench_error(state, "wrong result");
	problem_fini(&p);
}

static void register_case(const char *name, gbench_function fn, pinion_engine *engine,
                          const char *argument, const int64_t range[2])
{
	gbench_case *c = gbench_register(name, fn, engine);

	gbench_arg_names(c, &argument, 1);
	gbench_range(c, range[0], range[1], 8);
	gbench_use_wall_clock(c);
	gbench_set_unit(c, GBENCH_US);
}

static int start(pinion_engine **engine, pinion_diag *diag)
{
	pinion_config config = PINION_CONFIG_INIT;
	int error = pinion_config_from_env(&config, diag);

	if (error == 0)
		error = pinion_engine_create(engine, NULL, &config, diag);
	if (error == 0)
		error = pinion_engine_start(*engine, diag);
	return error;
}

int main(int argc, char **argv)
{
	static const int64_t vector[2] = {1 << 12, 1 << 24}, grid[2] = {8, 64};
	pinion_engine *engine = NULL;
	pinion_diag diag = {.offset = -1};
	int error = start(&engine, &diag);

	if (error != 0) {
		fprintf(stderr, "kernels_bench: %s\n",
		        diag.text[0] != '\0' ? diag.text : pinion_strerror(error));
		pinion_engine_destroy(engine);
		return 1;
	}
	gbench_context("pinion_version", pinion_version());
	gbench_context("pinion_placement", pinion_placement_note(pinion_engine_placement(engine)));
	gbench_context("pinion_isa", pinion_kernels_isa());
	register_case("triad", bench_triad, engine, "elements", vector);
	register_case("dot", bench_dot, engine, "elements", vector);
	register_case("spmv", bench_spmv, engine, "side", grid);
	error = gbench_main(argc, argv);
	pinion_engine_destroy(engine);
	return error;
}
