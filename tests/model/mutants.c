/*
 * The mutation run of one model program: see mutants.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/model/mutants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS_MAX 16

static struct mutants all;
static const char *header[HEADERS_MAX];
static size_t headers_n;

/* ---- names ------------------------------------------------------------------------ */

static const char *const kind_name[] = {
    [CHECKER_LOAD] = "load", [CHECKER_STORE] = "store", [CHECKER_RMW] = "rmw",
    [CHECKER_CAS] = "cas",   [CHECKER_FENCE] = "fence",
};

void site_name(const struct site *site, char *text, size_t bytes)
{
	bool fails = site->kind == CHECKER_CAS && site->failure_order != __ATOMIC_RELAXED;
	char ordinal[16] = "";

	if (site->ordinal > 1)
		snprintf(ordinal, sizeof ordinal, "#%d", site->ordinal);
	snprintf(text, bytes, "%s %s%s%s%s", kind_name[site->kind], checker_order_name(site->order),
	         fails ? "/" : "", fails ? checker_order_name(site->failure_order) : "", ordinal);
}

void mutant_name(const struct mutant *m, char *text, size_t bytes)
{
	bool failure = m->order == m->site->order;

	snprintf(text, bytes, "%s%s", failure ? "failure " : "",
	         checker_order_name(failure ? m->failure_order : m->order));
}

/* ---- sites ------------------------------------------------------------------------- */

static const char *header_of(const struct checker_place *place)
{
	size_t length = strlen(place->file);

	for (size_t i = 0; i < headers_n; i++) {
		size_t tail = strlen(header[i]);

		if (length > tail && strcmp(place->file + length - tail, header[i]) == 0 &&
		    place->file[length - tail - 1] == '/')
			return header[i];
	}
	return NULL;
}

static bool same_site(const struct site *a, const struct site *b)
{
	return a->header == b->header && a->place.line == b->place.line && a->kind == b->kind &&
	       a->order == b->order && a->failure_order == b->failure_order &&
	       strcmp(a->place.function, b->place.function) == 0;
}

static size_t add_site(const struct site *site)
{
	size_t i = 0;

	while (i < all.sites_n && !same_site(&all.site[i], site))
		i++;
	if (i == all.sites_n) {
		if (i == SITES_MAX) {
			fprintf(stderr, "more than %d sites\n", SITES_MAX);
			exit(1);
		}
		all.site[all.sites_n++] = *site;
	}
	return i;
}

static int by_place(const void *a, const void *b)
{
	const struct mutant *x = a, *y = b;
	int headers = strcmp(x->site->header, y->site->header);

	return headers != 0 ? headers : x->site->place.line - y->site->place.line;
}

/* Equal operations of one function are told apart by their order in the text. */
static void number_sites(void)
{
	for (struct site *a = all.site; a < all.site + all.sites_n; a++) {
		a->ordinal = 1;
		for (const struct site *b = all.site; b < all.site + all.sites_n; b++) {
			struct site moved = *b;

			moved.place.line = a->place.line;
			a->ordinal += b->place.line < a->place.line && same_site(a, &moved);
		}
	}
}

/* Run every model for a moment: both ways, since each way has its own blind corners. */
static bool meet_sites(uint64_t *hits, size_t hits_max, size_t i)
{
	static const struct checker_limits limits[] = {
	    {.search = CHECKER_RANDOM, .seconds = 0.2, .seed = 1},
	    {.search = CHECKER_EXHAUSTIVE, .seconds = 0.5},
	};
	static struct checker_result result;
	const struct checker_site *met;

	for (int way = 0; way < 2; way++) {
		checker_run(&all.models[i], &limits[way], &result);
		if (result.verdict == CHECKER_FAILED) {
			printf("%s fails without any mutation: %s\n", all.models[i].name, result.what);
			return false;
		}
	}
	size_t n = checker_sites(&met);
	for (size_t s = 0; s < n && s < hits_max; s++)
		hits[s] = met[s].hits;
	return true;
}

