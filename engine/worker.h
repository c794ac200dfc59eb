/*
 * The inside of the engine: what a worker is, and how the rooms of the engine
 * talk to each other. Functions are grouped by the file that defines them.
 *
 * Words used here. A *seat* is a place with a worker; the *holder* is the
 * thread that is the worker at this moment. A *fork* is one function run once
 * on several seats. A *member* is an idle worker that a fork counts. A *visit*
 * is one seat's part of a fork, wherever it is run. A *hint* tells an idle
 * worker that somebody's deque has work.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_ENGINE_WORKER_H
#define PINION_ENGINE_WORKER_H

#include "affinity/bind.h"
#include "affinity/port.h"
#include "queues/cursor.h"
#include "queues/deque.h"
#include "queues/epoch.h"
#include "queues/idle.h"
#include "queues/inbox.h"
#include "queues/join.h"
#include "queues/parker.h"
#include "queues/seat.h"
#include "queues/slot.h"

#include <pinion/config.h>
#include <pinion/engine.h>
#include <pinion/ledger.h>
#include <pinion/report.h>
#include <pinion/tune.h>

#include <pthread.h>

#define PINION__DEQUE_CAPACITY 4096
#define PINION__SITES 64        /* the last one collects what has no room */
#define PINION__SITE_CACHE 16   /* power of two */
#define PINION__CHOICES 64

#define PINION__CARGO 2         /* of a fork, for its visit */

struct pinion__worker;
struct pinion__fork;

/* Something to run on one worker, sitting in an inbox or a deque. It belongs to run() once that is called. */
struct pinion__job {
	inbox_node node; /* first, so that an inbox node is a job */
	void (*run)(struct pinion__job *job, struct pinion__worker *worker);
	bool movable;    /* may wait in the deque, where others steal it */
	struct pinion__open *scope; /* whose child it is; NULL: nobody's */
};

/* Numbers of one site on one worker; written by the holder only, read by anybody. */
struct pinion__counters {
	atomic_u64 loops, inlined;
	atomic_u64 claims[3], indexes[3], bytes[3]; /* home, near, remote */
	atomic_u64 tried, won[PINION_DISTANCES];
	atomic_u64 run_ns, steal_ns;
};

struct pinion__worker {
	/* Fixed before start. */
	struct pinion_engine *engine;
	int index;
	int node;
	uint32_t *order;            /* other seats, nearest first: [workers - 1] */
	uint8_t *distance;          /* class of each seat: [workers] */
	size_t bytes;               /* of the mapping that holds this worker */
	inbox_stripe **stripe;      /* of the inbox, by source node: [nodes]; NULL: one for all */
	bool adopted;               /* seat 0 of PINION_MAIN_WORKER: held by turns */
	pthread_t thread;
	bool has_thread;

	/* Written by the holder. */
	PINION_ALIGNED(PINION_NOSHARE) uint32_t ticket; /* last fork that is over for it */
	bool stop;                  /* its thread shall end */
	bool hint_coming;           /* its idle bit was taken: the hint is or will be in the inbox */
	bool in_slot;               /* it runs the call in its slot */
	bool resting;               /* its idle bit was set by itself and not taken back */
	struct pinion__worker *beneath; /* the seat in another engine that this thread came from */
	uint64_t begun;             /* functions of the caller that it has begun, but loops as a member */
	uint64_t begun_seen;        /* the same at the last round of the stop */
	bool quiet;                 /* its answer in that round */
	int waits;                  /* waits that are on its stack */
	inbox_node *backlog;        /* taken out of the inbox, not yet run */
	int os_tid;
	struct pinion__binding binding;
	atomic_u64 tasks, stolen, parks, run_ns, park_ns;
	const char *site_name[PINION__SITE_CACHE]; /* small cache: text of a site, and its index */
	int site_index[PINION__SITE_CACHE];
	struct pinion__counters counters[PINION__SITES];

