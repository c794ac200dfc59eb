/*
 * From a policy to seats: collect the usable places, let the policy choose,
 * then write down each seat with its reason, so that nothing of the plan and
 * nothing of the topology is needed afterwards.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/placement.h"

#include "affinity/port.h"
#include "affinity/text.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* The order of all seats takes seats^2 numbers; Linux machines have at most 8192 processors. */
enum { RANKED_MAX = 8192 };

static int policy_check(const pinion_policy *policy, pinion_diag *diag)
{
	const char *wrong = NULL;
	if (policy->size != sizeof *policy)
		wrong = "policy.size is not sizeof(pinion_policy); start from PINION_POLICY_INIT";
	else if ((unsigned)policy->bind > PINION_BIND_NONE)
		wrong = "policy.bind is not a pinion_bind";
	else if (policy->bind == PINION_BIND_PER && (unsigned)policy->object > PINION_OBJECT_PACKAGE)
		wrong = "policy.object is not a pinion_object";
	else if (policy->bind == PINION_BIND_PER && policy->per < 1)
		wrong = "workers per object must be at least 1";
	else if (policy->bind == PINION_BIND_EXPLICIT && !policy->places)
		wrong = "explicit placement needs a list of places";
	if (wrong) {
		pinion__diag_set(diag, -1, 0, "%s", wrong);
		return PINION_ERR_ARG;
	}
	if (policy->workers < 0 || policy->workers > PINION__SEATS_MAX) {
		pinion__diag_set(diag, -1, 0,
		                 "%d workers: the number must be 1 to %d, or 0 for one per place",
		                 policy->workers, PINION__SEATS_MAX);
		return PINION_ERR_RANGE;
	}
	return PINION_OK;
}

static int places_written(const struct pinion__plan *plan, pinion_cpus *written)
{
	const pinion_policy *policy = plan->policy;
	int rc = PINION_OK;
	if (!policy->places)
		return pinion__cpus_add_each(written, plan->topology,
		                             policy->smt ? PINION_OBJECT_PU : PINION_OBJECT_CORE);
	for (int i = 0; rc == PINION_OK && i < policy->places->places; i++)
		rc = pinion__cpus_add(written, policy->places->place[i]);
	return rc;
}

/* Places that are read on another machine may name what this topology does not have. */
static int place_clean(const struct pinion__plan *plan, int number, hwloc_const_bitmap_t place,
                       hwloc_bitmap_t clean)
{
	const pinion_cpus *exclude = plan->policy->exclude;
	if (hwloc_bitmap_and(clean, place, plan->topology->allowed) < 0 ||
	    (exclude && hwloc_bitmap_andnot(clean, clean, exclude->all) < 0))
		return PINION_ERR_NOMEM;
	if (!hwloc_bitmap_iszero(clean) || plan->policy->bind != PINION_BIND_EXPLICIT)
		return PINION_OK;
	pinion__diag_set(plan->diag, -1, 0,
	                 "place %d of the list has no usable processor left; remove it, "
	                 "or exclude less",
	                 number);
	return PINION_ERR_PLACE;
}

/* Fill plan->places with what is usable of the places as written. */
static int places_collect(struct pinion__plan *plan)
{
	pinion_cpus *written = pinion__cpus_new(plan->topology);
	hwloc_bitmap_t clean = hwloc_bitmap_alloc();
	int rc = written && clean ? places_written(plan, written) : PINION_ERR_NOMEM;
	if (rc)
		goto out;
	plan->written = written->places;
	plan->places = pinion__cpus_new(plan->topology);
	plan->origin = pinion__alloc((size_t)written->places * sizeof *plan->origin);
	rc = plan->places && plan->origin ? PINION_OK : PINION_ERR_NOMEM;
	for (int i = 0; rc == PINION_OK && i < written->places; i++) {
		rc = place_clean(plan, i, written->place[i], clean);
		if (rc || hwloc_bitmap_iszero(clean))
			continue;
		plan->origin[plan->places->places] = i;
		rc = pinion__cpus_add(plan->places, clean);
	}
	if (rc == PINION_OK && plan->places->places == 0) {
		pinion__diag_set(plan->diag, -1, 0, "no processor is left to place a worker on");
		rc = PINION_ERR_PLACE;
	}
out:
	hwloc_bitmap_free(clean);
	pinion_cpus_destroy(written);
	return rc;
}

/* PUs of the machine, allowed or not, in the core of this PU. */
static int core_pus(const pinion_topology *t, int pu)
{
	int first = pu - t->pu[pu].smt, n = 0;
	while (first + n < t->counts.pus && t->pu[first + n].core == t->pu[pu].core)
		n++;
	return n;
}

