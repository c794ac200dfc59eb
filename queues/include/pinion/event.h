/*
 * Event count: how any number of threads sleep until a condition in memory holds,
 * without a lock around the condition and without ever missing a change of it.
 *
 *     waiter                                       notifier
 *     while (!condition) {                         condition = true;
 *         uint64_t key = pinion_event_prepare(&e); pinion_event_notify(&e);
 *         if (condition) {
 *             pinion_event_cancel(&e, key);
 *             break;
 *         }
 *         pinion_event_wait(&e, key, UINT64_MAX);
 *     }
 *
 * The condition is anything atomic: a flag, a queue that is not empty. A waiter
 * registers, looks at it a last time and sleeps; a notifier changes it and looks
 * whether anybody is registered, which costs it a load when nobody is.
 *
 *     state  │ epoch: 48 │ armed: 1 │ waiters: 15 │      one word decides
 *     word   │ how often sleepers were woken: 32  │      the kernel compares this one
 *
 * prepare adds one waiter. Who notifies takes one waiter off (or all), makes the
 * epoch another one, and only then calls the kernel. A registration is spent by the
 * first notify after it, whether its owner slept yet or not: one whose epoch is gone
 * returns at once. So every call of the kernel is paid by one prepare, however slowly
 * the woken thread comes to its senses, and nobody waits for the thread before it in a
 * queue. There are never fewer registered than asleep: a notifier that is slow between its
 * swap and its call of the kernel may wake a thread that registered meanwhile in place of
 * an older one. Whoever the kernel has woken returns as notified, whatever the epoch, and
 * leaves its registration to the older one. What is left over costs the next notifier an
 * idle call of the kernel.
 *
 * Ordering
 *   [sleep] waiter adds itself to state, fence | notifier changes the condition, fence
 *           (or both seq_cst), then each looks at what the other wrote: one of the two
 *           sees the other.
 *   [wake]  notifier swaps state to the next epoch (release) -> waiter loads state (acquire)
 *           carries: what the notifier wrote before, to the waiter that wait woke.
 *   [word]  notifier adds to word (release) -> waiter loads word (acquire)
 *           carries: the next epoch; a waiter that saw the new word has seen that too, and
 *           the kernel refuses sleep on the old one.
 *   [arm]   arm adds the armed bit and an epoch (release) -> notifier loads state (acquire)
 *           carries: which file to write to. Read before the notifier's own swap, which
 *           the new epoch refuses if the file was disarmed and another one armed meanwhile.
 *
 * The fences are the only ones of the house that stand alone. A publisher like the
 * ring stores with release order and would have to pay a locked instruction on every
 * store for the sake of a sleeper that is hardly ever there; and a waiter's last look
 * should be an ordinary one. What fails without them: both may keep their store in
 * the store buffer while their load is answered from the old line. The waiter reads
 * "nothing there", the notifier "nobody there", and the sleep has no end. With one
 * fence between store and load on both sides one of the fences comes second in their
 * total order, and the load behind it sees the other side's store.
 *
 *   waiter                     notifier                      result
 *   -------------------------  ----------------------------  ---------------------------
 *   prepare, look              change, notify: nobody        the look sees the change
 *   prepare                    change, notify: one, next     wait returns: another epoch
 *                              epoch, word + 1, wake
 *   prepare, loads word        swap, word + 1, wake          the kernel refuses: other word
 *   sleeps                     swap, word + 1, wake          woken
 *   prepare, cancel            notify after it: nobody       a load
 *   prepare, cancel fails      notify before it: one         an idle call of the kernel;
 *                                                            cancel says so
 *   two sleep, one leaves by   notify_one: wakes the other   its own one stays or goes with
 *   deadline                   or swaps before it left       the epoch: see cancel
 *
 * Who may run together: everything with everything, any thread, but for arm and disarm:
 * one thread at a time owns the file.
 * Progress: prepare, cancel and notify are lock-free, and wait-free while nobody else is at
 * it; wait blocks. The event outlives all who notify it.
 *
 * The epoch is only compared for being the same. It comes round after 2^48 wakes; word
 * comes round after 2^32, but only counts between a load in wait and the kernel's compare.
 *
 * Compiles as C11 and as C++17 with GCC's or Clang's __atomic builtins. wait and the
 * waking half of notify live in libpinion.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_EVENT_H
#define PINION_EVENT_H

#include <pinion/base.h>

PINION_BEGIN_DECLS

/** How a wait ended. */
typedef enum pinion_event_outcome {
	PINION_EVENT_NOTIFIED = 0, /**< a notify came after prepare, or for no reason: look again */
	PINION_EVENT_TIMEDOUT,     /**< none came before the deadline */
} pinion_event_outcome;

