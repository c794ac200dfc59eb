/*
 * The list of questions, and what several of them share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/questions/all.h"

#include "bench/versus/proof.h"

#include <string.h>

#define NAME_MOST 64

const struct question *const *questions_all(void)
{
	static const struct question *const all[] = {
	    &question_forkjoin_empty,
	    &question_stream_triad,
	    &question_spsc_single,
	    &question_spsc_lazy,
	    &question_spsc_burst32,
	    &question_spsc_roundtrip,
	    &question_mpmc_try_1p1c,
	    &question_mpmc_try_2p2c,
	    &question_mpmc_wait_1p1c,
	    &question_mpmc_wait_2p2c,
	    &question_mpmc_burst32,
	    &question_inbox_1p,
	    &question_inbox_3p,
	    &question_deque_owner,
	    &question_deque_stolen1,
	    &question_deque_stolen10,
	    &question_event_notify_idle,
	    &question_event_notify_fenced,
	    &question_park_roundtrip,
	    &question_task_run_on,
	    NULL,
	};

	return all;
}

const struct question *question_find(const char *name, size_t length)
{
	for (const struct question *const *q = questions_all(); *q != NULL; q++)
		if (strlen((*q)->name) == length && memcmp((*q)->name, name, length) == 0)
			return *q;
	return NULL;
}

/* Letters to insert, delete or replace between two words. */
static int distance(const char *a, size_t a_length, const char *b)
{
	int row[NAME_MOST + 1];
	int b_length = (int)strlen(b);

	for (int j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 0; i < a_length; i++) {
		int diagonal = row[0]++;

		for (int j = 0; j < b_length; j++) {
			int replaced = diagonal + (a[i] != b[j]);
			int least = row[j] < row[j + 1] ? row[j] + 1 : row[j + 1] + 1;

			diagonal = row[j + 1];
			row[j + 1] = replaced < least ? replaced : least;
		}
	}
	return row[b_length];
}

const char *question_nearest(const char *name, size_t length)
{
	const char *nearest = NULL;
	int best = (int)length / 2 + 1;

	for (const struct question *const *q = questions_all(); *q != NULL && length <= NAME_MOST; q++) {
		int far = distance(name, length, (*q)->name);

		/* The half of a name is near to the whole. */
		if (length >= 3 && strlen((*q)->name) > length && strncmp((*q)->name, name, length) == 0)
			far = 0;
		if (far < best) {
			best = far;
			nearest = (*q)->name;
		}
	}
	return nearest;
}

double question_value(const struct question *q, size_t elements, uint64_t ops, uint64_t ns)
{
	if (q->bytes_per_element > 0) /* bytes per nanosecond are GB/s */
		return q->bytes_per_element * (double)elements * (double)ops / (double)ns;
	return (double)ns / (double)ops;
}

double question_ratio(const struct question *q, double pinion, double other)
{
	return q->higher ? pinion / other : other / pinion;
}

uint64_t question_expect_each(const struct load *load)
{
	uint64_t sum = 0;

	for (int w = 0; w < load->workers; w++)
		sum += proof_worker(w, load->ops, load->seed);
	return sum;
}

uint64_t question_expect_one(const struct load *load)
{
	return proof_worker(1, load->ops, load->seed);
}

static const struct setting spinning[] = {{"default", {NULL}}};

const struct contender question_round_trip = {
    "cache-line round trip", "versus-roundtrip", "gcc", spinning, 1, question_expect_one,
};
