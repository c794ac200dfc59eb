/*
 * Every workload with every engine at small sizes, measured and valid; every
 * refusal with its code and words; interruption in every phase.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/bench/measured.h"
#include "tests/bench/openmp.h"

#include <pinion/tune.h>

#include <limits.h>
#include <math.h>
#include <unistd.h>

static void test_pinion(void)
{
	for (int workers = 1; workers <= 3; workers += 2) {
		pinion_engine *engine = start_engine(workers);

		check_all(engine, WORKLOAD_PINION);
		pinion_engine_destroy(engine);
	}
}

static void test_serial(void)
{
	check_all(NULL, WORKLOAD_SERIAL);
}

static void test_stores(void)
{
	pinion_engine *engine = start_engine(2);
	static const char *const stream[] = {"copy", "scale", "add", "triad", "stream"};
	int engines = OPENMP_TESTED ? 3 : 1;

	for (int kind = 0; kind < engines; kind++)
		for (size_t k = 0; k < 5; k++)
			for (int stores = WORKLOAD_STORES_AUTO; stores <= WORKLOAD_STORES_STREAMING; stores++) {
				struct workload_params p = small(stream[k], (enum workload_engine)kind);
				struct workload_result r;

				p.stores = (enum workload_stores)stores;
				measure(engine, &p, &r);
				check_result(&p, &r);
				if (stores == WORKLOAD_STORES_PLAIN)
					CHECK_CONTAINS(r.variant,
					               kind == WORKLOAD_PINION ? "plain stores" : "base: plain loops");
				CHECK_STR(r.rule, "STREAM");
				workload_result_free(&r);
			}
	pinion_engine_destroy(engine);
}

/*
 * Above the cached size the kernels measure plain against streaming stores: the warm-up goes on
 * until they know.
 */
static void test_settled_variant(void)
{
	pinion_engine *engine = start_engine(1);
	struct workload_params p = small("triad", WORKLOAD_PINION);
	struct workload_result r;

	p.elements = 1 << 19;
	measure(engine, &p, &r);
	CHECK(r.valid);
	int choice = pinion_tune_choice(engine, "triad", (unsigned)ilogb(24.0 * (double)p.elements));
	CHECK(choice == 0 || choice == 1);
	CHECK_CONTAINS(r.variant, choice == 1 ? "streaming stores" : "plain stores");
	CHECK(r.conforming);
	CHECK_STR(r.verdict, "conforming, as a tuned variant");
	CHECK_CONTAINS(r.note, "STREAM's own figure");
	workload_result_free(&r);
	pinion_engine_destroy(engine);
}

static void test_automatic_size(void)
{
	static const char *const kernel[] = {"triad", "dot", "spmv", "cg"};

	for (size_t k = 0; k < 4; k++) {
		struct workload_params p = small(kernel[k], WORKLOAD_SERIAL);
		struct workload_result r;

		p.elements = p.grid[0] = p.grid[1] = p.grid[2] = 0;
		p.memory_bytes = 8 << 20;
		measure(NULL, &p, &r);
		check_result(&p, &r);
		if (k == 0) {
			CHECK(!r.conforming);
			CHECK_CONTAINS(r.verdict, "memory allows only");
		}
		workload_result_free(&r);
	}
}

/* Equal bits from any number of workers: the same sum, the same history. */
static void test_reproducible(void)
{
	struct workload_params cg = small("cg", WORKLOAD_PINION);
	struct workload_result one, three;
	pinion_engine *engine = start_engine(1);

	measure(engine, &cg, &one);
	pinion_engine_destroy(engine);
	engine = start_engine(3);
	measure(engine, &cg, &three);
	pinion_engine_destroy(engine);
	CHECK_INT(one.residuals, ==, three.residuals);
	CHECK(memcmp(one.residual, three.residual, (size_t)one.residuals * sizeof(double)) == 0);
	CHECK(one.residual[one.residuals - 1] <= 1e-10);
	workload_result_free(&one);
	workload_result_free(&three);
}

static void check_refused(const struct workload_params *p,
                          const struct workload_stats_options *stats, int want, const char *words)
{
	struct workload_result r, untouched;
	pinion_diag diag = {.offset = 5};
	int error;

	memset(&r, 0x5a, sizeof r);
	untouched = r;
	error = workload_measure(NULL, p, stats, NULL, NULL, NULL, &r, &diag);
	if (error != want || strstr(diag.text, words) == NULL)
		fprintf(stderr, "%s: %s\n", pinion_strerror(error), diag.text);
	CHECK_INT(error, ==, want);
	CHECK_CONTAINS(diag.text, words);
	CHECK_INT(diag.offset, ==, -1);
	CHECK(memcmp(&r, &untouched, sizeof r) == 0);
	CHECK_INT(workload_measure(NULL, p, stats, NULL, NULL, NULL, &r, NULL), ==, want);
}

