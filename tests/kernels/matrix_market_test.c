/*
 * The Matrix Market reader: what it accepts, and every kind of file that it
 * must refuse with the right code and a message that names the line.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/sparse.h>

#include "tests/kernels/data.h"
#include "tests/support/check.h"

#include <locale.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#define GENERAL   "%%MatrixMarket matrix coordinate real general\n"
#define SYMMETRIC "%%MatrixMarket matrix coordinate real symmetric\n"
#define PATTERN   "%%MatrixMarket matrix coordinate pattern general\n"
#define INTEGER   "%%MatrixMarket matrix coordinate integer general\n"

static char folder[64], path[128];

static void use_folder(void)
{
	strcpy(folder, "/tmp/pinion-mtx-XXXXXX");
	CHECK(mkdtemp(folder) != NULL);
	snprintf(path, sizeof path, "%s/m.mtx", folder);
}

static void drop_folder(void)
{
	unlink(path);
	CHECK_INT(rmdir(folder), ==, 0);
}

static void write_bytes(const void *bytes, size_t n)
{
	FILE *f = fopen(path, "w");
	CHECK(f != NULL);
	CHECK_INT(fwrite(bytes, 1, n, f), ==, n);
	CHECK_INT(fclose(f), ==, 0);
}

static pinion_matrix *accept(const char *text)
{
	pinion_matrix *m = NULL;
	pinion_diag diag = {0};
	use_folder();
	write_bytes(text, strlen(text));
	int rc = pinion_matrix_read(&m, path, &diag);
	if (rc != 0)
		fprintf(stderr, "refused: %s\n", diag.text);
	CHECK_INT(rc, ==, 0);
	drop_folder();
	return m;
}

static void refuse_bytes(const void *bytes, size_t n, int code, const char *message)
{
	pinion_matrix *m = (pinion_matrix *)(uintptr_t)1;
	pinion_diag diag = {0};
	use_folder();
	write_bytes(bytes, n);
	CHECK_INT(pinion_matrix_read(&m, path, &diag), ==, code);
	CHECK(m == (pinion_matrix *)(uintptr_t)1);
	CHECK_CONTAINS(diag.text, path);
	CHECK_CONTAINS(diag.text, message);
	CHECK_INT(diag.offset, ==, -1);
	CHECK(strchr(diag.text, '\n') == NULL);
	CHECK_INT(pinion_matrix_read(&m, path, NULL), ==, code);
	drop_folder();
}

static void refuse(const char *text, int code, const char *message)
{
	refuse_bytes(text, strlen(text), code, message);
}

/* Row by row: columns and values as text. */
static void check_rows(pinion_matrix *m, const char *want)
{
	pinion_csr a = pinion_matrix_csr(m);
	char got[512] = "";
	size_t n = 0;
	CHECK_INT(a.row_start[0], ==, 0);
	CHECK_INT(a.row_start[a.rows], ==, a.entries);
	for (size_t i = 0; i < a.rows; i++) {
		for (uint64_t k = a.row_start[i]; k < a.row_start[i + 1]; k++)
			n += (size_t)snprintf(got + n, sizeof got - n, "%u:%g ", a.column[k], a.value[k]);
		n += (size_t)snprintf(got + n, sizeof got - n, "/ ");
	}
	CHECK_STR(got, want);
	pinion_matrix_destroy(m);
}

static void general(void)
{
	check_rows(accept(GENERAL "2 3 3\n1 1 1.5\n2 3 -2e3\n1 2 .25\n"), "0:1.5 1:0.25 / 2:-2000 / ");
	check_rows(accept(GENERAL "3 1 1\n2 1 7"), "/ 0:7 / / ");
	check_rows(accept(GENERAL "0 0 0\n"), "");
	check_rows(accept(GENERAL "2 2 0\n"), "/ / ");
}

static void symmetric_is_expanded(void)
{
	check_rows(accept(SYMMETRIC "3 3 4\n1 1 4\n2 1 -1\n3 1 -2\n3 3 5\n"),
	           "0:4 1:-1 2:-2 / 0:-1 / 0:-2 2:5 / ");
}

