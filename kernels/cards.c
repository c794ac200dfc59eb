/*
 * What each kernel costs, as its accepted rule counts.
 *
 * STREAM counts every array once: 16 and 24 bytes. Plain stores also read each
 * line of the target before they write it, which the rule leaves out. A sparse
 * product is charged 12 bytes for a non-zero, its value and its column; what a
 * row costs beside (its start, x and y, 20 to 28 bytes) depends on the matrix
 * and is left out, so the rate is a lower bound. One iteration of conjugate
 * gradients is charged as its product.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/kernels.h>

#include <string.h>

/* 32768 doubles are 256 KiB of each array: some 20 microseconds, a thousand claims' cost, and small
 * enough to leave something to steal. Of a sparse matrix, 8192 non-zeros take half as long. */
static const pinion_card cards[] = {
    {"copy", 16, 24, 0, 32768},  {"scale", 16, 24, 1, 32768}, {"add", 24, 32, 1, 32768},
    {"triad", 24, 32, 2, 32768}, {"sum", 8, 8, 1, 32768},     {"dot", 16, 16, 2, 32768},
    {"spmv", 12, 12, 2, 8192},   {"cg", 12, 12, 2, 8192},
};

const pinion_card *pinion_card_find(const char *name)
{
	if (name == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof cards / sizeof cards[0]; i++)
		if (strcmp(cards[i].name, name) == 0)
			return &cards[i];
	return NULL;
}
