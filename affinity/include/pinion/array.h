/*
 * Memory laid out by a partition: one address range, one binding per block.
 *
 * Creating an array reserves and binds; it touches no page. Pages appear when
 * the owners populate them, pinion_array_prefault() in <pinion/engine.h> does
 * that in parallel. What the kernel granted is recorded per block, and the
 * audit asks the kernel where every page is.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_ARRAY_H
#define PINION_ARRAY_H

#include <pinion/partition.h>

PINION_BEGIN_DECLS

typedef struct pinion_array pinion_array;

typedef enum pinion_home {
	PINION_HOME_PREFERRED = 0, /* each block on its home node, elsewhere when that is full */
	PINION_HOME_BIND,          /* each block on its home node or nowhere: audited, then bound */
	PINION_HOME_INTERLEAVE,    /* page by page over all allowed nodes */
	PINION_HOME_TOUCH,         /* no binding: where the first writer runs */
} pinion_home;

typedef enum pinion_pages {
	PINION_PAGES_AUTO = 0, /* transparent huge pages where neighbouring blocks of one home hold at least one */
	PINION_PAGES_BASE,     /* base pages only */
	PINION_PAGES_THP,      /* ask for transparent huge pages everywhere */
} pinion_pages;

typedef struct pinion_array_options {
	size_t size;         /* sizeof(pinion_array_options) */
	pinion_home home;
	pinion_pages pages;
	bool strict;         /* a refused binding is an error instead of a recorded shortfall */
} pinion_array_options;

#define PINION_ARRAY_OPTIONS_INIT {sizeof(pinion_array_options), PINION_HOME_PREFERRED, PINION_PAGES_AUTO, false}

/* Where the pages of an array are, as the kernel says. A page that holds bytes of two blocks with
 * different homes counts in `shared` and at home if it is at either. */
typedef struct pinion_audit {
	size_t page_bytes;  /* granularity of the question */
	size_t pages;       /* pages that hold elements */
	size_t at_home;     /* of these, present on the home node of their block */
	size_t away;        /* present on another node */
	size_t absent;      /* not present: never touched, or swapped out */
	size_t unknown;     /* the kernel would not say */
	size_t shared;      /* see above; also counted in one of the four before */
	double percent_home;/* 100 * at_home / (pages - absent), 100 when no page is present */
	char reason[128];   /* why something is unknown, or empty */
} pinion_audit;

/**
 * A good granule for a partition whose arrays have elements of `elem_bytes` bytes.
 *
 * Borders then fall on 2 MiB where a block holds at least 8 MiB, so that each block has huge pages of
 * its own up to its ends; on base pages where it holds at least four; else on cache lines, and pages
 * are shared. With several arrays on one partition, the one with the smallest elements decides.
 *
 * @param placement   whose seats will own the blocks.
 * @param n           number of indexes.
 * @param elem_bytes  bytes per element, at least 1.
 *
 * @return indexes per granule, at least 1.
 *
 * Threads:   any.
 * Since:     0.1
 */
PINION_API size_t pinion_array_granule(const pinion_placement *placement, size_t n, size_t elem_bytes);

/**
 * Reserve and bind memory for the indexes of a partition.
 *
 * Element i lives at data + i * elem_bytes. The range starts on a 2 MiB border. Block borders are exact in
 * elements; a border that falls inside a page leaves that page to the block that owns its first byte.
 *
 * @param out         receives the array; untouched on failure.
 * @param partition   the layout; the array keeps its own hold.
 * @param elem_bytes  bytes per element, at least 1.
 * @param options     NULL is the default.
 * @param diag        receives what was refused. May be NULL.
 *
 * @return 0                   usable; pinion_array_shortfall() tells whether every binding was granted.
 * @return PINION_ERR_ARG      options or elem_bytes make no sense.
 * @return PINION_ERR_RANGE    size * elem_bytes does not fit the address space.
 * @return PINION_ERR_NOMEM    no memory or address space.
 * @return PINION_ERR_PLACE    strict, and a binding was refused or the machine is not this one.
 *
 * Threads:   any.
 * Blocking:  a few system calls per block.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_array_create(pinion_array **out,
                                                     const pinion_partition *partition,
                                                     size_t elem_bytes,
                                                     const pinion_array_options *options,
                                                     pinion_diag *diag);

/** Unmap and free. Nobody may be using the memory. NULL is fine. */
PINION_API void pinion_array_destroy(pinion_array *array);

/** First element. Zero-filled at first; NULL only for an array of 0 elements. */
PINION_API void *pinion_array_data(const pinion_array *array);

/** Bytes per element, bytes in all, and the layout (borrowed; lives as long as the array). */
PINION_API size_t pinion_array_elem_bytes(const pinion_array *array);
PINION_API size_t pinion_array_bytes(const pinion_array *array);
PINION_API const pinion_partition *pinion_array_partition(const pinion_array *array);

/**
 * Make the pages of one block present, from the calling thread; existing content stays.
 *
 * A kernel before 5.14 cannot be asked for this. Each page is written there, and where memory is
 * exhausted that ends as any other store would.
 *
 * @return 0                  present.
 * @return PINION_ERR_NOMEM   the node, or all memory, is exhausted; nothing was killed.
 * @return PINION_ERR_SYSTEM  another failure.
 *
 * Threads:   any; different blocks may be populated at the same time. Run it on the owner: where the
 *            binding was refused, the first touch decides.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_array_populate(pinion_array *array, size_t block);

/**
 * After all blocks are populated: with PINION_HOME_BIND, audit and then bind what is at home.
 *
 * Neighbouring blocks with the same home are one piece here: bound together or not at all. The other
 * homes have nothing to seal. pinion_array_shortfall() counts from here on what could not be bound
 * for good.
 *
 * @param array  every block populated.
 * @param diag   receives the first piece that is not at home. May be NULL.
 *
 * @return 0                  all that the kernel lets us bind is bound.
 * @return PINION_ERR_NOMEM   pages are not at home: the node is exhausted; diag has node and count. Under
 *                            strict placement the caller destroys the array. Or no memory to look.
 * @return PINION_ERR_STATE   some page is not present.
 * @return PINION_ERR_PLACE   strict, and the audit or the binding was refused.
 *
 * Threads:   one, when nobody populates or audits.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_array_seal(pinion_array *array, pinion_diag *diag);

/** Number of blocks whose binding was refused, and one reason (NULL when there is none). */
PINION_API size_t pinion_array_shortfall(const pinion_array *array, const char **reason);

/**
 * Ask the kernel where every page is (move_pages).
 *
 * @param array     the array.
 * @param audit     receives the totals.
 * @param per_node  receives pages per logical node, `nodes` numbers; NULL with 0 when not wanted.
 * @param nodes     length of per_node; nodes beyond it are counted in audit only.
 *
 * @return 0, or PINION_ERR_NOMEM. A kernel that refuses gives 0 with audit->unknown > 0 and a reason.
 *
 * Threads:   any.
 * Blocking:  one system call per 4096 pages.
 * Since:     0.1
 */
PINION_API PINION_MUST_CHECK int pinion_array_audit(const pinion_array *array, pinion_audit *audit,
                                                    size_t *per_node, int nodes);

/** The same for one block; what a test of a partition asks. */
PINION_API PINION_MUST_CHECK int pinion_array_audit_block(const pinion_array *array, size_t block,
                                                          pinion_audit *audit);

PINION_END_DECLS

#endif
