#!/bin/sh
# Who includes whom: the tree obeys layering.awk, and layering.awk can say no.
#
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/house.sh"

script=$SOURCE/tests/house/layering.awk

# Checks one folder the way the real tree is checked.
check_tree()
{
	(cd "$1" && find affinity queues engine kernels bench cli docs -type f \
		\( -name '*.[ch]' -o -name '*.cc' -o -name '*.cpp' \) 2>/dev/null |
		sort | xargs awk -f "$script")
}

# expect_wrong FILE LINE TEXT: a tree in which FILE holds LINE is refused with TEXT.
expect_wrong()
{
	fresh_work
	mkdir -p "$WORK/affinity/include/pinion" "$WORK/engine/include/pinion" "$WORK/queues" \
		"$WORK/kernels" "$WORK/$(dirname "$1")"
	for header in affinity/include/pinion/base.h affinity/port.h affinity/os.h \
		engine/include/pinion/loop.h engine/worker.h queues/deque.h; do
		: >"$WORK/$header"
	done
	printf '\n%s\n' "$2" >"$WORK/$1"
	if check_tree "$WORK" >"$WORK/out"; then
		fail "$1 with $2 was accepted"
	fi
	grep -qF "$1:2: " "$WORK/out" && grep -qF "$3" "$WORK/out" ||
		fail "$1 with $2: unexpected words: $(cat "$WORK/out")"
}

expect_wrong queues/ring.c '#include "affinity/os.h"' 'may not include "affinity/os.h"'
expect_wrong affinity/bind.c '#include "queues/deque.h"' 'may not include "queues/deque.h"'
expect_wrong affinity/bind.c '#include <pinion/loop.h>' 'belongs to engine/'
expect_wrong queues/deque.c '#include <pthread.h>' 'no system calls'
expect_wrong kernels/dot.c '#include "engine/worker.h"' 'may not include "engine/worker.h"'
expect_wrong kernels/dot.c '#include "queues/deque.h"' 'may not include "queues/deque.h"'
expect_wrong cli/main.c '	#	include "engine/worker.h"' 'may not include "engine/worker.h"'
expect_wrong bench/dot.cc '#include "engine/worker.h"' 'may not include "engine/worker.h"'
expect_wrong bench/versus/runner.c '#include "queues/deque.h"' 'may not include "queues/deque.h"'
expect_wrong bench/versus/contestants/a.c '#include "engine/worker.h"' 'may not include "engine/worker.h"'
expect_wrong docs/examples/a.c '#include "engine/worker.h"' 'may not include "engine/worker.h"'
expect_wrong engine/loop.c '#include "worker.h"' 'does not name its folder'
expect_wrong engine/loop.c '#include "queues/gone.h"' 'there is no file'
expect_wrong engine/loop.c '#include <pinion/gone.h>' 'there is no public header'
expect_wrong engine/loop.c '#include <numaif.h>' 'stays inside affinity/'
expect_wrong engine/include/pinion/run.h '#include "engine/worker.h"' 'it is not installed'
expect_wrong affinity/include/pinion/machine.h '#include <hwloc.h>' 'its user may not have it'

check_tree "$SOURCE" || fail 'an include line points the wrong way'
