/*
 * Which words the threads of a model share. Nobody needs to be asked who goes on before
 * an operation on a word that only one thread touches, or that nobody writes once the
 * threads run. What is such a word is learnt: one counts as quiet until two threads have
 * been seen there, in any execution; then the search begins anew. The last search has
 * seen no word change sides, so no execution of it had anything to choose there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_TESTS_MODEL_SHARING_H
#define PINION_TESTS_MODEL_SHARING_H

#include "tests/model/state.h"

/* All words are quiet again: for another model. */
void sharing_forget(void);

/* May others notice an operation there? Notes who touches the word. */
bool sharing_at(size_t offset, bool write);

/* After an execution: has some word turned out to be shared? It counts from now on. */
bool sharing_learn(void);

/*
 * The answers of this execution, after the words that counted as shared in it: a string
 * for sharing_replay(). False when it does not fit.
 */
bool sharing_print(char *text, size_t bytes);

/* Takes the words from such a string; returns the answers in it. */
const char *sharing_replay(const char *text);

#endif
