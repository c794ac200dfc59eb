/*
 * In which order a seat looks at the others.
 *
 * Seats are sorted into classes by what they share, and inside a class by the
 * stated distance of their nodes. A class is then walked from a start and with
 * a stride that depend on the seat (the stride has no common divisor with the
 * length, so each member comes once): seats that search at the same moment
 * begin at different victims. Sorting is by counting: two passes per seat.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/placement.h"

#include "affinity/port.h"

#include <stdlib.h>

static bool same(int a, int b)
{
	return a >= 0 && a == b;
}

pinion_distance pinion_placement_distance(const pinion_placement *placement, int a, int b)
{
	PINION_REQUIRE(a >= 0 && a < placement->seats && b >= 0 && b < placement->seats);
	const struct pinion__seat *x = &placement->seat[a], *y = &placement->seat[b];
	if (a == b)
		return PINION_DISTANCE_SELF;
	if (same(x->seen.core, y->seen.core) || x->seen.os_cpu == y->seen.os_cpu)
		return PINION_DISTANCE_CORE;
	if (same(x->l2, y->l2))
		return PINION_DISTANCE_L2;
	if (same(x->seen.l3, y->seen.l3))
		return PINION_DISTANCE_L3;
	if (same(x->seen.node, y->seen.node))
		return PINION_DISTANCE_NODE;
	if (same(x->seen.package, y->seen.package))
		return PINION_DISTANCE_PACKAGE;
	return PINION_DISTANCE_MACHINE;
}

static int int_compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;
	return (x > y) - (x < y);
}

/* rank[from * nodes + to]: how many nodes are strictly nearer to `from` than `to` is. */
static int *node_ranks(const struct pinion__machine *m)
{
	size_t nodes = (size_t)m->nodes;
	int *rank = pinion__alloc(nodes * nodes * sizeof *rank);
	int *row = pinion__alloc(nodes * sizeof *row);
	for (size_t from = 0; rank && row && from < nodes; from++) {
		const int *distance = m->distance + from * nodes;
		for (size_t to = 0; to < nodes; to++)
			row[to] = distance[to];
		qsort(row, nodes, sizeof *row, int_compare);
		for (size_t to = 0; to < nodes; to++) {
			size_t low = 0, high = nodes;
			while (low < high) {
				size_t middle = (low + high) / 2;
				if (row[middle] < distance[to])
					low = middle + 1;
				else
					high = middle;
			}
			rank[from * nodes + to] = (int)low;
		}
	}
	if (!row) {
		pinion__free(rank);
		rank = NULL;
	}
	pinion__free(row);
	return rank;
}

static unsigned divisor(unsigned a, unsigned b)
{
	while (b) {
		unsigned rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* Write `from`, n seats, to `to` in the rotation of this seat. */
static void rotate(const int *from, int n, int seat, int *to)
{
	unsigned length = (unsigned)n, at = (unsigned)seat % length;
	unsigned stride = 1 + (unsigned)seat / length % length;
	while (divisor(stride, length) != 1)
		stride++;
	for (unsigned i = 0; i < length; i++) {
		to[i] = from[at];
		at = (at + stride) % length;
	}
}

struct sorter {
	const pinion_placement *placement;
	const int *rank;
	int *key;    /* [seats] */
	int *end;    /* [classes * nodes + 1] where the bucket ends in sorted */
	int *sorted; /* [seats] */
};

static int key_of(const struct sorter *s, int seat, int other)
{
	const struct pinion_placement *p = s->placement;
	int nodes = p->machine->nodes;
	int from = p->seat[seat].seen.node, to = p->seat[other].seen.node;
	return (int)pinion_placement_distance(p, seat, other) * nodes + s->rank[from * nodes + to];
}

static void row_fill(struct sorter *s, int seat, int *row)
{
	int seats = s->placement->seats, buckets = PINION_DISTANCES * s->placement->machine->nodes;
	for (int i = 0; i <= buckets; i++)
		s->end[i] = 0;
	for (int i = 0; i < seats; i++)
		if (i != seat)
			s->end[1 + (s->key[i] = key_of(s, seat, i))]++;
	for (int i = 0; i < buckets; i++)
		s->end[i + 1] += s->end[i];
	for (int i = 0; i < seats; i++)
		if (i != seat)
			s->sorted[s->end[s->key[i]]++] = i;
	for (int i = 0, begin = 0; i < buckets; begin = s->end[i++])
		if (s->end[i] > begin)
			rotate(s->sorted + begin, s->end[i] - begin, seat, row + begin);
}

int pinion__placement_rank(pinion_placement *placement)
{
	size_t seats = (size_t)placement->seats;
	size_t buckets = PINION_DISTANCES * (size_t)placement->machine->nodes;
	int *rank = node_ranks(placement->machine);
	struct sorter s = {
		.placement = placement,
		.rank = rank,
		.key = pinion__alloc(seats * sizeof(int)),
		.end = pinion__alloc((buckets + 1) * sizeof(int)),
		.sorted = pinion__alloc(seats * sizeof(int)),
	};
	placement->order = pinion__alloc(seats * (seats - 1) * sizeof(int));
	bool ready = rank && s.key && s.end && s.sorted && placement->order;
	for (size_t i = 0; ready && i < seats; i++)
		row_fill(&s, (int)i, placement->order + i * (seats - 1));
	pinion__free(rank);
	pinion__free(s.key);
	pinion__free(s.end);
	pinion__free(s.sorted);
	return ready ? PINION_OK : PINION_ERR_NOMEM;
}
