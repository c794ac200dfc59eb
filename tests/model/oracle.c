/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/model/oracle.h"

#include <string.h>

#define MAX (ORACLE_EVENTS_MAX + ORACLE_PLACES)

typedef uint32_t set; /* of events */

/* Relations: row[a] holds all b with a -> b. */
struct relation {
	set row[MAX];
};

static struct {
	const struct oracle_program *program;
	void (*found)(uint64_t outcome);
	int n; /* events, the initial stores first */
	struct oracle_event event[MAX];
	int reads_from[MAX];
	int written_n[ORACLE_PLACES];
	int written[ORACLE_PLACES][MAX]; /* the stores of each place in modification order */
	int rank[MAX];
} oracle;

static bool has(const struct relation *r, int a, int b)
{
	return r->row[a] >> b & 1;
}

static void add(struct relation *r, int a, int b)
{
	r->row[a] |= 1u << b;
}

static void close(struct relation *r)
{
	for (int k = 0; k < oracle.n; k++)
		for (int i = 0; i < oracle.n; i++)
			if (has(r, i, k))
				r->row[i] |= r->row[k];
}

static bool is_circular(const struct relation *r)
{
	for (int i = 0; i < oracle.n; i++)
		if (has(r, i, i))
			return true;
	return false;
}

static bool reads(int e)
{
	return oracle.event[e].kind == ORACLE_LOAD || oracle.event[e].kind == ORACLE_SWAP;
}

static bool writes(int e)
{
	return oracle.event[e].kind == ORACLE_STORE || oracle.event[e].kind == ORACLE_SWAP;
}

static bool is_fence(int e)
{
	return oracle.event[e].kind == ORACLE_FENCE;
}