	/* Written by others, then by the holder. */
	deque deque;
	cursor cursor;              /* its blocks in the present loop */
	atomic_u32 visited;         /* tag of the last loop whose visit ran here */
	inbox inbox;
	call_slot slot;
	parker parker;              /* the holder sleeps here */
	seat_hold seat;                 /* adopted only */
	parker standby;             /* adopted only: the standby thread sleeps here */
	struct pinion__job hint;    /* pushed by whoever takes its idle bit */
	void *deque_slots[PINION__DEQUE_CAPACITY];
};

struct pinion__choice {
	char site[48];
	unsigned size_class;
	int variants;
	uint32_t picked[PINION_TUNE_VARIANTS], timed[PINION_TUNE_VARIANTS];
	uint64_t best_ns[PINION_TUNE_VARIANTS];
	atomic_u32 settled; /* 1 + variant */
};

struct pinion_engine {
	/* Fixed before start. */
	pinion_config config;       /* resolved: no zero stands for a default any more */
	pinion_placement *placement;
	int workers;
	struct pinion__worker **worker;
	uint64_t spin_ns;
	pthread_t main;             /* the adopted thread */
	struct pinion__mask *main_mask;
	atomic_u32 *alive;          /* on a page that a fork wipes: 1 while it runs in this process */
	bool started;
	struct pinion__job *stop;   /* [workers] what ends their threads */
	inbox_stripe **stripes;     /* [nodes][workers]: each node's stripes, on its memory; or NULL */
	uint32_t nodes;             /* that inboxes tell apart */

	/* Shared. */
	epoch epoch;
	PINION_ALIGNED(PINION_NOSHARE) join forked; /* of the present fork; the dispatcher waits here */
	PINION_ALIGNED(PINION_NOSHARE) uint32_t tag; /* of the present loop; written by the dispatcher */
	idle idle;                  /* looking for stealable work in vain */
	idle asleep;                /* about to sleep, or asleep */
	atomic_u64 *idle_words, *asleep_words;
	atomic_u32 turn;            /* round robin of callers that are no workers */
	join ready;                 /* workers that have not reported yet */

	pthread_mutex_t inline_lock; /* inline_only: one thread at a time is the engine */

	/* Slow paths, under the lock. */
	pthread_mutex_t lock;
	atomic_u32 sites;
	char site[PINION__SITES][48];
	struct pinion__counters outside[PINION__SITES]; /* of callers that are no workers */
	atomic_u32 choices;
	struct pinion__choice choice[PINION__CHOICES];
};

/* The worker that this thread is at this moment. */
extern _Thread_local struct pinion__worker *pinion__self __attribute__((tls_model("initial-exec")));

/* Scopes that a thread has begun and not joined, innermost first. */
struct pinion__open {
	struct pinion_engine *engine;
	struct pinion__open *outer;
};
extern _Thread_local struct pinion__open *pinion__innermost __attribute__((tls_model("initial-exec")));

static inline bool pinion__engine_alive(const struct pinion_engine *e)
{
	/* Relaxed: start and stop are ordered by the caller; only a fork changes it unseen. */
	return e->alive && u32_load_relaxed(e->alive) == 1;
}

/* A counter has one writer; relaxed because a reader wants numbers, not what they are about. */
static inline void pinion__count(atomic_u64 *counter, uint64_t n)
{
	u64_store_relaxed(counter, u64_load_relaxed(counter) + n);
}

/* ---- enter.c: a thread comes into the engine and goes ---------------------- */

/* What to undo when the call ends. */
struct pinion__visitor {
	struct pinion__worker *worker; /* the seat this thread has during the call; NULL: none */
	struct pinion__worker *outer;  /* what it was before */
	bool holds;                    /* took the adopted seat, or the inline engine */
};

struct pinion__visitor pinion__enter(struct pinion_engine *e);
void pinion__leave(struct pinion_engine *e, const struct pinion__visitor *visitor);

/* ---- worker.c: life of a worker -------------------------------------------- */

void *pinion__worker_main(void *worker);
void *pinion__standby_main(void *worker);

