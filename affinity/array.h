/*
 * The inside of an array, for the files that make, bind, populate and audit it.
 *
 * Glossary. A *page* is a base page of the machine; page i of an array holds
 * the bytes i * page_bytes .. (i + 1) * page_bytes - 1. The *own pages* of a
 * block are those whose first byte is the block's, so each page has one block
 * that answers for it, and a block smaller than a page may have none. A *run*
 * is a row of neighbouring blocks whose own pages have the same home; one run
 * is bound with one call and becomes one mapping of the kernel.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_AFFINITY_ARRAY_H
#define PINION_AFFINITY_ARRAY_H

#include "affinity/partition.h"

#include <pinion/array.h>

/* The range starts on this border, whatever the machine calls a huge page. */
#define PINION__ARRAY_ALIGN ((size_t)2 << 20)

struct pinion_array {
	/* fixed once made */
	pinion_partition *partition;
	const struct pinion__machine *machine; /* held by the partition */
	pinion_home home;
	pinion_pages pages;
	bool strict;
	size_t elem_bytes;
	size_t bytes; /* of all elements */
	size_t page_bytes;
	size_t page_count; /* pages that hold elements */
	char *base;        /* NULL when bytes is 0 */
	/* written while it is created and sealed */
	size_t refused;   /* blocks whose binding was refused */
	char reason[160]; /* the first refusal, or empty */
};

struct pinion__pages {
	size_t first, end; /* page numbers first .. end - 1 */
};

/* Own pages of a block; first == end when it has none. */
struct pinion__pages pinion__array_own_pages(const pinion_array *array, size_t block);

/* All pages that hold a byte of a block, the one it shares with the block before it included. */
struct pinion__pages pinion__array_touched_pages(const pinion_array *array, size_t block);

/* Ask the kernel for the layout, block by block; records refusals in the array. The first refusal
 * is PINION_ERR_PLACE when the array is strict. */
int pinion__array_bind(pinion_array *array, pinion_diag *diag);

/* Where the pages `range` are; per_node may be NULL. 0 or PINION_ERR_NOMEM. */
int pinion__array_audit_pages(const pinion_array *array, struct pinion__pages range,
                              pinion_audit *audit, size_t *per_node, int nodes);

#endif
