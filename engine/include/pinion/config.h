/*
 * What the user asks of an engine. Zero in a field means its default. What the
 * default is stands in engine/config.c, or with the stage that the field is for:
 * places and workers in the placement, busy waiting in engine/engine.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CONFIG_H
#define PINION_CONFIG_H

#include <pinion/placement.h>

PINION_BEGIN_DECLS

/* What happens when a seat or a binding is not granted as asked. */
typedef enum pinion_strictness {
	PINION_PLACE_PREFER = 0, /* go on, and record the difference with its reason */
	PINION_PLACE_STRICT,     /* an error: nothing is started */
	PINION_PLACE_OFF,        /* do not bind at all */
} pinion_strictness;

/* What the thread that starts the engine becomes. */
typedef enum pinion_main {
	PINION_MAIN_WORKER = 0, /* adopted into seat 0: N seats are N runnable threads */
	PINION_MAIN_SEPARATE,   /* N worker threads beside it */
} pinion_main;

/* Which worker runs which block of a loop. */
typedef enum pinion_schedule {
	PINION_SCHEDULE_DEFAULT = 0, /* the engine's; in the engine's config: steal */
	PINION_SCHEDULE_STEAL,       /* the owner first; idle workers help, nearest first */
	PINION_SCHEDULE_OWNER,       /* the owner only; nothing moves */
} pinion_schedule;

/* One line of text about something that went differently than asked; never an answer to a call. */
typedef void (*pinion_log)(void *ctx, const char *line);

typedef struct pinion_config {
	size_t size;                  /* sizeof(pinion_config) */

	/* Seats; used by pinion_engine_create when no placement is given. */
	const char *topology;         /* see pinion_topology_load; NULL: live */
	int workers;                  /* 0: one per usable core, at most the CPU quota */
	const char *places;           /* see <pinion/cpus.h>; NULL: "cores" */
	pinion_bind bind;
	pinion_object object;         /* with PINION_BIND_PER */
	int per;                      /* with PINION_BIND_PER */
	bool oversubscribe;

	/* Threads. */
	pinion_strictness placement;
	pinion_main main;
	size_t stack_bytes;           /* of each worker thread, without its guard page; 0: 2 MiB.
	                                 A task that waits may have others run on top of it: allow 2 KiB, and
	                                 its own frames, for each waiting task that can be queued for one
	                                 worker at a time */
	bool inline_only;             /* start no thread: everything runs on the caller, in program order */

	/* Scheduling. */
	pinion_schedule schedule;     /* of loops that do not choose */
	size_t grain;                 /* indexes per claim of loops that do not choose; 0: automatic */
	uint64_t spin_ns;             /* busy waiting before sleeping; 0: 50 microseconds, or none when there are
	                                 more workers than processors or a CPU quota; UINT64_MAX: never sleep */

	pinion_log log;               /* NULL: no text */
	void *log_ctx;                /* borrowed until the engine is destroyed */
} pinion_config;

#define PINION_CONFIG_INIT {sizeof(pinion_config), NULL, 0, NULL, PINION_BIND_CLOSE, PINION_OBJECT_CORE, 0, false, PINION_PLACE_PREFER, PINION_MAIN_WORKER, 0, false, PINION_SCHEDULE_DEFAULT, 0, 0, NULL, NULL}

/**
 * Let the environment override a config: PINION_WORKERS (a number or "inline"), PINION_PLACES,
 * PINION_BIND (close, spread, none), PINION_PLACEMENT (prefer, strict, off), PINION_SCHEDULE (steal, owner),
 * PINION_SPIN_US. An empty variable counts as not set. This is the only function of the library that reads
 * the environment.
 *
 * @param config  changed in place; strings point into the environment.
 * @param diag    receives which variable is wrong, and its legal values. May be NULL.
 *
 * @return 0, or PINION_ERR_SYNTAX with config unchanged.
 *
 * Threads:   as getenv.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_config_from_env(pinion_config *config, pinion_diag *diag);

PINION_END_DECLS

#endif
