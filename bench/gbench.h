/*
 * Google Benchmark for C: benchmarks are C functions, everything else (flags,
 * choice of iterations, repetitions, console, JSON and CSV output) is Google
 * Benchmark's own.
 *
 *	static void sum(gbench_state *state, void *ctx)
 *	{
 *		size_t n = (size_t)gbench_argument(state, 0);
 *		...
 *		while (gbench_next(state))
 *			gbench_use(add_up(x, n));
 *		gbench_bytes(state, gbench_iterations(state) * 8 * (int64_t)n);
 *	}
 *
 *	int main(int argc, char **argv)
 *	{
 *		gbench_case *c = gbench_register("sum", sum, NULL);
 *		gbench_range(c, 1 << 10, 1 << 20, 32);
 *		return gbench_main(argc, argv);
 *	}
 *
 * Registration happens on one thread before gbench_main(). With threads, the
 * function runs on each of them at the same time with a state of its own. No
 * function here fails: when memory is exhausted the program ends.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_BENCH_GBENCH_H
#define PINION_BENCH_GBENCH_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One run of one benchmark on one thread; valid inside the function. */
typedef struct gbench_state gbench_state;

/* One registered benchmark; owned by Google Benchmark. */
typedef struct gbench_case gbench_case;

/** The benchmark: prepare, loop while gbench_next() says so, then report. */
typedef void (*gbench_function)(gbench_state *state, void *ctx);

/* ---- registration; each function returns nothing and changes the case ---- */

/** Register fn under `name`; ctx is handed to it and stays borrowed until gbench_main() returns. */
gbench_case *gbench_register(const char *name, gbench_function fn, void *ctx);

/** Run it once with one argument, or with these `count` arguments; may be called several times. */
void gbench_arg(gbench_case *c, int64_t argument);
void gbench_args(gbench_case *c, const int64_t *argument, int count);

/** Run it with low, low * multiplier, ..., high (both ends included). */
void gbench_range(gbench_case *c, int64_t low, int64_t high, int multiplier);

/** Name the arguments in the output: "sum/elements:1024". */
void gbench_arg_names(gbench_case *c, const char *const *name, int count);

/** Run it on this many threads; on 1, 2, 4, ... up to `most` threads. */
void gbench_threads(gbench_case *c, int threads);
void gbench_thread_range(gbench_case *c, int least, int most);

typedef enum gbench_unit { GBENCH_NS = 0, GBENCH_US, GBENCH_MS, GBENCH_S } gbench_unit;
void gbench_set_unit(gbench_case *c, gbench_unit unit);

/** Which clock counts. Work that other threads do for the caller needs the wall clock. */
void gbench_use_wall_clock(gbench_case *c);
void gbench_use_manual_time(gbench_case *c); /* each iteration calls gbench_set_time() */
void gbench_use_process_cpu_time(gbench_case *c); /* of all threads together */

/** Measure at least so long; exactly so many iterations; so many repetitions. 0 is not allowed. */
void gbench_min_time(gbench_case *c, double seconds);
void gbench_fixed_iterations(gbench_case *c, int64_t iterations);
void gbench_repetitions(gbench_case *c, int repetitions);

/** Add a line to the context of the output, e.g. the placement. */
void gbench_context(const char *key, const char *value);

/**
 * Read Google Benchmark's flags (--benchmark_filter, --benchmark_format=json, --benchmark_out=FILE,
 * ...) and run.
 *
 * @return 0; 1 when an argument is not known or a benchmark reported an error; 2 when no benchmark
 *          matched.
 */
int gbench_main(int argc, char **argv);

/* ---- inside the benchmark ---- */

/** True while another iteration is wanted. The first call starts the clock, the last stops it. */
bool gbench_next(gbench_state *state);

/**
 * The same for `batch` iterations at once, which the body then makes: for bodies of a few
 * nanoseconds.
 */
bool gbench_next_batch(gbench_state *state, int64_t batch);

/** Stop and restart the clock inside an iteration; costs about 100 ns. */
void gbench_pause(gbench_state *state);
void gbench_resume(gbench_state *state);

/** The time of this iteration; with gbench_use_manual_time(). */
void gbench_set_time(gbench_state *state, double seconds);

int64_t gbench_argument(const gbench_state *state, int index);
int64_t gbench_iterations(const gbench_state *state);
int gbench_thread(const gbench_state *state); /* 0 .. gbench_thread_count() - 1 */
int gbench_thread_count(const gbench_state *state);

/** Totals over all iterations; reported per second. */
void gbench_bytes(gbench_state *state, int64_t bytes);
void gbench_items(gbench_state *state, int64_t items);

/* How a counter becomes the number that is reported; flags can be joined by |. */
typedef enum gbench_counter_kind {
	GBENCH_PLAIN = 0,           /* as given; summed over threads */
	GBENCH_RATE = 1,            /* divided by the time in seconds */
	GBENCH_AVERAGE_THREADS = 2, /* divided by the number of threads */
	GBENCH_EACH_ITERATION = 4,  /* given per iteration: multiplied by their number */
	GBENCH_PER_ITERATION = 8,   /* divided by the number of iterations */
	GBENCH_INVERT = 16,         /* its reciprocal */
} gbench_counter_kind;
void gbench_counter(gbench_state *state, const char *name, double value, unsigned kind);

/** Text at the end of the line. */
void gbench_label(gbench_state *state, const char *text);

/**
 * Give up: no more iterations, the text is reported, and gbench_main() returns 1. Leave the loop,
 * then return.
 */
void gbench_error(gbench_state *state, const char *text);

/** Make the compiler believe that a value is needed, or that all memory is read and written. */
static inline void gbench_use(double value)
{
	__asm__ __volatile__("" : : "g"(value) : "memory");
}
static inline void gbench_clobber(void)
{
	__asm__ __volatile__("" : : : "memory");
}

#ifdef __cplusplus
}
#endif

#endif