static void other_fields(void)
{
	check_rows(accept(PATTERN "2 2 2\n2 2\n1 2\n"), "1:1 / 1:1 / ");
	check_rows(accept(INTEGER "2 2 2\n1 1 -7\n2 1 +12\n"), "0:-7 / 0:12 / ");
	check_rows(accept("%%matrixmarket MATRIX Coordinate INTEGER Symmetric\n1 1 1\n1 1 3\n"),
	           "0:3 / ");
}

static void loose_form(void)
{
	check_rows(
	    accept(GENERAL
	           "% comment\n%\n\n   \n\t2  2\t2  \r\n% more\n\n 1 1   1 \n\n2 2 2\n\n%end\n  \n"),
	    "0:1 / 1:2 / ");
	check_rows(accept("%%MatrixMarket matrix coordinate real general\r\n2 2 1\r\n2 2 1.0D+02\r\n"),
	           "/ 1:100 / ");
}

static void order_and_duplicates(void)
{
	check_rows(accept(GENERAL "2 4 7\n2 4 1\n1 3 1\n2 1 1\n1 3 2\n1 1 5\n2 4 10\n1 3 4\n"),
	           "0:5 2:7 / 0:1 3:11 / ");
	/* Duplicates are added in file order: 1e16 + 1 + 1 is not 1e16 + 2. */
	pinion_matrix *m = accept(GENERAL "1 1 3\n1 1 1e16\n1 1 1\n1 1 1\n");
	CHECK(pinion_matrix_csr(m).value[0] == 1e16);
	pinion_matrix_destroy(m);
}

/* Bit for bit what the compiler makes of the same text. */
static void numbers_are_exact(void)
{
	static const struct {
		const char *text;
		double value;
	} n[] = {{"0.1", 0.1},
	         {"-0.0", -0.0},
	         {"1e22", 1e22},
	         {"1e23", 1e23},
	         {"123456789012345678", 123456789012345678.0},
	         {"9007199254740993", 9007199254740993.0},
	         {"2.2250738585072011e-308", 2.2250738585072011e-308},
	         {"4.9e-324", 4.9e-324},
	         {"1.7976931348623157e308", 1.7976931348623157e308},
	         {"179769313486231570000000000000000000000e270", 1.7976931348623157e308},
	         {"0.000000000000000000000000000000000000000001", 1e-42},
	         {"5.e-1", 0.5},
	         {"+.5E+1", 5.0},
	         {"1e-400", 0.0},
	         {"0e999999999999", 0.0},
	         {"3.14159265358979323846264338327950288", 3.14159265358979323846},
	         {"7.2057594037927933e16", 7.2057594037927933e16},
	         {"1d-5", 1e-5}};
	for (size_t i = 0; i < sizeof n / sizeof n[0]; i++) {
		char text[256];
		snprintf(text, sizeof text, "%s1 1 1\n1 1 %s\n", GENERAL, n[i].text);
		pinion_matrix *m = accept(text);
		double got = pinion_matrix_csr(m).value[0];
		if (memcmp(&got, &n[i].value, sizeof got) != 0)
			fprintf(stderr, "%s: %.17g\n", n[i].text, got);
		CHECK(memcmp(&got, &n[i].value, sizeof got) == 0);
		pinion_matrix_destroy(m);
	}
}

/* A locale with a decimal comma changes nothing. */
static void locale_is_ignored(void)
{
	static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
	bool found = false;
	for (size_t i = 0; i < 4 && !found; i++)
		found = setlocale(LC_ALL, names[i]) != NULL;
	if (!found)
		printf("  no locale with a decimal comma is installed; tried in C only\n");
	check_rows(accept(GENERAL "1 1 1\n1 1 1234567.1234567890123456789\n"),
	           found ? "0:1,23457e+06 / " : "0:1.23457e+06 / ");
	setlocale(LC_ALL, "C");
	refuse(GENERAL "1 1 1\n1 1 1,5\n", PINION_ERR_SYNTAX, ":3: \"1,5\" is no finite number");
}

