/*
 * The table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/output.h"

#include <stdio.h>
#include <string.h>

void output_list(const struct arena *arena)
{
	for (const struct question *const *q = questions_all(); *q != NULL; q++) {
		printf("%-19s %s\n%19s peers:", (*q)->name, (*q)->summary, "");
		for (int i = 0; i < (*q)->peers; i++) {
			const struct contender *peer = &(*q)->peer[i];

			printf("%s %s", i > 0 ? "," : "", peer->name);
			if (!runner_built(arena, peer))
				printf(" (not built; package %s)", peer->package);
		}
		if ((*q)->peers == 0)
			printf(" none");
		if ((*q)->limit != NULL)
			printf("; limit: %s", (*q)->limit->name);
		printf("\n");
	}
}

void output_head(const struct results *r)
{
	machine_text(&r->machine, &r->arena);
	printf("%d pairs per peer, turns of %.0f ms or more, seed %llu%s\n\n", r->pairs,
	       (double)r->arena.turn_ns / 1e6, (unsigned long long)r->seed,
	       r->quick ? " (--quick: a trial, not a result)" : "");
	printf("%-19s %7s %-11s %-21s %11s %11s   %s\n", "question", "workers", "peer",
	       "its best setting", "pinion", "peer", "pinion is faster by");
	fflush(stdout);
}

static void print_value(const struct question *q, double value)
{
	printf(" %6.*f %-4s", value < 100 ? 2 : 0, value, q->unit);
}

/* "2", or "4 on 2" where threads share processors. */
static void print_crew(const struct outcome *out)
{
	char crew[32];

	if (out->threads > out->workers)
		snprintf(crew, sizeof crew, "%d on %d", out->threads, out->workers);
	else
		snprintf(crew, sizeof crew, "%d", out->workers);
	printf("%-19s %7s ", out->question->name, crew);
}

void output_row(const struct outcome *out)
{
	const struct contender *peer = out->peer.who;

	print_crew(out);
	printf("%-11s ", peer != NULL ? peer->name : "-");
	if (out->error[0] != '\0') {
		printf("error: %s\n", out->error);
		fflush(stdout);
		return;
	}
	printf("%-21s", peer != NULL ? out->peer.setting->name : "-");
	print_value(out->question, out->pinion.median);
	if (peer != NULL) {
		print_value(out->question, out->peer.median);
		printf("   %.3g x [%.3g, %.3g]", out->speed.median, out->speed.low, out->speed.high);
	}
	if (out->dropped > 0)
		printf(", %d pairs dropped", out->dropped);
	printf("\n");
	if (out->limit.who != NULL) {
		printf("%-19s %7s limit: %-26s %11s", "", "", out->limit.who->name, "");
		print_value(out->question, out->limit.median);
		printf("   pinion is %.3g x [%.3g, %.3g] of it\n", out->over_limit.median,
		       out->over_limit.low, out->over_limit.high);
	}
	fflush(stdout);
}

void output_foot(const struct results *r)
{
	for (int i = 0; i < r->skips; i++) {
		const struct skipped *s = &r->skipped[i];

		printf("skipped: %s%s%s: %s\n", s->question->name, s->peer != NULL ? " with " : "",
		       s->peer != NULL ? s->peer->name : "", s->reason);
	}
}
