/*
 * Small helpers that several tests share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/support.h"

#include "tests/support/check.h"

const char *support_machine(const char *name)
{
	static char source[512];
	snprintf(source, sizeof source, "xml:%s/machines/%s.xml", PINION_TEST_FIXTURES, name);
	return source;
}

pinion_topology *support_load(const char *source)
{
	pinion_topology *topology = NULL;
	pinion_diag diag = {0};
	if (pinion_topology_load(&topology, source, &diag) != PINION_OK) {
		fprintf(stderr, "%s: %s\n", source, diag.text);
		exit(1);
	}
	return topology;
}
