/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/model/order.h"

#include <string.h>

#define NODES_MAX  256
#define NODE_WORDS (NODES_MAX / 64)
#define MARKS_MAX  (1u << 14)

struct nodes {
	uint64_t word[NODE_WORDS];
};

struct node {
	struct nodes before; /* in S, closed under transitivity */
	int16_t moment;      /* of its thread */
	uint8_t thread;
	bool fence;
	uint16_t older;       /* the thread's node before it, NO_NODE at the first */
	uint16_t older_fence; /* the thread's last fence up to and with this node */
};

#define NO_NODE UINT16_MAX

static struct {
	unsigned nodes, fences, marks;
	uint16_t last[THREADS]; /* each thread's newest node */
	struct node node[NODES_MAX];
	struct mark mark[MARKS_MAX];
} order;

void order_reset(void)
{
	order.nodes = order.fences = order.marks = 0;
	memset(order.last, 0xff, sizeof order.last);
}

static void nodes_add(struct nodes *set, unsigned node)
{
	set->word[node / 64] |= UINT64_C(1) << node % 64;
}

static bool nodes_has(const struct nodes *set, unsigned node)
{
	return set->word[node / 64] >> node % 64 & 1;
}

/* Words in use: sets are short in most models. */
static unsigned words(void)
{
	return (order.nodes + 63) / 64;
}

static void nodes_unite(struct nodes *set, const struct nodes *other)
{
	for (unsigned i = 0, n = words(); i < n; i++)
		set->word[i] |= other->word[i];
}

static bool nodes_meet(const struct nodes *a, const struct nodes *b)
{
	for (unsigned i = 0, n = words(); i < n; i++)
		if (a->word[i] & b->word[i])
			return true;
	return false;
}

/* A node, and all that is before it. */
static void nodes_add_closed(struct nodes *set, unsigned node)
{
	if (nodes_has(set, node))
		return;
	nodes_unite(set, &order.node[node].before);
	nodes_add(set, node);
}

/* Places along the modification order; a new store fits between any two. */
static int place_of(const struct store *store, enum order_place place)
{
	return 4 * store->rank + (int)place;
}

static int mark_place(const struct mark *mark)
{
	return place_of(mark->store, mark->read ? ORDER_READ : ORDER_STORE);
}

/* The newest node, or fence, of thread t that happens before who knows that. */
static unsigned node_known(int t, clocks knows, bool fences_only)
{
	unsigned node = order.last[t];

	while (node != NO_NODE && order.node[node].moment > knows[t])
		node = order.node[node].older;
	return node != NO_NODE && fences_only ? order.node[node].older_fence : node;
}

/* The same of each thread. */
static void nodes_known(struct nodes *set, clocks knows, bool fences_only)
{
	for (int t = 1; t <= state.threads; t++) {
		unsigned node = node_known(t, knows, fences_only);

		if (node != NO_NODE)
			nodes_add_closed(set, node);
	}
}

/* What S has to have before a seq_cst access. */
static void before_access(struct nodes *set, const struct location *location,
                          const struct order_access *access)
{
	int place = place_of(access->store, access->place);

	nodes_known(set, access->knows, false);
	if (access->place == ORDER_READ)
		return;
	for (const struct mark *m = location->sources; m != NULL; m = m->next)
		if (mark_place(m) < place)
			nodes_add_closed(set, m->node);
}

/* What it has to have behind a seq_cst access, or behind the fences before an access;
 * false when there is nothing. */
static bool behind_access(struct nodes *set, const struct location *location,
                          const struct order_access *access, enum mark_side side)
{
	int place = place_of(access->store, access->place);
	bool any = false;

	for (const struct mark *m = location->targets; m != NULL; m = m->next)
		if ((m->side & side) != 0 && place < mark_place(m)) {
			nodes_add(set, m->node);
			any = true;
		}
	return any;
}

/* Setup and check are before and behind everything: S has nothing to add. */
static bool is_free(bool seq_cst)
{
	return state.self == 0 || (!seq_cst && order.fences == 0);
}

/* For the access itself. */
static bool access_fits(const struct location *location, const struct order_access *access)
{
	struct nodes before = {0}, behind = {0};

	if (!access->seq_cst || !behind_access(&behind, location, access, MARK_ACCESS))
		return true;
	before_access(&before, location, access);
	return !nodes_meet(&before, &behind);
}

/* For the fences that happen before it. */
static bool fences_fit(const struct location *location, const struct order_access *access)
{
	struct nodes before = {0}, behind = {0};

	if (order.fences == 0 || !behind_access(&behind, location, access, MARK_FENCE))
		return true;
	nodes_known(&before, access->knows, true);
	return !nodes_meet(&before, &behind);
}

bool order_allows(const struct location *location, const struct order_access *access)
{
	return is_free(access->seq_cst) ||
	       (access_fits(location, access) && fences_fit(location, access));
}

