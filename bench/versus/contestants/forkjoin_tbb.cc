/*
 * forkjoin.empty with oneTBB: parallel_for over as many indexes as there are
 * threads, in an arena of pinned threads. The setting is the partitioner.
 *
 * oneTBB promises that each index is visited once, not that each thread takes
 * part; the proof is therefore per index. A thread that comes late is not waited
 * for, which can only make this contestant faster.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/contestants/pinned_arena.h"
#include "bench/versus/proof.h"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/version.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace {

struct alignas(CONTESTANT_LINE) count {
	uint64_t runs;
};

struct team {
	std::unique_ptr<pinned_arena> pinned;
	std::vector<count> index;
	std::string setting;
	tbb::affinity_partitioner affinity;
};

template <typename partitioner>
void loop(team *t, uint64_t ops, partitioner &&part)
{
	count *index = t->index.data();
	tbb::blocked_range<int> range(0, static_cast<int>(t->index.size()), 1);

	for (uint64_t i = 0; i < ops; i++)
		tbb::parallel_for(
		    range,
		    [index](const tbb::blocked_range<int> &r) {
			    for (int k = r.begin(); k < r.end(); k++)
				    index[k].runs++;
		    },
		    part);
}

void run(team *t, uint64_t ops)
{
	if (t->setting == "static")
		loop(t, ops, tbb::static_partitioner());
	else if (t->setting == "simple")
		loop(t, ops, tbb::simple_partitioner());
	else if (t->setting == "affinity")
		loop(t, ops, t->affinity);
	else
		loop(t, ops, tbb::auto_partitioner());
}

const char *setup(contestant *self, const contestant_task *task)
{
	team *t = new team;

	t->pinned = std::make_unique<pinned_arena>(task);
	t->index.resize(static_cast<size_t>(task->workers));
	t->setting = task->setting;
	self->version = TBB_VERSION_STRING;
	self->state = t;
	return t->pinned->arena().max_concurrency() == task->workers
	           ? nullptr
	           : "the arena has another number of threads than there are processors";
}

void prepare(contestant *self)
{
	team *t = static_cast<team *>(self->state);

	for (count &c : t->index)
		c.runs = 0;
}

uint64_t batch(contestant *self, uint64_t ops, uint64_t)
{
	team *t = static_cast<team *>(self->state);

	t->pinned->arena().execute([t, ops] { run(t, ops); });
	return 0;
}

uint64_t checksum(contestant *self, uint64_t, uint64_t seed)
{
	team *t = static_cast<team *>(self->state);
	uint64_t sum = 0;

	for (size_t i = 0; i < t->index.size(); i++)
		sum += proof_worker(static_cast<int>(i), t->index[i].runs, seed);
	return sum;
}

} // namespace

int main(int argc, char **argv)
{
	contestant self = {nullptr, setup, prepare, batch, checksum, 0, nullptr};

	return contestant_main(&self, argc, argv);
}
