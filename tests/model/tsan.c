/*
 * What a compiler makes of a model under -fsanitize=thread: each atomic operation and
 * each plain access is a call of one of these functions. gcc and clang call some of them
 * differently; both forms are here. The operations of the checker itself are compiled
 * without the sanitizer and do not come along here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "tests/model/memory.h"
#include "tests/model/race.h"
#include "tests/model/sites.h"

#define PC __builtin_return_address(0)

void __tsan_init(void);
void __tsan_init(void)
{
}

/* ------------------------------------------------------------ plain accesses */

#define ACCESS(NAME, BYTES, WRITE)                \
	void __tsan_##NAME##BYTES(void *address);     \
	void __tsan_##NAME##BYTES(void *address)      \
	{                                             \
		race_plain(address, BYTES, WRITE, PC);    \
	}

#define ACCESSES(BYTES)                           \
	ACCESS(read, BYTES, false)                    \
	ACCESS(write, BYTES, true)                    \
	ACCESS(unaligned_read, BYTES, false)          \
	ACCESS(unaligned_write, BYTES, true)          \
	ACCESS(volatile_read, BYTES, false)           \
	ACCESS(volatile_write, BYTES, true)

ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)

#define READ_WRITE(BYTES)                                 \
	void __tsan_read_write##BYTES(void *address);         \
	void __tsan_read_write##BYTES(void *address)          \
	{                                                     \
		race_plain(address, BYTES, false, PC);            \
		race_plain(address, BYTES, true, PC);             \
	}                                                     \
	void __tsan_unaligned_read_write##BYTES(void *address); \
	void __tsan_unaligned_read_write##BYTES(void *address)  \
	{                                                     \
		race_plain(address, BYTES, false, PC);            \
		race_plain(address, BYTES, true, PC);             \
	}

READ_WRITE(1)
READ_WRITE(2)
READ_WRITE(4)
READ_WRITE(8)
READ_WRITE(16)

void __tsan_read_range(void *address, size_t bytes);
void __tsan_read_range(void *address, size_t bytes)
{
	race_plain(address, bytes, false, PC);
}

void __tsan_write_range(void *address, size_t bytes);
void __tsan_write_range(void *address, size_t bytes)
{
	race_plain(address, bytes, true, PC);
}

void __tsan_func_entry(void *pc);
void __tsan_func_entry(void *pc)
{
}

void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
}

void __tsan_vptr_read(void **address);
void __tsan_vptr_read(void **address)
{
	race_plain(address, sizeof *address, false, PC);
}

/* ------------------------------------------------------------ whole blocks */

static void *copy(void *to, const void *from, size_t bytes, const void *pc)
{
	race_plain(from, bytes, false, pc);
	race_plain(to, bytes, true, pc);
	return memmove(to, from, bytes);
}

static void *fill(void *to, int value, size_t bytes, const void *pc)
{
	race_plain(to, bytes, true, pc);
	return memset(to, value, bytes);
}

void *__tsan_memcpy(void *to, const void *from, size_t bytes);
void *__tsan_memcpy(void *to, const void *from, size_t bytes)
{
	return copy(to, from, bytes, PC);
}

void *__tsan_memmove(void *to, const void *from, size_t bytes);
void *__tsan_memmove(void *to, const void *from, size_t bytes)
{
	return copy(to, from, bytes, PC);
}

void *__tsan_memset(void *to, int value, size_t bytes);
void *__tsan_memset(void *to, int value, size_t bytes)
{
	return fill(to, value, bytes, PC);
}

/* What a model calls by the plain names: its header renames them. */
void *model_memcpy(void *to, const void *from, size_t bytes);
void *model_memcpy(void *to, const void *from, size_t bytes)
{
	return copy(to, from, bytes, PC);
}

void *model_memmove(void *to, const void *from, size_t bytes);
void *model_memmove(void *to, const void *from, size_t bytes)
{
	return copy(to, from, bytes, PC);
}

void *model_memset(void *to, int value, size_t bytes);
void *model_memset(void *to, int value, size_t bytes)
{
	return fill(to, value, bytes, PC);
}

/* -------------------------------------------------------- atomic operations */

static uint64_t apply_swap(uint64_t value, uint64_t operand)
{
	(void)value;
	return operand;
}

static uint64_t apply_add(uint64_t value, uint64_t operand)
{
	return value + operand;
}