/* "core 3", "core 3, 1 of its 2 PUs", "cores 0-3 of node 1", ... in words for a reason. */
static void place_describe(const pinion_topology *t, hwloc_const_bitmap_t cpus, char *text,
                           size_t bytes)
{
	int first = pinion__pu_of(t, hwloc_bitmap_first(cpus)), pus = hwloc_bitmap_weight(cpus);
	int core = t->pu[first].core, last = first;
	bool one_core = core >= 0;
	for (int cpu = hwloc_bitmap_first(cpus); cpu >= 0; cpu = hwloc_bitmap_next(cpus, cpu)) {
		last = pinion__pu_of(t, cpu);
		one_core = one_core && t->pu[last].core == core;
	}
	if (!one_core && pus == 1)
		snprintf(text, bytes, "PU %d", first);
	else if (!one_core)
		snprintf(text, bytes, "%d PUs", pus);
	else if (pus == core_pus(t, first))
		snprintf(text, bytes, "core %d", core);
	else
		snprintf(text, bytes, "core %d, %d of its %d PUs", core, pus, core_pus(t, first));
}

static char *seat_reason(const struct pinion__plan *plan, int worker, const int *sharers)
{
	static const char *const name[] = {"close", "spread", "per", "explicit", "not bound"};
	const pinion_policy *policy = plan->policy;
	int place = plan->place_of[worker];
	char what[64], shared[48] = "";
	place_describe(plan->topology, plan->places->place[place], what, sizeof what);
	if (sharers[place] > 1)
		snprintf(shared, sizeof shared, ", shared by %d workers", sharers[place]);
	if (policy->bind != PINION_BIND_PER)
		return pinion__textf("%s: place %d of %d (%s)%s", name[policy->bind], plan->origin[place],
		                     plan->written, what, shared);
	const char *object = pinion__object_name(policy->object);
	return pinion__textf("%d per %s: %s %d (%s)%s", policy->per, object, object,
	                     pinion__plan_level(plan, place, policy->object), what, shared);
}

static int seat_fill(struct pinion__seat *seat, const struct pinion__plan *plan, int worker,
                     const int *sharers)
{
	hwloc_const_bitmap_t cpus = plan->places->place[plan->place_of[worker]];
	const pinion_pu *pu =
	    &plan->topology->pu[pinion__pu_of(plan->topology, hwloc_bitmap_first(cpus))];
	seat->cpus = hwloc_bitmap_dup(cpus);
	seat->cpus_text = pinion__list_text(cpus);
	seat->reason = seat_reason(plan, worker, sharers);
	seat->l2 = pu->l2;
	seat->seen = (pinion_seat){
		.os_cpu = pu->os_cpu,
		.pus = hwloc_bitmap_weight(cpus),
		.core = pu->core,
		.l3 = pu->l3,
		.package = pu->package,
		.node = pu->node,
		.cpus = seat->cpus_text,
		.reason = seat->reason,
	};
	return seat->cpus && seat->cpus_text && seat->reason ? PINION_OK : PINION_ERR_NOMEM;
}

static int seats_fill(pinion_placement *placement, const struct pinion__plan *plan)
{
	int *sharers = pinion__alloc((size_t)plan->places->places * sizeof *sharers);
	placement->seat = pinion__alloc((size_t)plan->workers * sizeof *placement->seat);
	int rc = sharers && placement->seat ? PINION_OK : PINION_ERR_NOMEM;
	for (int i = 0; rc == PINION_OK && i < plan->workers; i++)
		sharers[plan->place_of[i]]++;
	placement->seats = placement->seat ? plan->workers : 0;
	for (int i = 0; rc == PINION_OK && i < plan->workers; i++)
		rc = seat_fill(&placement->seat[i], plan, i, sharers);
	pinion__free(sharers);
	return rc;
}

/* The limits in one line: "; cpuset 0-3, quota 1.5 CPUs". */
static void limits_describe(const pinion_topology *t, char *text, size_t bytes)
{
	size_t length = 0;
	text[0] = '\0';
	for (int i = 0; i < t->limits && length < bytes; i++)
		length += (size_t)snprintf(text + length, bytes - length, "%s %s %s", i ? "," : "; limits:",
		                           t->limit[i].what, t->limit[i].value);
}

