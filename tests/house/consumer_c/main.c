/*
 * A user's program in C, as somebody without our source tree builds it: it
 * fills an array on its home nodes, checks each element and the library's
 * answer to a question with a known result.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/kernels.h>
#include <pinion/pinion.h>

#include <stdio.h>
#include <string.h>

enum { ELEMENTS = 100000 };

static int fill(size_t begin, size_t end, void *ctx)
{
	double *x = ctx;
	for (size_t i = begin; i < end; i++)
		x[i] = (double)(i % 7);
	return 0;
}

/* The sum of i % 7 over all elements, counted the slow way. */
static double expected_sum(void)
{
	double sum = 0;
	for (size_t i = 0; i < ELEMENTS; i++)
		sum += (double)(i % 7);
	return sum;
}

int main(void)
{
	pinion_diag diag = {-1, 0, "", ""};
	pinion_engine *engine = NULL;
	pinion_partition *split = NULL;
	pinion_array *array = NULL;
	double sum = -1;

	if (strcmp(pinion_version(), PINION_VERSION_STRING) != 0) {
		fprintf(stderr, "header %s, library %s\n", PINION_VERSION_STRING, pinion_version());
		return 1;
	}
	int error = pinion_engine_create(&engine, NULL, NULL, &diag);
	if (error == 0)
		error = pinion_engine_start(engine, &diag);
	if (error == 0)
		error = pinion_partition_block(&split, pinion_engine_placement(engine), ELEMENTS, 1);
	if (error == 0)
		error = pinion_array_create(&array, split, sizeof(double), NULL, &diag);
	if (error == 0)
		error = pinion_for(engine, split, NULL, fill, pinion_array_data(array));
	if (error == 0)
		error = pinion_sum(engine, split, pinion_array_data(array), &sum, NULL);
	if (error != 0)
		fprintf(stderr, "%s: %s\n", pinion_strerror(error), diag.text);
	else
		printf("pinion %s: sum %.1f on %d workers\n", pinion_version(), sum,
			pinion_engine_workers(engine));
	pinion_array_destroy(array);
	pinion_partition_destroy(split);
	pinion_engine_destroy(engine);
	return error != 0 || sum != expected_sum();
}
