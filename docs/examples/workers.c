/*
 * Two threads make orders, three fill them: one ring between all of them. Who finds
 * no room or no order sleeps; closing the ring ends the work when the last is done.
 */
#include <pinion/mpmc.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct order {
	int customer, amount;
};

PINION_MPMC_DEFINE(orders, struct order);

#define CAPACITY 100 /* exactly */
#define CLERKS   2
#define PACKERS  3
#define ORDERS   30000 /* of each clerk */

static orders desk;
static long packed[PACKERS];

static void *take_orders(void *ctx)
{
	struct order order = {.customer = *(int *)ctx, .amount = 1};

	for (int i = 0; i < ORDERS; i++)
		if (orders_push_wait(&desk, order, NULL) != PINION_RING_OK)
			return NULL; /* closed */
	return NULL;
}

static void *pack(void *ctx)
{
	long *mine = ctx;
	struct order order;

	while (orders_pop_wait(&desk, &order, NULL) == PINION_RING_OK)
		*mine += order.amount;
	return NULL; /* closed, and nothing left */
}

int main(void)
{
	size_t bytes = orders_bytes(CAPACITY);
	void *memory = aligned_alloc(PINION_RING_ALIGN, (bytes + PINION_RING_ALIGN - 1) /
	                                                    PINION_RING_ALIGN * PINION_RING_ALIGN);
	pthread_t clerk[CLERKS], packer[PACKERS];
	int customer[CLERKS];
	long sum = 0;

	if (memory == NULL || orders_init(&desk, memory, CAPACITY) != 0)
		return 1;
	for (int i = 0; i < PACKERS; i++)
		if (pthread_create(&packer[i], NULL, pack, &packed[i]) != 0)
			return 1;
	for (int i = 0; i < CLERKS; i++) {
		customer[i] = i;
		if (pthread_create(&clerk[i], NULL, take_orders, &customer[i]) != 0)
			return 1;
	}
	for (int i = 0; i < CLERKS; i++)
		pthread_join(clerk[i], NULL);
	orders_close(&desk);
	for (int i = 0; i < PACKERS; i++) {
		pthread_join(packer[i], NULL);
		sum += packed[i];
	}
	printf("%ld orders packed\n", sum);
	free(memory);
	return sum == (long)CLERKS * ORDERS ? 0 : 1;
}
