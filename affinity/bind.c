/*
 * Binding with read-back. The kernel cuts a mask to the cpuset without a word,
 * and a container may refuse the call: so what counts is the mask that is read
 * afterwards, and the reason says which of these happened.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/bind.h"

#include "affinity/placement.h"
#include "affinity/port.h"
#include "affinity/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct pinion__mask {
	hwloc_bitmap_t cpus;
};

static void reason_set(struct pinion__binding *out, const char *reason)
{
	snprintf(out->reason, sizeof out->reason, "%s", reason);
}

static void reason_refused(struct pinion__binding *out, int error)
{
	if (error == -EPERM)
		reason_set(out, "the kernel refused (EPERM): a seccomp filter or another user's thread; "
		           "allow sched_setaffinity in the container");
	else if (error == -EINVAL)
		reason_set(out, "none of these processors may be used any more; the cpuset changed "
		           "after planning");
	else
		snprintf(out->reason, sizeof out->reason, "cannot set the affinity: %s", strerror(-error));
}

/* Read the mask of the caller; with `saved` keep it. */
static int mask_read(const struct pinion__os *os, struct pinion__mask **saved)
{
	struct pinion__mask *mask = pinion__alloc(sizeof *mask);
	int rc = -ENOMEM;
	*saved = NULL;
	if (!mask)
		return rc;
	mask->cpus = hwloc_bitmap_alloc();
	if (mask->cpus)
		rc = os->affinity_get(os, 0, mask->cpus);
	if (rc == 0) {
		*saved = mask;
		return 0;
	}
	hwloc_bitmap_free(mask->cpus);
	pinion__free(mask);
	return rc;
}

/* Compare what the kernel holds with what was asked. A reason that is already there stays. */
static void read_back(const struct pinion__os *os, hwloc_const_bitmap_t asked, const char *reason,
                      struct pinion__binding *out)
{
	hwloc_bitmap_t now = hwloc_bitmap_alloc();
	int rc = now ? os->affinity_get(os, 0, now) : -ENOMEM;
	out->os_cpu = os->cpu_now(os);
	if (rc < 0) {
		snprintf(out->obtained, sizeof out->obtained, "unknown");
		if (!out->reason[0])
			snprintf(out->reason, sizeof out->reason, "cannot read the affinity back: %s",
			         strerror(-rc));
	} else {
		pinion__list_write(now, out->obtained, sizeof out->obtained);
		out->bound = !out->reason[0] && hwloc_bitmap_isequal(now, asked);
		if (!out->bound && !out->reason[0])
			reason_set(out, reason);
	}
	hwloc_bitmap_free(now);
}

/* What can be said without asking the kernel; true when that is all. */
static bool begin(const pinion_placement *placement, int seat, struct pinion__binding *out)
{
	const struct pinion__machine *m = placement->machine;
	memset(out, 0, sizeof *out);
	out->os_cpu = -1;
	pinion__list_write(pinion__placement_cpus(placement, seat), out->asked, sizeof out->asked);
	if (!m->live)
		reason_set(out, "the topology describes another machine");
	else if (!placement->binds)
		reason_set(out, "not bound: the policy asks for none");
	if (m->live)
		return !placement->binds;
	snprintf(out->obtained, sizeof out->obtained, "unbound");
	return true;
}

void pinion__bind_self(const pinion_placement *placement, int seat, struct pinion__mask **saved,
                       struct pinion__binding *out)
{
	const struct pinion__os *os = placement->machine->os;
	hwloc_const_bitmap_t asked = pinion__placement_cpus(placement, seat);
	if (saved)
		*saved = NULL;
	if (!begin(placement, seat, out)) {
		if (saved)
			mask_read(os, saved);
		int rc = os->affinity_set(os, 0, asked);
		if (rc < 0)
			reason_refused(out, rc);
	}
	if (placement->machine->live)
		read_back(os, asked, "the kernel granted only part; the cpuset changed after planning",
		          out);
}

void pinion__bind_check(const pinion_placement *placement, int seat, struct pinion__binding *out)
{
	begin(placement, seat, out);
	if (placement->machine->live)
		read_back(placement->machine->os, pinion__placement_cpus(placement, seat),
		          "the affinity was changed after binding", out);
}

void pinion__mask_restore(const pinion_placement *placement, int tid, struct pinion__mask *saved)
{
	if (!saved)
		return;
	const struct pinion__os *os = placement->machine->os;
	os->affinity_set(os, tid, saved->cpus); /* the thread may have ended: nothing to restore */
	hwloc_bitmap_free(saved->cpus);
	pinion__free(saved);
}
