/*
 * /proc/self/cgroup says where the process stands, as seen from the root of
 * each hierarchy; /proc/self/mountinfo says which part of a hierarchy is
 * mounted where. A container often sees only its own part: then the mounted
 * root is a prefix of the path and is taken off. A path outside the mounted
 * part ("/../x") leaves the mount point itself, the best that can be seen.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/cgroup.h"

#include "affinity/port.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_FIRST = 1 << 14, FILE_BYTES_MAX = 1 << 22 };

/* Whole content from pinion__alloc: a host with many containers has a long mountinfo. */
static int file_load(const struct pinion__os *os, const char *path, char **out)
{
	for (size_t bytes = FILE_BYTES_FIRST;; bytes *= 4) {
		char *text = pinion__alloc(bytes);
		if (!text)
			return -ENOMEM;
		int length = os->read_file(os, path, text, bytes);
		if (length >= 0 && ((size_t)length < bytes - 1 || bytes >= FILE_BYTES_MAX)) {
			*out = text;
			return 0;
		}
		pinion__free(text);
		if (length < 0)
			return length;
	}
}

/* Is `word` an element of the comma-separated list? */
static bool list_has(const char *list, size_t length, const char *word)
{
	size_t n = strlen(word);
	for (const char *at = list; at < list + length;) {
		const char *comma = memchr(at, ',', (size_t)(list + length - at));
		const char *end = comma ? comma : list + length;
		if ((size_t)(end - at) == n && memcmp(at, word, n) == 0)
			return true;
		at = end + 1;
	}
	return false;
}

/* Cut the next line off *text; NULL at the end. */
static char *line_next(char **text)
{
	char *line = *text;
	if (*line == '\0')
		return NULL;
	char *end = strchr(line, '\n');
	*text = end ? end + 1 : line + strlen(line);
	if (end)
		*end = '\0';
	return line;
}

/* Lines are "NUMBER:CONTROLLERS:PATH"; version 2 is number 0 without controllers. */
static char *own_path(char *text, const char *controller, bool *v2)
{
	char *unified = NULL;
	for (char *line; (line = line_next(&text)) != NULL;) {
		char *list = strchr(line, ':');
		char *path = list ? strchr(list + 1, ':') : NULL;
		if (!path)
			continue;
		if (list_has(list + 1, (size_t)(path - list - 1), controller)) {
			*v2 = false;
			return path + 1;
		}
		if (strncmp(line, "0::", 3) == 0)
			unified = path + 1;
	}
	*v2 = true;
	return unified;
}

/* Spaces and the like are written \040 in mountinfo. */
static void unescape(char *text)
{
	char *to = text;
	for (const char *from = text; *from; to++) {
		unsigned code;
		if (*from == '\\' && sscanf(from + 1, "%3o", &code) == 1 && strlen(from) >= 4) {
			*to = (char)code;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

struct mount {
	char *root, *point;
};

/* "ID PARENT DEVICE ROOT POINT OPTIONS [OPTIONAL...] - TYPE SOURCE SUPER-OPTIONS" */
static bool mount_parse(char *line, const char *controller, bool v2, struct mount *out)
{
	char *field[5] = {NULL}, *save = NULL;
	char *tail = strstr(line, " - ");
	if (!tail)
		return false;
	*tail = '\0';
	int n = 0;
	for (char *word = strtok_r(line, " ", &save); word && n < 5; word = strtok_r(NULL, " ", &save))
		field[n++] = word;
	char *type = strtok_r(tail + 3, " ", &save);
	char *device = type ? strtok_r(NULL, " ", &save) : NULL;
	char *options = device ? strtok_r(NULL, " ", &save) : NULL;
	if (n < 5 || !options)
		return false;
	if (strcmp(type, v2 ? "cgroup2" : "cgroup") != 0)
		return false;
	if (!v2 && !list_has(options, strlen(options), controller))
		return false;
	unescape(field[3]);
	unescape(field[4]);
	*out = (struct mount){field[3], field[4]};
	return true;
}

/* What is left of path below root, "" when it is root or outside of it. */
static const char *path_below(const char *path, const char *root)
{
	size_t n = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (strncmp(path, "/..", 3) == 0 || strncmp(path, root, n) != 0)
		return "";
	path += n;
	return *path == '/' && path[1] ? path : "";
}

static int directory_set(struct pinion__cgroup *out, const struct mount *mount, const char *path)
{
	const char *below = path_below(path, mount->root);
	int length = snprintf(out->dir, sizeof out->dir, "%s%s", mount->point, below);
	out->mount = strlen(mount->point);
	return length < (int)sizeof out->dir ? 0 : -ENAMETOOLONG;
}

int pinion__cgroup_find(const struct pinion__os *os, const char *controller,
                        struct pinion__cgroup *out)
{
	char *own = NULL, *mounts = NULL;
	int rc = file_load(os, "/proc/self/cgroup", &own);
	if (rc == 0)
		rc = file_load(os, "/proc/self/mountinfo", &mounts);
	if (rc < 0)
		goto out;
	rc = -ENOENT;
	char *path = own_path(own, controller, &out->v2);
	char *rest = mounts;
	for (char *line; path && (line = line_next(&rest)) != NULL;) {
		struct mount mount;
		if (mount_parse(line, controller, out->v2, &mount)) {
			rc = directory_set(out, &mount, path);
			break;
		}
	}
out:
	pinion__free(own);
	pinion__free(mounts);
	return rc;
}

bool pinion__cgroup_up(struct pinion__cgroup *at)
{
	size_t length = strlen(at->dir);
	if (length <= at->mount)
		return false;
	while (length > at->mount && at->dir[length - 1] != '/')
		length--;
	at->dir[length > at->mount ? length - 1 : length] = '\0';
	return true;
}

int pinion__cgroup_read(const struct pinion__os *os, const struct pinion__cgroup *at,
                        const char *file, char *text, size_t bytes, char path[PINION__PATH_MAX])
{
	if (snprintf(path, PINION__PATH_MAX, "%s/%s", at->dir, file) >= PINION__PATH_MAX)
		return -ENAMETOOLONG;
	int length = os->read_file(os, path, text, bytes);
	while (length > 0 && text[length - 1] == '\n')
		text[--length] = '\0';
	return length;
}