#define ADDRESSES_MAX 4096

/* Which addresses each model comes by; the bits of `models_of`. */
static bool run_models_once(uint64_t *models_of)
{
	static uint64_t before[ADDRESSES_MAX], after[ADDRESSES_MAX];

	for (size_t i = 0; i < all.models_n; i++) {
		if (all.models[i].must_fail)
			continue;
		memcpy(before, after, sizeof before);
		if (!meet_sites(after, ADDRESSES_MAX, i))
			return false;
		for (size_t s = 0; s < ADDRESSES_MAX; s++)
			if (after[s] != before[s])
				models_of[s] |= UINT64_C(1) << i;
	}
	return true;
}

/* One site for all addresses that the compiler made of one operation. */
static bool gather_site(size_t i, const struct checker_site *met, const struct checker_place *place,
                        uint64_t models)
{
	struct site site = {header_of(place),   *place, met->kind, met->order,
	                    met->failure_order, 0,      0,         0};

	all.site_of[i] = SITES_MAX;
	if (site.header == NULL)
		return true;
	all.site_of[i] = add_site(&site);
	struct site *whole = &all.site[all.site_of[i]];
	whole->models |= models;
	if (++whole->addresses <= SITE_ADDRESSES_MAX)
		return true;
	fprintf(stderr, "%s:%d is inlined into more than %d places\n", whole->header, place->line,
	        SITE_ADDRESSES_MAX);
	return false;
}

static bool find_sites(void)
{
	static uint64_t models_of[ADDRESSES_MAX];
	const struct checker_site *met;
	bool ok = run_models_once(models_of);

	all.pcs_n = checker_sites(&met);
	all.pc = calloc(all.pcs_n + 1, sizeof *all.pc);
	all.site_of = calloc(all.pcs_n + 1, sizeof *all.site_of);
	struct checker_place *place = calloc(all.pcs_n + 1, sizeof *place);
	ok = ok && all.pc && all.site_of && place && all.pcs_n <= ADDRESSES_MAX;
	for (size_t i = 0; ok && i < all.pcs_n; i++)
		all.pc[i] = met[i].pc;
	if (ok)
		checker_places(all.pc, all.pcs_n, place);
	for (size_t i = 0; ok && i < all.pcs_n; i++)
		ok = gather_site(i, &met[i], &place[i], models_of[i]);
	free(place);
	number_sites();
	return ok;
}

/* ---- mutants ------------------------------------------------------------------------ */

static void add_mutant(const struct site *site, int order, int failure_order)
{
	if (all.mutants_n == MUTANTS_MAX) {
		fprintf(stderr, "more than %d mutants\n", MUTANTS_MAX);
		exit(1);
	}
	all.mutant[all.mutants_n++] =
	    (struct mutant){.site = site, .order = order, .failure_order = failure_order};
}

static void weaken_load_or_store(const struct site *site, int half)
{
	if (site->order != __ATOMIC_RELAXED)
		add_mutant(site, site->order == __ATOMIC_SEQ_CST ? half : __ATOMIC_RELAXED, -1);
}

static void weaken_rmw(const struct site *site)
{
	switch (site->order) {
	case __ATOMIC_SEQ_CST:
		add_mutant(site, __ATOMIC_ACQ_REL, site->failure_order);
		break;
	case __ATOMIC_ACQ_REL:
		add_mutant(site, __ATOMIC_ACQUIRE, site->failure_order);
		add_mutant(site, __ATOMIC_RELEASE, site->failure_order);
		break;
	case __ATOMIC_ACQUIRE:
	case __ATOMIC_RELEASE:
		add_mutant(site, __ATOMIC_RELAXED, site->failure_order);
		break;
	default:
		break;
	}
	if (site->kind == CHECKER_CAS && site->failure_order != __ATOMIC_RELAXED)
		add_mutant(site, site->order,
		           site->failure_order == __ATOMIC_SEQ_CST ? __ATOMIC_ACQUIRE : __ATOMIC_RELAXED);
}

