#!/bin/sh
# Each public header compiles alone and included twice, as strict C11 and as
# C++17, without feature macros, and brings nothing of the house but itself.
#
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/house.sh"
need "$CC" "$CXX"

fresh_work
cd "$SOURCE"
headers=$(find affinity queues engine kernels -path '*/include/pinion/*.h' | sort)
includes=$(find affinity queues engine kernels -type d -path '*/include' | sed 's/^/-I/')
warnings='-Wall -Wextra -Wpedantic -Wshadow -Wundef -Werror'

# compiles HEADER COMPILER FLAG... tells whether a file that only includes HEADER compiles.
compiles()
{
	header=$1
	shift
	printf '#include <%s>\n#include <%s>\n' "$header" "$header" >"$WORK/$unit"
	# shellcheck disable=SC2086 # lists of flags
	"$@" $warnings $includes -fsyntax-only "$WORK/$unit"
}

count=0
for path in $headers; do
	header=${path##*/include/}
	unit=one.c
	compiles "$header" "$CC" -std=c11 -pedantic-errors -Wstrict-prototypes ||
		fail "$path does not compile alone as C11"
	unit=one.cc
	compiles "$header" "$CXX" -std=c++17 -pedantic-errors ||
		fail "$path does not compile alone as C++17"
	count=$((count + 1))
done
[ "$count" -gt 0 ] || fail 'found no public header'
printf '%d public headers\n' "$count"
