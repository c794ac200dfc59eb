/*
 * Reading places: the cursor that the dialects share. Each reader appends
 * places to `out` and, on a fault, fills the diagnostic with its position in
 * the whole text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_AFFINITY_CPUS_READ_H
#define PINION_AFFINITY_CPUS_READ_H

#include "affinity/cpus.h"

struct pinion__reader {
	const pinion_topology *topology;
	pinion_cpus *out;
	const char *text; /* the whole */
	const char *at;   /* next byte to read */
	pinion_diag *diag;
};

enum { PINION__PLACES_MAX = 1 << 16 };

/* Fill the diagnostic for the bytes from `from` to `to` and return `error`. */
__attribute__((format(printf, 5, 6)))
int pinion__reader_fail(const struct pinion__reader *r, int error, const char *from, const char *to,
                        const char *format, ...);

/* The end of the word or sign at `from`, to underline when it should not be there. */
const char *pinion__reader_word(const char *from);

void pinion__reader_skip(struct pinion__reader *r); /* white space */
bool pinion__reader_take(struct pinion__reader *r, char sign); /* and this sign, if next */

/* A number without sign; `what` names it in the error. */
int pinion__reader_number(struct pinion__reader *r, const char *what, int *value);

/* Check that a processor exists and is allowed; if not, the bytes from..to are to blame. */
int pinion__reader_cpu(const struct pinion__reader *r, long cpu, const char *from, const char *to);

/* Append a place; the bytes from..to are to blame when it is empty or one too many. */
int pinion__reader_place(struct pinion__reader *r, hwloc_const_bitmap_t place, const char *from,
                         const char *to);

/* "{0:4}:2:4,{1}" */
int pinion__read_omp(struct pinion__reader *r);

/* "package:0.core:0-3 numa:1.pu:all" */
int pinion__read_tuples(struct pinion__reader *r);

#endif
