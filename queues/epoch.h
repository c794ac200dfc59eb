/*
 * Epoch: fork-join for a team whose members come and go. A dispatcher publishes
 * one function; each thread that is a member at that moment runs it once; the
 * dispatcher waits until all of those have arrived. For two threads that costs
 * one round trip of a cache line: the dispatcher's line goes to the member, the
 * members' line comes back.
 *
 * `word` = epoch : 48 | members : 16, and every change of it is one atomic
 * read-modify-write: publish adds one epoch, enter adds one member, leave
 * subtracts one. So the modification order of a single word decides who is
 * counted, there is no moment at which a fork and a member disagree, and publish
 * learns the count from the very swap that published. Function, argument and a
 * small cargo lie beside the word and are written just before it: they ride in the
 * same line. What is said of fn and ctx below holds for the cargo too.
 *
 * publish does not load the word before it swaps: the members' polling has taken
 * the line away, and a load would fetch it once as a shared line and the swap a
 * second time as an exclusive one, a third of the whole round trip. It guesses
 * that nobody came or went since the last fork; a wrong guess costs one more swap.
 *
 * A member keeps a ticket, the epoch that is already over for it. It is at most
 * one fork behind, because no fork is published before the one before has been
 * joined; "newer" is therefore "different".
 *
 * Members answer on a line that the dispatcher only reads: `arrived` counts all
 * arrivals since epoch_init() and is never reset. The dispatcher knows the sum
 * it waits for (`expected`, private to the lock's holder). Only a dispatcher that
 * goes to sleep writes to that line, and then only the member whose arrival
 * completes the sum wakes it.
 *
 * Ordering
 *   [fork]  publish swaps word (seq_cst) -> member loads word (acquire or seq_cst)
 *           carries: fn, ctx and all that the dispatcher wrote before. Members
 *           that enter or leave meanwhile continue the release sequence.
 *   [park]  publish is a seq_cst swap and epoch_poll_seq_cst() a seq_cst load: the
 *           Dekker handshake of parker.h, for members that sleep between forks.
 *   [join]  member adds to arrived (seq_cst) -> dispatcher loads arrived (acquire)
 *           carries: all that the members wrote, and that they have read fn and
 *           ctx. The additions form one release sequence: one load pairs with all.
 *   [wait]  member adds to arrived, then loads waiter; dispatcher stores waiter,
 *           then loads arrived: all four seq_cst. What fails without: the last
 *           member reads "nobody waits" while the dispatcher reads "one is missing",
 *           and the dispatcher sleeps for ever.
 *   [leave] leave swaps word (release) -> a later publish swaps it (seq_cst)
 *           carries: all that the member did as a member.
 *   [lock]  end swaps lock (release) -> begin swaps lock (acquire)
 *           carries: expected, fn, ctx, and the joined fork from one dispatcher to the next.
 *
 * publish against leave (decided by the order of their swaps of word)
 *   leave first      the member is not counted and will not run it
 *   publish first    leave's swap fails, it sees the newer epoch: false; the
 *                    member runs the fork, arrives, and may try again
 * publish against enter
 *   enter first      counted; the ticket is the old epoch, so poll finds the fork
 *   publish first    not counted; the ticket is the new epoch, so poll finds nothing.
 *                    fn and ctx are not touched: the next dispatcher may write them
 * arrive against wait_announce (last member M, dispatcher D)
 *   M adds, loads waiter = 0    D's store comes after that load, so D's re-check sees
 *                               the addition: D does not sleep
 *   D stores waiter, re-checks  M's addition comes after that load, so M sees waiter
 *   and misses M                and wakes D
 *   both see each other         a wake too many; D looks again after every wake
 *   M adds, stalls; D joins,    M's number is not the sum D waits for now: M wakes
 *   forks, announces again;     nobody. (The fork counts M, so it cannot end before
 *   M loads waiter              M is back.)
 * end against next begin
 *   end, then begin   [lock] carries the joined state; nobody reads fn and ctx any
 *                     more, because every counted member arrived after reading them
 *   begin sleeps      it left HELD_WAITED in the lock, so end calls the futex
 *
 * Who may run together
 *                   begin     publish, joined, wait_*  end    enter, leave, poll, run
 *   try_begin/begin together  together                 together   together
 *   publish … wait_*          only between begin and end of one thread; together
 *                             with all that members do
 *   enter … run               each member with its own ticket; members together
 *
 * Progress: publish lock-free (it retries only when a member came or went); enter,
 * poll, joined and the arrival wait-free; leave lock-free; begin and the waits block.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_QUEUES_EPOCH_H
#define PINION_QUEUES_EPOCH_H

#include "affinity/port.h"
#include "queues/atomic.h"

#define EPOCH_MEMBER_BITS 16
#define EPOCH_MEMBERS_MAX UINT32_C(0xffff)
#define EPOCH_ONE (UINT64_C(1) << EPOCH_MEMBER_BITS)
#define EPOCH_WAITER_FUTEX UINT32_MAX /* sleeps on the arrived word itself */
#define EPOCH_CARGO 4                 /* numbers or pointers that ride beside fn and ctx */
#define EPOCH_SPINS 64                /* looks at a held lock before the futex */

