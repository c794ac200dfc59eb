/*
 * Life of a worker: idle until a fork, a message or a hint comes; run it; look
 * for more; be idle again.
 *
 * While idle a worker is a member of the epoch, so that forks count on it. It
 * leaves before it runs anything of unknown length, and comes back afterwards:
 * a fork never waits for a worker that is busy elsewhere.
 *
 *   idle (member) --fork--> run visit --> idle
 *   idle (member) --message or hint--> leave --> serve, pop, steal --> enter --> idle
 *   idle (member) --spin budget over--> asleep --woken--> idle
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/worker.h"

#include "engine/spin.h"

#include <fenv.h>
#include <stdio.h>
#include <unistd.h>

void pinion__wake(struct pinion__worker *w)
{
	if (!w->adopted || !seat_is_free(&w->seat))
		parker_wake(&w->parker);
	else
		parker_wake(&w->standby);
}

/*
 * The node from which the calling thread posts. What one thread posts to one worker runs in order,
 * so it keeps to one stripe: the adopted thread to seat 0's, also while the standby holds the seat,
 * and a thread that is no worker here to the receiver's.
 */
static int home_of_caller(const struct pinion__worker *to)
{
	const struct pinion__worker *self = pinion__self, *first = to->engine->worker[0];

	if (self && self->engine == to->engine)
		return self->node;
	return first->adopted && pthread_equal(pthread_self(), to->engine->main) ? first->node : to->node;
}

void pinion__post(struct pinion__worker *to, struct pinion__job *job)
{
	static _Thread_local inbox_sender sender __attribute__((tls_model("initial-exec")));

	sender.stripe = (uint32_t)home_of_caller(to);
	inbox_push_from(&to->inbox, &sender, &job->node);
	pinion__wake(to);
}

/* The hint is one job per worker; only who took the idle bit may push it. */
void pinion__hint(struct pinion_engine *e, const struct pinion__worker *from)
{
	uint32_t seat;

	if (e->workers > 1 && idle_pick(&e->idle, from->order, (uint32_t)e->workers - 1, &seat))
		pinion__post(e->worker[seat], &e->worker[seat]->hint);
}

/* ---- the own deque ---------------------------------------------------------- */

/*
 * Tasks may run long, and who runs one answers no thief. So with other workers about,
 * nothing in a deque is ever private: a worker that finds the deques empty may sleep.
 */
bool pinion__offer(struct pinion__worker *w, struct pinion__job *job)
{
	if (w->engine->workers == 1)
		return deque_push(&w->deque, job) == DEQUE_OK;
	if (deque_push_seq_cst(&w->deque, job) != DEQUE_OK)
		return false;
	pinion__hint(w->engine, w);
	return true;
}

struct pinion__job *pinion__pop(struct pinion__worker *w)
{
	void *item;

	return deque_pop_shared(&w->deque, &item) == DEQUE_OK ? item : NULL;
}

/* ---- serving ---------------------------------------------------------------- */

/* The oldest job of the inbox. What was taken together waits in the backlog, where a nested wait finds it too. */
static struct pinion__job *next_message(struct pinion__worker *w)
{
	if (!w->backlog && !inbox_is_empty(&w->inbox))
		w->backlog = inbox_take_all(&w->inbox);
	inbox_node *node = w->backlog;
	if (node)
		w->backlog = node->next;
	return (struct pinion__job *)node;
}

/* Unless somebody waits below, a movable job goes through the deque, so that others can help with a long inbox. */
static bool serve_inbox(struct pinion__worker *w)
{
	struct pinion__job *job = next_message(w);

	if (!job)
		return false;
	if (!job->movable || w->waits != 0 || !pinion__offer(w, job))
		job->run(job, w);
	return true;
}

void pinion__serve_backlog(struct pinion__worker *w)
{
	w->waits++; /* what lies in the deque belongs to open scopes: nothing may hide it */
	while (w->backlog)
		serve_inbox(w);
	w->waits--;
}