/**
 * An event count. All zero is ready for use; there is no fini. The fields are private.
 * Give it a cache line apart from what its notifiers write often.
 */
typedef struct pinion_event {
	uint64_t state; /* epoch, armed, waiters */
	uint32_t word;  /* the futex */
	int fd;         /* whom to write to when armed */
} pinion_event;

#define PINION__EVENT_MANY    ((uint64_t)0x7fff) /* so many or more: the count stays until a wake */
#define PINION__EVENT_ARMED   ((uint64_t)0x8000)
#define PINION__EVENT_PRESENT (PINION__EVENT_MANY | PINION__EVENT_ARMED)
#define PINION__EVENT_EPOCH   ((uint64_t)0x10000) /* one of it */

/* Thread sanitizers do not know fences; they know an addition of nothing. */
#if defined(PINION_MODEL_CHECK)
#define PINION__EVENT_NO_FENCE 0
#elif defined(__SANITIZE_THREAD__)
#define PINION__EVENT_NO_FENCE 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PINION__EVENT_NO_FENCE 1
#else
#define PINION__EVENT_NO_FENCE 0
#endif
#else
#define PINION__EVENT_NO_FENCE 0
#endif

#if defined(PINION_MODEL_CHECK) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan" /* the checker does know fences */
#endif
/* [sleep] Everything before it in this thread, then everything behind it. */
static inline void pinion__event_fence(pinion_event *e)
{
#if PINION__EVENT_NO_FENCE
	__atomic_fetch_add(&e->state, 0, __ATOMIC_SEQ_CST);
#else
	(void)e;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}
#if defined(PINION_MODEL_CHECK) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/**
 * Make the event ready. The same as filling it with zeroes.
 *
 * Threads:   before any other thread uses it.
 * Blocking:  never.
 * Since:     0.1
 */
static inline void pinion_event_init(pinion_event *e)
{
	e->state = 0;
	e->word = 0;
	e->fd = -1;
}

/**
 * Say that this thread is about to sleep. Look at the condition once more afterwards,
 * with any atomic load, then call pinion_event_wait() or pinion_event_cancel().
 *
 * @return the key for the one or the other.
 *
 * Threads:   any, together with everything.
 * Ordering:  [sleep]: the look behind it sees what was changed before a notify that did
 *            not see this thread.
 * Blocking:  never; lock-free.
 * Since:     0.1
 */
static inline uint64_t pinion_event_prepare(pinion_event *e)
{
	/* Relaxed, both: the fence orders them, and only equality of the epoch counts. */
	uint64_t state = __atomic_load_n(&e->state, __ATOMIC_RELAXED), next;

	do
		next = (state & PINION__EVENT_MANY) == PINION__EVENT_MANY ? state : state + 1;
	while (!__atomic_compare_exchange_n(&e->state, &state, next, true, __ATOMIC_RELAXED,
	                                    __ATOMIC_RELAXED));
	pinion__event_fence(e); /* [sleep] */
	return next;
}

/**
 * Do not sleep after all: the condition holds, or waiting is over for another reason.
 *
 * @param key  what prepare returned; a wait that returned has used it up.
 *
 * @return true   as if prepare had not been.
 * @return false  a notify came in between and may have been spent on this thread. With several
 *                waiters, who leaves without having looked at the condition since passes it on
 *                by pinion_event_notify().
 *
 * Threads:   the one that prepared, together with everything.
 * Blocking:  never; lock-free.
 * Since:     0.1
 */