typedef void (*epoch_fn)(void *ctx, uint32_t seat);

enum epoch_lock {
	EPOCH_FREE = 0,
	EPOCH_HELD = 1,
	EPOCH_HELD_WAITED = 2, /* and somebody may sleep on the lock */
};

typedef struct epoch {
	/* Written by the dispatcher, and by members that come or go; polled by members. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 word; /* epoch : 48 | members : 16 */
	epoch_fn fn;
	void *ctx;
	uint64_t cargo[EPOCH_CARGO]; /* more of the call, so that it costs no second line */
	/* Written by members; by the dispatcher only on its way to sleep. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u32 arrived; /* ever; wraps */
	atomic_u32 waiter;                                 /* 0 nobody, else whom to wake */
	atomic_u32 awaited;                                /* the sum for which waiter waits */
	/* Written by dispatchers. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u32 lock; /* enum epoch_lock */
	uint64_t expected;  /* the holder's: arrivals ever asked for */
	uint64_t last_word; /* the holder's: word as the last publish left it */
} epoch;

static_assert(offsetof(epoch, cargo) + EPOCH_CARGO * sizeof(uint64_t) <= PINION_LINE,
              "a fork is one line");
static_assert(offsetof(epoch, arrived) == PINION_NOSHARE, "members answer on their own line");
static_assert(offsetof(epoch, lock) == 2 * PINION_NOSHARE, "the lock stays off the hot lines");

static inline uint64_t epoch_number(uint64_t word)
{
	return word >> EPOCH_MEMBER_BITS;
}

static inline bool epoch_is_valid(const epoch *e)
{
	return u32_load_relaxed(&e->lock) <= EPOCH_HELD_WAITED;
}

static inline void epoch_init(epoch *e)
{
	u64_init(&e->word, 0);
	e->fn = NULL;
	e->ctx = NULL;
	u32_init(&e->arrived, 0);
	u32_init(&e->waiter, 0);
	u32_init(&e->awaited, 0);
	u32_init(&e->lock, EPOCH_FREE);
	e->expected = 0;
	e->last_word = 0;
}

/* How many members there are at this moment. Relaxed: for policy and reports. It
 * fetches the polled line, so it is nothing for the way to a fork; publish tells. */
static inline uint32_t epoch_members(const epoch *e)
{
	return (uint32_t)(u64_load_relaxed(&e->word) & EPOCH_MEMBERS_MAX);
}

/* ---- dispatcher ------------------------------------------------------------ */

/* Between begin and publish: something small that the function wants at once. */
static inline void epoch_stow(epoch *e, int i, uint64_t value)
{
	e->cargo[i] = value; /* nobody reads it: all earlier readers have arrived */
}