/* Jobs that the same caller posted before its call come first; one of them may wait, and the call be run meanwhile. */
static bool serve_slot(struct pinion__worker *w)
{
	if (w->in_slot || !slot_is_full(&w->slot))
		return false;
	pinion__serve_backlog(w);
	if (!inbox_is_empty(&w->inbox))
		w->backlog = inbox_take_all(&w->inbox); /* once: a task may post itself anew for ever */
	pinion__serve_backlog(w);
	if (!slot_is_full(&w->slot))
		return true;
	w->begun++;
	w->in_slot = true;
	int result = pinion__call_task(w->engine, w->slot.fn, w->slot.ctx);
	w->in_slot = false;
	pinion__count(&w->tasks, 1);
	slot_finish(&w->slot, result);
	return true;
}

bool pinion__serve(struct pinion__worker *w)
{
	return serve_slot(w) || serve_inbox(w);
}

bool pinion__is_addressed(const struct pinion__worker *w)
{
	return w->backlog || !inbox_is_empty_seq_cst(&w->inbox) ||
	       (!w->in_slot && slot_is_full_seq_cst(&w->slot));
}

/* The hint itself does nothing: that it arrived is the message. */
static void hint_arrived(struct pinion__job *job, struct pinion__worker *w)
{
	(void)job;
	w->hint_coming = w->resting = false; /* the bit it came for is gone */
	if (w->waits)
		pinion__hint(w->engine, w); /* a wait does not steal: pass it on */
}

/* ---- finding work ----------------------------------------------------------- */

static bool pop_and_run(struct pinion__worker *w)
{
	struct pinion__job *job = pinion__pop(w);

	if (!job)
		return false;
	job->run(job, w);
	return true;
}

/* A thief that finds more than it can run tells the next one. */
static bool steal_and_run(struct pinion__worker *w)
{
	struct pinion_engine *e = w->engine;
	void *item = NULL;

	for (int i = 0; i < e->workers - 1; i++) {
		struct pinion__worker *victim = e->worker[w->order[i]];
		deque_outcome outcome = DEQUE_LOST;
		while (outcome == DEQUE_LOST && deque_shared(&victim->deque) > 0)
			outcome = deque_steal(&victim->deque, &item);
		if (outcome != DEQUE_OK)
			continue;
		if (deque_shared(&victim->deque) > 0)
			pinion__hint(e, w);
		pinion__count(&w->stolen, 1);
		struct pinion__job *job = item;
		job->run(job, w);
		return true;
	}
	return false;
}

static bool any_to_steal(const struct pinion__worker *w)
{
	const struct pinion_engine *e = w->engine;

	for (int i = 0; i < e->workers - 1; i++)
		if (!deque_is_empty_seq_cst(&e->worker[w->order[i]]->deque))
			return true;
	return false;
}

/* Take the offer back. If somebody was faster, the hint is on its way; there is one, so no new offer before it came. */
static void stop_resting(struct pinion__worker *w)
{
	if (w->resting && !idle_clear(&w->engine->idle, (uint32_t)w->index))
		w->hint_coming = true;
	w->resting = false;
}

/* Offer to steal. Against a pusher (push, then look for an idle bit) this is Dekker's handshake, all seq_cst: after
 * the bit is set the deques are looked at once more. */
static bool rest(struct pinion__worker *w)
{
	if (w->hint_coming)
		return true;
	idle_set(&w->engine->idle, (uint32_t)w->index);
	w->resting = true;
	if (!any_to_steal(w))
		return true;
	stop_resting(w);
	return false;
}

static void work_until_dry(struct pinion__worker *w)
{
	uint64_t begin = pinion__clock_ns();

	stop_resting(w);
	do
		while (pinion__serve(w) || pop_and_run(w) || steal_and_run(w))
			;
	while (!rest(w));
	pinion__count(&w->run_ns, pinion__clock_ns() - begin);
}

/* ---- idle ------------------------------------------------------------------- */

static void run_fork(struct pinion__worker *w)
{
	epoch_run(&w->engine->epoch, &w->ticket, (uint32_t)w->index);
}

/* Its offer to steal was taken, and the hint consumed where it could not steal: look around, and offer anew. */
static bool must_look_around(const struct pinion__worker *w)
{
	return !w->resting && !w->hint_coming;
}

