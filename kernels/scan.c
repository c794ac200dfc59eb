/*
 * Words, numbers and their line numbers; see scan.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/scan.h"

#include "affinity/port.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BUFFER_BYTES ((size_t)256 * 1024)
#define PATH_SHOWN   100 /* last bytes of a path that a message has room for */

static int fail_errno(const struct pinion__scan *s, int code)
{
	char text[128] = "";
	const char *why = strerror_r(code, text, sizeof text);
	int error = code == ENOMEM ? PINION_ERR_NOMEM : PINION_ERR_IO;
	return pinion__scan_fail(s, 0, error, "%s", why);
}

int pinion__scan_open(struct pinion__scan *s, const char *path, pinion_diag *diag)
{
	*s = (struct pinion__scan){.path = path, .diag = diag, .line = 1};
	s->file = fopen(path, "re");
	if (s->file == NULL)
		return fail_errno(s, errno);
	s->locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	s->buffer = pinion__alloc(BUFFER_BYTES);
	if (s->locale != (locale_t)0 && s->buffer != NULL)
		return 0;
	pinion__scan_close(s);
	return pinion__scan_fail(s, 0, PINION_ERR_NOMEM, "no memory for reading");
}

void pinion__scan_close(struct pinion__scan *s)
{
	if (s->file != NULL)
		fclose(s->file);
	if (s->locale != (locale_t)0)
		freelocale(s->locale);
	pinion__free(s->buffer);
	s->file = NULL;
	s->locale = (locale_t)0;
	s->buffer = NULL;
}

uint64_t pinion__scan_file_bytes(const struct pinion__scan *s)
{
	struct stat st;
	if (fstat(fileno(s->file), &st) != 0 || !S_ISREG(st.st_mode))
		return UINT64_MAX;
	return (uint64_t)st.st_size;
}

/* @return false at the end of the file and after a failure. */
static bool refill(struct pinion__scan *s)
{
	if (s->failure != 0)
		return false;
	s->at = 0;
	s->end = fread(s->buffer, 1, BUFFER_BYTES, s->file);
	if (s->end == 0 && ferror(s->file))
		s->failure = fail_errno(s, errno);
	return s->end > 0;
}

static inline int peek(struct pinion__scan *s)
{
	if (PINION_UNLIKELY(s->at == s->end) && !refill(s))
		return -1;
	return (unsigned char)s->buffer[s->at];
}

int pinion__scan_peek(struct pinion__scan *s)
{
	return peek(s);
}

void pinion__scan_skip_line(struct pinion__scan *s)
{
	while (peek(s) >= 0) {
		char *from = s->buffer + s->at;
		char *newline = memchr(from, '\n', s->end - s->at);
		if (newline != NULL) {
			s->at += (size_t)(newline - from) + 1;
			s->line++;
			return;
		}
		s->at = s->end;
	}
}

static bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static int skip_blanks(struct pinion__scan *s)
{
	int c;
	while (is_blank(c = peek(s)))
		s->at++;
	return c;
}

bool pinion__scan_next_line(struct pinion__scan *s)
{
	int c;
	while ((c = skip_blanks(s)) == '\n' || c == '%')
		pinion__scan_skip_line(s);
	return c >= 0;
}

