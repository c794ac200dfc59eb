/*
 * Engines for tests: n workers on whatever this machine has, oversubscribed
 * when it has fewer processors.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_ENGINES_H
#define PINION_TESTS_ENGINES_H

#include "tests/support/check.h"

#include <pinion/engine.h>

static inline pinion_engine *engine_with(const pinion_config *config)
{
	pinion_engine *engine = NULL;
	pinion_diag diag = {0};
	int error = pinion_engine_create(&engine, NULL, config, &diag);

	if (error == 0)
		error = pinion_engine_start(engine, &diag);
	if (error) {
		fprintf(stderr, "engine: %s: %s\n", pinion_strerror(error), diag.text);
		exit(1);
	}
	return engine;
}

static inline pinion_engine *engine_of(int workers)
{
	pinion_config config = PINION_CONFIG_INIT;

	config.workers = workers;
	config.oversubscribe = true;
	return engine_with(&config);
}

static inline pinion_partition *blocks_of(const pinion_engine *engine, size_t n)
{
	pinion_partition *partition = NULL;

	CHECK_INT(pinion_partition_block(&partition, pinion_engine_placement(engine), n, 1), ==, 0);
	return partition;
}

/* The worker counts that every test of the engine tries. */
static const int worker_counts[] = {1, 2, 3, 8};
#define WORKER_COUNTS (sizeof worker_counts / sizeof worker_counts[0])

#endif
