/*
 * Reading a text file word by word, with the line number at hand.
 *
 * Memory is one buffer, however long a line is. Words are what blanks and
 * line ends separate; numbers are read the same in every locale.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_KERNELS_SCAN_H
#define PINION_KERNELS_SCAN_H

#include <pinion/base.h>

#include <locale.h>
#include <stdio.h>

#define SCAN_WORD 128 /* bytes for a word and its final zero */

struct pinion__scan {
	const char *path;
	pinion_diag *diag; /* may be NULL */
	FILE *file;
	locale_t locale; /* "C" */
	char *buffer;
	size_t at, end; /* unread part of buffer */
	size_t line;    /* from 1 */
	int failure;    /* PINION_ERR_IO once a read has failed; diag has the reason */
};

/* @return 0, PINION_ERR_IO, PINION_ERR_NOMEM; diag is filled. */
int pinion__scan_open(struct pinion__scan *s, const char *path, pinion_diag *diag);
void pinion__scan_close(struct pinion__scan *s);

/* Size of the file, or UINT64_MAX when it has none (a pipe). */
uint64_t pinion__scan_file_bytes(const struct pinion__scan *s);

/* Next character without taking it; -1 at the end of the file or after a failure. */
int pinion__scan_peek(struct pinion__scan *s);

/* Go behind the next line end. */
void pinion__scan_skip_line(struct pinion__scan *s);

/* Go to the first word of the next line that is neither blank nor a comment ('%'), from the
 * start of a line. @return false at the end of the file. */
bool pinion__scan_next_line(struct pinion__scan *s);

/* Take the next word of this line. @return its length, 0 at the end of the line. One of
 * SCAN_WORD - 1 may be only the beginning of a longer word, and is no number. */
size_t pinion__scan_word(struct pinion__scan *s, char word[SCAN_WORD]);

/* Digits only, at most 64 bits: otherwise false. What is too large reads as UINT64_MAX. */
bool pinion__scan_unsigned(const char *word, uint64_t *out);

/* A decimal number, with D for E as Fortran writes it: otherwise false. May be infinite by
 * overflow. */
bool pinion__scan_number(const struct pinion__scan *s, const char *word, double *out);

/* Fill diag with "PATH:LINE: text" (line 0: "PATH: text"), each unprintable byte as '?'. @return
 * code. */
int pinion__scan_fail(const struct pinion__scan *s, size_t line, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
