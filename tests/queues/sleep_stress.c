/*
 * Sleeps that are real. One thread asks, the other answers, round after round; each
 * waits for the other without a spin, so that nearly every wait ends in the kernel, and
 * each delays its half by a random time, so that it meets the other before, in and
 * after the act of going to sleep. There is one form of waiting for the answer for each
 * way in which the house sleeps; questions wait in a parker. A wake that gets lost is
 * reported by the watchdog.
 *
 * Sleeps are counted by the system: voluntary context switches of both threads. With
 * PINION_LONG=1 each form goes on until there were SLEEPS_LONG of them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "queues/epoch.h"
#include "queues/join.h"
#include "queues/parker.h"
#include "queues/slot.h"

#include <pinion/event.h>

#include "tests/queues/watch.h"

#include <sys/resource.h>

#define SLEEPS_LONG 300000u
#define ASKER       0u
#define ANSWERER    1u

struct talk {
	const struct form *form;
	PINION_ALIGNED(PINION_NOSHARE) parker parkers[2];
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 asked; /* number of the last question */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 answered;
	PINION_ALIGNED(PINION_NOSHARE) pinion_event event;
	PINION_ALIGNED(PINION_NOSHARE) join join;
	epoch epoch;
	uint32_t ticket;
	call_slot slot;
	bool over; /* written before a question */
	uint64_t end, sleeps[2];
};

struct form {
	const char *name;
	void (*prepare)(struct talk *t); /* asker, before it asks */
	void (*answer)(struct talk *t, uint64_t round);
	void (*wait)(struct talk *t, uint64_t round); /* asker, for the answer */
};

static uint64_t count_sleeps(void)
{
	struct rusage usage;

	CHECK_INT(getrusage(RUSAGE_THREAD, &usage), ==, 0);
	return (uint64_t)usage.ru_nvcsw;
}

/* Mostly about as long as the other side needs to fall asleep. */
static void delay(uint64_t *random)
{
	uint32_t steps =
	    stress_below(random, 4) == 0 ? 0 : stress_below(random, 1u << stress_below(random, 12));

	while (steps-- > 0)
		__asm__ volatile("");
}

static void wait_in_parker(struct talk *t, unsigned me, const atomic_u64 *number, uint64_t round)
{
	for (;;) {
		parker_announce(&t->parkers[me]);
		if (u64_load_seq_cst(number) >= round)
			break;
		parker_sleep(&t->parkers[me], UINT64_MAX);
	}
	parker_retract(&t->parkers[me]);
}

/* ---- the forms ---- */

static void prepare_nothing(struct talk *t)
{
	(void)t;
}

static void answer_parker(struct talk *t, uint64_t round)
{
	u64_store_seq_cst(&t->answered, round);
	parker_wake(&t->parkers[ASKER]);
}

static void wait_parker(struct talk *t, uint64_t round)
{
	wait_in_parker(t, ASKER, &t->answered, round);
}

static void answer_event(struct talk *t, uint64_t round)
{
	u64_store_release(&t->answered, round);
	pinion_event_notify(&t->event);
}

static void wait_event(struct talk *t, uint64_t round)
{
	while (u64_load_acquire(&t->answered) < round) {
		uint64_t key = pinion_event_prepare(&t->event);

		if (u64_load_acquire(&t->answered) >= round) {
			pinion_event_cancel(&t->event, key);
			return;
		}
		pinion_event_wait(&t->event, key, UINT64_MAX);
	}
}

static void prepare_join(struct talk *t)
{
	join_init(&t->join, 1);
}

static void answer_join(struct talk *t, uint64_t round)
{
	(void)round;
	join_done(&t->join);
}

static void wait_join(struct talk *t, uint64_t round)
{
	(void)round;
	if (!join_register(&t->join, NULL))
		join_sleep(&t->join);
}

static int return_seven(void *ctx)
{
	(void)ctx;
	return 7;
}

static void prepare_slot(struct talk *t)
{
	CHECK(slot_try_claim(&t->slot));
	slot_post(&t->slot, return_seven, NULL);
}

static void answer_slot(struct talk *t, uint64_t round)
{
	(void)round;
	CHECK(slot_is_full(&t->slot));
	slot_finish(&t->slot, t->slot.fn(t->slot.ctx));
}

static void wait_slot(struct talk *t, uint64_t round)
{
	(void)round;
	if (!slot_await(&t->slot, NULL))
		slot_sleep(&t->slot);
	CHECK_INT(slot_collect(&t->slot), ==, 7);
}

