#!/bin/sh
# The queues on an architecture for which Debian 12 has a compiler and a C library, but
# neither hwloc nor libnuma: their unit tests, which need no more than the ground files,
# are linked statically and run under qemu-user. Functional only: the emulator keeps the
# memory order of the machine below and its own time.
#
# usage: cross_queues_test.sh ARCH     riscv64 or aarch64
#
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/house.sh"
arch=${1:?an architecture}
cc=$arch-linux-gnu-gcc
need "$cc" "$arch-linux-gnu-g++" "qemu-$arch" taskset

fresh_work
cd "$SOURCE"
warnings='-Wall -Wextra -Wno-unused-parameter -Werror'
includes='-I. -Iaffinity/include -Iqueues/include'

# Public headers as C++, each alone.
for header in queues/include/pinion/*.h; do
	# shellcheck disable=SC2086 # lists of words
	printf '#include <pinion/%s>\n' "${header##*/}" |
		"$arch-linux-gnu-g++" -std=c++17 $warnings $includes -fsyntax-only -x c++ - ||
		fail "$header as C++ for $arch"
done

# What the tests stand on, once; the queues have hardly any sources of their own.
objects=
for source in affinity/port_linux.c queues/*.c tests/support/fifo_monitor.c; do
	[ -e "$source" ] || continue
	object=$WORK/$(printf '%s' "$source" | tr / _).o
	# shellcheck disable=SC2086
	"$cc" -std=gnu11 -O2 $warnings -D_GNU_SOURCE -DPINION_CHECKS=2 $includes \
		-c "$source" -o "$object" || fail "$source for $arch"
	objects="$objects $object"
done

# One processor: qemu-user 7.2 lets a load overtake a seq_cst store of the same thread,
# which breaks every Dekker handshake between threads that really run together.
cpu=$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')
ran=0
for source in tests/queues/*_test.c; do
	name=$(basename "$source" .c)
	# shellcheck disable=SC2086
	"$cc" -std=gnu11 -O2 -static -pthread $warnings -D_GNU_SOURCE -DPINION_CHECKS=2 $includes \
		"$source" $objects -o "$WORK/$name" || fail "$name for $arch"
	taskset -c "$cpu" "qemu-$arch" "$WORK/$name" >"$WORK/$name.log" 2>&1 ||
		{ tail -n 20 "$WORK/$name.log"; fail "$name under qemu-$arch"; }
	ran=$((ran + 1))
done
[ "$ran" -ge 10 ] || fail "only $ran unit tests of queues were found"
printf '%d unit tests of the queues passed for %s\n' "$ran" "$arch"
