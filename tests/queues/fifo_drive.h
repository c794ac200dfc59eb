/*
 * Drives a queue for the monitor: producers push unique values, consumers pop them,
 * all of them log what they do, and the logs are judged at the end. The test brings
 * the two operations; each does one and notes it.
 *
 * With PINION_LONG=1 a run has more than ten million operations; otherwise it ends
 * after a quarter of a million or when its time is over.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_QUEUES_FIFO_DRIVE_H
#define PINION_TESTS_QUEUES_FIFO_DRIVE_H

#include "tests/queues/freeze.h"
#include "tests/support/fifo_monitor.h"

#define DRIVE_PUSHES      UINT64_C(125000)
#define DRIVE_PUSHES_LONG UINT64_C(5200000)
#define DRIVE_MS          400u
#define DRIVE_MS_LONG     600000u

enum drive_outcome { DRIVE_OK, DRIVE_EMPTY, DRIVE_FULL, DRIVE_BUSY };

struct drive {
	/* One operation each. A pop notes by fifo_note() what it came to, but for BUSY. */
	enum drive_outcome (*push)(void *queue, unsigned producer, uint64_t value);
	enum drive_outcome (*pop)(void *queue, struct fifo_log *log);
	void *queue;
	unsigned producers, consumers;
	struct fifo_bounds bounds;
	bool freeze, per_producer;

	/* private */
	struct fifo_log logs[STRESS_THREADS_MAX];
	uint64_t each, end;
	PINION_ALIGNED(PINION_NOSHARE) atomic_u32 producing;
};

static inline bool drive_is_long(void)
{
	return getenv("PINION_LONG") != NULL;
}

/* How many values all producers together push at most. */
static inline uint64_t drive_pushes(void)
{
	return drive_is_long() ? DRIVE_PUSHES_LONG : DRIVE_PUSHES;
}

static inline uint64_t drive_value(unsigned producer, uint64_t number)
{
	return (uint64_t)producer << 48 | number;
}

static inline unsigned drive_producer(uint64_t value)
{
	return (unsigned)(value >> 48);
}

static inline uint64_t drive_number(uint64_t value)
{
	return value & ((UINT64_C(1) << 48) - 1);
}

static inline void drive_produce(struct drive *d, unsigned me)
{
	uint64_t random = stress_state(me);
	struct fifo_log *log = &d->logs[me];

	for (uint64_t i = 0; i < d->each && (i % 64 != 0 || !stress_over(d->end));) {
		uint64_t value = drive_value(me, i), begin = fifo_now();
		enum drive_outcome outcome = d->push(d->queue, me, value);
		uint64_t end = fifo_now();

		if (outcome == DRIVE_OK) {
			fifo_note(log, FIFO_PUSH, value, begin, end);
			i++;
		} else {
			if (outcome == DRIVE_FULL)
				fifo_note(log, FIFO_FULL, 0, begin, end);
			pinion__yield();
		}
		freeze_step();
		stress_jitter(&random);
	}
	u32_add_release(&d->producing, UINT32_MAX);
}

/* Until a look after the end of the last producer finds nothing. */
static inline void drive_consume(struct drive *d, unsigned me)
{
	uint64_t random = stress_state(me);

	for (;;) {
		bool last = u32_load_acquire(&d->producing) == 0;
		enum drive_outcome outcome = d->pop(d->queue, &d->logs[me]);

		freeze_step();
		if (outcome == DRIVE_EMPTY && last)
			return;
		if (outcome != DRIVE_OK)
			pinion__yield();
		stress_jitter(&random);
	}
}

static inline void drive_thread(void *shared, unsigned index)
{
	struct drive *d = shared;

	stress_spread(index);
	if (index < d->producers)
		drive_produce(d, index);
	else
		drive_consume(d, index);
}

static inline void drive_begin(struct drive *d)
{
	uint64_t pushes = drive_pushes();

	d->each = pushes / d->producers;
	for (unsigned i = 0; i < d->producers + d->consumers; i++) {
		struct fifo_log *log = &d->logs[i];

		*log = (struct fifo_log){.spare = pushes / 8};
		log->room = (i < d->producers ? d->each : pushes) + log->spare;
		log->ops = malloc(log->room * sizeof *log->ops); /* pages come as they are used */
		CHECK(log->ops != NULL);
	}
	u32_init(&d->producing, d->producers);
	d->end = stress_box_ms(drive_is_long() ? DRIVE_MS_LONG : DRIVE_MS);
}

static inline void drive_judge(const struct fifo_log *logs, size_t n, struct fifo_bounds bounds)
{
	struct fifo_verdict v = fifo_check(logs, n, bounds);

	if (v.fault != FIFO_FINE) {
		fprintf(stderr,
		        "%s: value %u.%" PRIu64 ", other %u.%" PRIu64 ", from %" PRIu64 " to %" PRIu64 "\n",
		        fifo_fault_text(v.fault), drive_producer(v.value), drive_number(v.value),
		        drive_producer(v.other), drive_number(v.other), v.begin, v.end);
		exit(1);
	}
}

/* Everything that concerns one producer: its log, and from the consumers' logs its values
 * and the pops that found nothing. */
static inline void drive_judge_producer(const struct drive *d, unsigned producer)
{
	unsigned threads = d->producers + d->consumers;
	struct fifo_log logs[2] = {d->logs[producer], {.ops = NULL}};

	for (unsigned i = d->producers; i < threads; i++)
		logs[1].room += d->logs[i].n;
	logs[1].ops = malloc(logs[1].room * sizeof *logs[1].ops + 1);
	CHECK(logs[1].ops != NULL);
	for (unsigned i = d->producers; i < threads; i++)
		for (size_t k = 0; k < d->logs[i].n; k++) {
			struct fifo_op op = d->logs[i].ops[k];

			if (op.kind == FIFO_EMPTY || drive_producer(op.value) == producer)
				logs[1].ops[logs[1].n++] = op;
		}
	drive_judge(logs, 2, d->bounds);
	free(logs[1].ops);
}

static inline void drive_end(struct drive *d)
{
	unsigned threads = d->producers + d->consumers;
	size_t ops = 0;

	for (unsigned i = 0; i < threads; i++)
		ops += d->logs[i].n;
	printf("  %u + %u threads, capacity %" PRIu64 ": %zu operations\n", d->producers, d->consumers,
	       d->bounds.least, ops);
	if (d->per_producer)
		for (unsigned i = 0; i < d->producers; i++)
			drive_judge_producer(d, i);
	else
		drive_judge(d->logs, threads, d->bounds);
	for (unsigned i = 0; i < threads; i++)
		free(d->logs[i].ops);
}

/* One run and its judgement. With `freeze` one thread at a time stands still, and the
 * others have to get answers meanwhile. */
static inline void drive_run(struct drive *d)
{
	unsigned threads = d->producers + d->consumers;

	CHECK(threads < STRESS_THREADS_MAX);
	drive_begin(d);
	if (d->freeze)
		freeze_run(threads, drive_thread, d, FREEZE_EACH, 0);
	else
		stress_run(threads, drive_thread, d);
	drive_end(d);
}

#endif
