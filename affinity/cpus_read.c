/*
 * Read places: find out which dialect a text is written in, and read the three
 * short ones here: abstract names, lists of OS numbers, and masks.
 *
 * A bare number is an OS number in every case, because the tools that people
 * come from disagree: some take it for a logical index, some only inside a
 * container. Logical indexes always have a type in front.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/cpus_read.h"

#include "affinity/port.h"
#include "affinity/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NUMBER_MAX = 1 << 20 };

int pinion__reader_fail(const struct pinion__reader *r, int error, const char *from, const char *to,
                        const char *format, ...)
{
	char text[sizeof r->diag->text];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	pinion__diag_set(r->diag, (int)(from - r->text), (int)(to - from), "%s", text);
	return error;
}

const char *pinion__reader_word(const char *from)
{
	const char *to = from;
	while (isalnum((unsigned char)*to) || *to == '_')
		to++;
	return to == from && *to ? to + 1 : to;
}

void pinion__reader_skip(struct pinion__reader *r)
{
	while (isspace((unsigned char)*r->at))
		r->at++;
}

bool pinion__reader_take(struct pinion__reader *r, char sign)
{
	pinion__reader_skip(r);
	if (*r->at != sign)
		return false;
	r->at++;
	return true;
}

int pinion__reader_number(struct pinion__reader *r, const char *what, int *value)
{
	pinion__reader_skip(r);
	const char *from = r->at;
	if (!isdigit((unsigned char)*from))
		return pinion__reader_fail(r, PINION_ERR_SYNTAX, from, pinion__reader_word(from),
		                           "%s is missing here", what);
	char *end;
	unsigned long number = strtoul(from, &end, 10);
	r->at = end;
	if (number > NUMBER_MAX)
		return pinion__reader_fail(r, PINION_ERR_RANGE, from, end, "this number is too large");
	*value = (int)number;
	return PINION_OK;
}

static void note_limit(const struct pinion__reader *r, const struct pinion__limit *limit)
{
	if (limit)
		pinion__diag_note(r->diag, "%s: %s (%s)", limit->what, limit->value, limit->source);
}

int pinion__reader_cpu(const struct pinion__reader *r, long cpu, const char *from, const char *to)
{
	const pinion_topology *t = r->topology;
	char usable[128];
	int pu = cpu < 0 || cpu > NUMBER_MAX ? -1 : pinion__pu_of(t, (int)cpu);
	if (pu >= 0 && t->pu[pu].allowed)
		return PINION_OK;
	if (pu < 0) {
		pinion__list_write(t->cpus, usable, sizeof usable);
		pinion__reader_fail(r, PINION_ERR_RANGE, from, to,
		                    "CPU %ld does not exist; this machine has CPUs %s", cpu, usable);
		if (cpu >= 0 && cpu <= NUMBER_MAX)
			note_limit(r, pinion__limit_of(t, (int)cpu, true));
		return PINION_ERR_RANGE;
	}
	pinion__list_write(t->allowed, usable, sizeof usable);
	pinion__reader_fail(r, PINION_ERR_PLACE, from, to,
	                    "CPU %ld may not be used by this process; usable: %s", cpu, usable);
	note_limit(r, pinion__limit_of(t, (int)cpu, false));
	return PINION_ERR_PLACE;
}

int pinion__reader_place(struct pinion__reader *r, hwloc_const_bitmap_t place, const char *from,
                         const char *to)
{
	if (hwloc_bitmap_iszero(place))
		return pinion__reader_fail(r, PINION_ERR_SYNTAX, from, to, "this place is empty");
	if (r->out->places == PINION__PLACES_MAX)
		return pinion__reader_fail(r, PINION_ERR_RANGE, from, to, "more than %d places",
		                           PINION__PLACES_MAX);
	return pinion__cpus_add(r->out, place);
}

/* ---- abstract names ---- */

static const struct abstract_name {
	const char *name;
	pinion_object object;
} abstract_names[] = {
	{"threads", PINION_OBJECT_PU},
	{"cores", PINION_OBJECT_CORE},
	{"ll_caches", PINION_OBJECT_L3},
	{"numa_domains", PINION_OBJECT_NODE},
	{"sockets", PINION_OBJECT_PACKAGE},
};

