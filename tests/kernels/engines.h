/*
 * Engines for the kernel tests: any number of workers on whatever processors
 * there are.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_KERNELS_ENGINES_H
#define PINION_TESTS_KERNELS_ENGINES_H

#include <pinion/engine.h>

#include "tests/support/check.h"

/* A running engine with `workers` workers, more than processors if need be. */
static inline pinion_engine *engine_with(int workers)
{
	pinion_config config = PINION_CONFIG_INIT;
	pinion_engine *engine = NULL;
	pinion_diag diag = {0};
	config.workers = workers;
	config.oversubscribe = true;
	if (pinion_engine_create(&engine, NULL, &config, &diag) != 0 ||
	    pinion_engine_start(engine, &diag) != 0)
		fprintf(stderr, "engine with %d workers: %s\n", workers, diag.text);
	CHECK(engine != NULL && pinion_engine_running(engine));
	return engine;
}

static inline pinion_partition *blocks_of(const pinion_engine *engine, size_t n)
{
	pinion_partition *p = NULL;
	CHECK_INT(pinion_partition_block(&p, pinion_engine_placement(engine), n, 1), ==, 0);
	return p;
}

/* Two or three blocks per seat in turn, every third one empty, all of odd sizes. */
static inline pinion_partition *ragged(const pinion_engine *engine, size_t n)
{
	size_t border[64] = {0};
	int owner[64], seats = pinion_engine_workers(engine);
	size_t blocks = (size_t)(2 * seats + 3) < 63 ? (size_t)(2 * seats + 3) : 63;
	pinion_partition *p = NULL;
	for (size_t b = 0; b < blocks; b++) {
		owner[b] = (int)(blocks - b) % seats;
		border[b + 1] = b % 3 == 1 ? border[b] : border[b] + (n - border[b]) / 3;
	}
	border[blocks] = n;
	CHECK_INT(pinion_partition_explicit(&p, pinion_engine_placement(engine), border, owner, blocks),
	          ==, 0);
	return p;
}

#endif
