/*
 * Ctrl-C in every phase.
 *
 * A process has one set of signal handlers, so this file is the one place of
 * the command that keeps state of its own. There are two phases:
 *
 *   at once     (from the start) nothing is worth finishing: the first signal
 *               removes unfinished output files and ends the process.
 *   graceful    (while workloads run) the first signal asks the run to end
 *               between two of its steps; the second ends the process at once,
 *               and kills the program that a workload started.
 *
 * Both end with exit code 130 and a message. A second signal in the graceful phase
 * kills by the signal itself, so that the shell sees it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_CLI_SIGNALS_H
#define PINION_CLI_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* Catch SIGINT, SIGTERM, SIGHUP and SIGPIPE; the phase is "at once". A signal that the caller
 * ignores (nohup) stays ignored. */
void signals_install(void);

/* Enter or leave the graceful phase. */
void signals_graceful(bool graceful);

/* Non-zero once a signal has asked for the end: the signal's number. */
const volatile sig_atomic_t *signals_stop(void);

/* The process group that a second signal kills; 0 for none. */
void signals_child(pid_t group);

/* A file to remove when a signal ends the process; false when there is no room for another.
 * The text is borrowed until it is forgotten. */
bool signals_remember(const char *path);
void signals_forget(const char *path);

#endif
