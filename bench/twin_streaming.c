/*
 * STREAM's four loops with streaming stores: whole cache lines go to memory
 * without being read first, so a plain head and tail surround the lines.
 *
 * One macro holds the four loops; it is instantiated per instruction set, and
 * the processor is asked once per call, which is once per thread and loop.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/twin.h"

#include <stdint.h>

/* Any of the four for one index. */
static inline void one(enum twin_op op, const struct twin_vectors *v, size_t i)
{
	switch (op) {
	case TWIN_COPY:
		v->c[i] = v->a[i];
		break;
	case TWIN_SCALE:
		v->b[i] = v->s * v->c[i];
		break;
	case TWIN_ADD:
		v->c[i] = v->a[i] + v->b[i];
		break;
	case TWIN_TRIAD:
		v->a[i] = v->b[i] + v->s * v->c[i];
		break;
	}
}

static void plain(enum twin_op op, const struct twin_vectors *v, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
		one(op, v, i);
}

#if defined(__x86_64__)

#include <immintrin.h>

/*
 * begin is at a cache line of the target and end - begin a multiple of a line. Every line is
 * written whole before the next, so that the write-combining buffers never evict half of one.
 */
#define STREAMING_LOOPS(isa, feature, vector, lanes, loadu, stream, set1, mul, plus)               \
	__attribute__((target(feature))) static void lines_##isa(                                      \
	    enum twin_op op, const struct twin_vectors *v, size_t begin, size_t end)                   \
	{                                                                                              \
		const double *a = v->a, *b = v->b, *c = v->c;                                              \
		vector s = set1(v->s);                                                                     \
		if (op == TWIN_COPY)                                                                       \
			for (size_t i = begin; i < end; i += lanes)                                            \
				stream(v->c + i, loadu(a + i));                                                    \
		else if (op == TWIN_SCALE)                                                                 \
			for (size_t i = begin; i < end; i += lanes)                                            \
				stream(v->b + i, mul(s, loadu(c + i)));                                            \
		else if (op == TWIN_ADD)                                                                   \
			for (size_t i = begin; i < end; i += lanes)                                            \
				stream(v->c + i, plus(loadu(a + i), loadu(b + i)));                                \
		else                                                                                       \
			for (size_t i = begin; i < end; i += lanes)                                            \
				stream(v->a + i, plus(loadu(b + i), mul(s, loadu(c + i))));                        \
	}

STREAMING_LOOPS(avx512, "avx512f", __m512d, 8, _mm512_loadu_pd, _mm512_stream_pd, _mm512_set1_pd,
                _mm512_mul_pd, _mm512_add_pd)
STREAMING_LOOPS(avx, "avx", __m256d, 4, _mm256_loadu_pd, _mm256_stream_pd, _mm256_set1_pd,
                _mm256_mul_pd, _mm256_add_pd)
STREAMING_LOOPS(sse2, "sse2", __m128d, 2, _mm_loadu_pd, _mm_stream_pd, _mm_set1_pd, _mm_mul_pd,
                _mm_add_pd)

#undef STREAMING_LOOPS

const char *twin_streaming_isa(void)
{
	return __builtin_cpu_supports("avx512f") ? "avx512"
	       : __builtin_cpu_supports("avx")   ? "avx"
	                                         : "sse2";
}

static const double *target_of(enum twin_op op, const struct twin_vectors *v)
{
	return op == TWIN_TRIAD ? v->a : op == TWIN_SCALE ? v->b : v->c;
}

void twin_streaming_range(enum twin_op op, const struct twin_vectors *v, size_t begin, size_t end)
{
	size_t misfit = (uintptr_t)(target_of(op, v) + begin) % 64;
	size_t head = begin + (misfit == 0 ? 0 : (64 - misfit) / sizeof(double));
	size_t tail;

	head = head < end ? head : end;
	tail = end - (end - head) % 8;
	plain(op, v, begin, head);
	if (__builtin_cpu_supports("avx512f"))
		lines_avx512(op, v, head, tail);
	else if (__builtin_cpu_supports("avx"))
		lines_avx(op, v, head, tail);
	else
		lines_sse2(op, v, head, tail);
	plain(op, v, tail, end);
	_mm_sfence();
}

#else

const char *twin_streaming_isa(void)
{
	return NULL;
}

void twin_streaming_range(enum twin_op op, const struct twin_vectors *v, size_t begin, size_t end)
{
	plain(op, v, begin, end);
}

#endif
