/*
 * Lists of places: building, asking, printing, and binding the calling thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/cpus.h"

#include "affinity/port.h"
#include "affinity/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

pinion_cpus *pinion__cpus_new(const pinion_topology *topology)
{
	pinion_cpus *cpus = pinion__alloc(sizeof *cpus);
	if (!cpus)
		return NULL;
	cpus->all = hwloc_bitmap_alloc();
	if (!cpus->all) {
		pinion__free(cpus);
		return NULL;
	}
	cpus->machine = pinion__machine_retain(topology->machine);
	return cpus;
}

void pinion_cpus_destroy(pinion_cpus *cpus)
{
	if (!cpus)
		return;
	for (int i = 0; i < cpus->places; i++)
		hwloc_bitmap_free(cpus->place[i]);
	pinion__free(cpus->place);
	hwloc_bitmap_free(cpus->all);
	pinion__machine_release(cpus->machine);
	pinion__free(cpus);
}

static int room_double(pinion_cpus *cpus)
{
	int room = cpus->room ? 2 * cpus->room : 16;
	hwloc_bitmap_t *place = pinion__alloc((size_t)room * sizeof(hwloc_bitmap_t));
	if (!place)
		return PINION_ERR_NOMEM;
	if (cpus->places)
		memcpy(place, cpus->place, (size_t)cpus->places * sizeof(hwloc_bitmap_t));
	pinion__free(cpus->place);
	cpus->place = place;
	cpus->room = room;
	return PINION_OK;
}

int pinion__cpus_add(pinion_cpus *cpus, hwloc_const_bitmap_t place)
{
	if (cpus->places == cpus->room && room_double(cpus) != PINION_OK)
		return PINION_ERR_NOMEM;
	hwloc_bitmap_t copy = hwloc_bitmap_dup(place);
	if (!copy || hwloc_bitmap_or(cpus->all, cpus->all, place) < 0) {
		hwloc_bitmap_free(copy);
		return PINION_ERR_NOMEM;
	}
	cpus->place[cpus->places++] = copy;
	return PINION_OK;
}

/* The place of an object is found by its index; slot 0 is for PUs without such an object. */
static int *slots_new(const pinion_topology *t)
{
	return pinion__alloc(((size_t)t->counts.pus + (size_t)t->counts.nodes + 2) * sizeof(int));
}

int pinion__cpus_add_each(pinion_cpus *cpus, const pinion_topology *t, pinion_object object)
{
	int *slot = slots_new(t), rc = slot ? PINION_OK : PINION_ERR_NOMEM;
	hwloc_bitmap_t one = hwloc_bitmap_alloc();
	if (!one)
		rc = PINION_ERR_NOMEM;
	for (int i = 0; rc == PINION_OK && i < t->counts.pus; i++) {
		if (!t->pu[i].allowed)
			continue;
		unsigned cpu = (unsigned)t->pu[i].os_cpu;
		int level = pinion__pu_level(t, i, object);
		bool alone = level < 0 && object == PINION_OBJECT_CORE;
		int known = alone ? 0 : slot[level + 1];
		if (known) {
			if (hwloc_bitmap_set(cpus->place[known - 1], cpu) < 0 ||
			    hwloc_bitmap_set(cpus->all, cpu) < 0)
				rc = PINION_ERR_NOMEM;
			continue;
		}
		rc = hwloc_bitmap_only(one, cpu) < 0 ? PINION_ERR_NOMEM : pinion__cpus_add(cpus, one);
		slot[level + 1] = cpus->places;
	}
	hwloc_bitmap_free(one);
	pinion__free(slot);
	return rc;
}

int pinion__cpus_first_pu(const pinion_cpus *cpus, const pinion_topology *topology, int place)
{
	return pinion__pu_of(topology, hwloc_bitmap_first(cpus->place[place]));
}

int pinion_cpus_places(const pinion_cpus *cpus)
{
	return cpus->places;
}

static hwloc_const_bitmap_t set_of(const pinion_cpus *cpus, int place)
{
	PINION_REQUIRE(place >= -1 && place < cpus->places);
	return place < 0 ? cpus->all : cpus->place[place];
}

int pinion_cpus_count(const pinion_cpus *cpus, int place)
{
	return hwloc_bitmap_weight(set_of(cpus, place));
}

int pinion_cpus_next(const pinion_cpus *cpus, int place, int after)
{
	return hwloc_bitmap_next(set_of(cpus, place), after);
}

/* Where the next piece of an snprintf-like text goes, and how much room it has. */
struct sink {
	char *buffer;
	size_t bytes, length;
};

static char *sink_at(const struct sink *sink)
{
	return sink->length < sink->bytes ? sink->buffer + sink->length : NULL;
}

static size_t sink_room(const struct sink *sink)
{
	return sink->length < sink->bytes ? sink->bytes - sink->length : 0;
}

static void sink_text(struct sink *sink, const char *text)
{
	sink->length += (size_t)snprintf(sink_at(sink), sink_room(sink), "%s", text);
}

static void sink_list(struct sink *sink, hwloc_const_bitmap_t set)
{
	sink->length += (size_t)hwloc_bitmap_list_snprintf(sink_at(sink), sink_room(sink), set);
}

/* OMP_PLACES knows no "0-3" inside braces: intervals are {first:count}. */
static void sink_omp_place(struct sink *sink, hwloc_const_bitmap_t set)
{
	char text[48];
	sink_text(sink, "{");
	for (int first = hwloc_bitmap_first(set), next; first >= 0; first = next) {
		int end = hwloc_bitmap_next_unset(set, first);
		next = hwloc_bitmap_next(set, end);
		if (end - first > 2)
			snprintf(text, sizeof text, "%d:%d", first, end - first);
		else if (end - first == 2)
			snprintf(text, sizeof text, "%d,%d", first, first + 1);
		else
			snprintf(text, sizeof text, "%d", first);
		sink_text(sink, text);
		sink_text(sink, next >= 0 ? "," : "");
	}
	sink_text(sink, "}");
}

static void sink_mask(struct sink *sink, hwloc_const_bitmap_t set)
{
	char digit[2] = "";
	sink_text(sink, "0x");
	for (int nibble = hwloc_bitmap_last(set) / 4; nibble >= 0; nibble--) {
		unsigned value = 0;
		for (int bit = 0; bit < 4; bit++)
			value |= (unsigned)hwloc_bitmap_isset(set, (unsigned)(4 * nibble + bit)) << bit;
		digit[0] = "0123456789abcdef"[value];
		sink_text(sink, digit);
	}
}

size_t pinion_cpus_format(const pinion_cpus *cpus, pinion_dialect dialect, char *buffer,
                          size_t bytes)
{
	struct sink sink = {buffer, bytes, 0};
	switch (dialect) {
	case PINION_DIALECT_LIST:
		sink_list(&sink, cpus->all);
		break;
	case PINION_DIALECT_OMP:
		for (int i = 0; i < cpus->places; i++) {
			sink_text(&sink, i ? "," : "");
			sink_omp_place(&sink, cpus->place[i]);
		}
		break;
	case PINION_DIALECT_MASK:
		sink_mask(&sink, cpus->all);
		break;
	}
	return sink.length;
}
