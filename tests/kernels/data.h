/*
 * Where real matrices lie, for the cases that want them: never needed to pass.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_KERNELS_DATA_H
#define PINION_TESTS_KERNELS_DATA_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The path of `file` in $PINION_DATA_DIR, or in the folder beside the project. @return whether
 * it is there. */
static inline bool data_file(char *path, size_t bytes, const char *file)
{
	const char *given = getenv("PINION_DATA_DIR");
	snprintf(path, bytes, "%s/%s", given != NULL ? given : PINION_TEST_DATA, file);
	if (access(path, R_OK) == 0)
		return true;
	printf("  left out: no %s (PINION_DATA_DIR names the folder)\n", path);
	return false;
}

#endif
