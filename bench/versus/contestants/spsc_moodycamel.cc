/*
 * spsc.single with moodycamel's concurrent queue: tokens for both sides, room for
 * 1024 items made beforehand, and only the operation that never allocates.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <concurrentqueue/concurrentqueue.h>

#include <cstdint>

struct ring {
	moodycamel::ConcurrentQueue<std::uint64_t> queue{1024};
	alignas(128) moodycamel::ProducerToken producer{queue};
	alignas(128) moodycamel::ConsumerToken consumer{queue};
};

static inline int ring_push(struct ring *r, std::uint64_t item)
{
	return r->queue.try_enqueue(r->producer, item);
}

static inline int ring_pop(struct ring *r, std::uint64_t *item)
{
	return r->queue.try_dequeue(r->consumer, *item);
}

static struct ring *ring_make(const char *)
{
	return new ring;
}

#include "bench/versus/contestants/spsc.h"

int main(int argc, char **argv)
{
	return spsc_main(MOODYCAMEL_VERSION, argc, argv);
}
