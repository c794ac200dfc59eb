/*
 * A plain snapshot of an engine: per worker what was asked and what the kernel
 * granted, and where its time went.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_REPORT_H
#define PINION_REPORT_H

#include <pinion/ledger.h>

PINION_BEGIN_DECLS

typedef struct pinion_worker_report {
	int worker;
	int os_tid;             /* of its thread, or of the last one that it had; 0 before the first start */
	int node;
	int os_cpu;             /* where it ran when it was last looked at; -1 unknown */
	bool bound;             /* the granted CPU set is exactly the asked one */
	bool adopted;           /* seat 0, held by the thread that started the engine */
	char asked[64];         /* OS CPU list */
	char obtained[64];
	char why[128];          /* of the seat; when not bound: of the shortfall, with the fix */
	uint64_t tasks;         /* tasks begun here */
	uint64_t tasks_stolen;  /* of these, taken from another worker */
	uint64_t parks;         /* times it went to sleep */
	uint64_t run_ns;        /* in loops, and in tasks that were not called alone; loops inside tasks count twice */
	uint64_t park_ns;       /* asleep */
} pinion_worker_report;

typedef struct pinion_report {
	int workers;
	int bound;                      /* workers whose seat was obtained exactly */
	pinion_worker_report *worker;   /* [workers] */
	int sites;
	pinion_ledger *ledger;          /* [sites] */
} pinion_report;

/**
 * Take a snapshot. While the engine runs, every worker reads its own affinity back once more, on its
 * seat, so drift since the start is seen.
 *
 * @return 0 with *out to be freed by pinion_report_free; PINION_ERR_NOMEM.
 *
 * Threads:   any, not from inside a loop body.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_report_take(pinion_engine *engine, pinion_report *out);

/** Free what a report holds. */
PINION_API void pinion_report_free(pinion_report *report);

PINION_END_DECLS

#endif