static void make_mutants(void)
{
	for (const struct site *s = all.site; s < all.site + all.sites_n; s++) {
		if (s->kind == CHECKER_LOAD)
			weaken_load_or_store(s, __ATOMIC_ACQUIRE);
		else if (s->kind == CHECKER_STORE)
			weaken_load_or_store(s, __ATOMIC_RELEASE);
		else
			weaken_rmw(s);
	}
}

/* ---- what came out -------------------------------------------------------------------- */

static void tell(const struct mutant *m)
{
	const struct site *s = m->site;
	char operation[64], mutant[32], place[256];

	site_name(s, operation, sizeof operation);
	mutant_name(m, mutant, sizeof mutant);
	snprintf(place, sizeof place, "%s:%d %s", s->header, s->place.line, s->place.function);
	printf("%-52s %-18s -> %-16s ", place, operation, mutant);
	if (m->killed)
		printf("killed by %s, %llu executions, %.1f s: %s\n", m->by,
		       (unsigned long long)m->executions, m->seconds, m->how);
	else
		printf("lives, %.1f s%s%s%s\n", m->seconds, m->cut_short ? ", search cut short" : "",
		       m->how[0] != '\0' ? ": " : "", m->how);
}

/* Listed and alive is fine; alive and not listed is not; listed and killed is stale. */
static int judge(size_t *killed, size_t *listed)
{
	int bad = 0;

	for (struct mutant *m = all.mutant; m < all.mutant + all.mutants_n; m++) {
		char operation[64], mutant[32];

		if (m->killed) {
			(*killed)++;
			continue;
		}
		site_name(m->site, operation, sizeof operation);
		mutant_name(m, mutant, sizeof mutant);
		m->reason = equivalent_reason(m->site->header, m->site->place.function, operation, mutant);
		if (m->reason != NULL) {
			(*listed)++;
			continue;
		}
		printf("not killed and not listed: %s | %s | %s | %s | (line %d)\n", m->site->header,
		       m->site->place.function, operation, mutant, m->site->place.line);
		bad++;
	}
	for (size_t i = 0; i < headers_n; i++) {
		int missing = mutants_not_run(&all, header[i]);

		if (missing < 0)
			perror(header[i]);
		bad += missing != 0;
		bad += equivalent_stale(header[i]) != 0;
	}
	return bad;
}

/* For the summary over all programs: "mutants listed". */
static bool write_tally(size_t listed)
{
	const char *name = getenv("PINION_MUTANTS_TALLY");
	FILE *file;

	if (name == NULL)
		return true;
	file = fopen(name, "w");
	if (file == NULL) {
		perror(name);
		return false;
	}
	fprintf(file, "%zu %zu\n", all.mutants_n, listed);
	return fclose(file) == 0;
}

static bool split_headers(const char *names)
{
	static char copy[1024];
	char *rest = copy;

	snprintf(copy, sizeof copy, "%s", names);
	for (char *name; (name = strsep(&rest, ":")) != NULL && headers_n < HEADERS_MAX;)
		if (*name != '\0')
			header[headers_n++] = name;
	return headers_n > 0;
}

int mutants_main(const struct model *models, size_t n, const char *file, const char *headers)
{
	size_t killed = 0, listed = 0;

	if (headers == NULL || !split_headers(headers) || n > MUTANT_MODELS_MAX) {
		fprintf(stderr, "mutants: which headers? (--headers queues/x.h:queues/y.h)\n");
		return 2;
	}
	all.models = models;
	all.models_n = n;
	if (!equivalent_load(file))
		return 2;
	if (!find_sites())
		return 1;
	make_mutants();
	qsort(all.mutant, all.mutants_n, sizeof all.mutant[0], by_place);
	mutants_run(&all, tell);
	int bad = judge(&killed, &listed);
	printf("%zu sites, %zu mutants, %zu killed, %zu listed as equivalent\n", all.sites_n,
	       all.mutants_n, killed, listed);
	if (!write_tally(listed))
		bad++;
	return bad != 0;
}
