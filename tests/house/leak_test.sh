#!/bin/sh
# A thousand engine starts and stops leave nothing behind: no lost block and no
# growth (valgrind counts), no thread and no file descriptor (the program counts).
#
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/house.sh"
need valgrind

program=${1:?path of the lifecycle program}
fresh_work

valgrind --leak-check=full --show-leak-kinds=definite,indirect,possible \
	--errors-for-leak-kinds=definite,indirect,possible --error-exitcode=9 \
	--fair-sched=yes --log-file="$WORK/valgrind.log" \
	"$program" 1000 || { tail -n 60 "$WORK/valgrind.log"; fail 'valgrind found errors'; }

# Memory still in use at the end may belong to other libraries, but it may not
# grow with the number of cycles.
in_use()
{
	sed -n 's/^.*in use at exit: \([0-9,]*\) bytes.*$/\1/p' "$1" | tr -d ,
}
valgrind --leak-check=summary --fair-sched=yes --log-file="$WORK/short.log" "$program" 10
few=$(in_use "$WORK/short.log")
many=$(in_use "$WORK/valgrind.log")
printf 'in use at exit: %s bytes after 10 cycles, %s after 1000\n' "$few" "$many"
[ "$many" -le "$few" ] || fail 'memory in use grows with the number of cycles'