size_t pinion__scan_word(struct pinion__scan *s, char word[SCAN_WORD])
{
	size_t length = 0;
	int c = skip_blanks(s);
	for (; length < SCAN_WORD - 1 && c >= 0 && c != '\n' && !is_blank(c); c = peek(s)) {
		word[length++] = (char)c;
		s->at++;
	}
	word[length] = '\0';
	return length;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool pinion__scan_unsigned(const char *word, uint64_t *out)
{
	uint64_t n = 0;
	bool fits = true;
	const char *p = word;
	for (; is_digit(*p); p++)
		fits = fits && !__builtin_mul_overflow(n, (uint64_t)10, &n) &&
		       !__builtin_add_overflow(n, (uint64_t)(*p - '0'), &n);
	if (p == word || *p != '\0')
		return false;
	*out = fits ? n : UINT64_MAX;
	return true;
}

/* A decimal number taken apart: mantissa * 10^exponent, exact only while `exact`. */
struct decimal {
	uint64_t mantissa;
	long exponent;
	bool exact;
};

static const char *decimal_digits(struct decimal *d, const char *p, bool fraction)
{
	for (; is_digit(*p); p++) {
		if (d->mantissa >= UINT64_C(100000000000000000))
			d->exact = false;
		d->mantissa = d->mantissa * 10 + (uint64_t)(*p - '0');
		d->exponent -= fraction;
	}
	return p;
}

/* NULL when it is not one. Any exponent beyond five digits is left to the slow way. */
static const char *decimal_exponent(struct decimal *d, const char *p)
{
	bool minus = *p == '-';
	long e = 0;
	if (*p == '-' || *p == '+')
		p++;
	if (!is_digit(*p))
		return NULL;
	for (; is_digit(*p); p++)
		e = e < 100000 ? e * 10 + (*p - '0') : e;
	d->exponent += minus ? -e : e;
	return p;
}

static bool decimal_read(struct decimal *d, const char *p)
{
	const char *digits = p;
	*d = (struct decimal){.exact = true};
	p = decimal_digits(d, p, false);
	bool any = p > digits;
	if (*p == '.') {
		const char *fraction = p + 1;
		p = decimal_digits(d, fraction, true);
		any = any || p > fraction;
	}
	if (any && (*p == 'e' || *p == 'E' || *p == 'd' || *p == 'D'))
		p = decimal_exponent(d, p + 1);
	return any && p != NULL && *p == '\0';
}

/*
 * When the mantissa is an exact double and so is the power of ten, one rounded multiplication or
 * division gives the nearest double. (Not so where doubles are computed in wider registers.)
 */
static bool decimal_fast(const struct decimal *d, double *out)
{
	static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
	                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
	                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	if (!d->exact || d->mantissa > UINT64_C(1) << 53 || d->exponent < -22 || d->exponent > 22 ||
	    __FLT_EVAL_METHOD__ != 0)
		return false;
	double m = (double)d->mantissa;
	*out = d->exponent < 0 ? m / power[-d->exponent] : m * power[d->exponent];
	return true;
}

static double decimal_slow(const struct pinion__scan *s, const char *digits)
{
	char text[SCAN_WORD];
	size_t n = strlen(digits);
	for (size_t i = 0; i <= n; i++)
		text[i] = digits[i] == 'd' || digits[i] == 'D' ? 'e' : digits[i];
	return strtod_l(text, NULL, s->locale);
}

bool pinion__scan_number(const struct pinion__scan *s, const char *word, double *out)
{
	struct decimal d;
	double magnitude;
	const char *digits = word + (*word == '-' || *word == '+');
	if (strlen(word) >= SCAN_WORD - 1 || !decimal_read(&d, digits))
		return false;
	if (!decimal_fast(&d, &magnitude))
		magnitude = decimal_slow(s, digits);
	*out = *word == '-' ? -magnitude : magnitude;
	return true;
}

static void make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text == 0x7f)
			*text = '?';
}

int pinion__scan_fail(const struct pinion__scan *s, size_t line, int code, const char *format, ...)
{
	pinion_diag *diag = s->diag;
	char what[sizeof diag->text], where[32] = "";
	va_list args;
	if (diag == NULL)
		return code;
	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	if (line > 0)
		snprintf(where, sizeof where, ":%zu", line);

	size_t length = strlen(s->path);
	bool cut = length > PATH_SHOWN;
	*diag = (pinion_diag){.offset = -1};
	/* The message is shortened on purpose when it does not fit. */
	int n = snprintf(diag->text, sizeof diag->text, "%s%s%s: ", cut ? "..." : "",
	                 s->path + (cut ? length - PATH_SHOWN : 0), where);
	snprintf(diag->text + n, sizeof diag->text - (size_t)n, "%s", what);
	make_printable(diag->text);
	return code;
}
