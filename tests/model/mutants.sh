#!/bin/sh
# Over all model programs at most a tenth of the mutants may be listed as equivalent.
# Each file holds what one program found: "mutants listed".
#
# usage: mutants.sh TALLY...
# SPDX-License-Identifier: Apache-2.0
set -eu

[ $# -gt 0 ] || { echo "no tallies" >&2; exit 2; }
awk 'NF != 2 { print FILENAME ": not a tally"; bad = 1; exit 1 }
	{ mutants += $1; listed += $2 }
	END {
		if (bad) exit 1
		printf "%d mutants, %d listed as equivalent\n", mutants, listed
		exit mutants == 0 || listed * 10 > mutants
	}' "$@"
