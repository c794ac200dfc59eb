/*
 * Starts and stops engines many times, with a little work in between, so that
 * a leak checker can count what stays behind. Threads and file descriptors,
 * which it does not see, are counted here.
 *
 * usage: lifecycle CYCLES
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/engine.h>
#include <pinion/local.h>
#include <pinion/loop.h>
#include <pinion/scope.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { STARTS_PER_ENGINE = 10, INDEXES = 256 };

static int touch(size_t begin, size_t end, void *ctx)
{
	unsigned char *x = ctx;
	for (size_t i = begin; i < end; i++)
		x[i]++;
	return 0;
}

static int count(void *ctx)
{
	int *calls = ctx;
	*calls += 1;
	return 0;
}

/* One start with a loop, a placed task and a value per worker, then one stop. */
static int one_cycle(pinion_engine *engine, const pinion_partition *split, unsigned char *x)
{
	pinion_local *local = NULL;
	int calls = 0;
	int error = pinion_engine_start(engine, NULL);
	if (error == 0)
		error = pinion_local_create(&local, engine, sizeof(long), NULL);
	if (error == 0)
		error = pinion_for(engine, split, NULL, touch, x);
	if (error == 0)
		error = pinion_run_on(engine, 1, count, &calls);
	pinion_local_destroy(local);
	int stopped = pinion_engine_stop(engine);
	if (error == 0 && calls != 1)
		error = PINION_ERR_FAILED;
	return error != 0 ? error : stopped;
}

/* The life of one engine: `cycles` starts and stops. */
static int one_engine(int cycles)
{
	pinion_config config = PINION_CONFIG_INIT;
	config.workers = 2;
	config.oversubscribe = true;
	pinion_engine *engine = NULL;
	pinion_partition *split = NULL;
	unsigned char x[INDEXES] = {0};

	int error = pinion_engine_create(&engine, NULL, &config, NULL);
	if (error == 0)
		error = pinion_partition_block(&split, pinion_engine_placement(engine), INDEXES, 1);
	for (int i = 0; error == 0 && i < cycles; i++)
		error = one_cycle(engine, split, x);
	for (int i = 0; error == 0 && i < INDEXES; i++)
		if (x[i] != cycles)
			error = PINION_ERR_FAILED;
	pinion_partition_destroy(split);
	pinion_engine_destroy(engine);
	return error;
}

/* The number of entries in a folder of /proc/self, or -1. */
static int entries(const char *folder)
{
	DIR *dir = opendir(folder);
	int count = -2; /* for . and .. */
	if (dir == NULL)
		return -1;
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

/* A joined thread may stay in the list for a moment: the kernel wakes the joiner first. */
static int lasting_threads(void)
{
	struct timespec millisecond = {0, 1000000};
	for (int i = 0; i < 1000 && entries("/proc/self/task") > 1; i++)
		nanosleep(&millisecond, NULL);
	return entries("/proc/self/task");
}

int main(int argc, char **argv)
{
	int cycles = argc == 2 ? atoi(argv[1]) : 0;
	int descriptors = entries("/proc/self/fd");
	if (cycles <= 0) {
		fprintf(stderr, "usage: lifecycle CYCLES\n");
		return 2;
	}
	for (int done = 0; done < cycles; done += STARTS_PER_ENGINE) {
		int error = one_engine(STARTS_PER_ENGINE);
		if (error != 0) {
			fprintf(stderr, "after %d cycles: %s\n", done, pinion_strerror(error));
			return 1;
		}
	}
	int threads = lasting_threads(), descriptors_now = entries("/proc/self/fd");
	printf("%d cycles, %d threads left, %d descriptors before, %d after\n", cycles, threads,
		descriptors, descriptors_now);
	return threads != 1 || descriptors_now != descriptors;
}