static void bad_first_line(void)
{
	refuse("", PINION_ERR_SYNTAX, ":1: the file is empty");
	refuse("\n", PINION_ERR_SYNTAX, ":1: not a Matrix Market file");
	refuse("2 2 1\n1 1 1\n", PINION_ERR_SYNTAX, ":1: not a Matrix Market file");
	refuse("%%MatrixMarket", PINION_ERR_SYNTAX, ":1: the first line ends before its object");
	refuse("%%MatrixMarket matrix coordinate real\n1 1 0\n", PINION_ERR_SYNTAX,
	       ":1: the first line ends before its symmetry");
	refuse("%%MatrixMarket vector coordinate real general\n", PINION_ERR_SYNTAX,
	       "\"vector\" is no object");
	refuse("%%MatrixMarket matrix coordinate quaternion general\n", PINION_ERR_SYNTAX,
	       "\"quaternion\" is no field");
	refuse("%%MatrixMarket matrix coordinate real general extra\n1 1 0\n", PINION_ERR_SYNTAX,
	       ":1: unexpected \"extra\"");
	refuse("%%MatrixMarket matrix array real general\n1 1\n1\n", PINION_ERR_UNSUPPORTED,
	       "\"array\"");
	refuse("%%MatrixMarket matrix coordinate complex general\n1 1 0\n", PINION_ERR_UNSUPPORTED,
	       "\"complex\"");
	refuse("%%MatrixMarket matrix coordinate real Hermitian\n", PINION_ERR_UNSUPPORTED,
	       "\"hermitian\"");
	refuse("%%MatrixMarket matrix coordinate real skew-symmetric\n", PINION_ERR_UNSUPPORTED,
	       "\"skew-symmetric\"");
}

static void bad_size_line(void)
{
	refuse(GENERAL, PINION_ERR_SYNTAX, ":2: the file ends before the line with rows");
	refuse(GENERAL "% only a comment", PINION_ERR_SYNTAX, "the file ends before");
	refuse(GENERAL "%\n2 2\n1 1 1\n", PINION_ERR_SYNTAX,
	       ":3: the line ends before the number of entries");
	refuse(GENERAL "two 2 1\n", PINION_ERR_SYNTAX, ":2: \"two\" is no number of rows");
	refuse(GENERAL "-2 2 1\n1 1 1\n", PINION_ERR_SYNTAX, "\"-2\" is no number of rows");
	refuse(GENERAL "2.0 2 1\n1 1 1\n", PINION_ERR_SYNTAX, "\"2.0\"");
	refuse(GENERAL "2 2 1 1\n1 1 1\n", PINION_ERR_SYNTAX, ":2: unexpected \"1\"");
	refuse(GENERAL "2 4294967296 1\n1 1 1\n", PINION_ERR_RANGE, "longer than 4294967295");
	refuse(GENERAL "99999999999999999999999 2 1\n1 1 1\n", PINION_ERR_RANGE, "longer than");
	refuse(SYMMETRIC "2 3 1\n1 1 1\n", PINION_ERR_SYNTAX, "symmetric, but 2 rows and 3 columns");
	refuse(GENERAL "0 5 1\n1 1 1\n", PINION_ERR_SYNTAX, "has no entries");
	refuse(GENERAL "2 2 18446744073709551615\n1 1 1\n", PINION_ERR_SYNTAX,
	       "more than the file can hold");
	refuse(GENERAL "2 2 1000000000000\n1 1 1\n", PINION_ERR_SYNTAX,
	       ":2: 1000000000000 entries are announced");
}

