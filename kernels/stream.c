/*
 * STREAM's four on the engine: one loop over the partition, the panel as body.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/options.h"
#include "kernels/panels.h"

#include <pinion/tune.h>

/* Below this a worker's share stays in its own caches, where streaming stores only cost. */
#define CACHED_BYTES ((double)(4 << 20))

struct stream {
	const char *name;
	enum pinion__stream op;
	const double *b, *c; /* c is b where the operation has one input */
	double s;
	double *out;
};

struct stream_call {
	const struct stream *stream;
	pinion__stream_panel panel;
};

static int stream_body(size_t begin, size_t end, void *ctx)
{
	const struct stream_call *call = ctx;
	const struct stream *k = call->stream;
	call->panel(k->b + begin, k->c + begin, k->s, k->out + begin, end - begin);
	return 0;
}

static int run_variant(pinion_engine *engine, const pinion_partition *partition,
                       const pinion_loop_options *loop, const struct stream *k, bool streaming)
{
	struct stream_call call = {k, pinion__panels_best()->stream[k->op][streaming]};
	return pinion_for(engine, partition, loop, stream_body, &call);
}

static unsigned log2_floor(double x)
{
	unsigned n = 0;
	for (; x >= 2.0; x /= 2.0)
		n++;
	return n;
}

static int run_measured(pinion_engine *engine, const pinion_partition *partition,
                        const pinion_loop_options *loop, const struct stream *k, double bytes)
{
	pinion_trial trial = pinion_tune_pick(engine, k->name, log2_floor(bytes), 2);
	int rc = run_variant(engine, partition, loop, k, trial.variant == 1);
	if (rc == 0)
		pinion_tune_done(engine, &trial);
	return rc;
}

static int stream_run(pinion_engine *engine, const pinion_partition *partition,
                      const struct stream *k, const pinion_kernel_options *options)
{
	const pinion_card *card = pinion_card_find(k->name);
	size_t n = pinion_partition_size(partition);
	pinion_kernel_options o;
	int rc = kernel_options_take(&o, options);
	if (rc != 0)
		return rc;
	if (n > 0 && (k->b == NULL || k->c == NULL || k->out == NULL))
		return PINION_ERR_ARG;

	pinion_loop_options loop = loop_options(&o, k->name, card->grain, card->bytes);
	double bytes = card->bytes * (double)n;
	bool cached = bytes < CACHED_BYTES * pinion_engine_workers(engine);
	if (o.stores == PINION_STORES_AUTO && !cached && pinion__panels_best()->streaming)
		return run_measured(engine, partition, &loop, k, bytes);
	return run_variant(engine, partition, &loop, k, o.stores == PINION_STORES_STREAMING);
}

int pinion_copy(pinion_engine *engine, const pinion_partition *partition, const double *a,
                double *c, const pinion_kernel_options *options)
{
	const struct stream k = {"copy", PINION__COPY, a, a, 0.0, c};
	return stream_run(engine, partition, &k, options);
}

int pinion_scale(pinion_engine *engine, const pinion_partition *partition, double s,
                 const double *c, double *b, const pinion_kernel_options *options)
{
	const struct stream k = {"scale", PINION__SCALE, c, c, s, b};
	return stream_run(engine, partition, &k, options);
}

int pinion_add(pinion_engine *engine, const pinion_partition *partition, const double *a,
               const double *b, double *c, const pinion_kernel_options *options)
{
	const struct stream k = {"add", PINION__ADD, a, b, 0.0, c};
	return stream_run(engine, partition, &k, options);
}

int pinion_triad(pinion_engine *engine, const pinion_partition *partition, const double *b,
                 double s, const double *c, double *a, const pinion_kernel_options *options)
{
	const struct stream k = {"triad", PINION__TRIAD, b, c, s, a};
	return stream_run(engine, partition, &k, options);
}
