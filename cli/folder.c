/*
 * Output folders.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/folder.h"

#include "cli/command.h"
#include "cli/report.h"
#include "cli/session.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* %t is the time, %h the host, %% a percent sign; any other % stands for itself. */
static size_t expand_one(char letter, const struct record *record, char *to, size_t bytes)
{
	time_t now = time(NULL);
	struct tm local;
	if (letter == 't' && localtime_r(&now, &local) != NULL)
		return strftime(to, bytes, "%Y%m%d-%H%M%S", &local);
	if (letter == 'h')
		return (size_t)snprintf(to, bytes, "%s", record->host);
	return (size_t)snprintf(to, bytes, letter == '%' ? "%%" : "%%%c", letter);
}

static char *expand(const char *text, const struct record *record)
{
	size_t room = strlen(text) + 1, used = 0;
	for (const char *p = text; *p != '\0'; p++)
		room += *p == '%' ? sizeof record->host : 0;
	char *path = calloc(room, 1);
	for (; path != NULL && *text != '\0'; text++) {
		if (*text == '%' && text[1] != '\0')
			used += expand_one(*++text, record, path + used, room - used);
		else
			path[used++] = *text;
	}
	return path;
}

static bool open_in(const char *folder, const char *name, struct output *output)
{
	char *path;
	if (asprintf(&path, "%s/%s", folder, name) < 0) {
		message_error("out of memory");
		return false;
	}
	bool good = output_open(output, path);
	free(path);
	return good;
}

static void abandon(struct folder *f)
{
	output_abandon(&f->text);
	output_abandon(&f->json);
	free(f->path);
	f->path = NULL;
}

bool folder_open(struct folder *folder, const struct record *record)
{
	const pinion_job *job = record->job;
	*folder = (struct folder){.path = NULL};
	if (job->output_dir == NULL)
		return true;
	folder->path = expand(job->output_dir, record);
	bool good = folder->path != NULL && output_directory(folder->path);
	if (good && job->output_text)
		good = open_in(folder->path, "report.txt", &folder->text);
	if (good && job->output_json)
		good = open_in(folder->path, "report.json", &folder->json);
	if (!good)
		abandon(folder);
	return good;
}

int folder_close(struct folder *folder, const struct record *record, bool complete)
{
	bool good = true;
	if (complete && folder->text.stream != NULL) {
		report_all(record, folder->text.stream);
		good &= output_commit(&folder->text);
	}
	if (complete && folder->json.stream != NULL) {
		report_write(record, folder->json.stream);
		good &= output_commit(&folder->json);
	}
	if (good && complete && folder->path != NULL)
		fprintf(stderr, "pinion: the reports are in %s\n", folder->path);
	abandon(folder);
	return !good && record->exit_code == EXIT_FINE ? EXIT_RUN_FAILED : record->exit_code;
}
