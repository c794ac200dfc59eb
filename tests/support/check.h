/*
 * The test harness: checks that survive NDEBUG and print both operands, and a
 * main that lists and filters tests. A test is a void function; TESTS() names
 * them. A skip exits with 77 and says why.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_CHECK_H
#define PINION_TESTS_CHECK_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(cond)                                                                     \
	do {                                                                                \
		if (!(cond)) {                                                                  \
			fprintf(stderr, "%s:%d: CHECK(%s)\n", __FILE__, __LINE__, #cond);           \
			exit(1);                                                                    \
		}                                                                               \
	} while (0)

#define CHECK_INT(got, op, want)                                                        \
	do {                                                                                \
		long long got_ = (long long)(got), want_ = (long long)(want);                   \
		if (!(got_ op want_)) {                                                         \
			fprintf(stderr, "%s:%d: CHECK_INT(%s %s %s): %lld, %lld\n", __FILE__,       \
				__LINE__, #got, #op, #want, got_, want_);                               \
			exit(1);                                                                    \
		}                                                                               \
	} while (0)

#define CHECK_STR(got, want)                                                            \
	do {                                                                                \
		const char *got_ = (got), *want_ = (want);                                      \
		if (got_ == NULL || strcmp(got_, want_) != 0) {                                 \
			fprintf(stderr, "%s:%d: CHECK_STR(%s)\n  got  \"%s\"\n  want \"%s\"\n",     \
				__FILE__, __LINE__, #got, got_ ? got_ : "(null)", want_);               \
			exit(1);                                                                    \
		}                                                                               \
	} while (0)

#define CHECK_CONTAINS(text, part)                                                      \
	do {                                                                                \
		const char *text_ = (text), *part_ = (part);                                    \
		if (text_ == NULL || strstr(text_, part_) == NULL) {                            \
			fprintf(stderr, "%s:%d: \"%s\" does not contain \"%s\"\n", __FILE__,        \
				__LINE__, text_ ? text_ : "(null)", part_);                             \
			exit(1);                                                                    \
		}                                                                               \
	} while (0)

#define SKIP(reason)                                                                    \
	do {                                                                                \
		printf("skipped: %s\n", reason);                                                \
		exit(77);                                                                       \
	} while (0)

struct check_test {
	const char *name;
	void (*fn)(void);
};

/* TESTS({"name", fn}, ...): runs all, or the ones named on the command line. */
#define TESTS(...)                                                                      \
	int main(int argc, char **argv)                                                     \
	{                                                                                   \
		static const struct check_test tests[] = {__VA_ARGS__};                         \
		int ran = 0;                                                                    \
		for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {                   \
			int wanted = argc < 2;                                                      \
			for (int a = 1; a < argc; a++)                                              \
				wanted |= strcmp(argv[a], tests[i].name) == 0;                          \
			if (!wanted)                                                                \
				continue;                                                               \
			printf("%s\n", tests[i].name);                                              \
			fflush(stdout);                                                             \
			tests[i].fn();                                                              \
			ran++;                                                                      \
		}                                                                               \
		if (ran == 0) {                                                                 \
			fprintf(stderr, "no such test\n");                                          \
			return 1;                                                                   \
		}                                                                               \
		return 0;                                                                       \
	}

#endif