static inline bool pinion_event_cancel(pinion_event *e, uint64_t key)
{
	/* Relaxed, both: it says nothing to anybody but "one less". */
	uint64_t state = __atomic_load_n(&e->state, __ATOMIC_RELAXED);

	while (state / PINION__EVENT_EPOCH == key / PINION__EVENT_EPOCH) {
		if ((state & PINION__EVENT_MANY) == PINION__EVENT_MANY)
			return true;
		if (__atomic_compare_exchange_n(&e->state, &state, state - 1, true, __ATOMIC_RELAXED,
		                                __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

/**
 * Sleep until a notify that comes, or came, after prepare.
 *
 * @param key          what prepare returned; used up by this call.
 * @param deadline_ns  absolute CLOCK_MONOTONIC time; UINT64_MAX: none.
 *
 * @return PINION_EVENT_NOTIFIED  look at the condition; it need not hold.
 * @return PINION_EVENT_TIMEDOUT  no notify was spent on this thread, and the deadline is past.
 *
 * Threads:   the one that prepared, together with everything.
 * Ordering:  sees what a notifier wrote before the notify that ended it.
 * Blocking:  until notified or the deadline.
 * Since:     0.1
 */
PINION_API pinion_event_outcome pinion_event_wait(pinion_event *e, uint64_t key,
                                                  uint64_t deadline_ns);

/**
 * The waking half of the notify functions, which they call when somebody is registered.
 *
 * @param all  wake all who are registered, not only one.
 *
 * Threads:   any, together with everything.
 * Ordering:  what the caller wrote before is visible to whom it wakes.
 * Blocking:  never; calls the kernel when somebody is registered.
 * Since:     0.1
 */
PINION_API void pinion_event_wake(pinion_event *e, bool all);

/**
 * Wake one waiter, after a change of the condition by an atomic store of any order. For waiters that
 * all wait for the same; those with conditions of their own need pinion_event_notify_all().
 *
 * Threads:   any, together with everything.
 * Ordering:  [sleep]: either the waiter sees the change, or it is woken.
 * Blocking:  never; a fence and a load when nobody waits.
 * Since:     0.1
 */
static inline void pinion_event_notify(pinion_event *e)
{
	pinion__event_fence(e); /* [sleep] */
	if (__builtin_expect(__atomic_load_n(&e->state, __ATOMIC_RELAXED) & PINION__EVENT_PRESENT, 0))
		pinion_event_wake(e, false);
}

/** Wake all waiters; else as pinion_event_notify(). */
static inline void pinion_event_notify_all(pinion_event *e)
{
	pinion__event_fence(e); /* [sleep] */
	if (__builtin_expect(__atomic_load_n(&e->state, __ATOMIC_RELAXED) & PINION__EVENT_PRESENT, 0))
		pinion_event_wake(e, true);
}

/**
 * Wake one waiter, after a change of the condition by a seq_cst store or read-modify-write.
 *
 * Threads:   any, together with everything.
 * Ordering:  [sleep]: either the waiter sees the change, or it is woken. Not so after a store of
 *            weaker order: that needs pinion_event_notify().
 * Blocking:  never; a load when nobody waits.
 * Since:     0.1
 */
static inline void pinion_event_notify_seq_cst(pinion_event *e)
{
	if (__builtin_expect(__atomic_load_n(&e->state, __ATOMIC_SEQ_CST) & PINION__EVENT_PRESENT, 0))
		pinion_event_wake(e, false); /* [sleep] */
}

/** Wake all waiters; else as pinion_event_notify_seq_cst(). */
static inline void pinion_event_notify_all_seq_cst(pinion_event *e)
{
	if (__builtin_expect(__atomic_load_n(&e->state, __ATOMIC_SEQ_CST) & PINION__EVENT_PRESENT, 0))
		pinion_event_wake(e, true); /* [sleep] */
}

/**
 * Let the next notify write to an eventfd, so that poll or epoll can wait for the
 * condition among other files. Look at the condition once more afterwards, then poll, then
 * pinion_event_disarm().
 *
 * @param fd  an eventfd(2) of the caller, best non-blocking; it gets 1 added, once for each arm.
 *
 * Threads:   one at a time owns the file; together with everything else.
 * Ordering:  as pinion_event_prepare().
 * Blocking:  never; wait-free.
 * Requires:  no file is armed.
 * Since:     0.1
 */
static inline void pinion_event_arm(pinion_event *e, int fd)
{
	__atomic_store_n(&e->fd, fd, __ATOMIC_RELAXED); /* [arm] carries it */
	__atomic_fetch_add(&e->state, PINION__EVENT_EPOCH + PINION__EVENT_ARMED,
	                   __ATOMIC_RELEASE); /* [arm] */
	pinion__event_fence(e);               /* [sleep] */
}

/**
 * No notify shall write to the file any more.
 *
 * @return true   none did since arm.
 * @return false  one did or is about to: before you close the file or arm it anew, read it
 *                (a blocking read, or poll first).
 *
 * Threads:   the owner of the file; together with everything else.
 * Blocking:  never; wait-free.
 * Since:     0.1
 */
static inline bool pinion_event_disarm(pinion_event *e)
{
	/* Relaxed: it says nothing but "not any more". */
	return __atomic_fetch_and(&e->state, ~PINION__EVENT_ARMED, __ATOMIC_RELAXED) &
	       PINION__EVENT_ARMED;
}

PINION_END_DECLS

#endif
