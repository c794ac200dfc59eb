/*
 * A oneTBB arena whose thread in slot i runs on the task's processor i.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_PINNED_ARENA_H
#define PINION_BENCH_VERSUS_PINNED_ARENA_H

#include "bench/versus/contestant.h"

#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_scheduler_observer.h>

class pinned_arena : public tbb::task_scheduler_observer {
public:
	explicit pinned_arena(const contestant_task *wanted)
	    : tbb::task_scheduler_observer(arena_), arena_(wanted->workers), task_(wanted)
	{
		arena_.initialize();
		observe(true);
	}

	~pinned_arena() override
	{
		observe(false);
	}

	void on_scheduler_entry(bool) override
	{
		int slot = tbb::this_task_arena::current_thread_index();

		if (slot >= 0 && slot < task_->workers && contestant_pin(task_->cpu[slot]) != 0)
			contestant_fail("a thread cannot be bound to its processor");
	}

	tbb::task_arena &arena()
	{
		return arena_;
	}

private:
	tbb::task_arena arena_;
	const contestant_task *task_;
};

#endif
