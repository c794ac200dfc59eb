/*
 * The JSON writer: exact output, escapes, numbers, refusal of what would not be
 * well-formed, write errors.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/json.h"

#include "tests/support/check.h"
#include "tests/support/json_check.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <pinion/base.h>

static char *text;
static size_t length;

static void begin(struct json *j)
{
	json_begin(j, open_memstream(&text, &length));
	CHECK(j->out != NULL);
}

static int end(struct json *j)
{
	int error = json_end(j);

	fclose(j->out);
	return error;
}

static void test_layout(void)
{
	const double sample[] = {1.5, 2, -0.25};
	struct json j;

	begin(&j);
	json_object(&j);
	json_put_int(&j, "schema", 1);
	json_put_string(&j, "name", "triad");
	json_put_null(&j, "peer");
	json_key(&j, "samples");
	json_numbers(&j, sample, 3);
	json_key(&j, "empty");
	json_object(&j);
	json_close(&j);
	json_key(&j, "none");
	json_numbers(&j, NULL, 0);
	json_key(&j, "list");
	json_array(&j);
	json_object(&j);
	json_put_bool(&j, "ok", true);
	json_close(&j);
	json_bool(&j, false);
	json_close(&j);
	json_key(&j, "row");
	json_row(&j);
	json_row(&j);
	json_int(&j, 1);
	json_int(&j, 2);
	json_close(&j);
	json_object(&j);
	json_put_uint(&j, "u", UINT64_MAX);
	json_close(&j);
	json_close(&j);
	json_put_int(&j, "last", INT64_MIN);
	json_close(&j);
	CHECK_INT(end(&j), ==, 0);
	CHECK_STR(text, "{\n"
	                "  \"schema\": 1,\n"
	                "  \"name\": \"triad\",\n"
	                "  \"peer\": null,\n"
	                "  \"samples\": [1.5, 2, -0.25],\n"
	                "  \"empty\": {},\n"
	                "  \"none\": [],\n"
	                "  \"list\": [\n"
	                "    {\n"
	                "      \"ok\": true\n"
	                "    },\n"
	                "    false\n"
	                "  ],\n"
	                "  \"row\": [[1, 2], {\"u\": 18446744073709551615}],\n"
	                "  \"last\": -9223372036854775808\n"
	                "}\n");
	CHECK(json_valid(text, NULL));
	free(text);
}

static void check_string(const char *value, const char *want)
{
	struct json j;

	begin(&j);
	json_string(&j, value);
	CHECK_INT(end(&j), ==, 0);
	text[strlen(text) - 1] = '\0';
	CHECK_STR(text, want);
	CHECK(json_valid(text, NULL));
	free(text);
}

static void test_strings(void)
{
	check_string("", "\"\"");
	check_string("a\"b\\c/", "\"a\\\"b\\\\c/\"");
	check_string("\b\f\n\r\t\x01\x1f\x7f", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\"");
	check_string("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
	             "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
	check_string("\xff|\xc3|\xe2\x82|\xc0\x80|\xed\xa0\x80|\xf4\x90\x80\x80|\xe0\x80\x80",
	             "\"\\ufffd|\\ufffd|\\ufffd\\ufffd|\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd|"
	             "\\ufffd\\ufffd\\ufffd\\ufffd|"
	             "\\ufffd\\ufffd\\ufffd\"");
	check_string("\xf0\x9f\x98", "\"\\ufffd\\ufffd\\ufffd\"");
	check_string(NULL, "null");
}

static void check_number(double value, const char *want)
{
	struct json j;

	begin(&j);
	json_number(&j, value);
	CHECK_INT(end(&j), ==, 0);
	text[strlen(text) - 1] = '\0';
	if (want != NULL)
		CHECK_STR(text, want);
	if (isfinite(value))
		CHECK(strtod(text, NULL) == value);
	CHECK(json_valid(text, NULL));
	free(text);
}

static void test_numbers(void)
{
	uint64_t random = 1;

	check_number(0.1, "0.1");
	check_number(0.0, "0");
	check_number(-1e300, "-1e+300");
	check_number(1.0 / 3, NULL);
	check_number(DBL_MAX, NULL);
	check_number(5e-324, NULL);
	check_number(NAN, "null");
	check_number(INFINITY, "null");
	check_number(-INFINITY, "null");
	for (int i = 0; i < 1000; i++) {
		double value;

		random = random * 6364136223846793005u + 1442695040888963407u;
		memcpy(&value, &random, sizeof value);
		check_number(value, NULL);
	}
}

static void test_locale(void)
{
	static const char *const comma[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "ps_AF.UTF-8"};
	int tried = 0;

	for (size_t i = 0; i < sizeof comma / sizeof comma[0]; i++) {
		if (setlocale(LC_ALL, comma[i]) == NULL)
			continue;
		check_number(2.5, "2.5");
		check_number(1.25e-30, "1.25e-30");
		tried++;
	}
	setlocale(LC_ALL, "C");
	if (tried == 0)
		printf("  no locale with a decimal comma is installed\n");
}

/* Each case makes one mistake; the document must be refused whatever follows. */
static void misuse(int which)
{
	struct json j;

	begin(&j);
	if (which != 0)
		json_object(&j);
	switch (which) {
	case 0:
		json_key(&j, "key outside an object");
		break;
	case 1:
		json_int(&j, 1); /* no key */
		break;
	case 2:
		json_key(&j, "a");
		json_key(&j, "b"); /* no value */
		break;
	case 3:
		json_key(&j, "a");
		json_close(&j); /* no value */
		break;
	case 4:
		json_put_int(&j, "a", 1);
		json_close(&j);
		json_close(&j); /* nothing is open */
		break;
	case 5:
		json_close(&j);
		json_object(&j); /* a second document */
		json_close(&j);
		break;
	case 6:
		json_key(&j, "a");
		json_array(&j);
		json_key(&j, "key in an array");
		break;
	case 7:
		for (int i = 0; i < JSON_DEPTH; i++) {
			json_key(&j, "deeper");
			json_object(&j);
		}
		break;
	default:
		break; /* not closed */
	}
	CHECK_INT(end(&j), ==, PINION_ERR_STATE);
	free(text);
}

