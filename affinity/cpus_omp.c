/*
 * OMP_PLACES lists: "{0:4}:2:4" is four processors from 0, twice, four apart.
 *
 *   list     := interval { "," interval }
 *   interval := place [ ":" count [ ":" stride ] ] | "!" place
 *   place    := "{" item { "," item } "}"
 *   item     := number [ ":" count [ ":" stride ] ] | "!" number
 *
 * A stride may be negative. "!" takes a number out of its place, or a place
 * that is equal out of the list.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/cpus_read.h"

#include "affinity/port.h"

#include <string.h>

/* ":count:stride" after something; one of it when there is no colon. */
struct repeat {
	int count, stride;
};

static int read_repeat(struct pinion__reader *r, struct repeat *repeat)
{
	*repeat = (struct repeat){1, 1};
	if (!pinion__reader_take(r, ':'))
		return PINION_OK;
	pinion__reader_skip(r);
	const char *from = r->at;
	int rc = pinion__reader_number(r, "the count", &repeat->count);
	if (rc)
		return rc;
	if (repeat->count < 1 || repeat->count > PINION__PLACES_MAX)
		return pinion__reader_fail(r, PINION_ERR_RANGE, from, r->at, "the count must be 1 to %d",
		                           PINION__PLACES_MAX);
	if (!pinion__reader_take(r, ':'))
		return PINION_OK;
	bool negative = pinion__reader_take(r, '-');
	rc = pinion__reader_number(r, "the stride", &repeat->stride);
	if (negative)
		repeat->stride = -repeat->stride;
	return rc;
}

static int read_item(struct pinion__reader *r, hwloc_bitmap_t place)
{
	struct repeat repeat;
	int number;
	bool out = pinion__reader_take(r, '!');
	pinion__reader_skip(r);
	const char *from = r->at;
	int rc = pinion__reader_number(r, "a CPU number", &number);
	if (rc)
		return rc;
	if (out) {
		if (!hwloc_bitmap_isset(place, (unsigned)number))
			return pinion__reader_fail(r, PINION_ERR_SYNTAX, from, r->at,
			                           "CPU %d is not in this place so far", number);
		return hwloc_bitmap_clr(place, (unsigned)number) < 0 ? PINION_ERR_NOMEM : PINION_OK;
	}
	rc = read_repeat(r, &repeat);
	for (int i = 0; rc == PINION_OK && i < repeat.count; i++) {
		long cpu = number + (long)i * repeat.stride;
		rc = pinion__reader_cpu(r, cpu, from, r->at);
		if (rc == PINION_OK && hwloc_bitmap_set(place, (unsigned)cpu) < 0)
			rc = PINION_ERR_NOMEM;
	}
	return rc;
}

static int read_place(struct pinion__reader *r, hwloc_bitmap_t place)
{
	const char *from = r->at;
	int rc;
	hwloc_bitmap_zero(place);
	if (!pinion__reader_take(r, '{'))
		return pinion__reader_fail(r, PINION_ERR_SYNTAX, r->at, pinion__reader_word(r->at),
		                           "a place in braces is missing here");
	do
		rc = read_item(r, place);
	while (rc == PINION_OK && pinion__reader_take(r, ','));
	if (rc == PINION_OK && !pinion__reader_take(r, '}'))
		rc = pinion__reader_fail(r, PINION_ERR_SYNTAX, from, pinion__reader_word(r->at),
		                         "the brace is not closed");
	return rc;
}

/* Move every processor of a place by `by`. */
static int shifted(struct pinion__reader *r, hwloc_const_bitmap_t place, long by, hwloc_bitmap_t to,
                   const char *from)
{
	hwloc_bitmap_zero(to);
	for (int cpu = hwloc_bitmap_first(place); cpu >= 0; cpu = hwloc_bitmap_next(place, cpu)) {
		int rc = pinion__reader_cpu(r, cpu + by, from, r->at);
		if (rc)
			return rc;
		if (hwloc_bitmap_set(to, (unsigned)(cpu + by)) < 0)
			return PINION_ERR_NOMEM;
	}
	return PINION_OK;
}

static int remove_equal(struct pinion__reader *r, hwloc_const_bitmap_t place, const char *from)
{
	pinion_cpus *out = r->out;
	int kept = 0;
	for (int i = 0; i < out->places; i++)
		if (hwloc_bitmap_isequal(out->place[i], place))
			hwloc_bitmap_free(out->place[i]);
		else
			out->place[kept++] = out->place[i];
	if (kept == out->places)
		return pinion__reader_fail(r, PINION_ERR_SYNTAX, from, r->at,
		                           "no place so far is equal to the one to be removed");
	out->places = kept;
	hwloc_bitmap_zero(out->all);
	for (int i = 0; i < kept; i++)
		if (hwloc_bitmap_or(out->all, out->all, out->place[i]) < 0)
			return PINION_ERR_NOMEM;
	return PINION_OK;
}

static int read_interval(struct pinion__reader *r, hwloc_bitmap_t place, hwloc_bitmap_t moved)
{
	struct repeat repeat;
	pinion__reader_skip(r);
	const char *from = r->at;
	bool out = pinion__reader_take(r, '!');
	int rc = read_place(r, place);
	if (rc)
		return rc;
	if (out)
		return remove_equal(r, place, from);
	rc = read_repeat(r, &repeat);
	for (int i = 0; rc == PINION_OK && i < repeat.count; i++) {
		rc = shifted(r, place, (long)i * repeat.stride, moved, from);
		if (rc == PINION_OK)
			rc = pinion__reader_place(r, moved, from, r->at);
	}
	return rc;
}

int pinion__read_omp(struct pinion__reader *r)
{
	hwloc_bitmap_t place = hwloc_bitmap_alloc(), moved = hwloc_bitmap_alloc();
	int rc = PINION_ERR_NOMEM;
	if (place && moved)
		do
			rc = read_interval(r, place, moved);
		while (rc == PINION_OK && pinion__reader_take(r, ','));
	hwloc_bitmap_free(place);
	hwloc_bitmap_free(moved);
	return rc;
}
