/*
 * A oneTBB arena whose thread in slot i runs on the task's processor i and counts
 * in a line of its own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_VERSUS_PINNED_ARENA_H
#define PINION_BENCH_VERSUS_PINNED_ARENA_H

#include "bench/versus/contestant.h"

#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_scheduler_observer.h>

#include <vector>

class pinned_arena {
public:
	struct alignas(CONTESTANT_LINE) count {
		uint64_t runs;
	};

	explicit pinned_arena(const contestant_task *task)
	    : slot_(static_cast<size_t>(task->workers)), arena_(task->workers),
	      watch_(arena_, task, slot_.data())
	{
		arena_.initialize();
		watch_.observe(true);
	}

	~pinned_arena()
	{
		watch_.observe(false);
	}

	tbb::task_arena &arena()
	{
		return arena_;
	}

	/* The line of the calling thread's slot; inside the arena only. */
	static count *&mine()
	{
		thread_local count *line = nullptr;

		return line;
	}

	uint64_t runs(int slot) const
	{
		return slot_[static_cast<size_t>(slot)].runs;
	}

	/* Set all counts to 0, while nothing runs. */
	void clear()
	{
		for (count &c : slot_)
			c.runs = 0;
	}

private:
	class watch : public tbb::task_scheduler_observer {
	public:
		watch(tbb::task_arena &arena, const contestant_task *task, count *slot)
		    : tbb::task_scheduler_observer(arena), task_(task), slot_(slot)
		{
		}

		/* A thread takes a slot: from here on it is the slot's. */
		void on_scheduler_entry(bool) override
		{
			int index = tbb::this_task_arena::current_thread_index();

			if (index < 0 || index >= task_->workers)
				contestant_fail("the arena has more slots than threads were asked for");
			if (contestant_pin(task_->cpu[index]) != 0)
				contestant_fail("a thread cannot be bound to its processor");
			mine() = slot_ + index;
		}

	private:
		const contestant_task *task_;
		count *slot_;
	};

	std::vector<count> slot_;
	tbb::task_arena arena_;
	watch watch_;
};

#endif
