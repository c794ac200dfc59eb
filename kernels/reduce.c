/*
 * Sum and dot product: the panel is the leaf, the engine's fixed tree does the rest.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/options.h"
#include "kernels/panels.h"

#define LEAF 4096 /* part of the result's definition: another size gives other bits */

struct reduce_call {
	const struct pinion__panels *panels;
	const double *x, *y;
};

static void sum_leaf(size_t begin, size_t end, void *value, void *ctx)
{
	const struct reduce_call *call = ctx;
	*(double *)value += call->panels->sum(call->x + begin, end - begin);
}

static void dot_leaf(size_t begin, size_t end, void *value, void *ctx)
{
	const struct reduce_call *call = ctx;
	*(double *)value += call->panels->dot(call->x + begin, call->y + begin, end - begin);
}

static void combine(void *into, const void *from, void *ctx)
{
	*(double *)into += *(const double *)from;
}

static int reduce_run(pinion_engine *engine, const pinion_partition *partition, const char *name,
                      void (*leaf)(size_t, size_t, void *, void *), struct reduce_call *call,
                      double *result, const pinion_kernel_options *options)
{
	const pinion_card *card = pinion_card_find(name);
	const double zero = 0.0;
	pinion_kernel_options o;
	int rc = kernel_options_take(&o, options);
	if (rc != 0)
		return rc;
	bool missing = call->x == NULL || call->y == NULL;
	if (result == NULL || (missing && pinion_partition_size(partition) > 0))
		return PINION_ERR_ARG;

	pinion_loop_options loop = loop_options(&o, name, card->grain, card->bytes);
	pinion_reduction reduction = PINION_REDUCTION_INIT;
	reduction.value_bytes = sizeof zero;
	reduction.identity = &zero;
	reduction.leaf = leaf;
	reduction.combine = combine;
	reduction.leaf_size = LEAF;
	call->panels = pinion__panels_best();
	return pinion_reduce(engine, partition, &loop, &reduction, result, call);
}

int pinion_sum(pinion_engine *engine, const pinion_partition *partition, const double *x,
               double *result, const pinion_kernel_options *options)
{
	struct reduce_call call = {NULL, x, x};
	return reduce_run(engine, partition, "sum", sum_leaf, &call, result, options);
}

int pinion_dot(pinion_engine *engine, const pinion_partition *partition, const double *x,
               const double *y, double *result, const pinion_kernel_options *options)
{
	struct reduce_call call = {NULL, x, y};
	return reduce_run(engine, partition, "dot", dot_leaf, &call, result, options);
}
