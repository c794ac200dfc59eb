/*
 * The texts that faults point into: the job file, and each --set override.
 *
 * Positions inside a text are byte offsets. libyaml counts characters, people
 * count lines and columns; this is where the three are converted.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_YAML_SOURCE_H
#define PINION_YAML_SOURCE_H

#include "engine/yaml/arena.h"

#define SOURCE_MAX_BYTES ((size_t)16 << 20)
#define SOURCE_NO_OFFSET ((size_t)-1)

struct source {
	const char *name; /* the file as given, or "--set" */
	int number;       /* 0: a file; otherwise which override, printed where a file has its line */
	const char *text; /* without a byte order mark; a zero follows */
	size_t bytes;
	size_t *line; /* [lines] byte offset at which each line begins */
	size_t lines;
	size_t *step; /* byte offset of the characters 0, SOURCE_STEP, 2 * SOURCE_STEP, ... */
	size_t characters;
};

/* A piece of a source. An offset of SOURCE_NO_OFFSET means the source as a whole. */
struct span {
	const struct source *source;
	size_t offset, length;
};

/* Take `bytes` of text, which are copied. False when memory is exhausted. */
bool pinion__source_init(struct source *source, struct arena *arena, const char *name, int number,
                         const char *text, size_t bytes);

/* Read a file; "-" is standard input. NULL on success, otherwise why it cannot be read. */
const char *pinion__source_load(struct source *source, struct arena *arena, const char *path);

/* Byte offset of the `character`-th character; the end of the text when there are fewer. */
size_t pinion__source_offset(const struct source *source, size_t character);

/* How many characters stand before byte `offset`. */
size_t pinion__source_characters(const struct source *source, size_t offset);

/* The line that holds byte `offset`, from 0. */
size_t pinion__source_line(const struct source *source, size_t offset);

/* Where a line ends, without its line break. */
size_t pinion__source_line_end(const struct source *source, size_t line);

/*
 * The first byte that YAML does not allow (not UTF-8, or a control character), or SOURCE_NO_OFFSET.
 * Everything that libyaml's reader would refuse is found here, so that it has a position.
 */
size_t pinion__source_first_bad(const struct source *source);

/*
 * Take one character from text, at most `bytes` long, and write it so that a terminal shows it and
 * nothing else: control characters and broken bytes become '?'. Returns the bytes taken, 1 or more.
 */
size_t pinion__text_show(const char *text, size_t bytes, char shown[5]);

/* A text of the user, made safe and short enough to stand inside a message. */
struct quoted {
	char text[200];
};
struct quoted pinion__quote(const char *text);

#endif