/* Put a job into a worker's inbox and wake whoever serves it. Any thread. */
void pinion__post(struct pinion__worker *to, struct pinion__job *job);

/* After a seq_cst publish to w: wake whoever serves it. */
void pinion__wake(struct pinion__worker *w);

/* Run one thing that is addressed to this worker. False when there is nothing. */
bool pinion__serve(struct pinion__worker *w);

/* Run what was already taken out of the inbox: the next holder of the seat must find none. */
void pinion__serve_backlog(struct pinion__worker *w);

/* Is there something for pinion__serve? Loads with seq_cst: the re-check of a sleeper. */
bool pinion__is_addressed(const struct pinion__worker *w);

/* Tell one idle worker, nearest to `from` first, that there is work to steal. */
void pinion__hint(struct pinion_engine *e, const struct pinion__worker *from);

/* Push a job on the own deque, and see that thieves come to know of it. False: no room. */
bool pinion__offer(struct pinion__worker *w, struct pinion__job *job);

/* Take the newest job of the own deque, or NULL. */
struct pinion__job *pinion__pop(struct pinion__worker *w);

/* The job that pinion__hint pushes; each worker has one. */
struct pinion__job pinion__hint_job(void);

/* ---- wait.c: every wait of the engine -------------------------------------- */

/* `w` is the caller's seat or NULL. A worker serves its inbox, and its own queued children of `scope`, meanwhile. */
void pinion__wait_join(struct pinion_engine *e, struct pinion__worker *w, join *j, const struct pinion__open *scope);
int pinion__wait_slot(struct pinion_engine *e, struct pinion__worker *w, call_slot *s);
void pinion__park(struct pinion__worker *w);

/* ---- fork.c: one function on many seats ------------------------------------ */

enum pinion__reach {
	PINION__REACH_ANY,   /* the caller and whoever is idle; one of them suffices */
	PINION__REACH_EVERY, /* each seat exactly once, waiting for the busy ones */
};

/*
 * A fork. visit() runs a seat's part: on that seat, or, with REACH_ANY, parts may be missing. `shared` tells whether
 * the cursors belong to this fork (tag is valid); otherwise another fork has them and the caller is on its own.
 * cargo travels in the epoch's line; a visit that needs nothing else of the fork reads no second line.
 */
typedef void (*pinion__visit)(struct pinion__fork *fork, struct pinion__worker *worker, const uint64_t *cargo);

struct pinion__fork {
	pinion__visit visit;
	enum pinion__reach reach;
	bool shared;
	uint32_t tag;
	uint64_t cargo[PINION__CARGO];
};

/* Runs it and returns when every visit has ended. It allocates nothing, so it cannot fail. */
void pinion__fork_run(struct pinion_engine *e, struct pinion__worker *caller, struct pinion__fork *fork);

/* ---- ledger.c -------------------------------------------------------------- */

/* Index of a site by name; w's cache makes it cheap. NULL: site 0. */
int pinion__site(struct pinion_engine *e, struct pinion__worker *w, const char *name);
struct pinion__counters *pinion__counters_of(struct pinion_engine *e, struct pinion__worker *w, int site);

/* ---- call.c: the border to the caller's functions --------------------------- */

/* Calls that end the process with a clear line if the function throws a C++ exception or exits its thread. */
int pinion__call_task(struct pinion_engine *e, int (*fn)(void *), void *ctx);
int pinion__call_body(struct pinion_engine *e, int (*body)(size_t, size_t, void *), size_t begin, size_t end, void *ctx);
int pinion__call_worker(struct pinion_engine *e, int (*fn)(int, void *), int worker, void *ctx);

/* ---- config.c -------------------------------------------------------------- */

/* Check a config and put the defaults in. */
int pinion__config_resolve(pinion_config *config, const pinion_config *asked, pinion_diag *diag);
void pinion__config_free(pinion_config *config); /* the strings that resolve copied */

/* One formatted line to config.log. */
void pinion__log(const struct pinion_engine *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
