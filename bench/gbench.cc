/*
 * The shim behind gbench.h, the only C++ of the project. Handles are Google
 * Benchmark's own objects under another name. Nobody on either side catches an
 * exception, so one (memory is exhausted, say) ends the program where it is
 * thrown, before any C frame is unwound.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/gbench.h"

#include <benchmark/benchmark.h>

#include <atomic>
#include <string>
#include <vector>

namespace {

using Case = benchmark::internal::Benchmark;

/* Set by gbench_error() on any thread; read after all benchmarks are done. */
std::atomic<bool> any_error{false};

Case *of(gbench_case *c)
{
	return reinterpret_cast<Case *>(c);
}

benchmark::State &of(gbench_state *state)
{
	return *reinterpret_cast<benchmark::State *>(state);
}

const benchmark::State &of(const gbench_state *state)
{
	return *reinterpret_cast<const benchmark::State *>(state);
}

benchmark::Counter::Flags flags_of(unsigned kind)
{
	using Counter = benchmark::Counter;
	const struct {
		unsigned ours;
		Counter::Flags theirs;
	} table[] = {
		{GBENCH_RATE, Counter::kIsRate},
		{GBENCH_AVERAGE_THREADS, Counter::kAvgThreads},
		{GBENCH_EACH_ITERATION, Counter::kIsIterationInvariant},
		{GBENCH_PER_ITERATION, Counter::kAvgIterations},
		{GBENCH_INVERT, Counter::kInvert},
	};
	Counter::Flags flags = Counter::kDefaults;

	for (const auto &row : table)
		if (kind & row.ours)
			flags = flags | row.theirs;
	return flags;
}

} // namespace

gbench_case *gbench_register(const char *name, gbench_function fn, void *ctx)
{
	auto body = [fn, ctx](benchmark::State &state) {
		fn(reinterpret_cast<gbench_state *>(&state), ctx);
	};

	return reinterpret_cast<gbench_case *>(benchmark::RegisterBenchmark(name, body));
}

void gbench_arg(gbench_case *c, int64_t argument)
{
	of(c)->Arg(argument);
}

void gbench_args(gbench_case *c, const int64_t *argument, int count)
{
	of(c)->Args(std::vector<int64_t>(argument, argument + count));
}

void gbench_range(gbench_case *c, int64_t low, int64_t high, int multiplier)
{
	of(c)->RangeMultiplier(multiplier)->Range(low, high);
}

void gbench_arg_names(gbench_case *c, const char *const *name, int count)
{
	of(c)->ArgNames(std::vector<std::string>(name, name + count));
}

void gbench_threads(gbench_case *c, int threads)
{
	of(c)->Threads(threads);
}

void gbench_thread_range(gbench_case *c, int least, int most)
{
	of(c)->ThreadRange(least, most);
}

void gbench_set_unit(gbench_case *c, gbench_unit unit)
{
	static const benchmark::TimeUnit theirs[] = {benchmark::kNanosecond, benchmark::kMicrosecond,
	                                             benchmark::kMillisecond, benchmark::kSecond};

	of(c)->Unit(theirs[unit]);
}

void gbench_use_wall_clock(gbench_case *c)
{
	of(c)->UseRealTime();
}

void gbench_use_manual_time(gbench_case *c)
{
	of(c)->UseManualTime();
}

void gbench_use_process_cpu_time(gbench_case *c)
{
	of(c)->MeasureProcessCPUTime();
}

void gbench_min_time(gbench_case *c, double seconds)
{
	of(c)->MinTime(seconds);
}

void gbench_fixed_iterations(gbench_case *c, int64_t iterations)
{
	of(c)->Iterations(iterations);
}

void gbench_repetitions(gbench_case *c, int repetitions)
{
	of(c)->Repetitions(repetitions);
}

void gbench_context(const char *key, const char *value)
{
	benchmark::AddCustomContext(key, value);
}

int gbench_main(int argc, char **argv)
{
	benchmark::Initialize(&argc, argv);
	if (benchmark::ReportUnrecognizedArguments(argc, argv))
		return 1;

	size_t ran = benchmark::RunSpecifiedBenchmarks();

	benchmark::Shutdown();
	return any_error ? 1 : ran == 0 ? 2 : 0;
}

bool gbench_next(gbench_state *state)
{
	return of(state).KeepRunning();
}

bool gbench_next_batch(gbench_state *state, int64_t batch)
{
	return of(state).KeepRunningBatch(batch);
}

void gbench_pause(gbench_state *state)
{
	of(state).PauseTiming();
}

void gbench_resume(gbench_state *state)
{
	of(state).ResumeTiming();
}

void gbench_set_time(gbench_state *state, double seconds)
{
	of(state).SetIterationTime(seconds);
}

int64_t gbench_argument(const gbench_state *state, int index)
{
	return of(state).range(static_cast<size_t>(index));
}

int64_t gbench_iterations(const gbench_state *state)
{
	return of(state).iterations();
}

int gbench_thread(const gbench_state *state)
{
	return of(state).thread_index();
}

int gbench_thread_count(const gbench_state *state)
{
	return of(state).threads();
}

void gbench_bytes(gbench_state *state, int64_t bytes)
{
	of(state).SetBytesProcessed(bytes);
}

void gbench_items(gbench_state *state, int64_t items)
{
	of(state).SetItemsProcessed(items);
}

void gbench_counter(gbench_state *state, const char *name, double value, unsigned kind)
{
	of(state).counters[name] = benchmark::Counter(value, flags_of(kind));
}

void gbench_label(gbench_state *state, const char *text)
{
	of(state).SetLabel(text);
}

void gbench_error(gbench_state *state, const char *text)
{
	any_error = true;
	of(state).SkipWithError(text);
}
