/*
 * Event count: what one thread can see of registering, leaving, waking and the file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/event.h>

#include "affinity/port.h"
#include "tests/support/check.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static uint64_t soon(void)
{
	return pinion__clock_ns() + 1000000;
}

static unsigned waiters(const pinion_event *e)
{
	return (unsigned)(e->state & PINION__EVENT_MANY);
}

static void nobody_waits(void)
{
	pinion_event e;

	pinion_event_init(&e);
	uint64_t before = e.state;
	pinion_event_notify(&e);
	pinion_event_notify_all(&e);
	pinion_event_notify_seq_cst(&e);
	pinion_event_notify_all_seq_cst(&e);
	pinion_event_wake(&e, true);
	CHECK(e.state == before);
	CHECK_INT(e.word, ==, 0);
}

static void zero_is_ready(void)
{
	pinion_event e = {0};
	uint64_t key = pinion_event_prepare(&e);

	CHECK_INT(pinion_event_wait(&e, key, soon()), ==, PINION_EVENT_TIMEDOUT);
	CHECK_INT(waiters(&e), ==, 0);
}

static void cancel_leaves_nothing(void)
{
	pinion_event e = {0};
	uint64_t one = pinion_event_prepare(&e), two = pinion_event_prepare(&e);

	CHECK_INT(waiters(&e), ==, 2);
	CHECK(pinion_event_cancel(&e, one));
	CHECK(pinion_event_cancel(&e, two));
	CHECK(e.state == 0);
}

static void notify_spends_one(void)
{
	pinion_event e = {0};
	uint64_t key[3];

	for (int i = 0; i < 3; i++)
		key[i] = pinion_event_prepare(&e);
	pinion_event_notify(&e);
	CHECK_INT(waiters(&e), ==, 2);
	/* Who did not sleep yet does not sleep at all, whoever was meant. */
	CHECK_INT(pinion_event_wait(&e, key[0], UINT64_MAX), ==, PINION_EVENT_NOTIFIED);
	CHECK(!pinion_event_cancel(&e, key[1]));
	pinion_event_notify_seq_cst(&e);
	pinion_event_notify(&e);
	CHECK_INT(waiters(&e), ==, 0);
	uint64_t state = e.state;
	pinion_event_notify(&e);
	CHECK(e.state == state);
}

static void notify_all_spends_all(void)
{
	pinion_event e = {0};

	for (int i = 0; i < 5; i++)
		(void)pinion_event_prepare(&e);
	pinion_event_notify_all_seq_cst(&e);
	CHECK_INT(waiters(&e), ==, 0);
	(void)pinion_event_prepare(&e);
	pinion_event_notify_all(&e);
	CHECK_INT(waiters(&e), ==, 0);
}

/* The count of waiters stays at its highest until all are woken. */
static void more_than_can_be_counted(void)
{
	pinion_event e = {0};
	uint64_t key = 0;

	for (unsigned i = 0; i < PINION__EVENT_MANY + 5; i++)
		key = pinion_event_prepare(&e);
	CHECK_INT(waiters(&e), ==, PINION__EVENT_MANY);
	CHECK(pinion_event_cancel(&e, key));
	CHECK_INT(waiters(&e), ==, PINION__EVENT_MANY);
	pinion_event_notify(&e);
	CHECK_INT(waiters(&e), ==, 0);
	CHECK_INT(pinion_event_wait(&e, key, UINT64_MAX), ==, PINION_EVENT_NOTIFIED);
}

static void epoch_and_word_come_round(void)
{
	pinion_event e = {.state = ~(PINION__EVENT_EPOCH - 1), .word = UINT32_MAX, .fd = -1};
	uint64_t old = pinion_event_prepare(&e);

	pinion_event_notify(&e);
	CHECK(e.state == 0);
	CHECK_INT(e.word, ==, 0);
	CHECK_INT(pinion_event_wait(&e, old, UINT64_MAX), ==, PINION_EVENT_NOTIFIED);
	uint64_t key = pinion_event_prepare(&e);
	CHECK(!pinion_event_cancel(&e, old));
	CHECK_INT(pinion_event_wait(&e, key, soon()), ==, PINION_EVENT_TIMEDOUT);
	CHECK_INT(waiters(&e), ==, 0);
}

static uint64_t read_all(int fd)
{
	uint64_t n = 0;

	return read(fd, &n, sizeof n) == sizeof n ? n : 0;
}

static void a_file_is_written_once_per_arm(void)
{
	pinion_event e = {0};
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	CHECK(fd >= 0);
	pinion_event_notify(&e);
	CHECK_INT(read_all(fd), ==, 0);
	pinion_event_arm(&e, fd);
	CHECK(pinion_event_disarm(&e));
	pinion_event_notify(&e);
	CHECK_INT(read_all(fd), ==, 0);
	pinion_event_arm(&e, fd);
	pinion_event_notify(&e);
	pinion_event_notify(&e);
	CHECK(!pinion_event_disarm(&e));
	CHECK_INT(read_all(fd), ==, 1);
	CHECK_INT(e.word, ==, 0); /* nobody slept: the kernel's queue was not asked */
	(void)pinion_event_prepare(&e);
	pinion_event_arm(&e, fd);
	pinion_event_notify(&e);
	CHECK_INT(read_all(fd), ==, 1);
	CHECK_INT(waiters(&e), ==, 0);
	close(fd);
}

TESTS({"nobody_waits", nobody_waits}, {"zero_is_ready", zero_is_ready},
      {"cancel_leaves_nothing", cancel_leaves_nothing}, {"notify_spends_one", notify_spends_one},
      {"notify_all_spends_all", notify_all_spends_all},
      {"more_than_can_be_counted", more_than_can_be_counted},
      {"epoch_and_word_come_round", epoch_and_word_come_round},
      {"a_file_is_written_once_per_arm", a_file_is_written_once_per_arm})
