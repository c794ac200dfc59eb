/*
 * The atomic operations of the program that were met, and the orders that a mutation
 * gives them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_SITES_H
#define PINION_TESTS_MODEL_SITES_H

#include "tests/model/memory.h"

/* Notes the operation; puts the mutated order in. */
void site_visit(struct operation *op);

#endif