static unsigned node_new(bool fence, const struct nodes *before)
{
	unsigned i = order.nodes++;
	struct node *node = &order.node[i];
	uint16_t last = order.last[state.self];

	if (i == NODES_MAX)
		state_fail("more than %d seq_cst operations in one execution", NODES_MAX);
	node->before = *before;
	node->moment = state_self()->now[state.self];
	node->thread = (uint8_t)state.self;
	node->fence = fence;
	node->older = last;
	node->older_fence = fence             ? (uint16_t)i
	                    : last == NO_NODE ? NO_NODE
	                                      : order.node[last].older_fence;
	order.last[state.self] = (uint16_t)i;
	order.fences += fence;
	return i;
}

static void mark_add(struct mark **list, const struct store *store, bool read, unsigned node,
                     unsigned side)
{
	struct mark *mark = &order.mark[order.marks++];

	if (order.marks == MARKS_MAX)
		state_fail("too many seq_cst operations in one execution");
	*mark = (struct mark){
	    .store = store, .read = read, .side = (uint8_t)side, .node = (uint16_t)node, .next = *list};
	*list = mark;
}

/* All of `before`, and `own` if any, stand before these nodes and what is behind them. */
static void push_behind(const struct nodes *behind, const struct nodes *before, unsigned own)
{
	for (unsigned i = 0; i < order.nodes; i++) {
		struct node *node = &order.node[i];

		if (i == own || (!nodes_has(behind, i) && !nodes_meet(&node->before, behind)))
			continue;
		nodes_unite(&node->before, before);
		if (own != NO_NODE)
			nodes_add(&node->before, own);
	}
}

static void add_access(struct location *location, const struct order_access *access)
{
	bool read = access->place == ORDER_READ;
	struct nodes before = {0}, behind = {0};
	unsigned own;

	before_access(&before, location, access);
	own = node_new(false, &before);
	if (behind_access(&behind, location, access, MARK_ACCESS))
		push_behind(&behind, &before, own);
	mark_add(&location->sources, access->store, read, own, MARK_ACCESS);
	if (!read)
		mark_add(&location->targets, access->store, false, own, MARK_ACCESS | MARK_FENCE);
}

/* The newest fence of each thread is enough: S has the older ones before that. */
static void add_fences(struct location *location, const struct order_access *access)
{
	struct nodes before = {0}, behind = {0};

	if (behind_access(&behind, location, access, MARK_FENCE)) {
		nodes_known(&before, access->knows, true);
		push_behind(&behind, &before, NO_NODE);
	}
	for (int t = 1; t <= state.threads; t++) {
		unsigned fence = node_known(t, access->knows, true);

		if (fence != NO_NODE)
			mark_add(&location->sources, access->store, access->place == ORDER_READ, fence,
			         MARK_FENCE);
	}
}

void order_add(struct location *location, const struct order_access *access)
{
	if (is_free(access->seq_cst))
		return;
	if (order.fences > 0)
		add_fences(location, access);
	if (access->seq_cst)
		add_access(location, access);
}

/* The furthest places that happen before the running thread; NULL: none that anything
 * could stand before. */
struct known {
	const struct store *written, *touched;
	bool read; /* what is touched has been read, or else written */
};

static struct known known_places(const struct location *location)
{
	clocks now = state_self()->now;
	struct known known = {NULL, NULL, false};

	for (const struct store *s = location->newest; s != NULL; s = s->older) {
		clocks readers = s->seen;

		readers[s->writer] = NEVER;
		if (known.touched == NULL && clocks_touch(s->seen, now)) {
			known.read = clocks_touch(readers, now);
			known.touched = s->older != NULL || known.read ? s : NULL;
		}
		if (s->seen[s->writer] <= now[s->writer]) {
			known.written = s->older != NULL ? s : NULL;
			break;
		}
	}
	return known;
}

/* Sources that stand before what the fence knows. */
static void before_fence(struct nodes *set, const struct location *location)
{
	struct known known = known_places(location);

	for (const struct mark *m = location->sources; m != NULL; m = m->next) {
		const struct store *end = m->side == MARK_ACCESS ? known.written : known.touched;
		bool read = m->side == MARK_FENCE && known.read;

		if (end != NULL && mark_place(m) < place_of(end, read ? ORDER_READ : ORDER_STORE))
			nodes_add_closed(set, m->node);
	}
}

void order_fence(struct location *locations, unsigned n)
{
	struct nodes before = {0};
	unsigned own;

	if (state.self == 0)
		return;
	nodes_known(&before, state_self()->now, false);
	for (unsigned i = 0; i < n; i++)
		before_fence(&before, &locations[i]);
	own = node_new(true, &before);
	for (unsigned i = 0; i < n; i++) {
		struct known known = known_places(&locations[i]);

		if (known.written != NULL)
			mark_add(&locations[i].targets, known.written, false, own, MARK_ACCESS);
		if (known.touched != NULL)
			mark_add(&locations[i].targets, known.touched, known.read, own, MARK_FENCE);
	}
}
