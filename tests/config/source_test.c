/*
 * Positions: characters, lines and columns, and following a value back into
 * its quotes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/tree.h"
#include "tests/support/check.h"

static struct arena arena;

static struct source make(const char *text, size_t bytes)
{
	struct source source;
	CHECK(pinion__source_init(&source, &arena, "text", 0, text, bytes));
	return source;
}

/* Compare every position with a plain count from the start. */
static void test_positions(void)
{
	char text[6000];
	size_t bytes = 0;
	while (bytes < sizeof text - 8) {
		static const char *const pieces[] = {
			"a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\n", "\r\n", "\t", "zz", "\r"};
		const char *piece = pieces[bytes * 7919 % 9];
		memcpy(text + bytes, piece, strlen(piece));
		bytes += strlen(piece);
	}
	struct source source = make(text, bytes);
	size_t character = 0, line = 0;
	for (size_t at = 0; at < bytes; at++) {
		if (((unsigned char)text[at] & 0xc0) != 0x80) {
			CHECK_INT(pinion__source_offset(&source, character), ==, at);
			CHECK_INT(pinion__source_characters(&source, at), ==, character);
			CHECK_INT(pinion__source_line(&source, at), ==, line);
			character++;
		}
		bool crlf = text[at] == '\r' && at + 1 < bytes && text[at + 1] == '\n';
		line += text[at] == '\n' || (text[at] == '\r' && !crlf);
	}
	CHECK_INT(source.characters, ==, character);
	CHECK_INT(source.lines, ==, line + 1);
	CHECK_INT(pinion__source_offset(&source, character), ==, bytes);
	CHECK_INT(pinion__source_offset(&source, character + 99), ==, bytes);
	pinion__arena_fini(&arena);
}

static void test_empty(void)
{
	struct source source = make("", 0);
	CHECK_INT(source.lines, ==, 1);
	CHECK_INT(pinion__source_offset(&source, 0), ==, 0);
	CHECK_INT(pinion__source_characters(&source, 0), ==, 0);
	CHECK_INT(pinion__source_line(&source, 0), ==, 0);
	CHECK_INT(pinion__source_line_end(&source, 0), ==, 0);
	pinion__arena_fini(&arena);
}

static void test_line_end(void)
{
	struct source source = make("ab\r\n\ncd", 7);
	CHECK_INT(source.lines, ==, 3);
	CHECK_INT(pinion__source_line_end(&source, 0), ==, 2);
	CHECK_INT(pinion__source_line_end(&source, 1), ==, 4);
	CHECK_INT(pinion__source_line_end(&source, 2), ==, 7);
	pinion__arena_fini(&arena);
}

/* Byte sequences that are no text, and where they are found. */
static void test_first_bad(void)
{
	static const struct {
		const char *text;
		size_t bytes, at;
	} cases[] = {{"plain\ttext\r\n", 12, SOURCE_NO_OFFSET},
	             {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, SOURCE_NO_OFFSET},
	             {"ab\0cd", 5, 2},
	             {"a\x1b[0m", 5, 1},
	             {"a\x7f", 2, 1},
	             {"a\xc2\x80", 3, 1},
	             {"a\xc2\x85", 3, SOURCE_NO_OFFSET},
	             {"ab\xe9", 3, 2},
	             {"\xc0\xaf", 2, 0},
	             {"\xe0\x80\xaf", 3, 0},
	             {"\xed\xa0\x80", 3, 0},
	             {"\xf4\x90\x80\x80", 4, 0},
	             {"x\xe2\x82", 3, 1},
	             {"\x80", 1, 0},
	             {"\xff", 1, 0},
	             {"a\xef\xbb\xbf", 4, 1},
	             {"\xef\xbf\xbf", 3, 0}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct source source = make(cases[i].text, cases[i].bytes);
		CHECK_INT(pinion__source_first_bad(&source), ==, cases[i].at);
	}
	pinion__arena_fini(&arena);
}

/* The text of the source that `offset` and `length` of the value of "k: VALUE" stand for. */
static void check_slice(const char *value, int offset, int length, const char *want)
{
	char text[200];
	struct faults faults = {&arena, NULL, NULL, 0, 0};
	snprintf(text, sizeof text, "k: %s\n", value);
	struct source source = make(text, strlen(text));
	struct node *root = pinion__tree_load(&arena, &source, 0, &faults);
	CHECK(root != NULL && faults.count == 0);
	struct span span = pinion__node_slice(pinion__node_find(root, "k"), offset, length);
	char got[200] = "";
	memcpy(got, source.text + span.offset, span.length);
	CHECK_STR(got, want);
	pinion__arena_fini(&arena);
}

static void test_slice(void)
{
	check_slice("core:9", 5, 1, "9");
	check_slice("core:9", 0, 6, "core:9");
	check_slice("\"numa:0.core:16\"", 12, 2, "16");
	check_slice("'it''s 5'", 5, 1, "5");
	check_slice("'it''s 5'", 2, 1, "''");
	check_slice("\"a\\tb\\x41c\\u20acd\"", 1, 1, "\\t");
	check_slice("\"a\\tb\\x41c\\u20acd\"", 3, 1, "\\x41");
	check_slice("\"a\\tb\\x41c\\u20acd\"", 8, 1, "d");
	check_slice("\xc3\xa9:9", 3, 1, "9");
	check_slice("&anchor core:9", 5, 1, "9");
	check_slice("core:9   # remark", 6, 1, " ");
	check_slice("\"core:\"", 5, 1, "\"");
	check_slice("core:9", -1, 0, "core:9");
	check_slice("|\n  core:9", 5, 1, "|\n  core:9\n");
}

/* Values folded over lines cannot be followed: the whole is shown. */
static void test_slice_folded(void)
{
	check_slice("one\n  two", 5, 1, "one\n  two");
	check_slice("\"one\\\n  two\"", 4, 1, "\"one\\\n  two\"");
}

static void test_quote(void)
{
	CHECK_STR(pinion__quote("plain").text, "plain");
	CHECK_STR(pinion__quote("a\x1b[31m\n\xff").text, "a?[31m??");
	CHECK_STR(pinion__quote("h\xc3\xa9llo").text, "h\xc3\xa9llo");
	CHECK_STR(pinion__quote("a\xe2\x80\xae"
	                        "b")
	              .text,
	          "a?b");
	char longer[1000];
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = 0;
	CHECK_INT(strlen(pinion__quote(longer).text), ==, 43);
}

TESTS({"positions", test_positions}, {"empty", test_empty}, {"line end", test_line_end},
      {"first bad", test_first_bad}, {"slice", test_slice}, {"slice folded", test_slice_folded},
      {"quote", test_quote})