static bool acquires(int e)
{
	int order = oracle.event[e].order;

	return order == __ATOMIC_ACQUIRE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static bool releases(int e)
{
	int order = oracle.event[e].order;

	return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static bool is_seq_cst(int e)
{
	return oracle.event[e].order == __ATOMIC_SEQ_CST && oracle.event[e].thread != 0;
}

static bool same_place(int a, int b)
{
	return !is_fence(a) && !is_fence(b) && oracle.event[a].place == oracle.event[b].place;
}

static void program_order(struct relation *po)
{
	for (int a = 0; a < oracle.n; a++)
		for (int b = 0; b < oracle.n; b++) {
			int ta = oracle.event[a].thread, tb = oracle.event[b].thread;

			if (a != b && ((ta == tb && ta != 0 && a < b) || (ta == 0 && tb != 0)))
				add(po, a, b);
		}
}

/* Is `head` at the head of the release sequence that read r takes its value from? */
static bool in_sequence(int head, int r)
{
	for (int w = oracle.reads_from[r];; w = oracle.reads_from[w]) {
		if (w == head)
			return true;
		if (oracle.event[w].kind != ORACLE_SWAP)
			return false;
	}
}

/* From a release store, or a fence in front of a store, to an acquire load, or a fence
 * behind a load. */
static void synchronizes(struct relation *sw, const struct relation *po)
{
	for (int w = 0; w < oracle.n; w++)
		for (int r = 0; r < oracle.n; r++) {
			if (w == r || !writes(w) || !reads(r) || !in_sequence(w, r))
				continue;
			for (int from = 0; from < oracle.n; from++)
				for (int to = 0; to < oracle.n; to++)
					if (releases(from) && acquires(to) &&
					    (from == w || (is_fence(from) && has(po, from, w))) &&
					    (to == r || (is_fence(to) && has(po, r, to))) && from != to)
						add(sw, from, to);
		}
}

/* Reads-from, modification order, from-read, closed. */
static void coherence(struct relation *eco)
{
	for (int a = 0; a < oracle.n; a++)
		for (int b = 0; b < oracle.n; b++) {
			if (a == b || !same_place(a, b))
				continue;
			if (writes(a) && writes(b) && oracle.rank[a] < oracle.rank[b])
				add(eco, a, b);
			if (writes(a) && reads(b) && oracle.reads_from[b] == a)
				add(eco, a, b);
			if (reads(a) && writes(b) && oracle.rank[oracle.reads_from[a]] < oracle.rank[b])
				add(eco, a, b);
		}
	close(eco);
}

/* One step of it: to a later store. */
static bool is_in_front(int a, int b)
{
	if (a == b || !same_place(a, b) || !writes(b))
		return false;
	return (writes(a) && oracle.rank[a] < oracle.rank[b]) ||
	       (reads(a) && oracle.rank[oracle.reads_from[a]] < oracle.rank[b]);
}

static bool is_seq_cst_fence(int e)
{
	return is_fence(e) && is_seq_cst(e);
}

/* RC11's psc: which of two seq_cst operations has to come first? */
static bool comes_first(int x, int y, const struct relation *hb, const struct relation *eco)
{
	if (has(hb, x, y))
		return true;
	for (int a = 0; a < oracle.n; a++)
		for (int b = 0; b < oracle.n; b++) {
			bool x_fence = is_seq_cst_fence(x) && has(hb, x, a);
			bool y_fence = is_seq_cst_fence(y) && has(hb, b, y);

			if (is_in_front(a, b) && (x == a || x_fence) && (y == b || y_fence))
				return true;
			if (has(eco, a, b) && x_fence && y_fence)
				return true;
		}
	return false;
}

static bool has_total_order(const struct relation *hb, const struct relation *eco)
{
	struct relation s = {{0}};

	for (int x = 0; x < oracle.n; x++)
		for (int y = 0; y < oracle.n; y++)
			if (is_seq_cst(x) && is_seq_cst(y) && comes_first(x, y, hb, eco))
				add(&s, x, y);
	close(&s);
	return !is_circular(&s);
}

static bool is_allowed(void)
{
	struct relation po = {{0}}, sw = {{0}}, eco = {{0}}, causes = {{0}}, hb;

	program_order(&po);
	causes = po;
	for (int r = 0; r < oracle.n; r++) {
		if (!reads(r))
			continue;
		add(&causes, oracle.reads_from[r], r);
		if (oracle.event[r].kind == ORACLE_SWAP &&
		    oracle.rank[r] != oracle.rank[oracle.reads_from[r]] + 1)
			return false;
	}
	close(&causes);
	if (is_circular(&causes))
		return false;
	synchronizes(&sw, &po);
	hb = po;
	for (int i = 0; i < oracle.n; i++)
		hb.row[i] |= sw.row[i];
	close(&hb);
	coherence(&eco);
	for (int a = 0; a < oracle.n; a++)
		for (int b = 0; b < oracle.n; b++)
			if (has(&hb, a, b) && (a == b || has(&eco, b, a)))
				return false;
	return !is_circular(&eco) && has_total_order(&hb, &eco);
}

static uint64_t outcome(void)
{
	uint64_t result = 0;

	for (int e = 0; e < oracle.n; e++)
		if (reads(e))
			result = result << 4 | oracle.event[oracle.reads_from[e]].value;
	for (int p = 0; p < ORACLE_PLACES; p++)
		result = result << 4 | oracle.event[oracle.written[p][oracle.written_n[p] - 1]].value;
	return result;
}

static void all_reads(int e)
{
	if (e == oracle.n) {
		if (is_allowed())
			oracle.found(outcome());
		return;
	}
	if (!reads(e)) {
		all_reads(e + 1);
		return;
	}
	for (int i = 0; i < oracle.written_n[oracle.event[e].place]; i++) {
		oracle.reads_from[e] = oracle.written[oracle.event[e].place][i];
		if (oracle.reads_from[e] != e)
			all_reads(e + 1);
	}
}

/* All orders of the stores of place p from index i on. */
static void all_orders(int p, int i)
{
	int *w;

	if (p == ORACLE_PLACES) {
		all_reads(0);
		return;
	}
	if (i == oracle.written_n[p]) {
		all_orders(p + 1, 1);
		return;
	}
	w = oracle.written[p];
	for (int j = i; j < oracle.written_n[p]; j++) {
		int first = w[i];

		w[i] = w[j];
		w[j] = first;
		oracle.rank[w[i]] = i;
		all_orders(p, i + 1);
		w[j] = w[i];
		w[i] = first;
	}
}

void oracle_run(const struct oracle_program *program, void (*found)(uint64_t outcome))
{
	memset(&oracle, 0, sizeof oracle);
	oracle.found = found;
	for (int p = 0; p < ORACLE_PLACES; p++) {
		oracle.written[p][oracle.written_n[p]++] = oracle.n;
		oracle.event[oracle.n++] = (struct oracle_event){.kind = ORACLE_STORE, .place = p};
	}
	for (int i = 0; i < program->n; i++) {
		const struct oracle_event *e = &program->event[i];

		if (e->kind == ORACLE_STORE || e->kind == ORACLE_SWAP)
			oracle.written[e->place][oracle.written_n[e->place]++] = oracle.n;
		oracle.event[oracle.n++] = *e;
	}
	all_orders(0, 1);
}
