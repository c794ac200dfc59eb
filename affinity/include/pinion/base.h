/*
 * Ground rules that every public header shares: error codes, the export mark,
 * and the diagnostic that points into the caller's text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BASE_H
#define PINION_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PINION_VERSION_MAJOR 0
#define PINION_VERSION_MINOR 1
#define PINION_VERSION_PATCH 0
#define PINION_VERSION_STRING "0.1.0"

#if defined(__GNUC__)
#define PINION_API __attribute__((visibility("default")))
#define PINION_MUST_CHECK __attribute__((warn_unused_result))
#else
#define PINION_API
#define PINION_MUST_CHECK
#endif

#ifdef __cplusplus
#define PINION_BEGIN_DECLS extern "C" {
#define PINION_END_DECLS }
#else
#define PINION_BEGIN_DECLS
#define PINION_END_DECLS
#endif

PINION_BEGIN_DECLS

/*
 * Errors are int: 0 is success, negative is one of these. A task or loop body
 * may return any positive int of its own; it travels through unchanged.
 */
enum pinion_error {
	PINION_OK = 0,
	PINION_ERR_ARG = -1,         /* an argument has no meaning */
	PINION_ERR_NOMEM = -2,       /* memory, or memory of the asked node, is exhausted */
	PINION_ERR_PERM = -3,        /* the kernel refused for lack of rights */
	PINION_ERR_STATE = -4,       /* not legal in the object's present state */
	PINION_ERR_RANGE = -5,       /* an index, size or number is out of range */
	PINION_ERR_SYNTAX = -6,      /* text that does not parse; the diagnostic says where */
	PINION_ERR_PLACE = -7,       /* placement impossible, or refused under strict */
	PINION_ERR_UNSUPPORTED = -8, /* this kernel, machine or build cannot do it */
	PINION_ERR_SYSTEM = -9,      /* another system call failed; the diagnostic has errno's text */
	PINION_ERR_CANCELED = -10,   /* the scope or loop was cancelled */
	PINION_ERR_FULL = -11,       /* a bounded container has no room */
	PINION_ERR_IO = -12,         /* a file cannot be read or written */
	PINION_ERR_FAILED = -13,     /* the computation ran and its result is not acceptable */
};

/**
 * Name an error in a few words.
 *
 * @return a constant string, never NULL: "unknown error" outside the enum.
 *
 * Threads:   any.
 * Since:     0.1
 */
PINION_API const char *pinion_strerror(int error);

/** Version of the library that is running, e.g. "0.1.0". */
PINION_API const char *pinion_version(void);

/*
 * What is wrong with a piece of text, and where. Filled by functions that
 * parse or plan; the caller owns it and may pass NULL when it does not care.
 */
typedef struct pinion_diag {
	int offset;      /* byte offset of the fault in the text, -1 when it has no place */
	int length;      /* bytes to underline from offset, at least 1 when offset >= 0 */
	char text[256];  /* one line without a newline: what, and how to mend it */
	char note[256];  /* a second line with context, or empty */
} pinion_diag;

PINION_END_DECLS

#endif
