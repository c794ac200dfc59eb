/* Sum the squares of ten million numbers that live where their worker is. */
#include <pinion/pinion.h>
#include <stdio.h>

static int fill(size_t begin, size_t end, void *x)
{
	for (size_t i = begin; i < end; i++)
		((double *)x)[i] = (double)i;
	return 0;
}

static void squares(size_t begin, size_t end, void *sum, void *x)
{
	for (size_t i = begin; i < end; i++)
		*(double *)sum += ((double *)x)[i] * ((double *)x)[i];
}

static void add(void *into, const void *from, void *x)
{
	*(double *)into += *(const double *)from;
	(void)x;
}

int main(void)
{
	pinion_engine *engine;
	pinion_partition *blocks;
	pinion_array *array;
	pinion_audit audit;
	pinion_diag why;
	double zero = 0, sum = 0;
	pinion_reduction total = {sizeof total, sizeof sum, &zero, squares, add, 0, false};

	if (pinion_engine_create(&engine, NULL, NULL, &why) || pinion_engine_start(engine, &why))
		return fprintf(stderr, "%s\n", why.text), 1;
	if (pinion_partition_block(&blocks, pinion_engine_placement(engine), 10000000, 512) ||
	    pinion_array_create(&array, blocks, sizeof(double), NULL, &why))
		return fprintf(stderr, "%s\n", why.text), 1;
	pinion_for(engine, blocks, NULL, fill, pinion_array_data(array));
	pinion_reduce(engine, blocks, NULL, &total, &sum, pinion_array_data(array));
	if (pinion_array_audit(array, &audit, NULL, 0) == 0)
		printf("%d workers: %.10e, %.0f %% of the pages at home\n", pinion_engine_workers(engine), sum,
		       audit.percent_home);
	pinion_array_destroy(array);
	pinion_partition_destroy(blocks);
	pinion_engine_destroy(engine);
}
