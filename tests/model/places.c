/*
 * From addresses of the program to lines of its source, by addr2line.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/model/checker.h"

#define PER_CALL 400 /* addresses on one command line */

extern const char __executable_start[];

/* The wrappers say nothing about where an operation stands. */
static bool is_wrapper(const char *file)
{
	return strstr(file, "queues/atomic.h") != NULL || strstr(file, "stdatomic.h") != NULL;
}

static void copy_text(char *to, size_t bytes, const char *text)
{
	size_t length = strnlen(text, bytes - 1);

	memcpy(to, text, length);
	to[length] = '\0';
}

static void take(struct checker_place *place, const char *function, char *file)
{
	char *colon = strrchr(file, ':');

	if (colon != NULL)
		*colon++ = '\0';
	copy_text(place->function, sizeof place->function, function);
	copy_text(place->file, sizeof place->file, file);
	place->line = colon == NULL ? 0 : atoi(colon);
}

/* With -a an address opens each answer; then pairs of function and file:line, the
 * innermost first. */
static void parse(FILE *in, size_t n, struct checker_place *places)
{
	char function[512], file[PATH_MAX + 16];
	size_t next = 0;
	bool found = true;

	while (fgets(function, sizeof function, in) != NULL) {
		function[strcspn(function, "\n")] = '\0';
		if (strncmp(function, "0x", 2) == 0) {
			if (++next > n)
				return;
			found = false;
			continue;
		}
		if (fgets(file, sizeof file, in) == NULL)
			return;
		file[strcspn(file, "\n")] = '\0';
		if (found || next == 0)
			continue;
		take(&places[next - 1], function, file);
		found = !is_wrapper(places[next - 1].file);
	}
}

static void locate(const void *const *pc, size_t n, struct checker_place *places)
{
	char command[PER_CALL * 20 + PATH_MAX + 64], program[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
	int used;
	FILE *in;

	if (length < 0)
		return;
	program[length] = '\0';
	used = snprintf(command, sizeof command, "addr2line -a -i -f -e '%s'", program);
	/* The call lies in front of the address to which it returns. */
	for (size_t i = 0; i < n; i++)
		used += snprintf(command + used, sizeof command - (size_t)used, " %tx",
		                 (const char *)pc[i] - 1 - __executable_start);
	in = popen(command, "r");
	if (in == NULL)
		return;
	parse(in, n, places);
	pclose(in);
}

void checker_places(const void *const *pc, size_t n, struct checker_place *places)
{
	for (size_t i = 0; i < n; i++)
		places[i] = (struct checker_place){.function = "?", .file = "?"};
	for (size_t i = 0; i < n; i += PER_CALL)
		locate(pc + i, n - i < PER_CALL ? n - i : PER_CALL, places + i);
}

const char *checker_order_name(int order)
{
	static const char *const names[] = {"relaxed", "consume", "acquire",
	                                    "release", "acq_rel", "seq_cst"};

	return order >= 0 && order <= 5 ? names[order] : "?";
}
