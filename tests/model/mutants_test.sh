#!/bin/sh
# Does the mutation driver say no when it has to? It runs on a header with one order
# that is needed, one that is not, and one operation that no model executes.
#
# usage: mutants_test.sh PROBE
# SPDX-License-Identifier: Apache-2.0
set -eu

probe=$1
header=tests/model/mutants_probe.h
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# expect STATUS TEXT, with the list on standard input
expect() {
	cat >"$scratch/list"
	status=0
	"$probe" --mutants "$scratch/list" --headers $header >"$scratch/out" 2>&1 || status=$?
	if [ "$status" != "$1" ] || ! grep -q -- "$2" "$scratch/out"; then
		echo "wanted status $1 and \"$2\", got status $status and:"
		cat "$scratch/out"
		exit 1
	fi
}

weaker="$header | probe_look | load seq_cst | acquire | nothing else is ordered by it"
never="$header | probe_never | u32_add_acq_rel | not run | kept for the test of the driver"
stale="$header | probe_publish | store release | relaxed | not true: this one is needed"

expect 1 'not killed and not listed: .*probe_look' <<END
$never
END
expect 1 "not exercised: .*u32_add_acq_rel in probe_never" <<END
$weaker
END
expect 1 'stale in the list: .*probe_publish' <<END
$weaker
$never
$stale
END
expect 0 '2 sites, 2 mutants, 1 killed, 1 listed' <<END
# a comment
$weaker
$never
END
expect 2 'not five fields' <<END
$header | probe_look
END
