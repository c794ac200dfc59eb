/*
 * The widest vector of the file that includes this, and the fixed pattern in
 * which every panel uses it.
 *
 * A line is 64 bytes, eight doubles, whatever the machine's vector is: one
 * register with AVX-512, two with AVX, four with SSE2 or NEON. All panels are
 * written in lines, so lane number and order of operations are the same for
 * every instruction set; nothing is contracted (-ffp-contract=off), so the
 * results are the same bits too.
 *
 * Each instruction set is one source file with its own compiler flags; the
 * bodies are static, and each file has its own copy of them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_KERNELS_LANES_H
#define PINION_KERNELS_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define VEC 8
#elif defined(__AVX__)
#define VEC 4
#else
#define VEC 2
#endif

#define LINE   8            /* doubles per 64-byte line */
#define PIECES (LINE / VEC) /* vectors per line */

/* In a register, and in memory at any address where a double may stand. */
typedef double vec __attribute__((vector_size(8 * VEC)));
typedef double vec_mem __attribute__((vector_size(8 * VEC), aligned(8), may_alias));

#define PANEL_INLINE static inline __attribute__((always_inline))

PANEL_INLINE vec vec_load(const double *p)
{
	return *(const vec_mem *)p;
}

PANEL_INLINE void vec_store(double *p, vec v)
{
	*(vec_mem *)p = v;
}

/* Write past the cache. The lines of a panel are written whole, one after the other, so that
 * the processor never has to read one. p is aligned to the vector. */
PANEL_INLINE void vec_stream(double *p, vec v)
{
#if defined(__AVX512F__)
	_mm512_stream_pd(p, (__m512d)v);
#elif defined(__AVX__)
	_mm256_stream_pd(p, (__m256d)v);
#elif defined(__SSE2__)
	_mm_stream_pd(p, (__m128d)v);
#else
	vec_store(p, v);
#endif
}

/* Streaming stores are weakly ordered: without this, a release by the same thread could be seen
 * before them. */
PANEL_INLINE void stream_fence(void)
{
#if defined(__SSE2__)
	_mm_sfence();
#endif
}

#if defined(__SSE2__)
#define HAS_STREAMING true
#else
#define HAS_STREAMING false
#endif

#endif
