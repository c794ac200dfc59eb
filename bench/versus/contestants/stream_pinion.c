/*
 * stream.triad with Pinion: pinion_triad on three arrays of one partition, all
 * settings at their defaults. The kernel chooses its stores by measuring the
 * first calls; the set-up lets it finish.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/contestants/engine.h"
#include "bench/versus/proof.h"

#include <pinion/kernels.h>
#include <pinion/tune.h>

#define SETTLED 24 /* calls after which any choice of stores is made */

struct triad {
	pinion_engine *engine;
	pinion_partition *partition;
	pinion_array *array[3];
	double *a, *b, *c;
};

static int fill(size_t begin, size_t end, void *ctx)
{
	struct triad *t = ctx;

	for (size_t i = begin; i < end; i++) {
		t->a[i] = -1;
		t->b[i] = proof_b(i);
		t->c[i] = proof_c(i);
	}
	return 0;
}

static const char *allocate(struct triad *t, size_t n)
{
	const pinion_placement *placement = pinion_engine_placement(t->engine);
	static pinion_diag diag;

	if (pinion_partition_block(&t->partition, placement, n,
	                           pinion_array_granule(placement, n, sizeof(double))) != 0)
		return "no memory for a partition";
	for (int i = 0; i < 3; i++)
		if (pinion_array_create(&t->array[i], t->partition, sizeof(double), NULL, &diag) != 0 ||
		    pinion_array_prefault(t->engine, t->array[i], &diag) != 0)
			return diag.text;
	t->a = pinion_array_data(t->array[0]);
	t->b = pinion_array_data(t->array[1]);
	t->c = pinion_array_data(t->array[2]);
	return NULL;
}

static uint64_t batch(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct triad *t = self->state;
	int error = 0;

	for (uint64_t i = 0; i < ops; i++)
		error |= pinion_triad(t->engine, t->partition, t->b, proof_s(i, seed), t->c, t->a, NULL);
	if (error != 0)
		contestant_fail("pinion_triad failed");
	return 0;
}

static const char *setup(struct contestant *self, const struct contestant_task *task)
{
	static struct triad t;
	const char *wrong = engine_start(&t.engine, task);

	self->version = pinion_version();
	self->state = &t;
	if (wrong == NULL)
		wrong = allocate(&t, task->elements);
	if (wrong == NULL && pinion_for(t.engine, t.partition, NULL, fill, &t) != 0)
		wrong = "pinion_for failed";
	if (wrong == NULL)
		batch(self, SETTLED, 0);
	return wrong;
}

static void sum_leaf(size_t begin, size_t end, void *value, void *ctx)
{
	const struct triad *t = ctx;
	uint64_t sum = 0;

	for (size_t i = begin; i < end; i++)
		sum += proof_element(i, t->a[i]);
	*(uint64_t *)value += sum;
}

static void add(void *into, const void *from, void *ctx)
{
	*(uint64_t *)into += *(const uint64_t *)from;
}

static uint64_t checksum(struct contestant *self, uint64_t ops, uint64_t seed)
{
	static const uint64_t zero = 0;
	struct triad *t = self->state;
	pinion_reduction reduction = PINION_REDUCTION_INIT;
	uint64_t sum = 0;

	reduction.value_bytes = sizeof sum;
	reduction.identity = &zero;
	reduction.leaf = sum_leaf;
	reduction.combine = add;
	if (pinion_reduce(t->engine, t->partition, NULL, &reduction, &sum, t) != 0)
		contestant_fail("pinion_reduce failed");
	return sum;
}

int main(int argc, char **argv)
{
	struct contestant self = {NULL, setup, NULL, batch, checksum, 0, NULL};

	return contestant_main(&self, argc, argv);
}
