/*
 * A small JSON writer: strict, streaming, on a FILE.
 *
 * The writer knows where it stands (object, array, after a key), so that what
 * it writes is always well-formed: a value without a key, a key in an array or
 * a close that does not match is refused and remembered, as is a write error.
 * The caller writes on without looking and asks once, at the end.
 *
 *	struct json j;
 *	json_begin(&j, stdout);
 *	json_object(&j);
 *	json_put_int(&j, "schema", 1);
 *	json_key(&j, "samples");
 *	json_numbers(&j, sample, runs);
 *	json_close(&j);
 *	error = json_end(&j);
 *
 * Text is UTF-8; bytes that are not become U+FFFD. NaN and infinities, which
 * JSON cannot say, become null. The locale has no influence. Indentation is two
 * spaces per level; an array opened with json_row(), and json_numbers(), stay
 * on one line.
 *
 * Threads: a writer belongs to one thread at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_JSON_H
#define PINION_BENCH_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH 32 /* levels of nesting; one more is refused */

/* Caller's storage; only the functions below touch it. */
struct json {
	FILE *out;      /* borrowed */
	int error;      /* first of PINION_ERR_STATE (misuse) and PINION_ERR_IO, or 0 */
	int depth;      /* open objects and arrays */
	bool key, done; /* a key waits for its value; the one top value is complete */
	int row;        /* depth at which a one-line array began, 0 outside one */
	struct {
		char closer; /* '}' or ']' */
		bool filled; /* holds something already, so a comma comes next */
	} level[JSON_DEPTH];
};

/** Begin a document on `out`, which must stay open until json_end(). */
void json_begin(struct json *j, FILE *out);

/**
 * End the document with a newline, and flush.
 *
 * @return 0                 a complete document was written.
 * @return PINION_ERR_STATE  the calls did not make one well-formed document: a programming fault.
 * @return PINION_ERR_IO     the stream failed; errno has the reason of the flush.
 */
int json_end(struct json *j);

/**
 * Open an object, an array, an array on one line. Each is a value, so inside an object a key goes
 * first.
 */
void json_object(struct json *j);
void json_array(struct json *j);
void json_row(struct json *j);

/** Close the innermost object or array. */
void json_close(struct json *j);

/** Name the next value; inside an object only. */
void json_key(struct json *j, const char *key);

/** One value. NULL as a string is null. */
void json_string(struct json *j, const char *text);
void json_number(struct json *j, double value); /* shortest form that reads back the same */
void json_int(struct json *j, int64_t value);
void json_uint(struct json *j, uint64_t value);
void json_bool(struct json *j, bool value);
void json_null(struct json *j);

/** A whole array of numbers on one line. */
void json_numbers(struct json *j, const double *value, size_t count);

/** Key and value in one call. */
void json_put_string(struct json *j, const char *key, const char *text);
void json_put_number(struct json *j, const char *key, double value);
void json_put_int(struct json *j, const char *key, int64_t value);
void json_put_uint(struct json *j, const char *key, uint64_t value);
void json_put_bool(struct json *j, const char *key, bool value);
void json_put_null(struct json *j, const char *key);

#endif
