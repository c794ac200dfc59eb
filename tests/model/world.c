/*
 * The system under the checker: the futex, clock and yield of affinity/port.h.
 *
 * A wait looks at its word and falls asleep as one step. The kernel reads the word
 * behind what every earlier wake of that address had behind it, since both take the
 * lock of one bucket; nothing of that is handed to the threads, which may rely on
 * their own orders only.
 *
 * The clock of a thread stands still but for two things: a deadline that comes takes
 * it there, and a turn of a spin with nothing new costs it some time. So whoever
 * polls until a time comes to an end.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/port.h"

#include <string.h>

#include "tests/model/explore.h"
#include "tests/model/options.h"
#include "tests/model/race.h"
#include "tests/model/schedule.h"
#include "tests/model/sharing.h"
#include "tests/model/trace.h"

#define QUEUE_BIT 56 /* and five more */
#define QUEUE_BITS 6
#define BUDGET_BIT (UINT64_C(1) << 62)
#define WOKEN_ADDRESSES_MAX 64
#define SPIN_NS 1000

void pinion_model_yield(const char *registers, const void *pc);

/* What the wakes of each address had behind them. */
static struct {
	uint32_t execution;
	unsigned n;
	clocks trace; /* of all futex calls, for the pruning of old reads */
	struct {
		uintptr_t address;
		clocks behind;
	} wake[WOKEN_ADDRESSES_MAX];
} woken;

static clocks *woken_at(uintptr_t address)
{
	if (woken.execution != state.execution) {
		woken.execution = state.execution;
		woken.n = 0;
		woken.trace = (clocks){0};
	}
	for (unsigned i = 0; i < woken.n; i++)
		if (woken.wake[i].address == address)
			return &woken.wake[i].behind;
	if (woken.n == WOKEN_ADDRESSES_MAX)
		state_fail("more than %d futexes in one execution", WOKEN_ADDRESSES_MAX);
	woken.wake[woken.n].address = address;
	woken.wake[woken.n].behind = (clocks){0};
	return &woken.wake[woken.n++].behind;
}

static uint64_t queue_bit(uintptr_t address)
{
	return UINT64_C(1) << (QUEUE_BIT + (address - (uintptr_t)state.arena) / 4 % QUEUE_BITS);
}

static void join_trace(void)
{
	woken.trace = clocks_join(woken.trace, state_self()->trace);
	state_self()->trace = woken.trace;
}

static enum pinion__futex_end sleep_at(uintptr_t address, uint64_t deadline, const void *pc)
{
	struct thread *self = state_self();

	trace_note(pc, "sleeps at %s", trace_address(address));
	self->sleeps_at = address;
	self->deadline = deadline;
	self->next = (struct footprint){.writes = queue_bit(address) | BUDGET_BIT};
	self->status = THREAD_SLEEPING;
	schedule_pause();
	join_trace();
	if (self->wake == WAKE_DEADLINE && self->clock_ns < deadline)
		self->clock_ns = deadline;
	trace_note(pc, "is awake: %s", self->wake == WAKE_CALLED ? "woken"
		: self->wake == WAKE_DEADLINE ? "the deadline has come" : "for no reason");
	if (self->wake == WAKE_DEADLINE)
		return PINION__FUTEX_TIMEDOUT;
	return self->wake == WAKE_CALLED ? PINION__FUTEX_WOKEN : PINION__FUTEX_REFUSED;
}

enum pinion__futex_end pinion__futex_wait(const uint32_t *word, uint32_t expected,
	uint64_t deadline_ns)
{
	struct thread *self = state_self();
	const void *pc = __builtin_return_address(0);
	uintptr_t address = (uintptr_t)word;
	uint64_t value;

	if (state.self == 0)
		state_fail("setup and check cannot sleep");
	state.steps++;
	schedule_operation((struct footprint){.reads = memory_location(word, sizeof *word)->bit,
		.writes = queue_bit(address)});
	sharing_at(state_offset(word), false);
	race_atomic(word, sizeof *word, false);
	value = memory_glimpse(memory_location(word, sizeof *word),
		clocks_join(self->now, *woken_at(address)));
	join_trace();
	if (value != expected) {
		trace_note(pc, "does not sleep at %s: it holds %llu, not %u", trace_address(address),
			(unsigned long long)value, expected);
		return PINION__FUTEX_REFUSED;
	}
	if (deadline_ns <= self->clock_ns) {
		trace_note(pc, "does not sleep at %s: it is late", trace_address(address));
		return PINION__FUTEX_TIMEDOUT;
	}
	return sleep_at(address, deadline_ns, pc);
}