static uint64_t apply_sub(uint64_t value, uint64_t operand)
{
	return value - operand;
}

static uint64_t apply_and(uint64_t value, uint64_t operand)
{
	return value & operand;
}

static uint64_t apply_or(uint64_t value, uint64_t operand)
{
	return value | operand;
}

static uint64_t apply_xor(uint64_t value, uint64_t operand)
{
	return value ^ operand;
}

static uint64_t apply_nand(uint64_t value, uint64_t operand)
{
	return ~(value & operand);
}

#define OPERATION(KIND, ...) \
	struct operation op = {.kind = KIND, .pc = PC, __VA_ARGS__}; \
	site_visit(&op)

#define RMW(BITS, T, NAME, APPLY)                                                            \
	T __tsan_atomic##BITS##_##NAME(volatile T *address, T operand, int order);               \
	T __tsan_atomic##BITS##_##NAME(volatile T *address, T operand, int order)                \
	{                                                                                        \
		OPERATION(CHECKER_RMW, .address = (void *)address, .bytes = sizeof(T),               \
			.order = order, .operand = operand, .apply = APPLY);                             \
		return (T)memory_rmw(&op);                                                           \
	}

#define CAS(BITS, T, NAME, WEAK)                                                             \
	bool __tsan_atomic##BITS##_compare_exchange_##NAME(volatile T *address, T *expected,     \
		T desired, int order, int failure_order);                                            \
	bool __tsan_atomic##BITS##_compare_exchange_##NAME(volatile T *address, T *expected,     \
		T desired, int order, int failure_order)                                             \
	{                                                                                        \
		OPERATION(CHECKER_CAS, .address = (void *)address, .bytes = sizeof(T),               \
			.order = order, .operand = desired, .expected = *expected, .weak = WEAK,         \
			.failure_order = failure_order);                                                 \
		if (memory_cas(&op))                                                                 \
			return true;                                                                     \
		*expected = (T)op.expected;                                                          \
		return false;                                                                        \
	}

#define ATOMIC(BITS, T)                                                                      \
	T __tsan_atomic##BITS##_load(const volatile T *address, int order);                      \
	T __tsan_atomic##BITS##_load(const volatile T *address, int order)                       \
	{                                                                                        \
		OPERATION(CHECKER_LOAD, .address = (void *)(uintptr_t)address, .bytes = sizeof(T),   \
			.order = order);                                                                 \
		return (T)memory_load(&op);                                                          \
	}                                                                                        \
	void __tsan_atomic##BITS##_store(volatile T *address, T value, int order);               \
	void __tsan_atomic##BITS##_store(volatile T *address, T value, int order)                \
	{                                                                                        \
		OPERATION(CHECKER_STORE, .address = (void *)address, .bytes = sizeof(T),             \
			.order = order, .operand = value);                                               \
		memory_store(&op);                                                                   \
	}                                                                                        \
	T __tsan_atomic##BITS##_compare_exchange_val(volatile T *address, T expected,            \
		T desired, int order, int failure_order);                                            \
	T __tsan_atomic##BITS##_compare_exchange_val(volatile T *address, T expected,            \
		T desired, int order, int failure_order)                                             \
	{                                                                                        \
		OPERATION(CHECKER_CAS, .address = (void *)address, .bytes = sizeof(T),               \
			.order = order, .operand = desired, .expected = expected,                        \
			.failure_order = failure_order);                                                 \
		memory_cas(&op);                                                                     \
		return (T)op.expected;                                                               \
	}                                                                                        \
	CAS(BITS, T, strong, false)                                                              \
	CAS(BITS, T, weak, true)                                                                 \
	RMW(BITS, T, exchange, apply_swap)                                                       \
	RMW(BITS, T, fetch_add, apply_add)                                                       \
	RMW(BITS, T, fetch_sub, apply_sub)                                                       \
	RMW(BITS, T, fetch_and, apply_and)                                                       \
	RMW(BITS, T, fetch_or, apply_or)                                                         \
	RMW(BITS, T, fetch_xor, apply_xor)                                                       \
	RMW(BITS, T, fetch_nand, apply_nand)

ATOMIC(8, uint8_t)
ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
	OPERATION(CHECKER_FENCE, .order = order);
	memory_fence(&op);
}

/* Between a thread and its own signal handler; there are none here. */
void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
}
