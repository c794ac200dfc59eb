#include <pinion/kernels.h>
#include <pinion/pinion.h>
#include <stdio.h>

static int fill(size_t begin, size_t end, void *x)
{
	for (size_t i = begin; i < end; i++)
		((double *)x)[i] = 1.0 / (double)(i + 1);
	return 0;
}

int main(void)
{
	pinion_engine *engine;
	pinion_partition *blocks; /* which worker owns which indexes */
	pinion_array *x;          /* memory laid out by it */
	pinion_audit audit;
	double sum;
	if (pinion_engine_create(&engine, NULL, NULL, NULL) || pinion_engine_start(engine, NULL) ||
	    pinion_partition_block(&blocks, pinion_engine_placement(engine), 1 << 24, 512) ||
	    pinion_array_create(&x, blocks, sizeof(double), NULL, NULL) ||
	    pinion_for(engine, blocks, NULL, fill, pinion_array_data(x)) ||
	    pinion_sum(engine, blocks, pinion_array_data(x), &sum, NULL) || pinion_array_audit(x, &audit, NULL, 0))
		return 1;
	printf("%d workers, sum %.17g, %.0f %% of the pages at home\n", pinion_engine_workers(engine), sum, audit.percent_home);
	pinion_engine_destroy(engine), pinion_array_destroy(x), pinion_partition_destroy(blocks);
}
