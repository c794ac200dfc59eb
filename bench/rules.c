/*
 * Judging STREAM.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/rules.h"

#include "bench/size.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ACCEPTED_FACTOR 3.8
#define TICKS_PER_RUN   20
#define RUNS_AT_LEAST   2

__attribute__((format(printf, 3, 4))) static void append(char *text, size_t bytes,
                                                         const char *format, ...)
{
	size_t length = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + length, bytes - length, format, args);
	va_end(args);
}

static void judge_size(const struct rules_facts *f, char *text, size_t bytes)
{
	double have = 8.0 * (double)f->elements, need = 4.0 * (double)f->llc_bytes;
	double room = SIZE_AUTO_SHARE * (double)f->memory_bytes / f->arrays;

	if (f->llc_bytes == 0) {
		append(text, bytes, "; the size of the last-level cache is unknown");
		return;
	}
	if (have >= ACCEPTED_FACTOR * (double)f->llc_bytes)
		return;
	append(text, bytes, "; arrays of %s must be >= 4 x last-level cache = %s", size_text(have).text,
	       size_text(need).text);
	if (f->memory_bytes == 0)
		return;
	if (room >= need)
		append(text, bytes, ", and memory allows it");
	else
		append(text, bytes, ", but memory allows only %s per array", size_text(room).text);
}

bool rules_stream(const struct rules_facts *f, char *verdict, size_t bytes)
{
	char text[256] = "";

	judge_size(f, text, sizeof text);
	if (f->runs < RUNS_AT_LEAST)
		append(text, sizeof text, "; at least %d runs are needed, there was %d", RUNS_AT_LEAST,
		       f->runs);
	if (f->min_ns < TICKS_PER_RUN * f->tick_ns)
		append(text, sizeof text, "; a run of %.0f ns is shorter than %d clock ticks of %.0f ns",
		       f->min_ns, TICKS_PER_RUN, f->tick_ns);
	if (text[0] == '\0')
		snprintf(verdict, bytes, f->tuned ? "conforming, as a tuned variant" : "conforming");
	else
		snprintf(verdict, bytes, "not conforming: %s", text + 2);
	return text[0] == '\0';
}

double rules_clock_tick_ns(void)
{
	double tick = 1e9;

	for (int i = 0; i < 20; i++) {
		struct timespec from, to;

		clock_gettime(CLOCK_MONOTONIC, &from);
		do
			clock_gettime(CLOCK_MONOTONIC, &to);
		while (to.tv_sec == from.tv_sec && to.tv_nsec == from.tv_nsec);

		double ns = (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
		tick = ns < tick ? ns : tick;
	}
	return tick;
}