static const struct abstract_name *abstract_find(const char *text)
{
	size_t length = (size_t)(pinion__reader_word(text) - text);
	for (size_t i = 0; i < sizeof abstract_names / sizeof abstract_names[0]; i++)
		if (strlen(abstract_names[i].name) == length &&
		    strncasecmp(text, abstract_names[i].name, length) == 0)
			return &abstract_names[i];
	return NULL;
}

/* The last level of cache is the largest that the machine has. */
static pinion_object object_present(const pinion_topology *t, pinion_object object)
{
	if (object == PINION_OBJECT_L3 && t->counts.l3s == 0)
		return t->counts.l2s > 0 ? PINION_OBJECT_L2 : PINION_OBJECT_CORE;
	return object;
}

static void places_cut(pinion_cpus *cpus, int places)
{
	while (cpus->places > places)
		hwloc_bitmap_free(cpus->place[--cpus->places]);
	hwloc_bitmap_zero(cpus->all);
	for (int i = 0; i < places; i++)
		hwloc_bitmap_or(cpus->all, cpus->all, cpus->place[i]);
}

static int read_abstract(struct pinion__reader *r, const struct abstract_name *abstract)
{
	r->at += strlen(abstract->name);
	int rc =
	    pinion__cpus_add_each(r->out, r->topology, object_present(r->topology, abstract->object));
	if (rc || !pinion__reader_take(r, '('))
		return rc;
	int wanted;
	pinion__reader_skip(r);
	const char *from = r->at;
	rc = pinion__reader_number(r, "the number of places", &wanted);
	if (rc)
		return rc;
	if (wanted < 1 || wanted > r->out->places)
		return pinion__reader_fail(r, PINION_ERR_RANGE, from, r->at, "this process can use %d %s",
		                           r->out->places, abstract->name);
	if (!pinion__reader_take(r, ')'))
		return pinion__reader_fail(r, PINION_ERR_SYNTAX, r->at, pinion__reader_word(r->at),
		                           "a closing parenthesis is missing here");
	places_cut(r->out, wanted);
	return PINION_OK;
}

/* ---- lists of OS numbers ---- */

/* One processor of a list: a place of its own. With `inverse` it is only collected. */
static int list_cpu(struct pinion__reader *r, int cpu, hwloc_bitmap_t inverse, const char *from)
{
	if (inverse) {
		if (pinion__pu_of(r->topology, cpu) < 0)
			return pinion__reader_cpu(r, cpu, from, r->at);
		return hwloc_bitmap_set(inverse, (unsigned)cpu) < 0 ? PINION_ERR_NOMEM : PINION_OK;
	}
	int rc = pinion__reader_cpu(r, cpu, from, r->at);
	if (rc)
		return rc;
	if (hwloc_bitmap_isset(r->out->all, (unsigned)cpu))
		return pinion__reader_fail(r, PINION_ERR_SYNTAX, from, r->at, "CPU %d is listed twice",
		                           cpu);
	hwloc_bitmap_t one = hwloc_bitmap_alloc();
	rc = !one || hwloc_bitmap_only(one, (unsigned)cpu) < 0
	         ? PINION_ERR_NOMEM
	         : pinion__reader_place(r, one, from, r->at);
	hwloc_bitmap_free(one);
	return rc;
}

/* "3", "0-3" or "0-31:2" */
static int list_item(struct pinion__reader *r, hwloc_bitmap_t inverse)
{
	int first, last, step = 1;
	pinion__reader_skip(r);
	const char *from = r->at;
	int rc = pinion__reader_number(r, "a CPU number", &first);
	last = first;
	if (rc == PINION_OK && pinion__reader_take(r, '-')) {
		rc = pinion__reader_number(r, "the last CPU number of the range", &last);
		if (rc == PINION_OK && pinion__reader_take(r, ':'))
			rc = pinion__reader_number(r, "the stride", &step);
	}
	if (rc)
		return rc;
	if (last < first)
		return pinion__reader_fail(r, PINION_ERR_SYNTAX, from, r->at, "this range runs backwards");
	if (step < 1)
		return pinion__reader_fail(r, PINION_ERR_SYNTAX, from, r->at,
		                           "the stride must be at least 1");
	for (int cpu = first; rc == PINION_OK && cpu <= last; cpu += step)
		rc = list_cpu(r, cpu, inverse, from);
	return rc;
}

static int list_items(struct pinion__reader *r, hwloc_bitmap_t inverse)
{
	int rc;
	do
		rc = list_item(r, inverse);
	while (rc == PINION_OK && pinion__reader_take(r, ','));
	return rc;
}

