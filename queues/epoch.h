/*
 * Epoch: fork-join for a team whose members come and go. A dispatcher publishes
 * one function; each thread that is a member at that moment runs it once; the
 * dispatcher's join counts down when all of those have arrived. For two threads
 * that costs one round trip of a cache line: the epoch's line goes to the member,
 * the join's line comes back.
 *
 * One epoch serves one group of seats that are close to each other (an L3 cache, a
 * node, a small machine). A fork over several groups is a tree of two levels: the
 * dispatcher publishes to each group with the same join, the last member of each
 * group tells the join, and what crosses from group to group is one line there and
 * one line back per group, however many members it has. A group with one member
 * skips its own count.
 *
 *                     dispatcher ◄──────── join: counts groups
 *             publish ┌────┴────┐              ▲        ▲
 *                   epoch     epoch            │        │
 *                   ┌─┼─┐     ┌─┼─┐     last of group  last of group
 *                   m m m     m m m ─── arrived ────────┘
 *
 * `word` = epoch : 32 | team : 16 | members : 16, and every change of it is one
 * atomic read-modify-write: publish adds one epoch and makes the members its team,
 * enter adds one member, leave subtracts one. So the modification order of a single
 * word decides who is counted, there is no moment at which a fork and a member
 * disagree, and both sides learn the size of the team from the operation that they
 * do anyway. Function, argument, the join and a small cargo lie beside the word and
 * are written just before it: they ride in the same line. What is said of fn below
 * holds for all of them.
 *
 * publish does not load the word before it swaps: the members' polling has taken
 * the line away, and a load would fetch it once as a shared line and the swap a
 * second time as an exclusive one, a third of the whole round trip. It guesses
 * that nobody came or went since the last fork; a wrong guess costs one more swap.
 *
 * A member keeps a ticket, the epoch that is already over for it. It is at most
 * one fork behind, because no fork is published before the one before has been
 * joined; "newer" is therefore "different", and 32 bits are plenty.
 *
 * Ordering
 *   [fork]   publish swaps word (seq_cst) -> epoch_run() loads word (acquire)
 *            carries: fn and all that the dispatcher wrote before. Members that
 *            enter or leave meanwhile continue the release sequence.
 *   [park]   publish is a seq_cst swap and epoch_poll_seq_cst() a seq_cst load: the
 *            Dekker handshake of parker.h, for members that sleep between forks.
 *   [arrive] member adds to arrived (release) -> the last one adds (acquire)
 *            carries: what the members of the group wrote, and that they have read fn.
 *            The additions form one release sequence. The last one passes it on by
 *            join_done(), see join.h.
 *   [leave]  leave swaps word (release) -> a later publish swaps it (seq_cst)
 *            carries: all that the member did as a member.
 *   [lock]   end swaps lock (release) -> begin swaps lock (acquire)
 *            carries: last_word, fn, and the joined fork from one dispatcher to the next.
 *
 * publish against leave (decided by the order of their swaps of word)
 *   leave first      the member is not counted and will not run it
 *   publish first    leave's swap fails, it sees the newer epoch: false; the
 *                    member runs the fork, arrives, and may try again
 * publish against enter
 *   enter first      counted; the ticket is the old epoch, so poll finds the fork
 *   publish first    not counted; the ticket is the new epoch, so poll finds nothing.
 *                    fn is not touched: the next dispatcher may write it
 * arrive against the next publish
 *   arrived goes back to 0 by the last member, before it tells the join; so the next
 *   publish, which follows the join, finds 0
 * end against next begin
 *   end, then begin   [lock] carries the joined state; nobody reads fn any more,
 *                     because every counted member arrived after reading it
 *   begin sleeps      it left HELD_WAITED in the lock, so end calls the futex
 * two dispatchers over several groups
 *   both begin the groups in ascending order, so one of them gets all first
 *
 * Who may run together
 *                   begin     publish              end        enter, leave, poll, run
 *   try_begin/begin together  together             together   together
 *   publish         only between begin and end of one thread; together with all that
 *                   members do
 *   enter … run     each member with its own ticket; members together
 *
 * Progress: publish lock-free (it retries only when a member came or went); enter,
 * poll and the arrival wait-free; leave lock-free; begin blocks.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_QUEUES_EPOCH_H
#define PINION_QUEUES_EPOCH_H

#include "affinity/port.h"
#include "queues/atomic.h"
#include "queues/join.h"

#define EPOCH_MEMBERS_MAX UINT32_C(0xffff)
#define EPOCH_TEAM_SHIFT  16
#define EPOCH_SHIFT       32
#define EPOCH_CARGO       4 /* numbers or pointers that ride beside fn */
#ifndef EPOCH_SPINS         /* a model comes to the futex sooner */
#define EPOCH_SPINS 64      /* looks at a held lock before the futex */
#endif

typedef void (*epoch_fn)(void *ctx, uint32_t seat);

enum epoch_lock {
	EPOCH_FREE = 0,
	EPOCH_HELD = 1,
	EPOCH_HELD_WAITED = 2, /* and somebody may sleep on the lock */
};

typedef struct epoch {
	/* Written by the dispatcher, and by members that come or go; polled by members. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u64 word; /* epoch : 32 | team : 16 | members : 16 */
	epoch_fn fn;
	void *ctx;
	join *joined;                /* told when the whole team has arrived */
	uint64_t cargo[EPOCH_CARGO]; /* more of the call, so that it costs no second line */
	/* Written by members. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u32 arrived; /* of the present team */
	/* Written by dispatchers. */
	PINION_ALIGNED(PINION_NOSHARE) atomic_u32 lock; /* enum epoch_lock */
	uint64_t last_word; /* the holder's: word as the last publish left it */
} epoch;

