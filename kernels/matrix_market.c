/*
 * The Matrix Market coordinate format.
 *
 *   %%MatrixMarket matrix coordinate real general
 *   % comments
 *   rows columns entries
 *   row column value        (1-based; no value in a pattern; one line per entry)
 *
 * A file is not believed: every number is checked where it stands, what the
 * size line announces must fit into the file before memory is asked for, and
 * comments and blank lines may stand anywhere after the first line.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/matrix.h"
#include "kernels/scan.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum field { FIELD_REAL = 0, FIELD_INTEGER, FIELD_PATTERN };

struct header {
	enum field field;
	bool symmetric;
	uint64_t rows, columns, entries;
};

#define fail(s, code, ...) pinion__scan_fail(s, (s)->line, code, __VA_ARGS__)

/* Something is not there: because reading failed, or because the text ends. */
#define missing(s, ...) ((s)->failure ? (s)->failure : fail(s, PINION_ERR_SYNTAX, __VA_ARGS__))

/* Names of one word of the first line: the first `supported` are read, the others are known and
 * refused. */
struct choice {
	const char *what;
	int supported;
	const char *names[5];
};

static const struct choice choices[] = {
    {"object", 1, {"matrix"}},
    {"format", 1, {"coordinate", "array"}},
    {"field", 3, {"real", "integer", "pattern", "complex"}},
    {"symmetry", 2, {"general", "symmetric", "skew-symmetric", "hermitian"}},
};

static int read_choice(struct pinion__scan *s, const struct choice *c, int *index)
{
	char word[SCAN_WORD];
	if (pinion__scan_word(s, word) == 0)
		return missing(s, "the first line ends before its %s, e.g. \"%s\"", c->what, c->names[0]);
	for (int i = 0; c->names[i] != NULL; i++) {
		if (strcasecmp(word, c->names[i]) != 0)
			continue;
		*index = i;
		return i < c->supported ? 0
		                        : fail(s, PINION_ERR_UNSUPPORTED,
		                               "%s \"%s\" is not supported; write the file as \"%s\"",
		                               c->what, c->names[i], c->names[0]);
	}
	return fail(s, PINION_ERR_SYNTAX, "\"%.24s\" is no %s of a Matrix Market file", word, c->what);
}

static int read_line_end(struct pinion__scan *s, const char *after)
{
	char word[SCAN_WORD];
	if (pinion__scan_word(s, word) > 0)
		return fail(s, PINION_ERR_SYNTAX, "unexpected \"%.24s\" after %s", word, after);
	if (s->failure != 0)
		return s->failure;
	pinion__scan_skip_line(s);
	return 0;
}

static int read_banner(struct pinion__scan *s, struct header *h)
{
	char word[SCAN_WORD];
	int index[4] = {0}, rc = 0;
	if (pinion__scan_peek(s) < 0)
		return missing(s, "the file is empty");
	pinion__scan_word(s, word);
	if (strcasecmp(word, "%%MatrixMarket") != 0)
		return fail(s, PINION_ERR_SYNTAX,
		            "not a Matrix Market file: its first line must begin "
		            "with %%%%MatrixMarket");
	for (int i = 0; i < 4 && rc == 0; i++)
		rc = read_choice(s, &choices[i], &index[i]);
	h->field = (enum field)index[2];
	h->symmetric = index[3] == 1;
	return rc ? rc : read_line_end(s, "the symmetry");
}

static int read_unsigned(struct pinion__scan *s, const char *what, uint64_t *out)
{
	char word[SCAN_WORD];
	if (pinion__scan_word(s, word) == 0)
		return missing(s, "the line ends before the %s", what);
	if (!pinion__scan_unsigned(word, out))
		return fail(s, PINION_ERR_SYNTAX, "\"%.24s\" is no %s: it must be a whole number", word,
		            what);
	return 0;
}

/* Each entry takes at least "1 1\n", or "1 1 1\n"; the last may lack its line end. */
static bool announces_too_much(const struct pinion__scan *s, const struct header *h)
{
	uint64_t bytes = pinion__scan_file_bytes(s);
	uint64_t least = h->field == FIELD_PATTERN ? 4 : 6;
	return bytes != UINT64_MAX && h->entries > (bytes + 1) / least;
}

static int check_sizes(const struct pinion__scan *s, const struct header *h)
{
	if (h->rows > UINT32_MAX || h->columns > UINT32_MAX)
		return fail(s, PINION_ERR_RANGE, "a side is longer than 4294967295");
	if (h->symmetric && h->rows != h->columns)
		return fail(s, PINION_ERR_SYNTAX, "symmetric, but %llu rows and %llu columns",
		            (unsigned long long)h->rows, (unsigned long long)h->columns);
	if (h->entries > 0 && (h->rows == 0 || h->columns == 0))
		return fail(s, PINION_ERR_SYNTAX, "a matrix without rows or columns has no entries");
	if (announces_too_much(s, h))
		return fail(s, PINION_ERR_SYNTAX, "%llu entries are announced, more than the file can hold",
		            (unsigned long long)h->entries);
	return 0;
}

static int read_sizes(struct pinion__scan *s, struct header *h)
{
	if (!pinion__scan_next_line(s))
		return missing(s, "the file ends before the line with rows, columns and entries");
	int rc = read_unsigned(s, "number of rows", &h->rows);
	if (rc == 0)
		rc = read_unsigned(s, "number of columns", &h->columns);
	if (rc == 0)
		rc = read_unsigned(s, "number of entries", &h->entries);
	if (rc == 0)
		rc = check_sizes(s, h);
	return rc ? rc : read_line_end(s, "the number of entries");
}