static void test_refusals(void)
{
	struct workload_params p = small("triadd", WORKLOAD_SERIAL);

	check_refused(&p, &brief, PINION_ERR_ARG, "unknown kernel 'triadd'");
	p.kernel = NULL;
	check_refused(&p, &brief, PINION_ERR_ARG, "unknown kernel");
	p = small("triad", WORKLOAD_PINION);
	check_refused(&p, &brief, PINION_ERR_ARG, "needs an engine");
	p = small("triad", WORKLOAD_SERIAL);
	p.elements = GIB;
	check_refused(&p, &brief, PINION_ERR_NOMEM, "24.0 GiB; this process may use 1.0 GiB");
	p.elements = SIZE_MAX;
	check_refused(&p, &brief, PINION_ERR_NOMEM, "1.0 GiB");
	p = small("triad", WORKLOAD_SERIAL);
	p.grid[0] = 4;
	check_refused(&p, &brief, PINION_ERR_ARG, "takes no grid");
	p = small("dot", WORKLOAD_SERIAL);
	p.matrix = "x.mtx";
	check_refused(&p, &brief, PINION_ERR_ARG, "takes no matrix");
	p = small("sum", WORKLOAD_SERIAL);
	p.stores = WORKLOAD_STORES_PLAIN;
	check_refused(&p, &brief, PINION_ERR_ARG, "no choice of stores");
	p = small("spmv", WORKLOAD_SERIAL);
	p.tolerance = 0.1;
	check_refused(&p, &brief, PINION_ERR_ARG, "does not iterate");
	p = small("cg", WORKLOAD_SERIAL);
	p.elements = 100;
	check_refused(&p, &brief, PINION_ERR_ARG, "no number of elements");
	p = small("cg", WORKLOAD_SERIAL);
	p.grid[1] = 0;
	check_refused(&p, &brief, PINION_ERR_ARG, "has no points");
	p = small("cg", WORKLOAD_SERIAL);
	p.grid[0] = p.grid[1] = p.grid[2] = 1000;
	check_refused(&p, &brief, PINION_ERR_NOMEM, "1000 x 1000 x 1000");
	p.grid[0] = 5000000000u;
	check_refused(&p, &brief, PINION_ERR_RANGE, "2^32 - 1");
	p = small("cg", WORKLOAD_SERIAL);
	p.max_iterations = -1;
	check_refused(&p, &brief, PINION_ERR_ARG, "max_iterations is -1");
	p.max_iterations = INT_MAX;
	check_refused(&p, &brief, PINION_ERR_ARG, "it is 1 to");
	p = small("cg", WORKLOAD_SERIAL);
	p.tolerance = 2;
	check_refused(&p, &brief, PINION_ERR_ARG, "tolerance is 2");
}

static void test_statistics_refused(void)
{
	struct workload_params p = small("triad", WORKLOAD_SERIAL);

	check_refused(&p, &(struct workload_stats_options){-1, 3, 5, 0, 0}, PINION_ERR_ARG,
	              "warmup is -1");
	check_refused(&p, &(struct workload_stats_options){0, 5, 3, 0, 0}, PINION_ERR_ARG,
	              "min_runs is 5 and max_runs 3");
	check_refused(&p, &(struct workload_stats_options){0, -2, 3, 0, 0}, PINION_ERR_ARG,
	              "min_runs is -2");
	check_refused(&p, &(struct workload_stats_options){0, 3, 5, -0.1, 0}, PINION_ERR_ARG,
	              "half_width -0.1");
}

static void write_file(char *path, const char *text)
{
	int fd = mkstemp(path);
	size_t length = strlen(text);

	CHECK(fd >= 0);
	CHECK_INT(write(fd, text, length), ==, length);
	close(fd);
}

static void check_matrix(const char *kernel, const char *text, int want, const char *words)
{
	char path[] = "/tmp/pinion-workload-XXXXXX";
	struct workload_params p = small(kernel, WORKLOAD_SERIAL);

	write_file(path, text);
	p.grid[0] = p.grid[1] = p.grid[2] = 0;
	p.matrix = path;
	if (want != 0) {
		check_refused(&p, &brief, want, words);
	} else {
		struct workload_result r;

		measure(NULL, &p, &r);
		CHECK(r.valid);
		CHECK_CONTAINS(r.problem, words);
		workload_result_free(&r);
	}
	unlink(path);
}

#define HEADER "%%MatrixMarket matrix coordinate real general\n"

