/*
 * Policies: from a list of places and a wish to one place per worker.
 *
 * SPREAD descends the machine level by level. At each level the workers are
 * dealt to the objects one by one, as far as their places last, so that also
 * a machine with holes is filled evenly. The chosen places keep the order of
 * the list: neighbours in number stay neighbours in the machine.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/placement.h"

#include "affinity/port.h"
#include "affinity/text.h"

const char *pinion__object_name(pinion_object object)
{
	static const char *const name[] = {
		[PINION_OBJECT_CORE] = "core",
		[PINION_OBJECT_PU] = "PU",
		[PINION_OBJECT_L2] = "L2 group",
		[PINION_OBJECT_L3] = "L3 group",
		[PINION_OBJECT_NODE] = "node",
		[PINION_OBJECT_PACKAGE] = "package",
	};
	return name[object];
}

int pinion__plan_level(const struct pinion__plan *plan, int place, pinion_object object)
{
	int pu = pinion__cpus_first_pu(plan->places, plan->topology, place);
	return pinion__pu_level(plan->topology, pu, object);
}

/* The first limit that is about processors goes into the note: it is usually the reason. */
static void note_limit(const struct pinion__plan *plan)
{
	const pinion_topology *t = plan->topology;
	for (int i = 0; i < t->limits; i++)
		if (t->limit[i].cpus) {
			pinion__diag_note(plan->diag, "limited by %s: %s (%s)", t->limit[i].what,
			                  t->limit[i].value, t->limit[i].source);
			return;
		}
}

static int too_many(const struct pinion__plan *plan, int usable)
{
	pinion__diag_set(plan->diag, -1, 0,
	                 "%d workers asked, but only %d place%s usable; ask for at most %d, or allow "
	                 "oversubscription",
	                 plan->workers, usable, usable == 1 ? " is" : "s are", usable);
	note_limit(plan);
	return PINION_ERR_PLACE;
}

/* Whole CPUs that a quota is worth: 1.5 CPUs keep two workers busy. */
static int quota_workers(double quota)
{
	int whole = quota < 65534 ? (int)quota : 65534;
	return whole < quota ? whole + 1 : whole;
}

static int workers_auto(const struct pinion__plan *plan)
{
	int places = plan->places->places;
	double quota = plan->topology->quota;
	return quota > 0 && quota_workers(quota) < places ? quota_workers(quota) : places;
}

static int place_of_alloc(struct pinion__plan *plan)
{
	plan->place_of = pinion__alloc((size_t)plan->workers * sizeof *plan->place_of);
	return plan->place_of ? PINION_OK : PINION_ERR_NOMEM;
}

/* With more workers than places, consecutive workers share a place, as OpenMP does. */
static int assign_close(struct pinion__plan *plan)
{
	int places = plan->places->places;
	for (int i = 0; i < plan->workers; i++)
		plan->place_of[i] = plan->workers <= places ? i : (int)((long)i * places / plan->workers);
	return PINION_OK;
}

/*
 * Places sorted into the objects of one level, objects in the order of their first place. `map`
 * is scratch, all zero between uses.
 */
struct groups {
	int *sorted; /* [places] */
	int *size;   /* [places] length of group i, `count` of them */
	int *begin;  /* [places] where group i starts in sorted */
	int count;
};

static void groups_free(struct groups *g)
{
	pinion__free(g->sorted);
	pinion__free(g->size);
	pinion__free(g->begin);
	*g = (struct groups){0};
}

