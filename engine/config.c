/*
 * Checking a config, its defaults, and the environment.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/text.h"
#include "engine/worker.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Defaults that are no zero of the enums. spin_ns depends on the machine and is chosen in engine.c;
 * without a topology or places of the user's own, those of the topology and the policy apply.
 */
static const pinion_config defaults = {
    .stack_bytes = (size_t)2 << 20,
    .schedule = PINION_SCHEDULE_STEAL,
};

#define STACK_BYTES_MIN ((size_t)64 << 10)

static int refuse(pinion_diag *diag, const char *text)
{
	pinion__diag_set(diag, -1, 0, "%s", text);
	return PINION_ERR_ARG;
}

static int check(const pinion_config *c, pinion_diag *diag)
{
	if (c->size != sizeof *c)
		return refuse(diag,
		              "config.size is not sizeof(pinion_config): start from PINION_CONFIG_INIT");
	if (c->stack_bytes && c->stack_bytes < STACK_BYTES_MIN)
		return refuse(diag, "stack_bytes is below 64 KiB");
	if (c->placement == PINION_PLACE_STRICT && c->inline_only)
		return refuse(diag, "strict placement needs worker threads, but the engine is inline only");
	if ((unsigned)c->placement > PINION_PLACE_OFF || (unsigned)c->main > PINION_MAIN_SEPARATE ||
	    (unsigned)c->schedule > PINION_SCHEDULE_OWNER)
		return refuse(diag, "placement, main or schedule is outside its enum");
	return 0;
}

int pinion__config_resolve(pinion_config *config, const pinion_config *asked, pinion_diag *diag)
{
	const pinion_config none = PINION_CONFIG_INIT;
	pinion_config c = asked ? *asked : none;
	int error = check(&c, diag);

	if (error)
		return error;
	c.topology = pinion__strdup(c.topology);
	c.places = pinion__strdup(c.places);
	c.stack_bytes = c.stack_bytes ? c.stack_bytes : defaults.stack_bytes;
	c.schedule = c.schedule ? c.schedule : defaults.schedule;
	if (asked && ((asked->topology && !c.topology) || (asked->places && !c.places))) {
		pinion__config_free(&c);
		pinion__diag_set(diag, -1, 0, "out of memory");
		return PINION_ERR_NOMEM;
	}
	*config = c;
	return 0;
}

void pinion__config_free(pinion_config *config)
{
	pinion__free((char *)(uintptr_t)config->topology);
	pinion__free((char *)(uintptr_t)config->places);
	config->topology = config->places = NULL;
}

void pinion__log(const struct pinion_engine *e, const char *format, ...)
{
	char line[512];
	va_list args;

	if (!e->config.log)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	e->config.log(e->config.log_ctx, line);
}

/* ---- environment --------------------------------------------------------------- */

struct word {
	const char *name;
	int value;
};

static const struct word bind_words[] = {{"close", PINION_BIND_CLOSE},
                                         {"spread", PINION_BIND_SPREAD},
                                         {"none", PINION_BIND_NONE},
                                         {NULL, 0}};
static const struct word placement_words[] = {{"prefer", PINION_PLACE_PREFER},
                                              {"strict", PINION_PLACE_STRICT},
                                              {"off", PINION_PLACE_OFF},
                                              {NULL, 0}};
static const struct word schedule_words[] = {
    {"steal", PINION_SCHEDULE_STEAL}, {"owner", PINION_SCHEDULE_OWNER}, {NULL, 0}};

static int env_error(pinion_diag *diag, const char *name, const char *value, const char *legal)
{
	pinion__diag_set(diag, -1, 0, "%s=%.80s: legal values are %s", name, value, legal);
	return PINION_ERR_SYNTAX;
}

static int read_word(const char *name, const struct word *words, int *value, const char *legal,
                     pinion_diag *diag)
{
	const char *text = getenv(name);

	if (!text || !*text)
		return 0;
	for (; words->name; words++)
		if (strcmp(text, words->name) == 0) {
			*value = words->value;
			return 0;
		}
	return env_error(diag, name, text, legal);
}

static int read_number(const char *name, long max, long *value, const char *legal,
                       pinion_diag *diag)
{
	const char *text = getenv(name);
	char *end;

	if (!text || !*text)
		return 0;
	long n = strtol(text, &end, 10);
	if (*end != '\0' || n < 0 || n > max)
		return env_error(diag, name, text, legal);
	*value = n;
	return 0;
}

static int read_workers(pinion_config *c, pinion_diag *diag)
{
	const char *text = getenv("PINION_WORKERS");
	long workers = c->workers;

	if (text && strcmp(text, "inline") == 0) {
		c->inline_only = true;
		return 0;
	}
	int error = read_number("PINION_WORKERS", 65534, &workers,
	                        "1 .. 65534, 0 for automatic, or inline", diag);
	c->workers = (int)workers;
	return error;
}

static int read_spin(pinion_config *c, pinion_diag *diag)
{
	long us = -1;
	int error =
	    read_number("PINION_SPIN_US", 1000000000, &us, "0 .. 1000000000 microseconds", diag);

	if (us >= 0)
		c->spin_ns = us == 0 ? 1 : (uint64_t)us * 1000; /* 0 would mean the default */
	return error;
}

int pinion_config_from_env(pinion_config *config, pinion_diag *diag)
{
	pinion_config c = *config;
	int bind = c.bind, placement = c.placement, schedule = c.schedule, error;
	const char *places = getenv("PINION_PLACES");

	if ((error = read_workers(&c, diag)) || (error = read_spin(&c, diag)) ||
	    (error = read_word("PINION_BIND", bind_words, &bind, "close, spread, none", diag)) ||
	    (error = read_word("PINION_PLACEMENT", placement_words, &placement, "prefer, strict, off",
	                       diag)) ||
	    (error = read_word("PINION_SCHEDULE", schedule_words, &schedule, "steal, owner", diag)))
		return error;
	if (places && *places)
		c.places = places;
	c.bind = (pinion_bind)bind;
	c.placement = (pinion_strictness)placement;
	c.schedule = (pinion_schedule)schedule;
	*config = c;
	return 0;
}
