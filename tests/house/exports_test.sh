#!/bin/sh
# What the libraries show to the linker, and what they ask from it:
#   - the shared library exports exactly the functions marked PINION_API;
#   - the static library puts no name without our prefix into a program;
#   - no object holds writable globals (thread-local storage is not global);
#   - nothing prints, exits or reads the environment.
#
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/house.sh"
need nm objdump

shared=${1:?path of libpinion.so}
archive=${2:?path of libpinion.a}
fresh_work
cd "$SOURCE"

# complain FILE WORDS: fails with the lines of FILE if there are any.
complain()
{
	if [ -s "$1" ]; then
		cat "$1" >&2
		fail "$2"
	fi
}

find affinity queues engine kernels -path '*/include/pinion/*.h' ! -path 'engine/yaml/*' |
	sort | xargs awk -f tests/house/public_names.awk | awk '{ print $1 }' |
	sort -u >"$WORK/declared"
nm -D --defined-only "$shared" | awk '{ print $NF }' | sort -u >"$WORK/exported"
[ -s "$WORK/declared" ] || fail 'found no PINION_API declaration'
grep -vE '^pinion_[a-z]' "$WORK/exported" >"$WORK/foreign" || true
complain "$WORK/foreign" 'the shared library exports names without the public prefix'
comm -13 "$WORK/declared" "$WORK/exported" >"$WORK/undeclared"
complain "$WORK/undeclared" 'exported, but declared in no public header'
comm -23 "$WORK/declared" "$WORK/exported" >"$WORK/missing"
complain "$WORK/missing" 'declared in a public header, but not exported (not defined?)'

# (DW.ref. is how gcc shares the address of a compiler function between objects.)
nm -g --defined-only "$archive" | awk 'NF == 3 { print $3 }' | grep -vE '^(pinion_|DW\.ref\.)' |
	sort -u >"$WORK/unprefixed" || true
complain "$WORK/unprefixed" 'global names without the prefix pinion_ in the static library'

# A symbol of type O in .data or .bss is a variable that two users of the library
# in one process would share.
objdump -t "$archive" | awk '
	/^[^ ]*\.o: / { object = $1 }
	/ O (\.data|\.bss|\*COM\*)/ && !/ O \.data\.rel\.ro/ && $NF !~ /^DW\.ref\./ { print object, $NF }' |
	sort -u >"$WORK/globals"
complain "$WORK/globals" 'writable globals in the library'

# Each object's wishes: "object symbol". Text to stderr is for a program's last words:
# only an object that aborts may have it. The environment is for its one reader.
nm -A "$archive" 2>/dev/null | awk '
	{ object = $1; sub(/^.*\.a:/, "", object); sub(/:.*$/, "", object) }
	$(NF - 1) == "U" { wish[object, $NF] = 1; wishes[object " " $NF] = 1 }
	$NF == "pinion_config_from_env" && $(NF - 1) == "T" { reader = object }
	END {
		for (line in wishes) {
			split(line, part, " ")
			name = part[2]
			if (name ~ /^(_?exit|_Exit|quick_exit|v?printf|puts|putchar|perror|stdout|__printf_chk|setenv|environ)$/ ||
				(name ~ /^(secure_)?getenv$/ && part[1] != reader) ||
				(name == "stderr" && !((part[1], "abort") in wish)))
				print part[1], name
		}
	}' | sort >"$WORK/calls"
complain "$WORK/calls" 'these objects print, exit or read the environment'

printf '%d functions exported\n' "$(wc -l <"$WORK/exported")"
