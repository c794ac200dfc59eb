/*
 * The JSON document. Its members are a contract with other programs: what is there
 * keeps its name and meaning; more may be added.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART_BYTES 4200

static void put_ratio(struct json *j, const char *key, const struct ratio *ratio)
{
	json_key(j, key);
	json_object(j);
	json_put_number(j, "median", ratio->median);
	json_key(j, "ci95");
	json_numbers(j, (const double[]){ratio->low, ratio->high}, 2);
	json_close(j);
}

static void put_samples(struct json *j, const struct series *s, int pairs)
{
	json_key(j, "samples");
	json_numbers(j, s->sample, (size_t)pairs);
}

static void put_pinion(struct json *j, const struct outcome *out)
{
	json_key(j, "pinion");
	json_object(j);
	json_put_number(j, "median", out->pinion.median);
	json_put_string(j, "setting", out->pinion.setting->name);
	put_samples(j, &out->pinion, out->pairs);
	json_close(j);
}

static void put_settings(struct json *j, const struct outcome *out)
{
	json_key(j, "settings");
	json_array(j);
	for (int i = 0; i < out->settings; i++) {
		json_object(j);
		json_put_string(j, "name", out->calibrated[i].setting->name);
		if (out->calibrated[i].turns > 0)
			json_put_number(j, "median", out->calibrated[i].median);
		else
			json_put_string(j, "unfit", out->calibrated[i].error);
		json_put_int(j, "turns", out->calibrated[i].turns);
		json_close(j);
	}
	json_close(j);
}

static void put_peer(struct json *j, const struct outcome *out)
{
	json_key(j, "peer");
	if (out->peer.who == NULL) {
		json_null(j);
		json_put_null(j, "speed_ratio");
		return;
	}
	json_object(j);
	json_put_string(j, "name", out->peer.who->name);
	json_put_string(j, "version", out->peer.version);
	json_put_string(j, "setting", out->peer.setting->name);
	json_put_number(j, "median", out->peer.median);
	put_samples(j, &out->peer, out->pairs);
	put_settings(j, out);
	json_close(j);
	put_ratio(j, "speed_ratio", &out->speed);
}

static void put_limit(struct json *j, const struct outcome *out)
{
	if (out->limit.who == NULL)
		return;
	json_key(j, "limit");
	json_object(j);
	json_put_string(j, "name", out->limit.who->name);
	json_put_number(j, "median", out->limit.median);
	put_ratio(j, "pinion_ratio", &out->over_limit);
	put_samples(j, &out->limit, out->pairs);
	json_close(j);
}

static void put_result(struct json *j, const struct results *r, const struct outcome *out)
{
	const struct question *q = out->question;

	json_object(j);
	json_put_string(j, "question", q->name);
	json_put_string(j, "unit", q->unit);
	json_put_string(j, "better", q->higher ? "higher" : "lower");
	json_put_int(j, "workers", out->workers);
	json_put_int(j, "threads", out->threads);
	if (q->sized)
		json_put_uint(j, "elements", r->arena.elements);
	put_pinion(j, out);
	put_peer(j, out);
	put_limit(j, out);
	json_put_int(j, "pairs", out->pairs);
	json_put_int(j, "dropped", out->dropped);
	json_close(j);
}

static void put_results(struct json *j, const struct results *r)
{
	json_key(j, "results");
	json_array(j);
	for (int i = 0; i < r->outcomes; i++)
		if (r->outcome[i].error[0] == '\0')
			put_result(j, r, &r->outcome[i]);
	json_close(j);
}

static void put_skipped(struct json *j, const struct results *r)
{
	json_key(j, "skipped");
	json_array(j);
	for (int i = 0; i < r->skips; i++) {
		const struct skipped *s = &r->skipped[i];

		json_object(j);
		json_put_string(j, "question", s->question->name);
		json_put_string(j, "peer", s->peer != NULL ? s->peer->name : NULL);
		json_put_string(j, "package", s->peer != NULL ? s->peer->package : NULL);
		json_put_string(j, "reason", s->reason);
		json_close(j);
	}
	json_close(j);
}

static void put_errors(struct json *j, const struct results *r)
{
	json_key(j, "errors");
	json_array(j);
	for (int i = 0; i < r->outcomes; i++) {
		const struct outcome *out = &r->outcome[i];

		if (out->error[0] == '\0')
			continue;
		json_object(j);
		json_put_string(j, "question", out->question->name);
		json_put_string(j, "peer", out->peer.who != NULL ? out->peer.who->name : NULL);
		json_put_string(j, "error", out->error);
		json_close(j);
	}
	json_close(j);
}

static int write_document(const struct results *r, FILE *to)
{
	struct json j;

	json_begin(&j, to);
	json_object(&j);
	json_put_int(&j, "schema", 1);
	json_put_bool(&j, "quick", r->quick);
	json_put_int(&j, "pairs", r->pairs);
	json_put_number(&j, "turn_ns", (double)r->arena.turn_ns);
	json_put_uint(&j, "seed", r->seed);
	json_key(&j, "machine");
	machine_json(&j, &r->machine, &r->arena);
	put_results(&j, r);
	put_skipped(&j, r);
	put_errors(&j, r);
	json_close(&j);
	return json_end(&j);
}

/* A pipe or a device is written directly: there is nothing to put in its place. */
static bool special(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && !S_ISREG(info.st_mode);
}

/* Where the document is written until it is whole. @return false when that name is too long. */
static bool part_name(const char *path, char *part, size_t bytes)
{
	int length = snprintf(part, bytes, "%s%s", path, special(path) ? "" : ".part");

	if (length < 0 || (size_t)length < bytes)
		return length >= 0;
	errno = ENAMETOOLONG;
	return false;
}

int output_json_check(const char *path)
{
	char part[PART_BYTES];
	struct stat info;
	FILE *to;

	if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	if (!part_name(path, part, sizeof part))
		return -1;
	if (special(path))
		return access(path, W_OK);
	to = fopen(part, "w");
	if (to == NULL)
		return -1;
	fclose(to);
	return unlink(part);
}

int output_json(const struct results *r, const char *path)
{
	char part[PART_BYTES];
	bool direct = special(path);
	FILE *to;
	int error;

	if (!part_name(path, part, sizeof part))
		return -1;
	to = fopen(part, "w");
	if (to == NULL)
		return -1;
	error = write_document(r, to);
	if (fclose(to) != 0 || error != 0 || (!direct && rename(part, path) != 0)) {
		error = errno;
		if (!direct)
			unlink(part);
		errno = error != 0 ? error : EIO;
		return -1;
	}
	return 0;
}