static void bad_entries(void)
{
	refuse(GENERAL "2 2 2\n1 1 1\n3 1 1\n", PINION_ERR_RANGE, ":4: row 3 is outside 1 .. 2");
	refuse(GENERAL "2 2 1\n0 1 1\n", PINION_ERR_RANGE, ":3: row 0 is outside 1 .. 2");
	refuse(GENERAL "2 2 1\n1 7 1\n", PINION_ERR_RANGE, "column 7 is outside 1 .. 2");
	refuse(GENERAL "2 2 1\n1 99999999999999999999 1\n", PINION_ERR_RANGE,
	       "column 18446744073709551615");
	refuse(GENERAL "2 2 1\n-1 1 1\n", PINION_ERR_SYNTAX, "\"-1\" is no row");
	refuse(GENERAL "2 2 1\n1.0 1 1\n", PINION_ERR_SYNTAX, "\"1.0\" is no row");
	refuse(GENERAL "2 2 1\n1 1 one\n", PINION_ERR_SYNTAX, ":3: \"one\" is no finite number");
	refuse(GENERAL "2 2 1\n1\n", PINION_ERR_SYNTAX, ":3: the line ends before the column");
	refuse(GENERAL "2 2 1\n1 1 \n", PINION_ERR_SYNTAX, ":3: the line ends before the value");
	refuse(GENERAL "2 2 1\n1 1 1 1\n", PINION_ERR_SYNTAX, ":3: unexpected \"1\" after the entry");
	refuse(PATTERN "2 2 1\n1 1 1\n", PINION_ERR_SYNTAX, ":3: unexpected \"1\" after the entry");
	refuse(INTEGER "2 2 1\n1 1 1.5\n", PINION_ERR_SYNTAX, "\"1.5\" is no whole number");
	refuse(SYMMETRIC "2 2 1\n1 2 1\n", PINION_ERR_SYNTAX,
	       ":3: entry 1 2 stands above the diagonal");
	refuse(GENERAL "2 2 2\n1 1 1\n%%%%%%\n", PINION_ERR_SYNTAX,
	       ":5: the file ends after 1 of 2 entries");
	refuse(GENERAL "2 2 1\n1 1 1\n2 2 1\n", PINION_ERR_SYNTAX,
	       ":4: more entries than the 1 announced");
	refuse(GENERAL "2 2 0\n1 1 1\n", PINION_ERR_SYNTAX, "more entries than the 0 announced");
	refuse(GENERAL "1 1 2\n1 1 1e308\n1 1 1e308\n", PINION_ERR_RANGE, "duplicates of entry 1 1");
}

static void bad_numbers(void)
{
	static const char *const bad[] = {"nan",   "NaN", "inf",   "-Infinity", "0x10", "1e",
	                                  "e5",    ".",   "+",     "-",         "--1",  "1.2.3",
	                                  "1e5.0", "1e+", "1_000", "1;",        "\"1\""};
	char text[512];
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		snprintf(text, sizeof text, "%s2 2 1\n1 1 %s\n", GENERAL, bad[i]);
		refuse(text, PINION_ERR_SYNTAX, "is no finite number");
	}
	refuse(GENERAL "2 2 1\n1 1 1e999\n", PINION_ERR_SYNTAX,
	       ":3: \"1e999\" is too large for a double");
	refuse(GENERAL "2 2 1\n1 1 -1e99999999999999999999\n", PINION_ERR_SYNTAX,
	       "too large for a double");
	snprintf(text, sizeof text, "%s2 2 1\n1 1 0.%0200d\n", GENERAL, 1);
	refuse(text, PINION_ERR_SYNTAX, "is no finite number");
}

static void binary_files(void)
{
	char bytes[4096];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)(i * 167 >> 3);
	refuse_bytes(bytes, sizeof bytes, PINION_ERR_SYNTAX, "not a Matrix Market file");
	refuse_bytes("\x7f"
	             "ELF\0\0\0",
	             7, PINION_ERR_SYNTAX, "not a Matrix Market file");
	static const char zero[] = GENERAL "2 2 1\n1 1 \0\x01\x02\n";
	refuse_bytes(zero, sizeof zero - 1, PINION_ERR_SYNTAX, ":3: ");
	refuse("%%MatrixMarket \x1b[31mred coordinate\n", PINION_ERR_SYNTAX,
	       "\"?[31mred\" is no object");
}

static void unreadable_files(void)
{
	pinion_matrix *m = NULL;
	pinion_diag diag = {0};
	use_folder();
	CHECK_INT(pinion_matrix_read(&m, path, &diag), ==, PINION_ERR_IO);
	CHECK_CONTAINS(diag.text, "m.mtx: No such file");
	CHECK_INT(pinion_matrix_read(&m, folder, &diag), ==, PINION_ERR_IO);
	CHECK_CONTAINS(diag.text, "Is a directory");
	CHECK_INT(pinion_matrix_read(&m, "", &diag), ==, PINION_ERR_IO);
	if (geteuid() != 0) {
		write_bytes("x", 1);
		CHECK_INT(chmod(path, 0), ==, 0);
		CHECK_INT(pinion_matrix_read(&m, path, &diag), ==, PINION_ERR_IO);
		CHECK_CONTAINS(diag.text, "Permission denied");
	}
	drop_folder();
	CHECK_INT(pinion_matrix_read(&m, "/dev/null", &diag), ==, PINION_ERR_SYNTAX);
	CHECK_INT(pinion_matrix_read(&m, "/dev/zero", &diag), ==, PINION_ERR_SYNTAX);
	CHECK(m == NULL);
}

