/*
 * Sizes. Estimates are in double, so that an absurd request cannot overflow its
 * way past the check.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/size.h"

#include <stdio.h>

/* Where the machine does not tell its cache: larger than any common one. */
#define UNKNOWN_CACHE_ELEMENTS ((size_t)1 << 26)

struct size_text size_text(double bytes)
{
	static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	struct size_text t;
	size_t u = 0;

	while (bytes >= 1024 && u + 1 < sizeof unit / sizeof unit[0]) {
		bytes /= 1024;
		u++;
	}
	if (u == 0)
		snprintf(t.text, sizeof t.text, "%.0f B", bytes);
	else
		snprintf(t.text, sizeof t.text, bytes < 1e6 ? "%.1f %s" : "%.3g %s", bytes, unit[u]);
	return t;
}

/* What an explicit request may use: all memory, and in any case no more than one object can be. */
static double most_bytes(const struct size_facts *facts)
{
	double address_space = (double)(SIZE_MAX / 2), memory = (double)facts->memory_bytes;

	return facts->memory_bytes == 0 || memory > address_space ? address_space : memory;
}

int size_check(const struct size_facts *facts, double bytes, const char *what, pinion_diag *diag)
{
	if (bytes <= most_bytes(facts))
		return 0;
	*diag = (pinion_diag){.offset = -1};
	snprintf(diag->text, sizeof diag->text, "%s would take %s; this process may use %s", what,
	         size_text(bytes).text, size_text(most_bytes(facts)).text);
	snprintf(diag->note, sizeof diag->note, "ask for a smaller size, or leave it automatic");
	return PINION_ERR_NOMEM;
}

/* Elements of 8 bytes per array that STREAM's rule asks for: 4 times the last-level cache; 0 when
 * that is unknown. */
static size_t rule_elements(uint64_t llc_bytes)
{
	return (size_t)(llc_bytes / 2 + (llc_bytes % 2 != 0));
}

int size_vectors(const struct size_facts *facts, int arrays, size_t asked, size_t *elements,
                 pinion_diag *diag)
{
	size_t rule = rule_elements(facts->llc_bytes);
	double most = SIZE_AUTO_SHARE * most_bytes(facts) / (8.0 * arrays);
	char what[64];

	if (asked == 0) {
		rule = rule != 0 ? rule : UNKNOWN_CACHE_ELEMENTS;
		*elements = (double)rule <= most ? rule : most >= 1 ? (size_t)most : 1;
		return 0;
	}
	snprintf(what, sizeof what, "%d array%s of %zu doubles", arrays, arrays == 1 ? "" : "s", asked);
	*elements = asked;
	return size_check(facts, (double)asked * 8.0 * arrays, what, diag);
}

/* Bytes of a 27-point matrix in compressed rows; a side of n has 3 n - 2 pairs of neighbours. */
static double grid_matrix_bytes(const size_t grid[3])
{
	double rows = (double)grid[0] * (double)grid[1] * (double)grid[2];
	double entries = 1;

	for (int d = 0; d < 3; d++)
		entries *= 3.0 * (double)grid[d] - 2.0;
	return 8.0 * (rows + 1) + 12.0 * entries;
}

size_t size_cube_beyond_cache(uint64_t llc_bytes)
{
	size_t grid[3] = {64, 64, 64};

	while (grid_matrix_bytes(grid) <= (double)llc_bytes)
		grid[0] = grid[1] = grid[2] = grid[0] + 8;
	return grid[0];
}

/* At its peak a workload holds the matrix twice: as generated, and as laid out. */
static double grid_bytes(const size_t grid[3], int vectors)
{
	double rows = (double)grid[0] * (double)grid[1] * (double)grid[2];

	return 2 * grid_matrix_bytes(grid) + 8.0 * rows * vectors;
}

int size_grid(const struct size_facts *facts, int vectors, size_t most_side, size_t grid[3],
              pinion_diag *diag)
{
	char what[96];

	if (grid[0] == 0 && grid[1] == 0 && grid[2] == 0) {
		double most = SIZE_AUTO_SHARE * most_bytes(facts);

		grid[0] = grid[1] = grid[2] = most_side;
		while (grid[0] > 1 && grid_bytes(grid, vectors) > most)
			grid[0] = grid[1] = grid[2] = grid[0] - 1;
		return 0;
	}
	*diag = (pinion_diag){.offset = -1};
	snprintf(what, sizeof what, "a 27-point problem of %zu x %zu x %zu", grid[0], grid[1], grid[2]);
	if (grid[0] == 0 || grid[1] == 0 || grid[2] == 0) {
		snprintf(diag->text, sizeof diag->text, "%s has no points; every side is at least 1", what);
		return PINION_ERR_ARG;
	}
	if ((double)grid[0] * (double)grid[1] * (double)grid[2] > 4294967295.0) {
		snprintf(diag->text, sizeof diag->text, "%s has more than 2^32 - 1 points", what);
		return PINION_ERR_RANGE;
	}
	return size_check(facts, grid_bytes(grid, vectors), what, diag);
}
