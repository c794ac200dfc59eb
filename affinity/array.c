/*
 * Arrays: making, populating and unmaking them. What the kernel is asked is in
 * array_bind.c, what it says afterwards in array_audit.c.
 *
 * The order of life is reserve, bind, populate, seal. No page exists before
 * populate, so binding moves nothing; and populate runs on the owner of a
 * block, so that pages are zeroed at the speed of its own node and land there
 * even where the kernel refused to bind.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/array.h"
#include "affinity/port.h"
#include "affinity/text.h"

#include <errno.h>

/* From this size on, an end on a 2 MiB border costs a block little balance. */
#define LARGE_BLOCK ((size_t)8 << 20)

/* The fewest elements whose bytes are a multiple of the power of two `border`. */
static size_t elements_per(size_t border, size_t elem_bytes)
{
	size_t lowest_bit = elem_bytes & (~elem_bytes + 1);
	return lowest_bit >= border ? 1 : border / lowest_bit;
}

size_t pinion_array_granule(const pinion_placement *placement, size_t n, size_t elem_bytes)
{
	PINION_REQUIRE(placement && elem_bytes > 0);
	size_t page = pinion__placement_machine(placement)->page_bytes;
	size_t each = n / (size_t)pinion_placement_seats(placement);
	if (each >= LARGE_BLOCK / elem_bytes)
		return elements_per(PINION__ARRAY_ALIGN, elem_bytes);
	if (each >= 4 * page / elem_bytes)
		return elements_per(page, elem_bytes);
	return elements_per(PINION_LINE, elem_bytes);
}

static int options_read(const pinion_array_options *given, pinion_array_options *options,
                        pinion_diag *diag)
{
	*options = (pinion_array_options)PINION_ARRAY_OPTIONS_INIT;
	if (!given)
		return 0;
	if (given->size != sizeof *given) {
		pinion__diag_set(diag, -1, 0,
		                 "array options: size is %zu, this library knows %zu; set it to "
		                 "sizeof(pinion_array_options)",
		                 given->size, sizeof *given);
		return PINION_ERR_ARG;
	}
	if ((unsigned)given->home > PINION_HOME_TOUCH || (unsigned)given->pages > PINION_PAGES_THP) {
		pinion__diag_set(diag, -1, 0, "array options: home %d or pages %d is none of the enum",
		                 (int)given->home, (int)given->pages);
		return PINION_ERR_ARG;
	}
	*options = *given;
	return 0;
}

/* Bytes of all elements, with room to round up to a huge page and still be a valid object size. */
static int bytes_of(const pinion_partition *partition, size_t elem_bytes, size_t *bytes,
                    pinion_diag *diag)
{
	size_t n = pinion_partition_size(partition);
	if (elem_bytes == 0) {
		pinion__diag_set(diag, -1, 0, "an element of 0 bytes; elem_bytes must be at least 1");
		return PINION_ERR_ARG;
	}
	if (n > ((size_t)PTRDIFF_MAX - 2 * PINION__ARRAY_ALIGN) / elem_bytes) {
		pinion__diag_set(diag, -1, 0, "%zu elements of %zu bytes do not fit the address space", n,
		                 elem_bytes);
		return PINION_ERR_RANGE;
	}
	*bytes = n * elem_bytes;
	return 0;
}

static size_t map_bytes(const pinion_array *a)
{
	return a->page_count * a->page_bytes;
}

static int array_reserve(pinion_array *a, pinion_diag *diag)
{
	const struct pinion__os *os = a->machine->os;
	if (a->bytes == 0)
		return 0;
	a->base = os->map(os, map_bytes(a), PINION__ARRAY_ALIGN);
	if (a->base)
		return 0;
	pinion__diag_set(diag, -1, 0, "no address space or memory for %zu bytes", a->bytes);
	return PINION_ERR_NOMEM;
}

static pinion_array *array_new(const pinion_partition *partition, size_t elem_bytes, size_t bytes,
                               const pinion_array_options *options)
{
	pinion_array *a = pinion__alloc(sizeof *a);
	if (!a)
		return NULL;
	a->partition = pinion_partition_retain(partition);
	a->machine = pinion__partition_machine(partition);
	a->home = options->home;
	a->pages = options->pages;
	a->strict = options->strict;
	a->elem_bytes = elem_bytes;
	a->bytes = bytes;
	a->page_bytes = a->machine->page_bytes;
	a->page_count = bytes / a->page_bytes + (bytes % a->page_bytes != 0);
	return a;
}