static void do_nothing(void *ctx, uint32_t seat)
{
	(void)ctx;
	(void)seat;
}

static void prepare_fork(struct talk *t)
{
	epoch_begin(&t->epoch);
	join_init(&t->join, 1);
	CHECK_INT(epoch_publish(&t->epoch, do_nothing, NULL, &t->join), ==, 1);
}

static void answer_fork(struct talk *t, uint64_t round)
{
	(void)round;
	CHECK(epoch_poll(&t->epoch, t->ticket));
	epoch_run(&t->epoch, &t->ticket, 0);
}

static void wait_fork(struct talk *t, uint64_t round)
{
	(void)round;
	if (!join_register(&t->join, NULL))
		join_sleep(&t->join);
	epoch_end(&t->epoch);
}

/* ---- the talk ---- */

static bool is_over(const struct talk *t, uint64_t sleeps)
{
	if (getenv("PINION_LONG") != NULL)
		return sleeps >= SLEEPS_LONG / 2; /* the other half is the answerer's */
	return stress_over(t->end);
}

static void ask(struct talk *t, uint64_t round)
{
	if (!t->over)
		t->form->prepare(t);
	u64_store_seq_cst(&t->asked, round);
	parker_wake(&t->parkers[ANSWERER]);
}

static void be_asker(struct talk *t)
{
	uint64_t random = stress_state(ASKER);

	for (uint64_t round = 1; !t->over; round++) {
		t->over = round % 64 == 0 && is_over(t, count_sleeps());
		delay(&random);
		ask(t, round);
		delay(&random);
		if (!t->over)
			t->form->wait(t, round);
	}
}

static void be_answerer(struct talk *t)
{
	uint64_t random = stress_state(ANSWERER);

	for (uint64_t round = 1;; round++) {
		wait_in_parker(t, ANSWERER, &t->asked, round);
		if (t->over)
			return;
		delay(&random);
		t->form->answer(t, round);
		delay(&random);
	}
}

static void talk_thread(void *shared, unsigned me)
{
	struct talk *t = shared;

	stress_spread(me);
	if (me == ASKER)
		be_asker(t);
	else
		be_answerer(t);
	t->sleeps[me] = count_sleeps();
}

static void report(void *ctx)
{
	const struct talk *t = ctx;

	fprintf(stderr, "  asked %" PRIu64 ", answered %" PRIu64 ", parkers %u %u\n",
	        u64_load_relaxed(&t->asked), u64_load_relaxed(&t->answered),
	        u32_load_relaxed(&t->parkers[0].word), u32_load_relaxed(&t->parkers[1].word));
}

static void talk_by(const struct form *form)
{
	static struct talk t;
	struct watch watch = {.what = form->name, .count = &t.asked, .report = report, .ctx = &t};

	memset(&t, 0, sizeof t);
	t.form = form;
	epoch_init(&t.epoch);
	t.ticket = epoch_enter(&t.epoch);
	slot_init(&t.slot);
	t.end = stress_box_ms(300);
	watch_begin(&watch);
	stress_run(2, talk_thread, &t);
	watch_end(&watch);
	printf("  %" PRIu64 " rounds, %" PRIu64 " sleeps\n", u64_load_relaxed(&t.asked),
	       t.sleeps[0] + t.sleeps[1]);
	fflush(stdout);
	CHECK_INT(t.sleeps[0] + t.sleeps[1], >, 0);
}

static void parker_sleeps(void)
{
	talk_by(&(struct form){"parker", prepare_nothing, answer_parker, wait_parker});
}

static void event_sleeps(void)
{
	talk_by(&(struct form){"event", prepare_nothing, answer_event, wait_event});
}

static void join_sleeps(void)
{
	talk_by(&(struct form){"join", prepare_join, answer_join, wait_join});
}

static void slot_sleeps(void)
{
	talk_by(&(struct form){"slot", prepare_slot, answer_slot, wait_slot});
}

static void epoch_sleeps(void)
{
	talk_by(&(struct form){"epoch", prepare_fork, answer_fork, wait_fork});
}

TESTS({"parker_sleeps", parker_sleeps}, {"event_sleeps", event_sleeps},
      {"join_sleeps", join_sleeps}, {"slot_sleeps", slot_sleeps}, {"epoch_sleeps", epoch_sleeps})
