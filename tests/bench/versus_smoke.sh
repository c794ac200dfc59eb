#!/bin/sh
# versus from outside: its list, its refusals, one quick question whose JSON keeps
# the contract, and that an interrupted run leaves neither processes nor files.
#
#   versus_smoke.sh VERSUS JSON_READER WORK
#
# SPDX-License-Identifier: Apache-2.0
set -eu
versus=$1 reader=$2 work=$3

fail()
{
	printf 'FAILED: %s\n' "$*" >&2
	exit 1
}

rm -rf "$work"
mkdir -p "$work"
cd "$work"

# The list.
"$versus" --list >list || fail '--list'
for question in forkjoin.empty stream.triad task.run_on \
	spsc.single spsc.lazy spsc.burst32 spsc.roundtrip \
	mpmc.try.1p1c mpmc.try.2p2c mpmc.wait.1p1c mpmc.wait.2p2c mpmc.burst32 inbox.1p inbox.3p \
	deque.owner deque.stolen1 deque.stolen10 \
	event.notify_idle event.notify_fenced park.roundtrip; do
	grep -q "^$question " list || fail "--list does not name $question"
done
for peer in libgomp libomp onetbb likwid ck_ring ck_fifo rte_ring moodycamel boost liburcu \
	futex go; do
	grep -q "[ ,]$peer" list || fail "--list does not name $peer"
done

# Refusals: exit code 2, a reason, nothing on standard output.
refused()
{
	status=0
	"$versus" "$@" >out 2>err || status=$?
	[ "$status" -eq 2 ] || fail "versus $*: exit code $status instead of 2"
	[ ! -s out ] || fail "versus $*: wrote to standard output"
	[ -s err ] || fail "versus $*: no reason"
}
refused --only forkjoin.emtpy
grep -q 'forkjoin.empty' err || fail 'an unknown question: the nearest is not named'
refused --only
refused --pairs 2
refused --pairs many
refused --rapid
refused --cpus 100000
refused --json "$work/no/such/folder.json"
refused --json "$work"
[ ! -e "$work/no" ] || fail 'a refused run made a folder'

# One question.
if [ "$(nproc)" -lt 2 ]; then
	echo 'skipped: versus needs two processors'
	exit 77
fi
"$versus" --only forkjoin.empty --quick --pairs 3 --seed 5 --json result.json >table ||
	fail "a quick run: $(cat table)"
grep -q '^forkjoin.empty' table || fail 'no table on standard output'
[ ! -e result.json.part ] || fail 'a part of the document is left'
"$reader" result.json ||
	fail 'the document breaks its contract'

# An interrupted run ends by the signal, and so do its contestants.
"$versus" --only task.run_on --pairs 1000 --json never.json >out 2>err &
run=$!
tries=0
until pgrep -P "$run" >children; do
	tries=$((tries + 1))
	[ "$tries" -lt 100 ] || fail 'no contestant was started'
	sleep 0.05
done
kill -TERM "$run"
status=0
wait "$run" || status=$?
[ "$status" -eq 143 ] || fail "an interrupted run: exit code $status instead of 143"
# Dead is also who only waits for its new parent to notice.
alive()
{
	state=$(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null) && [ "$state" != Z ]
}
while read -r child; do
	tries=0
	while alive "$child"; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || fail "contestant $child is alive after its controller"
		sleep 0.05
	done
done <children
for document in never.json never.json.part; do
	[ ! -e "$document" ] || fail "an interrupted run left $document"
done
