/*
 * fork, exec, read until the end, wait.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/bench/run_program.h"

#include "tests/support/check.h"

#include <sys/wait.h>
#include <unistd.h>

static char *read_all(int fd)
{
	size_t length = 0, room = 65536;
	char *text = malloc(room);
	ssize_t got;

	CHECK(text != NULL);
	while ((got = read(fd, text + length, room - length - 1)) > 0) {
		length += (size_t)got;
		if (room - length < 4096) {
			room *= 2;
			text = realloc(text, room);
			CHECK(text != NULL);
		}
	}
	text[length] = '\0';
	return text;
}

int run_program(const char *const *argv, char **output)
{
	int ends[2], status;
	pid_t child;

	CHECK_INT(pipe(ends), ==, 0);
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(ends[1]);
	*output = read_all(ends[0]);
	close(ends[0]);
	CHECK_INT(waitpid(child, &status, 0), ==, child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
