/*
 * Reads a document of versus as another program would, and checks its contract:
 * schema, members, types, and that the ratios follow from the samples.
 *
 *	versus_json FILE
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/question.h"
#include "bench/versus/ratio.h"

#include "tests/support/check.h"
#include "tests/support/json_check.h"

#include <math.h>

#define SAMPLES 1000

static char *document;

static char *read_file(const char *path)
{
	FILE *in = fopen(path, "r");
	size_t room = (size_t)1 << 20, length;
	char *text = malloc(room);

	CHECK(in != NULL && text != NULL);
	length = fread(text, 1, room - 1, in);
	CHECK(feof(in));
	text[length] = '\0';
	fclose(in);
	return text;
}

static void text_at(const char *prefix, const char *name, char *value, size_t bytes)
{
	char path[128];

	snprintf(path, sizeof path, "%s%s", prefix, name);
	if (!json_at(document, path, value, bytes) || value[0] == '\0')
		fprintf(stderr, "%s is missing or empty\n", path);
	CHECK(value[0] != '\0');
}

static double number_at(const char *prefix, const char *name)
{
	char value[64], *end;
	double number;

	text_at(prefix, name, value, sizeof value);
	number = strtod(value, &end);
	if (*end != '\0' || !isfinite(number))
		fprintf(stderr, "%s%s is no number: %s\n", prefix, name, value);
	CHECK(*end == '\0' && isfinite(number));
	return number;
}

static int length_at(const char *prefix, const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s%s", prefix, name);
	return json_length(document, path);
}

/* The samples of one side, whose median must be the one that is stated. */
static void check_side(const char *result, const char *side, double *sample, int pairs)
{
	char prefix[96], name[32];
	double median;

	snprintf(prefix, sizeof prefix, "%s%s.", result, side);
	CHECK_INT(length_at(prefix, "samples"), ==, pairs);
	for (int i = 0; i < pairs; i++) {
		snprintf(name, sizeof name, "samples.%d", i);
		sample[i] = number_at(prefix, name);
		CHECK(sample[i] > 0);
	}
	median = number_at(prefix, "median");
	CHECK(fabs(ratio_median(sample, pairs) - median) <= 1e-9 * median);
}

static void check_ratio(const char *result, const struct question *q, const double *pinion,
                        const double *peer, int pairs)
{
	static double ratio[SAMPLES];
	double median = number_at(result, "speed_ratio.median");

	for (int i = 0; i < pairs; i++)
		ratio[i] = question_ratio(q, pinion[i], peer[i]);
	CHECK(fabs(ratio_median(ratio, pairs) - median) <= 1e-9 * median);
	CHECK_INT(length_at(result, "speed_ratio.ci95"), ==, 2);
	CHECK(number_at(result, "speed_ratio.ci95.0") <= median);
	CHECK(number_at(result, "speed_ratio.ci95.1") >= median);
}

static void check_result(int index)
{
	static double pinion[SAMPLES], peer[SAMPLES];
	char result[32], value[128];
	int pairs;

	snprintf(result, sizeof result, "results.%d.", index);
	text_at(result, "question", value, sizeof value);
	const struct question *q = question_find(value, strlen(value));
	CHECK(q != NULL);
	text_at(result, "unit", value, sizeof value);
	CHECK_STR(value, q->unit);
	text_at(result, "better", value, sizeof value);
	CHECK_STR(value, q->higher ? "higher" : "lower");
	CHECK(number_at(result, "workers") >= 1);
	CHECK(number_at(result, "threads") >= number_at(result, "workers"));
	pairs = length_at(result, "pinion.samples");
	CHECK(pairs > 0 && pairs <= SAMPLES);
	check_side(result, "pinion", pinion, pairs);
	text_at(result, "pinion.setting", value, sizeof value);
	text_at(result, "peer.name", value, sizeof value);
	text_at(result, "peer.version", value, sizeof value);
	text_at(result, "peer.setting", value, sizeof value);
	check_side(result, "peer", peer, pairs);
	check_ratio(result, q, pinion, peer, pairs);
	if (q->limit != NULL) {
		text_at(result, "limit.name", value, sizeof value);
		CHECK_STR(value, q->limit->name);
		CHECK(number_at(result, "limit.median") > 0);
	}
}

static void check_machine(void)
{
	static const char *const texts[] = {"model", "kernel", "compiler", "pinion", "date"};
	char value[160];

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		text_at("machine.", texts[i], value, sizeof value);
	CHECK(number_at("machine.", "cpus") >= 1);
	CHECK(number_at("machine.", "nodes") >= 1);
	CHECK(number_at("machine.", "llc_bytes") >= 0);
}

int main(int argc, char **argv)
{
	char value[32];
	size_t offset;

	CHECK_INT(argc, ==, 2);
	document = read_file(argv[1]);
	if (!json_valid(document, &offset))
		fprintf(stderr, "not JSON at byte %zu\n", offset);
	CHECK(json_valid(document, NULL));
	CHECK(number_at("", "schema") == 1);
	text_at("", "quick", value, sizeof value);
	CHECK(strcmp(value, "true") == 0 || strcmp(value, "false") == 0);
	check_machine();
	int results = json_length(document, "results"), skipped = json_length(document, "skipped");
	CHECK(results + skipped > 0);
	CHECK_INT(json_length(document, "errors"), ==, 0);
	for (int i = 0; i < results; i++)
		check_result(i);
	free(document);
	return 0;
}
