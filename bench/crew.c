/*
 * The three kinds of crew.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/crew.h"

#include "bench/twin.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_CPUS  65536
#define MASK_BYTES CPU_ALLOC_SIZE(MOST_CPUS)

const char *crew_name(enum workload_engine kind)
{
	return kind == WORKLOAD_PINION ? "pinion" : kind == WORKLOAD_OMP ? "omp" : "serial";
}

/*
 * Adds the processors of an OS list ("0-3,8") to mask; the list is a seat's, so it is well-
 * formed.
 */
static void add_list(const char *list, cpu_set_t *mask)
{
	while (*list != '\0') {
		char *end;
		unsigned long first = strtoul(list, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (unsigned long cpu = first; cpu <= last; cpu++)
			CPU_SET_S(cpu, MASK_BYTES, mask);
		if (*end != ',')
			return;
		list = end + 1;
	}
}

/* What the threads of a team are to be bound to. */
struct binding {
	cpu_set_t **mask; /* [threads] */
	bool *bound;      /* [threads], out: the kernel reports exactly this mask */
};

static bool bind_self(const cpu_set_t *mask)
{
	cpu_set_t *got = CPU_ALLOC(MOST_CPUS);
	bool bound = false;

	if (got != NULL && sched_setaffinity(0, MASK_BYTES, mask) == 0) {
		CPU_ZERO_S(MASK_BYTES, got);
		bound = sched_getaffinity(0, MASK_BYTES, got) == 0 && CPU_EQUAL_S(MASK_BYTES, mask, got);
	}
	CPU_FREE(got);
	return bound;
}

/* The loop has as many indexes as the team has threads, so thread i gets index i. */
static int bind_body(size_t begin, size_t end, void *ctx)
{
	struct binding *b = ctx;

	for (size_t i = begin; i < end; i++)
		b->bound[i] = bind_self(b->mask[i]);
	return 0;
}

static int binding_init(struct binding *b, int threads)
{
	b->mask = calloc((size_t)threads, sizeof *b->mask);
	b->bound = calloc((size_t)threads, sizeof *b->bound);
	return b->mask != NULL && b->bound != NULL ? 0 : PINION_ERR_NOMEM;
}

static void binding_fini(struct binding *b)
{
	free(b->mask);
	free(b->bound);
}

static void bind_team(struct crew *crew, struct binding *binding)
{
	struct crew_range team = {NULL, (size_t)crew->threads};

	crew_for(crew, &team, NULL, bind_body, binding);
	crew->bound = 0;
	for (int i = 0; i < crew->threads; i++)
		crew->bound += binding->bound[i];
}

static int save_mask(struct crew *crew)
{
	crew->own_mask = CPU_ALLOC(MOST_CPUS);
	if (crew->own_mask == NULL)
		return PINION_ERR_NOMEM;
	CPU_ZERO_S(MASK_BYTES, (cpu_set_t *)crew->own_mask);
	if (sched_getaffinity(0, MASK_BYTES, crew->own_mask) == 0)
		return 0;
	CPU_FREE(crew->own_mask);
	crew->own_mask = NULL;
	return PINION_ERR_SYSTEM;
}

/* Thread i of the team to the processors of seat i. */
static int bind_to_seats(struct crew *crew, const pinion_placement *placement)
{
	struct binding binding;
	int error = binding_init(&binding, crew->threads);

	if (error == 0)
		error = save_mask(crew);
	for (int i = 0; error == 0 && i < crew->threads; i++) {
		binding.mask[i] = CPU_ALLOC(MOST_CPUS);
		if (binding.mask[i] == NULL) {
			error = PINION_ERR_NOMEM;
			break;
		}
		CPU_ZERO_S(MASK_BYTES, binding.mask[i]);
		add_list(pinion_placement_seat(placement, i).cpus, binding.mask[i]);
	}
	if (error == 0)
		bind_team(crew, &binding);
	for (int i = 0; binding.mask != NULL && i < crew->threads; i++)
		CPU_FREE(binding.mask[i]);
	binding_fini(&binding);
	return error;
}

static int refuse(pinion_diag *diag, int error, const char *text)
{
	*diag = (pinion_diag){.offset = -1};
	snprintf(diag->text, sizeof diag->text, "%s", text);
	return error;
}

static int gather_twin(struct crew *crew, const struct workload_params *params,
                       pinion_engine *engine)
{
	if (crew->kind == WORKLOAD_OMP)
		crew->threads = twin_omp_threads(engine != NULL ? pinion_engine_workers(engine)
		                                                : twin_omp_default_threads());
	if (engine == NULL || params->twin_unbound)
		return 0;
	return bind_to_seats(crew, pinion_engine_placement(engine));
}

int crew_gather(struct crew *crew, const struct workload_params *params, pinion_engine *engine,
                pinion_diag *diag)
{
	int error;

	*crew = (struct crew){.kind = params->engine, .engine = engine, .threads = 1};
	if (crew->kind != WORKLOAD_PINION) {
		error = gather_twin(crew, params, engine);
		if (error == 0)
			return 0;
		crew_dismiss(crew);
		return refuse(diag, error, "the twin's threads cannot be bound to the seats");
	}
	if (engine == NULL)
		return refuse(diag, PINION_ERR_ARG, "engine pinion needs an engine");
	if (!pinion_engine_running(engine))
		return refuse(diag, PINION_ERR_STATE, "the engine is not running; start it first");
	crew->threads = pinion_engine_workers(engine);
	return 0;
}

void crew_dismiss(struct crew *crew)
{
	struct binding binding;

	if (crew->own_mask == NULL)
		return;
	if (binding_init(&binding, crew->threads) == 0) {
		for (int i = 0; i < crew->threads; i++)
			binding.mask[i] = crew->own_mask;
		bind_team(crew, &binding);
	}
	binding_fini(&binding);
	CPU_FREE(crew->own_mask);
	crew->own_mask = NULL;
}

int crew_for(const struct crew *crew, const struct crew_range *range, const char *site,
             pinion_body body, void *ctx)
{
	pinion_loop_options options = PINION_LOOP_OPTIONS_INIT;

	if (range->n == 0)
		return 0;
	if (crew->kind == WORKLOAD_SERIAL)
		return body(0, range->n, ctx);
	if (crew->kind == WORKLOAD_OMP)
		return twin_omp_for(range->n, crew->threads, body, ctx);
	options.site = site;
	options.schedule = PINION_SCHEDULE_OWNER;
	return pinion_for(crew->engine, range->partition, &options, body, ctx);
}
