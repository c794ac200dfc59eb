/*
 * Signal handlers: they touch only sig_atomic_t words and pointers that are set
 * in one store each, and call only async-signal-safe functions.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/signals.h"

#include "cli/command.h"

#include <string.h>
#include <unistd.h>

#define FILES 8

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

/* A name stays valid until after its pointer is NULL again, so the handler may use what it
 * finds. */
static volatile sig_atomic_t stop, graceful_phase, child_group;
static const char *volatile unfinished[FILES];

static void say(const char *text)
{
	ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
	(void)ignored;
}

static void remove_unfinished(void)
{
	for (int i = 0; i < FILES; i++)
		if (unfinished[i] != NULL)
			unlink(unfinished[i]);
}

/* Ends by the signal itself, once the handler returns and the signal is unblocked. */
static void end_by(int number)
{
	if (child_group > 0)
		kill(-(pid_t)child_group, SIGKILL);
	signal(number, SIG_DFL);
	raise(number);
}

static void on_signal(int number)
{
	if (graceful_phase && stop == 0 && number != SIGPIPE) {
		stop = number;
		say("\npinion: interrupted: ending after the step that runs now; once more kills\n");
		return;
	}
	remove_unfinished();
	if (graceful_phase || number == SIGPIPE) {
		end_by(number);
		return;
	}
	say("\npinion: interrupted\n");
	_exit(EXIT_INTERRUPTED);
}

void signals_install(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
		sigaddset(&action.sa_mask, caught[i]);
	for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++) {
		struct sigaction now;
		if (sigaction(caught[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaction(caught[i], &action, NULL);
	}
}

void signals_graceful(bool graceful)
{
	graceful_phase = graceful;
}

const volatile sig_atomic_t *signals_stop(void)
{
	return &stop;
}

void signals_child(pid_t group)
{
	child_group = (sig_atomic_t)group;
}

bool signals_remember(const char *path)
{
	for (int i = 0; i < FILES; i++)
		if (unfinished[i] == NULL) {
			unfinished[i] = path;
			return true;
		}
	return false;
}

void signals_forget(const char *path)
{
	for (int i = 0; i < FILES; i++)
		if (unfinished[i] == path)
			unfinished[i] = NULL;
}