/* A message keeps its end when the path is long. */
static void long_path(void)
{
	char text[3000];
	pinion_matrix *m = NULL;
	pinion_diag diag = {0};
	memset(text, 'p', sizeof text);
	text[sizeof text - 1] = '\0';
	text[0] = '/';
	CHECK_INT(pinion_matrix_read(&m, text, &diag), ==, PINION_ERR_IO);
	CHECK_CONTAINS(diag.text, "...ppp");
	CHECK_CONTAINS(diag.text, "too long");
}

/* Lines far longer than the reader's buffer, where they may be long and where they may not. */
static void long_lines(void)
{
	enum { LONG = 3000000 };
	char *text = malloc(LONG + 200);
	CHECK(text != NULL);
	size_t n = (size_t)sprintf(text, "%s%% ", GENERAL);
	memset(text + n, 'c', LONG);
	strcpy(text + n + LONG, "\n1 1 1\n1 1 9\n");
	check_rows(accept(text), "0:9 / ");
	n = (size_t)sprintf(text, "%s1 1 1\n1 1", GENERAL);
	memset(text + n, ' ', LONG);
	strcpy(text + n + LONG, "8\n");
	check_rows(accept(text), "0:8 / ");
	memset(text + n, '1', LONG);
	refuse(text, PINION_ERR_RANGE, ":3: column 18446744073709551615");
	free(text);
}

/* Entries in a scrambled order, more than one buffer of them. */
static void large_file(void)
{
	enum { N = 60000 };
	use_folder();
	FILE *f = fopen(path, "w");
	CHECK(f != NULL);
	fprintf(f, "%s%d %d %d\n", GENERAL, N, 1000, N);
	for (unsigned i = 0; i < N; i++) {
		unsigned row = (unsigned)((i * UINT64_C(48271)) % N);
		fprintf(f, "%u %u %u.5\n", row + 1, row % 1000 + 1, row);
	}
	CHECK_INT(fclose(f), ==, 0);
	pinion_matrix *m = NULL;
	CHECK_INT(pinion_matrix_read(&m, path, NULL), ==, 0);
	pinion_csr a = pinion_matrix_csr(m);
	CHECK_INT(a.entries, ==, N);
	for (unsigned i = 0; i < N; i++) {
		CHECK_INT(a.row_start[i], ==, i);
		CHECK_INT(a.column[i], ==, i % 1000);
		CHECK(a.value[i] == i + 0.5);
	}
	pinion_matrix_destroy(m);
	drop_folder();
}

static void check_real(const char *file, size_t rows, size_t entries, double first)
{
	char name[512];
	pinion_matrix *m = NULL;
	if (!data_file(name, sizeof name, file))
		return;
	CHECK_INT(pinion_matrix_read(&m, name, NULL), ==, 0);
	pinion_csr a = pinion_matrix_csr(m);
	CHECK_INT(a.rows, ==, rows);
	CHECK_INT(a.entries, ==, entries);
	CHECK(a.value[0] == first);
	pinion_matrix_destroy(m);
}

static void real_files(void)
{
	check_real("bcsstk13.mtx", 2003, 2 * 42943 - 2003, 277281165.183);
	check_real("jagmesh7.mtx", 1138, 7450, 1.0);
}

TESTS({"general", general}, {"symmetric_is_expanded", symmetric_is_expanded},
      {"other_fields", other_fields}, {"loose_form", loose_form},
      {"order_and_duplicates", order_and_duplicates}, {"numbers_are_exact", numbers_are_exact},
      {"locale_is_ignored", locale_is_ignored}, {"bad_first_line", bad_first_line},
      {"bad_size_line", bad_size_line}, {"bad_entries", bad_entries}, {"bad_numbers", bad_numbers},
      {"binary_files", binary_files}, {"unreadable_files", unreadable_files},
      {"long_path", long_path}, {"long_lines", long_lines}, {"large_file", large_file},
      {"real_files", real_files})