static int read_index(struct pinion__scan *s, const char *what, uint64_t limit, uint32_t *out)
{
	uint64_t n;
	int rc = read_unsigned(s, what, &n);
	if (rc != 0)
		return rc;
	if (n < 1 || n > limit)
		return fail(s, PINION_ERR_RANGE, "%s %llu is outside 1 .. %llu", what,
		            (unsigned long long)n, (unsigned long long)limit);
	*out = (uint32_t)(n - 1);
	return 0;
}

static int read_value(struct pinion__scan *s, enum field field, double *out)
{
	char word[SCAN_WORD];
	if (field == FIELD_PATTERN) {
		*out = 1.0;
		return 0;
	}
	if (pinion__scan_word(s, word) == 0)
		return missing(s, "the line ends before the value");
	if (!pinion__scan_number(s, word, out))
		return fail(s, PINION_ERR_SYNTAX, "\"%.24s\" is no finite number", word);
	if (!isfinite(*out))
		return fail(s, PINION_ERR_SYNTAX, "\"%.24s\" is too large for a double", word);
	if (field == FIELD_INTEGER && strpbrk(word, ".eEdD") != NULL)
		return fail(s, PINION_ERR_SYNTAX, "\"%.24s\" is no whole number, but the field is integer",
		            word);
	return 0;
}

static void triplets_append(struct pinion__triplets *t, uint32_t row, uint32_t column, double value)
{
	t->row[t->count] = row;
	t->column[t->count] = column;
	t->value[t->count++] = value;
}

static int read_entry(struct pinion__scan *s, const struct header *h, struct pinion__triplets *t)
{
	uint32_t row = 0, column = 0;
	double value = 0.0;
	int rc = read_index(s, "row", h->rows, &row);
	if (rc == 0)
		rc = read_index(s, "column", h->columns, &column);
	if (rc == 0)
		rc = read_value(s, h->field, &value);
	if (rc != 0)
		return rc;
	if (h->symmetric && column > row)
		return fail(s, PINION_ERR_SYNTAX,
		            "entry %lu %lu stands above the diagonal; a symmetric file has only the lower "
		            "triangle",
		            row + 1ul, column + 1ul);
	triplets_append(t, row, column, value);
	if (h->symmetric && column != row)
		triplets_append(t, column, row, value);
	return read_line_end(s, "the entry");
}

static int read_entries(struct pinion__scan *s, const struct header *h, struct pinion__triplets *t)
{
	int rc = 0;
	for (uint64_t k = 0; k < h->entries && rc == 0; k++) {
		if (pinion__scan_next_line(s))
			rc = read_entry(s, h, t);
		else
			rc = missing(s, "the file ends after %llu of %llu entries", (unsigned long long)k,
			             (unsigned long long)h->entries);
	}
	if (rc == 0 && pinion__scan_next_line(s))
		rc = fail(s, PINION_ERR_SYNTAX, "more entries than the %llu announced",
		          (unsigned long long)h->entries);
	return rc ? rc : s->failure;
}

/* Adding up duplicates may overflow. */
static int check_sums(const struct pinion__scan *s, const pinion_matrix *m)
{
	for (size_t row = 0; row < m->rows; row++)
		for (uint64_t k = m->row_start[row]; k < m->row_start[row + 1]; k++)
			if (!isfinite(m->value[k]))
				return pinion__scan_fail(s, 0, PINION_ERR_RANGE,
				                         "the duplicates of entry %zu %lu add up to no finite "
				                         "number",
				                         row + 1, m->column[k] + 1ul);
	return 0;
}

static int no_memory(const struct pinion__scan *s, const struct header *h)
{
	return pinion__scan_fail(s, 0, PINION_ERR_NOMEM, "no memory for %llu x %llu with %llu entries",
	                         (unsigned long long)h->rows, (unsigned long long)h->columns,
	                         (unsigned long long)h->entries);
}

static int read_body(struct pinion__scan *s, const struct header *h, pinion_matrix **out)
{
	struct pinion__triplets t;
	pinion_matrix *m = NULL;
	if (h->entries > SIZE_MAX / 2 ||
	    !pinion__triplets_init(&t, (size_t)h->entries * (h->symmetric ? 2 : 1)))
		return no_memory(s, h);
	int rc = read_entries(s, h, &t);
	size_t loose = t.count;
	if (rc == 0 && pinion__matrix_assemble(&m, &t, (size_t)h->rows, (size_t)h->columns) != 0)
		rc = no_memory(s, h);
	if (rc == 0 && m->entries < loose)
		rc = check_sums(s, m);
	pinion__triplets_fini(&t);
	if (rc == 0)
		*out = m;
	else
		pinion_matrix_destroy(m);
	return rc;
}

int pinion_matrix_read(pinion_matrix **out, const char *path, pinion_diag *diag)
{
	struct pinion__scan s;
	struct header h = {0};
	int rc = pinion__scan_open(&s, path, diag);
	if (rc != 0)
		return rc;
	rc = read_banner(&s, &h);
	if (rc == 0)
		rc = read_sizes(&s, &h);
	if (rc == 0)
		rc = read_body(&s, &h, out);
	pinion__scan_close(&s);
	return rc;
}
