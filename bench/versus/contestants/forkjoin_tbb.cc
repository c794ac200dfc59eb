/*
 * forkjoin.empty with oneTBB: parallel_for over as many indexes as there are
 * threads, in an arena of pinned threads. The setting is the partitioner.
 *
 * Left to itself, oneTBB runs an empty loop almost always on the calling thread
 * alone, whatever the partitioner: the pieces are gone before another thread has
 * seen them. That answers another question. Here each piece waits until all
 * pieces have begun, so each thread has exactly one, as with the other runtimes;
 * the proof counts per thread.
 *
 * Ordering
 *   [begun]  a piece adds to begun (relaxed) and looks at it (relaxed): nothing is
 *            carried, only the number counts.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/contestants/pinned_arena.h"
#include "bench/versus/proof.h"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/version.h>

#include <memory>
#include <string>

namespace {

struct team {
	std::unique_ptr<pinned_arena> pinned;
	std::string setting;
	tbb::affinity_partitioner affinity;
	uint64_t size;
	alignas(CONTESTANT_LINE) uint64_t begun; /* pieces ever begun */
};

/* One piece of round `round`, which starts at 1. */
inline void piece(team *t, uint64_t round)
{
	uint64_t all = round * t->size;

	pinned_arena::mine()->runs++;
	if (__atomic_add_fetch(&t->begun, 1, __ATOMIC_RELAXED) >= all) /* [begun] */
		return;
	while (__atomic_load_n(&t->begun, __ATOMIC_RELAXED) < all) /* [begun] */
		contestant_pause();
}

template <typename partitioner>
void loop(team *t, uint64_t ops, partitioner &&part)
{
	tbb::blocked_range<int> range(0, static_cast<int>(t->size), 1);

	t->begun = 0;
	for (uint64_t round = 1; round <= ops; round++)
		tbb::parallel_for(
		    range,
		    [t, round](const tbb::blocked_range<int> &r) {
			    for (int k = r.begin(); k < r.end(); k++)
				    piece(t, round);
		    },
		    part);
}

void run(team *t, uint64_t ops)
{
	if (t->setting == "static")
		loop(t, ops, tbb::static_partitioner());
	else if (t->setting == "simple")
		loop(t, ops, tbb::simple_partitioner());
	else
		loop(t, ops, t->affinity);
}

const char *setup(contestant *self, const contestant_task *task)
{
	team *t = new team;

	t->pinned = std::make_unique<pinned_arena>(task);
	t->size = static_cast<uint64_t>(task->workers);
	t->setting = task->setting;
	self->version = TBB_VERSION_STRING;
	self->state = t;
	return t->pinned->arena().max_concurrency() == task->workers
	           ? nullptr
	           : "the arena has another number of threads than there are processors";
}

void prepare(contestant *self)
{
	static_cast<team *>(self->state)->pinned->clear();
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

	for (int slot = 0; slot < static_cast<int>(t->size); slot++)
		sum += proof_worker(slot, t->pinned->runs(slot), seed);
	return sum;
}

} // namespace

int main(int argc, char **argv)
{
	contestant self = {nullptr, setup, prepare, batch, checksum, 0, nullptr};

	return contestant_main(&self, argc, argv);
}