int pinion_array_create(pinion_array **out, const pinion_partition *partition, size_t elem_bytes,
                        const pinion_array_options *options, pinion_diag *diag)
{
	PINION_REQUIRE(out && partition);
	pinion_array_options wanted;
	size_t bytes = 0;
	int rc = options_read(options, &wanted, diag);
	if (rc == 0)
		rc = bytes_of(partition, elem_bytes, &bytes, diag);
	if (rc != 0)
		return rc;
	pinion_array *a = array_new(partition, elem_bytes, bytes, &wanted);
	if (!a) {
		pinion__diag_set(diag, -1, 0, "out of memory");
		return PINION_ERR_NOMEM;
	}
	rc = array_reserve(a, diag);
	if (rc == 0)
		rc = pinion__array_bind(a, diag);
	if (rc == 0)
		*out = a;
	else
		pinion_array_destroy(a);
	return rc;
}

void pinion_array_destroy(pinion_array *array)
{
	if (!array)
		return;
	const struct pinion__os *os = array->machine->os;
	if (array->base)
		os->unmap(os, array->base, map_bytes(array));
	pinion_partition_destroy(array->partition);
	pinion__free(array);
}

void *pinion_array_data(const pinion_array *array)
{
	return array->base;
}

size_t pinion_array_elem_bytes(const pinion_array *array)
{
	return array->elem_bytes;
}

size_t pinion_array_bytes(const pinion_array *array)
{
	return array->bytes;
}

const pinion_partition *pinion_array_partition(const pinion_array *array)
{
	return array->partition;
}

size_t pinion_array_shortfall(const pinion_array *array, const char **reason)
{
	if (reason)
		*reason = array->reason[0] ? array->reason : NULL;
	return array->refused;
}

static size_t divide_up(size_t a, size_t b)
{
	return a / b + (a % b != 0);
}

struct pinion__pages pinion__array_own_pages(const pinion_array *array, size_t block)
{
	pinion_block b = pinion_partition_at(array->partition, block);
	struct pinion__pages pages = {divide_up(b.begin * array->elem_bytes, array->page_bytes),
	                              divide_up(b.end * array->elem_bytes, array->page_bytes)};
	return pages;
}

struct pinion__pages pinion__array_touched_pages(const pinion_array *array, size_t block)
{
	pinion_block b = pinion_partition_at(array->partition, block);
	struct pinion__pages pages = pinion__array_own_pages(array, block);
	if (b.begin < b.end)
		pages.first = b.begin * array->elem_bytes / array->page_bytes;
	return pages;
}

/*
 * The way without MADV_POPULATE_WRITE: write one byte per page, with the value it has. A compare
 * and swap does that in one step, so a neighbour's concurrent store is not undone, and compilers
 * leave it alone, while they may turn "or with 0" into a load.
 */
static void touch_pages(char *base, size_t bytes, size_t page_bytes)
{
	for (size_t at = 0; at < bytes; at += page_bytes) {
		unsigned char *p = (unsigned char *)base + at;
		unsigned char seen = __atomic_load_n(p, __ATOMIC_RELAXED);
		/* Relaxed: it publishes nothing; a lost race has written the page too. */
		(void)__atomic_compare_exchange_n(p, &seen, seen, false, __ATOMIC_RELAXED,
		                                  __ATOMIC_RELAXED);
	}
}

/* Refusals that say nothing about memory: an old kernel, or a sandbox that filters the call. */
static bool advice_unknown(int rc)
{
	return rc == -EINVAL || rc == -ENOSYS || rc == -EPERM || rc == -EACCES;
}

int pinion_array_populate(pinion_array *array, size_t block)
{
	const struct pinion__os *os = array->machine->os;
	struct pinion__pages own = pinion__array_own_pages(array, block);
	char *base = array->base ? array->base + own.first * array->page_bytes : NULL;
	size_t bytes = (own.end - own.first) * array->page_bytes;
	if (bytes == 0)
		return 0;
	int rc = os->advise(os, base, bytes, PINION__OS_POPULATE);
	if (advice_unknown(rc)) {
		touch_pages(base, bytes, array->page_bytes);
		return 0;
	}
	if (rc == 0)
		return 0;
	return rc == -ENOMEM ? PINION_ERR_NOMEM : PINION_ERR_SYSTEM;
}
