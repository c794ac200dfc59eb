/*
 * spsc.single with Boost.Lockfree's spsc_queue of a capacity fixed when compiled.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <boost/lockfree/spsc_queue.hpp>
#include <boost/version.hpp>

#include <cstdint>
#include <cstdio>

struct ring {
	boost::lockfree::spsc_queue<std::uint64_t, boost::lockfree::capacity<1024>> queue;
};

static inline int ring_push(struct ring *r, std::uint64_t item)
{
	return r->queue.push(item);
}

static inline int ring_pop(struct ring *r, std::uint64_t *item)
{
	return r->queue.pop(*item);
}

static struct ring *ring_make(const char *)
{
	return new ring;
}

#include "bench/versus/contestants/spsc.h"

int main(int argc, char **argv)
{
	char version[32];

	std::snprintf(version, sizeof version, "%d.%d.%d", BOOST_VERSION / 100000,
	              BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100);
	return spsc_main(version, argc, argv);
}
