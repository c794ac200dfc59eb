/*
 * Choose between variants of the same work by measuring them where they run.
 *
 * A site keeps one choice per size class. The first calls try each variant in
 * turn (the first round warms up and is not counted, then three rounds); after
 * that the variant with the smallest time is picked for good.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TUNE_H
#define PINION_TUNE_H

#include <pinion/engine.h>

PINION_BEGIN_DECLS

#define PINION_TUNE_VARIANTS 4

/* One running trial; the caller keeps it between pick and done. */
typedef struct pinion_trial {
	int variant;          /* the variant to run now */
	int settled;          /* non-zero: the choice is made */
	int slot;             /* private */
	uint64_t begin_ns;    /* private */
} pinion_trial;

/**
 * Which variant shall run now?
 *
 * @param site        name of the choice; copied at first use, its first 47 bytes count.
 * @param size_class  e.g. log2 of the bytes: each class chooses by itself.
 * @param variants    1 .. PINION_TUNE_VARIANTS, the same in all calls for one choice.
 *
 * @return the trial; variant 0 when the engine has no room for another choice.
 *
 * Threads:   any. Simultaneous trials of one choice are all counted.
 * Since:     0.1
 */
PINION_API pinion_trial pinion_tune_pick(pinion_engine *engine, const char *site, unsigned size_class, int variants);

/** The variant of this trial has run; its time since pick is taken into account. */
PINION_API void pinion_tune_done(pinion_engine *engine, const pinion_trial *trial);

/** The settled variant of a choice, or -1 while it is still trying or unknown. */
PINION_API int pinion_tune_choice(const pinion_engine *engine, const char *site, unsigned size_class);

PINION_END_DECLS

#endif