/* All allowed processors but the listed ones. */
static int read_inverse(struct pinion__reader *r)
{
	const char *from = r->at++;
	const pinion_topology *t = r->topology;
	hwloc_bitmap_t listed = hwloc_bitmap_alloc(), one = hwloc_bitmap_alloc();
	int rc = listed && one ? list_items(r, listed) : PINION_ERR_NOMEM;
	for (int i = 0; rc == PINION_OK && i < t->counts.pus; i++) {
		unsigned cpu = (unsigned)t->pu[i].os_cpu;
		if (t->pu[i].allowed && !hwloc_bitmap_isset(listed, cpu))
			rc = hwloc_bitmap_only(one, cpu) < 0 ? PINION_ERR_NOMEM
			                                     : pinion__reader_place(r, one, from, r->at);
	}
	if (rc == PINION_OK && r->out->places == 0)
		rc = pinion__reader_fail(r, PINION_ERR_PLACE, from, r->at,
		                         "this leaves no usable processor");
	hwloc_bitmap_free(listed);
	hwloc_bitmap_free(one);
	return rc;
}

/* ---- masks ---- */

static int read_mask(struct pinion__reader *r)
{
	const char *from = r->at;
	r->at += 2;
	const char *digits = r->at;
	while (isxdigit((unsigned char)*r->at))
		r->at++;
	if (r->at == digits)
		return pinion__reader_fail(r, PINION_ERR_SYNTAX, from, r->at, "this mask has no digits");
	const char *end = r->at;
	int rc = PINION_OK;
	for (const char *digit = end; rc == PINION_OK && digit-- > digits;) {
		unsigned value = (unsigned)strtoul((const char[]){*digit, '\0'}, NULL, 16);
		for (int bit = 0; rc == PINION_OK && bit < 4; bit++)
			if (value >> bit & 1)
				rc = list_cpu(r, (int)(end - digit - 1) * 4 + bit, NULL, from);
	}
	if (rc == PINION_OK && r->out->places == 0)
		rc = pinion__reader_fail(r, PINION_ERR_SYNTAX, from, end, "this mask is empty");
	return rc;
}

/* ---- all together ---- */

static bool is_word(const char *text, const char *word)
{
	size_t length = (size_t)(pinion__reader_word(text) - text);
	return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

static int read_any(struct pinion__reader *r)
{
	pinion__reader_skip(r);
	const struct abstract_name *abstract = abstract_find(r->at);
	if (*r->at == '\0')
		return pinion__reader_fail(r, PINION_ERR_SYNTAX, r->text, r->at,
		                           "no places; write for example \"cores\" or \"0-3\"");
	if (abstract)
		return read_abstract(r, abstract);
	if (is_word(r->at, "all")) {
		r->at += strlen("all");
		return pinion__cpus_add_each(r->out, r->topology, PINION_OBJECT_PU);
	}
	if (*r->at == '{' || (r->at[0] == '!' && r->at[1] == '{'))
		return pinion__read_omp(r);
	if (*r->at == '!')
		return read_inverse(r);
	if (r->at[0] == '0' && (r->at[1] == 'x' || r->at[1] == 'X'))
		return read_mask(r);
	return isalpha((unsigned char)*r->at) ? pinion__read_tuples(r) : list_items(r, NULL);
}

int pinion_cpus_parse(pinion_cpus **out, const pinion_topology *topology, const char *text,
                      pinion_diag *diag)
{
	PINION_REQUIRE(out && topology && text);
	struct pinion__reader r = {topology, pinion__cpus_new(topology), text, text, diag};
	int rc = r.out ? read_any(&r) : PINION_ERR_NOMEM;
	if (rc == PINION_OK) {
		pinion__reader_skip(&r);
		if (*r.at)
			rc = pinion__reader_fail(&r, PINION_ERR_SYNTAX, r.at, pinion__reader_word(r.at),
			                         "this does not belong here");
		else if (r.out->places == 0)
			rc = pinion__reader_fail(&r, PINION_ERR_PLACE, text, r.at, "no usable processor");
	}
	if (rc == PINION_OK) {
		*out = r.out;
		return PINION_OK;
	}
	if (rc == PINION_ERR_NOMEM)
		pinion__diag_set(diag, -1, 0, "out of memory while reading places");
	pinion_cpus_destroy(r.out);
	return rc;
}