static void test_misuse(void)
{
	struct json j;

	for (int which = 0; which <= 8; which++)
		misuse(which);
	begin(&j);
	CHECK_INT(end(&j), ==, PINION_ERR_STATE);
	free(text);
}

static void test_write_error(void)
{
	FILE *full = fopen("/dev/full", "w");
	struct json j;

	if (full == NULL)
		SKIP("/dev/full cannot be opened");
	json_begin(&j, full);
	json_array(&j);
	for (int i = 0; i < 100000; i++)
		json_int(&j, i);
	json_close(&j);
	CHECK_INT(json_end(&j), ==, PINION_ERR_IO);
	fclose(full);
}

/* What the checks above rest on. */
static void test_reader(void)
{
	static const char *const wrong[] = {
	    "",          "{",    "[1,]",  "{\"a\":1,}", "{a:1}",  "[01]",    "[1.]",        "[.5]",
	    "[1e]",      "[+1]", "[nan]", "[1 2]",      "\"\t\"", "\"\\x\"", "\"\\u12g4\"", "[1]]",
	    "{\"a\" 1}", "tru",  "'a'",   "[1",         "\"abc",
	};
	char value[32];

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		CHECK(!json_valid(wrong[i], NULL));
	CHECK(json_valid(" {\"a\": [1, -2.5e+3, {\"b\": [true, null]}], \"c\": \"\\u00e9\"} ", NULL));
	CHECK(json_at("{\"a\": [1, {\"b\": \"x\"}]}", "a.1.b", value, sizeof value));
	CHECK_STR(value, "x");
	CHECK(!json_at("{\"a\": 1}", "b", value, sizeof value));
}

TESTS({"layout", test_layout}, {"strings", test_strings}, {"numbers", test_numbers},
      {"locale", test_locale}, {"misuse", test_misuse}, {"write_error", test_write_error},
      {"reader", test_reader})