static int groups_make(struct groups *g, const struct pinion__plan *plan, int *map,
                       const int *subset, int count, pinion_object object)
{
	size_t bytes = (size_t)count * sizeof(int);
	*g = (struct groups){pinion__alloc(bytes), pinion__alloc(bytes), pinion__alloc(bytes), 0};
	if (!g->sorted || !g->size || !g->begin) {
		groups_free(g);
		return PINION_ERR_NOMEM;
	}
	for (int i = 0; i < count; i++) {
		int *known = &map[pinion__plan_level(plan, subset[i], object) + 1];
		if (*known == 0)
			*known = ++g->count;
		g->size[*known - 1]++;
	}
	for (int i = 1; i < g->count; i++)
		g->begin[i] = g->begin[i - 1] + g->size[i - 1];
	for (int i = 0; i < count; i++)
		g->sorted[g->begin[map[pinion__plan_level(plan, subset[i], object) + 1] - 1]++] = subset[i];
	for (int i = 0; i < count; i++)
		map[pinion__plan_level(plan, subset[i], object) + 1] = 0;
	for (int i = 0; i < g->count; i++)
		g->begin[i] -= g->size[i];
	return PINION_OK;
}

/* What every step of a spread shares. */
struct spread {
	struct pinion__plan *plan;
	int *map;     /* see struct groups */
	bool *chosen; /* [places] */
	int *all;     /* [places] 0, 1, 2, ... */
};

static void spread_fini(struct spread *spread)
{
	pinion__free(spread->map);
	pinion__free(spread->chosen);
	pinion__free(spread->all);
}

static int spread_init(struct spread *spread, struct pinion__plan *plan)
{
	const pinion_topology *t = plan->topology;
	size_t places = (size_t)plan->places->places;
	*spread = (struct spread){
		.plan = plan,
		.map = pinion__alloc(((size_t)t->counts.pus + (size_t)t->counts.nodes + 1) * sizeof(int)),
		.chosen = pinion__alloc(places * sizeof(bool)),
		.all = pinion__alloc(places * sizeof(int)),
	};
	for (size_t i = 0; spread->all && i < places; i++)
		spread->all[i] = (int)i;
	return spread->map && spread->chosen && spread->all ? PINION_OK : PINION_ERR_NOMEM;
}

static const pinion_object spread_level[] = {
	PINION_OBJECT_PACKAGE, PINION_OBJECT_NODE, PINION_OBJECT_L3,
	PINION_OBJECT_L2,      PINION_OBJECT_CORE,
};
enum { SPREAD_LEVELS = sizeof spread_level / sizeof spread_level[0] };

/* Deal `wanted` to groups that hold size[i], one by one. */
static void deal(const int *size, int *given, int groups, int wanted)
{
	while (wanted > 0)
		for (int i = 0; i < groups && wanted > 0; i++)
			if (given[i] < size[i]) {
				given[i]++;
				wanted--;
			}
}

/* Choose `wanted` of the places of one object of the level above `level`. */
static int spread_choose(struct spread *spread, const int *subset, int count, int wanted, int level)
{
	if (wanted >= count || level == SPREAD_LEVELS) {
		for (int i = 0; i < count && i < wanted; i++)
			spread->chosen[subset[i]] = true;
		return PINION_OK;
	}
	struct groups g;
	int rc = groups_make(&g, spread->plan, spread->map, subset, count, spread_level[level]);
	if (rc)
		return rc;
	int *given = pinion__alloc((size_t)g.count * sizeof *given);
	if (given)
		deal(g.size, given, g.count, wanted);
	else
		rc = PINION_ERR_NOMEM;
	for (int i = 0; rc == PINION_OK && i < g.count; i++)
		rc = spread_choose(spread, g.sorted + g.begin[i], g.size[i], given[i], level + 1);
	pinion__free(given);
	groups_free(&g);
	return rc;
}

/* Spread `wanted` workers over a subset: seats from `seat` on, in the order of the list. */
static int spread_over(struct spread *spread, const int *subset, int count, int wanted, int seat)
{
	int *place_of = spread->plan->place_of;
	if (wanted > count) {
		for (int i = 0; i < wanted; i++)
			place_of[seat + i] = subset[(int)((long)i * count / wanted)];
		return PINION_OK;
	}
	int rc = spread_choose(spread, subset, count, wanted, 0);
	for (int i = 0; rc == PINION_OK && i < count; i++)
		if (spread->chosen[subset[i]])
			place_of[seat++] = subset[i];
	return rc;
}

