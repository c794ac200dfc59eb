/*
 * stream.triad with OpenMP: the twin that `pinion bench --engine omp` measures,
 * with plain or with streaming stores. Compiled twice, by gcc for libgomp and by
 * clang for libomp. Pages are placed by a first touch with the same split.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/twin.h"
#include "bench/versus/contestant.h"
#include "bench/versus/proof.h"

#include <sched.h>
#include <string.h>

#include <omp.h>

struct triad {
	struct twin_vectors v;
	int threads;
	bool streaming;
};

static void fill(struct twin_vectors *v, int threads)
{
#pragma omp parallel for schedule(static) num_threads(threads)
	for (size_t i = 0; i < v->n; i++) {
		v->a[i] = -1;
		v->b[i] = proof_b(i);
		v->c[i] = proof_c(i);
	}
}

/* Threads of a team that are not on their processors, counting those that are missing. */
static int misplaced(const struct contestant_task *task)
{
	int right = 0;

#pragma omp parallel num_threads(task->workers) reduction(+ : right)
	right += sched_getcpu() == task->cpu[omp_get_thread_num()];
	return task->workers - right;
}

static const char *setup(struct contestant *self, const struct contestant_task *task)
{
	static struct triad t;

	if (misplaced(task) != 0)
		return "a thread of the team is not on its processor";
	t.threads = task->workers;
	t.streaming = strncmp(task->setting, "streaming", 9) == 0;
	if (t.streaming && twin_streaming_isa() == NULL)
		contestant_unfit("this processor has no streaming stores");
	t.v.n = task->elements;
	t.v.a = contestant_doubles(t.v.n);
	t.v.b = contestant_doubles(t.v.n);
	t.v.c = contestant_doubles(t.v.n);
	if (t.v.a == NULL || t.v.b == NULL || t.v.c == NULL)
		return "out of memory";
	fill(&t.v, t.threads);
	self->state = &t;
	return NULL;
}

static uint64_t batch(struct contestant *self, uint64_t ops, uint64_t seed)
{
	struct triad *t = self->state;

	for (uint64_t i = 0; i < ops; i++) {
		t->v.s = proof_s(i, seed);
		if (t->streaming)
			twin_omp_stream_nt(TWIN_TRIAD, &t->v, t->threads);
		else
			twin_omp_stream(TWIN_TRIAD, &t->v, t->threads);
	}
	return 0;
}

static uint64_t checksum(struct contestant *self, uint64_t ops, uint64_t seed)
{
	const struct triad *t = self->state;
	uint64_t sum = 0;

#pragma omp parallel for schedule(static) num_threads(t->threads) reduction(+ : sum)
	for (size_t i = 0; i < t->v.n; i++)
		sum += proof_element(i, t->v.a[i]);
	return sum;
}

int main(int argc, char **argv)
{
	struct contestant self = {OMP_VERSION, setup, NULL, batch, checksum, 0, NULL};

	return contestant_main(&self, argc, argv);
}
