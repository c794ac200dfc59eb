/*
 * The OpenMP team itself: how many threads it gets, and a loop that hands each
 * thread its part, with which the twin's threads are bound and the twin's
 * memory is filled (and so placed) by the threads that use it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/twin.h"

#include <omp.h>

int twin_omp_for(size_t n, int threads, pinion_body body, void *ctx)
{
	int error = 0;

#pragma omp parallel num_threads(threads)
	{
		size_t team = (size_t)omp_get_num_threads(), me = (size_t)omp_get_thread_num();
		size_t part = n / team, rest = n % team;
		size_t begin = me * part + (me < rest ? me : rest);
		size_t end = begin + part + (me < rest ? 1 : 0);
		int mine = begin < end ? body(begin, end, ctx) : 0;

		if (mine != 0) {
#pragma omp critical(twin_omp_for_error)
			error = error != 0 ? error : mine;
		}
	}
	return error;
}

int twin_omp_default_threads(void)
{
	return omp_get_max_threads();
}

int twin_omp_threads(int threads)
{
	int team = 1;

	omp_set_dynamic(0);
#pragma omp parallel num_threads(threads)
	{
#pragma omp single
		team = omp_get_num_threads();
	}
	return team;
}