static char *note_write(const struct pinion__plan *plan)
{
	static const char *const name[] = {"close", "spread", "per object", "explicit", "not bound"};
	const pinion_topology *t = plan->topology;
	const pinion_policy *policy = plan->policy;
	int places = plan->places->places, workers = plan->workers;
	char why[96] = "", limits[256];
	bool capped = policy->workers == 0 && t->quota > 0 && workers < places &&
		policy->bind != PINION_BIND_PER && policy->bind != PINION_BIND_EXPLICIT;
	if (capped)
		snprintf(why, sizeof why, ", as many as the CPU quota feeds");
	else if (t->quota > 0 && workers > t->quota + 1)
		snprintf(why, sizeof why, ", more than the CPU quota feeds");
	limits_describe(t, limits, sizeof limits);
	return pinion__textf("%d worker%s on %d usable place%s, %s%s%s", workers,
	                     workers == 1 ? "" : "s", places, places == 1 ? "" : "s",
	                     name[policy->bind], why, limits);
}

static int placement_make(pinion_placement **out, const struct pinion__plan *plan)
{
	if (plan->workers > RANKED_MAX) {
		pinion__diag_set(plan->diag, -1, 0,
		                 "%d workers: the order in which they look at each other "
		                 "would not fit in memory; use at most %d",
		                 plan->workers, RANKED_MAX);
		return PINION_ERR_RANGE;
	}
	pinion_placement *placement = pinion__alloc(sizeof *placement);
	if (!placement)
		return PINION_ERR_NOMEM;
	atomic_init(&placement->holds, 1);
	placement->machine = pinion__machine_retain(plan->topology->machine);
	placement->binds = plan->policy->bind != PINION_BIND_NONE;
	int rc = seats_fill(placement, plan);
	if (rc == PINION_OK)
		rc = pinion__placement_rank(placement);
	if (rc == PINION_OK && !(placement->note = note_write(plan)))
		rc = PINION_ERR_NOMEM;
	if (rc)
		pinion_placement_destroy(placement);
	else
		*out = placement;
	return rc;
}

int pinion_placement_plan(pinion_placement **out, const pinion_topology *topology,
                          const pinion_policy *policy, pinion_diag *diag)
{
	static const pinion_policy by_default = PINION_POLICY_INIT;
	PINION_REQUIRE(out && topology);
	struct pinion__plan plan = {
		.topology = topology,
		.policy = policy ? policy : &by_default,
		.diag = diag,
	};
	int rc = policy_check(plan.policy, diag);
	if (rc == PINION_OK)
		rc = places_collect(&plan);
	if (rc == PINION_OK)
		rc = pinion__plan_assign(&plan);
	if (rc == PINION_OK)
		rc = placement_make(out, &plan);
	if (rc == PINION_ERR_NOMEM)
		pinion__diag_set(diag, -1, 0, "out of memory while planning");
	pinion_cpus_destroy(plan.places);
	pinion__free(plan.origin);
	pinion__free(plan.place_of);
	return rc;
}

pinion_placement *pinion__placement_retain(const pinion_placement *placement)
{
	pinion_placement *held = (pinion_placement *)(uintptr_t)placement;
	/* Relaxed: who retains holds already, so the placement cannot end meanwhile. */
	atomic_fetch_add_explicit(&held->holds, 1, memory_order_relaxed);
	return held;
}

void pinion_placement_destroy(pinion_placement *placement)
{
	/* Release: what this holder did comes before the end; acquire: the last one sees it. */
	if (!placement || atomic_fetch_sub_explicit(&placement->holds, 1, memory_order_acq_rel) != 1)
		return;
	for (int i = 0; i < placement->seats; i++) {
		hwloc_bitmap_free(placement->seat[i].cpus);
		pinion__free(placement->seat[i].cpus_text);
		pinion__free(placement->seat[i].reason);
	}
	pinion__free(placement->seat);
	pinion__free(placement->order);
	pinion__free(placement->note);
	pinion__machine_release(placement->machine);
	pinion__free(placement);
}

int pinion_placement_seats(const pinion_placement *placement)
{
	return placement->seats;
}

pinion_seat pinion_placement_seat(const pinion_placement *placement, int seat)
{
	PINION_REQUIRE(seat >= 0 && seat < placement->seats);
	return placement->seat[seat].seen;
}

int pinion_placement_nodes(const pinion_placement *placement)
{
	return placement->machine->nodes;
}

const int *pinion_placement_order(const pinion_placement *placement, int seat)
{
	PINION_REQUIRE(seat >= 0 && seat < placement->seats);
	return placement->order + (size_t)seat * ((size_t)placement->seats - 1);
}

const char *pinion_placement_note(const pinion_placement *placement)
{
	return placement->note;
}

const struct pinion__machine *pinion__placement_machine(const pinion_placement *placement)
{
	return placement->machine;
}

hwloc_const_bitmap_t pinion__placement_cpus(const pinion_placement *placement, int seat)
{
	PINION_REQUIRE(seat >= 0 && seat < placement->seats);
	return placement->seat[seat].cpus;
}
