/*
 * Progress on standard error: one line that rewrites itself on a terminal, plain
 * lines elsewhere, nothing with --quiet.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/cli/command.h"

#include <pty.h>
#include <unistd.h>

#define ARGUMENTS "bench", "dot", "triad", "--size", "64KiB", "--runs=20"

static void terminal(void)
{
	int ours, theirs;
	char text[65536];
	if (openpty(&ours, &theirs, NULL, NULL, NULL) != 0)
		LEAVE("there is no terminal to be had");
	setenv("TERM", "xterm", 1);
	struct answer a =
	    run_with(&(struct setting){.errors = theirs}, (const char *const[]){ARGUMENTS, NULL});
	close(theirs);
	CHECK_CODE(a, 0);
	ssize_t length = read(ours, text, sizeof text - 1);
	CHECK_INT(length, >, 0);
	text[length] = '\0';
	CHECK_CONTAINS(text, "\r\033[K[1/2] dot: ");
	CHECK_CONTAINS(text, "[2/2] triad: ");
	/* Nothing of it stays: the last thing is to clear the line. */
	CHECK(length > 4 && strcmp(text + length - 4, "\r\033[K") == 0);
	CHECK(strchr(text, '\n') == NULL);
	close(ours);
}

static void plain(void)
{
	struct answer a = pinion(ARGUMENTS);
	CHECK_CODE(a, 0);
	CHECK(strncmp(a.err, "[1/2] dot\n", 10) == 0);
	CHECK_CONTAINS(a.err, "\n[2/2] triad\n");
	CHECK(strchr(a.err, '\r') == NULL && strchr(a.err, '\033') == NULL);
}

static void quiet(void)
{
	struct answer a = pinion(ARGUMENTS, "--quiet");
	CHECK_CODE(a, 0);
	CHECK_STR(a.err, "");
}

TESTS({"terminal", terminal}, {"plain", plain}, {"quiet", quiet})
