/*
 * Reductions. A reproducible one fixes two things that workers and steals would
 * otherwise decide: where the leaves are cut (multiples of leaf_size in the
 * index space) and how they are combined (pairwise over leaf numbers). A claim
 * computes the leaves that start inside it, so a leaf never splits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/worker.h"

#include <pinion/loop.h>

#include <string.h>

#define DEFAULT_LEAF    4096
#define VALUE_BYTES_MAX 4096

struct reduce {
	const pinion_reduction *how;
	void *ctx;
	size_t n, leaf_size, stride; /* stride: bytes between two values */
	unsigned char *values;       /* one per leaf, or per worker when fast */
	size_t count;                /* of values */
};

static int compute_leaves(size_t begin, size_t end, void *ctx)
{
	struct reduce *r = ctx;
	size_t leaf = begin / r->leaf_size + (begin % r->leaf_size != 0);

	for (; leaf * r->leaf_size < end; leaf++) {
		size_t first = leaf * r->leaf_size;
		size_t last = r->n - first < r->leaf_size ? r->n : first + r->leaf_size;
		unsigned char *value = r->values + leaf * r->stride;
		memcpy(value, r->how->identity, r->how->value_bytes);
		r->how->leaf(first, last, value, r->ctx);
	}
	return 0;
}

static int compute_partial(size_t begin, size_t end, void *ctx)
{
	struct reduce *r = ctx;
	_Alignas(PINION_NOSHARE) unsigned char value[VALUE_BYTES_MAX];

	memcpy(value, r->how->identity, r->how->value_bytes);
	r->how->leaf(begin, end, value, r->ctx);
	r->how->combine(r->values + (size_t)pinion_worker_index() * r->stride, value, r->ctx);
	return 0;
}

/* Neighbours first; the tree depends on the number of values only. */
static void combine_pairwise(const struct reduce *r, size_t values)
{
	for (size_t step = 1; step < values; step *= 2)
		for (size_t i = 0; values - i > step; i += 2 * step) {
			r->how->combine(r->values + i * r->stride, r->values + (i + step) * r->stride, r->ctx);
			if (values - i <= 2 * step)
				break;
		}
}

static void combine_in_order(const struct reduce *r, size_t values)
{
	for (size_t i = 1; i < values; i++)
		r->how->combine(r->values, r->values + i * r->stride, r->ctx);
}

static int combine_all(void *ctx)
{
	const struct reduce *r = ctx;

	if (r->how->fast)
		combine_in_order(r, r->count);
	else
		combine_pairwise(r, r->count);
	return 0;
}

static size_t round_up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

static bool is_complete(const pinion_reduction *how)
{
	return how && how->size == sizeof *how && how->value_bytes > 0 &&
	       how->value_bytes <= VALUE_BYTES_MAX && how->identity && how->leaf && how->combine;
}

/* Partial values of workers share no line; values of leaves lie close. */
static int prepare(struct reduce *r, const pinion_engine *e, size_t *values)
{
	r->leaf_size = r->how->leaf_size ? r->how->leaf_size : DEFAULT_LEAF;
	*values = r->how->fast ? (size_t)e->workers : r->n / r->leaf_size + (r->n % r->leaf_size != 0);
	r->stride = round_up(r->how->value_bytes, r->how->fast ? PINION_NOSHARE : 8);
	if (*values > SIZE_MAX / r->stride)
		return PINION_ERR_NOMEM;
	r->values = pinion__alloc_aligned(PINION_NOSHARE, *values * r->stride);
	if (!r->values)
		return PINION_ERR_NOMEM;
	if (r->how->fast)
		for (size_t i = 0; i < *values; i++)
			memcpy(r->values + i * r->stride, r->how->identity, r->how->value_bytes);
	return 0;
}

int pinion_reduce(pinion_engine *engine, const pinion_partition *partition,
                  const pinion_loop_options *options, const pinion_reduction *reduction,
                  void *result, void *ctx)
{
	struct reduce r = {.how = reduction, .ctx = ctx};
	size_t values = 0;

	PINION_REQUIRE(engine && partition && result);
	if (!pinion__engine_alive(engine))
		return PINION_ERR_STATE;
	if (!is_complete(reduction))
		return PINION_ERR_ARG;
	r.n = pinion_partition_size(partition);
	if (r.n == 0) {
		memcpy(result, reduction->identity, reduction->value_bytes);
		return 0;
	}
	int error = prepare(&r, engine, &values);
	if (error)
		return error;
	error = pinion_for(engine, partition, options,
	                   reduction->fast ? compute_partial : compute_leaves, &r);
	if (!error) {
		r.count = values;
		pinion__call_task(engine, combine_all, &r); /* guarded like every function of the caller */
		memcpy(result, r.values, reduction->value_bytes);
	}
	pinion__free(r.values);
	return error;
}