static int sleepers(uintptr_t address, int list[THREADS])
{
	int n = 0;

	for (int t = 1; t <= state.threads; t++)
		if (state.thread[t].status == THREAD_SLEEPING && state.thread[t].sleeps_at == address)
			list[n++] = t;
	return n;
}

void pinion__futex_wake(const uint32_t *word, uint32_t count)
{
	struct thread *self = state_self();
	const void *pc = __builtin_return_address(0);
	uintptr_t address = (uintptr_t)word;
	int list[THREADS];
	clocks *behind;

	if (state.self == 0)
		return;
	state.steps++;
	schedule_operation((struct footprint){.writes = queue_bit(address)});
	behind = woken_at(address);
	*behind = clocks_join(*behind, self->now);
	join_trace();
	for (uint32_t woke = 0; woke < count; woke++) {
		int n = sleepers(address, list), t;

		if (n == 0) {
			if (woke == 0)
				trace_note(pc, "wakes nobody at %s", trace_address(address));
			return;
		}
		t = list[n <= (int)(count - woke) ? 0
			: (int)explore_choose(CHOICE_WAKE, (unsigned)n, (UINT64_C(1) << n) - 1, NULL)];
		trace_note(pc, "wakes thread %d at %s", t, trace_address(address));
		schedule_wake(t, WAKE_CALLED);
	}
}

uint64_t pinion__clock_ns(void)
{
	return state_self()->clock_ns;
}

/*
 * A thread that yields waits for something new in what it has looked at since its last
 * yield. When it goes on and still has not seen all, it sees the newest from then on:
 * stores become visible in finite time. Who has written meanwhile may miss them once
 * more, since its turns differ.
 *
 * A turn of a spin that ends exactly as it began, in the same registers and the same
 * stack, with nothing written, has shown nothing: the thread might as well not have run.
 * Such executions are given up as long as somebody else can go on; the one without the
 * turn is searched anyhow.
 */
static void after_yield(struct thread *self, const void *pc)
{
	for (unsigned i = 0; i < self->glances_n; i++)
		self->trace = clocks_join(self->trace, self->glances[i].location->trace_written);
	if (!memory_has_news(self)) {
		self->busy_yields = 0;
		self->clock_ns += (uint64_t)SPIN_NS << (self->idle_yields < 40 ? self->idle_yields : 40);
		trace_note(pc, "yields, and goes on with nothing new");
	} else {
		if (++self->busy_yields >= (self->wrote ? 2 : 1))
			memory_catch_up(self);
		trace_note(pc, "yields");
	}
	self->glances_n = 0;
	self->wrote = false;
}

/* A hash of the stack from here up to its end: all that a thread knows for itself. */
static uint64_t memory_of_thread(const char *from)
{
	const char *end = state_stack(state.self) + STACK_BYTES;
	uint64_t hash = (uint64_t)(end - from);

	for (uint64_t word; from < end; from += sizeof word) {
		memcpy(&word, from, sizeof word);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 29;
	}
	return hash;
}

/* `registers` begins with those that a call preserves; NULL where nobody saved them. */
__attribute__((used)) void pinion_model_yield(const char *registers, const void *pc)
{
	struct thread *self = state_self();
	uint64_t hash = registers == NULL ? 0 : memory_of_thread(registers);

	if (state.self == 0)
		state_fail("setup and check cannot wait");
	if (state.skips_turns && hash != 0 && hash == self->at_yield && !self->wrote
			&& options_of_others())
		state_prune();
	self->at_yield = hash;
	state.steps++;
	self->next = (struct footprint){.reads = 0};
	for (unsigned i = 0; i < self->glances_n; i++)
		self->next.reads |= self->glances[i].location->bit;
	self->status = THREAD_YIELDING;
	schedule_pause();
	after_yield(self, pc);
}

#if defined(__x86_64__)
/* Puts the registers on the stack before anybody can change them. */
__asm__(".text\n"
		".globl pinion__yield\n"
		".type pinion__yield, @function\n"
		"pinion__yield:\n"
		"	movq (%rsp), %rsi\n"
		"	pushq %rbp\n"
		"	pushq %rbx\n"
		"	pushq %r12\n"
		"	pushq %r13\n"
		"	pushq %r14\n"
		"	pushq %r15\n"
		"	movq %rsp, %rdi\n"
		"	subq $8, %rsp\n"
		"	call pinion_model_yield\n"
		"	addq $56, %rsp\n"
		"	ret\n"
		".size pinion__yield, . - pinion__yield\n");
#else
void pinion__yield(void)
{
	pinion_model_yield(NULL, __builtin_return_address(0));
}
#endif

void pinion__check_failed(const char *what, const char *file, int line)
{
	model_fail(file, line, what);
}
