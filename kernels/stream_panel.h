/*
 * STREAM's four loops, with plain and with streaming stores.
 *
 * One walk serves all. It goes through several pages side by side, one line of
 * each in turn, instead of through one page after the other: each page has its
 * own hardware prefetch stream and mostly its own memory bank, so one core
 * keeps more reads in flight. Measured on two cores with 3 x 512 MiB, this is
 * worth a quarter and more on top of streaming stores. All lines of a turn are
 * read before the first is written: arrays often stand at the same place in
 * their pages, and a load close behind such a store would wait for it.
 *
 * What does not fill whole pages is cut into equal runs; what does not fill a
 * line per run goes line by line, and the rest element by element.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_KERNELS_STREAM_PANEL_H
#define PINION_KERNELS_STREAM_PANEL_H

#include "kernels/lanes.h"
#include "kernels/panels.h"

#define RUN_MAX  512 /* doubles: a base page */
#define RUNS_MAX 8

/* Runs side by side: as many as keep one line each in the registers; four keep best inside
 * caches. */
#define RUNS(past) ((past) && VEC == LINE ? RUNS_MAX : RUNS_MAX / 2)

PANEL_INLINE vec stream_vec(enum pinion__stream op, const double *b, const double *c, double s)
{
	switch (op) {
	case PINION__COPY:
		return vec_load(b);
	case PINION__SCALE:
		return s * vec_load(b);
	case PINION__ADD:
		return vec_load(b) + vec_load(c);
	default:
		return vec_load(b) + s * vec_load(c);
	}
}

PANEL_INLINE double stream_one(enum pinion__stream op, const double *b, const double *c, double s)
{
	switch (op) {
	case PINION__COPY:
		return *b;
	case PINION__SCALE:
		return s * *b;
	case PINION__ADD:
		return *b + *c;
	default:
		return *b + s * *c;
	}
}

/* `runs` lines, each `run` doubles after the one before. */
PANEL_INLINE void stream_turn(enum pinion__stream op, bool past, size_t runs, const double *b,
                              const double *c, double s, double *out, size_t run)
{
	vec v[RUNS_MAX * PIECES];
	for (size_t k = 0; k < runs * PIECES; k++) {
		size_t at = k / PIECES * run + k % PIECES * VEC;
		v[k] = stream_vec(op, b + at, c + at, s);
	}
	for (size_t k = 0; k < runs * PIECES; k++) {
		size_t at = k / PIECES * run + k % PIECES * VEC;
		if (past)
			vec_stream(out + at, v[k]);
		else
			vec_store(out + at, v[k]);
	}
}

/* Elements before the first line border of out. */
PANEL_INLINE size_t stream_head(const double *out, size_t n)
{
	size_t head = (size_t)(-(uintptr_t)out & (8 * LINE - 1)) / sizeof *out;
	return head < n ? head : n;
}

PANEL_INLINE void stream_walk(enum pinion__stream op, bool past, const double *b, const double *c,
                              double s, double *out, size_t n)
{
	size_t i = 0, run;
	for (size_t head = past ? stream_head(out, n) : 0; i < head; i++)
		out[i] = stream_one(op, b + i, c + i, s);
	while ((run = (n - i) / (RUNS(past) * LINE) * LINE) > 0) {
		run = run < RUN_MAX ? run : RUN_MAX;
		for (size_t end = i + run; i < end; i += LINE)
			stream_turn(op, past, RUNS(past), b + i, c + i, s, out + i, run);
		i += (RUNS(past) - 1) * run;
	}
	for (; i + LINE <= n; i += LINE)
		stream_turn(op, past, 1, b + i, c + i, s, out + i, 0);
	for (; i < n; i++)
		out[i] = stream_one(op, b + i, c + i, s);
	if (past)
		stream_fence();
}

#define STREAM_PANEL(name, op, past)                                                               \
	static void name(const double *b, const double *c, double s, double *out, size_t n)            \
	{                                                                                              \
		stream_walk(op, past, b, c, s, out, n);                                                    \
	}

STREAM_PANEL(copy_plain, PINION__COPY, false)
STREAM_PANEL(scale_plain, PINION__SCALE, false)
STREAM_PANEL(add_plain, PINION__ADD, false)
STREAM_PANEL(triad_plain, PINION__TRIAD, false)
STREAM_PANEL(copy_past, PINION__COPY, HAS_STREAMING)
STREAM_PANEL(scale_past, PINION__SCALE, HAS_STREAMING)
STREAM_PANEL(add_past, PINION__ADD, HAS_STREAMING)
STREAM_PANEL(triad_past, PINION__TRIAD, HAS_STREAMING)

#undef STREAM_PANEL
#undef RUNS
#undef RUNS_MAX
#undef RUN_MAX

#endif
