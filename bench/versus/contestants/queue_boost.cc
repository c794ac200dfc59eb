/*
 * Boost.Lockfree's queue for many producers and consumers, of a capacity fixed
 * when compiled: its nodes lie in an array and are never allocated.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <boost/lockfree/queue.hpp>
#include <boost/version.hpp>

#include <cstdint>
#include <cstdio>

struct queue {
	boost::lockfree::queue<std::uint64_t, boost::lockfree::capacity<1024>> nodes;
};

static inline int queue_push(struct queue *q, int, std::uint64_t item)
{
	return q->nodes.push(item);
}

static inline int queue_pop(struct queue *q, int, std::uint64_t *item)
{
	return q->nodes.pop(*item);
}

static struct queue *queue_make(const char *)
{
	return new queue;
}

#include "bench/versus/contestants/flow.h"

int main(int argc, char **argv)
{
	char version[32];

	std::snprintf(version, sizeof version, "%d.%d.%d", BOOST_VERSION / 100000,
	              BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100);
	return flow_main(version, argc, argv);
}
