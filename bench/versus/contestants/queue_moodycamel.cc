/*
 * moodycamel's blocking concurrent queue. Room is made beforehand and a producer
 * waits when there is none, as in a bounded ring; a consumer sleeps until there is
 * an item.
 *
 * It is not one first-in, first-out queue but one for each producer: items of
 * different producers may overtake each other. What is checked holds for it too,
 * since it is the order of each producer's own items.
 *
 * The number in the setting is the room; "tokens" gives each thread a token.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <concurrentqueue/blockingconcurrentqueue.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace
{
using blocks = moodycamel::BlockingConcurrentQueue<std::uint64_t>;

constexpr int threads = 8; /* of each kind */

struct alignas(128) tokens {
	explicit tokens(blocks &b) : producer(b), consumer(b)
	{
	}

	moodycamel::ProducerToken producer;
	moodycamel::ConsumerToken consumer;
};
} // namespace

struct queue {
	explicit queue(const char *setting) : items(std::strtoul(setting, nullptr, 10))
	{
		if (std::strstr(setting, "tokens") != nullptr)
			for (tokens *&t : token)
				t = new tokens(items);
	}

	blocks items;
	tokens *token[threads] = {};
};

static inline int queue_push(struct queue *q, int producer, std::uint64_t item)
{
	tokens *t = q->token[producer];

	return t != nullptr ? q->items.try_enqueue(t->producer, item) : q->items.try_enqueue(item);
}

static inline int queue_pop(struct queue *q, int consumer, std::uint64_t *item)
{
	tokens *t = q->token[consumer];

	if (t != nullptr)
		q->items.wait_dequeue(t->consumer, *item);
	else
		q->items.wait_dequeue(*item);
	return 1;
}

static struct queue *queue_make(const char *setting)
{
	return new queue(setting);
}

#include "bench/versus/contestants/flow.h"

int main(int argc, char **argv)
{
	return flow_main(MOODYCAMEL_VERSION, argc, argv);
}