static_assert(offsetof(epoch, cargo) + EPOCH_CARGO * sizeof(uint64_t) <= PINION_LINE,
              "a fork is one line");
static_assert(offsetof(epoch, arrived) == PINION_NOSHARE, "members count on their own line");
static_assert(offsetof(epoch, lock) == 2 * PINION_NOSHARE, "the lock stays off the hot lines");

static inline uint32_t epoch_number(uint64_t word)
{
	return (uint32_t)(word >> EPOCH_SHIFT);
}

static inline uint32_t epoch_count(uint64_t word)
{
	return (uint32_t)word & EPOCH_MEMBERS_MAX;
}

static inline uint32_t epoch_team(uint64_t word)
{
	return (uint32_t)word >> EPOCH_TEAM_SHIFT;
}

/* The word after a fork: the next epoch, and all members are its team. */
static inline uint64_t epoch_next(uint64_t word)
{
	uint64_t members = epoch_count(word);

	return ((word >> EPOCH_SHIFT) + 1) << EPOCH_SHIFT | members << EPOCH_TEAM_SHIFT | members;
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
	e->joined = NULL;
	u32_init(&e->arrived, 0);
	u32_init(&e->lock, EPOCH_FREE);
	e->last_word = 0;
}

/* How many members there are at this moment. Relaxed: for policy and reports. It
 * fetches the polled line, so it is nothing for the way to a fork; publish tells. */
static inline uint32_t epoch_members(const epoch *e)
{
	return epoch_count(u64_load_relaxed(&e->word));
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
	PINION_REQUIRE(u32_load_relaxed(&e->arrived) == 0);
	PINION_REQUIRE(u32_load_relaxed(&e->lock) != EPOCH_FREE);
	if (PINION_UNLIKELY(u32_swap_release(&e->lock, EPOCH_FREE) == EPOCH_HELD_WAITED)) /* [lock] */
		pinion__futex_wake(u32_futex_word(&e->lock), 1);
}

/*
 * Dispatcher, with nothing unjoined: let every present member run fn(ctx, seat)
 * once. The number of members that will run it; if it is not 0, the last of them
 * calls join_done(joined), for which the dispatcher has counted one child
 * beforehand. 0: there is no member, nothing was published, and the child that was
 * counted for this group is the dispatcher's own to take back.
 */
static inline uint32_t epoch_publish(epoch *e, epoch_fn fn, void *ctx, join *joined)
{
	uint64_t word = e->last_word; /* a guess for the swap, which corrects it */

	PINION_VALID(epoch_is_valid(e));
	PINION_REQUIRE(u32_load_relaxed(&e->arrived) == 0);
	PINION_REQUIRE(u32_load_relaxed(&e->lock) != EPOCH_FREE);
	if (epoch_count(word) == 0)
		word = u64_load_relaxed(&e->word);
	do {
		if (epoch_count(word) == 0)
			return 0;
		e->fn = fn; /* nobody reads them: all earlier readers have arrived */
		e->ctx = ctx;
		e->joined = joined;
	} while (!u64_cas_seq_cst(&e->word, &word, epoch_next(word))); /* [fork] [park] [leave] */
	e->last_word = epoch_next(word);
	return epoch_count(word);
}

/* ---- member ---------------------------------------------------------------- */

/*
 * Become a member; the result is the ticket. Relaxed: the place in the order of
 * `word` is all that counts, and data comes with the next [fork].
 */
static inline uint32_t epoch_enter(epoch *e)
{
	uint64_t before = u64_add_relaxed(&e->word, 1);

	PINION_REQUIRE(epoch_count(before) != EPOCH_MEMBERS_MAX);
	return epoch_number(before);
}

/* Member: is there a fork that counts me? Relaxed: epoch_run() loads it again, with the edge. */
static inline bool epoch_poll(const epoch *e, uint32_t ticket)
{
	return epoch_number(u64_load_relaxed(&e->word)) != ticket;
}

/* Member: the same, as the re-check of a sleeper. */
static inline bool epoch_poll_seq_cst(const epoch *e, uint32_t ticket)
{
	return epoch_number(u64_load_seq_cst(&e->word)) != ticket; /* [fork] [park] */
}

/* The last of the team takes the count back and tells the dispatcher. */
static inline void epoch_arrive(epoch *e, uint32_t team, join *joined)
{
	if (team > 1) {
		if (u32_add_acq_rel(&e->arrived, 1) + 1 != team) /* [arrive] */
			return;
		u32_store_relaxed(&e->arrived, 0); /* carried by the join */
	}
	join_done(joined);
}

/*
 * Member, after epoch_poll() was true: run the fork and arrive. The fork's epoch
 * becomes the ticket.
 */
static inline void epoch_run(epoch *e, uint32_t *ticket, uint32_t seat)
{
	uint64_t word = u64_load_acquire(&e->word); /* [fork] */
	join *joined = e->joined; /* from the arrival on, it belongs to the next dispatcher */

	PINION_REQUIRE(epoch_number(word) != *ticket);
	*ticket = epoch_number(word);
	e->fn(e->ctx, seat);
	epoch_arrive(e, epoch_team(word), joined);
}

/* Member: leave. false: a fork that counts this member was published; run it first. */
static inline bool epoch_leave(epoch *e, uint32_t ticket)
{
	uint64_t word = u64_load_relaxed(&e->word); /* a guess for the swap */

	do {
		if (epoch_number(word) != ticket)
			return false;
		PINION_REQUIRE(epoch_count(word) != 0);
	} while (!u64_cas_release(&e->word, &word, word - 1)); /* [leave] */
	return true;
}

#endif
