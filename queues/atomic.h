/*
 * The only door to shared words. A word is wrapped in a struct, so a plain
 * `q->top` does not compile as a number; each operation says its memory order
 * in its name. A call site names its edge (see the top of each queue) or says
 * why relaxed is enough.
 *
 * RMW operations return the value before the operation. Compare-and-swap takes
 * the expected value by pointer and updates it on failure; its name gives the
 * order on success, failure is relaxed unless the name says acquire.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_QUEUES_ATOMIC_H
#define PINION_QUEUES_ATOMIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct { _Atomic(uint32_t) raw; } atomic_u32;
typedef struct { _Atomic(uint64_t) raw; } atomic_u64;
typedef struct { _Atomic(void *) raw; } atomic_ptr;

#define PINION_ATOMIC_LOADS_STORES(S, W, T)                                            \
	static inline void S##_init(W *w, T v) { atomic_init(&w->raw, v); }                \
	static inline T S##_load_relaxed(const W *w)                                       \
	{ return atomic_load_explicit(&((W *)(uintptr_t)w)->raw, memory_order_relaxed); }  \
	static inline T S##_load_acquire(const W *w)                                       \
	{ return atomic_load_explicit(&((W *)(uintptr_t)w)->raw, memory_order_acquire); }  \
	static inline T S##_load_seq_cst(const W *w)                                       \
	{ return atomic_load_explicit(&((W *)(uintptr_t)w)->raw, memory_order_seq_cst); }  \
	static inline void S##_store_relaxed(W *w, T v)                                    \
	{ atomic_store_explicit(&w->raw, v, memory_order_relaxed); }                       \
	static inline void S##_store_release(W *w, T v)                                    \
	{ atomic_store_explicit(&w->raw, v, memory_order_release); }                       \
	static inline void S##_store_seq_cst(W *w, T v)                                    \
	{ atomic_store_explicit(&w->raw, v, memory_order_seq_cst); }                       \
	static inline T S##_swap_acquire(W *w, T v)                                        \
	{ return atomic_exchange_explicit(&w->raw, v, memory_order_acquire); }             \
	static inline T S##_swap_release(W *w, T v)                                        \
	{ return atomic_exchange_explicit(&w->raw, v, memory_order_release); }             \
	static inline T S##_swap_acq_rel(W *w, T v)                                        \
	{ return atomic_exchange_explicit(&w->raw, v, memory_order_acq_rel); }             \
	static inline T S##_swap_seq_cst(W *w, T v)                                        \
	{ return atomic_exchange_explicit(&w->raw, v, memory_order_seq_cst); }             \
	static inline bool S##_cas_relaxed(W *w, T *e, T v)                                \
	{ return atomic_compare_exchange_strong_explicit(&w->raw, e, v,                    \
		memory_order_relaxed, memory_order_relaxed); }                                 \
	static inline bool S##_cas_acquire(W *w, T *e, T v)                                \
	{ return atomic_compare_exchange_strong_explicit(&w->raw, e, v,                    \
		memory_order_acquire, memory_order_relaxed); }                                 \
	static inline bool S##_cas_release(W *w, T *e, T v)                                \
	{ return atomic_compare_exchange_strong_explicit(&w->raw, e, v,                    \
		memory_order_release, memory_order_relaxed); }                                 \
	static inline bool S##_cas_acq_rel(W *w, T *e, T v)                                \
	{ return atomic_compare_exchange_strong_explicit(&w->raw, e, v,                    \
		memory_order_acq_rel, memory_order_relaxed); }                                 \
	static inline bool S##_cas_seq_cst(W *w, T *e, T v)                                \
	{ return atomic_compare_exchange_strong_explicit(&w->raw, e, v,                    \
		memory_order_seq_cst, memory_order_relaxed); }

#define PINION_ATOMIC_ARITHMETIC(S, W, T)                                              \
	static inline T S##_add_relaxed(W *w, T d)                                         \
	{ return atomic_fetch_add_explicit(&w->raw, d, memory_order_relaxed); }            \
	static inline T S##_add_acquire(W *w, T d)                                         \
	{ return atomic_fetch_add_explicit(&w->raw, d, memory_order_acquire); }            \
	static inline T S##_add_release(W *w, T d)                                         \
	{ return atomic_fetch_add_explicit(&w->raw, d, memory_order_release); }            \
	static inline T S##_add_acq_rel(W *w, T d)                                         \
	{ return atomic_fetch_add_explicit(&w->raw, d, memory_order_acq_rel); }            \
	static inline T S##_add_seq_cst(W *w, T d)                                         \
	{ return atomic_fetch_add_explicit(&w->raw, d, memory_order_seq_cst); }            \
	static inline T S##_sub_acq_rel(W *w, T d)                                         \
	{ return atomic_fetch_sub_explicit(&w->raw, d, memory_order_acq_rel); }            \
	static inline T S##_sub_release(W *w, T d)                                         \
	{ return atomic_fetch_sub_explicit(&w->raw, d, memory_order_release); }            \
	static inline T S##_or_relaxed(W *w, T d)                                          \
	{ return atomic_fetch_or_explicit(&w->raw, d, memory_order_relaxed); }             \
	static inline T S##_or_acq_rel(W *w, T d)                                          \
	{ return atomic_fetch_or_explicit(&w->raw, d, memory_order_acq_rel); }             \
	static inline T S##_or_seq_cst(W *w, T d)                                          \
	{ return atomic_fetch_or_explicit(&w->raw, d, memory_order_seq_cst); }             \
	static inline T S##_and_relaxed(W *w, T d)                                         \
	{ return atomic_fetch_and_explicit(&w->raw, d, memory_order_relaxed); }            \
	static inline T S##_and_acq_rel(W *w, T d)                                         \
	{ return atomic_fetch_and_explicit(&w->raw, d, memory_order_acq_rel); }            \
	static inline T S##_and_seq_cst(W *w, T d)                                         \
	{ return atomic_fetch_and_explicit(&w->raw, d, memory_order_seq_cst); }

PINION_ATOMIC_LOADS_STORES(u32, atomic_u32, uint32_t)
PINION_ATOMIC_LOADS_STORES(u64, atomic_u64, uint64_t)
PINION_ATOMIC_LOADS_STORES(ptr, atomic_ptr, void *)
PINION_ATOMIC_ARITHMETIC(u32, atomic_u32, uint32_t)
PINION_ATOMIC_ARITHMETIC(u64, atomic_u64, uint64_t)

/* The futex names a plain word; the wrapper's storage is that word. */
static inline const uint32_t *u32_futex_word(const atomic_u32 *w)
{
	_Static_assert(sizeof(atomic_u32) == sizeof(uint32_t), "a futex word has no padding");
	return (const uint32_t *)(const void *)w;
}

#undef PINION_ATOMIC_LOADS_STORES
#undef PINION_ATOMIC_ARITHMETIC

#endif
