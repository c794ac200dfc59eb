/*
 * Parallel prefault: each owner makes the pages of its blocks present, so that
 * they are zeroed by, and first touched from, their home.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/partition.h"
#include "engine/worker.h"

#include <pinion/array.h>
#include <pinion/loop.h>

static int populate_own(int worker, void *ctx)
{
	pinion_array *array = ctx;
	struct pinion__owned owned = pinion__partition_owned(pinion_array_partition(array), worker);

	for (size_t i = 0; i < owned.blocks; i++) {
		int error = pinion_array_populate(array, owned.block[i]);
		if (error)
			return error;
	}
	return 0;
}

int pinion_array_prefault(pinion_engine *engine, pinion_array *array, pinion_diag *diag)
{
	PINION_REQUIRE(engine && array);
	if (pinion_partition_seats(pinion_array_partition(array)) != engine->workers)
		return PINION_ERR_ARG;
	int error = pinion_each_worker(engine, populate_own, array);
	return error ? error : pinion_array_seal(array, diag);
}
