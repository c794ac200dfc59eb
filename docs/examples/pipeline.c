/*
 * A pipeline of two threads over a ring: the main thread makes samples, the other one
 * sums them up. Both sleep when they have to wait; closing the ring ends the work.
 */
#include <pinion/spsc.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

PINION_SPSC_DEFINE(samples, double);

#define CAPACITY 256
#define SAMPLES  100000

struct stage {
	samples ring;
	double sum;
};

static void *add_up(void *ctx)
{
	struct stage *stage = ctx;
	double sample;

	while (samples_pop_wait(&stage->ring, &sample, NULL) == PINION_RING_OK)
		stage->sum += sample;
	return NULL;
}

int main(void)
{
	static struct stage stage;
	size_t bytes = samples_bytes(CAPACITY);
	void *memory = aligned_alloc(PINION_RING_ALIGN, (bytes + PINION_RING_ALIGN - 1) /
	                                                    PINION_RING_ALIGN * PINION_RING_ALIGN);
	pthread_t thread;

	if (memory == NULL || samples_init(&stage.ring, memory, CAPACITY) != 0 ||
	    pthread_create(&thread, NULL, add_up, &stage) != 0)
		return 1;
	for (int i = 1; i <= SAMPLES; i++)
		if (samples_push_wait(&stage.ring, i * 0.5, NULL) != PINION_RING_OK)
			return 1;
	samples_close(&stage.ring);
	pthread_join(thread, NULL);
	printf("%d samples, sum %.1f\n", SAMPLES, stage.sum);
	free(memory);
	return stage.sum == 0.25 * SAMPLES * (SAMPLES + 1.0) ? 0 : 1;
}