static int assign_spread(struct pinion__plan *plan)
{
	struct spread spread;
	int rc = spread_init(&spread, plan);
	if (rc == PINION_OK)
		rc = spread_over(&spread, spread.all, plan->places->places, plan->workers, 0);
	spread_fini(&spread);
	return rc;
}

static int object_lacks(const struct pinion__plan *plan, int level, int usable)
{
	const char *name = pinion__object_name(plan->policy->object);
	pinion__diag_set(plan->diag, -1, 0,
	                 "%d workers per %s asked, but %s %d has only %d usable place%s; ask for "
	                 "fewer, or allow oversubscription",
	                 plan->policy->per, name, name, level, usable, usable == 1 ? "" : "s");
	note_limit(plan);
	return PINION_ERR_PLACE;
}

/* Does each object have room for its workers? */
static int per_check(const struct pinion__plan *plan, const struct groups *g)
{
	const pinion_policy *policy = plan->policy;
	for (int i = 0; i < g->count; i++) {
		int level = pinion__plan_level(plan, g->sorted[g->begin[i]], policy->object);
		if (level < 0) {
			pinion__diag_set(plan->diag, -1, 0, "this machine has no %s; choose another object for "
			                 "workers per object", pinion__object_name(policy->object));
			return PINION_ERR_PLACE;
		}
		if (g->size[i] < policy->per && !policy->oversubscribe)
			return object_lacks(plan, level, g->size[i]);
	}
	if (policy->per <= PINION__SEATS_MAX / g->count)
		return PINION_OK;
	pinion__diag_set(plan->diag, -1, 0, "%d workers on each of %d objects are more than %d",
	                 policy->per, g->count, PINION__SEATS_MAX);
	return PINION_ERR_RANGE;
}

/* Fewer workers than objects have room for fill the first objects. */
static int per_fill(struct spread *spread, const struct groups *g)
{
	struct pinion__plan *plan = spread->plan;
	int per = plan->policy->per, rc = PINION_OK;
	for (int i = 0; rc == PINION_OK && i < g->count && i * per < plan->workers; i++) {
		int left = plan->workers - i * per;
		rc = spread_over(spread, g->sorted + g->begin[i], g->size[i], left < per ? left : per,
		                 i * per);
	}
	return rc;
}

static int assign_per(struct pinion__plan *plan)
{
	struct spread spread;
	struct groups g = {0};
	int rc = spread_init(&spread, plan);
	if (rc == PINION_OK)
		rc = groups_make(&g, plan, spread.map, spread.all, plan->places->places,
		                 plan->policy->object);
	if (rc)
		goto out;
	rc = per_check(plan, &g);
	if (rc)
		goto out;
	int total = plan->policy->per * g.count;
	if (plan->workers > total) {
		rc = too_many(plan, total);
		goto out;
	}
	if (plan->workers == 0)
		plan->workers = total;
	rc = place_of_alloc(plan);
	if (rc == PINION_OK)
		rc = per_fill(&spread, &g);
out:
	groups_free(&g);
	spread_fini(&spread);
	return rc;
}

static int assign_explicit(struct pinion__plan *plan)
{
	for (int i = 0; i < plan->workers; i++)
		plan->place_of[i] = i % plan->places->places;
	return PINION_OK;
}

int pinion__plan_assign(struct pinion__plan *plan)
{
	const pinion_policy *policy = plan->policy;
	int places = plan->places->places;
	plan->workers = policy->workers;
	if (policy->bind == PINION_BIND_PER)
		return assign_per(plan);
	if (plan->workers == 0)
		plan->workers = policy->bind == PINION_BIND_EXPLICIT ? places : workers_auto(plan);
	if (plan->workers > places && !policy->oversubscribe)
		return too_many(plan, places);
	int rc = place_of_alloc(plan);
	if (rc)
		return rc;
	if (policy->bind == PINION_BIND_SPREAD)
		return assign_spread(plan);
	return policy->bind == PINION_BIND_EXPLICIT ? assign_explicit(plan) : assign_close(plan);
}
