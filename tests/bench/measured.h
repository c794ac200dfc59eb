/*
 * Measuring small workloads in tests: an engine, parameters that take
 * milliseconds, and what must hold for every result.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_BENCH_MEASURED_H
#define PINION_TESTS_BENCH_MEASURED_H

#include "bench/workload.h"

#include "tests/support/check.h"

#define GIB ((uint64_t)1 << 30)

static const struct workload_stats_options brief = {1, 3, 5, 0.5, 0};

/* Two workers, more than the machine may have. */
static inline pinion_engine *start_engine(int workers)
{
	pinion_config config = PINION_CONFIG_INIT;
	pinion_engine *engine = NULL;
	pinion_diag diag;

	config.workers = workers;
	config.oversubscribe = true;
	CHECK_INT(pinion_engine_create(&engine, NULL, &config, &diag), ==, 0);
	CHECK_INT(pinion_engine_start(engine, &diag), ==, 0);
	return engine;
}

static inline struct workload_params small(const char *kernel, enum workload_engine engine)
{
	struct workload_params p = {.kernel = kernel,
	                            .engine = engine,
	                            .prefault = true,
	                            .audit = true,
	                            .seed = 1,
	                            .llc_bytes = 1 << 20,
	                            .memory_bytes = GIB,
	                            .memory = PINION_ARRAY_OPTIONS_INIT};

	if (strcmp(kernel, "spmv") == 0 || strcmp(kernel, "cg") == 0)
		p.grid[0] = p.grid[1] = p.grid[2] = 10;
	else
		p.elements = 100003;
	return p;
}

static inline void measure(pinion_engine *engine, const struct workload_params *p,
                           struct workload_result *r)
{
	pinion_diag diag;
	int error = workload_measure(engine, p, &brief, NULL, NULL, NULL, r, &diag);

	if (error != 0)
		fprintf(stderr, "%s: %s: %s (%s)\n", p->kernel, pinion_strerror(error), diag.text,
		        diag.note);
	CHECK_INT(error, ==, 0);
}

static inline void check_result(const struct workload_params *p, const struct workload_result *r)
{
	static const char *const engine[] = {"pinion", "omp", "serial"};

	if (!r->valid)
		fprintf(stderr, "%s %s: %s\n", r->kernel, r->engine, r->validation);
	CHECK(r->valid);
	CHECK(r->converged);
	CHECK_STR(r->kernel, p->kernel);
	CHECK_STR(r->engine, engine[p->engine]);
	CHECK(r->runs >= 3 && r->runs <= 5);
	for (int i = 0; i < r->runs; i++)
		CHECK(r->sample_ns[i] >= r->min_ns && r->sample_ns[i] <= r->max_ns);
	CHECK(r->min_ns > 0 && r->min_ns <= r->ci_low_ns && r->ci_low_ns <= r->median_ns);
	CHECK(r->median_ns <= r->ci_high_ns && r->ci_high_ns <= r->max_ns);
	CHECK(r->bytes > 0 && r->flops >= 0);
	CHECK(r->problem[0] != '\0' && r->validation[0] != '\0' && r->variant[0] != '\0');
	CHECK_INT(r->audited, ==, p->engine == WORKLOAD_PINION);
	if (r->audited)
		CHECK(r->audit.pages > 0 && r->audit.absent == 0);
	CHECK_INT(r->residuals > 1, ==, strcmp(p->kernel, "cg") == 0);
	CHECK((r->rule[0] == '\0') == (r->verdict[0] == '\0'));
}

static inline void check_all(pinion_engine *engine, enum workload_engine kind)
{
	for (const struct workload_kind *k = workload_table(); k->name != NULL; k++) {
		struct workload_params p = small(k->name, kind);
		struct workload_result r;

		measure(engine, &p, &r);
		check_result(&p, &r);
		workload_result_free(&r);
		workload_result_free(&r); /* twice is harmless */
	}
}

#endif