/* Member, inside the function: what was stowed. [fork] carries it. */
static inline uint64_t epoch_cargo(const epoch *e, int i)
{
	return e->cargo[i];
}

/* Become the dispatcher if there is none. Never waits. */
static inline bool epoch_try_begin(epoch *e)
{
	uint32_t unheld = EPOCH_FREE;

	PINION_VALID(epoch_is_valid(e));
	return u32_cas_acquire(&e->lock, &unheld, EPOCH_HELD); /* [lock] */
}

/* Become the dispatcher: look a few times, then sleep until the present one ends. */
static inline void epoch_begin(epoch *e)
{
	for (int spin = 0; spin < EPOCH_SPINS; spin++) {
		/* Relaxed: the swap of try_begin has the edge. */
		if (u32_load_relaxed(&e->lock) == EPOCH_FREE && epoch_try_begin(e))
			return;
		pinion__relax();
	}
	/* Whoever slept takes the lock as waited: others may sleep behind it. */
	while (u32_swap_acquire(&e->lock, EPOCH_HELD_WAITED) != EPOCH_FREE) /* [lock] */
		pinion__futex_wait(u32_futex_word(&e->lock), EPOCH_HELD_WAITED, UINT64_MAX);
}

/* Stop being the dispatcher. Everything that was published has been joined. */
static inline void epoch_end(epoch *e)
{
	PINION_VALID(epoch_is_valid(e));
	PINION_REQUIRE(u32_load_relaxed(&e->arrived) == (uint32_t)e->expected);
	PINION_REQUIRE(u32_load_relaxed(&e->lock) != EPOCH_FREE);
	if (PINION_UNLIKELY(u32_swap_release(&e->lock, EPOCH_FREE) == EPOCH_HELD_WAITED)) /* [lock] */
		pinion__futex_wake(u32_futex_word(&e->lock), 1);
}

/*
 * Dispatcher, with nothing unjoined: let every present member run fn(ctx, seat)
 * once. The number of members that will run it; *target is what to wait for. 0:
 * there is no member, nothing was published, *target is untouched.
 */
static inline uint32_t epoch_publish(epoch *e, epoch_fn fn, void *ctx, uint64_t *target)
{
	uint64_t word = e->last_word; /* a guess for the swap, which corrects it */

	PINION_VALID(epoch_is_valid(e));
	PINION_REQUIRE(u32_load_relaxed(&e->arrived) == (uint32_t)e->expected);
	PINION_REQUIRE(u32_load_relaxed(&e->lock) != EPOCH_FREE);
	if ((word & EPOCH_MEMBERS_MAX) == 0)
		word = u64_load_relaxed(&e->word);
	do {
		if ((word & EPOCH_MEMBERS_MAX) == 0)
			return 0;
		e->fn = fn; /* nobody reads them: all earlier readers have arrived */
		e->ctx = ctx;
	} while (!u64_cas_seq_cst(&e->word, &word, word + EPOCH_ONE)); /* [fork] [park] [leave] */
	uint32_t members = (uint32_t)(word & EPOCH_MEMBERS_MAX);
	e->last_word = word + EPOCH_ONE;
	e->expected += members;
	*target = e->expected;
	return members;
}

/* The sums wrap at 2^32 arrivals; at most EPOCH_MEMBERS_MAX are ever missing. */
static inline bool epoch_reached(uint32_t arrived, uint64_t target)
{
	return (int32_t)(arrived - (uint32_t)target) >= 0;
}

/* Dispatcher: have all counted members arrived? Then all they wrote is visible. */
static inline bool epoch_joined(const epoch *e, uint64_t target)
{
	return epoch_reached(u32_load_acquire(&e->arrived), target); /* [join] */
}

/* Dispatcher: the same, as the re-check after epoch_wait_announce(). */
static inline bool epoch_joined_seq_cst(const epoch *e, uint64_t target)
{
	return epoch_reached(u32_load_seq_cst(&e->arrived), target); /* [join] [wait] */
}

