/*
 * How large a problem is: the accepted rule where memory allows it, refused
 * with both numbers where the user asks for more than there is.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_SIZE_H
#define PINION_BENCH_SIZE_H

#include <pinion/base.h>

/* Of the memory that a process may use, the share that an automatic size takes at most. */
#define SIZE_AUTO_SHARE 0.6

/* What is known before anything is allocated. 0 bytes: unknown, sets no limit. */
struct size_facts {
	uint64_t llc_bytes;
	uint64_t memory_bytes;
};

/**
 * Elements per array of `arrays` equal arrays of doubles.
 *
 * @param asked  0: automatic.
 *
 * @return 0 with *elements >= 1; PINION_ERR_NOMEM when `asked` needs more than memory_bytes: diag
 *          has both numbers.
 */
int size_vectors(const struct size_facts *facts, int arrays, size_t asked, size_t *elements,
                 pinion_diag *diag);

/**
 * Sides of a 27-point problem with `vectors` vectors beside the matrix.
 *
 * @param grid       asked at entry, all 0: automatic; chosen at return.
 * @param most_side  of an automatic cube.
 *
 * @return 0; PINION_ERR_ARG (one side is 0 and another is not); PINION_ERR_RANGE (too many points);
 *         PINION_ERR_NOMEM as above.
 */
int size_grid(const struct size_facts *facts, int vectors, size_t most_side, size_t grid[3],
              pinion_diag *diag);

/** Side of the smallest cube (a multiple of 8) whose matrix is larger than the last-level cache. */
size_t size_cube_beyond_cache(uint64_t llc_bytes);

/**
 * Refuse `bytes` for `what` when memory does not hold it. @return 0 or PINION_ERR_NOMEM with
 * diag.
 */
int size_check(const struct size_facts *facts, double bytes, const char *what, pinion_diag *diag);

/* Text of a number of bytes: "3.0 GiB". */
struct size_text {
	char text[24];
};
struct size_text size_text(double bytes);

#endif
