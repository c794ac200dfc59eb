/*
 * Messages and numbers as people read them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/command.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

void message_error(const char *format, ...)
{
	va_list list;
	va_start(list, format);
	fputs("pinion: ", stderr);
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
	va_end(list);
}

/* The text on a line of its own, and below it a caret under the fault. */
static void underline(const char *text, const pinion_diag *diag)
{
	int length = (int)strlen(text);
	if (diag->offset < 0 || diag->offset > length || strchr(text, '\n') != NULL)
		return;
	fprintf(stderr, "        %s\n        %*s^", text, diag->offset, "");
	for (int i = 1; i < diag->length && diag->offset + i < length; i++)
		fputc('~', stderr);
	fputc('\n', stderr);
}

void message_diag(const char *where, const char *text, const pinion_diag *diag)
{
	if (where != NULL)
		message_error("%s: %s", where, diag->text);
	else
		message_error("%s", diag->text);
	if (text != NULL)
		underline(text, diag);
	if (diag->note[0] != '\0')
		fprintf(stderr, "  note: %s\n", diag->note);
}

void message_line(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "%s\n", line);
}

int exit_of(int error)
{
	switch (error) {
	case PINION_OK:
		return EXIT_FINE;
	case PINION_ERR_ARG:
	case PINION_ERR_SYNTAX:
	case PINION_ERR_IO:
	case PINION_ERR_UNSUPPORTED:
		return EXIT_USAGE;
	case PINION_ERR_PLACE:
	case PINION_ERR_PERM:
	case PINION_ERR_RANGE:
		return EXIT_PLACEMENT;
	case PINION_ERR_CANCELED:
		return EXIT_INTERRUPTED;
	default:
		return EXIT_RUN_FAILED;
	}
}

const char *text_bytes(char buffer[TEXT_NUMBER], double bytes)
{
	static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	int u = 0;
	while (bytes >= 1024 && u < 5) {
		bytes /= 1024;
		u++;
	}
	snprintf(buffer, TEXT_NUMBER, u == 0 ? "%.0f %s" : "%.1f %s", bytes, unit[u]);
	return buffer;
}

const char *text_time(char buffer[TEXT_NUMBER], double ns)
{
	static const char *const unit[] = {"ns", "us", "ms", "s"};
	int u = 0;
	while (ns >= 1000 && u < 3) {
		ns /= 1000;
		u++;
	}
	snprintf(buffer, TEXT_NUMBER, ns < 10 ? "%.2f %s" : "%.1f %s", ns, unit[u]);
	return buffer;
}

uint64_t clock_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
