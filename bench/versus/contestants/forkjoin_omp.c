/*
 * forkjoin.empty with OpenMP: a parallel region that only counts. Compiled twice,
 * by gcc for libgomp and by clang for libomp; the settings are environment
 * variables.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/contestant.h"
#include "bench/versus/proof.h"

#include <omp.h>
#include <sched.h>

static _Thread_local uint64_t runs;


static const char *setup(struct contestant *self, const struct contestant_task *task)
{
	int members = 0, misplaced = 0;

#pragma omp parallel reduction(+ : members, misplaced)
	{
		members++;
		misplaced += sched_getcpu() != task->cpu[omp_get_thread_num()];
	}
	if (members != task->workers)
		return "the team has another number of threads than there are processors";
	return misplaced == 0 ? NULL : "a thread of the team is not on its processor";
}

static void prepare(struct contestant *self)
{
#pragma omp parallel
	runs = 0;
}

static uint64_t batch(struct contestant *self, uint64_t ops, uint64_t seed)
{
	for (uint64_t i = 0; i < ops; i++) {
#pragma omp parallel
		runs++;
	}
	return 0;
}

static uint64_t checksum(struct contestant *self, uint64_t ops, uint64_t seed)
{
	uint64_t sum = 0;

#pragma omp parallel reduction(+ : sum)
	sum += proof_worker(omp_get_thread_num(), runs, seed);
	return sum;
}

int main(int argc, char **argv)
{
	struct contestant self = {OMP_VERSION, setup, prepare, batch, checksum, 0, NULL};

	return contestant_main(&self, argc, argv);
}
