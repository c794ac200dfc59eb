/*
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/model/sharing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/explore.h"

#define WORD_BYTES 4
#define WORDS      (ARENA_BYTES / WORD_BYTES)
#define SHARED_MAX 512

static struct {
	bool learns;
	unsigned learnt, shared; /* the first n of words[] count; the others from the next time on */
	uint32_t words[SHARED_MAX];
	bool is_shared[WORDS];
	uint8_t readers[WORDS], writers[WORDS];
} sharing;

void sharing_forget(void)
{
	memset(sharing.readers, 0, sizeof sharing.readers);
	memset(sharing.writers, 0, sizeof sharing.writers);
	memset(sharing.is_shared, 0, sizeof sharing.is_shared);
	sharing.learns = true;
	sharing.learnt = sharing.shared = 0;
}

static void share(size_t word)
{
	if (sharing.learnt == SHARED_MAX)
		state_fail("more than %d shared words", SHARED_MAX);
	sharing.words[sharing.learnt++] = (uint32_t)word;
}

bool sharing_at(size_t offset, bool write)
{
	size_t i = offset / WORD_BYTES;
	uint8_t before = sharing.readers[i] | sharing.writers[i], all;
	bool was = sharing.writers[i] != 0 && (before & (before - 1)) != 0;

	if (was || !sharing.learns)
		return sharing.is_shared[i];
	*(write ? &sharing.writers[i] : &sharing.readers[i]) |= (uint8_t)(1u << state.self);
	all = sharing.readers[i] | sharing.writers[i];
	if (sharing.writers[i] != 0 && (all & (all - 1)) != 0)
		share(i);
	return false;
}

bool sharing_learn(void)
{
	bool more = sharing.shared < sharing.learnt;

	while (sharing.shared < sharing.learnt)
		sharing.is_shared[sharing.words[sharing.shared++]] = true;
	return more;
}

bool sharing_print(char *text, size_t bytes)
{
	size_t used = 0;

	for (unsigned i = 0; i < sharing.shared; i++) {
		if (used + 16 > bytes)
			return false;
		used += (size_t)snprintf(text + used, bytes - used, "%s%x", i == 0 ? "" : ",",
		                         sharing.words[i]);
	}
	text[used++] = ':';
	return explore_print(text + used, bytes - used);
}

const char *sharing_replay(const char *text)
{
	sharing.learns = false;
	while (*text != '\0' && *text != ':') {
		char *end;
		unsigned long word = strtoul(text, &end, 16);

		if (end == text)
			break;
		if (word < WORDS)
			sharing.is_shared[word] = true;
		text = *end == ',' ? end + 1 : end;
	}
	return *text == ':' ? text + 1 : text;
}
