/*
 * Every workload with the OpenMP twin, alone and beside an engine that runs or
 * is stopped.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/bench/measured.h"
#include "tests/bench/openmp.h"

#include <sched.h>

/* With an engine, the twin sits on its seats; afterwards the caller has its own mask back. */
static void test_omp(void)
{
	if (!OPENMP_TESTED)
		SKIP("the OpenMP runtime is not instrumented for the thread sanitizer");
	pinion_engine *engine = start_engine(2);
	cpu_set_t before, after;

	check_all(NULL, WORKLOAD_OMP);
	check_all(engine, WORKLOAD_OMP);
	CHECK_INT(pinion_engine_stop(engine), ==, 0);
	CHECK_INT(sched_getaffinity(0, sizeof before, &before), ==, 0);
	check_all(engine, WORKLOAD_OMP);
	CHECK_INT(sched_getaffinity(0, sizeof after, &after), ==, 0);
	CHECK(CPU_EQUAL(&before, &after));

	struct workload_params p = small("triad", WORKLOAD_OMP);
	struct workload_result r;

	measure(engine, &p, &r);
	CHECK_CONTAINS(r.note, "2 OpenMP threads on the workers' seats");
	workload_result_free(&r);
	p.twin_unbound = true;
	measure(engine, &p, &r);
	CHECK_CONTAINS(r.note, "2 OpenMP threads, 0 bound");
	workload_result_free(&r);
	pinion_engine_destroy(engine);
}

TESTS({"omp", test_omp})