/*
 * Dispatcher, about to sleep: the member that arrives last shall return `waiter`
 * (not 0) from epoch_run(). Then re-check epoch_joined_seq_cst(), then sleep.
 */
static inline void epoch_wait_announce(epoch *e, uint32_t waiter)
{
	PINION_REQUIRE(waiter != 0);
	u32_store_relaxed(&e->awaited, (uint32_t)e->expected); /* carried by the store below */
	u32_store_seq_cst(&e->waiter, waiter);                 /* [wait] */
}

/* Dispatcher: awake again. Relaxed: a member that still reads the old waiter wakes
 * it once too often; [lock] and [fork] keep it away from later forks. */
static inline void epoch_wait_retract(epoch *e)
{
	u32_store_relaxed(&e->waiter, 0);
}

/* Dispatcher that is no worker: sleep on the arrived word until all have arrived. */
static inline void epoch_wait_futex(epoch *e, uint64_t target)
{
	epoch_wait_announce(e, EPOCH_WAITER_FUTEX);
	for (;;) {
		uint32_t arrived = u32_load_seq_cst(&e->arrived); /* [join] [wait] */

		if (epoch_reached(arrived, target))
			break;
		pinion__futex_wait(u32_futex_word(&e->arrived), arrived, UINT64_MAX);
	}
	epoch_wait_retract(e);
}

/* ---- member ---------------------------------------------------------------- */

/*
 * Become a member; the result is the ticket. Relaxed: the place in the order of
 * `word` is all that counts, and data comes with the next [fork].
 */
static inline uint64_t epoch_enter(epoch *e)
{
	uint64_t before = u64_add_relaxed(&e->word, 1);

	PINION_REQUIRE((before & EPOCH_MEMBERS_MAX) != EPOCH_MEMBERS_MAX);
	return epoch_number(before);
}

/* Member: is there a fork that counts me? */
static inline bool epoch_poll(const epoch *e, uint64_t ticket)
{
	return epoch_number(u64_load_acquire(&e->word)) != ticket; /* [fork] */
}

/* Member: the same, as the re-check of a sleeper. */
static inline bool epoch_poll_seq_cst(const epoch *e, uint64_t ticket)
{
	return epoch_number(u64_load_seq_cst(&e->word)) != ticket; /* [fork] [park] */
}

/*
 * Member, after epoch_poll() was true: run the fork and arrive. The fork's epoch
 * becomes the ticket. The waiter whom the caller must wake, 0 for none; a waiter
 * on the futex is woken here.
 */
static inline uint32_t epoch_run(epoch *e, uint64_t *ticket, uint32_t seat)
{
	uint64_t word = u64_load_acquire(&e->word); /* [fork] */

	PINION_REQUIRE(epoch_number(word) != *ticket);
	*ticket = epoch_number(word);
	e->fn(e->ctx, seat);
	/* From the arrival on, fn and ctx belong to the next dispatcher. */
	uint32_t sum = u32_add_seq_cst(&e->arrived, 1) + 1; /* [join] [wait] */
	uint32_t waiter = u32_load_seq_cst(&e->waiter);     /* [wait] */
	if (PINION_LIKELY(waiter == 0))
		return 0;
	if (u32_load_relaxed(&e->awaited) != sum) /* came with waiter; another arrival is the last */
		return 0;
	if (waiter != EPOCH_WAITER_FUTEX)
		return waiter;
	pinion__futex_wake(u32_futex_word(&e->arrived), 1);
	return 0;
}

/* Member: leave. false: a fork that counts this member was published; run it first. */
static inline bool epoch_leave(epoch *e, uint64_t ticket)
{
	uint64_t word = u64_load_relaxed(&e->word); /* a guess for the swap */

	do {
		if (epoch_number(word) != ticket)
			return false;
		PINION_REQUIRE((word & EPOCH_MEMBERS_MAX) != 0);
	} while (!u64_cas_release(&e->word, &word, word - 1)); /* [leave] */
	return true;
}

#endif
