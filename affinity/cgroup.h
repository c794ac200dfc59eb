/*
 * Where this process stands in the control-group trees, versions 1 and 2.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_AFFINITY_CGROUP_H
#define PINION_AFFINITY_CGROUP_H

#include "affinity/os.h"

enum { PINION__PATH_MAX = 4096 };

/* A directory of one controller's tree, and how far up we can see. */
struct pinion__cgroup {
	char dir[PINION__PATH_MAX];
	size_t mount; /* length of the mount point, where the way up ends */
	bool v2;
};

/*
 * Find the directory of this process in the tree that carries `controller` ("cpuset", "cpu").
 * On a mixed system a controller lives in one tree only: version 1 when it is listed there.
 *
 * @return 0, -ENOENT when no tree carries it, or another negative errno.
 */
int pinion__cgroup_find(const struct pinion__os *os, const char *controller,
                        struct pinion__cgroup *out);

/* One directory up. False at the mount point. */
bool pinion__cgroup_up(struct pinion__cgroup *at);

/*
 * Read a file of the directory, without its final newline. `path` receives its name.
 *
 * @return its length or a negative errno.
 */
int pinion__cgroup_read(const struct pinion__os *os, const struct pinion__cgroup *at,
                        const char *file, char *text, size_t bytes, char path[PINION__PATH_MAX]);

#endif
