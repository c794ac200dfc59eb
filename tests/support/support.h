/*
 * Small helpers that several tests share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_SUPPORT_H
#define PINION_TESTS_SUPPORT_H

#include <pinion/topology.h>

/* "xml:" and the path of tests/fixtures/machines/<name>.xml; lives until the next call. */
const char *support_machine(const char *name);

/* Load a topology that must load; the test ends with the diagnostic when it does not. */
pinion_topology *support_load(const char *source);

#endif