static bool has_messages(const struct pinion__worker *w)
{
	return slot_is_full(&w->slot) || !inbox_is_empty(&w->inbox) || w->backlog;
}

/* A call for this worker alone is short of everything but the call: the deques are left alone. */
static void run_messages(struct pinion__worker *w)
{
	struct pinion_engine *e = w->engine;

	while (!epoch_leave(&e->epoch, w->ticket))
		run_fork(w);
	if (!serve_slot(w) || has_messages(w) || must_look_around(w) || deque_length(&w->deque) > 0)
		work_until_dry(w);
	w->ticket = epoch_enter(&e->epoch);
}

void pinion__park(struct pinion__worker *w)
{
	uint64_t begin = pinion__clock_ns();

	pinion__count(&w->parks, 1);
	parker_sleep(&w->parker, UINT64_MAX);
	pinion__count(&w->park_ns, pinion__clock_ns() - begin);
}

static void fall_asleep(struct pinion__worker *w)
{
	struct pinion_engine *e = w->engine;

	idle_set(&e->asleep, (uint32_t)w->index);
	parker_announce(&w->parker);
	if (epoch_poll_seq_cst(&e->epoch, w->ticket) || pinion__is_addressed(w))
		parker_retract(&w->parker);
	else
		pinion__park(w);
	idle_clear(&e->asleep, (uint32_t)w->index);
}

static void idle_until_stop(struct pinion__worker *w)
{
	struct pinion_engine *e = w->engine;
	struct spin spin = spin_begin(e->spin_ns);

	while (!w->stop) {
		if (epoch_poll(&e->epoch, w->ticket))
			run_fork(w);
		else if (has_messages(w) || must_look_around(w))
			run_messages(w);
		else if (spin_step(&spin))
			continue;
		else
			fall_asleep(w);
		spin = spin_begin(e->spin_ns);
	}
}

/* ---- threads ---------------------------------------------------------------- */

static void settle(struct pinion__worker *w, const char *role)
{
	char name[32];

	snprintf(name, sizeof name, "pinion-%d%s", w->index, role);
	name[15] = '\0'; /* the kernel keeps no more */
	pthread_setname_np(pthread_self(), name);
	fesetenv(FE_DFL_ENV);
	if (w->engine->config.placement != PINION_PLACE_OFF)
		pinion__bind_self(w->engine->placement, w->index, NULL, &w->binding);
	else
		snprintf(w->binding.reason, sizeof w->binding.reason, "not bound: placement is off");
}

void *pinion__worker_main(void *worker)
{
	struct pinion__worker *w = worker;
	struct pinion_engine *e = w->engine;

	settle(w, "");
	w->os_tid = (int)gettid();
	pinion__self = w;
	w->ticket = epoch_enter(&e->epoch);
	rest(w);
	join_done(&e->ready);
	idle_until_stop(w);
	while (!epoch_leave(&e->epoch, w->ticket))
		run_fork(w);
	while (pinion__serve(w) || pop_and_run(w))
		;
	return NULL;
}

/*
 * The standby holds seat 0 only while its thread is outside and there is
 * something in its inbox. It sleeps otherwise, and never spins.
 */
void *pinion__standby_main(void *worker)
{
	struct pinion__worker *w = worker;
	struct pinion_engine *e = w->engine;

	settle(w, "-standby");
	join_done(&e->ready);
	while (!w->stop) {
		parker_announce(&w->standby);
		if (seat_is_free(&w->seat) &&
		    (!inbox_is_empty_seq_cst(&w->inbox) || slot_is_full_seq_cst(&w->slot)))
			parker_retract(&w->standby);
		else
			parker_sleep(&w->standby, UINT64_MAX);
		if (!seat_try_hold(&w->seat))
			continue;
		pinion__self = w;
		while (pinion__serve(w) || pop_and_run(w))
			;
		pinion__self = NULL;
		seat_leave(&w->seat);
	}
	return NULL;
}

struct pinion__job pinion__hint_job(void)
{
	struct pinion__job job = {.run = hint_arrived};
	return job;
}
