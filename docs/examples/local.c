/* A histogram with one set of bins per worker, folded at the end; and where the loop's work ran. */
#include <pinion/pinion.h>
#include <stdio.h>

#define BINS 16

static int count(size_t begin, size_t end, void *local)
{
	long *bins = pinion_local_get(local); /* this worker's own, on its own node */

	for (size_t i = begin; i < end; i++)
		bins[i * i % BINS]++;
	return 0;
}

static void add(void *into, const void *from, void *ctx)
{
	for (int b = 0; b < BINS; b++)
		((long *)into)[b] += ((const long *)from)[b];
	(void)ctx;
}

int main(void)
{
	pinion_engine *engine;
	pinion_partition *range;
	pinion_local *local;
	pinion_ledger ledger;
	pinion_diag why;
	long bins[BINS] = {0}, all = 0;
	pinion_loop_options options = PINION_LOOP_OPTIONS_INIT;

	if (pinion_engine_create(&engine, NULL, NULL, &why) || pinion_engine_start(engine, &why))
		return fprintf(stderr, "%s\n", why.text), 1;
	if (pinion_partition_block(&range, pinion_engine_placement(engine), 1000000, 1) ||
	    pinion_local_create(&local, engine, sizeof bins, NULL))
		return 1;
	options.site = "histogram";
	int error = pinion_for(engine, range, &options, count, local);
	pinion_local_combine(local, bins, add, NULL);
	for (int b = 0; b < BINS; b++)
		all += bins[b];
	if (!error && pinion_ledger_take(engine, pinion_ledger_find(engine, "histogram"), &ledger) == 0)
		printf("%ld counted; claims at home %llu, near %llu, remote %llu\n", all,
		       (unsigned long long)ledger.claims_home, (unsigned long long)ledger.claims_near,
		       (unsigned long long)ledger.claims_remote);
	pinion_local_destroy(local);
	pinion_partition_destroy(range);
	pinion_engine_destroy(engine);
	return error || all != 1000000;
}