static void test_matrix_files(void)
{
	struct workload_params p = small("spmv", WORKLOAD_SERIAL);

	p.matrix = "/nonexistent.mtx";
	check_refused(&p, &brief, PINION_ERR_ARG, "exclude each other");
	p.grid[0] = p.grid[1] = p.grid[2] = 0;
	check_refused(&p, &brief, PINION_ERR_IO, "/nonexistent.mtx");
	check_matrix("spmv", HEADER "2 3 3\n1 1 2.5\n2 3 1\n1 2 -1\n", 0, "2 rows, 3 non-zeros");
	check_matrix("spmv", HEADER "2 2 2\n1 1 2.5\n3 1 1\n", PINION_ERR_RANGE, ":4");
	check_matrix("spmv", "nonsense\n", PINION_ERR_SYNTAX, ":1");
	check_matrix("cg", HEADER "2 3 1\n1 1 2.5\n", PINION_ERR_ARG, "square");
	check_matrix("cg", HEADER "2 2 1\n1 1 2.5\n", PINION_ERR_ARG, "diagonal");
	check_matrix("cg", HEADER "2 2 2\n1 1 2\n2 2 4\n", 0, "2 rows, 2 non-zeros");
}

/*
 * A matrix that is not positive definite: no convergence, said honestly, and no false claim of
 * failure.
 */
static void test_not_converged(void)
{
	char path[] = "/tmp/pinion-workload-XXXXXX";
	struct workload_params p = small("cg", WORKLOAD_SERIAL);
	struct workload_result r;

	write_file(path, HEADER "2 2 4\n1 1 1\n1 2 9\n2 1 9\n2 2 1\n");
	for (int kind = WORKLOAD_PINION; kind <= WORKLOAD_SERIAL; kind += 2) {
		pinion_engine *engine = kind == WORKLOAD_PINION ? start_engine(2) : NULL;

		p.engine = (enum workload_engine)kind;
		p.matrix = path;
		p.grid[0] = p.grid[1] = p.grid[2] = 0;
		measure(engine, &p, &r);
		CHECK(!r.converged);
		CHECK_CONTAINS(r.note, "not converged");
		workload_result_free(&r);
		pinion_engine_destroy(engine);
	}
	unlink(path);
}

struct interruption {
	volatile sig_atomic_t stop;
	const char *phase; /* in which to interrupt */
	int seen;
};

static void interrupt(void *ctx, const char *phase, int done, int total)
{
	struct interruption *i = ctx;

	CHECK(done >= 0 && total >= 0);
	if (strcmp(phase, i->phase) == 0 && i->seen++ == 0)
		i->stop = 1;
}

static void test_interruption(void)
{
	static const char *const phase[] = {"prepare", "warm up", "measure", "validate"};

	for (size_t k = 0; k < 4; k++) {
		struct interruption i = {0, phase[k], 0};
		struct workload_params p = small("cg", WORKLOAD_SERIAL);
		struct workload_result r;
		pinion_diag diag;

		CHECK_INT(workload_measure(NULL, &p, &brief, interrupt, &i, &i.stop, &r, &diag), ==,
		          PINION_ERR_CANCELED);
		CHECK_INT(i.seen, ==, 1);
		CHECK_CONTAINS(diag.text, "interrupted");
	}
}

static void test_stopped_engine(void)
{
	pinion_engine *engine = start_engine(1);
	struct workload_params p = small("triad", WORKLOAD_PINION);
	struct workload_result r;
	pinion_diag diag;

	CHECK_INT(pinion_engine_stop(engine), ==, 0);
	CHECK_INT(workload_measure(engine, &p, &brief, NULL, NULL, NULL, &r, &diag), ==,
	          PINION_ERR_STATE);
	CHECK_CONTAINS(diag.text, "not running");
	pinion_engine_destroy(engine);
}

static void test_tiny(void)
{
	pinion_engine *engine = start_engine(3);

	for (size_t n = 1; n <= 3; n++)
		for (const struct workload_kind *k = workload_table(); k->name != NULL; k++) {
			struct workload_params p = small(k->name, WORKLOAD_PINION);
			struct workload_result r;

			if (p.elements != 0)
				p.elements = n;
			else
				p.grid[0] = p.grid[1] = p.grid[2] = n;
			measure(engine, &p, &r);
			CHECK(r.valid);
			workload_result_free(&r);
		}
	pinion_engine_destroy(engine);
}

TESTS({"pinion", test_pinion}, {"serial", test_serial}, {"stores", test_stores},
      {"settled_variant", test_settled_variant}, {"automatic_size", test_automatic_size},
      {"reproducible", test_reproducible}, {"refusals", test_refusals},
      {"statistics_refused", test_statistics_refused}, {"matrix_files", test_matrix_files},
      {"not_converged", test_not_converged}, {"interruption", test_interruption},
      {"stopped_engine", test_stopped_engine}, {"tiny", test_tiny})
