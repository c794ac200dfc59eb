/*
 * Atomic output files.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/output.h"

#include "cli/command.h"
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool complain(const char *path, const char *what)
{
	message_error("%s: %s: %s", path, what, strerror(errno));
	return false;
}

/* A symbolic link stays one: the file that it names is replaced. */
static char *resolve(const char *path)
{
	char *real = realpath(path, NULL);
	return real != NULL ? real : strdup(path);
}

static char *temporary_beside(const char *path)
{
	const char *slash = strrchr(path, '/');
	int folder = slash == NULL ? 0 : (int)(slash - path) + 1;
	char *name;
	if (asprintf(&name, "%.*s.%s.unfinished-XXXXXX", folder, path, path + folder) < 0)
		return NULL;
	return name;
}

/* The rights that the finished file shall have: those of the file it replaces, or the usual
 * ones. */
static mode_t rights_of(const struct stat *old)
{
	if (old != NULL)
		return old->st_mode & 07777;
	mode_t mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

static bool open_temporary(struct output *o, const struct stat *old)
{
	o->temporary = temporary_beside(o->path);
	if (o->temporary == NULL)
		return complain(o->path, "cannot be written");
	int fd = mkostemp(o->temporary, O_CLOEXEC);
	if (fd < 0) {
		free(o->temporary);
		o->temporary = NULL;
		return complain(o->path, "cannot be written");
	}
	signals_remember(o->temporary);
	fchmod(fd, rights_of(old));
	o->stream = fdopen(fd, "w");
	if (o->stream == NULL)
		close(fd);
	return o->stream != NULL || complain(o->path, "cannot be written");
}

static bool open_direct(struct output *o)
{
	int fd = open(o->path, O_WRONLY | O_CLOEXEC);
	o->stream = fd < 0 ? NULL : fdopen(fd, "w");
	return o->stream != NULL || complain(o->path, "cannot be written");
}

static bool open_named(struct output *o)
{
	struct stat old;
	if (stat(o->path, &old) != 0)
		return open_temporary(o, NULL);
	if (S_ISDIR(old.st_mode)) {
		errno = EISDIR;
		return complain(o->path, "cannot be written");
	}
	return S_ISREG(old.st_mode) ? open_temporary(o, &old) : open_direct(o);
}

bool output_open(struct output *output, const char *path)
{
	*output = (struct output){NULL, NULL, NULL};
	if (path == NULL || strcmp(path, "-") == 0) {
		output->stream = stdout;
		return true;
	}
	errno = ENOENT;
	output->path = *path == '\0' ? NULL : resolve(path);
	if (output->path == NULL)
		return complain(*path == '\0' ? "''" : path, "cannot be written");
	if (open_named(output))
		return true;
	output_abandon(output);
	return false;
}

/* The new name itself must survive a crash too; a folder that cannot be synced is no failure. */
static void sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
	int fd = folder == NULL ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(folder);
}

static void forget(struct output *o)
{
	if (o->temporary != NULL)
		signals_forget(o->temporary);
	free(o->temporary);
	free(o->path);
	*o = (struct output){NULL, NULL, NULL};
}

/* Standard output stays open; main looks at it once more at the very end. */
static bool commit_standard(struct output *o)
{
	bool good = fflush(o->stream) == 0 && !ferror(o->stream);
	if (!good)
		complain("standard output", "cannot be written");
	forget(o);
	return good;
}

static bool write_out(struct output *o)
{
	bool good = fflush(o->stream) == 0 && !ferror(o->stream);
	if (good && o->temporary != NULL)
		good = fsync(fileno(o->stream)) == 0;
	int error = errno;
	if (fclose(o->stream) != 0 && good) {
		good = false;
		error = errno;
	}
	o->stream = NULL;
	errno = error;
	return good;
}

bool output_commit(struct output *output)
{
	if (output->path == NULL)
		return commit_standard(output);
	if (!write_out(output) ||
	    (output->temporary != NULL && rename(output->temporary, output->path) != 0)) {
		complain(output->path, "cannot be written");
		output_abandon(output);
		return false;
	}
	if (output->temporary != NULL)
		sync_folder(output->path);
	forget(output);
	return true;
}

void output_abandon(struct output *output)
{
	if (output->stream != NULL && output->path != NULL)
		fclose(output->stream);
	if (output->temporary != NULL)
		unlink(output->temporary);
	forget(output);
}

bool output_directory(const char *path)
{
	char *copy = strdup(path);
	if (copy == NULL)
		return complain(path, "cannot be made");
	bool good = true;
	for (char *p = copy + 1; good; p++) {
		if (*p != '/' && *p != '\0')
			continue;
		char kept = *p;
		*p = '\0';
		good = mkdir(copy, 0777) == 0 || errno == EEXIST;
		*p = kept;
		if (kept == '\0')
			break;
	}
	struct stat made;
	if (good && stat(copy, &made) == 0 && !S_ISDIR(made.st_mode)) {
		errno = ENOTDIR;
		good = false;
	}
	free(copy);
	return good || complain(path, "the output directory cannot be made");
}

bool sink_open(struct sink *sink, const struct option_optional *json)
{
	*sink = (struct sink){.json_wanted = json->given, .text = stdout};
	if (!json->given)
		return true;
	if (!output_open(&sink->json, json->value))
		return false;
	if (sink->json.path == NULL)
		sink->text = stderr;
	return true;
}

int sink_close(struct sink *sink, bool complete, int code)
{
	if (!sink->json_wanted)
		return code;
	if (!complete) {
		output_abandon(&sink->json);
		return code;
	}
	bool good = output_commit(&sink->json);
	return !good && code == EXIT_FINE ? EXIT_RUN_FAILED : code;
}
