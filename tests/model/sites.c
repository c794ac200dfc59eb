/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/model/sites.h"

#define SITES_MAX 4096 /* a power of two, more than any program has */
#define WEAK_MAX  64

static struct checker_site sites[SITES_MAX];
static uint16_t table[2 * SITES_MAX]; /* by hash: index + 1 */
static unsigned sites_n;

static struct {
	const void *pc;
	int order, failure_order;
} weak[WEAK_MAX];
static unsigned weak_n;

static struct checker_site *site_new(const struct operation *op)
{
	struct checker_site *site = &sites[sites_n++];

	if (sites_n == SITES_MAX)
		state_fail("more than %d atomic operations in the program", SITES_MAX);
	*site = (struct checker_site){.pc = op->pc,
	                              .kind = op->kind,
	                              .order = op->order,
	                              .failure_order = op->kind == CHECKER_CAS ? op->failure_order : -1,
	                              .bytes = op->bytes};
	return site;
}

static struct checker_site *site_of(const struct operation *op)
{
	size_t hash = (uintptr_t)op->pc * 0x9e3779b97f4a7c15u >> 51;

	for (size_t i = hash % (2 * SITES_MAX);; i = (i + 1) % (2 * SITES_MAX)) {
		if (table[i] == 0) {
			struct checker_site *site = site_new(op);

			table[i] = (uint16_t)sites_n;
			return site;
		}
		if (sites[table[i] - 1].pc == op->pc)
			return &sites[table[i] - 1];
	}
}

void site_visit(struct operation *op)
{
	site_of(op)->hits++;
	for (unsigned i = 0; i < weak_n; i++)
		if (weak[i].pc == op->pc) {
			op->order = weak[i].order;
			if (op->kind == CHECKER_CAS)
				op->failure_order = weak[i].failure_order;
		}
}

size_t checker_sites(const struct checker_site **all)
{
	*all = sites;
	return sites_n;
}

void checker_weaken(const void *pc, int order, int failure_order)
{
	unsigned i = 0;

	while (i < weak_n && weak[i].pc != pc)
		i++;
	if (i == WEAK_MAX)
		return;
	weak_n += i == weak_n;
	weak[i].pc = pc;
	weak[i].order = order;
	weak[i].failure_order = failure_order;
}

void checker_weaken_none(void)
{
	weak_n = 0;
}
