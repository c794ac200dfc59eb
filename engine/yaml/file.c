/*
 * Reading a whole job file, and refusing what is no text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/source.h"

#include "affinity/port.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char out_of_memory[] = "out of memory";

/* Texts of the failures that a user meets; the rest is told by its name. */
static const char *open_failure(int error)
{
	switch (error) {
	case ENOENT:
		return "no such file";
	case EACCES:
		return "permission denied";
	case ENOTDIR:
		return "no such file: a part of its path is not a directory";
	case ENAMETOOLONG:
		return "the name is too long";
	case EISDIR:
		return "is a directory; name a job file";
	case ENOMEM:
		return out_of_memory;
	default:
		return strerrordesc_np(error) ? strerrordesc_np(error) : "cannot be read";
	}
}

/* Grow the buffer to twice its room. */
static bool grow(char **buffer, size_t used, size_t *room)
{
	size_t more = *room ? *room * 2 : 64 * 1024;
	char *bigger = pinion__alloc(more);
	if (!bigger)
		return false;
	if (used > 0)
		memcpy(bigger, *buffer, used);
	pinion__free(*buffer);
	*buffer = bigger;
	*room = more;
	return true;
}

static const char *read_all(int fd, char **buffer, size_t *used)
{
	size_t room = 0;
	for (;;) {
		if (*used == room && !grow(buffer, *used, &room))
			return out_of_memory;
		ssize_t got = read(fd, *buffer + *used, room - *used);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return open_failure(errno);
		*used += (size_t)got;
		if (*used > SOURCE_MAX_BYTES)
			return "is larger than 16 MiB; this is not a job file";
		if (got == 0)
			return NULL;
	}
}

static const char *no_text(const char *text, size_t bytes)
{
	if (bytes >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
		return "is UTF-16 text; save it as UTF-8";
	if (bytes > 0 && memchr(text, 0, bytes))
		return "is not text: it holds zero bytes";
	return NULL;
}

static const char *open_file(const char *path, int *fd)
{
	struct stat info;
	*fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 || fstat(*fd, &info) != 0)
		return open_failure(errno);
	return S_ISDIR(info.st_mode) ? open_failure(EISDIR) : NULL;
}

const char *pinion__source_load(struct source *source, struct arena *arena, const char *path)
{
	int fd = -1;
	char *buffer = NULL;
	size_t used = 0;
	const char *problem = open_file(path, &fd);
	if (!problem)
		problem = read_all(fd, &buffer, &used);
	if (!problem)
		problem = no_text(buffer, used);
	if (!problem) {
		size_t mark = used >= 3 && memcmp(buffer, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
		const char *name = fd == STDIN_FILENO ? "standard input" : path;
		if (!pinion__source_init(source, arena, name, 0, buffer + mark, used - mark))
			problem = out_of_memory;
	}
	if (problem == out_of_memory)
		arena->failed = true;
	if (fd > STDIN_FILENO)
		close(fd);
	pinion__free(buffer);
	return problem;
}
